//! The write path: batches of usage events into the ledger.
//!
//! A batch goes through four steps. Its ids are hashed, sorted and looked up in the stored runs at once, so that what is
//! new is known before anything is billed ([`super::duplicates`]). New events are billed in the log's order against lives
//! that are loaded once per customer and stored once at the end ([`super::billed`]). The new ids become one sorted run
//! ([`super::keys`]). The rows are appended many to a statement, while the next batch is billed on a thread of its own:
//! SQLite and the engine each take about half of the time. Nothing is asked of SQLite per event, and all batches of a log
//! are one transaction.

use super::billed::{Billed, Billing, Left, ShapeSlot};
use super::duplicates::Known;
use super::facts::{EventText, write, write_events};
use super::keys;
use super::open::Writer;
use super::read::StoredEvent;
use super::{LedgerError, append, customer, life, read};
use crate::billing::{AssetId, CustomerId, Engine, NewTerms, Unpriced, VersionId};
use crate::time::Instant;
use crate::usage::{Batch, BatchEvent, Shape};
use rusqlite::OptionalExtension;
use rusqlite::types::ValueRef;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Events whose rows are appended at a time.
const ROWS: usize = 4_096;

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
    pub(super) writer: &'w mut Writer<'l>,
    pub(super) billing: Billing<'w>,
    options: ImportOptions,
    pub(super) hash_key: [u8; 16],
    pub(super) customers: Vec<Slot>,
    /// What was billed and is not in the ledger yet.
    pub(super) pending: Option<Billed>,
}

/// A customer of the log.
pub(super) struct Slot {
    pub name: String,
    /// The ledger's number, once it is known.
    pub id: Option<CustomerId>,
}

impl<'w, 'l> Import<'w, 'l> {
    /// Begins to take a log.
    pub fn new(writer: &'w mut Writer<'l>, engine: &'w mut Engine, options: ImportOptions) -> Self {
        let hash_key = writer.seals.key();
        Self { writer, billing: Billing::new(engine), options, hash_key, customers: Vec::new(), pending: None }
    }

    /// How many events have been taken so far.
    pub fn events(&self) -> u64 {
        self.billing.summary.events
    }

    /// Takes one batch. Records that can't be recorded are told to `refuse`; the caller decides what that means.
    ///
    /// # Errors
    /// When the ledger can't be read or written.
    pub fn batch(&mut self, batch: Batch, refuse: &mut dyn FnMut(Refusal)) -> Result<(), LedgerError> {
        let path = self.writer.path;
        self.take(Arc::new(batch), refuse).map_err(|e| e.at(path))
    }

    fn take(&mut self, batch: Arc<Batch>, refuse: &mut dyn FnMut(Refusal)) -> Result<(), LedgerError> {
        self.learn(&batch)?;
        let known = self.known(&batch)?;
        self.load_lives(&batch, &known)?;
        let pending = self.pending.take();
        let Self { writer, billing, .. } = self;
        let billed = match pending {
            None => billing.bill(&batch, &known),
            Some(pending) => std::thread::scope(|scope| {
                let thread = scope.spawn(|| billing.bill(&batch, &known));
                let appended = append_billed(writer, pending);
                let billed = thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
                appended.map(|()| billed)
            })?,
        };
        self.tell(&batch, &known, &billed, refuse);
        let keys = billed.recorded.iter().zip(&billed.facts.events);
        let keys = keys.map(|(&index, event)| (known.hashes[index as usize], event.seq)).collect();
        self.pending = Some(billed);
        keys::store(&self.writer.tx, keys)
    }

    /// Appends what waits to be appended.
    pub(super) fn append_pending(&mut self) -> Result<(), LedgerError> {
        self.pending.take().map_or(Ok(()), |pending| append_billed(self.writer, pending))
    }

    /// Counts what was not billed, and tells what can't be recorded, in the log's order.
    fn tell(&mut self, batch: &Batch, known: &Known, billed: &Billed, refuse: &mut dyn FnMut(Refusal)) {
        self.billing.summary.events += batch.events.len() as u64;
        for &index in &known.same {
            self.duplicate(&batch.events[index as usize]);
        }
        let mut left: BTreeMap<u32, Left> =
            known.stored.iter().map(|(&i, other)| (i, Left::Stored(other.clone()))).collect();
        left.extend(billed.left.iter().map(|(index, left)| (*index, left.clone())));
        for (index, left) in left {
            let event = &batch.events[index as usize];
            let conflict = match left {
                Left::Stored(difference) => difference,
                Left::Twin(recorded) => self.same_as_twin(batch, event, &batch.events[recorded as usize]),
                Left::Unknown => {
                    self.billing.summary.invalid += 1;
                    refuse(unknown_customer(event, &self.customers[event.customer as usize].name));
                    continue;
                }
                Left::Refused(reason) => {
                    self.billing.summary.invalid += 1;
                    refuse(refusal("out_of_range", event, None, reason));
                    continue;
                }
            };
            match conflict {
                None => self.duplicate(event),
                Some(difference) => {
                    self.billing.summary.conflict += 1;
                    refuse(refusal("conflict", event, Some("id"), difference));
                }
            }
        }
    }

