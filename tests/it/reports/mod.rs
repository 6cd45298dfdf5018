//! Reports over small ledgers whose figures can be worked out by hand, and over random ones whose rows must add up.

pub mod book;
mod command;
mod costs;
mod hybrid;
mod lives;
mod owed;
mod profit;
mod revenue;
mod statement;
mod sums;
mod usage;
