//! Does a ledger's history again under some terms, in lives of its own that are thrown away. What becomes of it is told to a
//! witness. The base compares each thing with what the ledger has.

use super::difference::Differing;
use super::left_out::{LeftOut, WhyLeftOut};
use super::own::{Kept, Own};
use super::reported::Reported;
use super::since::Later;
use super::work::Chunk;
use crate::billing::{Broken, DenialReason, Engine, EventFact, EventInput, Facts, Life, LifeError};
use crate::ids::{CustomerId, CustomerIndex, EventNumber, ShapeIndex};
use crate::ledger::LedgerError;
use crate::ledger::import::names::LogShape;
use crate::ledger::import::{Became, Outcome, Witness, Witnessed};
use crate::money::{Decimal, Total};
use crate::time::Instant;
use rustc_hash::FxHashMap;
use std::sync::Arc;
use std::sync::mpsc::Sender;

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
    pub keeps_all: bool,
    /// Whether everybody pays by the terms' rules.
    pub has_own_rules: bool,
    pub owns: Vec<Own>,
    pub shapes: Vec<Arc<LogShape>>,
    pub kept: FxHashMap<EventNumber, Kept>,
    /// What has become so far of events that something is done to later.
    pub corrected: Corrected,
    pub touched: Vec<CustomerIndex>,
    /// What comes of an event: few events bring about anything else.
    pub billed: Facts,
    /// How many terms there were.
    pub terms: usize,
    pub witnessed: Witnessed,
    /// What reports would read, in the base.
    pub reported: Reported,
    pub outcomes: Sender<Vec<Outcome>>,
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

    pub fn set_terms(&mut self, mut engine: Engine, before: Option<Engine>) {
        // Numbers go on.
        engine.numbers = self.engine.numbers;
        self.engine = engine;
        if let (Some(later), Some(before)) = (&mut self.later, before) {
            later.before = before;
        }
        self.terms += 1;
    }

    pub fn add(&mut self, customer: CustomerId, is_refunded: bool) {
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
    pub fn tell_rollups(&mut self) {
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
