//! One thing that is checked, and what was found.

use serde::Serialize;
use std::fmt::Display;

/// One thing that `verify` looks at, and what it found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// What was checked.
    pub name: &'static str,
    /// Whether it passed.
    pub ok: bool,
    /// What was counted, or what is wrong.
    pub detail: String,
}

/// Differences that one check tells in words; further ones are counted.
const SHOWN: usize = 5;

/// What one check found wrong.
#[derive(Debug, Default, Clone)]
pub(super) struct Faults {
    shown: Vec<String>,
    count: usize,
}

impl Faults {
    pub fn add(&mut self, fault: impl FnOnce() -> String) {
        self.count += 1;
        if self.shown.len() < SHOWN {
            self.shown.push(fault());
        }
    }

    /// Notes a difference between what is stored and what the facts come to.
    pub fn compare<T: PartialEq + Display>(&mut self, what: impl FnOnce() -> String, stored: &T, facts: &T) {
        if stored != facts {
            self.add(|| format!("{}: stored {stored}, by the facts {facts}", what()));
        }
    }

    pub fn check(self, name: &'static str, passed: impl FnOnce() -> String) -> Check {
        if self.count == 0 {
            return Check { name, ok: true, detail: passed() };
        }
        let more = self.count - self.shown.len();
        let more = if more > 0 { format!("; and {more} more") } else { String::new() };
        Check { name, ok: false, detail: self.shown.join("; ") + &more }
    }
}

/// How many, with what is true of one or of all of them: `1 lot holds`, `2 lots hold`.
pub(super) fn counted<N: Display + PartialEq + From<u8>>(many: N, one: &str, several: &str) -> String {
    format!("{many} {}", if many == N::from(1) { one } else { several })
}
