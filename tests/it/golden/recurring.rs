//! Grants that come round.

use super::case::{Case, Expect::*, check, ids_of};
use super::rollover::usage;
use crate::support::{One, at};
use drawdown::money::Units;

/// How often a grant of 100 comes round and from when on, its priority, the other grant (amount, priority, from), uses, and
/// when the balances are asked for: that of the one that comes round last.
struct Given {
    every: &'static str,
    from: &'static str,
    priority: i64,
    other: Option<(&'static str, i64, &'static str)>,
    uses: &'static [(&'static str, &'static str)],
    asked: &'static str,
}

/// The other grant of 100 has 80 left. Theirs comes round on an anchor of its own, the 4th; ours from its start, the 2nd.
const WEEKLY: Given = Given {
    every: "week",
    from: "2024-01-02",
    priority: 1,
    other: Some(("80", 3, "2023-12-31")),
    uses: &[("2024-01-01T01:00:00Z", "20"), ("2024-01-01T23:59:59Z", "20"), ("2024-01-02", "20")],
    asked: "2024-01-11",
};

const CASES: &[Case<Given>] = &[
    (
        "om-burn-10-recurring",
        Given {
            every: "day",
            from: "2024-01-01",
            other: None,
            uses: &[("2024-01-01T01:00:00Z", "120")],
            asked: "2024-01-02T01:00:00Z",
            ..WEEKLY
        },
        Same("80"),
    ),
    ("om-burn-11-recurring-later", WEEKLY, Same("40, 100")),
    (
        "om-burn-12-recurring-before",
        Given {
            uses: &[
                ("2024-01-01T01:00:00Z", "20"),
                ("2024-01-01T23:59:59Z", "20"),
                ("2024-01-02", "20"),
                ("2024-01-04", "20"),
            ],
            asked: "2024-01-10T23:00:00Z",
            ..WEEKLY
        },
        Other { theirs: "40, 80", ours: "40, 100", why: "an entitlement comes round from the subscription's start" },
    ),
    (
        "om-burn-13-no-reapply",
        Given {
            every: "day",
            from: "2024-01-01",
            priority: 1,
            other: Some(("100", 2, "2024-01-02T01:00:00Z")),
            uses: &[("2024-01-02T00:30:00Z", "30"), ("2024-01-02T01:30:00Z", "20")],
            asked: "2024-01-02T02:00:00Z",
        },
        Same("100, 50"),
    ),
];

pub fn ids() -> Vec<&'static str> {
    ids_of(CASES)
}

#[test]
fn what_comes_round_replaces_the_rest() {
    check(CASES, |given| {
        let granted = format!(
            "[[product]]\ncode = \"granted\"\nname = \"P\"\n[[product.entitlement]]\nname = \"Credits\"\n\
             asset = \"CREDIT\"\namount = 100\npriority = {}\n\
             lifecycle = {{ duration = \"{}\", refresh = {{ strategy = \"expire_and_replace\" }} }}\n",
            given.priority, given.every
        );
        let head = "[policy]\ninsufficient_funds = \"overdraft\"\n\
                    [[asset]]\ncode = \"CREDIT\"\nprecision = 0\nrates = [{ rate = 1 }]\n";
        let used = format!("[[product]]\ncode = \"used\"\nname = \"P\"\n{}", usage("use", "1"));
        let mut one = One::new(&format!("{head}{used}{granted}"));
        one.subscribe(0, 1, "2023-12-31", None);
        if let Some((amount, priority, from)) = given.other {
            one.gift_before(&format!("{amount} CREDIT"), Some(priority), from, None);
        }
        let (before, after): (Vec<_>, Vec<_>) = given.uses.iter().partition(|(when, _)| at(when) < at(given.from));
        for (when, amount) in before {
            one.spend(amount, when);
        }
        one.subscribe(1, 1, given.from, None);
        for (when, amount) in after {
            one.spend(amount, when);
        }
        one.advance(given.asked);
        let mut left: Vec<(bool, Units)> = one.lots().map(|lot| (lot.granted_by.is_some(), lot.left)).collect();
        left.sort_unstable();
        left.iter().map(|(_, left)| left.to_string()).collect::<Vec<_>>().join(", ")
    });
}
