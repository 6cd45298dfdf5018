//! Bills new events against lives in memory. This stage never sees SQLite. It has a thread of its own, which is sent what
//! it needs and sends back facts.

use super::failure::BillingFailure;
use super::known::{Conflict, Known};
use super::later::{Later, Switch};
use super::lives::NewLife;
use super::names::LogShape;
use super::order::Order;
use super::ready::Ready;
use super::summary::{ImportSummary, MostUnpriced};
use super::warm::{NEAR, Need, touch_events, warm};
use super::witness::Outcome;
use crate::billing::{
    BillError, Broken, Engine, EventFact, Facts, Life, LifeError, Rollup, Status, SubscriptionError, Unpriced,
};
use crate::ids::{EventIndex, EventNumber, LifeIndex, ShapeId, ShapeIndex, VersionId};
use crate::time::Instant;
use crate::usage::{Batch, BatchEvent};
use rustc_hash::FxHashMap;
use smallvec::SmallVec;
use std::cell::RefCell;
use std::cmp::Reverse;
use std::collections::{BTreeMap, VecDeque};
use std::ops::Range;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel, sync_channel};
use std::thread::JoinHandle;

/// Slices that may wait to be appended, so that billing goes on while the next batch's ids are looked up.
const AHEAD: usize = 16;

/// What is billed next: some of a batch's events.
pub(super) struct Job {
    pub batch: Arc<Batch>,
    pub known: Arc<Known>,
    pub order: Order,
    /// Which of the batch's events in that order.
    pub slice: Range<u32>,
    /// Shapes first seen in these events; they continue the numbering.
    pub shapes: Vec<LogShape>,
    /// Lives that these events need and that are not there yet.
    pub lives: Vec<NewLife>,
}

/// Billing on a thread of its own; or, where the system starts no more threads, whenever a job is sent.
pub(super) enum BillingThread {
    Beside { jobs: Sender<Job>, billed: Receiver<Result<Billed, BillingFailure>>, thread: JoinHandle<Billing> },
    Here { billing: Box<RefCell<Billing>>, billed: RefCell<VecDeque<Result<Billed, BillingFailure>>> },
}

impl BillingThread {
    /// Billing by an engine, which makes events ready as the sink wants them.
    pub fn start(engine: Engine, later: Option<Later>, ready: Ready) -> Self {
        let billing = Billing::new(engine, later, ready);
        let (jobs, waiting) = channel::<Job>();
        let (sender, billed) = sync_channel(AHEAD);
        // Handed over once the thread is there: one that can't be started would take it along.
        let (hand_over, handed) = channel::<Billing>();
        let thread = std::thread::Builder::new().spawn(move || {
            let mut billing = handed.recv().expect("a thread that was started is given its billing");
            for job in waiting {
                // A receiver that is gone has failed already, and says why.
                if sender.send(billing.bill(job)).is_err() {
                    break;
                }
            }
            billing
        });
        match thread {
            Ok(thread) => {
                // A thread that is gone has panicked, which `finish` passes on.
                let _ = hand_over.send(billing);
                Self::Beside { jobs, billed, thread }
            }
            Err(_) => Self::Here { billing: Box::new(billing.into()), billed: RefCell::default() },
        }
    }

    /// Has these events billed. What becomes of them is received in the order in which they were sent.
    pub fn send(&self, job: Job) {
        match self {
            // A thread that is gone has panicked, which the next `receive` or `finish` passes on.
            Self::Beside { jobs, .. } => drop(jobs.send(job)),
            Self::Here { billing, billed } => billed.borrow_mut().push_back(billing.borrow_mut().bill(job)),
        }
    }

    /// What became of the oldest job that was not received yet; `None` when there is none.
    pub fn receive(&self) -> Option<Result<Billed, BillingFailure>> {
        match self {
            Self::Beside { billed, .. } => billed.recv().ok(),
            Self::Here { billed, .. } => billed.borrow_mut().pop_front(),
        }
    }

    /// The end of billing. Panics only where the thread has.
    pub fn finish(self) -> Billing {
        match self {
            Self::Beside { jobs, thread, .. } => {
                drop(jobs);
                thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            }
            Self::Here { billing, .. } => billing.into_inner(),
        }
    }
}

/// What billing keeps from job to job.
pub(super) struct Billing {
    pub engine: Engine,
    /// The lives' change to the engine's terms, if these hold from an instant on.
    pub switch: Option<Switch>,
    pub lives: Vec<Life>,
    /// For each customer of the log the index of their life, once it is there.
    lives_of: Vec<Option<LifeIndex>>,
    /// With how many events of each were billed.
    shapes: Vec<(LogShape, u64)>,
    facts: Facts,
    pub ready: Ready,
    pub summary: ImportSummary,
    /// Unpriced events by reason and shape.
    unpriced: FxHashMap<(Unpriced, ShapeIndex), u64>,
    /// Of the events of the batch that share an id: the first, and which of them was recorded. The others are compared with
    /// that one.
    of_id: FxHashMap<EventIndex, EventIndex>,
}

