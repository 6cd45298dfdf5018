//! Where events that were billed again are rated from: where they were before, unless that place is taken or beyond the end.

use crate::billing::{CounterKey, EventFact, FeeFact, Status};
use crate::ids::EventNumber;
use crate::rating::Quantity;
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;

/// What an event is rated on top of.
pub(super) struct Counted {
    /// The counter that the event is counted under.
    pub own: CounterKey,
    /// In a line that has had several terms: the counters whose quantities are added to its own, which may have been rated
    /// at other prices.
    pub others: Option<Vec<CounterKey>>,
}

impl Counted {
    /// The counters whose quantities the event is rated on top of.
    pub fn keys(&self) -> impl Iterator<Item = &CounterKey> {
        std::iter::once(&self.own).chain(self.others.iter().flatten())
    }
}

/// What was counted where, as far as events were billed again.
#[derive(Default)]
pub(super) struct Places {
    /// For each event that stands for another one: that one, and what took it back.
    instead_of: FxHashMap<EventNumber, (EventNumber, EventNumber)>,
    /// Where the fees of those were rated from.
    old: FxHashMap<EventNumber, Vec<(CounterKey, Quantity)>>,
    /// The latest event that was counted at the end of each quantity.
    ends: FxHashMap<CounterKey, EventNumber>,
}

impl Places {
    /// As the ledger says what was taken back by what, and what stands for what.
    pub fn new(voided: &BTreeMap<EventNumber, EventNumber>, rebilled: &BTreeMap<EventNumber, EventNumber>) -> Self {
        let one = |(old, new): (&EventNumber, &EventNumber)| Some((*new, (*old, *voided.get(old)?)));
        let old = rebilled.keys().map(|old| (*old, Vec::new())).collect();
        Self { instead_of: rebilled.iter().filter_map(one).collect(), old, ends: FxHashMap::default() }
    }

    /// The quantity that a fee is rated from, where `whole` is counted already.
    pub fn from(&self, event: &EventFact, counted: &Counted, whole: Quantity) -> Quantity {
        let place = self.instead_of.get(&event.seq).and_then(|&(old, taken_back)| {
            let is_free = counted.keys().all(|key| self.ends.get(key).is_none_or(|end| *end < taken_back));
            self.place(old, counted).filter(|place| is_free && whole.contains(place))
        });
        place.unwrap_or(whole)
    }

    /// Notes where a fee was rated from.
    pub fn note(&mut self, event: &EventFact, fee: &FeeFact, counted: &Counted) {
        if self.instead_of.is_empty() || event.status != Status::Charged || event.voids.is_some() {
            return;
        }
        let place = self.instead_of.get(&event.seq).and_then(|(old, _)| self.place(*old, counted));
        if place != Some(fee.before) {
            self.ends.insert(counted.own, event.seq);
        }
        if let Some(fees) = self.old.get_mut(&event.seq) {
            fees.push((counted.own, fee.before));
        }
    }

    /// Where the fee of a record was rated from that counted the same.
    fn place(&self, record: EventNumber, counted: &Counted) -> Option<Quantity> {
        let fees = self.old.get(&record)?;
        fees.iter().find(|(key, _)| counted.keys().any(|own| own == key)).map(|(_, before)| *before)
    }
}
