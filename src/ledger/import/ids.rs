//! The ids of a log while it is taken: which are surely new, and where the others may be.
//!
//! Nearly all ids of a log are new, and that can be told from a filter in memory without looking into any run. So runs are
//! read once for a log, if they are read at all, and the log's own keys are kept in memory until there are enough of them
//! for a long run.

use super::filter::Seen;
use super::hash::IdHash;
use super::keys::{self, Found, Key};
use super::read::Hashed;
use crate::ledger::LedgerError;
use crate::ledger::threads::starts_threads;
use rusqlite::Connection;
use std::sync::mpsc::sync_channel;

/// Keys that are kept in memory, some eight megabytes of them, before they become a run.
const KEPT: usize = 1 << 19;
/// Batches whose keys are kept apart, each to be looked into.
const APART: usize = 32;
/// Stored hashes that are handed on together, if there are more than that, and how many such parts may wait.
const READ_AT_ONCE: usize = 1 << 13;
const WAITING: usize = 16;

/// A hash that may be known already, and where it begins among a batch's.
pub(in crate::ledger) type Candidate = (IdHash, usize);

/// The ids of a log.
pub(in crate::ledger) struct Ids {
    /// Every hash that this log had, and every stored one if `covers_stored`.
    seen: Seen,
    covers_stored: bool,
    /// How many hashes have been asked for before the stored ones were read.
    asked: usize,
    /// The log's latest keys: those of each batch in order.
    newest: Vec<Vec<Key>>,
}

impl Ids {
    pub fn new() -> Self {
        Self { seen: Seen::default(), covers_stored: false, asked: 0, newest: Vec::new() }
    }

    /// Those of a batch's hashes, which are in order, that may be stored or in the log before; and remembers all of them.
    pub(super) fn candidates(
        &mut self,
        connection: &Connection,
        hashes: &[Hashed],
    ) -> Result<Vec<Candidate>, LedgerError> {
        self.cover_stored(connection, hashes.len())?;
        self.seen.reserve(hashes.len());
        let mut candidates = Vec::new();
        let mut last = None;
        for (start, &Hashed { hash, .. }) in hashes.iter().enumerate() {
            if last.replace(hash) == Some(hash) {
                continue;
            }
            if !self.covers_stored || self.seen.may_have(hash) {
                candidates.push((hash, start));
            }
            self.seen.add(hash);
        }
        Ok(candidates)
    }

    /// Reads all stored hashes once so many are asked for that this is less work than looking for each.
    fn cover_stored(&mut self, connection: &Connection, more: usize) -> Result<(), LedgerError> {
        self.asked += more;
        if self.covers_stored || !keys::is_reading_all_worth(connection, self.asked)? {
            return Ok(());
        }
        let stored = keys::count(connection)?;
        self.seen.reserve(stored);
        match stored > READ_AT_ONCE && starts_threads() {
            true => add_all_beside(connection, &mut self.seen)?,
            false => keys::for_each_chunk(connection, |pairs| add(&mut self.seen, pairs.iter().map(keys::hash_of)))?,
        }
        self.covers_stored = true;
        Ok(())
    }

    /// Where these hashes are, stored or in memory: in the order of their events.
    pub(super) fn find(&self, connection: &Connection, candidates: &[Candidate]) -> Result<Vec<Found>, LedgerError> {
        let hashes: Vec<IdHash> = candidates.iter().map(|(hash, _)| *hash).collect();
        let mut found = keys::find(connection, &hashes)?;
        for (place, &hash) in hashes.iter().enumerate() {
            for keys in &self.newest {
                let first = keys.partition_point(|key| key.0 < hash);
                let same = keys[first..].iter().take_while(|key| key.0 == hash);
                found.extend(same.map(|&(_, event)| Found { event, place }));
            }
        }
        found.iter_mut().for_each(|found| found.place = candidates[found.place].1);
        found.sort_unstable();
        Ok(found)
    }

    /// Adds keys of events that were recorded, which are in order.
    pub fn add(&mut self, connection: &Connection, keys: Vec<Key>) -> Result<(), LedgerError> {
        self.newest.push(keys);
        if self.newest.iter().map(Vec::len).sum::<usize>() >= KEPT {
            return self.store(connection);
        }
        if self.newest.len() > APART {
            self.newest = vec![self.take_newest()];
        }
        Ok(())
    }

