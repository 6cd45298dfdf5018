//! What is counted in whole units.

/// What can be a part of a whole: an amount, a value, or a bare number such as microseconds.
pub trait Count: Copy {
    /// The number of whole units.
    fn count(self) -> i64;
}

impl Count for i64 {
    fn count(self) -> i64 {
        self
    }
}
