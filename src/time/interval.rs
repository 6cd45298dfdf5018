//! Lengths of calendar time, and when they come round.

use super::{Instant, Unit};
use serde::{Deserialize, Serialize};

/// So many units: the time between two renewals, or the life of a lot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Interval {
    /// The calendar unit that is counted.
    pub unit: Unit,
    /// How many; at least 1.
    pub count: u32,
}

impl Interval {
    /// The `n`-th instant after `anchor` (0 is the anchor itself).
    ///
    /// Months are counted from the anchor and clamped to the month's end from the anchor's own day:
    /// 31 January, 28 or 29 February, 31 March. Beyond the calendar it is [`Instant::MAX`].
    pub fn nth(self, anchor: Instant, n: u32) -> Instant {
        let steps = i64::from(self.count) * i64::from(n);
        let span = match self.unit {
            Unit::Day => return later(anchor, steps),
            Unit::Week => return later(anchor, steps.saturating_mul(7)),
            Unit::Month => jiff::Span::new().try_months(steps),
            Unit::Quarter => jiff::Span::new().try_months(steps.saturating_mul(3)),
            Unit::Year => jiff::Span::new().try_years(steps),
        };
        let later = span.and_then(|span| anchor.civil().checked_add(span));
        later.map_or(Instant::MAX, |civil| Instant::from_civil(civil).unwrap_or(Instant::MAX))
    }

    /// The period around `at`, counted from `anchor`; `None` before the anchor.
    pub fn period(self, anchor: Instant, at: Instant) -> Option<Period> {
        if at < anchor {
            return None;
        }
        // Nothing begins before the epoch; what a damaged ledger says must not be counted from there.
        let anchor = anchor.max(Instant::EPOCH);
        let mut index = self.estimate(anchor, at);
        while self.nth(anchor, index) > at {
            index -= 1;
        }
        // Beyond the calendar every turn is `Instant::MAX`, which nothing comes after.
        while self.nth(anchor, index + 1) <= at.min(LAST) {
            index += 1;
        }
        Some(Period { from: self.nth(anchor, index), to: self.nth(anchor, index + 1) })
    }

    /// About which period `at` is in: off by one or two where months differ in length.
    fn estimate(self, anchor: Instant, at: Instant) -> u32 {
        let days = (at.micros() - anchor.micros()) / DAY_MICROS;
        let length = match self.unit {
            Unit::Day => 1,
            Unit::Week => 7,
            Unit::Month => 31,
            Unit::Quarter => 92,
            Unit::Year => 366,
        };
        u32::try_from(days / (length * i64::from(self.count))).unwrap_or(u32::MAX - 1)
    }

    /// One interval after `start`.
    pub fn after(self, start: Instant) -> Instant {
        self.nth(start, 1)
    }
}

/// So many days after `anchor`. Days of UTC are all alike, so this takes no calendar, and a report has very many of them.
fn later(anchor: Instant, days: i64) -> Instant {
    let micros = days.checked_mul(DAY_MICROS).and_then(|micros| anchor.micros().checked_add(micros));
    let known = micros.filter(|micros| (0..=Instant::MAX.micros()).contains(micros));
    known.map_or(Instant::MAX, Instant::from_micros)
}

/// One turn of an interval: half-open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// Its first instant.
    pub from: Instant,
    /// The first instant after it.
    pub to: Instant,
}

/// The last instant that something can happen after.
const LAST: Instant = Instant::from_micros(Instant::MAX.micros() - 1);

const DAY_MICROS: i64 = 86_400_000_000;

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Instant {
        Instant::parse_argument(text).unwrap()
    }

    fn dates(unit: Unit, count: u32, anchor: &str, ns: std::ops::RangeInclusive<u32>) -> Vec<String> {
        ns.map(|n| Interval { unit, count }.nth(at(anchor), n).date()).collect()
    }

    #[test]
    fn month_ends_come_back() {
        assert_eq!(
            dates(Unit::Month, 1, "2024-01-31", 0..=4),
            ["2024-01-31", "2024-02-29", "2024-03-31", "2024-04-30", "2024-05-31"]
        );
        assert_eq!(dates(Unit::Year, 1, "2024-02-29", 1..=4), ["2025-02-28", "2026-02-28", "2027-02-28", "2028-02-29"]);
        assert_eq!(dates(Unit::Quarter, 1, "2023-11-30", 1..=2), ["2024-02-29", "2024-05-30"]);
        assert_eq!(dates(Unit::Week, 2, "2024-02-20", 1..=2), ["2024-03-05", "2024-03-19"]);
        assert_eq!(dates(Unit::Day, 1, "2024-02-28", 1..=2), ["2024-02-29", "2024-03-01"]);
    }

    #[test]
    fn the_time_of_day_stays() {
        let anchor = Instant::parse("2025-01-31T15:00:00.000001Z").unwrap();
        let month = Interval { unit: Unit::Month, count: 1 };
        assert_eq!(month.nth(anchor, 8).to_string(), "2025-09-30T15:00:00.000001Z");
    }

    #[test]
    fn every_instant_is_in_the_period_around_it() {
        for (unit, count) in [(Unit::Day, 3), (Unit::Week, 1), (Unit::Month, 1), (Unit::Quarter, 1), (Unit::Year, 2)] {
            let interval = Interval { unit, count };
            let anchor = at("2024-01-31");
            for n in [0, 1, 2, 11, 12, 13, 47, 120] {
                let (from, to) = (interval.nth(anchor, n), interval.nth(anchor, n + 1));
                let last = Instant::from_micros(to.micros() - 1);
                for instant in [from, last] {
                    assert_eq!(interval.period(anchor, instant), Some(Period { from, to }), "{unit:?} {n}");
                }
            }
            assert_eq!(interval.period(anchor, at("2024-01-30")), None);
        }
    }

    #[test]
    fn an_anchor_before_the_epoch_counts_from_it() {
        let day = Interval { unit: Unit::Day, count: 1 };
        let period = day.period(Instant::from_micros(i64::MIN), at("1970-01-02"));
        assert_eq!(period, Some(Period { from: at("1970-01-02"), to: at("1970-01-03") }));
    }

    #[test]
    fn beyond_the_calendar_is_never() {
        let year = Interval { unit: Unit::Year, count: 9_999 };
        assert_eq!(year.nth(at("2024-01-01"), 9_999), Instant::MAX);
    }

    #[test]
    fn names_are_in_the_enums_order() {
        for (name, unit) in Unit::NAMES {
            assert_eq!(unit.name(), name);
        }
    }
}
