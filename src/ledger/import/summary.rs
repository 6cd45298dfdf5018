//! How a log is to be taken, and what became of it.

use super::known::Conflict;
use crate::billing::{BillError, FellDue, Unpriced};
use crate::ids::{AssetId, EventIndex, VersionId};
use crate::money::{Total, Units};
use crate::time::Instant;
use crate::usage::{Batch, BatchEvent, Shape};
use std::collections::BTreeMap;
use std::sync::Arc;

/// How a log is to be taken.
#[derive(Debug, Clone, Copy, Default)]
pub struct ImportOptions {
    /// Unknown customers are added and subscribed to this version at their first event.
    pub enroll: Option<VersionId>,
    /// Nothing is to be recorded: events are billed and counted, and the ledger stays as it is.
    pub is_trial: bool,
    /// Ids were made from contents, so they say which events are the same: columns that only one of two records has are no
    /// difference.
    pub has_content_ids: bool,
}

/// A record that was read but can't be recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Index into the reader's files.
    pub file: u32,
    /// The number of the line, from 1.
    pub line: u64,
    /// Which event of its batch it is.
    pub index: EventIndex,
    /// Why it can't be recorded.
    pub reason: Unrecordable,
}

/// Why a record can't be recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unrecordable {
    /// Nobody knows this customer.
    UnknownCustomer(String),
    /// Its id stands for something else.
    Conflict(Box<Conflict>),
    /// Its numbers are beyond the ledger.
    OutOfRange(Box<BillError>),
}

impl Refusal {
    pub(super) fn new(event: &BatchEvent, index: EventIndex, reason: Unrecordable) -> Self {
        Self { file: event.file, line: event.line, index, reason }
    }
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
    /// Events that were recorded before with the same content, and taken back.
    pub voided: u64,
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
    /// What fell due as time passed.
    pub fell_due: FellDue,
    /// What was taken, by the asset that it was taken in: an overage counts in its own.
    pub fees: BTreeMap<AssetId, Total<Units>>,
    /// Unpriced events by reason.
    pub unpriced_reasons: BTreeMap<Unpriced, u64>,
    /// Denied events by reason and asset.
    pub denial_reasons: BTreeMap<(&'static str, AssetId), u64>,
    /// The earliest and the latest instant of the log.
    pub span: Option<(Instant, Instant)>,
    /// Each reason for unpriced events, the most frequent one first.
    pub most_unpriced: Vec<MostUnpriced>,
    /// What the log's events look like, with how many of each were billed.
    pub shapes: Vec<(Arc<Shape>, u64)>,
    /// The versions that events of the shapes were billed under: indexes into `shapes`, in their order.
    pub asked: Vec<(usize, VersionId)>,
    /// Customers of the log who hold credit that takes effect only after the log's end.
    pub paid_too_late: u64,
}

/// Events that are unpriced for one reason.
#[derive(Debug, Clone)]
pub struct MostUnpriced {
    /// Why no price made a fee of most of them.
    pub reason: Unpriced,
    /// How many have that reason.
    pub count: u64,
    /// How many of these have the most frequent event type and dimension values.
    pub alike: u64,
    /// What most of those look like.
    pub shape: Arc<Shape>,
}

impl ImportSummary {
    /// What was counted outside of billing, with what billing has counted.
    pub(super) fn with_billed(self, billed: Self) -> Self {
        let Self { events, duplicate, voided, conflict, invalid, enrolled, .. } = self;
        Self { events, duplicate, voided, conflict, invalid, enrolled, ..billed }
    }

    /// The log covers that instant. A row that is refused moves nobody's time.
    pub(super) fn reach(&mut self, at: Instant) {
        let span = self.span.get_or_insert((at, at));
        *span = (span.0.min(at), span.1.max(at));
    }
}

/// Is told of every batch once it is recorded, in the log's order: the batch, and its events that can't be recorded. What
/// that means is for the caller to decide.
pub type OnRecorded<'w> = dyn FnMut(&Batch, Vec<Refusal>) + 'w;
