//! A slow calendar in ticks of half a day, counted month by month from January 2023.

use crate::properties::lives::world::Every;

/// Days from 2023-01-01 to tick 0, which is 2024-01-29.
const TICK_ZERO: i64 = 365 + 28;
/// What never comes.
pub const NEVER: i64 = i64::MAX / 4;

fn days_in(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Months since January 2023 and days since the first of that month.
fn date(tick: i64) -> (i64, i64) {
    let (mut months, mut days) = (0, tick.div_euclid(2) + TICK_ZERO);
    while days >= days_in(2023 + months / 12, months % 12 + 1) {
        days -= days_in(2023 + months / 12, months % 12 + 1);
        months += 1;
    }
    (months, days)
}

/// The tick of the first of a month.
fn first_of(months: i64) -> i64 {
    ((0..months).map(|m| days_in(2023 + m / 12, m % 12 + 1)).sum::<i64>() - TICK_ZERO) * 2
}

pub fn month_start(tick: i64) -> i64 {
    first_of(date(tick).0)
}

/// The `n`-th turn from an anchor, on the anchor's own day or the last of a shorter month.
fn turn(anchor: i64, every: Every, n: i64) -> i64 {
    match every {
        Every::Days(days) => anchor + 2 * days * n,
        Every::Months(count) => {
            let (months, day) = date(anchor);
            let months = months + count * n;
            let last = days_in(2023 + months / 12, months % 12 + 1) - 1;
            first_of(months) + day.min(last) * 2 + anchor.rem_euclid(2)
        }
    }
}

/// One interval later.
pub fn after(start: i64, every: Every) -> i64 {
    turn(start, every, 1)
}

/// The turn before or at a tick and the one after it.
pub fn period(anchor: i64, every: Every, tick: i64) -> (i64, i64) {
    let n = (1..).find(|&n| turn(anchor, every, n) > tick).unwrap_or(1);
    (turn(anchor, every, n - 1), turn(anchor, every, n))
}
