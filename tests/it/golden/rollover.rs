//! What a refresh carries on.

use super::case::{Case, Expect::*, NotDone, check, ids_of};
use crate::support::One;
use drawdown::billing::Status;

/// What happens next.
enum Step {
    /// So many events of a type.
    Use(&'static str, &'static str),
    /// The next month begins.
    Reset,
    /// Another product with the same entitlement.
    Upgrade,
}

use Step::{Reset, Upgrade, Use};
use drawdown::money::Units;

/// Amounts and limits of a month's entitlements, of which the first is used first, and what happens. What is asked for is
/// the balance after each reset, use and upgrade, and how much of it was carried on.
type Given = (&'static [(i64, i64)], &'static [Step]);

const CASES: &[Case<Given>] = &[
    // Theirs says only what is carried on.
    ("om-rollover-1", (&[(100, 50)], &[Use("use", "10"), Reset]), Same("90 with 0, 150 with 50")),
    ("om-rollover-3", (&[(1000, 1000), (1000, 100)], &[Use("use", "600"), Reset]), Same("1400 with 0, 2500 with 500")),
    ("autumn-rollover-1", (&[(400, 500)], &[Use("use", "250"), Reset]), Same("150 with 0, 550 with 150")),
    // Theirs keeps each month's rest and cuts the oldest; ours is one lot. The sums are the same.
    (
        "autumn-rollover-2-cap",
        (&[(400, 500)], &[Use("use", "250"), Reset, Reset]),
        Same("150 with 0, 550 with 150, 900 with 500"),
    ),
    (
        "autumn-rollover-3-order",
        (&[(400, 500)], &[Use("use", "250"), Reset, Reset, Use("use", "150")]),
        Same("150 with 0, 550 with 150, 900 with 500, 750 with 350"),
    ),
    (
        "autumn-rollover-4",
        (&[(400, 500)], &[Use("use", "250"), Reset, Reset, Use("use", "150"), Use("use", "400")]),
        Same("150 with 0, 550 with 150, 900 with 500, 750 with 350, 350 with 0"),
    ),
    (
        "autumn-rollover-5-upgrade",
        (&[(500, 600)], &[Reset, Reset, Upgrade]),
        Same("1000 with 500, 1100 with 600, 1100 with 600"),
    ),
    (
        "autumn-rollover-6-credit-cost",
        (&[(500, 300)], &[Reset, Use("action1", "100"), Use("action2", "400"), Use("action1", "500")]),
        Same("800 with 300, 780 with 280, 540 with 40, 440 with 0"),
    ),
    (
        "autumn-rollover-7",
        (&[(500, 200)], &[Reset, Use("use", "50"), Use("use", "200")]),
        Same("700 with 200, 650 with 150, 450 with 0"),
    ),
    // A limit is an amount: half with 200 is written 100.
    ("autumn-rollover-8-pct", (&[(200, 100)], &[Use("use", "50"), Reset]), Same("150 with 0, 300 with 100")),
    ("autumn-rollover-9-pct", (&[(200, 100)], &[Use("use", "150"), Reset]), Same("50 with 0, 250 with 50")),
    (
        "autumn-rollover-10-pct-multi",
        (&[(100, 50)], &[Use("use", "60"), Reset, Reset]),
        Same("40 with 0, 140 with 40, 150 with 50"),
    ),
    // What is included and what is bought in advance come round together.
    ("autumn-rollover-11-prepaid", (&[(600, 400)], &[Use("use", "350"), Reset]), Same("250 with 0, 850 with 250")),
];

const NOT_DONE: &[NotDone] = &[
    ("om-rollover-2-overage", "nothing is carried on beyond what is left: there is no minimum"),
    ("om-rollover-4-overage", "nothing is carried on beyond what is left: there is no minimum"),
    ("om-rollover-5-overage-carries", "nothing is carried on beyond what is left: there is no minimum"),
];

pub fn ids() -> Vec<&'static str> {
    [ids_of(CASES), NOT_DONE.iter().map(|case| case.0).collect()].concat()
}

/// A price that takes `rate` credits for each `amount` of an event.
pub fn usage(event_type: &str, rate: &str) -> String {
    format!(
        "[[product.price]]\nname = \"{event_type}\"\ntype = \"usage_based\"\nevent_type = \"{event_type}\"\n\
         usage_type = \"volume\"\nvolume_field = \"n\"\nasset = \"CREDIT\"\nvolume_rate = {rate}\n"
    )
}

fn entitlement((index, (amount, limit)): (usize, &(i64, i64))) -> String {
    format!(
        "[[product.entitlement]]\nname = \"{index}\"\nasset = \"CREDIT\"\namount = {amount}\npriority = {index}\n\
         lifecycle = {{ duration = \"month\", refresh = {{ strategy = \"rollover\", limit = {limit} }} }}\n"
    )
}

#[test]
fn no_more_than_the_limit_is_carried_on() {
    check(CASES, |(entitlements, steps)| {
        let usage =
            [("use", "1"), ("action1", "0.2"), ("action2", "0.6")].map(|(event_type, rate)| usage(event_type, rate));
        let tables = usage.concat() + &entitlements.iter().enumerate().map(entitlement).collect::<String>();
        let product = |code| format!("[[product]]\ncode = \"{code}\"\nname = \"P\"\n{tables}");
        let asset = "[[asset]]\ncode = \"CREDIT\"\nprecision = 0\nrates = [{ rate = 1 }]\n";
        let mut one = One::new(&format!("{asset}{}{}", product("p"), product("q")));
        let subscription = one.subscribe(0, 1, "2024-01-01", None);
        let (mut month, mut told) = (1, Vec::new());
        for step in *steps {
            match step {
                Use(event_type, amount) => {
                    let event = one.event(event_type, &format!("2024-{month:02}-02"), &[("n", amount)]);
                    assert_eq!(event.status, Status::Charged);
                }
                Reset => {
                    month += 1;
                    one.advance(&format!("2024-{month:02}-01"));
                }
                Upgrade => drop(one.change(subscription, 1, 1, &format!("2024-{month:02}-02")).unwrap()),
            }
            let carried = |lot: &&drawdown::wallet::Lot| one.facts.rollovers.iter().any(|r| r.into == lot.id);
            let carried: Units = one.lots().filter(carried).map(|lot| lot.left).sum();
            told.push(format!("{} with {carried}", one.balance("CREDIT")));
        }
        told.join(", ")
    });
}
