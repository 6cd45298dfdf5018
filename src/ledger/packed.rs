//! Usage events as they are stored: a few dozen to a row of `event`, packed into bytes, each with its costs, fees and
//! draws.
//!
//! Nothing is asked of events but by their number, or all of them in order, so columns would only cost: inserting twenty-two
//! for each event was more than a quarter of an import's work. Numbers take as many bytes as they need
//! ([`super::varint`]), and what is usually near to something else is stored as the difference. Differences wrap, so that
//! every number comes back as it was.

use super::LedgerError;
use super::sql::Numbered;
use super::varint::{Reader, Writer};
use crate::billing::{CostFact, EventFact, FeeFact, OverageFact};
use crate::ids::{CustomerId, EventNumber, LotId, PriceIndex, RowIndex, ShapeId, SubscriptionId, VendorId};
use crate::money::{Cost, Units, Value};
use crate::time::Instant;
use crate::usage::EventId;
use crate::wallet::Draw;
use smallvec::SmallVec;
use std::ops::Range;

/// A row is full once it has so many bytes: six of them fill a page. An event is found by reading its row up to it.
const FULL: usize = 1_280;
/// In an event's first number, beside its status: it takes another event back.
const VOIDS: u64 = 1 << 6;
/// Most events have fewer bytes.
const USUAL: usize = 96;

/// The part of an event that is the log's: its id and the JSON array of its values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct EventText<'a> {
    pub id: EventId<'a>,
    pub values: &'a str,
}

/// Rows of `event`.
pub(super) struct Packed {
    pub rows: Vec<PackedRow>,
    bytes: Writer,
    /// When the event before happened, of the same row.
    before: Instant,
}

/// Events with consecutive numbers.
pub(super) struct PackedRow {
    /// The first one's number.
    pub first: EventNumber,
    pub count: i64,
    bytes: Range<usize>,
}

impl Packed {
    /// Room for so many events.
    pub fn new(events: usize) -> Self {
        Self { rows: Vec::new(), bytes: Writer::new(events * USUAL), before: Instant::EPOCH }
    }

    /// The bytes of a row.
    pub fn body(&self, row: &PackedRow) -> &[u8] {
        &self.bytes.written()[row.bytes.clone()]
    }

    /// Adds an event. Its number is above those before.
    pub fn push(&mut self, event: &EventFact, text: &EventText<'_>) {
        let is_next =
            |row: &&mut PackedRow| row.first.number() + row.count == event.seq.number() && row.bytes.len() < FULL;
        if self.rows.last_mut().filter(is_next).is_none() {
            let start = self.bytes.written().len();
            self.rows.push(PackedRow { first: event.seq, count: 0, bytes: start..start });
            self.before = Instant::EPOCH;
        }
        self.event(event, text);
        self.before = event.occurred_at;
        if let Some(row) = self.rows.last_mut() {
            row.count += 1;
            row.bytes.end = self.bytes.written().len();
        }
    }

    fn event(&mut self, event: &EventFact, text: &EventText<'_>) {
        let is_uuid = matches!(text.id, EventId::Uuid(_));
        let header =
            event.status.number().cast_unsigned() << 2 | u64::from(event.posted_at.is_some()) << 1 | u64::from(is_uuid);
        let header = if event.voids.is_some() { header | VOIDS } else { header };
        self.bytes.unsigned([header]);
        match &text.id {
            EventId::Uuid(bytes) => self.bytes.raw(bytes),
            EventId::Text(text) => self.bytes.text(text),
        }
        let after = event.seq.number().wrapping_sub(event.previous.number());
        self.bytes.signed([event.customer.number(), event.shape.number(), after]);
        self.bytes.signed([event.occurred_at.micros().wrapping_sub(self.before.micros())]);
        if let Some(voided) = event.voids {
            self.bytes.signed([event.seq.number().wrapping_sub(voided.number())]);
        }
        if let Some(posted) = event.posted_at {
            self.bytes.signed([posted.micros().wrapping_sub(event.occurred_at.micros())]);
        }
        self.bytes.text(text.values);
        self.costs(&event.costs);
        self.bytes.unsigned([event.fees.len() as u64]);
        event.fees.iter().for_each(|fee| self.fee(fee));
    }

