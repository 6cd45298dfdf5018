//! `voided`: events that were taken back, and what did so.

use super::append::append;
use super::seal::Seals;
use super::table::Table;
use crate::ids::{EventNumber, OperationId};
use crate::ledger::LedgerError;
use crate::ledger::sql::cells;
use rusqlite::Connection;
use std::collections::BTreeMap;

/// Facts, which repeat what the events in `by` say.
pub(in crate::ledger) const VOIDED: Table = Table {
    name: "voided",
    create: "
CREATE TABLE voided (event INTEGER PRIMARY KEY, by INTEGER NOT NULL, operation INTEGER NOT NULL) STRICT;
",
    columns: &["event", "by"],
    facts: 2,
    counted: None,
    is_setting: false,
};

/// Appends events that are taken back, each with what does so.
pub(in crate::ledger) fn write(
    connection: &Connection,
    seals: &mut Seals,
    voided: &[(EventNumber, EventNumber)],
) -> Result<(), LedgerError> {
    let rows: Vec<_> = voided.iter().flat_map(|&(event, by)| cells![event, by]).collect();
    append(connection, seals, &VOIDED, &rows)
}

/// Every event that was taken back, with what did so.
pub(in crate::ledger) fn all(connection: &Connection) -> Result<BTreeMap<EventNumber, EventNumber>, LedgerError> {
    let rows = VOIDED.rows(connection, "SELECT event, by FROM voided", [], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.into_iter().collect())
}

/// What took an event back, if anything did.
pub(in crate::ledger) fn by(connection: &Connection, event: EventNumber) -> Result<Option<EventNumber>, LedgerError> {
    VOIDED.row(connection, "SELECT event, by FROM voided WHERE event = ?1", [event], |row| row.get(1))
}

/// The operation that took an event back, if one did.
pub(in crate::ledger) fn operation(
    connection: &Connection,
    event: EventNumber,
) -> Result<Option<OperationId>, LedgerError> {
    VOIDED.row(connection, "SELECT event, operation FROM voided WHERE event = ?1", [event], |row| row.get(1))
}
