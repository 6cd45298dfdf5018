//! One pass over all usage events: quantities, fees, draws, chains and ids.

use super::{Check, Faults};
use crate::billing::{
    CounterKey, CustomerId, Engine, EventFact, FeeFact, Status, SubscriptionId, VersionId, tier_period,
};
use crate::catalog::UsagePrice;
use crate::ledger::open::meta_integer;
use crate::ledger::read::{StoredEvent, for_each_event, shape};
use crate::ledger::{LedgerError, append, book, keys, life};
use crate::rating::{Counter, Quantity, Rater};
use crate::time::Instant;
use crate::usage::{Fields, Shape};
use rusqlite::Connection;
use rustc_hash::FxHashMap;

/// What all events come to.
#[derive(Default)]
pub(super) struct Tally {
    events: u64,
    fees: u64,
    counters: FxHashMap<CounterKey, Counter>,
    /// Whose each subscription is, of those that were billed.
    owners: FxHashMap<SubscriptionId, CustomerId>,
    /// A customer's newest event, and how far their time has come at least.
    newest: FxHashMap<CustomerId, (i64, i64)>,
    /// What draws took from each lot, and what they earned.
    pub lots: FxHashMap<i64, (i64, i64)>,
    /// What draws took beyond all lots, by customer and asset.
    pub overdrawn: FxHashMap<(CustomerId, i64), i64>,
    ids: Ids,
    faults: [Faults; 3],
}

/// Indexes into `Tally::faults`.
const RATING: usize = 0;
const DRAWS: usize = 1;
const CHAIN: usize = 2;

/// An order-independent digest of (hash, event) pairs.
#[derive(Default, PartialEq, Eq, Clone, Copy)]
struct Ids {
    count: u64,
    digest: u64,
}

impl Ids {
    fn add(&mut self, (hash, event): keys::Key) {
        self.count += 1;
        let mixed = (hash ^ event.cast_unsigned().rotate_left(32)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.digest = self.digest.wrapping_add(mixed ^ (mixed >> 29));
    }
}

/// What rating needs to know of a ledger, loaded once.
struct Book {
    engine: Engine,
    subscriptions: FxHashMap<SubscriptionId, Held>,
    shapes: FxHashMap<i64, Shape>,
    hash_key: [u8; 16],
}

/// A subscription, as far as rating needs it.
struct Held {
    customer: CustomerId,
    version: VersionId,
    anchor: Instant,
    /// The first of its line with the same version: quantities are counted under it.
    counts_under: SubscriptionId,
}

/// All subscriptions.
fn subscriptions(connection: &Connection) -> Result<FxHashMap<SubscriptionId, Held>, LedgerError> {
    let mut statement =
        connection.prepare("SELECT id, customer, version, anchor, origin FROM subscription ORDER BY id")?;
    let mut rows = statement.query([])?;
    let mut first: FxHashMap<(i64, VersionId), SubscriptionId> = FxHashMap::default();
    let mut all = FxHashMap::default();
    while let Some(row) = rows.next()? {
        let (id, customer, version): (SubscriptionId, CustomerId, VersionId) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let counts_under = *first.entry((row.get(4)?, version)).or_insert(id);
        all.insert(id, Held { customer, version, anchor: Instant::from_micros(row.get(3)?), counts_under });
    }
    Ok(all)
}

pub(super) fn tally(connection: &Connection) -> Result<Tally, LedgerError> {
    let mut tally = Tally::default();
    let has_terms: bool = connection.query_row("SELECT count(*) > 0 FROM terms", [], |row| row.get(0))?;
    if !has_terms {
        return Ok(tally);
    }
    let mut book = Book {
        engine: book::load_engine(connection)?,
        subscriptions: subscriptions(connection)?,
        shapes: FxHashMap::default(),
        hash_key: append::hash_key(connection)?,
    };
    for_each_event(connection, 0, i64::MAX, |event| {
        let id = event.fact.shape;
        if let std::collections::hash_map::Entry::Vacant(e) = book.shapes.entry(id) {
            e.insert(shape(connection, id)?);
        }
        tally.add(&book, &event)
    })?;
    Ok(tally)
}

impl Tally {
    fn add(&mut self, book: &Book, event: &StoredEvent) -> Result<(), LedgerError> {
        self.events += 1;
        self.ids.add((keys::hash_id(&book.hash_key, &event.id), event.fact.seq));
        self.chain(&event.fact);
        let shape = &book.shapes[&event.fact.shape];
        let values = Fields::read(&event.values).filter(|values| values.len() == shape.value_count());
        let Some(values) = values else {
            self.faults[RATING].add(|| format!("event {:?}: its data does not fit its shape", event.id));
            return Ok(());
        };
        for fee in &event.fact.fees {
            self.fees += 1;
            let known = book.subscriptions.get(&fee.subscription).filter(|s| s.customer == event.fact.customer);
            let price = known.and_then(|held| book.price(held.version, fee.price));
            let Some((asset, price)) = price else {
                self.faults[RATING].add(|| format!("event {:?}: its price is not there", event.id));
                continue;
            };
            self.rate(book, event, fee, (asset, price), Quantity::of_event(price, shape, &values));
            self.draws(event, fee, asset);
        }
        Ok(())
    }

