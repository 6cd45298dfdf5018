//! Minimum and maximum spends of a period, which this program does not have: `min_amount` and `max_amount` are of each
//! event. Those without tiers are computed with the other volumes.

use crate::case::NotDone;

const NOT_DONE: &[NotDone] = &[
    ("om-grad-4-min-last-line", "no minimum spend per period"),
    ("om-vol-2-min", "no minimum spend per period"),
    ("om-vol-3-min-high", "no minimum spend per period"),
    ("om-credit-lines-4-min", "no minimum spend per period"),
    ("om-grad-3-max-cumulative", "a maximum is of each event, not of a period"),
    ("om-vol-4-max", "a maximum is of each event, not of a period"),
    ("om-pkg-max", "a maximum is of each event, not of a period"),
    ("om-dyn-2-max", "no dynamic prices, and a maximum is of each event, not of a period"),
    ("om-delta-vol-max", "a maximum is of each event, not of a period"),
];

pub fn ids() -> Vec<&'static str> {
    NOT_DONE.iter().map(|case| case.0).collect()
}
