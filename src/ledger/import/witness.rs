//! Who is told what becomes of a log when nothing is to be recorded.

use crate::billing::{Engine, EventFact, Facts, Life, Rollup, Rollups, Status, SumError};
use crate::ids::{CustomerIndex, ShapeId, ShapeIndex, SubscriptionId, VersionId};
use crate::money::{Total, Value};
use crate::usage::Shape;
use std::any::Any;

/// Is told what becomes of a log, as it happens, on the thread that bills it.
pub trait Witness: Any + Send {
    /// Events of a shape follow.
    fn shape(&mut self, id: ShapeId, shape: &Shape);
    /// An event was just billed to a life.
    fn event(&mut self, event: &EventFact, life: &Life, engine: &Engine);
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
    pub is_denied: bool,
    pub earned: Total<Value>,
}

impl Outcome {
    /// What it earns of an event that `base` refuses, less what `base` earns of one that it refuses itself.
    pub fn earned_by_service(&self, base: &Self) -> Total<Value> {
        match (base.is_denied, self.is_denied) {
            (true, false) => self.earned,
            (false, true) => -base.earned,
            _ => Total::ZERO,
        }
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
        self.outcomes.push(Outcome { is_denied: fact.status == Status::Denied, earned });
        Ok(())
    }

    /// Tells what events have come to since it was told last.
    pub fn tell_rollups(&mut self) {
        self.rollups.take().iter().for_each(|rollup| self.witness.rollup(rollup));
    }

    /// An event that can't be billed was left out: it earns nothing.
    pub fn leave_out(&mut self) {
        self.outcomes.push(Outcome { is_denied: true, earned: Total::ZERO });
    }

    /// What became of the latest event, which is then compared otherwise.
    pub fn pop_outcome(&mut self) -> Option<Outcome> {
        self.outcomes.pop()
    }

    pub fn take_outcomes(&mut self) -> Vec<Outcome> {
        std::mem::take(&mut self.outcomes)
    }
}
