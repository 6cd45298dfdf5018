//! Which events of a batch are in the ledger already, and whether they are the same.

use super::LedgerError;
use super::billed::ShapeSlot;
use super::ids::Candidate;
use super::import::Import;
use super::keys::{self, Found};
use super::read::{self, StoredEvent};
use crate::billing::{CostFact, Engine};
use crate::usage::{Batch, BatchEvent, UsageEvent};
use rustc_hash::FxHashMap;

/// What is known of a batch's events before they are billed.
#[derive(Default)]
pub(super) struct Known {
    /// Which events are stored just so; empty when none is.
    pub same: Vec<bool>,
    /// Further events whose id is stored: index in the batch, and what differs, if anything does.
    pub stored: FxHashMap<u32, Option<String>>,
    /// Events whose id an earlier event of the batch has: index, and that event's index.
    pub twins: FxHashMap<u32, u32>,
}

impl Known {
    /// Whether an event's id is stored.
    pub fn is_stored(&self, index: u32) -> bool {
        self.same.get(index as usize) == Some(&true) || self.stored.contains_key(&index)
    }
}

impl ShapeSlot {
    /// Whether the log's costs of an event are those that were recorded. Costs that are kept as they are written are among
    /// its values.
    fn costs_are(&self, engine: &mut Engine, batch: &Batch, event: &BatchEvent, recorded: &[CostFact]) -> bool {
        let is_compared = !self.shape.vendors.is_empty() && !self.shape.keeps_costs();
        !is_compared || engine.costs(self.input(batch, event)).is_ok_and(|costs| *costs == *recorded)
    }
}

/// Hashes ids with a ledger's key.
#[derive(Clone, Copy)]
pub struct IdHasher([u8; 16]);

/// A batch with the keyed hashes of its ids.
pub struct HashedBatch {
    /// The batch.
    pub batch: Batch,
    /// With the indexes of their events, in order.
    pub(super) hashes: Vec<(u64, u32)>,
}

impl IdHasher {
    pub(super) fn new(key: [u8; 16]) -> Self {
        Self(key)
    }

    /// Hashes a batch's ids.
    pub fn hash(&self, batch: Batch) -> HashedBatch {
        let hash = |event| keys::hash_id(&self.0, &batch.id(event));
        let hashes: Vec<(u64, u32)> = batch.events.iter().map(hash).zip(0..).collect();
        HashedBatch { batch, hashes: keys::sort_by_hash(hashes.iter(), |(hash, _)| *hash) }
    }
}

impl Import<'_, '_> {
    /// Finds the events of a batch whose ids are stored, or stand in the batch twice.
    pub(super) fn known(
        &mut self,
        batch: &Batch,
        hashes: &[(u64, u32)],
        candidates: &[Candidate],
    ) -> Result<Known, LedgerError> {
        let mut known = Known::default();
        let id_of = |index: u32| batch.id(&batch.events[index as usize]);
        for same in hashes.chunk_by(|a, b| a.0 == b.0).filter(|same| same.len() > 1) {
            for (place, &(_, index)) in same.iter().enumerate() {
                let first = same[..place].iter().find(|(_, other)| id_of(*other) == id_of(index));
                if let Some(&(_, first)) = first {
                    known.twins.insert(index, first);
                }
            }
        }
        let found = self.ids.find(&self.writer.tx, candidates)?;
        if !found.is_empty() {
            known.same = vec![false; batch.events.len()];
        }
        for near in found.chunk_by(|a, b| b.event.number() - a.event.number() < 16) {
            self.compare(batch, near, hashes, &mut known)?;
        }
        Ok(known)
    }

    /// Compares events of a batch with stored ones that lie near to each other and whose ids have the same hashes: a place is
    /// where a hash begins among `hashes`. Sending
    /// a log again is usual, so nothing is made of what is the same to the letter.
    fn compare(
        &mut self,
        batch: &Batch,
        near: &[Found],
        hashes: &[(u64, u32)],
        known: &mut Known,
    ) -> Result<(), LedgerError> {
        let mut wanted = near.iter().peekable();
        let mut others = Vec::new();
        let (customers, shapes, engine) = (&self.customers, &self.shapes, &mut *self.engine);
        read::for_each_packed(&self.writer.tx, near[0].event, near[near.len() - 1].event, |stored| {
            let seq = stored.fact.seq;
            let Some(found) = wanted.next_if(|found| found.event == seq) else { return Ok(()) };
            let hash = hashes[found.place].0;
            for &(_, index) in hashes[found.place..].iter().take_while(|h| h.0 == hash) {
                let event = &batch.events[index as usize];
                if stored.text.id != batch.id(event) {
                    continue;
                }
                let (customer, slot) = (&customers[event.customer as usize], &shapes[event.shape as usize]);
                let same = customer.id == Some(stored.fact.customer)
                    && slot.id == stored.fact.shape
                    && event.occurred_at == stored.fact.occurred_at
                    && batch.values(event) == stored.text.values
                    && slot.costs_are(engine, batch, event, &stored.fact.costs);
                if same {
                    known.same[index as usize] = true;
                } else {
                    others.push((index, seq));
                }
            }
            Ok(())
        })?;
        for (index, seq) in others {
            let stored = read::event(&self.writer.tx, seq)?;
            let difference = self.same_as_stored(batch, &batch.events[index as usize], &stored)?;
            known.stored.insert(index, difference);
        }
        Ok(())
    }

    /// `None` when the stored event has the same content, else what differs.
    fn same_as_stored(
        &mut self,
        batch: &Batch,
        event: &BatchEvent,
        stored: &StoredEvent,
    ) -> Result<Option<String>, LedgerError> {
        let (customer, shape) = (&self.customers[event.customer as usize], &self.shapes[event.shape as usize]);
        let same_costs = !shape.shape.keeps_costs() && shape.costs_are(self.engine, batch, event, &stored.fact.costs);
        // The fields that count as dimensions may have changed since: compare the full forms.
        let before = self.writer.expand(stored)?;
        let now = batch.expand(event, &shape.shape, &customer.name);
        let mut as_recorded = now.clone();
        if same_costs && before.costs.len() == now.costs.len() {
            // Digits beyond the currency's are not recorded.
            as_recorded.costs.clone_from(&before.costs);
        }
        Ok((as_recorded != before).then(|| difference(&before, &now)))
    }

    pub(super) fn same_as_twin(&self, batch: &Batch, event: &BatchEvent, recorded: &BatchEvent) -> Option<String> {
        let full = |event: &BatchEvent| {
            let name = &self.customers[event.customer as usize].name;
            batch.expand(event, &self.shapes[event.shape as usize].shape, name)
        };
        let (before, now) = (full(recorded), full(event));
        (before != now).then(|| difference(&before, &now))
    }
}

fn difference(before: &UsageEvent, now: &UsageEvent) -> String {
    let show = |event| serde_json::to_string(event).unwrap_or_default();
    format!("the id was recorded before with other content; before: {}; now: {}", show(before), show(now))
}
