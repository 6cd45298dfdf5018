//! The time that a report covers.

use super::query::Query;
use crate::billing::{Accrual, Until};
use crate::money::Value;
use crate::time::Instant;

/// From one instant to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// The first instant; since ever when absent.
    pub from: Option<Instant>,
    /// The end: not covered when it was asked for, covered when it is the ledger's horizon.
    pub to: Instant,
    /// How far the ledger has come. Nothing is earned after it.
    pub processed_to: Instant,
    /// What lies before the window.
    pub(super) since: Until,
    /// What lies before its end.
    pub(super) until: Until,
}

impl Window {
    /// What a query covers in a ledger that has come as far as `horizon`. What happened at the horizon itself has
    /// happened, so a report without an end covers it. Beyond it nothing has, and nothing has been earned yet: a report from
    /// there on is empty.
    pub fn new(query: &Query, horizon: Instant) -> Self {
        let now = Until::with(horizon);
        Self {
            from: query.from,
            to: query.to.unwrap_or_else(|| query.from.map_or(horizon, |from| from.max(horizon))),
            processed_to: horizon,
            since: Until::before(query.from.unwrap_or(Instant::EPOCH)).min(now),
            until: query.to.map_or(now, |to| Until::before(to).min(now)),
        }
    }

    /// Whether an instant is covered.
    pub fn contains(&self, at: Instant) -> bool {
        self.until.covers(at) && !self.since.covers(at)
    }

    /// How far the ledger has come, if that is not as far as was asked for.
    pub fn falls_short(&self) -> Option<Instant> {
        (self.processed_to < self.to).then_some(self.processed_to)
    }

    /// What is earned within it.
    pub(super) fn earned(&self, accrual: &Accrual) -> Value {
        accrual.earned(self.until) - accrual.earned(self.since)
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
        assert_eq!(
            covered(&Query { from: Some(at(9)), to: Some(at(99)), by: Vec::new(), ..Query::default() }),
            [false, true, true, false]
        );
        assert_eq!(
            covered(&Query { from: Some(at(11)), to: Some(at(99)), by: Vec::new(), ..Query::default() }),
            [false; 4]
        );
    }

    #[test]
    fn nothing_is_earned_beyond_the_horizon() {
        let at = Instant::from_micros;
        let year = Accrual { value: Value::from_count(100), from: at(0), to: at(20), since: at(0), ended_at: None };
        let earned = |from: Option<i64>, to: Option<i64>| {
            let query = Query { from: from.map(at), to: to.map(at), ..Query::default() };
            let window = Window::new(&query, at(10));
            (window.earned(&year).count(), window.falls_short().map(Instant::micros))
        };
        assert_eq!(earned(None, None), (50, None));
        assert_eq!(earned(Some(4), Some(10)), (30, None));
        assert_eq!(earned(Some(4), Some(20)), (30, Some(10)));
        assert_eq!(earned(Some(12), Some(20)), (0, Some(10)));
        assert_eq!(earned(Some(12), None), (0, Some(10)));
        let beyond = Window::new(&Query { from: Some(at(12)), ..Query::default() }, at(10));
        assert_eq!((beyond.from, beyond.to), (Some(at(12)), at(12)));
    }
}
