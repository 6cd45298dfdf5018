//! What reports are asked for.

use crate::ledger::{Ledger, LedgerError};
use crate::time::Instant;
use serde::Serialize;

/// What a report is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Query {
    /// One row for each combination of these, as the user named them; the whole is one row when there are none.
    pub by: Vec<String>,
    /// From this instant on; since ever when absent.
    pub from: Option<Instant>,
    /// Before this instant; up to where the ledger stands, and with it, when absent.
    pub to: Option<Instant>,
    /// What the events that were denied cost.
    pub refused: Refused,
}

impl Query {
    /// How far a report may look: at all that was processed if an end is named, else to where the ledger stands.
    pub(super) fn horizon(&self, ledger: &Ledger) -> Result<Instant, LedgerError> {
        if self.to.is_some() { ledger.horizon() } else { ledger.stands_at() }
    }
}

/// What events that were denied cost us.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Refused {
    /// Nothing: they were not served.
    #[default]
    Avoided,
    /// What they say: a log of what was really served has been billed.
    Incurred,
}
