//! How many seats a subscription is for.

use crate::money::Units;
use serde::Serialize;
use std::fmt;

/// A subscription's quantity. It multiplies what is per seat.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Seats(i64);

impl Seats {
    /// A single one.
    pub const ONE: Self = Self(1);

    /// That number of seats. Whether it is above zero is checked where it comes from.
    pub const fn from_number(number: i64) -> Self {
        Self(number)
    }

    /// The number of seats, as the ledger stores it.
    pub const fn number(self) -> i64 {
        self.0
    }

    /// What an amount comes to; `None` when that is out of range.
    pub const fn total(self, amount: Units, per_seat: bool) -> Option<Units> {
        if per_seat { amount.checked_times(self.0) } else { Some(amount) }
    }
}

impl From<u32> for Seats {
    fn from(number: u32) -> Self {
        Self(number.into())
    }
}

impl fmt::Display for Seats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
