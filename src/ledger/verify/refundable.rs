//! What may be given back under volume prices.

use super::book::{Book, for_each};
use super::check::{Check, Faults, counted};
use super::events::Tally;
use super::taken::Drawn;
use crate::billing::CounterKey;
use crate::ids::{AssetId, CustomerId, LotId, PriceIndex, RowIndex, SubscriptionId};
use crate::ledger::LedgerError;
use crate::ledger::tables::lot::NO_LOT;
use crate::money::Units;
use crate::time::Instant;
use rusqlite::{Connection, Row};
use rustc_hash::FxHashMap;

/// A row as it is stored. Price and row may be numbers that no price and no row has.
struct Stored {
    customer: CustomerId,
    subscription: SubscriptionId,
    price: i64,
    row: i64,
    period: Instant,
    ordinal: i64,
    units: Units,
    asset: AssetId,
    lot: LotId,
    amount: Units,
    /// Whose the lot is, and what it is in; zeros if there is no such lot.
    owner: (CustomerId, AssetId),
}

impl<'r> TryFrom<&'r Row<'r>> for Stored {
    type Error = rusqlite::Error;

    fn try_from(row: &'r Row<'r>) -> Result<Self, Self::Error> {
        Ok(Self {
            customer: row.get(0)?,
            subscription: row.get(1)?,
            price: row.get(2)?,
            row: row.get(3)?,
            period: row.get(4)?,
            ordinal: row.get(5)?,
            units: row.get(6)?,
            asset: row.get(7)?,
            lot: row.get(8)?,
            amount: row.get(9)?,
            owner: (row.get(10)?, row.get(11)?),
        })
    }
}

/// What is stored, by quantity. What is wrong with a row alone is told at once.
fn stored(
    connection: &Connection,
    book: &Book,
    tally: &Tally,
    faults: &mut Faults,
) -> Result<FxHashMap<CounterKey, Drawn>, LedgerError> {
    let mut all: FxHashMap<CounterKey, Drawn> = FxHashMap::default();
    let mut count: FxHashMap<CounterKey, i64> = FxHashMap::default();
    let sql =
        "SELECT r.customer, r.subscription, r.price, r.row, r.period, r.ordinal, r.units, r.asset, r.lot, r.amount,
                 coalesce(lot.customer, 0), coalesce(lot.asset, 0)
               FROM refundable r LEFT JOIN lot ON lot.id = r.lot
               ORDER BY r.customer, r.subscription, r.price, r.row, r.period, r.ordinal";
    for_each(
        connection,
        sql,
        |Stored { customer, subscription, price, row, period, ordinal, units, asset, lot, amount, owner }: Stored| {
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
                faults
                    .add(|| format!("{}: {units} units cannot be given back to lot {}", what(), lot.unwrap_or(NO_LOT)));
            }
            let drawn = all.entry(key).or_default();
            drawn.units += units;
            drawn.take(lot, amount);
        },
    )?;
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
