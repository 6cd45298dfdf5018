//! Questions about the ledger become values.
//!
//! Profit by whole months is summed from rollups; what these can't tell is one pass over all usage events. What a report
//! groups by is numbered (`group`), so that a row costs a few additions and a look-up, and names are put back at the end.

pub mod balances;
mod explain;
mod group;
mod key;
pub mod overview;
mod past_due;
pub mod profit;
pub mod revenue;
pub mod statement;
pub mod subscriptions;
pub mod usage;
mod window;

pub use explain::{
    ExplainedCost, ExplainedDraw, ExplainedFee, ExplainedOverage, Explanation, Refusal, Rounded, RowFit, RowName, Step,
    UnpaidRenewal, explain,
};
pub use past_due::{PastDue, Remedy};
pub use window::Window;

use crate::billing::{Facts, LotFact};
use crate::ids::LotId;

/// What a report is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Query {
    /// One row for each combination of these, as the user named them; the whole is one row when there are none.
    pub by: Vec<String>,
    /// From this instant on; since ever when absent.
    pub from: Option<crate::time::Instant>,
    /// Before this instant; up to the ledger's horizon, and with it, when absent.
    pub to: Option<crate::time::Instant>,
}

/// The lot of that number. Lots stand in the order of their numbers.
fn find_lot(facts: &Facts, id: LotId) -> Option<&LotFact> {
    let place = facts.lots.binary_search_by_key(&id, |lot| lot.id).ok()?;
    facts.lots.get(place)
}
