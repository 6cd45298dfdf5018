//! Questions about the ledger become values.

mod explain;

pub use explain::{ExplainedCost, ExplainedDraw, ExplainedFee, Explanation, explain};
