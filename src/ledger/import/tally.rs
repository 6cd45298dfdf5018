//! What a trial keeps of a log's own events, in place of a ledger: for each id 20 bytes, by which duplicates and conflicts
//! are told. A conflict shows both contents, so the earlier one is then read from the log again.

use super::hash::{IdHash, WholeHash};
use super::ids::Candidate;
use super::keys::sort_by_hash;
use super::known::{Comparing, Conflict, Known};
use super::read::{Content, Hashed, Line, batches};
use crate::ids::EventIndex;
use crate::usage::{Batch, LogReader, UsageEvent};
use std::collections::{BTreeMap, BTreeSet};

/// Batches that become one run, a million events or so. Larger runs would be found in sooner, but while they are made, there
/// are two of everything in memory.
const A_RUN: usize = 8;
/// How often a log is read again for the sake of what conflicts say.
const READ_AGAIN: usize = 20;

/// Begins to read the same logs again; `None` where that can't be done, as with standard input.
pub type ReadAgain<'a> = dyn Fn() -> Option<LogReader> + 'a;

/// The events of the log so far.
#[derive(Default)]
pub(super) struct Tally {
    /// Runs in the order of their ids' hashes: those of many batches.
    runs: Vec<Vec<Content>>,
    /// Those of one batch each.
    newest: Vec<Vec<Content>>,
    /// How often the log has been read again.
    read_again: usize,
}

impl Tally {
    /// Adds events that were billed, in the order of their ids' hashes.
    pub fn add(&mut self, events: Vec<Content>) {
        self.newest.push(events);
        if self.newest.len() == A_RUN {
            let all = std::mem::take(&mut self.newest);
            self.runs.push(sort_by_hash(all.iter().flatten().copied(), |entry| { entry.id }.short()));
        }
    }

    /// The events of these ids, as far as the log had them before. They are asked for in the order of their hashes.
    fn finder(&self) -> impl FnMut(WholeHash) -> Option<Content> {
        // What is left of each run from the latest hash on.
        let mut rests: Vec<&[Content]> = self.runs.iter().chain(&self.newest).map(Vec::as_slice).collect();
        move |id| {
            let hash = id.short();
            rests.iter_mut().find_map(|rest| {
                *rest = from_hash(rest, hash);
                let mut same = rest.iter().take_while(|entry| { entry.id }.short() == hash);
                same.find(|entry| { entry.id } == id).copied()
            })
        }
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
        let mut find = self.finder();
        for &(hash, start) in candidates {
            for &Hashed { index, .. } in comparing.hashes[start..].iter().take_while(|hashed| hashed.hash == hash) {
                let now = contents[index.place()];
                match find(now.id) {
                    Some(before) if before.content == now.content => known.set_same(index, contents.len()),
                    Some(before) => others.push((index, before.line)),
                    None => {}
                }
            }
        }
        drop(find);
        let earlier = self.read_again(&others, comparing.batch, again);
        for (index, line) in others {
            let event = &comparing.batch.events[index.place()];
            let difference = match earlier.get(&comparing.batch.id(event).text()) {
                Some(before) => comparing.difference_in_log(event, before),
                // Its id says that it is the same; there is no more to look at.
                None if comparing.sameness.of_content => None,
                None => {
                    let now = comparing.names.expand(comparing.batch, event);
                    Some(Box::new(Conflict::Line { line: line.number(), now }))
                }
            };
            known.stored.insert(index, difference);
        }
    }

    /// Reads the earlier events that have the ids of these of a batch, and stand in these lines, again, if that can be done:
    /// by their ids.
    fn read_again(
        &mut self,
        wanted: &[(EventIndex, Line)],
        batch: &Batch,
        again: Option<&ReadAgain<'_>>,
    ) -> BTreeMap<String, UsageEvent> {
        let mut found = BTreeMap::new();
        if wanted.is_empty() || self.read_again >= READ_AGAIN {
            return found;
        }
        let Some(reader) = again.and_then(|again| again()) else { return found };
        self.read_again += 1;
        let id_of = |index: EventIndex| batch.id(&batch.events[index.place()]).text();
        let ids: BTreeMap<String, Line> = wanted.iter().map(|&(index, line)| (id_of(index), line)).collect();
        let lines: BTreeSet<Line> = ids.values().copied().collect();
        let (mut names, mut shapes) = (Vec::new(), Vec::new());
        for batch in batches(reader).map_while(Result::ok) {
            names.extend_from_slice(&batch.new_customers);
            shapes.extend_from_slice(&batch.new_shapes);
            for event in batch.events.iter().filter(|event| lines.contains(&Line::of(event))) {
                let id = batch.id(event).text();
                if ids.get(&id) == Some(&Line::of(event)) {
                    let (shape, name) = (&shapes[event.shape.place()], &names[event.customer.place()]);
                    found.entry(id).or_insert_with(|| batch.expand(event, shape, name));
                }
            }
            if found.len() == ids.len() {
                break;
            }
        }
        found
    }
}

/// A run from a hash on. The next hash is seldom far, so steps grow until they are too long, and then there is a search in
/// between.
fn from_hash(run: &[Content], hash: IdHash) -> &[Content] {
    let is_before = |entry: &Content| { entry.id }.short() < hash;
    let mut step = 1;
    while run.get(step - 1).is_some_and(is_before) {
        step *= 2;
    }
    let low = step / 2;
    &run[low + run[low..run.len().min(step)].partition_point(is_before)..]
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
                let content = |(&id, event): (&u64, &BatchEvent)| Content { id: WholeHash::from_bits(id), content: id ^ 1, line: Line::of(event) };
                tally.add(new.iter().zip(&events).map(content).collect());
                model.extend(new.iter().copied().zip(events));
            }
            prop_assert!(tally.newest.len() < A_RUN);
            let mut find = tally.finder();
            let mut asked: Vec<u64> = (0..4_000).collect();
            asked.sort_by_key(|number| whole(*number));
            for number in asked {
                let (found, expected) = (find(WholeHash::from_bits(whole(number))), model.get(&whole(number)));
                prop_assert_eq!(found.map(|entry| entry.line), expected.map(Line::of));
                prop_assert_eq!(found.map(|entry| entry.content), expected.map(|_| whole(number) ^ 1));
            }
        }
    }
}
