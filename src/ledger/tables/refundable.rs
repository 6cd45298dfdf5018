//! `refundable`: what may be given back under volume prices.

use super::lot::NO_LOT;
use super::table::Table;
use crate::billing::{CounterKey, Refundable};
use crate::ids::{AssetId, CustomerId, LotId, SubscriptionId};
use crate::ledger::LedgerError;
use crate::money::Units;
use crate::time::Instant;
use rusqlite::{Connection, Row};
use rustc_hash::FxHashMap;

/// Derived: what the fees under a quantity took, oldest first. [`NO_LOT`] is the overdraft.
pub(in crate::ledger) const REFUNDABLE: Table = Table {
    name: "refundable",
    create: "
CREATE TABLE refundable (
  customer INTEGER NOT NULL, subscription INTEGER NOT NULL, price INTEGER NOT NULL, row INTEGER NOT NULL,
  period INTEGER NOT NULL, ordinal INTEGER NOT NULL, units INTEGER NOT NULL, asset INTEGER NOT NULL, lot INTEGER NOT NULL,
  amount INTEGER NOT NULL,
  PRIMARY KEY (customer, subscription, price, row, period, ordinal)) STRICT, WITHOUT ROWID;
",
    columns: &[
        "customer",
        "subscription",
        "price",
        "row",
        "period",
        "ordinal",
        "units",
        "asset",
        "lot",
        "amount",
    ],
    facts: 0,
    counted: None,
    is_setting: false,
};

/// What may be given back of each of a customer's quantities.
pub(in crate::ledger) fn of(
    connection: &Connection,
    customer: CustomerId,
) -> Result<FxHashMap<CounterKey, Vec<Refundable>>, LedgerError> {
    let sql = "SELECT customer, subscription, price, row, period, units, asset, lot, amount FROM refundable
               WHERE customer = ?1 ORDER BY subscription, price, row, period, ordinal";
    let mut stacks: FxHashMap<CounterKey, Vec<Refundable>> = FxHashMap::default();
    REFUNDABLE.for_each(connection, sql, [customer], |row| {
        let (key, refundable) = read(row)?;
        stacks.entry(key).or_default().push(refundable);
        Ok(())
    })?;
    Ok(stacks)
}

fn read(row: &Row<'_>) -> rusqlite::Result<(CounterKey, Refundable)> {
    let key = CounterKey { subscription: row.get(1)?, price: row.get(2)?, row: row.get(3)?, period: row.get(4)? };
    let lot: LotId = row.get(7)?;
    let lot = Some(lot).filter(|lot| *lot != NO_LOT);
    Ok((key, Refundable { units: row.get(5)?, asset: row.get(6)?, lot, amount: row.get(8)? }))
}

/// A row as it is stored. Price and row may be numbers that no price and no row has.
pub(in crate::ledger) struct Entry {
    pub customer: CustomerId,
    pub subscription: SubscriptionId,
    pub price: i64,
    pub row: i64,
    pub period: Instant,
    pub ordinal: i64,
    pub units: Units,
    pub asset: AssetId,
    pub lot: LotId,
    pub amount: Units,
    /// Whose the lot is, and what it is in; zeros if there is no such lot.
    pub owner: (CustomerId, AssetId),
}

/// Visits all rows, each with its lot, quantity by quantity.
pub(in crate::ledger) fn for_each(connection: &Connection, mut visit: impl FnMut(Entry)) -> Result<(), LedgerError> {
    let sql =
        "SELECT r.customer, r.subscription, r.price, r.row, r.period, r.ordinal, r.units, r.asset, r.lot, r.amount,
           coalesce(lot.customer, 0), coalesce(lot.asset, 0)
         FROM refundable r LEFT JOIN lot ON lot.id = r.lot
         ORDER BY r.customer, r.subscription, r.price, r.row, r.period, r.ordinal";
    REFUNDABLE.for_each(connection, sql, [], |row| {
        visit(Entry {
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
        });
        Ok(())
    })
}

/// Stores what may be given back of one quantity, in the place of what was stored before.
pub(in crate::ledger) fn store(
    connection: &Connection,
    customer: CustomerId,
    key: &CounterKey,
    stack: &[Refundable],
) -> Result<(), LedgerError> {
    let place = (customer, key.subscription, key.price, key.row, key.period);
    let gone = "DELETE FROM refundable WHERE (customer, subscription, price, row, period) = (?1, ?2, ?3, ?4, ?5)";
    connection.prepare_cached(gone)?.execute(place)?;
    let mut insert =
        connection.prepare_cached("INSERT INTO refundable VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)")?;
    for (ordinal, r) in (0i64..).zip(stack) {
        let (customer, subscription, price, row, period) = place;
        let lot = r.lot.unwrap_or(NO_LOT);
        insert.execute((customer, subscription, price, row, period, ordinal, r.units, r.asset, lot, r.amount))?;
    }
    Ok(())
}
