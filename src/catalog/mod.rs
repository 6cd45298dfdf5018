//! Price catalogs: TOML text to findings and a [`Catalog`], and the plan that compares one with what a ledger has.

mod model;

pub use model::*;
