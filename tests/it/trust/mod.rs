//! Can the ledger be trusted? Killed processes, several of them at once, the same work done in other ways, files that were
//! meddled with, files that are no ledger, and logs that are no logs: always through the real program.

mod bad_logs;
mod corners;
mod crash;
mod determinism;
mod files;
mod full;
mod future;
mod log;
mod operations;
mod overlap;
mod refusals;
mod refused_rows;
mod sums;
mod tampering;
mod workspace;
mod writers;