    /// Most costs have so few decimals that they are shorter in billionths. Where an event has one that isn't, that is said
    /// beside their number.
    fn costs(&mut self, costs: &[CostFact]) {
        let are_fine = costs.iter().any(|cost| cost.amount.billionths().is_none());
        self.bytes.unsigned([(costs.len() as u64) << 1 | u64::from(are_fine)]);
        for CostFact { vendor, amount } in costs {
            match amount.billionths() {
                Some(billionths) if !are_fine => self.bytes.signed([vendor.number(), billionths]),
                _ => {
                    self.bytes.signed([vendor.number()]);
                    self.bytes.wide(amount.count());
                }
            }
        }
    }

    fn fee(&mut self, fee: &FeeFact) {
        let FeeFact { subscription, price, row, before, amount, value, overage, draws } = fee;
        self.bytes.unsigned([(draws.len() as u64) << 1 | u64::from(overage.is_some())]);
        self.bytes.signed([subscription.number()]);
        self.bytes.unsigned([u64::from(price.number()), u64::from(row.number())]);
        self.bytes.quantity(before);
        let amount = amount.count();
        self.bytes.signed([amount, value.count().wrapping_sub(amount)]);
        if let Some(OverageFact { units, amount }) = overage {
            self.bytes.signed([units.count(), amount.count()]);
        }
        for draw in draws {
            self.bytes.unsigned([draw.decided_by.number().cast_unsigned()]);
            self.bytes.signed([draw.lot.map_or(0, LotId::number)]);
            let drawn = draw.amount.count();
            self.bytes.signed([amount.wrapping_sub(drawn), drawn.wrapping_sub(draw.earned.count())]);
        }
    }
}

/// What is stored as that number. Damaged bytes may hold an unknown number.
fn numbered<T: Numbered>(number: u64) -> Option<T> {
    T::from_number(i64::try_from(number).ok()?)
}

/// A number that has an opposite, as all amounts have.
fn opposable(amount: i64) -> Option<i64> {
    (amount != i64::MIN).then_some(amount)
}

/// A stored event with what it borrows from its row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PackedEvent<'a> {
    pub fact: EventFact,
    pub text: EventText<'a>,
}

/// The events of a row, in the order of their numbers.
pub(super) struct Unpacking<'a> {
    seq: i64,
    end: i64,
    before: Instant,
    bytes: Reader<'a>,
}

impl<'a> Unpacking<'a> {
    /// Of the row that begins with event number `first`.
    pub fn new(first: EventNumber, count: i64, body: &'a [u8]) -> Self {
        let first = first.number();
        Self { seq: first, end: first.saturating_add(count), before: Instant::EPOCH, bytes: Reader(body) }
    }

