//! One event, as a command line describes it.

use super::error::Failure;
use super::value::KeyValue;
use crate::time::Instant;
use crate::usage::{Batch, Fault, UsageEvent, Vocabulary};
use std::sync::Arc;

/// The event that a command line describes.
pub(super) fn usage_event(
    id: &str,
    customer: &str,
    event_type: &str,
    data: &[KeyValue],
    at: Instant,
) -> Result<UsageEvent, Failure> {
    let mut event = UsageEvent {
        id: id.to_owned(),
        customer: customer.to_owned(),
        event_type: event_type.to_owned(),
        occurred_at: at,
        subject: None,
        data: std::collections::BTreeMap::new(),
        costs: Vec::new(),
    };
    // The currency is that of all costs, so it is said last.
    let (last, first): (Vec<_>, Vec<_>) = data.iter().partition(|pair| pair.key == "cost_currency");
    for KeyValue { key, value } in first.into_iter().chain(last) {
        event.set(key, value)?;
    }
    Ok(event)
}

/// The event as a log of one.
pub(super) fn batch(event: &UsageEvent, vocabulary: Vocabulary) -> Result<Batch, Failure> {
    Ok(Batch::single(event, &Arc::new(vocabulary))?)
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        Self::refused("invalid_event", fault.to_string())
    }
}
