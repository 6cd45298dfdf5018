//! One usage event in its full, readable form.

use crate::money::Decimal;
use crate::time::Instant;
use serde::Serialize;
use std::collections::BTreeMap;

/// Something that happened, as `record`, `quote` and `explain` speak of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UsageEvent {
    /// Decides whether the event is new.
    pub id: String,
    /// The customer's id, as the log has it.
    pub customer: String,
    /// What prices ask for.
    pub event_type: String,
    /// When the event happened, whenever it was recorded.
    pub occurred_at: Instant,
    /// What it happened to, if the log says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// Everything else the log says; values are the exact text.
    pub data: BTreeMap<String, String>,
    /// What the log says it cost us.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub costs: Vec<Cost>,
}

/// What one event cost us at one vendor, as the log says it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Cost {
    /// The vendor's code.
    pub vendor: String,
    /// How much it cost, exactly as the log says.
    #[serde(with = "rust_decimal::serde::str")]
    pub amount: Decimal,
    /// In which currency; the reporting currency when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
}
