//! Which of several rows that match an event wins.

use crate::catalog::value::DimensionValue;

/// How well a row fits the events that it matches: the one with the greatest wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Rank {
    /// How many of its dimensions are a value or a range.
    pub exact: usize,
    /// How many say what the event's value begins with.
    pub prefixes: usize,
    /// How many characters all of these have together.
    pub length: usize,
}

impl Rank {
    /// Of a row that says this of each dimension.
    pub fn of(row: &[Option<DimensionValue>]) -> Self {
        row.iter().flatten().fold(Self::default(), |rank, cell| match cell {
            DimensionValue::Prefix { prefix } => rank.with_prefix(prefix.chars().count()),
            DimensionValue::Text(_) | DimensionValue::Value { .. } | DimensionValue::Range(_) => rank.with_exact(),
        })
    }

    pub(super) const fn with_exact(self) -> Self {
        Self { exact: self.exact + 1, ..self }
    }

    pub(super) const fn with_prefix(self, length: usize) -> Self {
        Self { prefixes: self.prefixes + 1, length: self.length + length, ..self }
    }
}
