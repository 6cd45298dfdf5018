//! Customers, what is paid in, what is left, and what moved it.

mod hybrid;
mod names;
mod overdraft;
mod world;

use crate::support::run_transcripts;

#[test]
fn transcripts() {
    run_transcripts("people", "2026-07-02T00:00:00Z");
}
