//! The write path: batches of usage events into the ledger.
//!
//! A batch goes through four steps. Its ids are hashed, sorted and looked up in the stored runs at once, so that what is
//! new is known before anything is billed ([`super::keys`]). New events are billed in the log's order against lives that
//! are loaded once per customer and stored once at the end. Their rows are appended many to a statement. The new ids
//! become one sorted run. Nothing is asked of SQLite per event, and all batches of a log are one transaction.

use super::facts::{EventText, write, write_events};
use super::keys::{self, Key};
use super::open::Writer;
use super::read::StoredEvent;
use super::{LedgerError, append, customer, life, read};
use crate::billing::{
    AssetId, CustomerId, DenialReason, Engine, EventInput, Facts, Life, NewTerms, Status, Unpriced, VersionId,
};
use crate::time::Instant;
use crate::usage::{Batch, BatchEvent, Shape};
use rusqlite::OptionalExtension;
use rusqlite::types::ValueRef;
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Events whose rows are held back before they are appended.
const FLUSH: usize = 4_096;

/// How a log is to be taken.
#[derive(Debug, Clone, Copy, Default)]
pub struct ImportOptions {
    /// Unknown customers are added and subscribed to this version at their first event.
    pub enroll: Option<VersionId>,
}

/// A record that was read but can't be recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Which kind, stable: `unknown_customer`, `conflict` or `out_of_range`.
    pub code: &'static str,
    /// Index into the reader's files.
    pub file: u32,
    /// From 1.
    pub line: u64,
    /// The column at fault, when it is one.
    pub column: Option<&'static str>,
    /// What is wrong.
    pub reason: String,
}

/// What became of a log.
#[derive(Debug, Clone, Default)]
pub struct ImportSummary {
    /// Events that were read, whatever became of them.
    pub events: u64,
    /// Events whose fees were taken.
    pub charged: u64,
    /// Events that no price made a fee of.
    pub unpriced: u64,
    /// Events whose fees could not be covered.
    pub denied: u64,
    /// Events that were recorded before with the same content.
    pub duplicate: u64,
    /// Events that were recorded before with other content.
    pub conflict: u64,
    /// Events of unknown customers or with numbers beyond the ledger.
    pub invalid: u64,
    /// Events earlier than what their customer had already been through.
    pub late: u64,
    /// Automatic payments.
    pub auto_topups: u64,
    /// Customers that were added.
    pub enrolled: u64,
    /// What was taken, by the asset that it was taken in: an overage counts in its own.
    pub fees: BTreeMap<AssetId, i128>,
    /// Unpriced events by reason.
    pub unpriced_reasons: BTreeMap<Unpriced, u64>,
    /// Denied events by reason and asset.
    pub denial_reasons: BTreeMap<(&'static str, AssetId), u64>,
    /// The earliest and the latest instant of the log.
    pub span: Option<(Instant, Instant)>,
    /// The most frequent kind of unpriced event: why, how many, and what they look like.
    pub most_unpriced: Option<(Unpriced, u64, Arc<Shape>)>,
    /// What the log's events look like, with how many of each were billed.
    pub shapes: Vec<(Arc<Shape>, u64)>,
    /// Customers of the log who hold credit that takes effect only after the log's end.
    pub paid_too_late: u64,
}

/// A log on its way into the ledger.
pub struct Import<'w, 'l> {
    writer: &'w mut Writer<'l>,
    engine: &'w mut Engine,
    options: ImportOptions,
    hash_key: [u8; 16],
    customers: Vec<Slot>,
    lives: Vec<Life>,
    shapes: Vec<ShapeSlot>,
    facts: Facts,
    /// Unpriced events by reason and shape.
    unpriced: FxHashMap<(Unpriced, u32), u64>,
    summary: ImportSummary,
}

/// A customer of the log.
struct Slot {
    name: String,
    /// Index into `lives` once it is loaded.
    life: Option<usize>,
    /// The ledger's number, once it is known.
    id: Option<CustomerId>,
}

/// A shape of the log.
struct ShapeSlot {
    id: i64,
    shape: Arc<Shape>,
    vendors: Vec<i64>,
    /// How many events of it were billed.
    billed: u64,
}

impl ShapeSlot {
    fn input<'b>(&'b self, batch: &'b Batch, event: &BatchEvent) -> EventInput<'b> {
        EventInput {
            shape_id: self.id,
            shape: &self.shape,
            vendors: &self.vendors,
            occurred_at: event.occurred_at,
            volumes: batch.volumes(event, &self.shape),
            costs: batch.costs(event, &self.shape),
        }
    }
}

/// What is known of a batch's events before they are billed.
struct Known {
    /// Events whose id is stored: index in the batch, and what is stored.
    stored: FxHashMap<u32, StoredEvent>,
    /// Events whose id an earlier event of the batch has: index, and that event's index.
    twins: FxHashMap<u32, u32>,
}

impl<'w, 'l> Import<'w, 'l> {
    /// Begins to take a log.
    pub fn new(writer: &'w mut Writer<'l>, engine: &'w mut Engine, options: ImportOptions) -> Self {
        let hash_key = writer.seals.key();
        Self {
            writer,
            engine,
            options,
            hash_key,
            customers: Vec::new(),
            lives: Vec::new(),
            shapes: Vec::new(),
            facts: Facts::default(),
            unpriced: FxHashMap::default(),
            summary: ImportSummary::default(),
        }
    }

