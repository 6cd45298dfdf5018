//! What is counted in whole units.

/// What can be a part of a whole: an amount, a value, or a bare number such as microseconds.
pub trait Count: Copy {
    /// So many whole units.
    fn from_count(count: i64) -> Self;

    /// The number of whole units.
    fn count(self) -> i64;
}

/// An amount, a value, or a sum of them: what an asset's amounts are made of.
pub trait Counted {
    /// The number of whole units.
    fn counted(self) -> i128;
}

impl Count for i64 {
    fn from_count(count: i64) -> Self {
        count
    }

    fn count(self) -> i64 {
        self
    }
}
