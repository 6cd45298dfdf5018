//! Who is told what becomes of a log when nothing is to be recorded.

use crate::billing::{DenialReason, Engine, EventFact, Facts, Life, Rollup, Rollups, Status, SumError};
use crate::ids::{CustomerIndex, ShapeId, ShapeIndex, SubscriptionId, VersionId};
use crate::money::{Total, Value};
use crate::usage::Shape;
use std::any::Any;
use std::ops::AddAssign;

/// Is told what becomes of a log, as it happens, on the thread that bills it.
pub trait Witness: Any + Send {
    /// Events of a shape follow.
    fn shape(&mut self, id: ShapeId, shape: &Shape);
    /// An event was just billed to a life, or taken back from it. One that is or was denied has the reason.
    fn event(&mut self, event: &EventFact, denied: Option<DenialReason>, life: &Life, engine: &Engine);
    /// What some events come to. All rollups together are all events, once by customer and once by shape.
    fn rollup(&mut self, rollup: &Rollup);
    /// What else has happened, in its order.
    fn facts(&mut self, facts: Facts);
    /// Everybody, as they stand at the end.
    fn end(&mut self, lives: &[Life]);
}

/// What became of one event, to be compared between lanes.
#[derive(Debug, Clone, Copy)]
pub(in crate::ledger) struct Outcome {
    pub became: Became,
    pub earned: Total<Value>,
}

/// What becomes of an event, whatever for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::ledger) enum Became {
    Charged,
    Denied,
    Unpriced,
}

impl From<Status> for Became {
    fn from(status: Status) -> Self {
        match status {
            Status::Charged => Self::Charged,
            Status::Denied => Self::Denied,
            Status::Unpriced(_) => Self::Unpriced,
        }
    }
}

/// What has become of events otherwise than in the base.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Otherwise {
    /// What is earned of events that the base refuses, less what the base earns of events that are refused.
    pub earned_by_service: Total<Value>,
    /// How many events have no price, and have one in the base.
    pub newly_unpriced: u64,
}

impl AddAssign for Otherwise {
    fn add_assign(&mut self, other: Self) {
        self.earned_by_service += other.earned_by_service;
        self.newly_unpriced += other.newly_unpriced;
    }
}

impl Outcome {
    /// Of the event that became `base` in the base.
    pub fn otherwise(&self, base: &Self) -> Otherwise {
        let earned_by_service = match (base.became, self.became) {
            (Became::Denied, Became::Denied) => Total::ZERO,
            (Became::Denied, _) => self.earned,
            (_, Became::Denied) => -base.earned,
            _ => Total::ZERO,
        };
        let is_newly_unpriced = self.became == Became::Unpriced && base.became != Became::Unpriced;
        Otherwise { earned_by_service, newly_unpriced: is_newly_unpriced.into() }
    }
}

/// A witness with what is to be told it.
pub(in crate::ledger) struct Witnessed {
    pub witness: Box<dyn Witness>,
    pub rollups: Rollups,
    outcomes: Vec<Outcome>,
}

impl Witnessed {
    pub fn new(witness: Box<dyn Witness>) -> Self {
        Self { witness, rollups: Rollups::default(), outcomes: Vec::new() }
    }

    /// Adds up an event that was just billed.
    pub fn add(
        &mut self,
        fact: &EventFact,
        place: (CustomerIndex, ShapeIndex),
        version_of: impl Fn(SubscriptionId) -> Option<VersionId>,
    ) -> Result<(), SumError> {
        self.rollups.add(fact, place, version_of)?;
        let earned = fact.fees.iter().flat_map(|fee| &fee.draws).map(|draw| draw.earned).sum();
        self.outcomes.push(Outcome { became: fact.status.into(), earned });
        Ok(())
    }

    /// Tells what events have come to since it was told last.
    pub fn tell_rollups(&mut self) {
        self.rollups.take().iter().for_each(|rollup| self.witness.rollup(rollup));
    }

    /// An event that can't be billed was left out: it earns nothing.
    pub fn leave_out(&mut self) {
        self.outcomes.push(Outcome { became: Became::Denied, earned: Total::ZERO });
    }

    /// What became of the latest event, which is then compared otherwise.
    pub fn pop_outcome(&mut self) -> Option<Outcome> {
        self.outcomes.pop()
    }

    pub fn take_outcomes(&mut self) -> Vec<Outcome> {
        std::mem::take(&mut self.outcomes)
    }
}
