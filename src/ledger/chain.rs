//! A customer's events, newest first. Each names the one before it, so a customer's history is found without looking at
//! anybody else's; and the events of a row are unpacked once, however many of them are the customer's.

use super::packed::{PackedEvent, Unpacking};
use super::tables::{customer, event};
use super::{Ledger, LedgerError};
use crate::billing::EventFact;
use crate::ids::{CustomerId, EventNumber, OperationId};
use crate::usage::EventId;
use rusqlite::Connection;
use std::ops::ControlFlow;

/// Few rows hold more events.
const USUAL: usize = 32;

/// A usage event of a chain.
#[derive(Debug)]
pub struct Linked<'a> {
    /// What became of it.
    pub fact: &'a EventFact,
    /// The operation that recorded it.
    pub operation: OperationId,
    id: EventId<'a>,
}

impl Linked<'_> {
    /// Its id, as the log had it.
    pub fn id(&self) -> String {
        self.id.text()
    }
}

impl Ledger {
    /// Visits a customer's events, newest first, until the visitor breaks off. Costs as much as the customer has events.
    ///
    /// # Errors
    /// When the ledger can't be read, or what the visitor returns.
    pub fn for_each_event_of(
        &self,
        customer: CustomerId,
        visit: impl FnMut(&Linked<'_>) -> Result<ControlFlow<()>, LedgerError>,
    ) -> Result<(), LedgerError> {
        let walk = || {
            let newest = customer::state(&self.connection, customer)?.last_event;
            for_each_from(&self.connection, customer, newest, visit)
        };
        walk().map_err(|e: LedgerError| e.at(self.path()))
    }

    /// The same from one of the customer's events on.
    ///
    /// # Errors
    /// As [`Ledger::for_each_event_of`].
    pub fn for_each_event_from(
        &self,
        customer: CustomerId,
        newest: EventNumber,
        visit: impl FnMut(&Linked<'_>) -> Result<ControlFlow<()>, LedgerError>,
    ) -> Result<(), LedgerError> {
        for_each_from(&self.connection, customer, newest, visit).map_err(|e| e.at(self.path()))
    }
}

fn for_each_from(
    connection: &Connection,
    customer: CustomerId,
    newest: EventNumber,
    mut visit: impl FnMut(&Linked<'_>) -> Result<ControlFlow<()>, LedgerError>,
) -> Result<(), LedgerError> {
    let mut next = newest;
    while next != EventNumber::NONE {
        let row = event::row_with(connection, next)?.ok_or_else(|| lost(next))?;
        let mut own: Vec<PackedEvent<'_>> = Vec::with_capacity(USUAL);
        for event in Unpacking::new(row.first, row.count, &row.body) {
            let event = event?;
            if event.fact.seq > next {
                break;
            }
            if event.fact.customer == customer {
                own.push(event);
            }
        }
        for PackedEvent { fact, text } in own.iter().rev() {
            if fact.seq != next {
                continue;
            }
            next = fact.previous;
            if next >= fact.seq {
                let what = format!("event number {}: the one before it is number {next}", fact.seq);
                return Err(LedgerError::damaged(what));
            }
            if visit(&Linked { fact, operation: row.operation, id: text.id })?.is_break() {
                return Ok(());
            }
        }
        if next >= row.first {
            return Err(lost(next));
        }
    }
    Ok(())
}

fn lost(event: EventNumber) -> LedgerError {
    LedgerError::damaged(format!("event number {event}: it is referred to, but not there"))
}
