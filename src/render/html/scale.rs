//! Where values stand on an axis, in whole numbers alone.

use crate::money::{Rounding, format_units, muldiv_wide};

/// A length that stands for the width of a chart: thousandths of a percent.
pub(super) const WIDTH: i128 = 100_000;

/// A linear axis. It begins and ends at a tick, and zero is on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Scale {
    low: i128,
    high: i128,
    step: i128,
}

impl Scale {
    /// An axis for these values. Without any but zero it goes to `one`.
    pub fn of(values: impl IntoIterator<Item = i128>, one: i128) -> Self {
        let (low, high) = values.into_iter().fold((0, 0), |(low, high), value| (value.min(low), value.max(high)));
        let high = if low == high { one } else { high };
        let step = round_step((high - low) / 4);
        Self { low: low.div_euclid(step) * step, high: -(-high).div_euclid(step) * step, step }
    }

    /// From `low` to `high`, which are multiples of `step`.
    pub fn fixed(low: i128, high: i128, step: i128) -> Self {
        Self { low, high, step }
    }

    /// Where a value stands on an axis of that length: 0 is the low end. A value beyond an end stands at it.
    pub fn at(&self, value: i128, length: i128) -> i128 {
        let (above, span) = (value.clamp(self.low, self.high) - self.low, self.high - self.low);
        muldiv_wide(above, length, span, Rounding::Down).expect("it is not above the length")
    }

    /// Which end a value is beyond, if any: -1 for the low one, 1 for the high one.
    pub fn beyond(&self, value: i128) -> i128 {
        i128::from(value > self.high) - i128::from(value < self.low)
    }

    /// The largest value on it, whatever its sign.
    pub fn largest(&self) -> i128 {
        self.high.max(-self.low)
    }

    /// The values that have a label.
    pub fn ticks(&self) -> impl Iterator<Item = i128> {
        let (low, step) = (self.low, self.step);
        (0..=(self.high - low) / step).map(move |n| low + n * step)
    }
}

/// The least of 1, 2, 5, 10, 20, 50, ... that is not below `least`.
fn round_step(least: i128) -> i128 {
    let mut power = 1;
    loop {
        if let Some(step) = [1, 2, 5].map(|n| n * power).into_iter().find(|step| *step >= least) {
            return step;
        }
        power *= 10;
    }
}

/// A part of [`WIDTH`] as CSS and SVG read it: `12.5%`.
pub(super) fn percent(part: i128) -> String {
    format!("{}%", format_units(part, 3, 0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ticks_are_round_and_few() {
        let ticks = |values: &[i128]| Scale::of(values.iter().copied(), 100).ticks().collect::<Vec<_>>();
        assert_eq!(ticks(&[]), [0, 50, 100]);
        assert_eq!(ticks(&[0]), [0, 50, 100]);
        assert_eq!(ticks(&[7]), [0, 1, 2, 3, 4, 5, 6, 7]);
        assert_eq!(ticks(&[118_380]), [0, 50_000, 100_000, 150_000]);
        assert_eq!(ticks(&[-20_663, 30_001]), [-40_000, -20_000, 0, 20_000, 40_000]);
        assert_eq!(ticks(&[-5]), [-5, -4, -3, -2, -1, 0]);
    }

    #[test]
    fn what_is_beyond_an_end_stands_at_it() {
        let scale = Scale::fixed(-1000, 1000, 500);
        assert_eq!([-5000, -1000, 0, 500, 5000].map(|value| scale.at(value, WIDTH)), [0, 0, 50_000, 75_000, WIDTH]);
        assert_eq!([-1001, -1000, 1000, 1001].map(|value| scale.beyond(value)), [-1, 0, 0, 1]);
        assert_eq!((percent(12_500), percent(WIDTH)), ("12.5%".to_owned(), "100%".to_owned()));
    }

    proptest! {
        #[test]
        fn every_value_is_on_its_axis(values in proptest::collection::vec(-(1i128 << 100)..1 << 100, 0..5), one in 1i128..1 << 60) {
            let scale = Scale::of(values.iter().copied(), one);
            let ticks: Vec<i128> = scale.ticks().collect();
            prop_assert!(ticks.len() >= 2 && ticks.len() <= 8, "{:?}", ticks);
            prop_assert!(ticks.contains(&0));
            for value in values {
                prop_assert_eq!(scale.beyond(value), 0);
                prop_assert!((0..=WIDTH).contains(&scale.at(value, WIDTH)));
            }
        }
    }
}
