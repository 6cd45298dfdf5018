//! What is made ready of events as soon as they are billed, on billing's thread, so that the sink has only to append it.

use super::super::packed::{EventText, Packed};
use crate::billing::{EventFact, Rollup, Rollups, SumError};
use crate::ids::{CustomerIndex, SubscriptionId, VersionId};
use crate::usage::{Batch, BatchEvent};

/// Rollups that are kept, some six megabytes of them, before they are recorded: a month that goes on in the next batch has
/// one of each.
const ROLLUPS: usize = 1 << 15;

/// How events are made ready.
pub(super) enum Ready {
    /// They are packed, and added to rollups.
    ForLedger(Rollups),
    /// They are not, as nothing will be recorded. They must still be able to be.
    Checked,
}

impl Ready {
    /// Room for so many events.
    pub fn room(&self, events: usize) -> Packed {
        match self {
            Self::ForLedger(_) => Packed::new(events),
            Self::Checked => Packed::new(0),
        }
    }

    /// Makes an event of a batch ready, given what was billed for it.
    ///
    /// # Errors
    /// What of it is more than can be counted.
    pub fn add(
        &mut self,
        fact: &EventFact,
        (batch, event): (&Batch, &BatchEvent),
        version_of: impl Fn(SubscriptionId) -> Option<VersionId>,
        events: &mut Packed,
    ) -> Result<(), SumError> {
        match self {
            Self::ForLedger(rollups) => {
                rollups.add(fact, (event.customer, event.shape), version_of)?;
                // The fact stays where it was made: it is large, and this is done for every event.
                events.push(fact, &EventText { id: batch.id(event), values: batch.values(event) });
                Ok(())
            }
            Self::Checked => Rollup::can_be_of(fact, version_of),
        }
    }

    /// The latest rollup of a customer of the log, which their next event is likely to be added to.
    pub fn latest_rollup_of(&self, customer: CustomerIndex) -> Option<&Rollup> {
        match self {
            Self::ForLedger(rollups) => rollups.latest_of(customer),
            Self::Checked => None,
        }
    }

    /// The rollups so far, once there are enough of them to be recorded.
    pub fn many_rollups(&mut self) -> Vec<Rollup> {
        match self {
            Self::ForLedger(rollups) if rollups.count() >= ROLLUPS => rollups.take(),
            Self::ForLedger(_) | Self::Checked => Vec::new(),
        }
    }

    /// The rollups that were not recorded.
    pub fn last_rollups(&mut self) -> Vec<Rollup> {
        match self {
            Self::ForLedger(rollups) => rollups.take(),
            Self::Checked => Vec::new(),
        }
    }
}
