//! Shares, as they are told.

use crate::money::{Precise, Rounding, muldiv_wide};
use crate::report::profit::Figures;

/// A share of something, or a change in per cent of it: rounded once from the exact ratio, in both ways.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    /// As scripts are told.
    pub ten_thousandths: i128,
    /// As people are told, in tenths of a per cent.
    pub thousandths: i128,
}

impl Share {
    /// A part of a whole; none where that is nothing.
    pub fn of(part: i128, whole: i128) -> Option<Self> {
        let of = |parts| muldiv_wide(part, parts, whole, Rounding::HalfEven);
        Some(Self { ten_thousandths: of(10_000)?, thousandths: of(1_000)? })
    }

    /// A change of an amount against what there was; none where that was nothing.
    pub fn of_change(change: Precise, before: Precise) -> Option<Self> {
        Self::of(change.count(), before.count())
    }

    /// What of revenue is profit; none without revenue.
    pub fn of_profit(figures: &Figures) -> Option<Self> {
        Self::of(figures.profit().count(), figures.revenue().count())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_rounded_once() {
        // 3.44999% and 3.45001% are both 3.45%, which says no more which way they go.
        let told = |part, whole| Share::of(part, whole).map(|own| (own.ten_thousandths, own.thousandths));
        assert_eq!(told(344_999, 10_000_000), Some((345, 34)));
        assert_eq!(told(345_001, 10_000_000), Some((345, 35)));
        assert_eq!(told(-1, 3), Some((-3_333, -333)));
        assert_eq!(told(1, 0), None);
    }
}
