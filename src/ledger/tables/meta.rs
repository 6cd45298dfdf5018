//! `meta`: the ledger's own settings, by name. They change in place.

use super::table::Table;
use crate::ids::CustomerId;
use crate::ledger::LedgerError;
use crate::time::Instant;
use rusqlite::types::FromSql;
use rusqlite::{Connection, ToSql};

/// Derived and settings, but sealed as they are when a transaction ends.
pub(in crate::ledger) const META: Table = Table {
    name: "meta",
    create: "
CREATE TABLE meta (name TEXT PRIMARY KEY, value ANY) STRICT, WITHOUT ROWID;
",
    columns: &["name", "value"],
    facts: 2,
    counted: None,
    is_setting: true,
};

/// The settings of a new ledger.
pub(in crate::ledger) fn init(connection: &Connection) -> Result<(), LedgerError> {
    connection.execute_batch(
        "INSERT INTO meta VALUES ('hash_key', randomblob(16)), ('horizon', 0), ('moved_to', 0), ('moved_customers', 0)",
    )?;
    Ok(())
}

/// The key of this ledger's hashes, drawn when it was made: ids can be hostile.
pub(in crate::ledger) fn hash_key(connection: &Connection) -> Result<[u8; 16], LedgerError> {
    setting(connection, "hash_key")
}

/// The latest instant that the ledger has processed.
pub(in crate::ledger) fn horizon(connection: &Connection) -> Result<Instant, LedgerError> {
    setting(connection, "horizon")
}

/// Raises the horizon. It never goes back.
pub(in crate::ledger) fn raise_horizon(connection: &Connection, to: Instant) -> Result<(), LedgerError> {
    raise(connection, "horizon", to)
}

/// How far everybody was moved on, and the last customer there was then: who came later has not been through it.
#[derive(Debug, Clone, Copy)]
pub(in crate::ledger) struct Moved {
    pub to: Instant,
    pub last: CustomerId,
}

/// How far everybody was moved on.
pub(in crate::ledger) fn moved(connection: &Connection) -> Result<Moved, LedgerError> {
    Ok(Moved { to: setting(connection, "moved_to")?, last: setting(connection, "moved_customers")? })
}

/// Notes that everybody was moved on. Neither ever goes back.
pub(in crate::ledger) fn raise_moved(connection: &Connection, moved: Moved) -> Result<(), LedgerError> {
    raise(connection, "moved_to", moved.to)?;
    raise(connection, "moved_customers", moved.last)
}

fn setting<T: FromSql>(connection: &Connection, name: &str) -> Result<T, LedgerError> {
    let sql = "SELECT name, value FROM meta WHERE name = ?1";
    let value = META.row(connection, sql, [name], |row| row.get(1))?;
    value.ok_or_else(|| LedgerError::damaged(format!("table meta has no {name}")))
}

fn raise(connection: &Connection, name: &str, value: impl ToSql) -> Result<(), LedgerError> {
    connection.prepare_cached("UPDATE meta SET value = ?2 WHERE name = ?1 AND value < ?2")?.execute((name, value))?;
    Ok(())
}
