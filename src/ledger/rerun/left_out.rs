//! What a scenario's ledger would refuse of the history.

use crate::billing::{BillError, DenialReason, RefundError, StepError, SubscriptionError, VoidError};
use crate::ids::{CustomerId, EventNumber};
use crate::money::Amount;
use crate::time::Instant;
use thiserror::Error;

/// Something that a scenario's ledger would refuse.
#[derive(Debug)]
pub struct LeftOut {
    /// What was to be done.
    pub step: &'static str,
    /// The customer it was about.
    pub customer: CustomerId,
    /// Why it is refused.
    pub reason: WhyLeftOut,
}

/// Why something of the history can't be done under other terms.
#[derive(Debug, Error)]
pub enum WhyLeftOut {
    /// A subscription can't get its terms.
    #[error(transparent)]
    Subscription(#[from] SubscriptionError),
    /// A command can't be repeated.
    #[error(transparent)]
    Step(#[from] StepError),
    /// The subscription of a command was not made here.
    #[error("its subscription is not there")]
    NoSubscription,
    /// An event can't be billed.
    #[error(transparent)]
    Event(#[from] BillError),
    /// An event can't be taken back or billed again.
    #[error(transparent)]
    Void(#[from] VoidError),
    /// An event that is corrected was not billed here.
    #[error("event number {0} was not billed")]
    NotBilled(EventNumber),
    /// Nothing pays for events as they would be billed again.
    #[error(
        "what the event of {at} would cost can't be covered: {needed} {asset} more needed, {available} available \
         ({}){}", .reason.name(), and_more(*.others)
    )]
    Uncovered {
        /// When the first of them happened.
        at: Instant,
        /// What it lacks.
        needed: Amount,
        /// What there is.
        available: Amount,
        /// The asset of both.
        asset: String,
        /// Why it can't be covered.
        reason: DenialReason,
        /// How many others can't be covered either.
        others: usize,
    },
    /// Money can't go back.
    #[error(transparent)]
    Refund(#[from] RefundError),
    /// The payment of a refund was not made here.
    #[error("its payment is not made there")]
    NotPaid,
}

fn and_more(others: usize) -> String {
    if others == 0 { String::new() } else { format!(", and {others} more") }
}