/// Events of a batch that were billed.
pub(super) struct Billed {
    /// The events that were billed; none when nothing is to be recorded.
    pub events: Vec<EventFact>,
    /// Their indexes in the batch. They are numbered one after the other from `first` on.
    pub recorded: Vec<EventIndex>,
    pub first: EventNumber,
    /// Events that were not billed, with their indexes, beside those that are stored already.
    pub left: Vec<(EventIndex, Left)>,
    /// What happened beside events.
    pub facts: Facts,
    /// What these events and those before come to, if there are enough of them.
    pub rollups: Vec<Rollup>,
    /// What became of each of `recorded`, if that is to be compared.
    pub outcomes: Vec<Outcome>,
}

/// Why an event was not billed.
#[derive(Debug, Clone)]
pub(super) enum Left {
    /// Its id is stored: how it differs, if it does.
    Stored(Option<Box<Conflict>>),
    /// Another event of the batch has its id and was recorded: that one's index.
    Twin(EventIndex),
    /// Nobody knows its customer.
    Unknown,
    /// Its numbers are beyond the ledger.
    Refused(Box<BillError>),
}

/// The event that was billed last. One that was billed is always among the facts.
fn just_billed<'f>(facts: &'f Facts, engine: &Engine) -> Result<&'f EventFact, LifeError> {
    facts.events.last().ok_or(LifeError::Broken(Broken::Event(engine.numbers.event)))
}

impl Billing {
    fn new(engine: Engine, later: Option<Later>, ready: Ready) -> Self {
        Self {
            engine,
            switch: later.map(Switch::new),
            lives: Vec::new(),
            lives_of: Vec::new(),
            shapes: Vec::new(),
            facts: Facts::default(),
            ready,
            summary: ImportSummary::default(),
            unpriced: FxHashMap::default(),
            of_id: FxHashMap::default(),
        }
    }

    /// Takes in a customer's life, and subscribes them if they are new.
    fn add(&mut self, new: NewLife) -> Result<(), BillingFailure> {
        let NewLife { customer, mut life, enrolled } = new;
        let (engine, facts) = (&mut self.engine, &mut self.facts);
        let subscribed = match (&mut self.switch, enrolled) {
            (Some(switch), enrolled) => switch.add(engine, &mut life, enrolled, facts),
            (None, Some(terms)) => engine.subscribe(&mut life, terms, None, facts).map(drop),
            (None, None) => Ok(()),
        };
        subscribed.map_err(|error| match error {
            SubscriptionError::Life(error) => BillingFailure::Life(error),
            error => BillingFailure::Subscription(error),
        })?;
        let customer = customer.place();
        self.lives_of.resize(self.lives_of.len().max(customer + 1), None);
        self.lives_of[customer] = LifeIndex::at(self.lives.len());
        self.lives.push(life);
        Ok(())
    }

    /// Bills the events that are not known yet, in their order.
    ///
    /// # Errors
    /// Why nothing of the log can be recorded: a new customer can't be subscribed, or an event earned more than can be
    /// counted.
    fn bill(&mut self, job: Job) -> Result<Billed, BillingFailure> {
        let Job { batch, known, order, slice, shapes, lives } = job;
        if let Some(witnessed) = self.ready.witnessed() {
            shapes.iter().for_each(|shape| witnessed.witness.shape(shape.id, &shape.shape));
        }
        self.shapes.extend(shapes.into_iter().map(|shape| (shape, 0)));
        lives.into_iter().try_for_each(|life| self.add(life))?;
        if slice.start == 0 {
            self.of_id.clear();
        }
        let first = self.engine.numbers.event;
        if self.ready.keeps_events() {
            self.facts.events.reserve(slice.len());
        }
        let (mut recorded, mut left) = (Vec::with_capacity(slice.len()), Vec::new());
        for place in slice.clone() {
            if (place - slice.start).is_multiple_of(NEAR as u32) {
                let near = place..slice.end.min(place + NEAR as u32);
                self.warm(&batch, near.map(|place| order.index(place)));
            }
            let index = order.index(place);
            if known.is_stored(index) {
                continue;
            }
            match self.bill_next(&batch, &known, index)? {
                Ok(()) => recorded.push(index),
                Err(why) => {
                    self.ready.leave_out();
                    left.push((index, why));
                }
            }
        }
        let mut facts = std::mem::take(&mut self.facts);
        let events = std::mem::take(&mut facts.events);
        self.count_others(&facts);
        if let Some(witnessed) = self.ready.witnessed() {
            facts.check().map_err(LifeError::from)?;
            witnessed.witness.facts(std::mem::take(&mut facts));
        }
        let (rollups, outcomes) = (self.ready.many_rollups(), self.ready.take_outcomes());
        Ok(Billed { events, recorded, first, left, facts, rollups, outcomes })
    }

