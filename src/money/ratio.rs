//! Shares and per cents, rounded once each for people and for scripts.

use super::{Precise, Rounding, muldiv_wide};
use std::ops::Sub;

/// A share of a whole, such as a margin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Share {
    ten_thousandths: i128,
    thousandths: i128,
}

/// How much more something is, in per cent of what it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Percent(pub Share);

impl Share {
    /// What `part` is of `whole`; `None` of nothing.
    pub fn of(part: i128, whole: i128) -> Option<Self> {
        let rounded = |parts| muldiv_wide(part, parts, whole, Rounding::HalfEven);
        Some(Self { ten_thousandths: rounded(10_000)?, thousandths: rounded(1_000)? })
    }

    /// As scripts are told: in hundredths of a per cent.
    pub const fn ten_thousandths(self) -> i128 {
        self.ten_thousandths
    }

    /// As people are told: in tenths of a per cent.
    pub const fn thousandths(self) -> i128 {
        self.thousandths
    }
}

impl Percent {
    /// How much `change` is of what there was before; `None` of nothing.
    pub fn of_change(change: Precise, before: Precise) -> Option<Self> {
        Share::of(change.count(), before.count()).map(Self)
    }
}

impl Sub for Share {
    type Output = Self;

    /// The difference of two shares as they are told.
    fn sub(self, other: Self) -> Self {
        Self {
            ten_thousandths: self.ten_thousandths - other.ten_thousandths,
            thousandths: self.thousandths - other.thousandths,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_rounded_once_for_each() {
        let share = Share::of(24_995, 100_000).unwrap();
        assert_eq!((share.ten_thousandths(), share.thousandths()), (2_500, 250));
        // Rounded twice it would be 12.2%: 0.12149 is 0.1215, and that 0.122.
        let share = Share::of(12_149, 100_000).unwrap();
        assert_eq!((share.ten_thousandths(), share.thousandths()), (1_215, 121));
        assert_eq!(Share::of(1, 0), None);
    }
}
