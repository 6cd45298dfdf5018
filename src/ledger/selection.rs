//! Events that are looked for by what they are and what became of them.

use super::read::{self, StoredEvent};
use super::tables::{customer, denial, event, rebilled, voided};
use super::{Ledger, LedgerError};
use crate::billing::Status;
use crate::ids::{CustomerId, EventNumber, OperationId};
use crate::time::Instant;
use rusqlite::Connection;

/// What has become of an event by now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum EventStatus {
    /// Its fees were taken.
    Charged,
    /// The fees could not be covered.
    Denied,
    /// No price made a fee of it.
    Unpriced,
    /// It was taken back.
    Voided,
}

impl EventStatus {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Charged, Self::Denied, Self::Unpriced, Self::Voided];

    /// The word for people and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Charged => "charged",
            Self::Denied => "denied",
            Self::Unpriced => "unpriced",
            Self::Voided => "voided",
        }
    }
}

impl From<Status> for EventStatus {
    fn from(status: Status) -> Self {
        match status {
            Status::Charged => Self::Charged,
            Status::Denied => Self::Denied,
            Status::Unpriced(_) => Self::Unpriced,
        }
    }
}

/// Which events. What is absent does not matter; without anything it is all of them.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// Those with these ids.
    pub ids: Vec<String>,
    /// Those with these numbers, instead of ids.
    pub recorded: Option<Vec<EventNumber>>,
    /// Those that an operation recorded, or took back.
    pub operation: Option<OperationId>,
    /// Those of a customer.
    pub customer: Option<CustomerId>,
    /// Those of which this has become.
    pub status: Option<EventStatus>,
    /// Those that were denied or left without a price for this reason.
    pub reason: Option<String>,
    /// Those that happened then or later.
    pub from: Option<Instant>,
    /// Those that happened before.
    pub to: Option<Instant>,
}

/// A recorded event, and what has become of it by now.
#[derive(Debug, Clone)]
pub struct Selected {
    /// The event as it was recorded.
    pub event: StoredEvent,
    /// What has become of it by now.
    pub status: EventStatus,
    /// Why it was denied or left without a price, if it was.
    pub reason: Option<&'static str>,
}

/// The event with its status, if it is selected. Records that take others back are skipped, and those that were replaced.
/// Asked event by event, so that a few cost the same however many there are.
fn found(connection: &Connection, selection: &Selection, event: StoredEvent) -> Result<Option<Selected>, LedgerError> {
    let fact = &event.fact;
    if fact.voids.is_some() || rebilled::is_replaced(connection, fact.seq)? {
        return Ok(None);
    }
    let is_voided = voided::by(connection, fact.seq)?.is_some();
    let status = if is_voided { EventStatus::Voided } else { fact.status.into() };
    let reason = match fact.status {
        Status::Charged => None,
        Status::Denied => denial::of(connection, fact.seq)?.map(|denial| denial.reason.name()),
        Status::Unpriced(reason) => Some(reason.name()),
    };
    let Selection { customer, status: wanted, reason: because, from, to, .. } = selection;
    let is_found = customer.is_none_or(|customer| customer == fact.customer)
        && wanted.is_none_or(|wanted| wanted == status)
        && because.as_ref().is_none_or(|because| reason == Some(because))
        && from.is_none_or(|from| from <= fact.occurred_at)
        && to.is_none_or(|to| fact.occurred_at < to);
    Ok(is_found.then_some(Selected { event, status, reason }))
}

/// Visits the events of a selection, in the order in which they were recorded.
pub(super) fn for_each_selected(
    connection: &Connection,
    selection: &Selection,
    mut visit: impl FnMut(Selected) -> Result<(), LedgerError>,
) -> Result<(), LedgerError> {
    let numbers = numbers(connection, selection)?;
    let mut take = |event| found(connection, selection, event)?.map_or(Ok(()), &mut visit);
    match (numbers, selection.operation) {
        (Some(numbers), _) => numbers.into_iter().try_for_each(|seq| take(read::by_number(connection, seq)?)),
        (None, Some(operation)) => match event::range_of(connection, operation)? {
            Some((first, last)) => {
                let mut voided = Vec::new();
                read::for_each_event(connection, first, last, |event| {
                    voided.extend(event.fact.voids);
                    if event.fact.voids.is_some() { Ok(()) } else { take(event) }
                })?;
                voided.sort_unstable();
                voided.into_iter().try_for_each(|seq| take(read::by_number(connection, seq)?))
            }
            None => Ok(()),
        },
        (None, None) => read::for_each_event(connection, EventNumber::NONE, EventNumber::LAST, take),
    }
}

/// The numbers of the events, where they need not be looked for among all: with these ids, or of that customer.
fn numbers(connection: &Connection, selection: &Selection) -> Result<Option<Vec<EventNumber>>, LedgerError> {
    if let Some(mut recorded) = selection.recorded.clone() {
        recorded.sort_unstable();
        recorded.dedup();
        return Ok(Some(recorded));
    }
    if !selection.ids.is_empty() {
        let unknown = |id: &String| LedgerError::Unknown { kind: "event", name: id.clone(), known: Vec::new() };
        let mut numbers = Vec::new();
        for id in &selection.ids {
            match read::event_by_id(connection, id)? {
                Some(event) => numbers.push(event.fact.seq),
                None => return Err(unknown(id)),
            }
        }
        numbers.sort_unstable();
        numbers.dedup();
        return Ok(Some(numbers));
    }
    let Some(customer) = selection.customer.filter(|_| selection.operation.is_none()) else { return Ok(None) };
    let mut numbers = Vec::new();
    let mut seq = customer::state(connection, customer)?.last_event;
    while seq != EventNumber::NONE {
        numbers.push(seq);
        seq = read::by_number(connection, seq)?.fact.previous;
    }
    numbers.reverse();
    Ok(Some(numbers))
}

impl Ledger {
    /// Visits the events of a selection, in the order in which they were recorded.
    ///
    /// # Errors
    /// When an id is unknown, the ledger can't be read, or what the visitor returns.
    pub fn for_each_selected(
        &self,
        selection: &Selection,
        visit: impl FnMut(Selected) -> Result<(), LedgerError>,
    ) -> Result<(), LedgerError> {
        for_each_selected(&self.connection, selection, visit).map_err(|e| e.at(self.path()))
    }
}
