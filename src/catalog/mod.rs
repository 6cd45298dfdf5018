//! Price catalogs: TOML text to findings and a [`Catalog`], and the plan that compares one with what a ledger has.

mod difference;
pub mod edit;
mod fields;
mod finding;
mod model;
mod plan;
mod read;
pub mod words;

pub use finding::{Finding, Severity, SourceFile, closest, quoted};
pub use model::*;
pub use plan::{Action, Change, Plan, Published, PublishedProduct, plan};
pub use read::{Reading, read};
