//! The time that a report covers.

use super::Query;
use crate::time::Instant;

/// From one instant to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// The first instant; since ever when absent.
    pub from: Option<Instant>,
    /// The end: not covered when it was asked for, covered when it is the ledger's horizon.
    pub to: Instant,
    before: Instant,
}

impl Window {
    /// What a query covers in a ledger that has come as far as `horizon`. What happened at the horizon itself has
    /// happened, so a report without an end covers it.
    pub fn new(query: &Query, horizon: Instant) -> Self {
        let after = |instant: Instant| Instant::from_micros(instant.micros().saturating_add(1));
        let before = query.to.unwrap_or_else(|| after(horizon));
        Self { from: query.from, to: query.to.unwrap_or(horizon), before }
    }

    /// Whether an instant is covered.
    pub fn contains(&self, at: Instant) -> bool {
        at < self.before && self.from.is_none_or(|from| from <= at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_horizon_is_covered_and_an_end_that_was_asked_for_is_not() {
        let at = Instant::from_micros;
        let covered = |query: &Query| [0, 9, 10, 11].map(|t| Window::new(query, at(10)).contains(at(t)));
        let query = Query::default();
        assert_eq!(covered(&query), [true, true, true, false]);
        assert_eq!(covered(&Query { to: Some(at(10)), ..query.clone() }), [true, true, false, false]);
        assert_eq!(covered(&Query { from: Some(at(9)), to: Some(at(99)), by: Vec::new() }), [false, true, true, true]);
    }
}