    /// Stores what is kept in memory.
    pub fn store(&mut self, connection: &Connection) -> Result<(), LedgerError> {
        keys::store(connection, &self.take_newest())
    }

    /// All keys that are kept in memory, in order.
    fn take_newest(&mut self) -> Vec<Key> {
        keys::sort_by_hash(std::mem::take(&mut self.newest).iter().flatten().copied(), |key| key.0)
    }
}

/// Adds hashes, for which there may be no room yet.
fn add(seen: &mut Seen, hashes: impl ExactSizeIterator<Item = IdHash>) {
    seen.reserve(hashes.len());
    hashes.for_each(|hash| seen.add(hash));
}

/// Adds every stored hash. Billing waits for it, so one thread reads while another adds.
fn add_all_beside(connection: &Connection, seen: &mut Seen) -> Result<(), LedgerError> {
    let (sender, receiver) = sync_channel::<Vec<IdHash>>(WAITING);
    // The sender goes with this closure, so that the other thread ends whatever happens here.
    std::thread::scope(move |scope| {
        scope.spawn(move || {
            for hashes in receiver {
                add(seen, hashes.into_iter());
            }
        });
        let mut read = Vec::with_capacity(READ_AT_ONCE);
        keys::for_each_chunk(connection, |pairs| {
            read.extend(pairs.iter().map(keys::hash_of));
            if read.len() >= READ_AT_ONCE {
                // The other thread ends only when there is no more to receive.
                let _ = sender.send(std::mem::replace(&mut read, Vec::with_capacity(READ_AT_ONCE)));
            }
        })?;
        let _ = sender.send(read);
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{EventIndex, EventNumber};
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    /// A hash that is spread as a keyed one would be.
    fn spread(number: u64) -> IdHash {
        IdHash::from_bits(number.wrapping_mul(0xd6e8_feb8_6659_fd93) >> 16)
    }

    fn keys(numbers: impl Iterator<Item = u64>, event: &mut i64) -> Vec<Key> {
        let mut next = || {
            *event += 1;
            *event
        };
        let mut keys: Vec<Key> = numbers.map(|number| (spread(number), EventNumber::from_number(next()))).collect();
        keys.sort_unstable();
        keys
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        /// Against a set: wherever a key is, it is found, and nothing else; whether or not what was stored before has been
        /// read as yet.
        #[test]
        fn what_was_there_before_is_found(
            stored in 0u64..40_000,
            batches in proptest::collection::vec((proptest::collection::vec(30_000u64..50_000, 0..30), any::<bool>()), 1..8),
        ) {
            let connection = Connection::open_in_memory().unwrap();
            crate::ledger::schema::create(&connection).unwrap();
            let mut event = 0;
            let before = keys(0..stored, &mut event);
            keys::store(&connection, &before).unwrap();
            let mut model: BTreeSet<Key> = before.into_iter().collect();
            let mut ids = Ids::new();
            for (numbers, is_stored) in batches {
                let keys = keys(numbers.into_iter(), &mut event);
                let hashes: Vec<Hashed> = keys.iter().zip(EventIndex::all()).map(|(key, index)| Hashed { hash: key.0, index }).collect();
                let candidates = ids.candidates(&connection, &hashes).unwrap();
                let found = ids.find(&connection, &candidates).unwrap();
                let expected: BTreeSet<Key> =
                    model.iter().filter(|key| hashes.binary_search_by_key(&key.0, |hashed| hashed.hash).is_ok()).copied().collect();
                prop_assert!(found.is_sorted());
                prop_assert!(found.iter().all(|found| found.place == hashes.partition_point(|hashed| hashed.hash < hashes[found.place].hash)));
                let found: BTreeSet<Key> = found.into_iter().map(|found| (hashes[found.place].hash, found.event)).collect();
                prop_assert_eq!(found, expected);
                model.extend(&keys);
                ids.add(&connection, keys).unwrap();
                if is_stored {
                    ids.store(&connection).unwrap();
                }
            }
        }
    }
}
