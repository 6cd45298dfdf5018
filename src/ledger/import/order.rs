//! The order in which a batch's events are billed.
//!
//! What becomes of one customer's events does not hang on anybody else's. A ledger needs all of them in the log's order,
//! since it numbers them. A what-if with several lanes, whose lives are more than the processor's caches hold, bills each
//! customer's events of a batch one after the other, while their life is at hand: that takes an eighth less time.

use super::known::Known;
use crate::ids::EventIndex;
use crate::usage::{Batch, BatchEvent};
use std::sync::Arc;

/// An order of a batch's events.
#[derive(Clone)]
pub(super) enum Order {
    /// That of the log.
    OfLog,
    /// That of these indexes.
    ByCustomer(Arc<[EventIndex]>),
}

impl Order {
    /// By customer, and each one's events as the log has them; or as the log has all of them, where it must be told which of
    /// those that share an id came first.
    pub fn by_customer(batch: &Batch, known: &Known) -> Self {
        if !known.twins.is_empty() {
            return Self::OfLog;
        }
        let key = |(index, event): (EventIndex, &BatchEvent)| {
            (event.customer.place() as u64) << 32 | u64::from(index.number())
        };
        let mut keys: Vec<u64> = EventIndex::each(&batch.events).map(key).collect();
        keys.sort_unstable();
        Self::ByCustomer(keys.into_iter().map(|key| EventIndex::from_number(key as u32)).collect())
    }

    /// The index of the event that is billed as the `place`th.
    pub fn index(&self, place: u32) -> EventIndex {
        match self {
            Self::OfLog => EventIndex::from_number(place),
            Self::ByCustomer(indexes) => indexes[place as usize],
        }
    }
}
