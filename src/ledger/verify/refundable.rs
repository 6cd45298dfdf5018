//! What may be given back under volume prices.

use super::book::Book;
use super::check::{Check, Faults, counted};
use super::events::Tally;
use super::taken::Drawn;
use crate::billing::CounterKey;
use crate::ids::{PriceIndex, RowIndex};
use crate::ledger::LedgerError;
use crate::ledger::tables::lot::NO_LOT;
use crate::ledger::tables::refundable::{self, Entry};
use rusqlite::Connection;
use rustc_hash::FxHashMap;

/// What is stored, by quantity. What is wrong with a row alone is told at once.
fn stored(
    connection: &Connection,
    book: &Book,
    tally: &Tally,
    faults: &mut Faults,
) -> Result<FxHashMap<CounterKey, Drawn>, LedgerError> {
    let mut all: FxHashMap<CounterKey, Drawn> = FxHashMap::default();
    let mut count: FxHashMap<CounterKey, i64> = FxHashMap::default();
    refundable::for_each(connection, |entry| {
        let Entry { customer, subscription, price, row, period, ordinal, units, asset, lot, amount, owner } = entry;
        let what = || format!("subscription {subscription} price {price}, entry {ordinal}");
        let (Ok(price), Ok(row)) = (u16::try_from(price), u32::try_from(row)) else {
            return faults.add(|| format!("{}: there is no such price", what()));
        };
        let (price, row) = (PriceIndex::from_number(price), RowIndex::from_number(row));
        let key = CounterKey { subscription, price, row, period };
        let place = count.entry(key).or_default();
        faults.compare(|| format!("{}: its place", what()), &ordinal, place);
        *place = place.wrapping_add(1);
        let lot = Some(lot).filter(|lot| *lot != NO_LOT);
        let owed_in = || Some(book.held(customer, subscription)?.1.prices.get(price.place())?.0);
        let (owner, of) = lot.map_or_else(|| (customer, owed_in()), |_| (owner.0, Some(owner.1)));
        if units.is_negative()
            || owner != customer
            || of != Some(asset)
            || tally.owners.get(&subscription) != Some(&customer)
        {
            faults.add(|| format!("{}: {units} units cannot be given back to lot {}", what(), lot.unwrap_or(NO_LOT)));
        }
        let drawn = all.entry(key).or_default();
        drawn.units += units;
        drawn.take(lot, amount);
    })?;
    Ok(all)
}

/// What may be given back under each quantity is what its fees have taken.
pub(super) fn check(connection: &Connection, book: &Book, tally: &Tally) -> Result<Check, LedgerError> {
    let mut faults = Faults::default();
    let stored = stored(connection, book, tally, &mut faults)?;
    let mut all: Vec<CounterKey> = stored.keys().chain(tally.refundable.keys()).copied().collect();
    all.sort_unstable();
    all.dedup();
    let nothing = Drawn::default();
    for key in &all {
        let of = |drawn: &'_ FxHashMap<CounterKey, Drawn>| drawn.get(key).cloned().unwrap_or_else(|| nothing.clone());
        let (stored, drawn) = (of(&stored), of(&tally.refundable));
        let what = |what: &str| format!("subscription {} price {}: {what}", key.subscription, key.price);
        faults.compare(|| what("units that may be given back"), &stored.units, &drawn.units);
        let in_all = drawn.overdrawn;
        faults.compare(|| what("where they came from"), &stored.amounts(in_all), &drawn.amounts(in_all));
    }
    Ok(faults.check("refundable", || {
        counted(all.len(), "quantity may give back what it took", "quantities may give back what they took")
    }))
}
