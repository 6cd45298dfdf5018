//! Questions about the ledger become values.

pub mod balances;
pub mod statement;
