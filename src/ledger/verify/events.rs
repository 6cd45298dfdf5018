//! One pass over all usage events: quantities, fees, draws, chains and ids.

use super::book::{Book, Held, Place, usage_price};
use super::check::{Check, Faults, counted};
use super::places::{Counted, Places};
use super::rollups::Digests;
use super::taken::{Drawn, Taken};
use crate::billing::{CounterKey, EventFact, FeeFact, OverageFact, Status, tier_period};
use crate::catalog::UsagePrice;
use crate::ids::{AssetId, CustomerId, EventNumber, LotId, PriceIndex, RowIndex, SubscriptionId};
use crate::ledger::LedgerError;
use crate::ledger::import::hash::IdHash;
use crate::ledger::import::keys;
use crate::ledger::loading::TOGETHER;
use crate::ledger::packed::PackedEvent;
use crate::ledger::read::StoredEvent;
use crate::ledger::tables::table::Among;
use crate::ledger::tables::{counter, customer, event, meta, rebilled, shape, voided};
use crate::money::{Asset, Total, Units, Value, decimal_of, round_product};
use crate::rating::{Counter, Quantity, Rated, Rater};
use crate::time::Instant;
use crate::usage::Fields;
use crate::wallet::DecidedBy;
use rusqlite::Connection;
use rustc_hash::FxHashMap;
use std::collections::{BTreeMap, BTreeSet};

/// What accounts owe.
pub(super) type Owed = FxHashMap<(CustomerId, AssetId), Total<Units>>;

/// What all events come to.
#[derive(Default)]
pub(super) struct Tally {
    events: u64,
    fees: u64,
    counters: FxHashMap<CounterKey, Counter>,
    /// What quantities are the sums of, in lines that have had several terms.
    counted: FxHashMap<Place, Vec<Place>>,
    /// Whose each subscription is, of those that were billed.
    pub owners: FxHashMap<SubscriptionId, CustomerId>,
    /// A customer's newest event, and how far their time has come at least.
    newest: FxHashMap<CustomerId, (EventNumber, Instant)>,
    /// What draws took from each lot.
    pub lots: FxHashMap<LotId, Taken>,
    /// What draws took beyond all lots, by customer and asset.
    pub overdrawn: Owed,
    /// What was drawn under the quantities of volume prices, which may be given back.
    pub refundable: FxHashMap<CounterKey, Drawn>,
    ids: Ids,
    rollups: Digests,
    /// Events that are said to be taken back, with what does so.
    said_voided: BTreeMap<EventNumber, EventNumber>,
    /// Those of them that nothing has taken back so far.
    to_void: FxHashMap<EventNumber, StoredEvent>,
    /// Records that others stand for, as is said, with those.
    said_rebilled: BTreeMap<EventNumber, EventNumber>,
    /// Where events that were billed again are rated from.
    places: Places,
    faults: [Faults; 4],
}

/// The newest event and the clock of a customer who has had no event.
const NOTHING_YET: (EventNumber, Instant) = (EventNumber::NONE, Instant::EPOCH);

/// Indexes into `Tally::faults`.
const RATING: usize = 0;
const DRAWS: usize = 1;
const CHAIN: usize = 2;
const VOIDS: usize = 3;

/// An order-independent digest of (hash, event) pairs.
#[derive(Default, PartialEq, Eq, Clone, Copy)]
struct Ids {
    count: u64,
    digest: u64,
}

