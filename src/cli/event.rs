//! One event, as a command line describes it.

use super::error::Failure;
use super::value::KeyValue;
use crate::time::Instant;
use crate::usage::{Batch, Fault, UsageEvent, Vocabulary, currency_key};
use std::sync::Arc;

/// The event that a command line describes.
pub(super) fn usage_event(
    id: &str,
    customer: &str,
    event_type: &str,
    data: &[KeyValue],
    at: Instant,
    vocabulary: &Vocabulary,
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
    let keys: Vec<&str> = data.iter().map(|pair| pair.key.as_str()).collect();
    let currency = currency_key(&keys, vocabulary)?;
    // The currency is that of all costs, so it is said last.
    let (last, first): (Vec<_>, Vec<_>) = data.iter().partition(|pair| Some(pair.key.as_str()) == currency);
    first.into_iter().try_for_each(|KeyValue { key, value }| event.set(key, value))?;
    last.into_iter().try_for_each(|KeyValue { value, .. }| event.set("cost_currency", value))?;
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
