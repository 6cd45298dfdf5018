//! Reports over small ledgers whose figures can be worked out by hand, and over random ones whose rows must add up.

#[path = "reports/book.rs"]
mod book;
#[path = "reports/command.rs"]
mod command;
#[path = "reports/hybrid.rs"]
mod hybrid;
#[path = "reports/lives.rs"]
mod lives;
#[path = "reports/profit.rs"]
mod profit;
#[path = "reports/revenue.rs"]
mod revenue;
#[path = "reports/sums.rs"]
mod sums;
#[path = "reports/usage.rs"]
mod usage;
