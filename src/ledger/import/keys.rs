//! Where each event id is: sorted runs of (keyed hash, event) pairs.
//!
//! A unique index over random ids costs more than all other work together once it outgrows the page cache: every insert
//! lands on another page. Here each batch of events appends its own sorted run, cut into chunks of a few kilobytes that
//! can be looked into one by one; [`FAN_OUT`] runs of about a size are merged into one. So a key is written some three times
//! on the way to ten million, always in order, and a look-up reads one chunk per run.
//!
//! A hash that is found says "perhaps": the caller compares the full ids, so a collision is never taken for a duplicate.

use super::hash::IdHash;
use crate::ids::{ChunkId, EventNumber, RunId};
use crate::ledger::LedgerError;
use crate::ledger::tables::{key_chunk, key_run};
use rusqlite::Connection;
use std::ops::ControlFlow;

/// Runs of one size before they are merged, and how much larger the next size is.
const FAN_OUT: usize = 8;
/// Pairs in a chunk: two chunks fill an 8 KiB page.
const CHUNK: usize = 366;
/// A pair: 6 bytes of hash, 5 bytes of event number, both with the highest byte first so that bytes sort like pairs.
const PAIR: usize = IdHash::BYTES + 5;

/// A pair as it is stored.
pub(super) type Pair = [u8; PAIR];

/// An id's keyed hash, and the event that has it.
pub(in crate::ledger) type Key = (IdHash, EventNumber);

/// Puts what has hashes in the order of those, and what has the same one in the order it came in. Keyed hashes are spread
/// evenly, whatever the ids, so counting their highest bits leaves little to be done: about half of what a sort would take.
pub(super) fn sort_by_hash<T: Copy>(all: impl Iterator<Item = T> + Clone, hash: impl Fn(&T) -> IdHash) -> Vec<T> {
    let mut sorted = Vec::new();
    sort_by_hash_into(&mut sorted, all, hash);
    sorted
}

/// The same into memory that there is already.
pub(super) fn sort_by_hash_into<T: Copy>(
    sorted: &mut Vec<T>,
    all: impl Iterator<Item = T> + Clone,
    hash: impl Fn(&T) -> IdHash,
) {
    sorted.clear();
    let Some(filler) = all.clone().next() else { return };
    let count = all.clone().count();
    // So many bits that some four are left to a place.
    let bits = (count.max(8) / 4).ilog2().min(20);
    let place = |one: &T| (hash(one).bits() >> (IdHash::BITS - bits)) as usize;
    let mut starts = vec![0u32; (1 << bits) + 1];
    all.clone().for_each(|one| starts[place(&one) + 1] += 1);
    for index in 1..starts.len() {
        starts[index] += starts[index - 1];
    }
    sorted.resize(count, filler);
    for one in all {
        let start = &mut starts[place(&one)];
        sorted[*start as usize] = one;
        *start += 1;
    }
    for end in 1..sorted.len() {
        let one = sorted[end];
        let mut index = end;
        while index > 0 && hash(&sorted[index - 1]) > hash(&one) {
            sorted[index] = sorted[index - 1];
            index -= 1;
        }
        sorted[index] = one;
    }
}

/// The pairs of a chunk.
fn pairs_of(entries: &[u8]) -> &[Pair] {
    entries.as_chunks().0
}

/// The hash of a pair, which is the highest bytes of its first eight.
pub(super) fn hash_of(pair: &Pair) -> IdHash {
    let [first @ .., _, _, _] = pair;
    IdHash::from_bits(u64::from_be_bytes(*first) >> (u64::BITS - IdHash::BITS))
}

/// A pair's parts. The event is the lowest bytes of its last eight.
fn key_of(pair: &Pair) -> Key {
    let [_, _, _, last @ ..] = pair;
    let event = (u64::from_be_bytes(*last) & ((1 << (8 * (PAIR - IdHash::BYTES))) - 1)).cast_signed();
    (hash_of(pair), EventNumber::from_number(event))
}

