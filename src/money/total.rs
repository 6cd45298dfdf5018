//! Sums of amounts, which may be more than any one of them.

use super::Count;
use std::fmt;
use std::iter::Sum;
use std::marker::PhantomData;
use std::ops::{Add, AddAssign, Neg, Sub, SubAssign};

/// What several amounts come to, or what is left of them. Wide, so that no ledger can hold enough of them to leave its range,
/// and a total of units is no total of values.
///
/// ```compile_fail
/// # use drawdown::money::{Total, Units, Value};
/// let worth: Total<Value> = Total::from(Units::from_count(5));
/// ```
///
/// ```compile_fail
/// # use drawdown::money::{Total, Units, Value};
/// let sum = Total::from(Value::from_count(5)) + Units::from_count(5);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Total<A> {
    count: i128,
    of: PhantomData<A>,
}

impl<A> Total<A> {
    /// Nothing.
    pub const ZERO: Self = Self::from_count(0);

    /// So many of the smallest unit.
    pub const fn from_count(count: i128) -> Self {
        Self { count, of: PhantomData }
    }

    /// How many of the smallest unit.
    pub const fn count(&self) -> i128 {
        self.count
    }

    /// Whether it is nothing.
    pub const fn is_zero(&self) -> bool {
        self.count == 0
    }

    /// Whether it is below zero.
    pub const fn is_negative(&self) -> bool {
        self.count < 0
    }

    /// Whether it is above zero.
    pub const fn is_positive(&self) -> bool {
        self.count > 0
    }

    /// Both together; `None` when that is more than a total can count.
    pub const fn checked_add(self, other: Self) -> Option<Self> {
        match self.count.checked_add(other.count) {
            Some(sum) => Some(Self::from_count(sum)),
            None => None,
        }
    }

    /// What is left without `other`; `None` when that is more than a total can count.
    pub const fn checked_sub(self, other: Self) -> Option<Self> {
        match self.count.checked_sub(other.count) {
            Some(rest) => Some(Self::from_count(rest)),
            None => None,
        }
    }

    /// The same without its sign.
    #[must_use]
    pub const fn abs(self) -> Self {
        Self::from_count(self.count.abs())
    }
}

impl<A: Count> From<A> for Total<A> {
    fn from(amount: A) -> Self {
        Self::from_count(amount.count().into())
    }
}

impl<A> From<Total<A>> for i128 {
    fn from(total: Total<A>) -> Self {
        total.count
    }
}

impl<A, T: Into<Self>> Add<T> for Total<A> {
    type Output = Self;

    fn add(self, other: T) -> Self {
        Self::from_count(self.count + other.into().count)
    }
}

impl<A, T: Into<Self>> AddAssign<T> for Total<A> {
    fn add_assign(&mut self, other: T) {
        self.count += other.into().count;
    }
}

impl<A, T: Into<Self>> Sub<T> for Total<A> {
    type Output = Self;

    fn sub(self, other: T) -> Self {
        Self::from_count(self.count - other.into().count)
    }
}

impl<A, T: Into<Self>> SubAssign<T> for Total<A> {
    fn sub_assign(&mut self, other: T) {
        self.count -= other.into().count;
    }
}

impl<A> Neg for Total<A> {
    type Output = Self;

    fn neg(self) -> Self {
        Self::from_count(-self.count)
    }
}

impl<A, T: Into<Self>> Sum<T> for Total<A> {
    fn sum<I: Iterator<Item = T>>(all: I) -> Self {
        all.fold(Self::ZERO, Add::add)
    }
}

impl<A> fmt::Display for Total<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.count.fmt(f)
    }
}

impl<A> fmt::Debug for Total<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Total({})", self.count)
    }
}
