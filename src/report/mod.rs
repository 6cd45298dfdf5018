//! Questions about the ledger become values.

pub mod balances;
mod explain;
pub mod statement;

pub use explain::{ExplainedCost, ExplainedDraw, ExplainedFee, Explanation, explain};