    /// How many events have been taken so far.
    pub fn events(&self) -> u64 {
        self.summary.events
    }

    /// Takes one batch. Records that can't be recorded are told to `refuse`; the caller decides what that means.
    ///
    /// # Errors
    /// When the ledger can't be read or written.
    pub fn batch(&mut self, batch: &Batch, refuse: &mut dyn FnMut(Refusal)) -> Result<(), LedgerError> {
        let path = self.writer.path;
        self.take(batch, refuse).map_err(|e| e.at(path))
    }

    fn take(&mut self, batch: &Batch, refuse: &mut dyn FnMut(Refusal)) -> Result<(), LedgerError> {
        self.learn(batch)?;
        let known = self.known(batch)?;
        let mut keys: Vec<Key> = Vec::with_capacity(batch.events.len());
        // Which of several events with one id was recorded: the others are compared with it.
        let mut recorded: FxHashMap<u32, u32> = FxHashMap::default();
        let mut pending: Vec<EventText<'_>> = Vec::with_capacity(FLUSH);
        for (index, event) in (0u32..).zip(&batch.events) {
            self.summary.events += 1;
            let twin = known.twins.get(&index).and_then(|first| recorded.get(first));
            let before = match (known.stored.get(&index), twin) {
                (Some(stored), _) => Some(self.same_as_stored(batch, event, stored)?),
                (None, Some(&twin)) => Some(self.same_as_twin(batch, event, &batch.events[twin as usize])),
                (None, None) => None,
            };
            match before {
                Some(None) => {
                    self.reach(event.occurred_at);
                    self.summary.duplicate += 1;
                }
                Some(Some(difference)) => {
                    self.summary.conflict += 1;
                    refuse(refusal("conflict", event, Some("id"), difference));
                }
                None => match self.bill(batch, event)? {
                    Ok(seq) => {
                        keys.push((keys::hash_id(&self.hash_key, batch.id(event)), seq));
                        if !known.twins.is_empty() {
                            recorded.insert(known.twins.get(&index).copied().unwrap_or(index), index);
                        }
                        pending.push(EventText { id: batch.id(event), values: batch.values(event) });
                        if pending.len() == FLUSH {
                            self.flush(&mut pending)?;
                        }
                    }
                    Err(refused) => {
                        self.summary.invalid += 1;
                        refuse(refused);
                    }
                },
            }
        }
        self.flush(&mut pending)?;
        keys::store(&self.writer.tx, keys)
    }

