//! Does a ledger's history again under some terms, in lives of its own that are thrown away. What becomes of it is told to a
//! witness. The base compares each thing with what the ledger has.

use super::check;
use super::difference::Differing;
use super::left_out::{LeftOut, WhyLeftOut};
use super::own::{Kept, Own};
use super::reported::Reported;
use super::since::Later;
use super::work::{Chunk, Event, Work};
use crate::billing::{
    BillError, Broken, DenialReason, Engine, EventFact, EventInput, Facts, Life, LifeError, Status, Step,
};
use crate::ids::{CustomerId, CustomerIndex, EventNumber, ShapeIndex};
use crate::ledger::LedgerError;
use crate::ledger::import::names::LogShape;
use crate::ledger::import::warm::NEAR;
use crate::ledger::import::{Became, Outcome, Witness, Witnessed};
use crate::money::{Decimal, Total};
use crate::time::Instant;
use rustc_hash::FxHashMap;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender};

/// Rollups that are kept before they are told.
const ROLLUPS: usize = 1 << 15;

/// What a lane is sent.
pub(super) enum Message {
    /// Other terms hold from now on; and those before, in a lane that has its own from an instant on.
    Terms(Box<Engine>, Option<Box<Engine>>),
    Chunk(Arc<Chunk>),
}

/// How many events became what.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Events whose fees were taken.
    pub charged: u64,
    /// Events whose fees could not be covered.
    pub denied: u64,
    /// Events that no price made a fee of.
    pub unpriced: u64,
    /// Automatic payments.
    pub auto_topups: u64,
}

/// Why a lane stopped.
pub(super) enum Stop {
    /// It came out otherwise than the ledger has it: for whom, and what.
    Differs(CustomerId, Box<Differing>),
    Failed(LedgerError),
}

impl From<LifeError> for Stop {
    fn from(error: LifeError) -> Self {
        Self::Failed(error.into())
    }
}

impl From<Broken> for Stop {
    fn from(error: Broken) -> Self {
        LifeError::from(error).into()
    }
}

/// What has become of events that something was done to, by the record that each was first.
pub(super) type Corrected = FxHashMap<EventNumber, Outcome>;

pub(super) struct Lane {
    pub engine: Engine,
    /// What it takes to have these terms from an instant on, if it does not from the start.
    pub later: Option<Later>,
    /// Whether it must come out as the ledger has it.
    pub is_base: bool,
    /// Whether anything is ever done to events: then lives keep what that needs.
    keeps_all: bool,
    /// Whether everybody pays by the terms' rules.
    has_own_rules: bool,
    pub owns: Vec<Own>,
    pub shapes: Vec<Arc<LogShape>>,
    pub kept: FxHashMap<EventNumber, Kept>,
    /// What has become so far of events that something is done to later.
    corrected: Corrected,
    touched: Vec<CustomerIndex>,
    /// What comes of an event: few events bring about anything else.
    billed: Facts,
    /// How many terms there were.
    terms: usize,
    pub witnessed: Witnessed,
    /// What reports would read, in the base.
    reported: Reported,
    outcomes: Sender<Vec<Outcome>>,
    pub counts: Counts,
    pub left_out: Vec<LeftOut>,
}

/// What has become of a lane.
pub(super) struct End {
    pub engine: Engine,
    pub later: Option<Later>,
    pub witness: Box<dyn Witness>,
    /// What reports would read; nothing but in the base.
    pub reported: Reported,
    pub counts: Counts,
    pub left_out: Vec<LeftOut>,
    pub corrected: Corrected,
    pub lives: Vec<Life>,
}

impl Lane {
    pub fn new(
        (engine, later): (Engine, Option<Later>),
        is_base: bool,
        (keeps_all, has_own_rules): (bool, bool),
        witness: Box<dyn Witness>,
        outcomes: Sender<Vec<Outcome>>,
    ) -> Self {
        Self {
            engine,
            later,
            is_base,
            keeps_all,
            has_own_rules,
            owns: Vec::new(),
            shapes: Vec::new(),
            kept: FxHashMap::default(),
            corrected: Corrected::default(),
            touched: Vec::new(),
            billed: Facts::default(),
            terms: 0,
            witnessed: Witnessed::new(witness),
            reported: Reported::default(),
            outcomes,
            counts: Counts::default(),
            left_out: Vec::new(),
        }
    }

