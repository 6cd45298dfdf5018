//! The write path: a log of usage events into the ledger, from top to bottom.
//!
//! | stage | what it does |
//! |---|---|
//! | [`read`] | reads the log into batches, and hashes their ids; on a thread of its own |
//! | [`names`] | numbers the customers and shapes that are new |
//! | [`ids`] | tells which ids are surely new by a [`filter`] in memory, and looks for the others in stored runs ([`keys`]) |
//! | [`known`] | compares those with what is recorded: duplicate, conflict, or new after all |
//! | [`lives`] | loads the lives of customers who have new events, once for each, and adds unknown customers |
//! | [`bill`] | bills new events in the log's order; on a thread of its own, with memory fetched ahead ([`warm`]) |
//! | [`sink`] | packs what was billed and appends it; when nothing is to be recorded, keeps a [`tally`] instead |
//! | [`lane`] | for a what-if: bills the same events under other terms too, on threads, perhaps in another [`order`] |
//!
//! This file drives them. A batch is billed in slices: while one is billed, those before it are appended. All batches of a
//! log are one transaction, and SQLite is asked nothing per event. Of a million events in a dry run of 0.4 seconds on two cores,
//! billing works nearly all the time, reading 0.33 seconds and this thread 0.1; a fifth of billing is waiting for the memory
//! of ten thousand lives. A replay adds rollups to billing, and packing and appending to this thread.

mod bill;
mod failure;
mod filter;
pub(in crate::ledger) mod hash;
pub(super) mod ids;
pub(super) mod keys;
mod known;
mod lane;
mod later;
mod lives;
pub(super) mod names;
mod order;
mod read;
mod ready;
mod sink;
mod summary;
mod tally;
pub(super) mod warm;
mod witness;

pub use failure::BillingFailure;
pub use known::Conflict;
pub use lane::{LaneEnd, Lanes, NewLane, Unbillable};
pub use later::Later;
pub use summary::{ImportOptions, ImportSummary, MostUnpriced, OnRecorded, Refusal, Unrecordable};
pub use tally::ReadAgain;
pub(super) use witness::{Became, Outcome, Witnessed};
pub use witness::{Otherwise, Witness};

use super::LedgerError;
use super::open::Writer;
use super::tables::{meta, vendor};
use super::threads::side_by_side;
use crate::billing::Engine;
use crate::ids::{CustomerId, EventIndex, EventNumber};
use crate::usage::{Batch, BatchEvent, LogReader, ReadError};
use bill::{Billed, BillingThread, Job, Left};
use ids::{Candidate, Ids};
use known::{Comparing, Known, Sameness, difference_of_twins};
use lane::Lane;
use names::Names;
use order::Order;
use read::{BatchHasher, Content, Hashed, HashedBatch, for_each_batch};
use ready::Ready;
use rustc_hash::FxHashSet;
use sink::Sink;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use thiserror::Error;

/// Events that are billed, and then appended, at a time.
const SLICE: u32 = 4_096;
/// Slices that may be under way while the next batch's ids are looked up, so that billing has something to do.
const UNDER_WAY: usize = 16;

