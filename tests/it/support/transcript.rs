//! Commands and what came of them, as text.

use super::expected;
use super::program::{Ran, program};

/// A session: `$` before what was typed, `!` before what was printed as an error, `?` before an exit code that is not 0.
#[derive(Default)]
pub struct Transcript(String);

impl Transcript {
    pub fn add(&mut self, line: &str, ran: &Ran) {
        self.0 += &format!("$ drawdown {line}\n{}", ran.stdout);
        self.0 += &ran.stderr.lines().map(|line| format!("! {line}\n")).collect::<String>();
        self.0 += &if ran.code == 0 { "\n".to_owned() } else { format!("? {}\n\n", ran.code) };
    }

    /// That it is the one in a file beside the tests.
    pub fn assert(self, file: &str) {
        snapbox::assert_data_eq!(self.0, expected(file));
    }
}

impl std::fmt::Display for Transcript {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// Runs the transcripts in a folder beside the tests, each in a copy of the folder that has its name and ends in `.in`.
pub fn run_transcripts(folder: &str, now: &str) {
    trycmd::TestCases::new()
        .env("DRAWDOWN_NOW", now)
        .register_bin("drawdown", program())
        .case(format!("tests/it/{folder}/*.trycmd"));
}
