//! Which events of a batch are recorded already, and whether they are the same.

use super::super::read::{self, StoredEvent};
use super::super::tables::{event, voided};
use super::ids::{Candidate, Ids};
use super::keys::Found;
use super::names::{LogShape, Names};
use super::read::Hashed;
use crate::billing::{CostFact, Engine, EventInput};
use crate::catalog::plain_value;
use crate::ids::{EventIndex, EventNumber};
use crate::ledger::LedgerError;
use crate::usage::{Batch, BatchEvent, Cost, UsageEvent};
use rusqlite::Connection;
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::{BTreeMap, BTreeSet};

/// What is known of a batch's events before they are billed.
#[derive(Default)]
pub(super) struct Known {
    /// Which events are stored just so; empty when none is.
    pub same: Vec<bool>,
    /// Further events whose id is stored: index in the batch, and how they differ, if they do.
    pub stored: FxHashMap<EventIndex, Option<Box<Conflict>>>,
    /// Events that were recorded just so and taken back.
    pub voided: FxHashSet<EventIndex>,
    /// Events whose id an earlier event of the batch has: index, and that event's index.
    pub twins: FxHashMap<EventIndex, EventIndex>,
}

/// What stands for an id already, where it is other than what the log says now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Conflict {
    /// An event that was recorded, or that stands earlier in the log.
    Content {
        /// What it said.
        before: UsageEvent,
        /// What the log says.
        now: UsageEvent,
    },
    /// An earlier line of the log, which is not read again.
    Line {
        /// Its number from 1, if that was kept.
        line: Option<u32>,
        /// What the log says.
        now: UsageEvent,
    },
}

impl Known {
    /// Whether an event's id is stored.
    pub fn is_stored(&self, index: EventIndex) -> bool {
        self.same.get(index.place()) == Some(&true) || self.stored.contains_key(&index) || self.voided.contains(&index)
    }

    /// Notes that an event of a batch of so many is stored just so.
    pub fn set_same(&mut self, index: EventIndex, events: usize) {
        self.same.resize(events, false);
        self.same[index.place()] = true;
    }

    /// An id may stand for several events, of which all but one were taken back. What is recorded just so is a duplicate; what
    /// was taken back just so stays taken back, whatever the id stands for now.
    fn settle_voided(&mut self) {
        let Self { same, stored, voided, .. } = self;
        voided.retain(|&index| same.get(index.place()) != Some(&true) && stored.get(&index) != Some(&None));
        stored.retain(|index, _| !voided.contains(index));
    }

    /// Notes the events whose id stands in the batch before. `hashes` are those of all its ids, in order.
    fn find_twins(&mut self, batch: &Batch, hashes: &[Hashed]) {
        let id_of = |hashed: &Hashed| batch.id(&batch.events[hashed.index.place()]);
        for same in hashes.chunk_by(|a, b| a.hash == b.hash).filter(|same| same.len() > 1) {
            for (place, hashed) in same.iter().enumerate() {
                if let Some(first) = same[..place].iter().find(|other| id_of(other) == id_of(hashed)) {
                    self.twins.insert(hashed.index, first.index);
                }
            }
        }
    }
}

/// Compares a batch with what is recorded.
pub(super) struct Comparing<'a> {
    pub connection: &'a Connection,
    pub engine: &'a mut Engine,
    pub names: &'a Names,
    /// Events that were taken back, with what did so, once a stored event is found: new ids need none of it.
    pub voided: &'a mut Option<BTreeMap<EventNumber, EventNumber>>,
    pub batch: &'a Batch,
    /// The hashes of the batch's ids, in order.
    pub hashes: &'a [Hashed],
    pub sameness: Sameness<'a>,
}