impl Ids {
    fn add(&mut self, (hash, event): keys::Key) {
        self.count += 1;
        let mixed = (hash.bits() ^ event.number().cast_unsigned().rotate_left(32)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.digest = self.digest.wrapping_add(mixed ^ (mixed >> 29));
    }
}

pub(super) fn tally(connection: &Connection, book: &mut Book) -> Result<Tally, LedgerError> {
    let (said_voided, said_rebilled) = (voided::all(connection)?, rebilled::all(connection)?);
    let places = Places::new(&said_voided, &said_rebilled);
    let mut tally = Tally { said_voided, said_rebilled, places, ..Tally::default() };
    event::for_each(connection, EventNumber::NONE, EventNumber::LAST, |event| {
        let id = event.fact.shape;
        if let std::collections::hash_map::Entry::Vacant(e) = book.shapes.entry(id) {
            e.insert(shape::of(connection, id)?);
        }
        tally.add(book, &event)
    })?;
    Ok(tally)
}

impl Tally {
    fn add(&mut self, book: &Book, event: &PackedEvent<'_>) -> Result<(), LedgerError> {
        self.events += 1;
        match event.fact.voids {
            None => self.ids.add((IdHash::of(&book.hash_key, &event.text.id), event.fact.seq)),
            Some(voided) => self.void(book, voided, event),
        }
        if self.said_voided.contains_key(&event.fact.seq) {
            self.to_void.insert(event.fact.seq, event.clone().into());
        }
        self.chain(&event.fact);
        let version_of = |id| book.subscriptions.get(&id).map(|held| held.subscription.version);
        if let Err(what) = self.rollups.add(&book.hash_key, &event.fact, version_of) {
            self.faults[DRAWS].add(|| format!("event {:?}: {what}", event.text.id.text()));
        }
        let shape = &book.shapes[&event.fact.shape];
        let values = Fields::read(event.text.values).filter(|values| values.len() == shape.value_count());
        let Some(values) = values else {
            self.faults[RATING].add(|| format!("event {:?}: its data does not fit its shape", event.text.id.text()));
            return Ok(());
        };
        let is_void_of_nothing = event.fact.voids.is_some() && event.fact.status != Status::Charged;
        for fee in event.fact.fees.iter().filter(|_| !is_void_of_nothing) {
            self.fee(book, event, fee, |price| Quantity::of_event(price, shape, &values));
        }
        Ok(())
    }

    fn fee(
        &mut self,
        book: &Book,
        event: &PackedEvent<'_>,
        fee: &FeeFact,
        quantity: impl Fn(&UsagePrice) -> Option<Quantity>,
    ) {
        self.fees += 1;
        let held = book.held(event.fact.customer, fee.subscription);
        let priced = held.and_then(|(held, version)| Some((held, version, usage_price(version, fee.price)?)));
        let Some((held, version, (asset, price))) = priced else {
            return self.faults[RATING].add(|| format!("event {:?}: its price is not there", event.text.id.text()));
        };
        let (anchor, at) = (held.subscription.anchor, event.fact.occurred_at);
        let period = tier_period(price.tier_period, version.cycle, anchor, at);
        let Some(counted) = self.counted(book, held, (fee.price, fee.row), period) else {
            return self.faults[RATING].add(|| format!("event {:?}: its price has no such row", event.text.id.text()));
        };
        self.rate(event, fee, &counted, (book.engine.asset(asset), price), quantity(price));
        self.draws(event, fee, asset);
        self.overage(book, event, fee, (asset, price));
        if price.may_fall() && event.fact.status == Status::Charged {
            self.refundable.entry(counted.own).or_default().add(fee);
        }
    }

    /// What takes an event back says what that one says, with the other sign; how much its draws had earned, its lots know.
    fn void(&mut self, book: &Book, voided: EventNumber, event: &PackedEvent<'_>) {
        let by = event.fact.seq;
        let faults = &mut self.faults[VOIDS];
        let said = self.said_voided.get(&voided) == Some(&by);
        let Some(before) = self.to_void.remove(&voided).filter(|_| said) else {
            return faults.add(|| format!("event number {by} takes back number {voided}, which can't be taken back"));
        };
        let told = |fact: &EventFact, id: &str, values: &str| {
            let mut fact = fact.clone();
            (fact.seq, fact.previous, fact.posted_at, fact.voids) = (by, EventNumber::NONE, None, None);
            for fee in &mut fact.fees {
                fee.before = Quantity::default();
                let held = book.held(fact.customer, fee.subscription);
                let price = held.and_then(|(_, version)| usage_price(version, fee.price));
                if price.is_some_and(|(_, price)| price.may_fall()) {
                    // What was given back may have been used, and is taken from other lots then: their sums are compared.
                    fee.draws.clear();
                }
                fee.draws.iter_mut().for_each(|draw| {
                    (draw.earned, draw.decided_by) = (Value::ZERO, DecidedBy::DrawnLast);
                });
            }
            format!("{id} {values} {fact:?}")
        };
        let now = told(&event.fact.mirrored(), &event.text.id.text(), event.text.values);
        if now != told(&before.fact, &before.id, &before.values) {
            faults.add(|| format!("event number {by} is not number {voided} with the other sign"));
        }
    }

