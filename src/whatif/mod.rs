//! Bills one history under several catalogs, wallets included, and compares the results: overall, by customer and by price.
//! Nothing is ever written.
//!
//! - [`Stage`] holds the engines of all scenarios, which number assets and vendors in the same way, and bills logs.
//! - [`compare_history`] bills a ledger's own history.
//! - [`Observer`] keeps what one scenario needs while its history is billed: the profit report's tallies, what each customer
//!   spends, and everything that happened apart from events.
//! - [`Comparison`] is the result. Its amounts are values, not text.
//! - [`Solution`] is the result of many comparisons with one base: which value of a number meets all targets.

mod changes;
mod comparison;
mod figures;
mod funding;
mod heads;
mod history;
mod json;
mod observer;
mod options;
mod readers;
mod solution;
mod solution_json;
mod spend;
mod stage;
mod strain;
mod varied;

pub use changes::{BREAKAGE, Class, CustomerChange, GroupChange, Percentiles, PriceChange};
pub use comparison::{Comparison, Failed, Inputs, LeftOut, Outcome, Scenario};
pub use funding::{FundError, Funding, NotPayable, Payment};
pub use history::{Past, Under, compare_history};
pub use observer::{Observed, Observer};
pub use options::{MOST, Moves, Options};
pub use solution::{Measure, Point, Solution, Told};
pub use spend::Person;
pub use stage::{Stage, StageError, Variant};
pub use strain::Strain;
pub use varied::Varied;
