//! The time that a statement covers, and what accounts hold at its borders.

use crate::ids::AssetId;
use crate::money::{Total, Units};
use crate::time::Instant;
use std::collections::BTreeMap;

/// From one instant to another, both included.
#[derive(Debug, Clone, Copy)]
pub(super) struct Span {
    pub first: Instant,
    pub last: Instant,
}

impl Span {
    pub fn contains(&self, at: Instant) -> bool {
        (self.first..=self.last).contains(&at)
    }
}

/// What an account holds before the first instant and after the last one.
#[derive(Debug, Default)]
pub(super) struct Edges {
    pub opening: Total<Units>,
    pub closing: Total<Units>,
    /// Whether events move it within the span.
    pub has_events: bool,
}

/// The edges of all accounts that were ever moved until the last instant.
#[derive(Debug, Default)]
pub(super) struct Accounts(pub BTreeMap<AssetId, Edges>);

impl Accounts {
    /// Something moved an account. Says whether that is within the span.
    pub fn add(&mut self, span: &Span, at: Instant, asset: AssetId, amount: Units) -> bool {
        if at > span.last {
            return false;
        }
        let edges = self.0.entry(asset).or_default();
        edges.closing += amount;
        if at < span.first {
            edges.opening += amount;
        }
        at >= span.first
    }

    /// The same of an event.
    pub fn add_of_event(&mut self, span: &Span, at: Instant, asset: AssetId, amount: Units) -> bool {
        let is_within = self.add(span, at, asset, amount);
        if is_within && let Some(edges) = self.0.get_mut(&asset) {
            edges.has_events = true;
        }
        is_within
    }
}
