//! Where each event id is: sorted runs of (keyed hash, event) pairs.
//!
//! A unique index over random ids costs more than all other work together once it outgrows the page cache: every insert
//! lands on another page. Here each batch of events appends its own sorted run, cut into chunks of a few kilobytes that
//! can be looked into one by one; [`FAN_OUT`] runs of one level are merged into one of the next. So a key is written
//! some three times on the way to ten million, always in order, and a look-up reads one chunk per run.
//!
//! A hash that is found says "perhaps": the caller compares the full ids, so a collision is never taken for a duplicate.

use super::LedgerError;
use crate::usage::EventId;
use rusqlite::{Connection, OptionalExtension};
use siphasher::sip::SipHasher13;
use std::hash::Hasher;

/// Runs of one level before they are merged.
const FAN_OUT: usize = 8;
/// Pairs in a chunk: two chunks fill an 8 KiB page.
const CHUNK: usize = 288;
/// A pair: 8 bytes of hash, 6 bytes of event number, both with the highest byte first so that bytes sort like pairs.
const PAIR: usize = 14;

/// An id's keyed hash, and the event that has it.
pub(super) type Key = (u64, i64);

/// The keyed hash of an event id.
pub(super) fn hash_id(key: &[u8; 16], id: &EventId<'_>) -> u64 {
    let mut hasher = SipHasher13::new_with_key(key);
    hasher.write(id.bytes());
    hasher.finish()
}

/// SQLite's integers are signed; this keeps the order of the hashes.
fn order_preserving(hash: u64) -> i64 {
    (hash ^ (1 << 63)).cast_signed()
}

fn hash_at(entries: &[u8], index: usize) -> Option<u64> {
    entries.get(index * PAIR..)?.first_chunk().map(|bytes| u64::from_be_bytes(*bytes))
}

fn pair_at(entries: &[u8], index: usize) -> Key {
    let pair = &entries[index * PAIR..(index + 1) * PAIR];
    let number = |bytes: &[u8]| bytes.iter().fold(0u64, |n, &b| n << 8 | u64::from(b));
    (number(&pair[..8]), number(&pair[8..]).cast_signed())
}

fn push_pair(entries: &mut Vec<u8>, (hash, event): Key) {
    entries.extend_from_slice(&hash.to_be_bytes());
    entries.extend_from_slice(&event.to_be_bytes()[2..]);
}

/// All runs and how many pairs they have, oldest first.
fn runs(connection: &Connection) -> Result<Vec<(i64, i64)>, LedgerError> {
    let mut statement = connection.prepare_cached("SELECT id, entries FROM key_run ORDER BY id")?;
    let ids = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?;
    Ok(ids)
}

/// Every stored pair whose hash is among `hashes`, which are sorted.
pub(super) fn find(connection: &Connection, hashes: &[u64]) -> Result<Vec<Key>, LedgerError> {
    let mut found = Vec::new();
    for (run, pairs) in runs(connection)? {
        if hashes.len() as i64 * 4 > pairs / CHUNK as i64 {
            find_in_whole_run(connection, run, hashes, &mut found)?;
        } else {
            find_in_run(connection, run, hashes, &mut found)?;
        }
    }
    Ok(found)
}

/// Reads all chunks in their order, because most of them are wanted: that takes half the time of asking for each.
fn find_in_whole_run(
    connection: &Connection,
    run: i64,
    hashes: &[u64],
    found: &mut Vec<Key>,
) -> Result<(), LedgerError> {
    let mut statement = connection.prepare_cached("SELECT entries FROM key_chunk WHERE run = ?1 ORDER BY first")?;
    let mut rows = statement.query([run])?;
    let mut rest = hashes;
    while let Some(row) = rows.next()?.filter(|_| !rest.is_empty()) {
        let entries = row.get_ref(0)?.as_blob().map_err(|_| LedgerError::damaged("a key chunk is no blob"))?;
        whole_pairs(entries)?;
        // Equal hashes stay in one chunk, so up to its last one all are here or nowhere.
        let last = pair_at(entries, entries.len() / PAIR - 1).0;
        let (here, later) = rest.split_at(rest.partition_point(|&hash| hash <= last));
        find_in_chunk(entries, here, found);
        rest = later;
    }
    Ok(())
}