    fn duplicate(&mut self, event: &BatchEvent) {
        self.billing.summary.duplicate += 1;
        self.billing.reach(event.occurred_at);
    }

    /// Numbers the customers and shapes that are new in a batch.
    fn learn(&mut self, batch: &Batch) -> Result<(), LedgerError> {
        for name in &batch.new_customers {
            let id = customer::find_customer(&self.writer.tx, name)?.map(|c| c.id);
            self.customers.push(Slot { name: name.clone(), id });
        }
        for shape in &batch.new_shapes {
            let vendors = shape.vendors.iter().map(|v| self.writer.vendor_id(&v.vendor)).collect::<Result<_, _>>()?;
            let id = self.shape_id(shape)?;
            self.billing.shapes.push(ShapeSlot { id, shape: Arc::clone(shape), vendors, billed: 0 });
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

    /// Loads the lives of a batch's customers, at their first event that may be new; unknown ones are enrolled.
    fn load_lives(&mut self, batch: &Batch, known: &Known) -> Result<(), LedgerError> {
        self.billing.lives_of.resize(self.customers.len(), None);
        for (index, event) in (0u32..).zip(&batch.events) {
            let customer = event.customer as usize;
            let is_needed = self.billing.lives_of[customer].is_none() && !known.is_stored(index);
            if !is_needed {
                continue;
            }
            let enrolled = match (self.customers[customer].id, self.options.enroll) {
                (Some(_), _) => None,
                (None, None) => continue,
                (None, Some(version)) => {
                    let id = self.writer.insert_customer(&self.customers[customer].name, None, event.occurred_at)?;
                    self.customers[customer].id = Some(id);
                    self.billing.summary.enrolled += 1;
                    Some(NewTerms { version, quantity: 1, at: event.occurred_at })
                }
            };
            let id = self.customers[customer].id.unwrap_or_default();
            let life = life::load(&self.writer.tx, id, self.billing.engine)?;
            self.billing.add(customer, life, enrolled).map_err(|error| LedgerError::Refused(error.to_string()))?;
        }
        Ok(())
    }

    /// Stores the lives. `move_all` moves every subscriber on to the log's last instant; otherwise only the customers of
    /// the log have moved, each to their own last event.
    ///
    /// # Errors
    /// When the ledger can't be written.
    pub fn finish(mut self, move_all: bool) -> Result<ImportSummary, LedgerError> {
        let path = self.writer.path;
        self.append_pending().map_err(|e| e.at(path))?;
        self.billing.sum_up();
        let last = self.billing.summary.span.map(|(_, last)| last);
        self.store_lives(last.filter(|_| move_all)).map_err(|e| e.at(path))?;
        if let Some(last) = last {
            if move_all {
                self.writer.advance_all(self.billing.engine, last)?;
            }
            self.writer.raise_meta("horizon", last.micros()).map_err(|e| e.at(path))?;
        }
        Ok(self.billing.summary)
    }

    fn store_lives(&mut self, move_to: Option<Instant>) -> Result<(), LedgerError> {
        let (engine, mut facts) = (&mut *self.billing.engine, std::mem::take(&mut self.billing.facts));
        for life in &mut self.billing.lives {
            if let Some(last) = move_to {
                engine.advance(life, last, &mut facts);
            }
            life::store(&self.writer.tx, life)?;
        }
        self.billing.count_others(&facts);
        write(&self.writer.tx, &mut self.writer.seals, &mut facts)
    }
}

impl Writer<'_> {
    /// The full form of a stored event.
    pub(super) fn expand(&self, stored: &StoredEvent) -> Result<crate::usage::UsageEvent, LedgerError> {
        read::expand(&self.tx, stored)
    }
}

/// Appends the rows of a batch that was billed.
fn append_billed(writer: &mut Writer<'_>, billed: Billed) -> Result<(), LedgerError> {
    let Billed { batch, recorded, mut facts, .. } = billed;
    let events = std::mem::take(&mut facts.events);
    let mut texts = Vec::with_capacity(ROWS);
    for (events, recorded) in events.chunks(ROWS).zip(recorded.chunks(ROWS)) {
        let recorded = recorded.iter().map(|&index| &batch.events[index as usize]);
        texts.extend(recorded.map(|event| EventText { id: batch.id(event), values: batch.values(event) }));
        write_events(&writer.tx, &mut writer.seals, events, &texts)?;
        texts.clear();
    }
    write(&writer.tx, &mut writer.seals, &mut facts)
}

fn unknown_customer(event: &BatchEvent, name: &str) -> Refusal {
    let reason =
        format!("unknown customer {name:?}; add it with `drawdown customer add`, or enroll all with --enroll PRODUCT");
    refusal("unknown_customer", event, Some("customer"), reason)
}

fn refusal(code: &'static str, event: &BatchEvent, column: Option<&'static str>, reason: String) -> Refusal {
    Refusal { code, file: event.file, line: event.line, column, reason }
}