fn hash_at(entries: &[u8], index: usize) -> Option<IdHash> {
    pairs_of(entries).get(index).map(hash_of)
}

fn pair_at(entries: &[u8], index: usize) -> Key {
    key_of(&pairs_of(entries)[index])
}

fn push_pair(entries: &mut Vec<u8>, (hash, event): Key) {
    let whole = u128::from(hash.bits()) << (8 * (PAIR - IdHash::BYTES)) | u128::from(event.number().cast_unsigned());
    entries.extend_from_slice(&whole.to_be_bytes()[16 - PAIR..]);
}

/// A stored pair whose hash is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::ledger) struct Found {
    pub event: EventNumber,
    /// Index of the hash among those that are looked for.
    pub place: usize,
}

/// Whether looking for so many hashes one by one is more work than reading all stored ones. A chunk is read in a quarter of
/// the time of asking for it.
pub(super) fn is_reading_all_worth(connection: &Connection, hashes: usize) -> Result<bool, LedgerError> {
    let pairs = key_run::all(connection)?.iter().fold(0i64, |sum, run| sum.saturating_add(run.pairs));
    Ok(hashes as i64 >= pairs / CHUNK as i64 / 4)
}

/// About how many hashes are stored. Counted from the chunks themselves.
pub(super) fn count(connection: &Connection) -> Result<usize, LedgerError> {
    Ok(key_chunk::count(connection)? * CHUNK)
}

/// All stored pairs, run by run, a chunk at a time.
pub(super) fn for_each_chunk(connection: &Connection, mut visit: impl FnMut(&[Pair])) -> Result<(), LedgerError> {
    key_chunk::for_each(connection, None, |chunk| {
        visit(pairs_of(whole_pairs(chunk.entries)?));
        Ok(ControlFlow::Continue(()))
    })
}

/// Every stored pair whose hash is among `hashes`, which are in order and each there once.
pub(in crate::ledger) fn find(connection: &Connection, hashes: &[IdHash]) -> Result<Vec<Found>, LedgerError> {
    let mut found = Vec::new();
    for run in key_run::all(connection)? {
        if hashes.len() as i64 > run.pairs / CHUNK as i64 {
            find_in_whole_run(connection, run.id, hashes, &mut found)?;
        } else {
            find_in_run(connection, run.id, hashes, &mut found)?;
        }
    }
    Ok(found)
}

/// Reads all chunks in their order, because most of them are wanted: that takes a fraction of the time of asking for each.
fn find_in_whole_run(
    connection: &Connection,
    run: RunId,
    hashes: &[IdHash],
    found: &mut Vec<Found>,
) -> Result<(), LedgerError> {
    let mut done = 0;
    key_chunk::for_each(connection, Some(run), |chunk| {
        done = find_in_chunk(whole_pairs(chunk.entries)?, hashes, done, found);
        Ok(if done < hashes.len() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) })
    })
}

/// Asks for the one chunk that each hash may be in; for several hashes at once where they are in one chunk.
fn find_in_run(
    connection: &Connection,
    run: RunId,
    hashes: &[IdHash],
    found: &mut Vec<Found>,
) -> Result<(), LedgerError> {
    let mut chunks = key_chunk::Finding::new(connection)?;
    let mut done = 0;
    while let Some(&hash) = hashes.get(done) {
        let next = chunks.find(run, hash.bits().cast_signed(), |entries| {
            let entries = if entries.is_empty() { entries } else { whole_pairs(entries)? };
            Ok(find_in_chunk(entries, hashes, done, found))
        })?;
        // A hash beyond the chunk's last one is nowhere.
        done = next.max(done + 1);
    }
    Ok(())
}

