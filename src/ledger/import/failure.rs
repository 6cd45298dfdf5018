//! Why a log can't be billed.

use crate::billing::{LifeError, SubscriptionError};
use crate::ids::EventNumber;
use thiserror::Error;

/// Why nothing of a log can be recorded.
#[derive(Debug, Error)]
pub enum BillingFailure {
    /// A customer that is added can't be subscribed.
    #[error(transparent)]
    Subscription(#[from] SubscriptionError),
    /// A customer's life can't go on.
    #[error(transparent)]
    Life(#[from] LifeError),
    /// An event earns or costs more than can be counted.
    #[error("event number {event}: {what}")]
    Sum {
        /// The event's number.
        event: EventNumber,
        /// What is too much.
        what: &'static str,
    },
}