    /// Does what is sent until nothing is any more.
    pub fn run(mut self, messages: Receiver<Message>) -> Result<End, Stop> {
        for message in messages {
            match message {
                Message::Terms(engine, before) => self.set_terms(*engine, before.map(|before| *before)),
                Message::Chunk(chunk) => {
                    self.chunk(&chunk)?;
                    // A receiver that is gone needs none.
                    let _ = self.outcomes.send(self.witnessed.take_outcomes());
                }
            }
        }
        self.come_to_end()?;
        self.end()?;
        self.tell_rollups();
        let Self { engine, later, witnessed, reported, counts, left_out, corrected, owns, .. } = self;
        let lives = owns.into_iter().map(|own| own.life).collect();
        Ok(End { engine, later, witness: witnessed.witness, reported, counts, left_out, corrected, lives })
    }

    fn set_terms(&mut self, mut engine: Engine, before: Option<Engine>) {
        // Numbers go on.
        engine.numbers = self.engine.numbers;
        self.engine = engine;
        if let (Some(later), Some(before)) = (&mut self.later, before) {
            later.before = before;
        }
        self.terms += 1;
    }

    fn chunk(&mut self, chunk: &Chunk) -> Result<(), Stop> {
        for shape in &chunk.shapes {
            self.witnessed.witness.shape(shape.id, &shape.shape);
            self.shapes.push(Arc::new(shape.clone()));
        }
        chunk.work.iter().try_for_each(|work| self.work(chunk, work))
    }

    fn work(&mut self, chunk: &Chunk, work: &Work) -> Result<(), Stop> {
        match work {
            Work::Add(customer, is_refunded) => self.add(*customer, *is_refunded),
            Work::Expect(place, facts) => {
                self.touch(*place);
                // Others need the numbers that subscriptions have.
                if self.is_base || !facts.subscriptions.is_empty() {
                    let own = &mut self.owns[place.place()];
                    own.expected.clone_from(facts);
                    own.is_expecting = true;
                }
            }
            Work::Step(_, Step::Rule { .. }) if self.has_own_rules => {}
            Work::Step(place, step) => self.step(*place, step)?,
            Work::Bill(range) => {
                let shapes = std::mem::take(&mut self.shapes);
                let done = chunk.events[range.clone()].chunks(NEAR).try_for_each(|near| {
                    self.warm(chunk, near, &shapes);
                    near.iter().try_for_each(|event| self.bill(chunk, event, &shapes))
                });
                self.shapes = shapes;
                done?;
            }
            Work::Refund(place, refund) => self.refund(*place, refund)?,
            Work::Void(place, range) => self.void(chunk, *place, range.clone())?,
            Work::Rebill(place, rebill) => self.rebill(chunk, *place, rebill)?,
            Work::Move(to) => self.move_everybody(*to)?,
            Work::End => self.end()?,
        }
        Ok(())
    }

    fn add(&mut self, customer: CustomerId, is_refunded: bool) {
        self.owns.push(Own::new(customer, is_refunded, self.terms));
        if let Some(later) = &mut self.later {
            later.renumbered.push(Vec::new());
        }
    }

    /// Something happens to a customer in the running operation. As after loading, it is said anew when time next changes
    /// something.
    pub fn touch(&mut self, place: CustomerIndex) {
        let own = &mut self.owns[place.place()];
        if !std::mem::replace(&mut own.is_touched, true) {
            self.touched.push(place);
            if std::mem::replace(&mut own.ordered_by, self.terms) != self.terms {
                let before = self.later.as_ref().filter(|_| !own.has_changed).map(|later| &later.before);
                own.life.sort_accounts(before.unwrap_or(&self.engine).burn_order());
            }
            self.engine.refresh_due(&mut own.life);
        }
    }

    /// Something that a customer does, under the numbers that the ledger has for it.
    pub fn step_of<T>(&mut self, place: CustomerIndex, step: impl FnOnce(&mut Engine, &mut Own) -> T) -> T {
        self.touch(place);
        let own = &mut self.owns[place.place()];
        if self.is_base {
            own.number(&mut self.engine.numbers);
        }
        match &mut self.later {
            Some(later) if !own.has_changed => later.before(&mut self.engine, |before| step(before, own)),
            _ => step(&mut self.engine, own),
        }
    }