/// Walks the sorted hashes and the run's chunks side by side; a chunk is read once however many hashes it may hold.
fn find_in_run(connection: &Connection, run: i64, hashes: &[u64], found: &mut Vec<Key>) -> Result<(), LedgerError> {
    let mut chunk_with = connection
        .prepare_cached("SELECT entries FROM key_chunk WHERE run = ?1 AND first <= ?2 ORDER BY first DESC LIMIT 1")?;
    let mut next_first = connection
        .prepare_cached("SELECT first FROM key_chunk WHERE run = ?1 AND first > ?2 ORDER BY first LIMIT 1")?;
    let mut rest = hashes;
    while let Some(&hash) = rest.first() {
        let first = order_preserving(hash);
        let end: Option<i64> = next_first.query_row((run, first), |row| row.get(0)).optional()?;
        // These hashes all belong to one chunk: no other chunk starts between them.
        let here = end.map_or(rest.len(), |end| rest.partition_point(|&h| order_preserving(h) < end));
        let mut rows = chunk_with.query((run, first))?;
        if let Some(row) = rows.next()? {
            let entries = row.get_ref(0)?.as_blob().map_err(|_| LedgerError::damaged("a key chunk is no blob"))?;
            find_in_chunk(entries, &rest[..here], found);
        }
        rest = &rest[here..];
    }
    Ok(())
}

fn find_in_chunk(entries: &[u8], hashes: &[u64], found: &mut Vec<Key>) {
    let count = entries.len() / PAIR;
    let is_before = |index: usize, hash| hash_at(entries, index).is_some_and(|other| other < hash);
    let mut index = 0;
    for &hash in hashes {
        // The next one is seldom far: steps that grow until they are too long, and then a search in between.
        let mut step = 1;
        while is_before(index + step, hash) {
            index += step;
            step *= 2;
        }
        let mut high = count.min(index + step);
        while index < high {
            let middle = index.midpoint(high);
            if is_before(middle, hash) { index = middle + 1 } else { high = middle }
        }
        let mut same = index;
        while hash_at(entries, same) == Some(hash) {
            found.push(pair_at(entries, same));
            same += 1;
        }
    }
}

/// Stores the keys of new events, which are in order, as a run, and merges runs where there are enough of one level.
pub(super) fn store(connection: &Connection, keys: Vec<Key>) -> Result<(), LedgerError> {
    debug_assert!(keys.is_sorted(), "a run is in order");
    if keys.is_empty() {
        return Ok(());
    }
    let count = keys.len();
    write_run(connection, 0, count, keys.into_iter().map(Ok))?;
    let mut level = 0;
    while merge_level(connection, level)? {
        level += 1;
    }
    Ok(())
}

fn write_run(
    connection: &Connection,
    level: i64,
    count: usize,
    keys: impl Iterator<Item = Result<Key, LedgerError>>,
) -> Result<(), LedgerError> {
    connection
        .prepare_cached("INSERT INTO key_run (level, entries) VALUES (?1, ?2)")?
        .execute((level, count as i64))?;
    let run = connection.last_insert_rowid();
    let mut insert = connection.prepare_cached("INSERT INTO key_chunk (run, first, entries) VALUES (?1, ?2, ?3)")?;
    let mut entries = Vec::with_capacity(CHUNK * PAIR);
    let mut last = None;
    for key in keys {
        let key = key?;
        // Equal hashes stay in one chunk, or a look-up could miss some of them.
        if entries.len() >= CHUNK * PAIR && last != Some(key.0) {
            insert.execute((run, order_preserving(pair_at(&entries, 0).0), &entries))?;
            entries.clear();
        }
        last = Some(key.0);
        push_pair(&mut entries, key);
    }
    if !entries.is_empty() {
        insert.execute((run, order_preserving(pair_at(&entries, 0).0), &entries))?;
    }
    Ok(())
}

