//! The billing half of the write path: a batch's new events against lives in memory. It never sees SQLite, so that it can
//! run on a thread of its own.

use super::duplicates::Known;
use super::import::ImportSummary;
use crate::billing::{Engine, EventInput, Facts, Life, NewTerms, Status, SubscriptionError, Unpriced};
use crate::time::Instant;
use crate::usage::{Batch, BatchEvent, Shape};
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// What billing keeps from batch to batch.
pub(super) struct Billing<'w> {
    pub engine: &'w mut Engine,
    pub lives: Vec<Life>,
    /// For each customer of the log the index of their life, once it is loaded.
    pub lives_of: Vec<Option<u32>>,
    pub shapes: Vec<ShapeSlot>,
    pub facts: Facts,
    pub summary: ImportSummary,
    /// Unpriced events by reason and shape.
    unpriced: FxHashMap<(Unpriced, u32), u64>,
}

/// A batch that was billed.
pub(super) struct Billed {
    pub batch: Arc<Batch>,
    /// Indexes of the events that were billed, in the order of `facts.events`.
    pub recorded: Vec<u32>,
    /// Events that were not billed, with their indexes, beside those that are stored already.
    pub left: Vec<(u32, Left)>,
    pub facts: Facts,
}

/// Why an event was not billed.
#[derive(Debug, Clone)]
pub(super) enum Left {
    /// Its id is stored: what differs, if anything does.
    Stored(Option<String>),
    /// Another event of the batch has its id and was recorded: that one's index.
    Twin(u32),
    /// Nobody knows its customer.
    Unknown,
    /// Its numbers are beyond the ledger.
    Refused(String),
}

/// A shape of the log.
pub(super) struct ShapeSlot {
    pub id: i64,
    pub shape: Arc<Shape>,
    pub vendors: Vec<i64>,
    /// How many events of it were billed.
    pub billed: u64,
}

impl ShapeSlot {
    pub fn input<'b>(&'b self, batch: &'b Batch, event: &BatchEvent) -> EventInput<'b> {
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

impl<'w> Billing<'w> {
    pub fn new(engine: &'w mut Engine) -> Self {
        Self {
            engine,
            lives: Vec::new(),
            lives_of: Vec::new(),
            shapes: Vec::new(),
            facts: Facts::default(),
            summary: ImportSummary::default(),
            unpriced: FxHashMap::default(),
        }
    }

    /// Adds a customer's life, and subscribes them if they are new.
    ///
    /// # Errors
    /// When they can't be subscribed.
    pub fn add(&mut self, customer: usize, mut life: Life, terms: Option<NewTerms>) -> Result<(), SubscriptionError> {
        if let Some(terms) = terms {
            self.engine.subscribe(&mut life, terms, None, &mut self.facts)?;
        }
        self.lives_of[customer] = u32::try_from(self.lives.len()).ok();
        self.lives.push(life);
        Ok(())
    }

    /// Bills the events of a batch that are not known yet, in the log's order.
    pub fn bill(&mut self, batch: &Arc<Batch>, known: &Known) -> Billed {
        let (mut recorded, mut left) = (Vec::with_capacity(batch.events.len()), Vec::new());
        // Which of several events with one id was recorded: the others are compared with it.
        let mut of_id: FxHashMap<u32, u32> = FxHashMap::default();
        for (index, event) in (0u32..).zip(&batch.events) {
            if known.is_stored(index) {
                continue;
            }
            if let Some(&twin) = known.twins.get(&index).and_then(|first| of_id.get(first)) {
                left.push((index, Left::Twin(twin)));
                continue;
            }
            match self.bill_event(batch, event) {
                Ok(()) => {
                    recorded.push(index);
                    if !known.twins.is_empty() {
                        of_id.insert(known.twins.get(&index).copied().unwrap_or(index), index);
                    }
                }
                Err(why) => left.push((index, why)),
            }
        }
        let facts = std::mem::take(&mut self.facts);
        self.count_others(&facts);
        Billed { batch: Arc::clone(batch), recorded, left, facts }
    }

    fn bill_event(&mut self, batch: &Batch, event: &BatchEvent) -> Result<(), Left> {
        let life = self.lives_of[event.customer as usize].ok_or(Left::Unknown)?;
        let life = &mut self.lives[life as usize];
        let slot = &mut self.shapes[event.shape as usize];
        slot.billed += 1;
        let billed = self.engine.bill(life, slot.input(batch, event), &mut self.facts);
        let status = billed.map_err(|error| {
            slot.billed -= 1;
            Left::Refused(error.to_string())
        })?;
        self.reach(event.occurred_at);
        match status {
            Status::Charged => self.summary.charged += 1,
            Status::Denied => self.summary.denied += 1,
            Status::Unpriced(reason) => {
                self.summary.unpriced += 1;
                *self.unpriced.entry((reason, event.shape)).or_default() += 1;
            }
        }
        let Some(fact) = self.facts.events.last() else { return Ok(()) };
        self.summary.late += u64::from(fact.posted_at.is_some());
        if status == Status::Charged {
            let life = &self.lives[self.lives_of[event.customer as usize].unwrap_or_default() as usize];
            for fee in &fact.fees {
                let mut take = |asset, amount| *self.summary.fees.entry(asset).or_default() += i128::from(amount);
                match (fee.overage, self.engine.fee_assets(life, fee).as_slice()) {
                    (Some(overage), &[own, other]) => {
                        take(own, fee.amount - overage.units);
                        take(other, overage.amount);
                    }
                    (_, assets) => take(assets[0], fee.amount),
                }
            }
        }
        Ok(())
    }

    /// The log covers that instant. A row that is refused moves nobody's time.
    pub fn reach(&mut self, at: Instant) {
        let span = self.summary.span.get_or_insert((at, at));
        *span = (span.0.min(at), span.1.max(at));
    }

    /// Counts what happened beside events.
    pub fn count_others(&mut self, facts: &Facts) {
        self.summary.auto_topups += facts.topups.len() as u64;
        for denial in &facts.denials {
            *self.summary.denial_reasons.entry((denial.reason.name(), denial.asset)).or_default() += 1;
        }
    }

    pub fn sum_up(&mut self) {
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
}