/// Why a log can't be taken.
#[derive(Debug, Error)]
pub enum ImportError {
    /// It can't be read on.
    #[error(transparent)]
    Unreadable(#[from] ReadError),
    /// The ledger can't be read or written.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

/// A log on its way into the ledger.
pub struct Import<'w, 'l> {
    writer: &'w mut Writer<'l>,
    /// For all but billing, which has its own.
    engine: &'w mut Engine,
    options: ImportOptions,
    on_recorded: &'w mut OnRecorded<'w>,
    names: Names,
    ids: Ids,
    billing: BillingThread,
    /// Those that bill the same beside it.
    lanes: Vec<Lane>,
    sink: Sink,
    /// Batches that are being billed, the oldest first.
    under_way: VecDeque<UnderWay>,
    /// Where batches go whose memory can be used again.
    spares: Option<Sender<HashedBatch>>,
    /// Events that were taken back, once they were asked for.
    voided: Option<BTreeMap<EventNumber, EventNumber>>,
    /// Fields that are not kept of this log.
    dropped: BTreeSet<String>,
    /// Fields of which rows tell spellings of one number apart.
    spelled: BTreeSet<String>,
    /// What is counted outside of billing.
    summary: ImportSummary,
}

/// A batch that is being billed.
struct UnderWay {
    batch: Arc<Batch>,
    known: Arc<Known>,
    hashes: Vec<Hashed>,
    contents: Vec<Content>,
    /// Slices that were not received yet.
    slices: usize,
    /// The number that each event was recorded under; [`EventNumber::NONE`] for none.
    recorded: Vec<EventNumber>,
    left: Vec<(EventIndex, Left)>,
}

impl UnderWay {
    /// Whether it has one of these hashes.
    fn has_any(&self, hashes: &[Candidate]) -> bool {
        hashes.iter().any(|(hash, _)| self.hashes.binary_search_by_key(hash, |own| own.hash).is_ok())
    }
}

impl<'w, 'l> Import<'w, 'l> {
    /// Begins to take a log.
    pub fn new(
        writer: &'w mut Writer<'l>,
        engine: &'w mut Engine,
        options: ImportOptions,
        on_recorded: &'w mut OnRecorded<'w>,
    ) -> Self {
        let sink = Sink::new(options.is_trial);
        let billing = BillingThread::start(engine.clone(), None, sink.ready());
        Self::with(writer, engine, options, on_recorded, (billing, sink))
    }

    /// Begins to bill a log in several lanes, and to record nothing. `base` is told what becomes of it under the ledger's
    /// own terms.
    pub fn what_if(
        writer: &'w mut Writer<'l>,
        engine: &'w mut Engine,
        options: ImportOptions,
        on_recorded: &'w mut OnRecorded<'w>,
        (base, others): (Box<dyn Witness>, Vec<NewLane>),
    ) -> Self {
        let billing = BillingThread::start(engine.clone(), None, Ready::Witnessed(Witnessed::new(base)));
        let options = ImportOptions { is_trial: true, ..options };
        let import = Self::with(writer, engine, options, on_recorded, (billing, Sink::new(true)));
        Self { lanes: others.into_iter().map(Lane::open).collect(), ..import }
    }

    fn with(
        writer: &'w mut Writer<'l>,
        engine: &'w mut Engine,
        options: ImportOptions,
        on_recorded: &'w mut OnRecorded<'w>,
        (billing, sink): (BillingThread, Sink),
    ) -> Self {
        let spelled = engine.spelled_dimensions();
        Self {
            writer,
            billing,
            lanes: Vec::new(),
            engine,
            options,
            on_recorded,
            names: Names::default(),
            ids: Ids::new(),
            sink,
            under_way: VecDeque::new(),
            spares: None,
            voided: None,
            dropped: BTreeSet::new(),
            spelled,
            summary: ImportSummary::default(),
        }
    }

    /// Takes a whole log, read on a thread of its own, and in the order of time if it is to be sorted. `again` begins to
    /// read the same log once more, for what a trial does not keep. `on_read` is told of the log's bytes that have been
    /// read so far, and of the events taken.
    ///
    /// # Errors
    /// When the log can't be read, or the ledger can't be read or written.
    pub fn log(
        &mut self,
        reader: LogReader,
        is_sorted: bool,
        again: &ReadAgain<'_>,
        mut on_read: impl FnMut(u64, u64),
    ) -> Result<(), ImportError> {
        let (sender, spares) = channel();
        self.spares = Some(sender);
        for_each_batch(reader, self.hasher(), is_sorted, spares, |hashed| {
            on_read(hashed.batch.bytes_read, self.summary.events);
            Ok(self.hashed_batch(hashed, Some(again))?)
        })
    }

    /// Takes one batch. It is recorded together with later ones.
    ///
    /// # Errors
    /// When the ledger can't be read or written.
    pub fn batch(&mut self, batch: Batch) -> Result<(), LedgerError> {
        let hashed = self.hasher().hash(batch, Default::default());
        self.hashed_batch(hashed, None)
    }

    fn hasher(&self) -> BatchHasher {
        BatchHasher::new(self.writer.seals.key(), self.options.is_trial)
    }

    fn hashed_batch(&mut self, hashed: HashedBatch, again: Option<&ReadAgain<'_>>) -> Result<(), LedgerError> {
        let path = self.writer.path;
        self.take(hashed, again).map_err(|e| e.at(path))
    }

    fn take(&mut self, hashed: HashedBatch, again: Option<&ReadAgain<'_>>) -> Result<(), LedgerError> {
        let HashedBatch { batch, hashes, contents } = hashed;
        let batch = Arc::new(batch);
        if self.summary.events > 0 && !self.options.is_trial {
            // While those before are billed there is time for it.
            keys::merge(&self.writer.tx, i64::MAX)?;
        }
        self.summary.events += batch.events.len() as u64;
        self.dropped.extend(batch.passed.dropped.iter().cloned());
        let mut shapes = self.names.learn(self.writer, &batch)?;
        let known = Arc::new(self.known(&batch, &hashes, &contents, again)?);
        let mut lives = lives::load(self.writer, self.engine, &mut self.names, (&batch, &known), self.options.enroll)?;
        self.summary.enrolled += lives.iter().filter(|new| new.enrolled.is_some()).count() as u64;
        let count = batch.events.len() as u32;
        let starts = (0..count.max(1)).step_by(SLICE as usize);
        let order = if self.lanes.is_empty() { Order::OfLog } else { Order::by_customer(&batch, &known) };
        self.under_way.push_back(UnderWay {
            batch: Arc::clone(&batch),
            known: Arc::clone(&known),
            hashes,
            contents,
            slices: starts.len(),
            recorded: vec![EventNumber::NONE; batch.events.len()],
            left: Vec::new(),
        });
        for start in starts {
            let job = Job {
                batch: Arc::clone(&batch),
                known: Arc::clone(&known),
                order: order.clone(),
                slice: start..count.min(start.saturating_add(SLICE)),
                shapes: std::mem::take(&mut shapes),
                lives: std::mem::take(&mut lives),
            };
            self.lanes.iter().for_each(|lane| lane.send(&job));
            self.billing.send(job);
        }
        self.record_all_but(UNDER_WAY)
    }

    /// What is known of a batch's events before they are billed.
    fn known(
        &mut self,
        batch: &Batch,
        hashes: &[Hashed],
        contents: &[Content],
        again: Option<&ReadAgain<'_>>,
    ) -> Result<Known, LedgerError> {
        let candidates = self.ids.candidates(&self.writer.tx, hashes)?;
        if self.under_way.iter().any(|earlier| earlier.has_any(&candidates)) {
            // What is to be compared with must be there.
            self.record_all_but(0)?;
        }
        let (connection, names) = (&*self.writer.tx, &self.names);
        let sameness =
            Sameness { of_content: self.options.has_content_ids, dropped: &self.dropped, spelled: &self.spelled };
        let voided = &mut self.voided;
        let mut comparing = Comparing { connection, engine: self.engine, names, voided, batch, hashes, sameness };
        let mut known = comparing.known(&self.ids, &candidates)?;
        if let Sink::Tally(tally) = &mut self.sink {
            tally.compare(comparing, contents, &candidates, again, &mut known);
        }
        Ok(known)
    }

    /// Records slices as they are billed until so many are left.
    fn record_all_but(&mut self, left: usize) -> Result<(), LedgerError> {
        while self.under_way.iter().map(|batch| batch.slices).sum::<usize>() > left {
            let Some(billed) = self.billing.receive() else { break };
            let billed = billed?;
            let batch = &self.under_way.front().expect("a slice is billed only of a batch that is under way").batch;
            for lane in &mut self.lanes {
                lane.receive(&billed, batch)?;
            }
            self.record(billed)?;
        }
        Ok(())
    }

    /// Records the slice that was billed next.
    fn record(&mut self, mut billed: Billed) -> Result<(), LedgerError> {
        let first = self.under_way.front_mut().expect("a slice is billed only of a batch that is under way");
        for (number, &index) in billed.first.and_following().zip(&billed.recorded) {
            first.recorded[index.place()] = number;
        }
        first.left.append(&mut billed.left);
        first.slices -= 1;
        let is_whole = first.slices == 0;
        self.sink.record(self.writer, &first.batch, &mut billed)?;
        if is_whole && let Some(whole) = self.under_way.pop_front() {
            self.end(whole)?;
        }
        Ok(())
    }

    /// Ends a batch all of whose slices are recorded.
    fn end(&mut self, whole: UnderWay) -> Result<(), LedgerError> {
        let UnderWay { batch, known, hashes, contents, recorded, left, .. } = whole;
        let refusals = self.refusals(&batch, &known, left);
        (self.on_recorded)(&batch, refusals);
        self.sink.remember(self.writer, &mut self.ids, &contents, &hashes, &recorded)?;
        if let (Some(spares), Some(batch)) = (&self.spares, Arc::into_inner(batch)) {
            // A reader that is gone has come to the log's end.
            let _ = spares.send(HashedBatch { batch, hashes, contents });
        }
        Ok(())
    }

    /// Counts what was not billed. Returns what can't be recorded, in the log's order.
    fn refusals(&mut self, batch: &Batch, known: &Known, left: Vec<(EventIndex, Left)>) -> Vec<Refusal> {
        for (event, _) in batch.events.iter().zip(&known.same).filter(|(_, same)| **same) {
            self.count_duplicate(event);
        }
        for &index in &known.voided {
            self.summary.voided += 1;
            self.summary.reach(batch.events[index.place()].occurred_at);
        }
        let stored = known.stored.iter().map(|(&index, other)| (index, Left::Stored(other.clone())));
        let left: BTreeMap<EventIndex, Left> = stored.chain(left).collect();
        let mut refusals = Vec::new();
        for (index, left) in left {
            let event = &batch.events[index.place()];
            let conflict = match left {
                Left::Stored(difference) => difference,
                Left::Twin(first) => {
                    difference_of_twins(self.sameness(), &self.names, batch, event, &batch.events[first.place()])
                }
                Left::Unknown => {
                    self.summary.invalid += 1;
                    let name = self.names.customer(event.customer).name.clone();
                    refusals.push(Refusal::new(event, index, Unrecordable::UnknownCustomer(name)));
                    continue;
                }
                Left::Refused(reason) => {
                    self.summary.invalid += 1;
                    refusals.push(Refusal::new(event, index, Unrecordable::OutOfRange(reason)));
                    continue;
                }
            };
            match conflict {
                None => self.count_duplicate(event),
                Some(conflict) => {
                    self.summary.conflict += 1;
                    refusals.push(Refusal::new(event, index, Unrecordable::Conflict(conflict)));
                }
            }
        }
        refusals
    }

    fn sameness(&self) -> Sameness<'_> {
        Sameness { of_content: self.options.has_content_ids, dropped: &self.dropped, spelled: &self.spelled }
    }

    fn count_duplicate(&mut self, event: &BatchEvent) {
        self.summary.duplicate += 1;
        self.summary.reach(event.occurred_at);
    }

    /// Records what is under way and stores the lives. `move_all` moves every subscriber on to the log's last instant;
    /// otherwise only the customers of the log have moved, each to their own last event.
    ///
    /// # Errors
    /// When the ledger can't be read or written.
    pub fn finish(self, move_all: bool) -> Result<ImportSummary, LedgerError> {
        let path = self.writer.path;
        self.end_log(move_all).map_err(|e| e.at(path))
    }

    /// Ends a what-if at the log's last instant.
    ///
    /// # Errors
    /// When a life can't go on.
    pub fn finish_lanes(self) -> Result<Lanes, LedgerError> {
        let path = self.writer.path;
        self.end_lanes().map_err(|e| e.at(path))
    }

    fn end_lanes(mut self) -> Result<Lanes, LedgerError> {
        self.record_all_but(0)?;
        let Self { writer, billing, lanes, names, summary: own, .. } = self;
        let mut base = billing.finish();
        own.span.into_iter().flat_map(|(first, last)| [first, last]).for_each(|at| base.summary.reach(at));
        let last = base.summary.span.map(|(_, last)| last);
        let base = lane::end(base, last, Otherwise::default())?;
        let summary = own.with_billed(base.summary.clone());
        let others = side_by_side(lanes, |lane| lane.end(last));
        let ends = std::iter::once(Ok(base)).chain(others).collect::<Result<_, LedgerError>>()?;
        Ok(Lanes { summary, ends, customers: names.into_customers(), vendors: vendor::all(&writer.tx)? })
    }

    fn end_log(mut self, move_all: bool) -> Result<ImportSummary, LedgerError> {
        self.record_all_but(0)?;
        self.sink.store_ids(self.writer, &mut self.ids)?;
        let Self { writer, engine, billing, sink, options, summary: own, .. } = self;
        let mut billing = billing.finish();
        own.span.into_iter().flat_map(|(first, last)| [first, last]).for_each(|at| billing.summary.reach(at));
        billing.sum_up();
        let last = billing.summary.span.map(|(_, last)| last);
        let mut facts = billing.end(last.filter(|_| move_all))?;
        sink.finish(writer, &mut billing, &mut facts)?;
        *engine = billing.engine;
        if let Some(last) = last {
            if move_all {
                let moved: FxHashSet<CustomerId> = billing.lives.iter().map(|life| life.customer).collect();
                let others = writer.advance_others(engine, last, &moved, options.is_trial)?;
                billing.summary.fell_due.join(others.fell_due);
            }
            if !options.is_trial {
                meta::raise_horizon(&writer.tx, last)?;
            }
        }
        let lives = billing.lives;
        // Nobody has to wait until ten thousand of them are freed, piece by piece.
        // Where no thread can be started, they are freed at once.
        let _ = std::thread::Builder::new().spawn(move || drop(lives));
        Ok(own.with_billed(billing.summary))
    }
}

#[cfg(test)]
mod tests;
