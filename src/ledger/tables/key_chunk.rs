//! `key_chunk`: the pieces of the runs of event ids. What they are for is told by the write path's `keys`.

use super::table::Table;
use crate::ids::{ChunkId, RunId};
use crate::ledger::LedgerError;
use rusqlite::{CachedStatement, Connection, Row};
use std::ops::ControlFlow;

/// Derived: where each event id is.
pub(in crate::ledger) const KEY_CHUNK: Table = Table {
    name: "key_chunk",
    create: "
CREATE TABLE key_chunk (
  id INTEGER PRIMARY KEY, run INTEGER NOT NULL, first INTEGER NOT NULL, entries BLOB NOT NULL) STRICT;
CREATE INDEX key_chunk_run ON key_chunk (run, first);
",
    columns: &["id", "run", "first", "entries"],
    facts: 0,
    counted: None,
    is_setting: false,
};

/// A chunk's number is its run's and its place in the run, so that a run is read in its order without an index.
const CHUNKS_A_RUN: i64 = 1 << 32;

/// The first and the last number that a chunk of a run may have.
pub(in crate::ledger) fn numbers_of(run: RunId) -> [ChunkId; 2] {
    let first = run.number().saturating_mul(CHUNKS_A_RUN);
    [first, first.saturating_add(CHUNKS_A_RUN - 1)].map(ChunkId::from_number)
}

/// How many there are.
pub(in crate::ledger) fn count(connection: &Connection) -> Result<usize, LedgerError> {
    let chunks: u32 = connection.query_row("SELECT count(*) FROM key_chunk", [], |row| row.get(0))?;
    Ok(chunks as usize)
}

/// A chunk as it is stored.
#[derive(Debug, Clone, Copy)]
pub(in crate::ledger) struct Chunk<'r> {
    pub id: ChunkId,
    pub run: RunId,
    /// The hash that it begins with.
    pub first: i64,
    /// Its pairs, in bytes.
    pub entries: &'r [u8],
}

fn read<'r>(row: &'r Row<'_>) -> Result<Chunk<'r>, LedgerError> {
    let numbers = || Ok((row.get(0)?, row.get(1)?, row.get(2)?));
    let (id, run, first) = numbers().map_err(|error| KEY_CHUNK.unreadable(row, error))?;
    let entries = row.get_ref(3)?.as_blob().map_err(|_| LedgerError::damaged("a key chunk is no blob"))?;
    Ok(Chunk { id, run, first, entries })
}

/// What is asked of chunks.
const READ: &str = "SELECT id, run, first, entries FROM key_chunk";

/// Visits the chunks of one run, or of all, in their order, until the visitor has enough.
pub(in crate::ledger) fn for_each(
    connection: &Connection,
    run: Option<RunId>,
    mut visit: impl FnMut(Chunk<'_>) -> Result<ControlFlow<()>, LedgerError>,
) -> Result<(), LedgerError> {
    let mut statement = connection.prepare_cached(&format!("{READ} WHERE id BETWEEN ?1 AND ?2 ORDER BY id"))?;
    let mut rows = statement.query(run.map_or([i64::MIN, i64::MAX].map(ChunkId::from_number), numbers_of))?;
    while let Some(row) = rows.next()? {
        if visit(read(row)?)?.is_break() {
            break;
        }
    }
    Ok(())
}

/// The bytes of one chunk, if it is there.
pub(in crate::ledger) fn entries(connection: &Connection, id: ChunkId) -> Result<Option<Vec<u8>>, LedgerError> {
    let mut statement = connection.prepare_cached(&format!("{READ} WHERE id = ?1"))?;
    let mut rows = statement.query([id])?;
    rows.next()?.map(|row| Ok(read(row)?.entries.to_vec())).transpose()
}

/// Finds the chunk of a run that a hash may be in.
pub(in crate::ledger) struct Finding<'c>(CachedStatement<'c>);

impl<'c> Finding<'c> {
    pub fn new(connection: &'c Connection) -> Result<Self, LedgerError> {
        let sql = format!("{READ} WHERE run = ?1 AND first <= ?2 ORDER BY first DESC LIMIT 1");
        Ok(Self(connection.prepare_cached(&sql)?))
    }

    /// Shows the bytes of that chunk; none when all of the run's begin with a higher hash.
    pub fn find<T>(
        &mut self,
        run: RunId,
        hash: i64,
        visit: impl FnOnce(&[u8]) -> Result<T, LedgerError>,
    ) -> Result<T, LedgerError> {
        let mut rows = self.0.query((run, hash))?;
        match rows.next()? {
            Some(row) => visit(read(row)?.entries),
            None => visit(&[]),
        }
    }
}

/// Adds the chunks of a run, one after the other.
pub(in crate::ledger) struct Adding<'c> {
    insert: CachedStatement<'c>,
    run: RunId,
    next: ChunkId,
}

impl<'c> Adding<'c> {
    pub fn new(connection: &'c Connection, run: RunId) -> Result<Self, LedgerError> {
        let insert = connection.prepare_cached("INSERT INTO key_chunk VALUES (?1, ?2, ?3, ?4)")?;
        Ok(Self { insert, run, next: numbers_of(run)[0] })
    }

    /// Adds a chunk that begins with a hash.
    pub fn add(&mut self, first: i64, entries: &[u8]) -> Result<(), LedgerError> {
        self.insert.execute((self.next.take_next(), self.run, first, entries))?;
        Ok(())
    }
}

/// Removes the chunks of a run.
pub(in crate::ledger) fn remove(connection: &Connection, run: RunId) -> Result<(), LedgerError> {
    connection.prepare_cached("DELETE FROM key_chunk WHERE id BETWEEN ?1 AND ?2")?.execute(numbers_of(run))?;
    Ok(())
}
