//! Why a log can't be billed.

use crate::billing::{Broken, LifeError, SubscriptionError, SumError};
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
    /// An event earns more than can be counted.
    #[error("event number {0}: {error}", error = SumError::EarnedTooMuch)]
    EarnedTooMuch(EventNumber),
}

impl BillingFailure {
    /// Why an event that was just billed can't be added up.
    pub(super) fn of_sum(event: EventNumber, error: SumError) -> Self {
        match error {
            SumError::EarnedTooMuch => Self::EarnedTooMuch(event),
            SumError::NoSubscription(id) => LifeError::Broken(Broken::Fee(id)).into(),
        }
    }
}