/// Merges all runs of a level into one of the next, if there are [`FAN_OUT`] of them.
fn merge_level(connection: &Connection, level: i64) -> Result<bool, LedgerError> {
    let mut statement = connection.prepare_cached("SELECT id, entries FROM key_run WHERE level = ?1 ORDER BY id")?;
    let runs: Vec<(i64, i64)> =
        statement.query_map([level], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?;
    if runs.len() < FAN_OUT {
        return Ok(false);
    }
    let count: i64 = runs.iter().map(|(_, entries)| entries).sum();
    {
        let mut cursors = Vec::with_capacity(runs.len());
        for &(run, _) in &runs {
            cursors.push(RunCursor::open(connection, run)?);
        }
        let merged = std::iter::from_fn(|| next_of(&mut cursors).transpose());
        write_run(connection, level + 1, usize::try_from(count).unwrap_or(0), merged)?;
    }
    for (run, _) in runs {
        connection.prepare_cached("DELETE FROM key_chunk WHERE run = ?1")?.execute([run])?;
        connection.prepare_cached("DELETE FROM key_run WHERE id = ?1")?.execute([run])?;
    }
    Ok(true)
}

/// Reads a run in order, a chunk at a time.
struct RunCursor<'c> {
    connection: &'c Connection,
    run: i64,
    entries: Vec<u8>,
    index: usize,
    last_first: Option<i64>,
}

impl<'c> RunCursor<'c> {
    fn open(connection: &'c Connection, run: i64) -> Result<Self, LedgerError> {
        let mut cursor = Self { connection, run, entries: Vec::new(), index: 0, last_first: None };
        cursor.load_next()?;
        Ok(cursor)
    }

    fn load_next(&mut self) -> Result<(), LedgerError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT first, entries FROM key_chunk WHERE run = ?1 AND first > ?2 ORDER BY first LIMIT 1",
        )?;
        // Nothing sorts before the first chunk but the smallest integer itself, which is then asked for as well.
        let after = self.last_first;
        let next: Option<(i64, Vec<u8>)> = match after {
            Some(first) => statement.query_row((self.run, first), |r| Ok((r.get(0)?, r.get(1)?))).optional()?,
            None => self
                .connection
                .prepare_cached("SELECT first, entries FROM key_chunk WHERE run = ?1 ORDER BY first LIMIT 1")?
                .query_row([self.run], |r| Ok((r.get(0)?, r.get(1)?)))
                .optional()?,
        };
        self.index = 0;
        self.entries.clear();
        if let Some((first, entries)) = next {
            self.last_first = Some(first);
            whole_pairs(&entries)?;
            self.entries = entries;
        }
        Ok(())
    }

    fn peek(&self) -> Option<Key> {
        (self.index * PAIR < self.entries.len()).then(|| pair_at(&self.entries, self.index))
    }

    fn advance(&mut self) -> Result<(), LedgerError> {
        self.index += 1;
        if self.index * PAIR >= self.entries.len() { self.load_next() } else { Ok(()) }
    }
}

