//! Customers, what is paid in, what is left, and what moved it.

mod hybrid;
mod overdraft;
mod world;

use crate::support::{NOW, run_transcripts};

#[test]
fn transcripts() {
    run_transcripts("people", NOW);
}
