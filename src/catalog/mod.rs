//! Price catalogs: TOML text to findings and a [`Catalog`], and the plan that compares one with what a ledger has.

mod codes;
mod declared;
mod difference;
pub mod edit;
mod fields;
mod finding;
mod model;
mod plan;
mod read;
mod schema;
pub mod words;

pub use codes::Code;
pub use declared::declared;
pub use finding::{Finding, Severity, SourceFile, closest, quoted};
pub use model::*;
pub use plan::{Action, Change, Forbidden, Plan, Published, PublishedProduct, plan};
pub use read::{Reading, read};
pub use schema::schema;