    /// The index of the life of an event's customer, if it is there.
    fn life_of(&self, event: &BatchEvent) -> Option<LifeIndex> {
        self.lives_of.get(event.customer.place()).copied().flatten()
    }

    /// Bills one event of a batch, which is not stored; or says why it was left.
    fn bill_next(
        &mut self,
        batch: &Batch,
        known: &Known,
        index: EventIndex,
    ) -> Result<Result<(), Left>, BillingFailure> {
        if let Some(&twin) = known.twins.get(&index).and_then(|first| self.of_id.get(first)) {
            return Ok(Err(Left::Twin(twin)));
        }
        let event = &batch.events[index.place()];
        let life = match self.bill_event(batch, event)? {
            Ok(life) => life,
            Err(why) => return Ok(Err(why)),
        };
        self.make_ready(life, event)?;
        if !known.twins.is_empty() {
            self.of_id.insert(known.twins.get(&index).copied().unwrap_or(index), index);
        }
        Ok(Ok(()))
    }

    /// Fetches what billing these events will need.
    fn warm(&self, batch: &Batch, indexes: impl Iterator<Item = EventIndex>) {
        let events: SmallVec<[&BatchEvent; NEAR]> = indexes.map(|index| &batch.events[index.place()]).collect();
        touch_events(&events);
        let need = |event: &BatchEvent| {
            let life = &self.lives[self.life_of(event)?.place()];
            let input = self.shapes[event.shape.place()].0.input(batch, event);
            Some(Need { customer: event.customer, life, input })
        };
        let needs: SmallVec<[Need<'_>; NEAR]> = events.iter().copied().filter_map(need).collect();
        warm(&self.engine, |customer| self.ready.latest_rollup_of(customer), &needs);
    }

    /// Makes the event that was just billed to that life ready to be recorded.
    fn make_ready(&mut self, life: LifeIndex, event: &BatchEvent) -> Result<(), BillingFailure> {
        let fact = just_billed(&self.facts, &self.engine)?;
        let held = &self.lives[life.place()].subscriptions;
        fact.check().map_err(LifeError::from)?;
        let version_of = |id| held.iter().find(|held| held.id == id).map(|held| held.version);
        let added = self.ready.add(fact, event, version_of);
        added.map_err(|error| BillingFailure::of_sum(fact.seq, error))?;
        if let Some(witnessed) = self.ready.witnessed() {
            let engine = engine_of(self.switch.as_ref(), life, &self.engine);
            let denied = self.facts.denials.last().filter(|denial| denial.event == fact.seq);
            witnessed.witness.event(fact, denied.map(|denial| denial.reason), &self.lives[life.place()], engine);
        }
        if !self.ready.keeps_events() {
            self.facts.events.clear();
        }
        Ok(())
    }

    /// Bills an event, which becomes the only one of `self.facts`, and counts it. Returns the index of the life that it was
    /// billed to, or why it was left.
    fn bill_event(&mut self, batch: &Batch, event: &BatchEvent) -> Result<Result<LifeIndex, Left>, BillingFailure> {
        let Some(index) = self.life_of(event) else { return Ok(Err(Left::Unknown)) };
        let life = &mut self.lives[index.place()];
        let (slot, count) = &mut self.shapes[event.shape.place()];
        let input = slot.input(batch, event);
        let billed = match &mut self.switch {
            None => self.engine.bill(life, input, &mut self.facts),
            Some(switch) => switch.bill(&mut self.engine, (index, life), input, &mut self.facts),
        };
        match billed {
            Err(BillError::Life(error)) => return Err(error.into()),
            Err(error) => return Ok(Err(Left::Refused(Box::new(error)))),
            Ok(_) => {}
        }
        let fact = just_billed(&self.facts, &self.engine)?;
        *count += 1;
        self.summary.reach(event.occurred_at);
        match fact.status {
            Status::Charged => self.summary.charged += 1,
            Status::Denied => self.summary.denied += 1,
            Status::Unpriced(reason) => {
                self.summary.unpriced += 1;
                *self.unpriced.entry((reason, event.shape)).or_default() += 1;
            }
        }
        self.summary.late += u64::from(fact.posted_at.is_some());
        if fact.status == Status::Charged {
            for fee in &fact.fees {
                let (asset, _) = self.engine.fee_price(life, fee).map_err(LifeError::from)?;
                let mut take = |asset, amount| *self.summary.fees.entry(asset).or_default() += amount;
                let Some(overage) = fee.overage else {
                    take(asset, fee.amount);
                    continue;
                };
                let other = self.engine.overage_asset(life, fee).map_err(LifeError::from)?;
                let other = other.ok_or(LifeError::Broken(Broken::Fee(fee.subscription)))?;
                take(asset, fee.amount - overage.units);
                take(other, overage.amount);
            }
        }
        Ok(Ok(index))
    }

    /// Moves everybody of the log on to an instant, if one is given. Returns what happens until then.
    pub fn end(&mut self, move_to: Option<Instant>) -> Result<Facts, BillingFailure> {
        let mut facts = Facts::default();
        match (move_to, &mut self.switch) {
            (Some(last), Some(switch)) => switch.end(&mut self.engine, &mut self.lives, last, &mut facts)?,
            (Some(last), None) => {
                self.lives.iter_mut().try_for_each(|life| self.engine.advance(life, last, &mut facts))?;
            }
            (None, _) => {}
        }
        self.count_others(&facts);
        Ok(facts)
    }

    /// Whether lives have come to what can be, under the terms of each.
    pub fn check_lives(&self) -> Result<(), Broken> {
        let mut lives = LifeIndex::each(&self.lives);
        lives.try_for_each(|(index, life)| engine_of(self.switch.as_ref(), index, &self.engine).check_life(life))
    }

    /// Counts what happened beside events.
    fn count_others(&mut self, facts: &Facts) {
        self.summary.auto_topups += facts.topups.len() as u64;
        self.summary.fell_due.add(facts);
        for denial in &facts.denials {
            *self.summary.denial_reasons.entry((denial.reason.name(), denial.asset)).or_default() += 1;
        }
    }

    pub fn sum_up(&mut self) {
        self.summary.shapes = self.shapes.iter().map(|(slot, billed)| (Arc::clone(&slot.shape), *billed)).collect();
        for (&(reason, _), &count) in &self.unpriced {
            *self.summary.unpriced_reasons.entry(reason).or_default() += count;
        }
        self.summary.most_unpriced = self.most_unpriced();
        self.summary.asked = self.asked();
        let Some((_, last)) = self.summary.span else { return };
        let waits = |life: &&Life| {
            life.accounts.iter().flat_map(|(_, account)| account.lots()).any(|lot| lot.effective_at > last)
        };
        self.summary.paid_too_late = self.lives.iter().filter(waits).count() as u64;
    }

    /// The versions that events were billed under, by the shapes of these.
    fn asked(&self) -> Vec<(usize, VersionId)> {
        let billed = self.shapes.iter().enumerate().filter(|(_, (_, count))| *count > 0);
        let places: FxHashMap<ShapeId, usize> = billed.map(|(place, (slot, _))| (slot.id, place)).collect();
        let asked = self.engine.asked().filter_map(|(version, shape)| Some((*places.get(&shape)?, version)));
        let mut asked: Vec<_> = asked.collect();
        asked.sort_unstable();
        asked
    }

    /// The reasons for unpriced events; of those that are as frequent, the one nearest to a price comes first.
    fn most_unpriced(&self) -> Vec<MostUnpriced> {
        let mut reasons: Vec<_> =
            self.summary.unpriced_reasons.iter().map(|(&reason, &count)| (count, reason)).collect();
        reasons.sort_unstable_by(|one, other| other.cmp(one));
        reasons.into_iter().filter_map(|(count, reason)| self.unpriced_for(reason, count)).collect()
    }

    /// The commonest kind of event that is unpriced for a reason. Events of one type with the same dimension values are alike,
    /// whatever other fields and costs they have. Of two kinds that are as frequent, the earlier one in the log counts.
    fn unpriced_for(&self, reason: Unpriced, count: u64) -> Option<MostUnpriced> {
        let mut kinds: BTreeMap<_, (u64, (u64, Reverse<ShapeIndex>))> = BTreeMap::new();
        for (&(_, index), &own) in self.unpriced.iter().filter(|((other, _), _)| *other == reason) {
            let shape = &self.shapes[index.place()].0.shape;
            let kind = kinds.entry((&shape.event_type, &shape.dimensions)).or_insert((0, (own, Reverse(index))));
            *kind = (kind.0 + own, kind.1.max((own, Reverse(index))));
        }
        let (alike, (_, Reverse(index))) = kinds.into_values().max_by_key(|&(alike, (_, first))| (alike, first))?;
        Some(MostUnpriced { reason, count, alike, shape: Arc::clone(&self.shapes[index.place()].0.shape) })
    }
}

/// The terms that the life of that index has.
fn engine_of<'e>(switch: Option<&'e Switch>, index: LifeIndex, engine: &'e Engine) -> &'e Engine {
    switch.map_or(engine, |switch| switch.engine_of(index, engine))
}
