//! What a trial keeps of a log's own events, in place of a ledger: for each id 24 bytes, by which duplicates and conflicts
//! are told. A conflict shows both contents, so the earlier one is then read from the log again.

use super::ids::Candidate;
use super::keys::{hash_of_whole, sort_by_hash};
use super::known::{Comparing, Known};
use super::read::{Content, Hashed, Place, batches};
use crate::usage::{Batch, LogReader, UsageEvent};
use std::collections::BTreeMap;

/// Runs of about one size that are kept apart, each to be looked into. More of them become one run of the next size: so there
/// are never two of everything in memory.
const APART: usize = 8;
/// How often a log is read again for the sake of what conflicts say.
const READ_AGAIN: usize = 20;

/// Begins to read the same logs again; `None` where that can't be done, as with standard input.
pub type ReadAgain<'a> = dyn Fn() -> Option<LogReader> + 'a;

/// The events of the log so far.
#[derive(Default)]
pub(super) struct Tally {
    /// Runs in the order of their ids' hashes: first those of a batch each, then those of many, and so on.
    sizes: Vec<Vec<Vec<Content>>>,
    /// How often the log has been read again.
    read_again: usize,
}

impl Tally {
    /// Adds events that were billed, in the order of their ids' hashes.
    pub fn add(&mut self, events: Vec<Content>) {
        let mut run = events;
        for size in 0.. {
            if self.sizes.len() == size {
                self.sizes.push(Vec::new());
            }
            self.sizes[size].push(run);
            if self.sizes[size].len() < APART {
                break;
            }
            let all = std::mem::take(&mut self.sizes[size]);
            run = sort_by_hash(all.iter().flatten().copied(), |entry| hash_of_whole(entry.id));
        }
    }

    /// The event of an id, if the log had it before.
    fn find(&self, id: u64) -> Option<Content> {
        self.sizes.iter().flatten().find_map(|run| {
            let hash = hash_of_whole(id);
            let first = run.partition_point(|entry| hash_of_whole(entry.id) < hash);
            run[first..]
                .iter()
                .take_while(|entry| hash_of_whole(entry.id) == hash)
                .find(|entry| entry.id == id)
                .copied()
        })
    }

    /// Notes which of a batch's events the log had before. `candidates` are the hashes that it may have had.
    pub fn compare(
        &mut self,
        mut comparing: Comparing<'_>,
        contents: &[Content],
        candidates: &[Candidate],
        again: Option<&ReadAgain<'_>>,
        known: &mut Known,
    ) {
        let mut others = Vec::new();
        for &(hash, start) in candidates {
            for &Hashed { index, .. } in comparing.hashes[start..].iter().take_while(|hashed| hashed.hash == hash) {
                let now = contents[index as usize];
                match self.find(now.id) {
                    Some(before) if before.content == now.content => known.set_same(index, contents.len()),
                    Some(before) => others.push((index, before.place)),
                    None => {}
                }
            }
        }
        let earlier = self.read_again(&others, comparing.batch, again);
        for (index, place) in others {
            let event = &comparing.batch.events[index as usize];
            let difference = match earlier.get(&place) {
                Some(before) => comparing.difference_in_log(event, before),
                // Its id says that it is the same; there is no more to look at.
                None if comparing.sameness.of_content => None,
                None => Some(format!(
                    "the id is in line {} too, with other content; now: {}",
                    place.line(),
                    serde_json::to_string(&comparing.names.expand(comparing.batch, event)).unwrap_or_default()
                )),
            };
            known.stored.insert(index, difference);
        }
    }

    /// Reads the events at these places again, if that can be done.
    fn read_again(
        &mut self,
        wanted: &[(u32, Place)],
        batch: &Batch,
        again: Option<&ReadAgain<'_>>,
    ) -> BTreeMap<Place, UsageEvent> {
        let mut found = BTreeMap::new();
        if wanted.is_empty() || self.read_again >= READ_AGAIN {
            return found;
        }
        let Some(reader) = again.and_then(|again| again()) else { return found };
        self.read_again += 1;
        let mut ids: BTreeMap<Place, Vec<String>> = BTreeMap::new();
        for (index, place) in wanted {
            ids.entry(*place).or_default().push(batch.id(&batch.events[*index as usize]).text());
        }
        let (mut names, mut shapes) = (Vec::new(), Vec::new());
        for batch in batches(reader).map_while(Result::ok) {
            names.extend_from_slice(&batch.new_customers);
            shapes.extend_from_slice(&batch.new_shapes);
            for event in &batch.events {
                let place = Place::of(event);
                // A line may hold several events.
                let is_wanted = ids.get(&place).is_some_and(|ids| ids.contains(&batch.id(event).text()));
                if is_wanted {
                    let (shape, name) = (&shapes[event.shape.place()], &names[event.customer.place()]);
                    found.entry(place).or_insert_with(|| batch.expand(event, shape, name));
                }
            }
            if found.len() == ids.len() {
                break;
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{CustomerIndex, ShapeIndex};
    use crate::time::Instant;
    use crate::usage::{BatchEvent, BatchId};
    use proptest::prelude::*;

    fn event(line: u64) -> BatchEvent {
        BatchEvent {
            id: BatchId::Text(0..0),
            customer: CustomerIndex::from_number(0),
            shape: ShapeIndex::from_number(0),
            occurred_at: Instant::EPOCH,
            values: 0..0,
            numbers: 0,
            file: 3,
            line,
        }
    }

    proptest! {
        /// Against a map, over more batches than are kept apart. Ids share hashes: some differ in their lowest bits alone.
        #[test]
        fn what_the_log_had_is_found(numbers in proptest::collection::vec(0u64..4_000, 0..400), size in 1usize..12) {
            let whole = |number: u64| ((number / 4).wrapping_mul(0xd6e8_feb8_6659_fd93) << 2) | (number % 4);
            let (mut tally, mut model) = (Tally::default(), BTreeMap::new());
            for (batch, numbers) in numbers.chunks(size).enumerate() {
                let mut new: Vec<u64> = numbers.iter().map(|n| whole(*n)).filter(|id| !model.contains_key(id)).collect();
                new.sort_unstable();
                new.dedup();
                let events: Vec<BatchEvent> = (0..new.len() as u64).map(|line| event(batch as u64 * 100 + line)).collect();
                let content = |(&id, event): (&u64, &BatchEvent)| Content { id, content: id ^ 1, place: Place::of(event) };
                tally.add(new.iter().zip(&events).map(content).collect());
                model.extend(new.iter().copied().zip(events));
            }
            prop_assert!(tally.sizes.iter().all(|runs| runs.len() < APART));
            for number in 0..4_000 {
                let (found, expected) = (tally.find(whole(number)), model.get(&whole(number)));
                prop_assert_eq!(found.map(|entry| entry.place.line()), expected.map(|event| event.line));
                prop_assert!(found.is_none_or(|entry| entry.content == whole(number) ^ 1));
            }
        }
    }
}