    fn flush(&mut self, pending: &mut Vec<EventText<'_>>) -> Result<(), LedgerError> {
        let events = std::mem::take(&mut self.facts.events);
        write_events(&self.writer.tx, &mut self.writer.seals, &events, pending)?;
        pending.clear();
        self.facts.events = events;
        self.facts.events.clear();
        self.flush_others()
    }

    fn flush_others(&mut self) -> Result<(), LedgerError> {
        self.summary.auto_topups += self.facts.topups.len() as u64;
        for denial in &self.facts.denials {
            let reason: DenialReason = denial.reason;
            *self.summary.denial_reasons.entry((reason.name(), denial.asset)).or_default() += 1;
        }
        write(&self.writer.tx, &mut self.writer.seals, &mut self.facts)
    }

    /// Numbers the customers and shapes that are new in a batch.
    fn learn(&mut self, batch: &Batch) -> Result<(), LedgerError> {
        for name in &batch.new_customers {
            let id = customer::find_customer(&self.writer.tx, name)?.map(|c| c.id);
            self.customers.push(Slot { name: name.clone(), life: None, id });
        }
        for shape in &batch.new_shapes {
            let vendors = shape.vendors.iter().map(|v| self.writer.vendor_id(&v.vendor)).collect::<Result<_, _>>()?;
            let id = self.shape_id(shape)?;
            self.shapes.push(ShapeSlot { id, shape: Arc::clone(shape), vendors, billed: 0 });
        }
        Ok(())
    }

    fn shape_id(&mut self, shape: &Shape) -> Result<i64, LedgerError> {
        let body = serde_json::to_string(shape).map_err(|e| LedgerError::damaged(e.to_string()))?;
        let tx = &self.writer.tx;
        let known =
            tx.prepare_cached("SELECT id FROM shape WHERE body = ?1")?.query_row([&body], |r| r.get(0)).optional()?;
        if let Some(id) = known {
            return Ok(id);
        }
        let id = super::book::next_id(tx, "shape", "id")?;
        let row = [ValueRef::Integer(id), append::text(&body)];
        append::append(tx, &mut self.writer.seals, &append::SHAPE, &row)?;
        Ok(id)
    }

    /// Finds the events of a batch whose ids are stored, or stand in the batch twice.
    fn known(&self, batch: &Batch) -> Result<Known, LedgerError> {
        let hash = |(index, event): (u32, &BatchEvent)| (keys::hash_id(&self.hash_key, batch.id(event)), index);
        let mut hashes: Vec<(u64, u32)> = (0u32..).zip(&batch.events).map(hash).collect();
        hashes.sort_unstable();
        let mut known = Known { stored: FxHashMap::default(), twins: FxHashMap::default() };
        let id_of = |index: u32| batch.id(&batch.events[index as usize]);
        for same in hashes.chunk_by(|a, b| a.0 == b.0).filter(|same| same.len() > 1) {
            for (place, &(_, index)) in same.iter().enumerate() {
                let first = same[..place].iter().find(|(_, other)| id_of(*other) == id_of(index));
                if let Some(&(_, first)) = first {
                    known.twins.insert(index, first);
                }
            }
        }
        let mut unique: Vec<u64> = hashes.iter().map(|h| h.0).collect();
        unique.dedup();
        let mut found = keys::find(&self.writer.tx, &unique)?;
        found.sort_unstable_by_key(|&(_, seq)| seq);
        for near in found.chunk_by(|a, b| b.1 - a.1 < 16) {
            let by_seq: FxHashMap<i64, u64> = near.iter().map(|&(hash, seq)| (seq, hash)).collect();
            read::for_each_event(&self.writer.tx, near[0].1, near[near.len() - 1].1, |stored| {
                if let Some(hash) = by_seq.get(&stored.fact.seq) {
                    let start = hashes.partition_point(|h| h.0 < *hash);
                    let same = hashes[start..].iter().take_while(|h| h.0 == *hash);
                    for &(_, index) in same.filter(|h| id_of(h.1) == stored.id) {
                        known.stored.insert(index, stored.clone());
                    }
                }
                Ok(())
            })?;
        }
        Ok(known)
    }