    /// Each event's predecessor must be the customer's event before it.
    fn chain(&mut self, fact: &EventFact) {
        let posted = fact.posted_at.unwrap_or(fact.occurred_at).micros();
        let newest = self.newest.entry(fact.customer).or_default();
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
        book: &Book,
        event: &StoredEvent,
        fee: &FeeFact,
        (asset, price): (i64, &UsagePrice),
        quantity: Option<Quantity>,
    ) {
        let own = &book.subscriptions[&fee.subscription];
        let cycle = book.engine.version(own.version).cycle;
        let period = tier_period(price.tier_period, cycle, own.anchor, event.fact.occurred_at);
        let key = CounterKey { subscription: own.counts_under, price: fee.price, row: fee.row, period };
        let counter = self.counters.get(&key).copied().unwrap_or_default();
        let asset = book.engine.asset(asset);
        let rater = Rater::new(price, fee.row, asset);
        let rated = rater.zip(quantity).and_then(|(rater, quantity)| rater.charge(&counter, &quantity).ok());
        let faults = &mut self.faults[RATING];
        let Some(rated) = rated else {
            faults.add(|| format!("event {:?}: it can't be rated again", event.id));
            return;
        };
        faults.compare(|| format!("event {:?}: quantity before it", event.id), &fee.before, &counter.quantity);
        faults.compare(|| format!("event {:?}: fee in units", event.id), &fee.amount, &rated.amount);
        if event.fact.status == Status::Charged {
            self.counters.insert(key, rated.after);
            self.owners.insert(key.subscription, event.fact.customer);
        }
    }

    /// A fee that was taken was taken whole; one that was not, not at all. Sums wrap: those of a ledger that was
    /// tampered with may leave the range, and are wrong either way.
    fn draws(&mut self, event: &StoredEvent, fee: &FeeFact, asset: i64) {
        let drawn = fee.draws.iter().map(|draw| draw.amount).fold(0, i64::wrapping_add);
        // What was charged as overage was taken in another asset, and the draws say it in that.
        let overage = fee.overage.map_or(0, |overage| overage.amount.wrapping_sub(overage.units));
        let due = if event.fact.status == Status::Charged { fee.amount.wrapping_add(overage) } else { 0 };
        self.faults[DRAWS].compare(|| format!("event {:?}: drawn units", event.id), &drawn, &due);
        for draw in &fee.draws {
            match draw.lot {
                Some(lot) => {
                    let taken = self.lots.entry(lot).or_default();
                    *taken = (taken.0.wrapping_add(draw.amount), taken.1.wrapping_add(draw.earned));
                }
                None => {
                    let owed = self.overdrawn.entry((event.fact.customer, asset)).or_default();
                    *owed = owed.wrapping_add(draw.amount);
                }
            }
        }
    }
}

impl Book {
    fn price(&self, version: VersionId, index: u16) -> Option<(i64, &UsagePrice)> {
        let (_, version) = self.engine.versions().find(|(id, _)| *id == version)?;
        version.prices.get(usize::from(index)).map(|(asset, price)| (*asset, &price.usage))
    }
}

pub(super) fn checks(connection: &Connection, tally: &Tally) -> Result<Vec<Check>, LedgerError> {
    let [rating, draws, chain] = &tally.faults;
    let again = |faults: &Faults| Faults { shown: faults.shown.clone(), count: faults.count };
    Ok(vec![
        again(rating).check("fees", || format!("{} fees of {} events come out the same", tally.fees, tally.events)),
        again(draws).check("draws", || "every fee was taken whole or not at all".into()),
        check_counters(connection, tally)?,
        check_customers(connection, tally, again(chain))?,
        check_ids(connection, tally)?,
    ])
}

fn check_counters(connection: &Connection, tally: &Tally) -> Result<Check, LedgerError> {
    let mut faults = Faults::default();
    let mut stored: FxHashMap<CounterKey, Counter> = FxHashMap::default();
    let mut statement = connection.prepare("SELECT DISTINCT customer FROM counter")?;
    let customers: Vec<i64> = statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    for customer in customers {
        for (key, counter) in life::counters(connection, customer)? {
            if tally.owners.get(&key.subscription) != Some(&customer) {
                faults.add(|| format!("subscription {} is not of customer number {customer}", key.subscription));
            }
            stored.insert(key, counter);
        }
    }
    let mut all: Vec<_> = stored.keys().chain(tally.counters.keys()).copied().collect();
    all.sort_unstable();
    all.dedup();
    for key in &all {
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
    Ok(faults.check("quantities", || format!("{} quantities so far", all.len())))
}

fn check_customers(connection: &Connection, tally: &Tally, mut faults: Faults) -> Result<Check, LedgerError> {
    let mut statement = connection.prepare("SELECT id, external_id, clock, last_event FROM customer")?;
    let mut rows = statement.query([])?;
    let horizon = meta_integer(connection, "horizon")?;
    let mut count = 0;
    while let Some(row) = rows.next()? {
        let (id, name): (i64, String) = (row.get(0)?, row.get(1)?);
        let (clock, last_event): (i64, i64) = (row.get(2)?, row.get(3)?);
        let (newest, latest) = tally.newest.get(&id).copied().unwrap_or_default();
        count += 1;
        faults.compare(|| format!("customer {name:?}: newest event"), &last_event, &newest);
        if clock < latest {
            faults.add(|| format!("customer {name:?}: their time is before their newest event"));
        }
        if clock > horizon {
            faults.add(|| format!("customer {name:?}: their time is after the ledger's"));
        }
    }
    Ok(faults.check("customers", || format!("{count} customers")))
}

fn check_ids(connection: &Connection, tally: &Tally) -> Result<Check, LedgerError> {
    let mut stored = Ids::default();
    keys::for_each(connection, |key| stored.add(key))?;
    let mut faults = Faults::default();
    if stored != tally.ids {
        faults.add(|| format!("{} ids are indexed for {} events, or other ones", stored.count, tally.ids.count));
    }
    Ok(faults.check("ids", || format!("{} event ids can be found", stored.count)))
}
