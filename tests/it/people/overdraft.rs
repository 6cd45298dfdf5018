//! A prepaid life under overdraft.

use super::world::Step::{Adjust, Advance, Pay, Rule, Subscribe, Use};
use super::world::{Step, World, at, kinds};
use drawdown::billing::Reason;
use std::collections::BTreeMap;

/// Credits that may be owed, at a fifth of a dollar; calls cost three.
const CATALOG: &str = r#"
[catalog]
name = "calls"
reporting_currency = "USD"
[policy]
insufficient_funds = "overdraft"
[[asset]]
code = "CREDIT"
precision = 0
rates = [{ source = "USD", rate = 0.20 }]
expires_after = { duration = "month", duration_count = 1 }
overdraft_limit = 50
[[product]]
code = "api"
name = "API"
[[product.price]]
name = "Call"
type = "usage_based"
event_type = "call"
usage_type = "volume"
volume_field = "n"
asset = "CREDIT"
values = [{ volume_rate = 3 }]
"#;

/// A life with every kind of movement.
fn story() -> Vec<Step> {
    vec![
        Subscribe(1, "api"),
        Pay(1, 4, "CREDIT"),
        Use(2, "call", 3),
        Adjust(3, 10, Reason::Gift),
        Use(4, "call", 5),
        Adjust(5, -3, Reason::ExternalRefund),
        // Beyond what is there: the account goes below zero, and a payment for later pays it back.
        Use(6, "call", 6),
        Pay(9, 3, "CREDIT"),
        Use(10, "call", 1),
        // Late: it happened before what was recorded last, and is paid now.
        Use(7, "call", 1),
        // A payment for a day gone by.
        Pay(8, 2, "CREDIT"),
        Advance(45),
        // One for a day gone by whose credits have expired since.
        Pay(3, 1, "CREDIT"),
        Rule("CREDIT", 10, 5),
        Use(46, "call", 4),
        Use(46, "call", 2),
        Use(47, "call", 12),
        Pay(60, 1, "CREDIT"),
    ]
}

#[test]
fn the_statement_closes_with_the_balance_at_every_instant() {
    let mut world = World::new(CATALOG);
    for step in story() {
        world.happen(&step).unwrap();
        for day in (1..=11).chain([29, 31, 36, 37, 40, 45, 46, 47, 48, 60, 74, 75, 76, 88, 89, 100]) {
            [0, 12].into_iter().for_each(|hour| world.check(at(day, hour)));
        }
    }
    let verified = world.book.ledger.verify().unwrap();
    assert!(verified.checks.iter().all(|check| check.ok), "{verified:?}");
}

#[test]
fn a_balance_of_the_past_is_what_it_was_then() {
    let mut world = World::new(CATALOG);
    let moves_back = |step: &Step| matches!(step, Use(7, ..) | Pay(3 | 8, ..));
    let mut then = Vec::new();
    for step in story().into_iter().filter(|step| !moves_back(step)) {
        world.happen(&step).unwrap();
        then.push(world.balance(None));
    }
    // Of several at one instant the last one counts.
    let last: BTreeMap<_, _> = then.into_iter().map(|balance| (balance.at, balance)).collect();
    for (instant, balance_then) in last {
        assert_eq!(world.balance(Some(instant)), balance_then);
    }
}

#[test]
fn a_statement_has_every_kind_of_movement_and_may_be_cut_anywhere() {
    let mut world = World::new(CATALOG);
    story().iter().for_each(|step| world.happen(step).unwrap());
    let of = |from, to| world.statement(from, to).accounts.swap_remove(0);
    let whole = of(None, None);
    let expected = ["adjustment", "auto_topup", "expiry", "fee", "repayment", "topup"];
    assert_eq!(kinds(std::slice::from_ref(&whole)), expected.map(str::to_owned).into());
    for cut in [at(2, 0), at(6, 12), at(9, 0), at(46, 12), at(59, 0)] {
        let (first, second) = (of(None, Some(cut)), of(Some(cut), None));
        assert_eq!(first.closing, second.opening);
        assert_eq!(second.closing, whole.closing);
        assert_eq!([first.movements, second.movements].concat(), whole.movements);
    }
}
