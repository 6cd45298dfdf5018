//! What reports are asked for.

use crate::time::Instant;

/// What a report is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Query {
    /// One row for each combination of these, as the user named them; the whole is one row when there are none.
    pub by: Vec<String>,
    /// From this instant on; since ever when absent.
    pub from: Option<Instant>,
    /// Before this instant; up to the ledger's horizon, and with it, when absent.
    pub to: Option<Instant>,
}