    /// `None` when the stored event has the same content, else what differs.
    fn same_as_stored(
        &mut self,
        batch: &Batch,
        event: &BatchEvent,
        stored: &StoredEvent,
    ) -> Result<Option<String>, LedgerError> {
        let (customer, shape) = (&self.customers[event.customer as usize], &self.shapes[event.shape as usize]);
        let fact = &stored.fact;
        let same_place = customer.id == Some(fact.customer) && fact.occurred_at == event.occurred_at;
        let same_data = fact.shape == shape.id && stored.values == batch.values(event);
        // Costs that are kept as they are written are among the values; others are compared with what was recorded.
        let compares_costs = !shape.shape.vendors.is_empty() && !shape.shape.keeps_costs();
        let costs = if compares_costs { self.engine.costs(shape.input(batch, event)).ok() } else { None };
        let same_costs = !compares_costs || costs.as_ref() == Some(&fact.costs);
        if same_place && same_data && same_costs {
            return Ok(None);
        }
        // The fields that count as dimensions may have changed since: compare the full forms.
        let before = self.writer.expand(stored)?;
        let now = batch.expand(event, &shape.shape, &customer.name);
        let mut as_recorded = now.clone();
        if compares_costs && same_costs && before.costs.len() == now.costs.len() {
            // Digits beyond the currency's are not recorded.
            as_recorded.costs.clone_from(&before.costs);
        }
        Ok((as_recorded != before).then(|| difference(&before, &now)))
    }

    fn same_as_twin(&self, batch: &Batch, event: &BatchEvent, recorded: &BatchEvent) -> Option<String> {
        let full = |event: &BatchEvent| {
            let name = &self.customers[event.customer as usize].name;
            batch.expand(event, &self.shapes[event.shape as usize].shape, name)
        };
        let (before, now) = (full(recorded), full(event));
        (before != now).then(|| difference(&before, &now))
    }

    /// Bills an event that is new. `Ok(Err(_))` when it can't be recorded.
    fn bill(&mut self, batch: &Batch, event: &BatchEvent) -> Result<Result<i64, Refusal>, LedgerError> {
        let Some(life) = self.life(event)? else {
            let name = &self.customers[event.customer as usize].name;
            let reason = format!(
                "unknown customer {name:?}; add it with `drawdown customer add`, or enroll all with --enroll PRODUCT"
            );
            return Ok(Err(refusal("unknown_customer", event, Some("customer"), reason)));
        };
        let input = self.shapes[event.shape as usize].input(batch, event);
        let status = match self.engine.bill(&mut self.lives[life], input, &mut self.facts) {
            Ok(status) => status,
            Err(error) => return Ok(Err(refusal("out_of_range", event, None, error.to_string()))),
        };
        self.reach(event.occurred_at);
        self.shapes[event.shape as usize].billed += 1;
        match status {
            Status::Charged => self.summary.charged += 1,
            Status::Denied => self.summary.denied += 1,
            Status::Unpriced(reason) => {
                self.summary.unpriced += 1;
                *self.unpriced.entry((reason, event.shape)).or_default() += 1;
            }
        }
        let Some(fact) = self.facts.events.last() else { return Err(LedgerError::damaged("an event left no fact")) };
        self.summary.late += u64::from(fact.posted_at.is_some());
        if status == Status::Charged {
            for fee in &fact.fees {
                let mut take = |asset, amount| *self.summary.fees.entry(asset).or_default() += i128::from(amount);
                match (fee.overage, self.engine.fee_assets(&self.lives[life], fee).as_slice()) {
                    (Some(overage), &[own, other]) => {
                        take(own, fee.amount - overage.units);
                        take(other, overage.amount);
                    }
                    (_, assets) => take(assets[0], fee.amount),
                }
            }
        }
        Ok(Ok(fact.seq))
    }

    /// The log covers that instant. A row that is refused moves nobody's time.
    fn reach(&mut self, at: Instant) {
        let span = self.summary.span.get_or_insert((at, at));
        *span = (span.0.min(at), span.1.max(at));
    }