    /// What an event of a row is rated on top of; `None` when the line has no such row.
    fn counted(
        &mut self,
        book: &Book,
        held: &Held,
        (price, row): (PriceIndex, RowIndex),
        period: Instant,
    ) -> Option<Counted> {
        let key = |&(subscription, price, row): &Place| CounterKey { subscription, price, row, period };
        if !held.has_other_terms {
            // Nearly always.
            return Some(Counted { own: key(&(held.first, price, row)), others: None });
        }
        let place = (held.subscription.id, price, row);
        let (own, others) = self.counted.entry(place).or_insert_with(|| book.counted(place)).split_first()?;
        Some(Counted { own: key(own), others: Some(others.iter().map(key).collect()) })
    }

    /// Each event's predecessor must be the customer's event before it.
    fn chain(&mut self, fact: &EventFact) {
        let posted = fact.posted_at.unwrap_or(fact.occurred_at);
        let newest = self.newest.entry(fact.customer).or_insert(NOTHING_YET);
        let (before, clock) = *newest;
        *newest = (fact.seq, clock.max(posted));
        if before != fact.previous {
            let seq = fact.seq;
            self.faults[CHAIN].add(|| format!("event number {seq} does not follow number {before} of its customer"));
        }
    }

    /// Rates the event again, from the quantity that all events before it come to.
    fn rate(
        &mut self,
        event: &PackedEvent<'_>,
        fee: &FeeFact,
        counted: &Counted,
        (asset, price): (&Asset, &UsagePrice),
        quantity: Option<Quantity>,
    ) {
        let of = |key: &CounterKey| self.counters.get(key).copied().unwrap_or_default();
        let mut others = counted.others.iter().flatten().map(of);
        let others = others.try_fold(Quantity::default(), |sum, other| sum.plus(&other.quantity));
        let kept = self.counters.get_mut(&counted.own);
        let own = kept.as_deref().copied().unwrap_or_default();
        let before = others.and_then(|others| own.quantity.plus(&others));
        let rater = Rater::new(price, fee.row, asset);
        let rated = rater.zip(quantity).zip(before).and_then(|((rater, quantity), before)| {
            let from = self.places.from(&event.fact, counted, before);
            let at = |quantity| rater.counter_at(quantity, own.charged).ok();
            // What is kept with one quantity of several is how all of them were rated.
            let counter = if counted.others.is_none() && from == before { own } else { at(from)? };
            let taken_back = event.fact.voids.map(|_| fee.amount);
            if let Some(amount) = taken_back.filter(|_| !counted.own.is_kept()) {
                return Some((from, amount, own));
            }
            let (amount, own) = rated_from(&rater, &counter, (own, before), &quantity, taken_back)?;
            Some((from, amount, own))
        });
        self.places.note(&event.fact, fee, counted);
        let faults = &mut self.faults[RATING];
        let Some((before, amount, after)) = rated else {
            faults.add(|| format!("event {:?}: it can't be rated again", event.text.id.text()));
            return;
        };
        faults.compare(|| format!("event {:?}: quantity before it", event.text.id.text()), &fee.before, &before);
        faults.compare(|| format!("event {:?}: fee in units", event.text.id.text()), &fee.amount, &amount);
        if event.fact.status != Status::Charged || !counted.own.is_kept() {
            return;
        }
        match kept {
            Some(kept) => *kept = after,
            None => {
                self.counters.insert(counted.own, after);
                self.owners.insert(counted.own.subscription, event.fact.customer);
            }
        }
    }

