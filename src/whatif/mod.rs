//! One history through several catalogs, wallets included, and what comes out differently: for the whole, for each customer,
//! and by price. Nothing is ever written.
//!
//! - [`Stage`] has the engines of all scenarios, with the same numbers for the same assets and vendors, and bills logs.
//! - [`compare_history`] bills a ledger's own history.
//! - [`Observer`] is what one scenario keeps while its history is billed: the profit report's own tallies, what each
//!   customer spends, and what happened beside events.
//! - [`Comparison`] is the answer. Amounts stay amounts in it.
//! - [`Solution`] is the answer of many comparisons with one base: which value of a number meets all targets.

mod changes;
mod comparison;
mod figures;
mod funding;
mod history;
mod json;
mod observer;
mod share;
mod solution;
mod solution_json;
mod spend;
mod stage;
mod strain;

pub use changes::{BREAKAGE, Class, CustomerChange, GroupChange, Percentiles, PriceChange};
pub use comparison::{Comparison, Failed, Inputs, LeftOut, Outcome, Scenario};
pub use funding::{FundError, Funding, Payment};
pub use history::{Past, Under, compare_history};
pub use observer::{Observed, Observer};
pub use share::Share;
pub use solution::{Measure, Point, Solution, Told};
pub use spend::Person;
pub use stage::{MOST, Moves, Options, Stage, StageError, Variant};
pub use strain::Strain;
