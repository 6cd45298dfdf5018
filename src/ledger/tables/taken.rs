//! `taken`: what negative adjustments took, lot by lot.

use super::append::append;
use super::seal::Seals;
use super::table::Table;
use crate::billing::{AdjustmentFact, Reason};
use crate::ids::{AdjustmentId, LotId};
use crate::ledger::LedgerError;
use crate::ledger::sql::{Numbered, cells};
use crate::money::{Units, Value};
use crate::wallet::Taken;
use rusqlite::Connection;

/// All of its columns are facts.
pub(in crate::ledger) const TAKEN: Table = Table {
    name: "taken",
    create: "
CREATE TABLE taken (
  id INTEGER PRIMARY KEY, adjustment INTEGER NOT NULL, lot INTEGER NOT NULL, amount INTEGER NOT NULL,
  basis INTEGER NOT NULL, operation INTEGER NOT NULL) STRICT;
CREATE INDEX taken_adjustment ON taken (adjustment);
",
    columns: &["id", "adjustment", "lot", "amount", "basis"],
    facts: 5,
    counted: None,
    is_setting: false,
};

/// Appends what an adjustment took.
pub(super) fn write(
    connection: &Connection,
    seals: &mut Seals,
    adjustment: &AdjustmentFact,
) -> Result<(), LedgerError> {
    if adjustment.taken.is_empty() {
        return Ok(());
    }
    for (id, taken) in (TAKEN.next_id::<i64>(connection)?..).zip(&adjustment.taken) {
        append(connection, seals, &TAKEN, &cells![id, adjustment.id, taken.lot, taken.amount, taken.basis])?;
    }
    Ok(())
}

/// What an adjustment took.
pub(in crate::ledger) fn of(connection: &Connection, adjustment: AdjustmentId) -> Result<Vec<Taken>, LedgerError> {
    let sql = "SELECT id, lot, amount, basis FROM taken WHERE adjustment = ?1 ORDER BY id";
    TAKEN.rows(connection, sql, [adjustment], |row| {
        Ok(Taken { lot: row.get(1)?, amount: row.get(2)?, basis: row.get(3)? })
    })
}

/// Visits what adjustments took: the lot, how much, how much of its cost basis, and whether that was paid back elsewhere.
pub(in crate::ledger) fn for_each_taking(
    connection: &Connection,
    mut visit: impl FnMut(LotId, Units, Value, bool),
) -> Result<(), LedgerError> {
    let sql = "SELECT t.id, t.lot, t.amount, basis, reason = ? FROM taken t JOIN adjustment a ON a.id = adjustment";
    TAKEN.for_each(connection, sql, [Reason::ExternalRefund.number()], |row| {
        visit(row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?);
        Ok(())
    })
}
