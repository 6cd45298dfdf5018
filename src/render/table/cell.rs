//! What stands in a table, before anybody decides how it is written.

use crate::money::Amount;
use crate::time::Instant;
use std::fmt;

/// The value of one cell.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Cell {
    /// A cell that stays blank.
    #[default]
    Empty,
    /// A text, perhaps one that begins with a number: `20 CREDIT`, `12.5%`.
    Text(String),
    /// How many there are of something.
    Count(i128),
    /// An amount, without its asset.
    Amount(Amount),
    /// An instant, in UTC.
    Time(Instant),
}

impl Cell {
    /// Whether there is nothing to see.
    pub fn is_empty(&self) -> bool {
        matches!(self, Self::Empty) || *self == Self::Text(String::new())
    }
}

impl fmt::Display for Cell {
    /// Exactly, and not yet safe to show.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => Ok(()),
            Self::Text(text) => f.write_str(text),
            Self::Count(count) => count.fmt(f),
            Self::Amount(amount) => amount.fmt(f),
            Self::Time(time) => time.fmt(f),
        }
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&String> for Cell {
    fn from(text: &String) -> Self {
        Self::Text(text.clone())
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<Amount> for Cell {
    fn from(amount: Amount) -> Self {
        Self::Amount(amount)
    }
}

impl From<Instant> for Cell {
    fn from(time: Instant) -> Self {
        Self::Time(time)
    }
}

impl<T: Into<Self>> From<Option<T>> for Cell {
    fn from(cell: Option<T>) -> Self {
        cell.map_or(Self::Empty, Into::into)
    }
}

/// Numbers of things.
macro_rules! count {
    ($($number:ty)*) => {$(
        impl From<$number> for Cell {
            fn from(count: $number) -> Self {
                Self::Count(count as i128)
            }
        }
    )*};
}

count!(u32 u64 usize i64);
