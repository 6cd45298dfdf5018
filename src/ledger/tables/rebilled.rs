//! `rebilled`: events that were recorded anew when others were billed again.

use super::append::append;
use super::seal::Seals;
use super::table::Table;
use crate::ids::EventNumber;
use crate::ledger::LedgerError;
use crate::ledger::sql::{cells, numbered};
use rusqlite::Connection;
use std::collections::BTreeMap;

/// Facts. `instead_of` is the record that `event` stands for now; it was taken back. `terms` says under which terms it was
/// billed again.
pub(in crate::ledger) const REBILLED: Table = Table {
    name: "rebilled",
    create: "
CREATE TABLE rebilled (
  event INTEGER PRIMARY KEY, instead_of INTEGER NOT NULL UNIQUE, terms INTEGER NOT NULL, operation INTEGER NOT NULL) STRICT;
",
    columns: &["event", "instead_of", "terms"],
    facts: 3,
    counted: None,
    is_setting: false,
};

/// Which terms events are billed again under.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhichTerms {
    /// Those that held when they happened.
    Then,
    /// The default versions of the products that customers had then.
    Latest,
}

numbered!(WhichTerms { Then = 0, Latest = 1 });

/// Appends events, each with the record that it stands for.
pub(in crate::ledger) fn write(
    connection: &Connection,
    seals: &mut Seals,
    rebilled: &[(EventNumber, EventNumber)],
    terms: WhichTerms,
) -> Result<(), LedgerError> {
    let rows: Vec<_> = rebilled.iter().flat_map(|&(event, instead_of)| cells![event, instead_of, terms]).collect();
    append(connection, seals, &REBILLED, &rows)
}

/// Every record that another one stands for now, with that one.
pub(in crate::ledger) fn all(connection: &Connection) -> Result<BTreeMap<EventNumber, EventNumber>, LedgerError> {
    let sql = "SELECT event, instead_of FROM rebilled";
    let rows = REBILLED.rows(connection, sql, [], |row| Ok((row.get(1)?, row.get(0)?)))?;
    Ok(rows.into_iter().collect())
}

/// The record that `event` stands for, if it stands for one.
pub(in crate::ledger) fn instead_of(
    connection: &Connection,
    event: EventNumber,
) -> Result<Option<EventNumber>, LedgerError> {
    REBILLED.row(connection, "SELECT event, instead_of FROM rebilled WHERE event = ?1", [event], |row| row.get(1))
}

/// Whether another record stands for this one now.
pub(in crate::ledger) fn is_replaced(connection: &Connection, record: EventNumber) -> Result<bool, LedgerError> {
    Ok(connection.prepare_cached("SELECT 1 FROM rebilled WHERE instead_of = ?1")?.exists([record])?)
}
