//! What-if: which numbers of a catalog a scenario changes, and to what; and the conditions that its figures are held to.

mod applied;
mod apply;
mod change;
mod changed;
mod condition;
mod find;
mod grid;
mod missing;
mod name;
mod nearest;
mod path;
mod place;
mod scenarios;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod text;
mod value;
mod vary;

pub use applied::{Applied, Found};
pub use apply::{ApplyError, NoNumbers, WhyNot, apply};
pub use change::ChangeError;
pub use changed::Changed;
pub use condition::{Condition, ConditionError, Figures, Metric, Operator};
pub use grid::{GridError, ascending, grid};
pub use missing::{Instead, NoSuchPath};
pub use path::{Path, PathError};
pub use place::place;
pub use scenarios::{BASE, Scenario, ScenarioError, scenarios, varied};
pub use text::TextError;
pub use value::{Change, NotHeld, ValueError};
pub use vary::{RangeError, Setting, SettingError, Vary};