    /// What a scenario's ledger would refuse is left out; the base's has not refused it.
    pub fn leave_out(&mut self, place: CustomerIndex, step: &'static str, reason: WhyLeftOut) -> Result<(), Stop> {
        let customer = self.owns[place.place()].life.customer;
        if self.is_base {
            return Err(Stop::Differs(customer, Box::new(Differing::Refused(step, reason))));
        }
        self.left_out.push(LeftOut { step, customer, reason });
        Ok(())
    }

    fn bill(&mut self, chunk: &Chunk, event: &Event, shapes: &[Arc<LogShape>]) -> Result<(), Stop> {
        let place = event.customer;
        self.come_to(place, event.fact.occurred_at)?;
        self.engine.numbers.event = event.fact.seq;
        let shape = &shapes[event.content.shape.place()];
        let input = input(shape, &chunk.numbers[event.content.numbers as usize..], event.fact.occurred_at);
        self.touch(place);
        let own = &mut self.owns[place.place()];
        if self.is_base && own.is_expecting {
            own.number(&mut self.engine.numbers);
        }
        let billed = match &mut self.later {
            Some(later) if !own.has_changed => {
                later.before(&mut self.engine, |before| before.bill(&mut own.life, input, &mut self.billed))
            }
            _ => self.engine.bill(&mut own.life, input, &mut self.billed),
        };
        match billed {
            Ok(_) => {}
            Err(BillError::Life(error)) => return Err(error.into()),
            Err(error) => {
                self.witnessed.leave_out();
                if event.is_kept {
                    self.correct(event.fact.seq, Became::Denied)?;
                }
                return self.leave_out(place, "usage event", error.into());
            }
        }
        let fact = self.billed.events.pop().ok_or(Broken::Event(event.fact.seq))?;
        let denial = self.billed.denials.pop();
        if has_any(&self.billed) {
            own.produced.append(std::mem::take(&mut self.billed));
        }
        if self.is_base
            && let Some(what) = check::event((&event.fact, event.denial.as_ref()), (&fact, denial.as_ref()))
        {
            return Err(Stop::Differs(own.life.customer, Box::new(what)));
        }
        match fact.status {
            Status::Charged => self.counts.charged += 1,
            Status::Denied => self.counts.denied += 1,
            Status::Unpriced(_) => self.counts.unpriced += 1,
        }
        let denied = denial.map(|denial| denial.reason);
        self.tell(place, event.content.shape, &fact, denied)?;
        self.note_ends(place, &fact, None)?;
        if event.is_kept { self.keep((chunk, event), shape, fact, denied) } else { Ok(()) }
    }

    /// Keeps what became of an event for what corrects it later.
    fn keep(
        &mut self,
        (chunk, event): (&Chunk, &Event),
        shape: &LogShape,
        fact: EventFact,
        denied: Option<DenialReason>,
    ) -> Result<(), Stop> {
        let numbers = chunk.numbers[event.content.numbers as usize..][..shape.shape.number_count()].into();
        let shape = event.content.shape;
        let (first, became) = (fact.seq, fact.status.into());
        self.kept.insert(first, Kept { fact, denied, shape, numbers, first, taken_back: None });
        self.correct(first, became)
    }

    /// Notes what was counted at the end, if events may have their places again later.
    pub fn note_ends(
        &mut self,
        place: CustomerIndex,
        fact: &EventFact,
        instead_of: Option<&EventFact>,
    ) -> Result<(), Stop> {
        if self.keeps_all {
            let own = &mut self.owns[place.place()];
            let before = self.later.as_ref().filter(|_| !own.has_changed).map(|later| &later.before);
            before.unwrap_or(&self.engine).note_ends(&own.life, fact, instead_of, &mut own.past.ends)?;
        }
        Ok(())
    }

