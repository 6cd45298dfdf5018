//! `repayment`: deficits that lots paid back.

use super::append::append;
use super::seal::Seals;
use super::table::{Table, whose};
use crate::ids::{AssetId, CustomerId, LotId};
use crate::ledger::LedgerError;
use crate::ledger::sql::cells;
use crate::money::{Units, Value};
use crate::wallet::Repayment;
use rusqlite::{Connection, Row};

/// All of its columns are facts.
pub(in crate::ledger) const REPAYMENT: Table = Table {
    name: "repayment",
    create: "
CREATE TABLE repayment (
  id INTEGER PRIMARY KEY, lot INTEGER NOT NULL, at INTEGER NOT NULL, dated INTEGER NOT NULL, amount INTEGER NOT NULL,
  earned INTEGER NOT NULL, after INTEGER NOT NULL, operation INTEGER NOT NULL) STRICT;
CREATE INDEX repayment_lot ON repayment (lot);
",
    columns: &["id", "lot", "at", "dated", "amount", "earned", "after"],
    facts: 7,
    counted: None,
    is_setting: false,
};

pub(in crate::ledger) fn write(
    connection: &Connection,
    seals: &mut Seals,
    facts: &[Repayment],
) -> Result<(), LedgerError> {
    if facts.is_empty() {
        return Ok(());
    }
    let first: i64 = REPAYMENT.next_id(connection)?;
    let row = |(id, r): (i64, &Repayment)| cells![id, r.lot, r.at, r.dated, r.amount, r.earned, r.after];
    append(connection, seals, &REPAYMENT, &(first..).zip(facts).flat_map(row).collect::<Vec<_>>())
}

/// What one customer, or all, paid back, in the order in which it was recorded.
pub(in crate::ledger) fn read(
    connection: &Connection,
    customer: Option<CustomerId>,
) -> Result<Vec<Repayment>, LedgerError> {
    let sql = format!(
        "SELECT r.id, lot, at, dated, r.amount, earned, after FROM lot JOIN repayment r ON r.lot = lot.id WHERE {} ORDER BY r.id",
        whose(customer)
    );
    REPAYMENT.rows(connection, &sql, [customer], fact)
}

/// The repayment that a row says.
pub(in crate::ledger) fn fact(row: &Row<'_>) -> rusqlite::Result<Repayment> {
    Ok(Repayment {
        lot: row.get(1)?,
        at: row.get(2)?,
        dated: row.get(3)?,
        amount: row.get(4)?,
        earned: row.get(5)?,
        after: row.get(6)?,
    })
}

/// Visits what repayments took: the lot, how much, and how much of its cost basis.
pub(in crate::ledger) fn for_each_taking(
    connection: &Connection,
    visit: impl FnMut(LotId, Units, Value),
) -> Result<(), LedgerError> {
    REPAYMENT.for_each_taking(connection, ["lot", "amount", "earned"], visit)
}

/// Visits what was repaid: the customer, the asset, and how much.
pub(in crate::ledger) fn for_each_repaid(
    connection: &Connection,
    mut visit: impl FnMut(CustomerId, AssetId, Units),
) -> Result<(), LedgerError> {
    let sql = "SELECT r.id, lot.customer, lot.asset, r.amount FROM repayment r JOIN lot ON lot.id = r.lot";
    REPAYMENT.for_each(connection, sql, [], |row| {
        visit(row.get(1)?, row.get(2)?, row.get(3)?);
        Ok(())
    })
}
