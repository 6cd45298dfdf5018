//! Can the ledger be trusted? Killed processes, several of them at once, the same work done in other ways, files that were
//! meddled with, files that are no ledger, and logs that are no logs: always through the real program.

mod bad_logs;
mod corners;
mod crash;
mod determinism;
<<<<<<< HEAD
mod full;
=======
mod files;
>>>>>>> 92056ca (trust: files are whole and for their owner, what was recorded is never told as failed, a torn first line is one bad row, others read while a long replay writes)
mod future;
mod log;
mod operations;
mod overlap;
mod refusals;
mod sums;
mod tampering;
mod workspace;
mod writers;
