//! Rows back to usage events: one reader for reports, statements, `explain` and `verify`.

use super::import::hash::IdHash;
use super::import::keys;
use super::packed::PackedEvent;
use super::tables::{customer, event, meta, shape, voided};
use super::{Ledger, LedgerError};
use crate::billing::{Engine, EventFact};
use crate::ids::{EventNumber, ShapeId};
use crate::money::{Decimal, parse_cost};
use crate::usage::{EventId, Fields, Shape, UsageEvent};
use rusqlite::Connection;

/// A usage event as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredEvent {
    /// What became of it.
    pub fact: EventFact,
    /// Its id, as the log had it.
    pub id: String,
    /// The JSON array of its values.
    pub values: String,
}

fn damaged(seq: EventNumber, what: &str) -> LedgerError {
    LedgerError::damaged(format!("event number {seq}: {what}"))
}

impl From<PackedEvent<'_>> for StoredEvent {
    fn from(packed: PackedEvent<'_>) -> Self {
        let PackedEvent { fact, text } = packed;
        Self { fact, id: text.id.text(), values: text.values.to_owned() }
    }
}

/// Visits the events numbered `from` to `to` in their order.
pub(super) fn for_each_event(
    connection: &Connection,
    from: EventNumber,
    to: EventNumber,
    mut visit: impl FnMut(StoredEvent) -> Result<(), LedgerError>,
) -> Result<(), LedgerError> {
    event::for_each(connection, from, to, |event| visit(event.into()))
}

/// The event of that number.
pub(super) fn by_number(connection: &Connection, seq: EventNumber) -> Result<StoredEvent, LedgerError> {
    let mut found = None;
    for_each_event(connection, seq, seq, |event| {
        found = Some(event);
        Ok(())
    })?;
    found.ok_or_else(|| damaged(seq, "it is referred to, but not there"))
}

/// The event with that id, if there is one. Of several, all but one were taken back: that one, or the latest if it was, too.
pub(super) fn event_by_id(connection: &Connection, id: &str) -> Result<Option<StoredEvent>, LedgerError> {
    let mut latest = None;
    for stored in events_by_id(connection, id)? {
        if voided::by(connection, stored.fact.seq)?.is_none() {
            return Ok(Some(stored));
        }
        latest = Some(stored);
    }
    Ok(latest)
}

/// All records with that id, in their order.
pub(super) fn events_by_id(connection: &Connection, id: &str) -> Result<Vec<StoredEvent>, LedgerError> {
    let hash = IdHash::of(&meta::hash_key(connection)?, &EventId::new(id));
    let mut all = Vec::new();
    for found in keys::find(connection, &[hash])? {
        all.extend(Some(by_number(connection, found.event)?).filter(|stored| stored.id == id));
    }
    all.sort_by_key(|stored| stored.fact.seq);
    Ok(all)
}

impl Ledger {
    /// Visits all events in the order in which they were recorded.
    ///
    /// # Errors
    /// When the ledger can't be read, or what the visitor returns.
    pub fn for_each_event(&self, visit: impl FnMut(StoredEvent) -> Result<(), LedgerError>) -> Result<(), LedgerError> {
        for_each_event(&self.connection, EventNumber::NONE, EventNumber::LAST, visit).map_err(|e| e.at(self.path()))
    }

    /// The event with that id, if there is one.
    ///
    /// # Errors
    /// When the ledger can't be read.
    pub fn event_by_id(&self, id: &str) -> Result<Option<StoredEvent>, LedgerError> {
        event_by_id(&self.connection, id).map_err(|e| e.at(self.path()))
    }

    /// All records with that id, in their order. All but one of them were taken back, or all.
    ///
    /// # Errors
    /// When the ledger can't be read.
    pub fn events_by_id(&self, id: &str) -> Result<Vec<StoredEvent>, LedgerError> {
        events_by_id(&self.connection, id).map_err(|e| e.at(self.path()))
    }

    /// The full form of a stored event.
    ///
    /// # Errors
    /// When what it refers to is not there.
    pub fn expand(&self, stored: &StoredEvent) -> Result<UsageEvent, LedgerError> {
        expand(&self.connection, stored).map_err(|e| e.at(self.path()))
    }

    /// All stored shapes with their numbers.
    ///
    /// # Errors
    /// When the ledger can't be read.
    pub fn shapes(&self) -> Result<Vec<(ShapeId, Shape)>, LedgerError> {
        shape::all(&self.connection).map_err(|e| e.at(self.path()))
    }

    /// A stored shape.
    ///
    /// # Errors
    /// When there is none of that number.
    pub fn shape(&self, id: ShapeId) -> Result<Shape, LedgerError> {
        shape::of(&self.connection, id).map_err(|e| e.at(self.path()))
    }
}

/// The full form of a stored event.
pub(super) fn expand(connection: &Connection, stored: &StoredEvent) -> Result<UsageEvent, LedgerError> {
    let shape = shape::of(connection, stored.fact.shape)?;
    expand_as(&shape, &customer::name_of(connection, stored.fact.customer)?, stored)
}

/// The same of this shape and customer.
pub(super) fn expand_as(shape: &Shape, customer: &str, stored: &StoredEvent) -> Result<UsageEvent, LedgerError> {
    let seq = stored.fact.seq;
    let values = Fields::read(&stored.values).ok_or_else(|| damaged(seq, "its data can't be read"))?;
    if values.len() != shape.value_count() {
        return Err(damaged(seq, "its data does not fit its shape"));
    }
    let costs: Vec<Decimal> = if shape.keeps_costs() {
        let kept = values[values.len() - shape.vendors.len()..].iter().map(|text| parse_cost(text).ok());
        kept.collect::<Option<_>>().ok_or_else(|| damaged(seq, "its costs can't be read"))?
    } else {
        // Costs by the catalog's rules are not the log's: then the shape has no vendors.
        let own = stored.fact.costs.iter().take(shape.vendors.len());
        let written = own.map(|cost| cost.amount.decimal());
        written.collect::<Option<_>>().ok_or_else(|| damaged(seq, "its costs can't be read"))?
    };
    Ok(shape.expand(&stored.id, customer, stored.fact.occurred_at, &values, &costs))
}

impl super::Writer<'_> {
    /// An id that no event has yet, for one that came without: `event-7` for the ledger's seventh.
    ///
    /// # Errors
    /// When the ledger can't be read.
    pub fn free_event_id(&self, engine: &Engine) -> Result<String, LedgerError> {
        let mut number = engine.numbers.event;
        loop {
            let id = format!("event-{number}");
            if event_by_id(&self.tx, &id).map_err(|e| e.at(self.path))?.is_none() {
                return Ok(id);
            }
            number.take_next();
        }
    }
}