    /// What was charged as overage is its units at the price's rate. What is given back of one is a share of what was, and
    /// so is what is taken again because that is taken back.
    fn overage(&mut self, book: &Book, event: &PackedEvent<'_>, fee: &FeeFact, (asset, price): (AssetId, &UsagePrice)) {
        let Some(OverageFact { units, amount }) =
            fee.overage.filter(|_| !fee.amount.is_negative() && event.fact.voids.is_none())
        else {
            return;
        };
        let faults = &mut self.faults[DRAWS];
        let rated = price.overage.as_ref().and_then(|overage| {
            let other = book.engine.book.asset(&overage.asset).ok()?;
            let factors = [decimal_of(units, book.engine.asset(asset).precision), overage.rate];
            round_product(&factors, &[], other.precision, other.rounding).ok()
        });
        let Some(rated) = rated.filter(|_| units.is_positive() && units <= fee.amount) else {
            return faults.add(|| format!("event {:?}: no overage of {units} units is possible", event.text.id.text()));
        };
        faults.compare(|| format!("event {:?}: overage in units", event.text.id.text()), &amount, &rated);
    }

    /// A fee that was taken was taken whole; one that was not, not at all. Sums are wide: those of a ledger that was
    /// tampered with may be anything.
    fn draws(&mut self, event: &PackedEvent<'_>, fee: &FeeFact, asset: AssetId) {
        let drawn = Units::total(fee.draws.iter().map(|draw| draw.amount));
        // What was charged as overage was taken in another asset, and the draws say it in that.
        let instead = |overage: OverageFact| Total::from(overage.amount) - overage.units;
        let whole = fee.overage.map_or(Total::ZERO, instead) + fee.amount;
        let due = if event.fact.status == Status::Charged { whole } else { Total::ZERO };
        self.faults[DRAWS].compare(|| format!("event {:?}: drawn units", event.text.id.text()), &drawn, &due);
        for draw in &fee.draws {
            match draw.lot {
                Some(lot) => self.lots.entry(lot).or_default().add(draw.amount, draw.earned),
                None => {
                    *self.overdrawn.entry((event.fact.customer, asset)).or_default() += draw.amount;
                }
            }
        }
    }
}

pub(super) fn checks(connection: &Connection, tally: &Tally) -> Result<Vec<Check>, LedgerError> {
    let [rating, draws, chain, voids] = &tally.faults;
    Ok(vec![
        rating.clone().check("fees", || rated_again(tally)),
        draws.clone().check("draws", || "every fee was taken whole or not at all".into()),
        check_voids(tally, voids.clone()),
        check_counters(connection, tally)?,
        check_customers(connection, tally, chain.clone())?,
        check_ids(connection, tally)?,
        super::rollups::check(connection, &meta::hash_key(connection)?, &tally.rollups)?,
    ])
}

fn check_voids(tally: &Tally, mut faults: Faults) -> Check {
    if let Some(lost) = tally.to_void.keys().min() {
        faults.add(|| format!("event number {lost} is said to be taken back, but nothing does so"));
    }
    let known = tally.said_voided.keys().filter(|&&event| event.number() > tally.events.cast_signed()).min();
    if let Some(lost) = known {
        faults.add(|| format!("event number {lost} is said to be taken back, but is not there"));
    }
    let takers: BTreeSet<&EventNumber> = tally.said_voided.values().collect();
    for (instead_of, event) in &tally.said_rebilled {
        let is_new = instead_of < event && tally.said_voided.contains_key(instead_of);
        if !is_new || event.number() > tally.events.cast_signed() || takers.contains(event) {
            faults.add(|| format!("event number {event} stands for number {instead_of}, which was not taken back"));
        }
    }
    let count = tally.said_voided.len();
    faults.check("voids", || counted(count, "event was taken back", "events were taken back"))
}

fn check_counters(connection: &Connection, tally: &Tally) -> Result<Check, LedgerError> {
    let mut faults = Faults::default();
    let mut stored: FxHashMap<CounterKey, Counter> = FxHashMap::default();
    for customers in counter::customers(connection)?.chunks(TOGETHER) {
        for (customer, key, counter) in counter::of(connection, &Among::new(customers))? {
            if tally.owners.get(&key.subscription) != Some(&customer) {
                faults.add(|| format!("subscription {} is not of customer number {customer}", key.subscription));
            }
            stored.insert(key, counter);
        }
    }
    let mut all: Vec<_> = stored.keys().chain(tally.counters.keys()).copied().collect();
    all.sort_unstable();
    all.dedup();
    for key in all.iter().filter(|key| stored.get(key) != tally.counters.get(key)) {
        let of = |counters: &FxHashMap<CounterKey, Counter>| {
            let counter = counters.get(key);
            let told = |c: &Counter| format!("{} (rated {}, charged {})", c.quantity, c.rated, c.charged);
            counter.map_or("nothing".to_owned(), told)
        };
        faults.compare(
            || format!("subscription {} price {}", key.subscription, key.price),
            &of(&stored),
            &of(&tally.counters),
        );
    }
    Ok(faults.check("quantities", || counted(all.len(), "quantity so far", "quantities so far")))
}

fn rated_again(tally: &Tally) -> String {
    let fees = counted(tally.fees, "fee", "fees");
    let events = counted(tally.events, "event", "events");
    format!("{fees} of {events} {} out the same", if tally.fees == 1 { "comes" } else { "come" })
}

fn check_customers(connection: &Connection, tally: &Tally, mut faults: Faults) -> Result<Check, LedgerError> {
    let horizon = meta::horizon(connection)?;
    let mut count = 0;
    for customer in customer::all(connection)? {
        let (id, name) = (customer.id, customer.external_id);
        let customer::State { clock, last_event, .. } = customer::state(connection, id)?;
        let (newest, latest) = tally.newest.get(&id).copied().unwrap_or(NOTHING_YET);
        count += 1;
        faults.compare(|| format!("customer {name:?}: newest event"), &last_event, &newest);
        if clock < latest {
            faults.add(|| format!("customer {name:?}: their time is before their newest event"));
        }
        if clock > horizon {
            faults.add(|| format!("customer {name:?}: their time is after the ledger's"));
        }
    }
    Ok(faults.check("customers", || counted(count, "customer", "customers")))
}

fn check_ids(connection: &Connection, tally: &Tally) -> Result<Check, LedgerError> {
    let mut stored = Ids::default();
    keys::for_each(connection, |key| stored.add(key))?;
    let mut faults = Faults::default();
    if stored != tally.ids {
        faults.add(|| format!("the index has {} ids for {} events, or other ids", stored.count, tally.ids.count));
    }
    Ok(faults.check("ids", || counted(stored.count, "event id can be found", "event ids can be found")))
}

/// What an event of `quantity` comes to, rated on top of `counter`, and the counter that is then kept instead of `own`;
/// `before` is the whole quantity before it. An event that takes another back comes to what it says.
fn rated_from(
    rater: &Rater<'_>,
    counter: &Counter,
    (own, before): (Counter, Quantity),
    quantity: &Quantity,
    taken_back: Option<Units>,
) -> Option<(Units, Counter)> {
    if let Some(amount) = taken_back {
        let after = rater.uncharge(counter, quantity, -amount).ok()?;
        return Some((amount, Counter { quantity: own.quantity.minus(quantity)?, ..after }));
    }
    let Rated { amount, after } = rater.charge(counter, quantity).ok()?;
    let is_in_order = counter.quantity == before;
    let at_end = || rater.counter_at(before.plus(quantity)?, own.charged).ok();
    let rated = if is_in_order { after.rated } else { at_end()?.rated };
    Some((amount, Counter { quantity: own.quantity.plus(quantity)?, rated, ..after }))
}
