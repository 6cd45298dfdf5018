//! Reads a log on a thread of its own, a batch ahead of billing, and hashes what the next stages tell events by.

use super::hash::{IdHash, WholeHash};
use super::keys;
use crate::ids::EventIndex;
use crate::ledger::threads::starts_threads;
use crate::usage::{Batch, BatchEvent, LogReader, ReadError, sort_by_time};
use foldhash::fast::FixedState;
use std::hash::{BuildHasher, Hasher};
use std::sync::mpsc::{Receiver, sync_channel};

/// Events in a batch: large enough that looking up ids and storing keys goes in long ordered runs.
const BATCH: usize = 32_768;
/// Events in the first batch; each is twice as large as the one before, so that billing begins early.
const FIRST_BATCH: usize = 8_192;
/// Batches that may be read ahead of billing.
const AHEAD: usize = 1;

/// A batch with the keyed hashes of its ids.
#[derive(Default)]
pub(super) struct HashedBatch {
    pub batch: Batch,
    /// Sorted by hash.
    pub hashes: Vec<Hashed>,
    /// For each event what stands for its content; empty unless that is kept.
    pub contents: Vec<Content>,
}

/// The keyed hash of an id, and the index in its batch of the event that has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Hashed {
    pub hash: IdHash,
    pub index: EventIndex,
}

/// What stands for an event's id and content, when the content itself is not kept. There may be many millions of them, so
/// they lie without gaps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(Rust, packed(4))]
pub(super) struct Content {
    pub id: WholeHash,
    /// The hash of who, what, when and how much.
    pub content: u64,
    /// Where it stands.
    pub line: Line,
}

/// The line of its file that an event stands in. All lines beyond four billion look the same.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Line(u32);

impl Line {
    pub fn of(event: &BatchEvent) -> Self {
        Self(event.line.try_into().unwrap_or(u32::MAX))
    }

    /// Its number, from 1, if that is known.
    pub fn number(self) -> Option<u32> {
        Some(self.0).filter(|line| *line < u32::MAX)
    }
}

/// Hashes batches with a ledger's key.
pub(super) struct BatchHasher {
    key: [u8; 16],
    /// Whether contents are hashed too.
    with_contents: bool,
    /// The hashes of a batch's ids; here to be used again.
    ids: Vec<WholeHash>,
}

impl BatchHasher {
    pub fn new(key: [u8; 16], with_contents: bool) -> Self {
        Self { key, with_contents, ids: Vec::new() }
    }

    /// Hashes a batch. What the hashes are written to may be from another one.
    pub fn hash(&mut self, batch: Batch, (mut hashes, mut contents): (Vec<Hashed>, Vec<Content>)) -> HashedBatch {
        self.ids.clear();
        self.ids.extend(batch.events.iter().map(|event| WholeHash::of(&self.key, &batch.id(event))));
        let hashed = |(id, index): (&WholeHash, _)| Hashed { hash: id.short(), index };
        keys::sort_by_hash_into(&mut hashes, self.ids.iter().zip(EventIndex::all()).map(hashed), |hashed| hashed.hash);
        contents.clear();
        if self.with_contents {
            contents.extend(each_content(&batch, &self.ids, &self.key));
        }
        HashedBatch { batch, hashes, contents }
    }
}

/// What stands for each event of a batch, given the hashes of their ids.
fn each_content(batch: &Batch, ids: &[WholeHash], key: &[u8; 16]) -> impl Iterator<Item = Content> {
    let state = FixedState::with_seed(u128::from_le_bytes(*key) as u64);
    // An event's numbers end where the next one's begin.
    let ends = batch.events.iter().skip(1).map(|event| event.numbers as usize).chain([batch.numbers.len()]);
    let content = move |((event, end), &id): ((&BatchEvent, usize), &WholeHash)| {
        let mut hasher = state.build_hasher();
        hasher.write_u32(event.customer.number());
        hasher.write_u32(event.shape.number());
        hasher.write_i64(event.occurred_at.micros());
        for number in &batch.numbers[event.numbers as usize..end] {
            hasher.write_u128(u128::from_le_bytes(number.serialize()));
        }
        hasher.write(batch.values(event).as_bytes());
        Content { id, content: hasher.finish(), line: Line::of(event) }
    };
    batch.events.iter().zip(ends).zip(ids).map(content)
}

/// Gives a log's batches to `visit`, while the next one is being read; all in the order of time, if they are to be sorted.
/// Those that come back as `spares` are read into again: new memory would have to be made ready by the system first.
///
/// # Errors
/// When the log can't be read on, or what `visit` returns.
pub(super) fn for_each_batch<E: From<ReadError>>(
    reader: LogReader,
    hasher: BatchHasher,
    is_sorted: bool,
    spares: Receiver<HashedBatch>,
    mut visit: impl FnMut(HashedBatch) -> Result<(), E>,
) -> Result<(), E> {
    if !starts_threads() {
        let mut failed = None;
        let take = |hashed: Result<HashedBatch, ReadError>| {
            failed = hashed.map_err(E::from).and_then(&mut visit).err();
            failed.is_none()
        };
        if is_sorted {
            read_sorted(reader, hasher, take)
        } else {
            read(reader, hasher, &spares, take)
        }
        return failed.map_or(Ok(()), Err);
    }
    let (sender, receiver) = sync_channel(AHEAD);
    std::thread::scope(|scope| {
        scope.spawn(move || {
            // A receiver that is gone has failed already, and says why.
            let send = |hashed| sender.send(hashed).is_ok();
            if is_sorted { read_sorted(reader, hasher, send) } else { read(reader, hasher, &spares, send) }
        });
        receiver.into_iter().try_for_each(|hashed| visit(hashed?))
    })
}

/// Reads and hashes batch by batch, as long as they are taken.
fn read(
    mut reader: LogReader,
    mut hasher: BatchHasher,
    spares: &Receiver<HashedBatch>,
    mut send: impl FnMut(Result<HashedBatch, ReadError>) -> bool,
) {
    for size in sizes() {
        let HashedBatch { batch, hashes, contents } = spares.try_recv().unwrap_or_default();
        reader.reuse(batch);
        let next = reader.next_batch(size).transpose();
        let Some(next) = next.map(|next| next.map(|batch| hasher.hash(batch, (hashes, contents)))) else { break };
        let is_over = next.is_err();
        if !send(next) || is_over {
            break;
        }
    }
}

/// Reads everything first.
fn read_sorted(
    reader: LogReader,
    mut hasher: BatchHasher,
    mut send: impl FnMut(Result<HashedBatch, ReadError>) -> bool,
) {
    match batches(reader).collect::<Result<Vec<_>, _>>() {
        Ok(all) => {
            let mut sorted = sort_by_time(all, BATCH).map(|batch| hasher.hash(batch, Default::default()));
            sorted.all(|hashed| send(Ok(hashed)));
        }
        Err(error) => {
            send(Err(error));
        }
    }
}

/// How many events each batch has.
fn sizes() -> impl Iterator<Item = usize> {
    std::iter::successors(Some(FIRST_BATCH), |size| Some(BATCH.min(size * 2)))
}

/// What a reader reads, until its end or an error.
pub(super) fn batches(mut reader: LogReader) -> impl Iterator<Item = Result<Batch, ReadError>> {
    let mut sizes = sizes();
    let mut is_over = false;
    std::iter::from_fn(move || {
        let size = sizes.next().filter(|_| !is_over)?;
        let next = reader.next_batch(size).transpose();
        is_over = !matches!(next, Some(Ok(_)));
        next
    })
}
