//! Where an event's values come from.

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Cell {
    Column(usize),
    Constant(String),
    /// One of those that are made of others.
    Made(usize),
    /// One of those that stand around a JSON record.
    Around(usize),
}
