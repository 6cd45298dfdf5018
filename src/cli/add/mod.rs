//! What the commands share that write tables into the catalog: flags from the keys' declarations, questions for what is left
//! out, the tables as text, and the files they go to.

mod files;
mod flags;
mod notation;
pub(super) mod questions;
pub(super) mod tables;
mod wanted;

pub use files::FileFlag;
pub(super) use files::{Files, New, no_place};
pub use flags::{Flags, OfAsset, OfCost, OfPrice, name};
pub(super) use wanted::Wanted;
