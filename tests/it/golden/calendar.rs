//! Recurrences from an anchor.

use super::case::{Case, Expect::*, check, ids_of};
use crate::support::at;
use drawdown::time::{Instant, Interval, Unit};

/// Months between, the anchor, and the start of a period; what is asked for is the next start.
type Next = (u32, &'static str, &'static str);

const NEXT: &[Case<Next>] = &[
    ("flexprice-anchor-1", (1, "2024-01-31", "2024-01-31"), Same("2024-02-29")),
    ("flexprice-anchor-2", (1, "2024-01-15", "2024-01-15"), Same("2024-02-15")),
    ("flexprice-anchor-3", (2, "2023-12-31", "2023-12-31"), Same("2024-02-29")),
    ("flexprice-anchor-4", (2, "2024-12-31", "2024-12-31"), Same("2025-02-28")),
    ("flexprice-anchor-5", (1, "2024-02-29", "2024-02-29"), Same("2024-03-29")),
    ("flexprice-anchor-6", (1, "2025-02-28", "2025-02-28"), Same("2025-03-28")),
    ("flexprice-anchor-7", (2, "2024-02-29", "2024-04-29"), Same("2024-06-29")),
    ("flexprice-anchor-8", (2, "2024-01-31", "2024-01-31"), Same("2024-03-31")),
];

/// The anchor of a monthly period, and an instant; what is asked for is the period it is in.
type Around = (&'static str, &'static str);

const AROUND: &[Case<Around>] = &[
    (
        "om-anchor-1",
        ("2025-01-31T15:00:00Z", "2025-08-13T20:00:00Z"),
        Same("2025-07-31T15:00:00Z to 2025-08-31T15:00:00Z"),
    ),
    (
        "om-anchor-2",
        ("2025-01-31T15:00:00Z", "2025-09-30T15:00:00Z"),
        Same("2025-09-30T15:00:00Z to 2025-10-31T15:00:00Z"),
    ),
    (
        "om-anchor-3",
        ("2025-01-30T15:00:00Z", "2025-02-13T20:00:00Z"),
        Same("2025-01-30T15:00:00Z to 2025-02-28T15:00:00Z"),
    ),
];

/// From the day before New York puts its clocks forward to the day after it: they count two calendar days of New York, 47
/// hours.
const DAYS: &[Case<(&str, u32)>] = &[(
    "flexprice-dst-1",
    ("2024-03-09", 2),
    Other { theirs: "2024-03-11 in 47 hours", ours: "2024-03-11 in 48 hours", why: "time is UTC, a day is 24 hours" },
)];

pub fn ids() -> Vec<&'static str> {
    [ids_of(NEXT), ids_of(AROUND), ids_of(DAYS)].concat()
}

/// The last recurrence that is not after an instant, and the one that follows.
fn period(interval: Interval, anchor: Instant, instant: Instant) -> (Instant, Instant) {
    let n = (0..1_000).take_while(|&n| interval.nth(anchor, n) <= instant).last().unwrap();
    (interval.nth(anchor, n), interval.nth(anchor, n + 1))
}

#[test]
fn the_next_period_starts_on_the_anchors_own_day() {
    check(NEXT, |&(count, anchor, start)| {
        let (from, next) = period(Interval { unit: Unit::Month, count }, at(anchor), at(start));
        assert_eq!(from, at(start), "{start} is no period start from {anchor}");
        next.date()
    });
}

#[test]
fn a_period_begins_at_its_start_and_ends_before_the_next() {
    check(AROUND, |&(anchor, instant)| {
        let (from, to) = period(Interval { unit: Unit::Month, count: 1 }, at(anchor), at(instant));
        format!("{from} to {to}")
    });
}

#[test]
fn days_are_of_utc() {
    check(DAYS, |&(from, days)| {
        let end = Interval { unit: Unit::Day, count: days }.after(at(from));
        format!("{} in {} hours", end.date(), (end.micros() - at(from).micros()) / 3_600_000_000)
    });
}
