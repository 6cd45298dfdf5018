//! `drawdown`: usage-based billing on one machine.
//!
//! Data flows one way. A log line becomes an event ([`usage`]), the event becomes facts ([`billing`], which asks
//! [`rating`] and [`wallet`]), the facts are appended ([`ledger`]), a question about them becomes a value ([`report`]),
//! the value becomes text ([`render`]). [`whatif`] bills one history through several catalogs and compares what comes out.
//! [`ids`], [`time`], [`money`], [`wallet`], [`catalog`], [`scenario`], [`sample`], [`usage`], [`rating`] and [`billing`] are
//! pure: they never see SQLite, clap, files, clocks or terminals.

#![warn(clippy::disallowed_methods)]

pub mod billing;
pub mod catalog;
pub mod cli;
pub mod files;
pub mod ids;
pub mod ledger;
pub mod money;
pub mod pricelist;
pub mod rating;
pub mod render;
pub mod report;
pub mod sample;
pub mod scenario;
pub mod time;
pub mod usage;
pub mod wallet;
pub mod whatif;
