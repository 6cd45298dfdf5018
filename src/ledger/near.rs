//! The event whose id is nearly another.

use super::LedgerError;
use super::import::hash::IdHash;
use super::import::keys;
use super::open::Ledger;
use super::read::by_number;
use super::tables::meta;
use crate::usage::EventId;
use std::collections::BTreeSet;
use std::ops::RangeInclusive;

/// Shorter ids are near to too many, and longer ones have too many neighbours.
const LENGTHS: RangeInclusive<usize> = 4..=64;

impl Ledger {
    /// The id of an event for which this one was perhaps meant: it differs in capitals alone, or it is the only one that is one
    /// sign away.
    ///
    /// # Errors
    /// When the ledger can't be read.
    pub fn nearest_id(&self, id: &str) -> Result<Option<String>, LedgerError> {
        for other in [id.to_lowercase(), id.to_uppercase()] {
            if other != id && self.event_by_id(&other)?.is_some() {
                return Ok(Some(other));
            }
        }
        let found = self.ids_among(neighbours(id)).map_err(|error| error.at(self.path()))?;
        Ok(Some(found).filter(|found| found.len() == 1).and_then(|mut found| found.pop_first()))
    }

    /// Which of these ids events have.
    fn ids_among(&self, ids: BTreeSet<String>) -> Result<BTreeSet<String>, LedgerError> {
        let key = meta::hash_key(&self.connection)?;
        let mut hashes: Vec<IdHash> = ids.iter().map(|id| IdHash::of(&key, &EventId::new(id))).collect();
        hashes.sort_unstable();
        hashes.dedup();
        let mut found = BTreeSet::new();
        for pair in keys::find(&self.connection, &hashes)? {
            found.extend(Some(by_number(&self.connection, pair.event)?.id).filter(|id| ids.contains(id)));
        }
        Ok(found)
    }
}

/// The texts with one sign less, another, one more, or two changed places.
fn neighbours(id: &str) -> BTreeSet<String> {
    let signs: Vec<char> = id.chars().collect();
    if !LENGTHS.contains(&signs.len()) {
        return BTreeSet::new();
    }
    let capitals = ('A'..='Z').filter(|_| signs.iter().any(char::is_ascii_uppercase));
    let others: Vec<char> = ('a'..='z').chain('0'..='9').chain("-_.:/".chars()).chain(capitals).collect();
    let mut all = BTreeSet::new();
    for at in 0..=signs.len() {
        let (before, after) = signs.split_at(at);
        let mut add = |middle: &[char], after: &[char]| {
            all.insert([before, middle, after].concat().iter().collect());
        };
        others.iter().for_each(|sign| add(&[*sign], after));
        if let [first, rest @ ..] = after {
            add(&[], rest);
            others.iter().for_each(|sign| add(&[*sign], rest));
            if let [second, rest @ ..] = rest {
                add(&[*second, *first], rest);
            }
        }
    }
    all.remove(id);
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_are_one_sign_away() {
        let all = neighbours("call-7");
        for near in ["cal-7", "call-77", "call_7", "calll-7", "clal-7", "xall-7", "call-7a"] {
            assert!(all.contains(near), "{near}");
        }
        assert!(!all.contains("call-7") && !all.contains("caLl-7"));
        assert!(neighbours("abC-7").contains("AbC-7") && neighbours("abc").is_empty());
    }
}
