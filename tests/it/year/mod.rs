//! A year of one customer of a hybrid product, told in commands. Every figure is worked out beside it by hand.

use crate::support::{NOW, run_transcripts};

#[test]
fn a_year_of_a_hybrid_customer() {
    run_transcripts("year", NOW);
}