    /// The life of an event's customer, loaded or enrolled at their first event; `None` for an unknown one.
    fn life(&mut self, event: &BatchEvent) -> Result<Option<usize>, LedgerError> {
        let index = event.customer as usize;
        if let Some(life) = self.customers[index].life {
            return Ok(Some(life));
        }
        let mut enrolled = None;
        let id = match (self.customers[index].id, self.options.enroll) {
            (Some(id), _) => id,
            (None, None) => return Ok(None),
            (None, Some(version)) => {
                let id = self.writer.insert_customer(&self.customers[index].name, None, event.occurred_at)?;
                self.summary.enrolled += 1;
                enrolled = Some(NewTerms { version, quantity: 1, at: event.occurred_at });
                id
            }
        };
        let mut life = life::load(&self.writer.tx, id, self.engine)?;
        if let Some(terms) = enrolled {
            let subscribed = self.engine.subscribe(&mut life, terms, None, &mut self.facts);
            subscribed.map_err(|error| LedgerError::Refused(error.to_string()))?;
        }
        self.lives.push(life);
        let slot = &mut self.customers[index];
        (slot.life, slot.id) = (Some(self.lives.len() - 1), Some(id));
        Ok(slot.life)
    }

    /// Stores the lives. `move_all` moves every subscriber on to the log's last instant; otherwise only the customers of
    /// the log have moved, each to their own last event.
    ///
    /// # Errors
    /// When the ledger can't be written.
    pub fn finish(mut self, move_all: bool) -> Result<ImportSummary, LedgerError> {
        let path = self.writer.path;
        self.sum_up();
        self.store_lives(move_all).map_err(|e| e.at(path))?;
        if let Some((_, last)) = self.summary.span {
            if move_all {
                self.writer.advance_all(self.engine, last)?;
            }
            self.writer.raise_meta("horizon", last.micros()).map_err(|e| e.at(path))?;
        }
        Ok(self.summary)
    }

    fn sum_up(&mut self) {
        self.summary.shapes = self.shapes.iter().map(|slot| (Arc::clone(&slot.shape), slot.billed)).collect();
        for (&(reason, _), &count) in &self.unpriced {
            *self.summary.unpriced_reasons.entry(reason).or_default() += count;
        }
        let most = self.unpriced.iter().max_by_key(|&(&(_, shape), &count)| (count, std::cmp::Reverse(shape)));
        self.summary.most_unpriced = most.map(|(&(reason, shape), _)| {
            let all = self.summary.unpriced_reasons.get(&reason).copied().unwrap_or_default();
            (reason, all, Arc::clone(&self.shapes[shape as usize].shape))
        });
        let Some((_, last)) = self.summary.span else { return };
        let waits = |life: &&Life| life.accounts.values().flat_map(|a| a.lots()).any(|lot| lot.effective_at > last);
        self.summary.paid_too_late = self.lives.iter().filter(waits).count() as u64;
    }

    fn store_lives(&mut self, move_all: bool) -> Result<(), LedgerError> {
        let last = self.summary.span.map(|(_, last)| last).filter(|_| move_all);
        for life in &mut self.lives {
            if let Some(last) = last {
                self.engine.advance(life, last, &mut self.facts);
            }
            life::store(&self.writer.tx, life)?;
        }
        self.flush_others()
    }
}

impl Writer<'_> {
    /// The full form of a stored event.
    pub(super) fn expand(&self, stored: &StoredEvent) -> Result<crate::usage::UsageEvent, LedgerError> {
        read::expand(&self.tx, stored)
    }
}

fn refusal(code: &'static str, event: &BatchEvent, column: Option<&'static str>, reason: String) -> Refusal {
    Refusal { code, file: event.file, line: event.line, column, reason }
}

fn difference(before: &crate::usage::UsageEvent, now: &crate::usage::UsageEvent) -> String {
    let show = |event| serde_json::to_string(event).unwrap_or_default();
    format!("the id was recorded before with other content; before: {}; now: {}", show(before), show(now))
}
