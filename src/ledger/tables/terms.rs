//! `terms`: what was applied. The latest row is in force.

use super::append::append;
use super::seal::Seals;
use super::table::Table;
use crate::catalog::Published;
use crate::ids::OperationId;
use crate::ledger::LedgerError;
use crate::ledger::sql::cells;
use crate::time::Instant;
use rusqlite::Connection;

/// All of its columns are facts. The body is JSON.
pub(in crate::ledger) const TERMS: Table = Table {
    name: "terms",
    create: "
CREATE TABLE terms (id INTEGER PRIMARY KEY, applied_at INTEGER NOT NULL, body TEXT NOT NULL, operation INTEGER NOT NULL) STRICT;
",
    columns: &["id", "applied_at", "body"],
    facts: 3,
    counted: None,
    is_setting: false,
};

/// What is in force; `None` before the first apply.
pub(in crate::ledger) fn latest(connection: &Connection) -> Result<Option<Published>, LedgerError> {
    let sql = "SELECT id, body FROM terms ORDER BY id DESC LIMIT 1";
    let body: Option<String> = TERMS.row(connection, sql, [], |row| row.get(1))?;
    let read = |body: String| serde_json::from_str(&body).map_err(|error| unreadable(&error));
    body.map(read).transpose()
}

/// Everything that was applied, each with the operation that did it, in their order.
pub(in crate::ledger) fn applied(connection: &Connection) -> Result<Vec<(OperationId, Published)>, LedgerError> {
    let sql = "SELECT id, operation, body FROM terms ORDER BY id";
    let rows: Vec<(OperationId, String)> = TERMS.rows(connection, sql, [], |row| Ok((row.get(1)?, row.get(2)?)))?;
    let read = |(operation, body): (OperationId, String)| {
        Ok((operation, serde_json::from_str(&body).map_err(|error| unreadable(&error))?))
    };
    rows.into_iter().map(read).collect()
}

/// Whether anything was applied.
pub(in crate::ledger) fn is_empty(connection: &Connection) -> Result<bool, LedgerError> {
    Ok(!connection.prepare_cached("SELECT 1 FROM terms LIMIT 1")?.exists([])?)
}

/// Puts other terms in force.
pub(in crate::ledger) fn append_terms(
    connection: &Connection,
    seals: &mut Seals,
    at: Instant,
    terms: &Published,
) -> Result<(), LedgerError> {
    let body = serde_json::to_string(terms).map_err(|error| unreadable(&error))?;
    let id: i64 = TERMS.next_id(connection)?;
    append(connection, seals, &TERMS, &cells![id, at, body.as_str()])
}

fn unreadable(error: &serde_json::Error) -> LedgerError {
    LedgerError::damaged(format!("the applied terms can't be read: {error}"))
}
