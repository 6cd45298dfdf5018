//! Questions about the ledger become values.
//!
//! A value holds names, times, and amounts with their decimals. What is said about it is `render`'s: a sentence of
//! [`explain()`] or [`PastDue`] is a step with its figures here.
//!
//! - [`usage`] and [`profit`] are one pass over all events. What they group by is numbered (`group`), so that an event
//!   costs a few additions and a look-up, and names are put back only at the end. Where months and what the ledger sums by
//!   month are enough, `profit` reads those sums instead of events.
//! - [`revenue`] is one pass over all events, and then over the facts that brought money in or let time earn it.
//! - [`overview`] asks for profit in several ways.
//! - [`balances`], [`statement`], [`subscriptions`], [`payments`] and [`explain()`] read what one customer has. Where all
//!   customers are asked for, they do so for one after another.

pub mod balances;
mod explain;
mod group;
mod key;
mod lots;
pub mod overview;
mod past_due;
pub mod payments;
pub mod profit;
mod query;
pub mod revenue;
pub mod statement;
pub mod subscriptions;
mod told;
pub mod usage;
mod window;

pub use explain::{
    Before, ExplainedCost, ExplainedDraw, ExplainedFee, ExplainedOverage, Explanation, MissedPrice, Refusal, Rounded,
    RowFit, RowName, Step, UnpaidRenewal, WithoutPrice, explain,
};
pub use group::{Names, keys};
pub use past_due::{PastDue, Remedy};
pub use query::{Query, Refused};
pub use window::Window;
