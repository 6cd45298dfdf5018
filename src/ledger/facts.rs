//! Facts to rows.

use super::LedgerError;
use super::append::{
    ADJUSTMENT, COST, DENIAL, DRAW, EVENT, EXPIRY, FEE, LOT, OVERAGE, REPAYMENT, Seals, TAKEN, TOPUP, append, optional,
    text,
};
use super::book::next_id;
use super::event_id::EventId;
use crate::billing::{EventFact, Facts, FeeFact, Status};
use crate::rating::Quantity;
use rusqlite::Connection;
use rusqlite::types::ValueRef;
use rusqlite::types::ValueRef::{Integer, Null};

/// The part of an event that is the log's: its id and the JSON array of its values.
#[derive(Debug, Clone, Copy)]
pub(super) struct EventText<'a> {
    pub id: &'a str,
    pub values: &'a str,
}

/// Numbers of statuses: charged, denied, and one for each reason to be unpriced.
pub(super) fn status_number(status: Status) -> i64 {
    match status {
        Status::Charged => 0,
        Status::Denied => 1,
        Status::Unpriced(reason) => 2 + reason as i64,
    }
}

/// Appends everything but usage events, and empties it.
pub(super) fn write(connection: &Connection, seals: &mut Seals, facts: &mut Facts) -> Result<(), LedgerError> {
    debug_assert!(facts.events.is_empty(), "events are appended with their texts");
    write_lots(connection, seals, facts)?;
    write_topups(connection, seals, facts)?;
    write_adjustments(connection, seals, facts)?;
    super::subscription_facts::write(connection, seals, facts)?;
    let mut rows = Vec::new();
    if !facts.expiries.is_empty() {
        for (id, e) in (next_id(connection, "expiry", "id")?..).zip(facts.expiries.drain(..)) {
            rows.extend([id, e.lot, e.at.micros(), e.amount, e.breakage].map(Integer));
        }
        append(connection, seals, &EXPIRY, &rows)?;
        rows.clear();
    }
    if !facts.repayments.is_empty() {
        for (id, r) in (next_id(connection, "repayment", "id")?..).zip(facts.repayments.drain(..)) {
            rows.extend([id, r.lot, r.at.micros(), r.amount, r.earned].map(Integer));
        }
        append(connection, seals, &REPAYMENT, &rows)?;
        rows.clear();
    }
    for denial in facts.denials.drain(..) {
        let values = [denial.event, denial.asset, denial.needed, denial.available, denial.reason as i64];
        rows.extend(values.map(Integer));
    }
    append(connection, seals, &DENIAL, &rows)
}

fn write_lots(connection: &Connection, seals: &mut Seals, facts: &mut Facts) -> Result<(), LedgerError> {
    let mut rows = Vec::new();
    for lot in facts.lots.drain(..) {
        rows.extend([lot.id, lot.customer, lot.asset, lot.purpose as i64, lot.priority].map(Integer));
        rows.extend([lot.granted_at, lot.effective_at].map(|t| Integer(t.micros())));
        rows.push(optional(lot.expires_at.map(|t| t.micros())));
        // What is left and released is derived; the life that holds the lot stores it when it changes.
        rows.extend([lot.amount, lot.basis].map(Integer));
        rows.push(optional(lot.granted_by.map(|granted| granted.subscription)));
        rows.push(optional(lot.granted_by.map(|granted| i64::from(granted.entitlement))));
        rows.extend([lot.amount, 0].map(Integer));
    }
    append(connection, seals, &LOT, &rows)
}

fn write_topups(connection: &Connection, seals: &mut Seals, facts: &mut Facts) -> Result<(), LedgerError> {
    if facts.topups.is_empty() {
        return Ok(());
    }
    let mut rows = Vec::new();
    for (id, topup) in (next_id(connection, "topup", "id")?..).zip(&facts.topups) {
        rows.push(Integer(id));
        rows.push(topup.key.as_deref().map_or(Null, text));
        rows.extend(
            [topup.customer, topup.at.micros(), topup.currency, topup.paid, topup.value, topup.lot].map(Integer),
        );
        rows.push(optional(topup.event));
    }
    append(connection, seals, &TOPUP, &rows)?;
    drop(rows);
    facts.topups.clear();
    Ok(())
}

fn write_adjustments(connection: &Connection, seals: &mut Seals, facts: &mut Facts) -> Result<(), LedgerError> {
    for a in facts.adjustments.drain(..) {
        let row = [
            Integer(a.id),
            text(&a.key),
            Integer(a.customer),
            Integer(a.at.micros()),
            Integer(a.asset),
            Integer(a.amount),
            Integer(a.reason as i64),
            optional(a.lot),
        ];
        append(connection, seals, &ADJUSTMENT, &row)?;
        for (id, taken) in (next_id(connection, "taken", "id")?..).zip(&a.taken) {
            append(connection, seals, &TAKEN, &[id, a.id, taken.lot, taken.amount, taken.basis].map(Integer))?;
        }
    }
    Ok(())
}

/// A volume as it is stored: an integer where it is one, which is shorter.
enum Volume {
    None,
    Integer(i64),
    Text(String),
}

