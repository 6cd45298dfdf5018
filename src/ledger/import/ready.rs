//! What is added up of events as soon as they are billed, on billing's thread.

use super::witness::{Outcome, Witnessed};
use crate::billing::{EventFact, Rollup, Rollups, SumError};
use crate::ids::{CustomerIndex, SubscriptionId, VersionId};
use crate::usage::BatchEvent;

/// Rollups that are kept, some six megabytes of them, before they are recorded: a month that goes on in the next batch has
/// one of each.
const ROLLUPS: usize = 1 << 15;

/// What billed events are wanted for.
pub(super) enum Ready {
    /// They are added to rollups, and will be recorded.
    ForLedger(Rollups),
    /// Nothing will be recorded. They must still be able to be.
    Checked,
    /// They are added to rollups and told to a witness, and nothing will be recorded.
    Witnessed(Witnessed),
}

impl Ready {
    /// Whether the events themselves are kept. Packing them is left to the thread that appends them, which has less to do.
    pub fn keeps_events(&self) -> bool {
        matches!(self, Self::ForLedger(_))
    }

    /// Adds up an event of a batch, given what was billed for it.
    ///
    /// # Errors
    /// What of it is more than can be counted.
    pub fn add(
        &mut self,
        fact: &EventFact,
        event: &BatchEvent,
        version_of: impl Fn(SubscriptionId) -> Option<VersionId>,
    ) -> Result<(), SumError> {
        match self {
            Self::ForLedger(rollups) => rollups.add(fact, (event.customer, event.shape), version_of),
            Self::Checked => Rollup::can_be_of(fact, version_of),
            Self::Witnessed(witnessed) => witnessed.add(fact, (event.customer, event.shape), version_of),
        }
    }

    /// The witness, if there is one.
    pub fn witnessed(&mut self) -> Option<&mut Witnessed> {
        match self {
            Self::Witnessed(witnessed) => Some(witnessed),
            Self::ForLedger(_) | Self::Checked => None,
        }
    }

    /// Notes that an event was left, which it may not be in another lane.
    pub fn leave_out(&mut self) {
        if let Self::Witnessed(witnessed) = self {
            witnessed.leave_out();
        }
    }

    /// What became of the events since it was asked last, if that is to be compared.
    pub fn take_outcomes(&mut self) -> Vec<Outcome> {
        self.witnessed().map(Witnessed::take_outcomes).unwrap_or_default()
    }

    /// The latest rollup of a customer of the log, which their next event is likely to be added to.
    pub fn latest_rollup_of(&self, customer: CustomerIndex) -> Option<&Rollup> {
        match self {
            Self::ForLedger(rollups) | Self::Witnessed(Witnessed { rollups, .. }) => rollups.latest_of(customer),
            Self::Checked => None,
        }
    }

    /// The rollups so far, once there are enough of them to be recorded.
    pub fn many_rollups(&mut self) -> Vec<Rollup> {
        match self {
            Self::ForLedger(rollups) if rollups.count() >= ROLLUPS => rollups.take(),
            Self::Witnessed(witnessed) if witnessed.rollups.count() >= ROLLUPS => {
                witnessed.tell_rollups();
                Vec::new()
            }
            Self::ForLedger(_) | Self::Checked | Self::Witnessed(_) => Vec::new(),
        }
    }

    /// The rollups that were not recorded.
    pub fn last_rollups(&mut self) -> Vec<Rollup> {
        match self {
            Self::ForLedger(rollups) => rollups.take(),
            Self::Checked | Self::Witnessed(_) => Vec::new(),
        }
    }
}
