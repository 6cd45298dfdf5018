//! What scripts get: the JSON and the CSV of every command that has them, as transcripts.

use crate::support::{NOW, run_transcripts};

#[test]
fn json_and_csv_are_as_documented() {
    run_transcripts("formats", NOW);
}
