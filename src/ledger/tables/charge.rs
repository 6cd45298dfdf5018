//! `charge`: fixed charges, and the credits for the unused parts of them. What they took from the wallet stands in
//! `charge_draw`.

use super::append::append;
use super::charge_draw;
use super::lot::NO_LOT;
use super::seal::Seals;
use super::table::{Table, whose};
use crate::billing::{ChargeFact, OwedCharge};
use crate::ids::{CustomerId, LotId};
use crate::ledger::LedgerError;
use crate::ledger::sql::cells;
use crate::money::{Total, Value};
use crate::time::Instant;
use rusqlite::{Connection, Row};

/// All of its columns are facts.
pub(in crate::ledger) const CHARGE: Table = Table {
    name: "charge",
    create: "
CREATE TABLE charge (
  id INTEGER PRIMARY KEY, customer INTEGER NOT NULL, subscription INTEGER NOT NULL, price INTEGER NOT NULL,
  at INTEGER NOT NULL, from_at INTEGER NOT NULL, to_at INTEGER NOT NULL, asset INTEGER NOT NULL,
  amount INTEGER NOT NULL, value INTEGER NOT NULL, payment INTEGER, lot INTEGER, operation INTEGER NOT NULL) STRICT;
CREATE INDEX charge_customer ON charge (customer, to_at);
CREATE INDEX charge_credit ON charge (customer, lot) WHERE lot IS NOT NULL;
",
    columns: &[
        "id",
        "customer",
        "subscription",
        "price",
        "at",
        "from_at",
        "to_at",
        "asset",
        "amount",
        "value",
        "payment",
        "lot",
    ],
    facts: 12,
    counted: None,
    is_setting: false,
};

/// The columns that [`read`] reads.
pub(in crate::ledger) const READ: &str =
    "id, customer, subscription, price, at, from_at, to_at, asset, amount, value, payment, lot";

/// Appends charges with their draws.
pub(in crate::ledger) fn write(
    connection: &Connection,
    seals: &mut Seals,
    facts: &[ChargeFact],
) -> Result<(), LedgerError> {
    let mut rows = Vec::with_capacity(facts.len() * CHARGE.columns.len());
    for c in facts {
        rows.extend(cells![c.id, c.customer, c.subscription, c.price, c.at, c.from, c.to]);
        rows.extend(cells![c.asset, c.amount, c.value, c.payment, c.lot]);
    }
    append(connection, seals, &CHARGE, &rows)?;
    charge_draw::write(connection, seals, facts)
}

/// A charge without its draws.
pub(in crate::ledger) fn read(row: &Row<'_>) -> rusqlite::Result<ChargeFact> {
    Ok(ChargeFact {
        id: row.get(0)?,
        customer: row.get(1)?,
        subscription: row.get(2)?,
        price: row.get(3)?,
        at: row.get(4)?,
        from: row.get(5)?,
        to: row.get(6)?,
        asset: row.get(7)?,
        amount: row.get(8)?,
        value: row.get(9)?,
        payment: row.get(10)?,
        lot: row.get(11)?,
        draws: Default::default(),
    })
}

/// Charges of one customer, or of all, with their draws, in the order in which they were made.
pub(in crate::ledger) fn with_draws(
    connection: &Connection,
    customer: Option<CustomerId>,
) -> Result<Vec<ChargeFact>, LedgerError> {
    let sql = format!("SELECT {READ} FROM charge WHERE {} ORDER BY id", whose(customer));
    let mut charges = CHARGE.rows(connection, &sql, [customer], read)?;
    for (charge, draw) in charge_draw::read(connection, customer)? {
        if let Ok(place) = charges.binary_search_by_key(&charge, |charge| charge.id) {
            charges[place].draws.push(draw);
        }
    }
    Ok(charges)
}

/// Adds the draws of charges, which are in the order of their numbers.
pub(in crate::ledger) fn add_draws(connection: &Connection, charges: &mut [ChargeFact]) -> Result<(), LedgerError> {
    let (Some(first), Some(last)) = (charges.first(), charges.last()) else { return Ok(()) };
    for (charge, draw) in charge_draw::between(connection, first.id, last.id)? {
        if let Ok(place) = charges.binary_search_by_key(&charge, |charge| charge.id) {
            charges[place].draws.push(draw);
        }
    }
    Ok(())
}

/// The charges of a customer whose service period is not over at `clock`. Their draws are history, and stay where they are.
pub(in crate::ledger) fn open(
    connection: &Connection,
    customer: CustomerId,
    clock: Instant,
) -> Result<Vec<ChargeFact>, LedgerError> {
    let sql = format!("SELECT {READ} FROM charge WHERE customer = ?1 AND to_at > ?2 ORDER BY id");
    CHARGE.rows(connection, &sql, (customer, clock), read)
}

/// The charges of a customer that an overdraft paid, and what of them is still owed, or whose service period is not over at
/// `clock`.
pub(in crate::ledger) fn owed(
    connection: &Connection,
    customer: CustomerId,
    clock: Instant,
) -> Result<Vec<OwedCharge>, LedgerError> {
    let sql = format!(
        "SELECT id, asset, owed, earned FROM (SELECT id, asset, to_at,
           (SELECT sum(drawn) FROM charge_draw d WHERE d.charge = c.id AND d.lot = {NO_LOT})
             - coalesce((SELECT sum(r.amount) FROM repayment r WHERE r.charge = c.id), 0) AS owed,
           coalesce((SELECT sum(r.earned) FROM repayment r WHERE r.charge = c.id), 0) AS earned
         FROM charge c WHERE customer = ?1) WHERE owed > 0 OR (owed = 0 AND to_at > ?2) ORDER BY id"
    );
    CHARGE.rows(connection, &sql, (customer, clock), |row| {
        Ok(OwedCharge { charge: row.get(0)?, asset: row.get(1)?, amount: row.get(2)?, earned: row.get(3)? })
    })
}

/// The lots that credits of a customer's changes went into.
pub(in crate::ledger) fn credits(connection: &Connection, customer: CustomerId) -> Result<Vec<LotId>, LedgerError> {
    let sql = "SELECT DISTINCT lot FROM charge WHERE customer = ?1 AND lot IS NOT NULL ORDER BY lot";
    CHARGE.rows(connection, sql, [customer], |row| row.get(0))
}

/// What charges, less credits, are worth, in units of the reporting currency.
pub(in crate::ledger) fn sum_of_values(connection: &Connection) -> Result<Total<Value>, LedgerError> {
    CHARGE.sum(connection, "value")
}
