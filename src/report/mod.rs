//! Questions about the ledger become values.
