//! Usage logs for who has none yet: made from what a catalog has prices for, and from a seed.
//!
//! A log is made in the order of time and never kept, so it may be of any length. The same catalog, wishes and seed give the
//! same log on every machine.

mod calendar;
mod customers;
mod error;
mod kind;
mod log;
mod random;
mod row;
mod trouble;
mod volume;

pub use error::SampleError;
pub use log::{Sample, Wishes};
