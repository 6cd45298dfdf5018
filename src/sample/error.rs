//! Why there can be no log.

use crate::time::Instant;
use thiserror::Error;

/// Why there can be no such log.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SampleError {
    /// Neither prices nor costs count events.
    #[error("it has no usage prices, and no vendor has costs: there is nothing to count")]
    NothingToCount,
    /// A field that no CSV can have.
    #[error("a CSV can't have {0:?} as a column of data, which a price or cost asks for")]
    Column(String),
    /// No price has rows for values.
    #[error("no price has rows by values, so none can be unknown")]
    NoValues,
    /// Too few events for so many customers.
    #[error("{customers} customers can't have {events} events: each has one at least")]
    TooFewEvents {
        /// How many customers were asked for.
        customers: u32,
        /// How many events were asked for.
        events: u64,
    },
    /// It would begin before 1970.
    #[error("{days} days before {until} is before 1970")]
    TooEarly {
        /// How many days were asked for.
        days: u32,
        /// The end that was asked for.
        until: Instant,
    },
}