fn next_of(cursors: &mut [RunCursor<'_>]) -> Result<Option<Key>, LedgerError> {
    let first = cursors.iter().enumerate().filter_map(|(i, c)| c.peek().map(|key| (key, i))).min();
    let Some((key, index)) = first else { return Ok(None) };
    cursors[index].advance()?;
    Ok(Some(key))
}

fn whole_pairs(entries: &[u8]) -> Result<(), LedgerError> {
    if entries.is_empty() || !entries.len().is_multiple_of(PAIR) {
        return Err(LedgerError::damaged("a key chunk holds no whole pairs"));
    }
    Ok(())
}

/// Whether every chunk is of a run, and every run has the pairs it says and a level that merging gives.
fn check_runs(connection: &Connection) -> Result<(), LedgerError> {
    let wrong = format!(
        "SELECT run FROM key_chunk WHERE run NOT IN (SELECT id FROM key_run)
         UNION SELECT id FROM key_run r WHERE level < 0
           OR entries IS NOT (SELECT sum(length(c.entries)) / {PAIR} FROM key_chunk c WHERE c.run = r.id)
           OR EXISTS (SELECT 1 FROM key_run newer WHERE newer.id > r.id AND newer.level > r.level)"
    );
    let run: Option<i64> = connection.prepare(&wrong)?.query_row([], |row| row.get(0)).optional()?;
    run.map_or(Ok(()), |run| {
        Err(LedgerError::damaged(format!("the index of event ids, run {run}: it is not as it was stored")))
    })
}

/// Every stored pair that a look-up can find, run by run: for `verify`.
///
/// # Errors
/// Where runs and chunks are not as [`store`] makes them, so that a look-up could miss a pair.
pub(super) fn for_each(connection: &Connection, mut visit: impl FnMut(Key)) -> Result<(), LedgerError> {
    check_runs(connection)?;
    let mut statement = connection.prepare("SELECT run, first, entries FROM key_chunk ORDER BY run, first")?;
    let mut rows = statement.query([])?;
    let mut last: Option<(i64, Key)> = None;
    while let Some(row) = rows.next()? {
        let run: i64 = row.get(0)?;
        let broken = |what: &str| LedgerError::damaged(format!("the index of event ids, run {run}: {what}"));
        let entries = row.get_ref(2)?.as_blob().map_err(|_| broken("a chunk is no blob"))?;
        whole_pairs(entries)?;
        let expected = order_preserving(pair_at(entries, 0).0);
        if row.get::<_, i64>(1)? != expected {
            return Err(broken("a chunk begins with another id than it says"));
        }
        for key in (0..entries.len() / PAIR).map(|index| pair_at(entries, index)) {
            if last.is_some_and(|(before, last)| before == run && last >= key) {
                return Err(broken("ids are out of order"));
            }
            last = Some((run, key));
            visit(key);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn empty() -> Connection {
        let connection = Connection::open_in_memory().unwrap();
        super::super::schema::migrate(&connection, 0).unwrap();
        connection
    }

    #[test]
    fn runs_merge_as_they_grow() {
        let connection = empty();
        for event in 0..64 {
            store(&connection, vec![(event * 7, event as i64 + 1)]).unwrap();
        }
        let levels: Vec<(i64, i64)> = connection
            .prepare("SELECT level, entries FROM key_run ORDER BY id")
            .unwrap()
            .query_map([], |r| Ok((r.get(0)?, r.get(1)?)))
            .unwrap()
            .collect::<Result<_, _>>()
            .unwrap();
        assert_eq!(levels, [(2, 64)]);
        assert_eq!(find(&connection, &[7, 8, 63 * 7]).unwrap(), [(7, 2), (63 * 7, 64)]);
    }

    #[test]
    fn equal_hashes_are_all_found() {
        let connection = empty();
        let many: Vec<Key> = (1..=2 * CHUNK as i64).map(|event| (5, event)).chain([(u64::MAX, 9)]).collect();
        let many = [vec![(0, 8)], many].concat();
        store(&connection, many).unwrap();
        assert_eq!(find(&connection, &[5]).unwrap().len(), 2 * CHUNK);
        assert_eq!(find(&connection, &[0, u64::MAX]).unwrap(), [(0, 8), (u64::MAX, 9)]);
    }

    proptest! {
        /// Against a set: whatever was stored in whatever batches is found, and nothing else.
        #[test]
        fn finds_what_was_stored(
            batches in proptest::collection::vec(proptest::collection::vec(0u64..4_000, 0..700), 0..14),
            wanted in proptest::collection::btree_set(0u64..4_000, 0..500),
        ) {
            let connection = empty();
            let mut model = BTreeSet::new();
            let mut event = 0;
            for batch in batches {
                let mut keys: Vec<Key> = batch.into_iter().map(|hash| { event += 1; (hash << 52, event) }).collect();
                keys.sort_unstable();
                model.extend(keys.iter().copied());
                store(&connection, keys).unwrap();
            }
            let hashes: Vec<u64> = wanted.into_iter().map(|hash| hash << 52).collect();
            let found: BTreeSet<Key> = find(&connection, &hashes).unwrap().into_iter().collect();
            let expected = model.iter().filter(|key| hashes.binary_search(&key.0).is_ok()).copied().collect();
            prop_assert_eq!(found, expected);
            for hash in hashes.iter().take(5) {
                let alone: BTreeSet<Key> = find(&connection, &[*hash]).unwrap().into_iter().collect();
                prop_assert_eq!(alone, model.iter().filter(|key| key.0 == *hash).copied().collect());
            }
            let mut all = BTreeSet::new();
            for_each(&connection, |key| { all.insert(key); }).unwrap();
            prop_assert_eq!(all, model);
        }
    }
}
