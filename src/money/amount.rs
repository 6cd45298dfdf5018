//! Amounts: counts of an asset's smallest unit, and what something is worth in the reporting currency. They are two types, so
//! that neither can stand where the other is meant.
//!
//! ```compile_fail
//! # use drawdown::money::{Units, Value};
//! let worth: Value = Units::from_count(5);
//! ```
//!
//! ```compile_fail
//! # use drawdown::money::{Units, Value};
//! let sum = Units::from_count(5) + Value::from_count(5);
//! ```

use super::share::divide;
use super::{Count, Counted, Overflow, Rounding, Total, muldiv};
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;
use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Neg, Sub, SubAssign};

macro_rules! amounts {
    ($($(#[$doc:meta])* $name:ident;)+) => {$(
        $(#[$doc])*
        ///
        /// The operators stop the program where a result leaves the range. What may do so by what somebody writes is added
        /// with the checked functions.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(i64);

        impl $name {
            /// Zero units.
            pub const ZERO: Self = Self(0);
            /// The most there can be.
            pub const MAX: Self = Self(i64::MAX);

            /// So many of the smallest unit.
            pub const fn from_count(count: i64) -> Self {
                Self(count)
            }

            /// How many of the smallest unit.
            pub const fn count(self) -> i64 {
                self.0
            }

            /// Whether it is nothing.
            pub const fn is_zero(self) -> bool {
                self.0 == 0
            }

            /// Whether it is below zero.
            pub const fn is_negative(self) -> bool {
                self.0 < 0
            }

            /// Whether it is above zero.
            pub const fn is_positive(self) -> bool {
                self.0 > 0
            }

            /// Both together; `None` when that is out of range.
            pub const fn checked_add(self, other: Self) -> Option<Self> {
                match self.0.checked_add(other.0) {
                    Some(sum) => Some(Self(sum)),
                    None => None,
                }
            }

            /// What is left without `other`; `None` when that is out of range.
            pub const fn checked_sub(self, other: Self) -> Option<Self> {
                match self.0.checked_sub(other.0) {
                    Some(rest) => Some(Self(rest)),
                    None => None,
                }
            }

            /// The same on the other side of zero; `None` when that is out of range.
            pub const fn checked_neg(self) -> Option<Self> {
                match self.0.checked_neg() {
                    Some(opposite) => Some(Self(opposite)),
                    None => None,
                }
            }

            /// So many times as much; `None` when that is out of range.
            pub const fn checked_times(self, times: i64) -> Option<Self> {
                match self.0.checked_mul(times) {
                    Some(product) => Some(Self(product)),
                    None => None,
                }
            }

            /// The sum of all; `None` when it is out of range.
            pub fn checked_sum(all: impl IntoIterator<Item = Self>) -> Option<Self> {
                all.into_iter().try_fold(Self::ZERO, Self::checked_add)
            }

            /// The sum of all, which may be more than any of them can be.
            pub fn total(all: impl IntoIterator<Item = Self>) -> Total<Self> {
                all.into_iter().sum()
            }

            /// Divides it in proportion to the sizes of `weights`, in equal parts when all of them are 0. The parts sum to it
            /// exactly. Without weights there are no parts.
            pub fn divided<W: Copy + Into<i128>>(self, weights: &[W]) -> SmallVec<[Self; 2]> {
                // No part is larger than the whole, so it fits.
                divide(self.0.into(), weights).map(|part| Self(part as i64)).collect()
            }

            /// As much of it as `part` is of `whole`, rounded.
            ///
            /// # Errors
            /// When `whole` is not above zero, or the result is out of range, which it never is for a part of the whole.
            pub fn portion<C: Count>(self, part: C, whole: C, rounding: Rounding) -> Result<Self, Overflow> {
                muldiv(self.0, part.count(), whole.count(), rounding).map(Self)
            }
        }

        impl Count for $name {
            fn from_count(count: i64) -> Self {
                Self(count)
            }

            fn count(self) -> i64 {
                self.0
            }
        }

        impl Counted for $name {
            fn counted(self) -> i128 {
                self.0.into()
            }
        }

        impl Counted for Total<$name> {
            fn counted(self) -> i128 {
                self.count()
            }
        }

        impl From<$name> for i128 {
            fn from(amount: $name) -> Self {
                amount.0.into()
            }
        }

        impl TryFrom<Total<$name>> for $name {
            type Error = Overflow;

            fn try_from(total: Total<Self>) -> Result<Self, Overflow> {
                i64::try_from(total.count()).map(Self).map_err(|_| Overflow)
            }
        }

        impl Add for $name {
            type Output = Self;

            fn add(self, other: Self) -> Self {
                Self(self.0 + other.0)
            }
        }

        impl AddAssign for $name {
            fn add_assign(&mut self, other: Self) {
                self.0 += other.0;
            }
        }

        impl Sub for $name {
            type Output = Self;

            fn sub(self, other: Self) -> Self {
                Self(self.0 - other.0)
            }
        }

        impl SubAssign for $name {
            fn sub_assign(&mut self, other: Self) {
                self.0 -= other.0;
            }
        }

        impl Sum for $name {
            fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
                all.fold(Self::ZERO, Add::add)
            }
        }

        impl Neg for $name {
            type Output = Self;

            fn neg(self) -> Self {
                Self(-self.0)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0)
            }
        }
    )+};
}

amounts! {
    /// An amount of an asset: a count of its smallest unit.
    Units;
    /// What something is worth: a count of the reporting currency's smallest unit. Cost bases, list values and what was earned
    /// are values, whatever they are for.
    Value;
}

impl Units {
    /// Whether it can be paid in steps of `step`, which is above zero.
    pub const fn is_multiple_of(self, step: Self) -> bool {
        self.0 % step.0 == 0
    }

    /// As much of it as can be paid in steps of `step`, which is above zero.
    #[must_use]
    pub const fn in_whole_steps(self, step: Self) -> Self {
        Self(self.0 - self.0 % step.0)
    }

    /// The least whole steps that are no less. `step` is above zero.
    ///
    /// # Errors
    /// When that is more than can be counted.
    pub fn in_whole_steps_up(self, step: Self) -> Result<Self, Overflow> {
        let rest = self.0 % step.0;
        let more = if rest > 0 { step.0 - rest } else { 0 };
        self.0.checked_add(more).map(Self).ok_or(Overflow)
    }

    /// [`Units::portion`] in whole steps. An amount below one step has no parts.
    ///
    /// # Errors
    /// As [`Units::portion`], and when `step` is not above zero.
    pub fn portion_in_steps<C: Count>(
        self,
        step: Self,
        part: C,
        whole: C,
        rounding: Rounding,
    ) -> Result<Self, Overflow> {
        let steps = self.0.checked_div(step.0).ok_or(Overflow)?;
        let steps = muldiv(steps, part.count(), whole.count(), rounding)?;
        steps.checked_mul(step.0).map(Self).ok_or(Overflow)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_total_may_be_more_than_an_amount() {
        let all: Total<Units> = [Units::MAX, Units::MAX].into_iter().sum();
        assert_eq!(all.count(), i128::from(i64::MAX) * 2);
        assert_eq!(Units::try_from(all), Err(Overflow));
        assert_eq!(Units::try_from(all - Units::MAX), Ok(Units::MAX));
        assert!((Total::ZERO - all).is_negative());
    }
}
