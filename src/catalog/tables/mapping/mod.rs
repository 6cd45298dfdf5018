//! `[mapping.NAME]`: how another system's log is read.

mod builtin;
mod columns;
mod extends;
mod ids;
mod known;
mod log;
mod model;
mod read;
mod values;

use crate::catalog::keys::Table;

pub use builtin::{BuiltIn, built_in, built_ins};
pub(in crate::catalog) use extends::mappings;
pub use ids::MadeId;
pub use log::{LogFormat, NumberFormat, PathStep, RecordPath};
pub use model::Mapping;
pub use values::{Pattern, Translation};

/// `[mapping.NAME]`.
pub static MAPPING: Table = Table::new("mapping", &[extends::KEYS, log::KEYS, columns::KEYS, values::KEYS, ids::KEYS]);
