//! `denial`: why events were denied.

use super::append::append;
use super::seal::Seals;
use super::table::Table;
use crate::billing::{DenialFact, DenialReason};
use crate::ids::EventNumber;
use crate::ledger::LedgerError;
use crate::ledger::sql::{cells, numbered};
use rusqlite::{Connection, Row};

/// All of its columns are facts.
pub(in crate::ledger) const DENIAL: Table = Table {
    name: "denial",
    create: "
CREATE TABLE denial (
  event INTEGER PRIMARY KEY, asset INTEGER NOT NULL, needed INTEGER NOT NULL, available INTEGER NOT NULL,
  reason INTEGER NOT NULL, operation INTEGER NOT NULL) STRICT;
",
    columns: &["event", "asset", "needed", "available", "reason"],
    facts: 5,
    counted: None,
    is_setting: false,
};

numbered!(DenialReason {
    InsufficientFunds = 0,
    AutoTopupLimit = 1,
    AutoTopupNoRate = 2,
    OverdraftLimit = 3,
    PastDue = 4,
    AutoTopupFull = 5,
});

pub(in crate::ledger) fn write(
    connection: &Connection,
    seals: &mut Seals,
    facts: &[DenialFact],
) -> Result<(), LedgerError> {
    let row = |d: &DenialFact| cells![d.event, d.asset, d.needed, d.available, d.reason];
    append(connection, seals, &DENIAL, &facts.iter().flat_map(row).collect::<Vec<_>>())
}

/// Why an event was denied, if it was.
pub(in crate::ledger) fn of(connection: &Connection, event: EventNumber) -> Result<Option<DenialFact>, LedgerError> {
    let sql = "SELECT event, asset, needed, available, reason FROM denial WHERE event = ?1";
    DENIAL.row(connection, sql, [event], fact)
}

/// The denial that a row says.
pub(in crate::ledger) fn fact(row: &Row<'_>) -> rusqlite::Result<DenialFact> {
    Ok(DenialFact {
        event: row.get(0)?,
        asset: row.get(1)?,
        needed: row.get(2)?,
        available: row.get(3)?,
        reason: row.get(4)?,
    })
}

/// Why events were denied, in their order.
pub(in crate::ledger) fn reasons(connection: &Connection) -> Result<Vec<(EventNumber, DenialReason)>, LedgerError> {
    DENIAL.rows(connection, "SELECT event, reason FROM denial ORDER BY event", [], |row| Ok((row.get(0)?, row.get(1)?)))
}