/// Finds the hashes from one place on up to the chunk's last one: equal hashes stay in one chunk, so those are here or
/// nowhere. Returns the place of the first hash beyond.
fn find_in_chunk(entries: &[u8], hashes: &[IdHash], from: usize, found: &mut Vec<Found>) -> usize {
    let Some(last) = (entries.len() / PAIR).checked_sub(1).and_then(|last| hash_at(entries, last)) else { return from };
    let count = entries.len() / PAIR;
    let is_before = |index: usize, hash| hash_at(entries, index).is_some_and(|other| other < hash);
    let mut index = 0;
    let mut place = from;
    while let Some(&hash) = hashes.get(place).filter(|&&hash| hash <= last) {
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
            found.push(Found { event: pair_at(entries, same).1, place });
            same += 1;
        }
        place += 1;
    }
    place
}

/// Stores the keys of new events, which are in order, as a run.
pub(super) fn store(connection: &Connection, keys: &[Key]) -> Result<(), LedgerError> {
    debug_assert!(keys.is_sorted(), "a run is in order");
    if keys.is_empty() {
        return Ok(());
    }
    write_run(connection, keys.len(), keys.iter().map(|key| Ok(*key)))
}

/// Merges runs where there are enough of one size, unless they have more than `most` pairs together. What they become may
/// be one too many of its own size.
pub(super) fn merge(connection: &Connection, most: i64) -> Result<(), LedgerError> {
    while let Some(level) = key_run::crowded_level(connection, FAN_OUT as i64, most)? {
        merge_level(connection, level)?;
    }
    Ok(())
}

/// The size of a run of so many pairs: 0 below [`FAN_OUT`], 1 below its square, and so on.
fn level_of(pairs: i64) -> i64 {
    i64::from(pairs.unsigned_abs().max(1).ilog(FAN_OUT as u64))
}

fn write_run(
    connection: &Connection,
    count: usize,
    keys: impl Iterator<Item = Result<Key, LedgerError>>,
) -> Result<(), LedgerError> {
    let run = key_run::add(connection, level_of(count as i64), count as i64)?;
    let mut chunks = key_chunk::Adding::new(connection, run)?;
    let mut write = |entries: &[u8]| chunks.add(pair_at(entries, 0).0.bits().cast_signed(), entries);
    let mut entries = Vec::with_capacity(CHUNK * PAIR);
    let mut last = None;
    for key in keys {
        let key = key?;
        // Equal hashes stay in one chunk, or a look-up could miss some of them.
        if entries.len() >= CHUNK * PAIR && last != Some(key.0) {
            write(&entries)?;
            entries.clear();
        }
        last = Some(key.0);
        push_pair(&mut entries, key);
    }
    if !entries.is_empty() {
        write(&entries)?;
    }
    Ok(())
}

/// Merges all runs of a size into one.
fn merge_level(connection: &Connection, level: i64) -> Result<(), LedgerError> {
    let mut runs = key_run::all(connection)?;
    runs.retain(|run| run.level == level);
    let mut cursors = Vec::with_capacity(runs.len());
    for run in &runs {
        cursors.push(RunCursor::open(connection, run.id)?);
    }
    let pairs: i64 = runs.iter().map(|run| run.pairs).sum();
    let damaged = || LedgerError::damaged("the runs of event ids don't have the ids that they should have");
    let pairs = usize::try_from(pairs).map_err(|_| damaged())?;
    let mut count = 0;
    let merged = std::iter::from_fn(|| next_of(&mut cursors).transpose()).inspect(|_| count += 1);
    write_run(connection, pairs, merged)?;
    // A chunk that is missing would be taken for the end of its run.
    if count != pairs {
        return Err(damaged());
    }
    for run in runs {
        key_chunk::remove(connection, run.id)?;
        key_run::remove(connection, run.id)?;
    }
    Ok(())
}

/// Reads a run in order, a chunk at a time.
struct RunCursor<'c> {
    connection: &'c Connection,
    /// The next chunk's number.
    chunk: ChunkId,
    entries: Vec<u8>,
    /// Which pair of the chunk comes next, and that pair; `None` at the end.
    index: usize,
    next: Option<Key>,
}