    /// `None` where the bytes are no event.
    fn event(&mut self) -> Option<PackedEvent<'a>> {
        let header = self.bytes.unsigned()?;
        let (voids, posted, is_uuid) = (header & VOIDS != 0, header & 2 != 0, header & 1 != 0);
        let id = if is_uuid { EventId::Uuid(*self.bytes.raw()?) } else { EventId::Text(self.bytes.text()?) };
        let customer = CustomerId::from_number(self.bytes.signed()?);
        let shape = ShapeId::from_number(self.bytes.signed()?);
        let previous = EventNumber::from_number(self.seq.wrapping_sub(self.bytes.signed()?));
        let occurred_at = Instant::from_micros(self.before.micros().wrapping_add(self.bytes.signed()?));
        let voids = if voids { Some(self.seq.wrapping_sub(self.bytes.signed()?)) } else { None };
        let posted = if posted { Some(self.bytes.signed()?) } else { None };
        let values = self.bytes.text()?;
        let costs = self.costs()?;
        let fees = self.bytes.unsigned()?;
        let fees = self.several(fees, Self::fee)?;
        let fact = EventFact {
            seq: EventNumber::from_number(self.seq),
            customer,
            shape,
            occurred_at,
            posted_at: posted.map(|after| Instant::from_micros(occurred_at.micros().wrapping_add(after))),
            status: numbered((header & !VOIDS) >> 2)?,
            previous,
            costs,
            fees,
            voids: voids.map(EventNumber::from_number),
        };
        self.before = occurred_at;
        Some(PackedEvent { fact, text: EventText { id, values } })
    }

    fn costs(&mut self) -> Option<SmallVec<[CostFact; 1]>> {
        let header = self.bytes.unsigned()?;
        self.several(header >> 1, |own| {
            let vendor = VendorId::from_number(own.bytes.signed()?);
            let amount = if header & 1 == 0 {
                Cost::from_billionths(own.bytes.signed()?)
            } else {
                Cost::from_count(own.bytes.wide()?).ok()?
            };
            Some(CostFact { vendor, amount })
        })
    }

    /// A number that has an opposite, as all amounts have.
    fn amount(&mut self) -> Option<i64> {
        self.bytes.signed().and_then(opposable)
    }

    fn fee(&mut self) -> Option<FeeFact> {
        let header = self.bytes.unsigned()?;
        let subscription = SubscriptionId::from_number(self.bytes.signed()?);
        let price = PriceIndex::from_number(self.bytes.unsigned()?.try_into().ok()?);
        let row = RowIndex::from_number(self.bytes.unsigned()?.try_into().ok()?);
        let before = self.bytes.quantity()?;
        let amount = self.amount()?;
        let value = Value::from_count(opposable(amount.wrapping_add(self.bytes.signed()?))?);
        let overage = if header & 1 != 0 {
            let [units, amount] = [self.amount()?, self.amount()?].map(Units::from_count);
            Some(OverageFact { units, amount })
        } else {
            None
        };
        let mut draws = SmallVec::new();
        for _ in 0..header >> 1 {
            let decided_by = numbered(self.bytes.unsigned()?)?;
            let lot = self.bytes.signed()?;
            let drawn = opposable(amount.wrapping_sub(self.bytes.signed()?))?;
            let earned = Value::from_count(opposable(drawn.wrapping_sub(self.bytes.signed()?))?);
            let lot = (lot != 0).then(|| LotId::from_number(lot));
            draws.push(Draw { lot, amount: Units::from_count(drawn), earned, decided_by });
        }
        let amount = Units::from_count(amount);
        Some(FeeFact { subscription, price, row, before, amount, value, overage, draws })
    }

    fn several<T>(&mut self, number: u64, one: impl Fn(&mut Self) -> Option<T>) -> Option<SmallVec<[T; 1]>> {
        let mut all = SmallVec::new();
        for _ in 0..number {
            all.push(one(self)?);
        }
        Some(all)
    }
}

impl<'a> Iterator for Unpacking<'a> {
    type Item = Result<PackedEvent<'a>, LedgerError>;

