//! What a published case expects, and how ours is held against it.

/// What the publisher expects, written as the computation writes it.
#[derive(Debug)]
pub enum Expect {
    /// Ours is the same.
    Same(&'static str),
    /// Theirs is another rule.
    Other { theirs: &'static str, ours: &'static str, why: &'static str },
}

use Expect::{Other, Same};

/// The published id, the given facts, and what is expected.
pub type Case<G> = (&'static str, G, Expect);

/// A case of something that this program does not do, and why.
pub type NotDone = (&'static str, &'static str);

pub fn ids_of<G>(cases: &[Case<G>]) -> Vec<&'static str> {
    cases.iter().map(|case| case.0).collect()
}

/// Computes every case, and tells all that came out otherwise at once.
pub fn check<G>(cases: &[Case<G>], compute: impl Fn(&G) -> String) {
    let mut wrong = Vec::new();
    for (id, given, expect) in cases {
        let got = compute(given);
        let (expected, note) = match expect {
            Same(theirs) => (theirs, "as published"),
            Other { ours, why, .. } => (ours, *why),
        };
        if got != *expected {
            wrong.push(format!("{id}: expected {expected} ({note}), got {got}"));
        }
        if let Other { theirs, .. } = expect
            && got == *theirs
        {
            wrong.push(format!("{id}: listed as another rule, but ours gives the same: {got}"));
        }
    }
    assert!(wrong.is_empty(), "{} cases came out otherwise:\n{}", wrong.len(), wrong.join("\n"));
}