impl<'c> RunCursor<'c> {
    fn open(connection: &'c Connection, run: RunId) -> Result<Self, LedgerError> {
        let mut cursor =
            Self { connection, chunk: key_chunk::numbers_of(run)[0], entries: Vec::new(), index: 0, next: None };
        cursor.load_next()?;
        Ok(cursor)
    }

    fn load_next(&mut self) -> Result<(), LedgerError> {
        (self.index, self.next) = (0, None);
        self.entries = key_chunk::entries(self.connection, self.chunk)?.unwrap_or_default();
        if !self.entries.is_empty() {
            self.next = Some(pair_at(whole_pairs(&self.entries)?, 0));
        }
        self.chunk = self.chunk.next();
        Ok(())
    }

    fn advance(&mut self) -> Result<(), LedgerError> {
        self.index += 1;
        if self.index * PAIR >= self.entries.len() {
            return self.load_next();
        }
        self.next = Some(pair_at(&self.entries, self.index));
        Ok(())
    }
}

fn next_of(cursors: &mut [RunCursor<'_>]) -> Result<Option<Key>, LedgerError> {
    let first = cursors.iter_mut().filter(|cursor| cursor.next.is_some()).min_by_key(|cursor| cursor.next);
    let Some(cursor) = first else { return Ok(None) };
    let key = cursor.next;
    cursor.advance()?;
    Ok(key)
}

/// The bytes of a chunk, which are whole pairs.
fn whole_pairs(entries: &[u8]) -> Result<&[u8], LedgerError> {
    if entries.is_empty() || !entries.len().is_multiple_of(PAIR) {
        return Err(LedgerError::damaged("a key chunk holds no whole pairs"));
    }
    Ok(entries)
}

/// Whether every chunk is of a run, and every run has the pairs it says and a level that merging gives.
fn check_runs(connection: &Connection) -> Result<(), LedgerError> {
    let run = key_run::mismatch(connection, PAIR)?;
    let wrong = key_run::all(connection)?.into_iter().find(|run| level_of(run.pairs) != run.level);
    let run = run.or_else(|| wrong.map(|run| run.id));
    run.map_or(Ok(()), |run| {
        Err(LedgerError::damaged(format!("the index of event ids, run {run}: it is not as it was stored")))
    })
}

/// Every stored pair that a look-up can find, run by run: for `verify`.
///
/// # Errors
/// Where runs and chunks are not as [`store`] makes them, so that a look-up could miss a pair.
pub(in crate::ledger) fn for_each(connection: &Connection, mut visit: impl FnMut(Key)) -> Result<(), LedgerError> {
    check_runs(connection)?;
    let mut last: Option<(ChunkId, RunId, Key)> = None;
    key_chunk::for_each(connection, None, |chunk| {
        let key_chunk::Chunk { id, run, first, entries } = chunk;
        let broken = |what: &str| LedgerError::damaged(format!("the index of event ids, run {run}: {what}"));
        let entries = whole_pairs(entries)?;
        let before = last.filter(|(_, before, _)| *before == run);
        let place = before.map_or(key_chunk::numbers_of(run)[0], |(id, ..)| id.next());
        if id != place {
            return Err(broken("a chunk is not in its place"));
        }
        if first != pair_at(entries, 0).0.bits().cast_signed() {
            return Err(broken("a chunk begins with another id than it says"));
        }
        for key in (0..entries.len() / PAIR).map(|index| pair_at(entries, index)) {
            if last.is_some_and(|(_, before, last)| before == run && last >= key) {
                return Err(broken("ids are out of order"));
            }
            last = Some((id, run, key));
            visit(key);
        }
        Ok(ControlFlow::Continue(()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    const HIGHEST: u64 = (1 << IdHash::BITS) - 1;

    fn hash(bits: u64) -> IdHash {
        IdHash::from_bits(bits)
    }

    fn number(event: i64) -> EventNumber {
        EventNumber::from_number(event)
    }

    fn empty() -> Connection {
        let connection = Connection::open_in_memory().unwrap();
        crate::ledger::schema::create(&connection).unwrap();
        connection
    }

    /// What is found, as pairs.
    fn found(connection: &Connection, hashes: &[IdHash]) -> Vec<Key> {
        find(connection, hashes).unwrap().into_iter().map(|found| (hashes[found.place], found.event)).collect()
    }

    #[test]
    fn runs_merge_as_they_grow() {
        let connection = empty();
        for event in 0..64 {
            store(&connection, &[(hash(event * 7), number(event as i64 + 1))]).unwrap();
            merge(&connection, i64::MAX).unwrap();
        }
        let levels: Vec<(i64, i64)> = connection
            .prepare("SELECT level, entries FROM key_run ORDER BY id")
            .unwrap()
            .query_map([], |r| Ok((r.get(0)?, r.get(1)?)))
            .unwrap()
            .collect::<Result<_, _>>()
            .unwrap();
        assert_eq!(levels, [(2, 64)]);
        let wanted = [7, 8, 63 * 7].map(hash);
        assert_eq!(found(&connection, &wanted), [(hash(7), number(2)), (hash(63 * 7), number(64))]);
    }

    #[test]
    fn equal_hashes_are_all_found() {
        let connection = empty();
        let many: Vec<Key> =
            (1..=2 * CHUNK as i64).map(|event| (hash(5), number(event))).chain([(hash(HIGHEST), number(9))]).collect();
        let many = [vec![(hash(0), number(8))], many].concat();
        store(&connection, &many).unwrap();
        assert_eq!(find(&connection, &[hash(5)]).unwrap().len(), 2 * CHUNK);
        assert_eq!(found(&connection, &[hash(0), hash(HIGHEST)]), [(hash(0), number(8)), (hash(HIGHEST), number(9))]);
    }

    proptest! {
        #[test]
        fn sorts_by_hash(hashes in proptest::collection::vec(0u64..=HIGHEST, 0..500), same: bool) {
            let all: Vec<Key> = hashes.into_iter().map(|bits| hash(if same { bits >> 44 } else { bits })).zip(EventNumber::FIRST.and_following()).collect();
            let mut sorted = all.clone();
            sorted.sort();
            prop_assert_eq!(sort_by_hash(all.iter().copied(), |key| key.0), sorted);
        }

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
                let mut keys: Vec<Key> = batch.into_iter().map(|bits| { event += 1; (hash(bits << 36), number(event)) }).collect();
                keys.sort_unstable();
                model.extend(keys.iter().copied());
                store(&connection, &keys).unwrap();
                merge(&connection, 2_000).unwrap();
            }
            let hashes: Vec<IdHash> = wanted.into_iter().map(|bits| hash(bits << 36)).collect();
            let all_found: BTreeSet<Key> = found(&connection, &hashes).into_iter().collect();
            let expected = model.iter().filter(|key| hashes.binary_search(&key.0).is_ok()).copied().collect();
            prop_assert_eq!(all_found, expected);
            for hash in hashes.iter().take(5) {
                let alone: BTreeSet<Key> = found(&connection, &[*hash]).into_iter().collect();
                prop_assert_eq!(alone, model.iter().filter(|key| key.0 == *hash).copied().collect());
            }
            let mut all_hashes = Vec::new();
            for_each_chunk(&connection, |pairs| all_hashes.extend(pairs.iter().map(hash_of))).unwrap();
            all_hashes.sort_unstable();
            prop_assert!(model.iter().map(|key| key.0).eq(all_hashes));
            let mut all = BTreeSet::new();
            for_each(&connection, |key| { all.insert(key); }).unwrap();
            prop_assert_eq!(all, model);
        }
    }
}
