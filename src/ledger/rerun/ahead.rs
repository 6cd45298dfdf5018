//! Fetches memory before a lane waits for it, as the billing of a log does.

use super::lane::{Lane, input};
use super::work::{Chunk, Event};
use crate::ledger::import::names::LogShape;
use crate::ledger::import::warm::{NEAR, Need, warm};
use smallvec::SmallVec;
use std::sync::Arc;

impl Lane {
    /// Fetches what billing these events will need.
    pub(super) fn warm(&self, chunk: &Chunk, events: &[Event], shapes: &[Arc<LogShape>]) {
        let need = |event: &Event| {
            let shape = &shapes[event.content.shape.place()];
            let input = input(shape, &chunk.numbers[event.content.numbers as usize..], event.fact.occurred_at);
            Need { customer: event.customer, life: &self.owns[event.customer.place()].life, input }
        };
        let needs: SmallVec<[Need<'_>; NEAR]> = events.iter().map(need).collect();
        let touched = events.iter().filter(|event| self.owns[event.customer.place()].is_touched).count();
        std::hint::black_box(touched);
        warm(&self.engine, |customer| self.witnessed.rollups.latest_of(customer), &needs);
    }
}
