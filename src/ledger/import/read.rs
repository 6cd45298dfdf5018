//! Reads a log on a thread of its own, a batch ahead of billing, and hashes what the next stages tell events by.

use super::keys;
use crate::usage::{Batch, BatchEvent, LogReader, ReadError, sort_by_time};
use siphasher::sip::SipHasher13;
use std::hash::Hasher;
use std::sync::mpsc::sync_channel;

/// Events in a batch: large enough that looking up ids and storing keys goes in long ordered runs.
const BATCH: usize = 131_072;
/// Events in the first batch; each is twice as large as the one before, so that billing begins early.
const FIRST_BATCH: usize = 8_192;
/// Batches that may be read ahead of billing.
const AHEAD: usize = 1;

/// A batch with the keyed hashes of its ids.
pub(super) struct HashedBatch {
    pub batch: Batch,
    /// Sorted by hash.
    pub hashes: Vec<Hashed>,
    /// For each event what stands for its content; empty unless that is kept.
    pub contents: Vec<Content>,
}

/// The keyed hash of an id, and the index in its batch of the event that has it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Hashed {
    pub hash: u64,
    pub index: u32,
}

/// What stands for an event's id and content, when the content itself is not kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Content {
    /// All 64 bits of the id's hash.
    pub id: u64,
    /// The hash of who, what, when and how much.
    pub content: u64,
    /// Where it stands.
    pub place: Place,
}

/// Where an event stands in the logs: which file, and which line of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place(u64);

impl Place {
    const LINE_BITS: u32 = 40;

    pub fn of(event: &BatchEvent) -> Self {
        Self(u64::from(event.file) << Self::LINE_BITS | event.line)
    }

    pub fn line(self) -> u64 {
        self.0 & ((1 << Self::LINE_BITS) - 1)
    }
}

/// Hashes batches with a ledger's key.
#[derive(Clone, Copy)]
pub(super) struct BatchHasher {
    pub key: [u8; 16],
    /// Whether contents are hashed too.
    pub with_contents: bool,
}

impl BatchHasher {
    /// Hashes a batch.
    pub fn hash(&self, batch: Batch) -> HashedBatch {
        let ids: Vec<u64> = batch.events.iter().map(|event| keys::whole_hash(&self.key, &batch.id(event))).collect();
        let hashed = |(&id, index)| Hashed { hash: keys::hash_of_whole(id), index };
        let hashes: Vec<Hashed> = ids.iter().zip(0..).map(hashed).collect();
        let contents = if self.with_contents { self.contents(&batch, &ids) } else { Vec::new() };
        HashedBatch { hashes: keys::sort_by_hash(hashes.iter(), |hashed| hashed.hash), contents, batch }
    }

    fn contents(&self, batch: &Batch, ids: &[u64]) -> Vec<Content> {
        let mut bytes = Vec::new();
        // An event's numbers end where the next one's begin.
        let ends = batch.events.iter().skip(1).map(|event| event.numbers as usize).chain([batch.numbers.len()]);
        let content = |((event, end), &id): ((&BatchEvent, usize), &u64)| {
            bytes.clear();
            bytes.extend_from_slice(&event.customer.number().to_le_bytes());
            bytes.extend_from_slice(&event.shape.number().to_le_bytes());
            bytes.extend_from_slice(&event.occurred_at.micros().to_le_bytes());
            for number in &batch.numbers[event.numbers as usize..end] {
                bytes.extend_from_slice(&number.serialize());
            }
            bytes.extend_from_slice(batch.values(event).as_bytes());
            let mut hasher = SipHasher13::new_with_key(&self.key);
            hasher.write(&bytes);
            Content { id, content: hasher.finish(), place: Place::of(event) }
        };
        batch.events.iter().zip(ends).zip(ids).map(content).collect()
    }
}

/// Gives a log's batches to `visit`, while the next one is being read; all in the order of time, if they are to be sorted.
///
/// # Errors
/// When the log can't be read on, or what `visit` returns.
pub(super) fn for_each_batch<E: From<ReadError>>(
    reader: LogReader,
    hasher: BatchHasher,
    is_sorted: bool,
    mut visit: impl FnMut(HashedBatch) -> Result<(), E>,
) -> Result<(), E> {
    let (sender, receiver) = sync_channel(AHEAD);
    std::thread::scope(|scope| {
        scope.spawn(move || {
            // A receiver that is gone has failed already, and says why.
            let send = |batch: Result<Batch, ReadError>| sender.send(batch.map(|batch| hasher.hash(batch))).is_ok();
            let mut batches = batches(reader);
            if is_sorted {
                match batches.collect::<Result<Vec<_>, _>>() {
                    Ok(all) => sort_by_time(all, BATCH).map(Ok).all(send),
                    Err(error) => send(Err(error)),
                }
            } else {
                batches.all(send)
            }
        });
        receiver.into_iter().try_for_each(|hashed| visit(hashed?))
    })
}

/// What a reader reads, until its end or an error.
pub(super) fn batches(mut reader: LogReader) -> impl Iterator<Item = Result<Batch, ReadError>> {
    let mut sizes = std::iter::successors(Some(FIRST_BATCH), |size| Some(BATCH.min(size * 2)));
    let mut is_over = false;
    std::iter::from_fn(move || {
        let size = sizes.next().filter(|_| !is_over)?;
        let next = reader.next_batch(size).transpose();
        is_over = !matches!(next, Some(Ok(_)));
        next
    })
}
