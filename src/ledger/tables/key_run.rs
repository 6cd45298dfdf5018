//! `key_run`: sorted runs of event ids, each in chunks. What they are for is told by the write path's `keys`.

use super::table::Table;
use crate::ids::RunId;
use crate::ledger::LedgerError;
use rusqlite::{Connection, OptionalExtension};

/// Derived: where each event id is.
pub(in crate::ledger) const KEY_RUN: Table = Table {
    name: "key_run",
    create: "
CREATE TABLE key_run (id INTEGER PRIMARY KEY, level INTEGER NOT NULL, entries INTEGER NOT NULL) STRICT;
",
    columns: &["id", "level", "entries"],
    facts: 0,
    counted: None,
    is_setting: false,
};

/// A run of event ids, without the ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::ledger) struct Run {
    pub id: RunId,
    /// How large it is, in steps of how many runs are merged.
    pub level: i64,
    /// How many pairs it has.
    pub pairs: i64,
}

/// All runs, oldest first.
pub(in crate::ledger) fn all(connection: &Connection) -> Result<Vec<Run>, LedgerError> {
    KEY_RUN.rows(connection, "SELECT id, level, entries FROM key_run ORDER BY id", [], |row| {
        Ok(Run { id: row.get(0)?, level: row.get(1)?, pairs: row.get(2)? })
    })
}

/// The lowest level that has at least `least` runs, with no more than `most` pairs together.
pub(in crate::ledger) fn crowded_level(
    connection: &Connection,
    least: i64,
    most: i64,
) -> Result<Option<i64>, LedgerError> {
    let sql =
        "SELECT level FROM key_run GROUP BY level HAVING count(*) >= ?1 AND sum(entries) <= ?2 ORDER BY level LIMIT 1";
    Ok(connection.prepare_cached(sql)?.query_row([least, most], |row| row.get(0)).optional()?)
}

/// Adds a run. Returns its number.
pub(in crate::ledger) fn add(connection: &Connection, level: i64, pairs: i64) -> Result<RunId, LedgerError> {
    let sql = "INSERT INTO key_run (level, entries) VALUES (?1, ?2)";
    connection.prepare_cached(sql)?.execute((level, pairs))?;
    Ok(RunId::from_number(connection.last_insert_rowid()))
}

/// Removes a run, whose pairs are in another one now.
pub(in crate::ledger) fn remove(connection: &Connection, run: RunId) -> Result<(), LedgerError> {
    connection.prepare_cached("DELETE FROM key_run WHERE id = ?1")?.execute([run])?;
    Ok(())
}

/// A run that has other than the pairs it says, of so many bytes each, or that has chunks but is not there itself.
pub(in crate::ledger) fn mismatch(connection: &Connection, pair: usize) -> Result<Option<RunId>, LedgerError> {
    let sql = "SELECT run FROM key_chunk WHERE run NOT IN (SELECT id FROM key_run)
               UNION SELECT id FROM key_run r
                 WHERE entries IS NOT (SELECT sum(length(c.entries)) / ? FROM key_chunk c WHERE c.run = r.id)";
    KEY_RUN.row(connection, sql, [pair as i64], |row| row.get(0))
}
