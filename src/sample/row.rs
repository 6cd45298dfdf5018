//! One row.

/// One row of a log.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Row {
    /// Its time, in milliseconds since 1970.
    pub millis: i64,
    /// Whether it is the first one of its customer.
    pub is_first: bool,
    /// Numbered from 1 in the order of time.
    pub number: u64,
    /// The customer, numbered from 0.
    pub customer: usize,
    pub event_type: String,
    /// In the order of the data columns; empty where there is none.
    pub data: Vec<String>,
}
