//! A customer's events in the order of time, a segment at a time.

use super::entries::{Entries, Entry};
use crate::ids::{AssetId, EventNumber};
use crate::ledger::LedgerError;
use crate::report::balances::posted_at;
use smallvec::SmallVec;
use std::ops::ControlFlow;

/// Events whose movements are in memory together.
const TOGETHER: usize = 4_096;

/// Where segments of a chain begin: the newest event of each, newest first.
#[derive(Debug, Default)]
pub(super) struct Segments {
    newest: Vec<EventNumber>,
    events: usize,
}

impl Segments {
    /// The next event, older than those before.
    pub fn add(&mut self, event: EventNumber) {
        if self.events.is_multiple_of(TOGETHER) {
            self.newest.push(event);
        }
        self.events += 1;
    }

    /// Visits what moved an account in the order of time, until the visitor breaks off. Says whether it did.
    pub fn for_each(
        &self,
        entries: &Entries<'_>,
        asset: AssetId,
        mut visit: impl FnMut(Entry) -> Result<ControlFlow<()>, LedgerError>,
    ) -> Result<ControlFlow<()>, LedgerError> {
        for (index, &newest) in self.newest.iter().enumerate().rev() {
            let older = self.newest.get(index + 1).copied();
            for entry in segment(entries, asset, newest, older)?.into_iter().rev().flatten() {
                if visit(entry)?.is_break() {
                    return Ok(ControlFlow::Break(()));
                }
            }
        }
        Ok(ControlFlow::Continue(()))
    }
}

/// What each event moved in an account, from `newest` back to the one before `older`, or to the span's beginning.
fn segment(
    entries: &Entries<'_>,
    asset: AssetId,
    newest: EventNumber,
    older: Option<EventNumber>,
) -> Result<Vec<SmallVec<[Entry; 1]>>, LedgerError> {
    let mut movements = Vec::new();
    entries.ledger.for_each_event_from(entries.life.customer, newest, |event| {
        if Some(event.fact.seq) == older || posted_at(event.fact) < entries.span.first {
            return Ok(ControlFlow::Break(()));
        }
        movements.extend(Some(entries.of_event(event, asset)?).filter(|own| !own.is_empty()));
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(movements)
}
