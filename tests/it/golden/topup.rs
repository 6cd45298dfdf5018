//! Automatic top-ups: strictly below the threshold, one payment of the amount at a time.

use super::case::{Case, Expect::*, NotDone, check, ids_of};
use super::spent::credits;
use crate::support::catalog_text::auto_topup;
use drawdown::billing::AutoTopupRule;
use drawdown::money::Units;

/// One rule and what is used under it.
pub struct Rule {
    /// Credits at the start.
    start: &'static str,
    threshold: &'static str,
    /// What one payment is, in USD.
    amount: &'static str,
    /// The price of a credit.
    rate: &'static str,
    used: &'static [&'static str],
    off: bool,
}

const RULE: Rule = Rule { start: "100", threshold: "20", amount: "100", rate: "1", used: &[], off: false };

/// What is asked for: the balance after each use, and the payments in all.
const CASES: &[Case<Rule>] = &[
    ("autumn-topup-1", Rule { used: &["85"], ..RULE }, Same("115; 1 payments, 100.00 USD")),
    ("autumn-topup-2", Rule { used: &["50"], ..RULE }, Same("50; 0 payments, 0.00 USD")),
    ("autumn-topup-3-disabled", Rule { used: &["85"], off: true, ..RULE }, Same("15; 0 payments, 0.00 USD")),
    (
        "autumn-topup-4-twice",
        Rule { start: "200", threshold: "30", used: &["180", "100"], ..RULE },
        Same("120, 120; 2 payments, 200.00 USD"),
    ),
    (
        "autumn-topup-5-packs",
        Rule { start: "1000", threshold: "200", used: &["950"], ..RULE },
        Other {
            theirs: "1050; 1 payments, 1000.00 USD",
            ours: "250; 2 payments, 200.00 USD",
            why: "a payment is what the rule says, not rounded up to packs of 1000, and is made again while below",
        },
    ),
    (
        "autumn-topup-6-packs",
        Rule { start: "1000", threshold: "200", amount: "1100", used: &["950"], ..RULE },
        Other {
            theirs: "2050; 1 payments, 2000.00 USD",
            ours: "1150; 1 payments, 1100.00 USD",
            why: "a payment is what the rule says, not rounded up to packs of 1000",
        },
    ),
    (
        "stigg-recharge-1",
        Rule { start: "50", amount: "10", used: &["35"], ..RULE },
        Other {
            theirs: "50; 1 payments, 35.00 USD",
            ours: "25; 1 payments, 10.00 USD",
            why: "a payment is a fixed amount; theirs fills up to a target of 50",
        },
    ),
    (
        "autumn-topup-7-docs",
        Rule { start: "5000", threshold: "500", amount: "10", rate: "0.01", used: &["4501"], ..RULE },
        Same("1499; 1 payments, 10.00 USD"),
    ),
    (
        "flexprice-topup-1-burst",
        Rule { start: "6", threshold: "50", amount: "10", used: &["1"], ..RULE },
        Same("55; 5 payments, 50.00 USD"),
    ),
    (
        "flexprice-topup-2-cooldown",
        Rule { start: "6", threshold: "50", amount: "10", used: &["1"], ..RULE },
        Other {
            theirs: "15; 1 payments, 10.00 USD",
            ours: "55; 5 payments, 50.00 USD",
            why: "there is no cool-down of a day; the rule's monthly limit is what bounds it",
        },
    ),
];

/// More credit for larger payments.
const NOT_DONE: &[NotDone] = &[
    ("flexprice-bonus-6000", "a payment buys what the rate says; a bonus is a gift of its own"),
    ("flexprice-bonus-3000", "a payment buys what the rate says; a bonus is a gift of its own"),
    ("flexprice-bonus-1000", "a payment buys what the rate says; a bonus is a gift of its own"),
    ("flexprice-bonus-500", "a payment buys what the rate says; a bonus is a gift of its own"),
];

pub fn ids() -> Vec<&'static str> {
    [ids_of(CASES), NOT_DONE.iter().map(|case| case.0).collect()].concat()
}

#[test]
fn payments_and_balances() {
    check(CASES, |rule| {
        let more = auto_topup("CREDIT", rule.threshold, &format!("{} USD", rule.amount), "");
        let mut one = credits("deny", rule.rate, &more);
        if rule.off {
            one.life.rules.insert(one.engine.asset_id("CREDIT").unwrap(), AutoTopupRule::Off);
        }
        one.gift(&format!("{} CREDIT", rule.start), "2024-01-01", None);
        let use_up = |used: &&str| {
            one.spend(used, "2024-01-02");
            one.balance("CREDIT")
        };
        let balances: Vec<_> = rule.used.iter().map(use_up).collect();
        let paid: Units = one.facts.topups.iter().map(|topup| topup.paid).sum();
        let paid = one.engine.reporting_currency().format(paid);
        format!("{}; {} payments, {paid} USD", balances.join(", "), one.facts.topups.len())
    });
}