    fn next(&mut self) -> Option<Self::Item> {
        let seq = self.seq;
        if seq >= self.end {
            let is_over = self.bytes.0.is_empty();
            self.bytes = Reader(&[]);
            return (!is_over).then(|| {
                Err(LedgerError::damaged(format!("after event number {}: more bytes", seq.saturating_sub(1))))
            });
        }
        let event = self.event();
        // What follows can't be read either.
        self.seq = if event.is_some() { seq + 1 } else { self.end };
        if event.is_none() {
            self.bytes = Reader(&[]);
        }
        Some(event.ok_or_else(|| LedgerError::damaged(format!("event number {seq} can't be read"))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::billing::Status;
    use crate::money::Decimal;
    use crate::rating::Quantity;
    use crate::wallet::DecidedBy;
    use proptest::prelude::*;
    use proptest::{collection, option, sample};

    fn draw() -> impl Strategy<Value = Draw> {
        let decided_by = sample::select(DecidedBy::NUMBERS.to_vec());
        (option::of((1..i64::MAX).prop_map(LotId::from_number)), any::<i64>(), any::<i64>(), decided_by).prop_map(
            |(lot, amount, earned, (_, decided_by))| {
                let (amount, earned) = (Units::from_count(amount), Value::from_count(earned));
                Draw { lot, amount, earned, decided_by }
            },
        )
    }

    fn fee() -> impl Strategy<Value = FeeFact> {
        let before = (any::<u64>(), any::<i64>(), 0u32..=28)
            .prop_map(|(count, volume, scale)| Quantity { count, volume: Decimal::new(volume, scale).into() });
        let overage = any::<(i64, i64)>().prop_map(|(units, amount)| OverageFact {
            units: Units::from_count(units),
            amount: Units::from_count(amount),
        });
        let overage = option::of(overage);
        let numbers = any::<(i64, u16, u16, i64, i64)>();
        (numbers, before, overage, collection::vec(draw(), 0..3)).prop_map(|(numbers, before, overage, draws)| {
            let (subscription, price, row, amount, value) = numbers;
            let subscription = SubscriptionId::from_number(subscription);
            let (price, row) = (PriceIndex::from_number(price), RowIndex::from_number(row.into()));
            let (amount, value) = (Units::from_count(amount), Value::from_count(value));
            FeeFact { subscription, price, row, before, amount, value, overage, draws: draws.into() }
        })
    }

    fn cost() -> impl Strategy<Value = CostFact> {
        let most = Cost::MAX.count();
        let fine = (-most..=most).prop_map(|count| Cost::from_count(count).unwrap());
        let amount = prop_oneof![any::<i64>().prop_map(Cost::from_billionths), fine];
        (any::<i64>(), amount).prop_map(|(vendor, amount)| CostFact { vendor: VendorId::from_number(vendor), amount })
    }

    prop_compose! {
        fn event()(
            numbers in any::<(i64, i64, i64, i64)>(),
            posted in option::of(any::<i64>()),
            status in sample::select(Status::NUMBERS.to_vec()),
            costs in collection::vec(cost(), 0..3),
            fees in collection::vec(fee(), 0..3),
            skipped in sample::select(vec![0i64, 0, 0, 5]),
            voids in option::of(any::<i64>()),
        ) -> (i64, EventFact) {
            let (customer, shape, occurred_at, previous) = numbers;
            (skipped, EventFact {
                seq: EventNumber::NONE,
                customer: CustomerId::from_number(customer),
                shape: ShapeId::from_number(shape),
                occurred_at: Instant::from_micros(occurred_at),
                posted_at: posted.map(Instant::from_micros),
                status: status.1,
                previous: EventNumber::from_number(previous),
                costs: costs.into(),
                fees: fees.into(),
                voids: voids.map(EventNumber::from_number),
            })
        }
    }

    fn unpack(packed: &Packed) -> Vec<PackedEvent<'_>> {
        let events = |row: &PackedRow| Unpacking::new(row.first, row.count, packed.body(row)).map(Result::unwrap);
        packed.rows.iter().flat_map(events).collect()
    }

    proptest! {
        #[test]
        fn events_come_back_as_they_were(
            events in collection::vec((event(), "[0-9a-f]{8}|3fa85f64-5717-4562-b3fc-2c963f66af[0-9]{2}", ".{0,300}"), 0..30),
        ) {
            let (mut packed, mut seq) = (Packed::new(events.len()), 1);
            let mut facts = Vec::new();
            for ((skipped, fact), ..) in &events {
                seq += 1 + skipped;
                facts.push(EventFact { seq: EventNumber::from_number(seq), ..fact.clone() });
            }
            let given: Vec<PackedEvent<'_>> = facts.into_iter().zip(&events).map(|(fact, (_, id, values))| {
                PackedEvent { fact, text: EventText { id: EventId::new(id), values } }
            }).collect();
            given.iter().for_each(|event| packed.push(&event.fact, &event.text));
            prop_assert_eq!(unpack(&packed), given);
        }

        /// A row that was cut or changed is refused or read as something else, and never falls over.
        #[test]
        fn damaged_rows_are_refused(event in event(), at in any::<sample::Index>(), to: u8, cut: bool, count in -3i64..3) {
            let mut packed = Packed::new(1);
            packed.push(&event.1, &EventText { id: EventId::Text("1"), values: "[4808]" });
            let mut body = packed.body(&packed.rows[0]).to_vec();
            let at = at.index(body.len());
            if cut { body.truncate(at) } else { body[at] = to }
            let read: Vec<_> = Unpacking::new(EventNumber::from_number(i64::MIN), count, &body)
                .chain(Unpacking::new(EventNumber::FIRST, 1, &body)).collect();
            prop_assert!(!cut || read.iter().any(Result::is_err));
        }
    }
}
