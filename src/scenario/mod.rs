//! What-if: which numbers of a catalog a scenario changes, and to what; and the conditions that its figures are held to.

mod condition;
mod path;
#[cfg(test)]
mod testing;
mod text;
mod value;
mod vary;

pub use condition::{Condition, Figures, Metric, Operator};
pub use path::{Part, Path, Select};
pub use value::Change;
pub use vary::{Setting, Vary};