impl Comparing<'_> {
    /// Finds the events whose ids are stored, or stand in the batch twice. `candidates` are the hashes that may be stored.
    pub fn known(&mut self, ids: &Ids, candidates: &[Candidate]) -> Result<Known, LedgerError> {
        let mut known = Known::default();
        known.find_twins(self.batch, self.hashes);
        let found = ids.find(self.connection, candidates)?;
        for near in found.chunk_by(|a, b| b.event.number() - a.event.number() < 16) {
            self.compare(near, &mut known)?;
        }
        known.settle_voided();
        Ok(known)
    }

    /// Compares events with stored ones that lie near to each other and whose ids have the same hashes: a place is where a
    /// hash begins among the batch's. Sending a log again is usual, so nothing is made of what is the same to the letter.
    fn compare(&mut self, near: &[Found], known: &mut Known) -> Result<(), LedgerError> {
        let voided = match &mut *self.voided {
            Some(voided) => voided,
            none => none.insert(voided::all(self.connection)?),
        };
        let mut wanted = near.iter().peekable();
        let mut others = Vec::new();
        let (batch, names, hashes, engine) = (self.batch, self.names, self.hashes, &mut *self.engine);
        event::for_each(self.connection, near[0].event, near[near.len() - 1].event, |stored| {
            let seq = stored.fact.seq;
            let Some(found) = wanted.next_if(|found| found.event == seq) else { return Ok(()) };
            let hash = hashes[found.place].hash;
            for &Hashed { index, .. } in hashes[found.place..].iter().take_while(|hashed| hashed.hash == hash) {
                let event = &batch.events[index.place()];
                if stored.text.id != batch.id(event) {
                    continue;
                }
                let (customer, shape) = (names.customer(event.customer), names.shape(event.shape));
                let same = customer.id == Some(stored.fact.customer)
                    && shape.id == stored.fact.shape
                    && event.occurred_at == stored.fact.occurred_at
                    && batch.values(event) == stored.text.values
                    && costs_are(engine, (batch, event, shape), &stored.fact.costs);
                match (same, voided.contains_key(&seq)) {
                    (true, false) => known.set_same(index, batch.events.len()),
                    (true, true) => drop(known.voided.insert(index)),
                    (false, is_voided) => others.push((index, seq, is_voided)),
                }
            }
            Ok(())
        })?;
        for (index, seq, is_voided) in others {
            let stored = read::by_number(self.connection, seq)?;
            let difference = self.difference(&self.batch.events[index.place()], &stored)?;
            match (difference, is_voided) {
                (difference, false) => drop(known.stored.insert(index, difference)),
                (None, true) => drop(known.voided.insert(index)),
                // The id is free again.
                (Some(_), true) => {}
            }
        }
        Ok(())
    }

    /// How an event's content differs from that of a stored one; `None` when it doesn't.
    fn difference(&mut self, event: &BatchEvent, stored: &StoredEvent) -> Result<Option<Box<Conflict>>, LedgerError> {
        let shape = self.names.shape(event.shape);
        let same_costs =
            !shape.shape.keeps_costs() && costs_are(self.engine, (self.batch, event, shape), &stored.fact.costs);
        // The fields that count as dimensions may have changed since: compare the full forms.
        let before = read::expand(self.connection, stored)?;
        Ok(self.sameness.difference(&before, &self.names.expand(self.batch, event), same_costs))
    }

    /// How an event's content differs from that of an earlier one of the log; `None` when it doesn't.
    pub fn difference_in_log(&mut self, event: &BatchEvent, before: &UsageEvent) -> Option<Box<Conflict>> {
        let now = self.names.expand(self.batch, event);
        let same_costs = self.have_same_costs(event, &before.costs, &now.costs);
        self.sameness.difference(before, &now, same_costs)
    }

    /// Whether an event's costs and earlier ones are of the same vendors, and come to the same.
    fn have_same_costs(&mut self, event: &BatchEvent, before: &[Cost], now: &[Cost]) -> bool {
        let shape = self.names.shape(event.shape);
        let whose = |cost: &Cost| (cost.vendor.clone(), cost.currency.clone());
        if shape.shape.keeps_costs() || !before.iter().map(whose).eq(now.iter().map(whose)) {
            return false;
        }
        let costs: Vec<_> = before.iter().map(|cost| cost.amount).collect();
        let earlier = self.engine.costs(EventInput { costs: &costs, ..shape.input(self.batch, event) });
        earlier.is_ok_and(|costs| costs_are(self.engine, (self.batch, event, shape), &costs))
    }
}

/// Whether the log's costs of an event are those that were recorded. Costs that are kept as they are written are among its
/// values.
fn costs_are(
    engine: &mut Engine,
    (batch, event, shape): (&Batch, &BatchEvent, &LogShape),
    recorded: &[CostFact],
) -> bool {
    let is_compared = !shape.shape.vendors.is_empty() && !shape.shape.keeps_costs();
    !is_compared || engine.costs(shape.input(batch, event)).is_ok_and(|costs| *costs == *recorded)
}

/// How two events of a batch differ that have the same id; `None` when they don't.
pub(super) fn difference_of_twins(
    sameness: Sameness<'_>,
    names: &Names,
    batch: &Batch,
    event: &BatchEvent,
    recorded: &BatchEvent,
) -> Option<Box<Conflict>> {
    sameness.difference(&names.expand(batch, recorded), &names.expand(batch, event), false)
}

/// When two events with one id are the same.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sameness<'d> {
    /// The id was made from the content: what only one of the two says, in a column that a later export has beyond an
    /// earlier one, makes no difference.
    pub of_content: bool,
    /// Fields that are not kept of this log: what was kept of them before makes no difference.
    pub dropped: &'d BTreeSet<String>,
    /// Fields of which rows tell spellings of one number apart.
    pub spelled: &'d BTreeSet<String>,
}

impl Sameness<'_> {
    /// Two events with the same id, if they differ. `same_costs` says that their costs come
    /// to the same: digits beyond those of a cost are not recorded.
    fn difference(self, before: &UsageEvent, now: &UsageEvent, same_costs: bool) -> Option<Box<Conflict>> {
        let is_same = before.customer == now.customer
            && before.event_type == now.event_type
            && before.occurred_at == now.occurred_at
            && same_value(before.subject.as_ref(), now.subject.as_ref())
            && self.has_same_data(before, now)
            && self.has_same_costs(&before.costs, &now.costs, same_costs);
        (!is_same).then(|| Box::new(Conflict::Content { before: before.clone(), now: now.clone() }))
    }

    fn has_same_data(self, before: &UsageEvent, now: &UsageEvent) -> bool {
        let mut names = before.data.keys().chain(now.data.keys());
        names.all(|name| match (before.data.get(name), now.data.get(name)) {
            (None, _) | (_, None) if self.of_content => true,
            (Some(_), None) if self.dropped.contains(name) => true,
            (before, now) => before == now || !self.spelled.contains(name) && same_value(before, now),
        })
    }

    fn has_same_costs(self, before: &[Cost], now: &[Cost], come_to_the_same: bool) -> bool {
        let is_one_empty = before.is_empty() || now.is_empty();
        before == now || come_to_the_same && before.len() == now.len() || self.of_content && is_one_empty
    }
}

/// Whether two values are one, whatever their spelling.
fn same_value(a: Option<&String>, b: Option<&String>) -> bool {
    let plain = |text: &'_ String| plain_value(text).into_owned();
    a == b || a.map(plain) == b.map(plain)
}