impl Volume {
    fn new(quantity: &Quantity) -> Self {
        let volume = quantity.volume;
        match i64::try_from(volume.mantissa()) {
            Ok(0) => Self::None,
            Ok(integer) if volume.scale() == 0 => Self::Integer(integer),
            _ => Self::Text(volume.to_string()),
        }
    }

    fn value(&self) -> ValueRef<'_> {
        match self {
            Self::None => Null,
            Self::Integer(integer) => Integer(*integer),
            Self::Text(string) => text(string),
        }
    }
}

/// What must outlive the rows that refer to it.
struct Encoded<'a> {
    id: EventId<'a>,
    volumes: smallvec::SmallVec<[Volume; 1]>,
}

impl<'a> Encoded<'a> {
    fn new(event: &EventFact, text: &EventText<'a>) -> Self {
        let volumes = event.fees.iter().map(|fee| Volume::new(&fee.before)).collect();
        Self { id: EventId::new(text.id), volumes }
    }
}

/// Appends usage events with their texts, which are in the same order.
pub(super) fn write_events(
    connection: &Connection,
    seals: &mut Seals,
    events: &[EventFact],
    texts: &[EventText<'_>],
) -> Result<(), LedgerError> {
    debug_assert_eq!(events.len(), texts.len());
    let encoded: Vec<Encoded<'_>> = events.iter().zip(texts).map(|(event, text)| Encoded::new(event, text)).collect();
    let mut rows = Rows::default();
    for ((event, text), encoded) in events.iter().zip(texts).zip(&encoded) {
        rows.push(event, text, encoded);
    }
    append(connection, seals, &EVENT, &rows.events)?;
    append(connection, seals, &FEE, &rows.fees)?;
    append(connection, seals, &DRAW, &rows.draws)?;
    append(connection, seals, &OVERAGE, &rows.overages)?;
    append(connection, seals, &COST, &rows.costs)
}

/// Rows of the five tables that hold usage events.
#[derive(Default)]
struct Rows<'a> {
    events: Vec<ValueRef<'a>>,
    fees: Vec<ValueRef<'a>>,
    draws: Vec<ValueRef<'a>>,
    overages: Vec<ValueRef<'a>>,
    costs: Vec<ValueRef<'a>>,
}

impl<'a> Rows<'a> {
    fn push(&mut self, event: &EventFact, text: &EventText<'a>, encoded: &'a Encoded<'a>) {
        self.events.extend([Integer(event.seq), encoded.id.value()]);
        self.events.extend([event.customer, event.shape, event.occurred_at.micros()].map(Integer));
        self.events.push(optional(event.posted_at.map(|t| t.micros())));
        self.events.extend([status_number(event.status), event.previous].map(Integer));
        self.events.push(ValueRef::Text(text.values.as_bytes()));
        match event.costs.first() {
            Some(cost) => self.events.extend([cost.vendor, cost.amount].map(Integer)),
            None => self.events.extend([Null; 2]),
        }
        match event.fees.first() {
            Some(fee) => push_fee(&mut self.events, fee, &encoded.volumes[0]),
            None => self.events.extend([Null; 11]),
        }
        for (ordinal, cost) in event.costs.iter().enumerate().skip(1) {
            self.costs.extend([event.seq, ordinal as i64, cost.vendor, cost.amount].map(Integer));
        }
        for (ordinal, fee) in event.fees.iter().enumerate() {
            if ordinal > 0 {
                self.fees.extend([event.seq, ordinal as i64].map(Integer));
                push_fee(&mut self.fees, fee, &encoded.volumes[ordinal]);
            }
            if let Some(overage) = fee.overage {
                self.overages.extend([event.seq, ordinal as i64, overage.units, overage.amount].map(Integer));
            }
            for (index, draw) in fee.draws.iter().enumerate().skip(1) {
                let numbers =
                    [event.seq, ordinal as i64, index as i64, draw.lot.unwrap_or(0), draw.amount, draw.earned];
                self.draws.extend(numbers.map(Integer));
                self.draws.push(Integer(draw.decided_by as i64));
            }
        }
    }
}

/// The eleven columns of a fee with its first draw. What equals its neighbour is NULL, which costs no byte.
fn push_fee<'a>(row: &mut Vec<ValueRef<'a>>, fee: &FeeFact, volume: &'a Volume) {
    let unless_equal = |value: i64, other: i64| if value == other { Null } else { Integer(value) };
    row.extend([Integer(fee.subscription), Integer(i64::from(fee.price)), Integer(i64::from(fee.row))]);
    let count = fee.before.count.cast_signed();
    row.push(if count == 0 { Null } else { Integer(count) });
    row.extend([volume.value(), Integer(fee.amount), unless_equal(fee.value, fee.amount)]);
    match fee.draws.first() {
        Some(draw) => row.extend([
            Integer(draw.lot.unwrap_or(0)),
            unless_equal(draw.amount, fee.amount),
            unless_equal(draw.earned, draw.amount),
            Integer(draw.decided_by as i64),
        ]),
        None => row.extend([Null; 4]),
    }
}
