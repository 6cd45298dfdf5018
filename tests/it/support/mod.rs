//! What the tests share: the program under test, a folder to run it in, a ledger, a customer in memory, catalogs as text.

mod book;
mod catalog;
pub mod catalog_text;
mod dump;
mod nobody;
mod one;
mod program;
mod transcript;
mod workspace;

pub use book::{Book, TEST, version};
pub use catalog::{catalog, catalog_of};
pub use dump::tables;
pub use nobody::Nobody;
pub use one::One;
pub use program::{NOW, Ran, Words, on_ledger, program, surround};
pub use transcript::{Transcript, run_transcripts};
pub use workspace::Workspace;

use drawdown::time::Instant;
use std::path::{Path, PathBuf};

/// An instant as it is written on the command line.
pub fn at(text: &str) -> Instant {
    Instant::parse_argument(text).unwrap()
}

/// A file or folder of the repository.
pub fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// What a file beside the tests says: an expected output, which `SNAPSHOTS=overwrite` writes anew.
pub fn expected(file: &str) -> snapbox::Data {
    snapbox::Data::read_from(&repository("tests/it").join(file), None).raw()
}

/// Panics with the first difference only: whole ledgers are long.
pub fn assert_same(what: &str, left: &str, right: &str) {
    if let Some(difference) = first_difference(left, right) {
        panic!("{what} differ:\n{difference}");
    }
}

/// The first line in which two texts differ.
pub fn first_difference(left: &str, right: &str) -> Option<String> {
    let lines = left.lines().zip(right.lines()).find(|(left, right)| left != right);
    let lines = lines.or_else(|| (left != right).then_some(("(one is longer)", "(one is longer)")));
    lines.map(|(left, right)| format!("  first:  {left}\n  second: {right}"))
}