    /// Tells the witness of an event, and why it is or was denied.
    pub fn tell(
        &mut self,
        place: CustomerIndex,
        shape: ShapeIndex,
        fact: &EventFact,
        denied: Option<DenialReason>,
    ) -> Result<(), Stop> {
        fact.check()?;
        let own = &self.owns[place.place()];
        let (life, before) = (&own.life, self.later.as_ref().filter(|_| !own.has_changed).map(|later| &later.before));
        let version_of = |id| life.subscriptions.iter().find(|own| own.id == id).map(|own| own.version);
        let added = self.witnessed.add(fact, (place, shape), version_of);
        added.map_err(|error| Stop::Failed(LedgerError::Sum { event: fact.seq, error }))?;
        self.witnessed.witness.event(fact, denied, life, before.unwrap_or(&self.engine));
        if self.witnessed.rollups.count() >= ROLLUPS {
            self.tell_rollups();
        }
        Ok(())
    }

    /// Tells the witness what events have come to since it was told last.
    fn tell_rollups(&mut self) {
        for rollup in self.witnessed.rollups.take() {
            if self.is_base {
                self.reported.add(&rollup);
            }
            self.witnessed.witness.rollup(&rollup);
        }
    }

    /// What was told last is of an event that something is done to: how much that comes to may differ between lanes, so
    /// what has become of each event is compared at the end.
    pub fn correct(&mut self, first: EventNumber, became: Became) -> Result<(), Stop> {
        let Outcome { earned, .. } = self.witnessed.pop_outcome().ok_or(Broken::Event(first))?;
        let own = self.corrected.entry(first).or_insert(Outcome { became, earned: Total::ZERO });
        own.became = became;
        own.earned += earned;
        Ok(())
    }

    fn move_everybody(&mut self, to: Instant) -> Result<(), Stop> {
        let all: Vec<CustomerIndex> = CustomerIndex::each(&self.owns).map(|(place, _)| place).collect();
        for place in all {
            self.come_to(place, to)?;
            let own = &mut self.owns[place.place()];
            if own.life.due() > to && !own.is_touched {
                own.life.clock = own.life.clock.max(to);
                continue;
            }
            self.step_of(place, |engine, own| engine.advance(&mut own.life, to, &mut own.produced))?;
        }
        Ok(())
    }

    /// The running operation is over: what it came to is compared, and told.
    fn end(&mut self) -> Result<(), Stop> {
        let mut all = Facts::default();
        for place in std::mem::take(&mut self.touched) {
            let own = &mut self.owns[place.place()];
            (own.is_touched, own.is_expecting) = (false, false);
            let (expected, produced) = (std::mem::take(&mut own.expected), std::mem::take(&mut own.produced));
            if self.is_base
                && let Some(what) = check::facts(&expected, &produced)
            {
                return Err(Stop::Differs(own.life.customer, Box::new(what)));
            }
            if let Some(paid) = &mut own.paid {
                paid.add(&produced);
            }
            if self.keeps_all {
                produced.repayments.iter().try_for_each(|repaid| own.past.repay(repaid))?;
                let lost = produced.expiries.iter().try_for_each(|expired| own.past.lose(expired));
                lost.map_err(|overflow| LifeError::Overflow(own.life.customer, overflow))?;
            } else if own.paid.is_none() {
                own.life.forget_used_up();
            }
            self.counts.auto_topups += produced.topups.iter().filter(|topup| topup.key.is_none()).count() as u64;
            all.append(produced);
        }
        all.check()?;
        self.witnessed.witness.facts(all);
        Ok(())
    }
}

/// Whether anything but events has happened.
fn has_any(facts: &Facts) -> bool {
    let others = facts.topups.len() + facts.payments.len() + facts.rollovers.len() + facts.subscriptions.len();
    !facts.is_still() || others + facts.ends.len() + facts.adjustments.len() + facts.refunds.len() > 0
}

/// An event as billing takes it. `numbers` begin with its own.
pub(super) fn input<'a>(shape: &'a LogShape, numbers: &'a [Decimal], occurred_at: Instant) -> EventInput<'a> {
    let (volumes, rest) = numbers.split_at(shape.shape.volumes.len());
    EventInput {
        shape_id: shape.id,
        shape: &shape.shape,
        vendors: &shape.vendors,
        occurred_at,
        volumes,
        costs: &rest[..shape.shape.vendors.len()],
    }
}
