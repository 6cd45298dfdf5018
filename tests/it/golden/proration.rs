//! Changes of terms within a period: the unused part is credited, the rest is charged.

use super::case::{Case, Expect::*, NotDone, check, ids_of};
use crate::support::One;
use drawdown::money::Units;

/// A fixed price each interval (in the catalog's words), another one instead, the subscription's start and the change; what
/// is asked for is the credit, the charge and the net.
struct Change {
    interval: &'static str,
    prices: [&'static str; 2],
    start: &'static str,
    at: &'static str,
}

const MARCH: Change =
    Change { interval: "interval = \"month\"", prices: ["", ""], start: "2024-03-01", at: "2024-03-15" };

/// Theirs counts 17 days of March, both ends included: as many as there are from the 15th to April.
const CHANGES: &[Case<Change>] = &[
    ("flexprice-pro-1", Change { prices: ["10", "20"], ..MARCH }, Same("-5.48 + 10.97 = 5.49")),
    ("flexprice-pro-2", Change { prices: ["100", "30"], ..MARCH }, Same("-54.84 + 16.45 = -38.39")),
    ("flexprice-pro-3", Change { prices: ["50", "100"], ..MARCH }, Same("-27.42 + 54.84 = 27.42")),
    (
        "flexprice-pro-7-docs",
        Change { interval: "interval = \"month\"", prices: ["50", "100"], start: "2024-04-01", at: "2024-04-11" },
        Same("-33.33 + 66.67 = 33.34"),
    ),
    (
        "flexprice-pro-8-docs",
        Change { interval: "interval = \"year\"", prices: ["600", "1200"], start: "2025-01-01", at: "2025-04-11" },
        Same("-435.62 + 871.23 = 435.61"),
    ),
    // Their three seconds are three days here: 1.2 of them are over.
    (
        "om-pro-1-seconds",
        Change {
            interval: "interval = \"day\", interval_count = 3",
            prices: ["0.01", "90"],
            start: "2026-01-01T00:00:00.4Z",
            at: "2026-01-02T04:48:00.4Z",
        },
        Other {
            theirs: "-0.01 + 60.00 = 59.99",
            ours: "-0.01 + 54.00 = 53.99",
            why: "no instant is cut to whole seconds",
        },
    ),
];

/// Credits that a month's entitlement grants, their decimals, and when another product with it is changed to; what is
/// asked for is what is granted for the rest of January 2024.
const GRANTS: &[Case<(&str, u8, &str)>] = &[
    (
        "flexprice-pro-9-grant",
        ("100", 8, "2024-01-20"),
        Other { theirs: "38.70967742", ours: "38.70967741", why: "a part of a grant is rounded down" },
    ),
    ("flexprice-pro-10-grant", ("1", 7, "2024-01-31T23:59:30Z"), Same("0.0000112")),
    ("flexprice-pro-11-grant", ("100", 8, "2024-01-16T12:00:00Z"), Same("50")),
];

/// What is unused is a part of what was charged for the same period and not credited since, so that there is nothing to cut
/// but a rounding.
const NOT_DONE: &[NotDone] = &[
    ("flexprice-pro-4", "a credit is worked out from the charges, and has no other potential"),
    ("flexprice-pro-5", "a credit is worked out from the charges, and has no other potential"),
    ("flexprice-pro-6", "a credit is worked out from the charges, and has no other potential"),
];

pub fn ids() -> Vec<&'static str> {
    [ids_of(CHANGES), ids_of(GRANTS), NOT_DONE.iter().map(|case| case.0).collect()].concat()
}

fn product(code: &str, tables: &str) -> String {
    format!("[[product]]\ncode = \"{code}\"\nname = \"P\"\n{tables}")
}

fn fixed(price: &str, interval: &str) -> String {
    format!(
        "[[product.price]]\nname = \"Fee\"\ntype = \"fixed\"\nasset = \"USD\"\nunit_price = {price}\n\
         billing_model = {{ type = \"recurring\", {interval} }}\n"
    )
}

#[test]
fn both_sides_are_rounded_for_themselves() {
    check(CHANGES, |given| {
        let [old, new] = given.prices.map(|price| fixed(price, given.interval));
        let mut one = One::new(&(product("old", &old) + &product("new", &new)));
        let subscription = one.subscribe(0, 1, given.start, None);
        one.change(subscription, 1, 1, given.at).unwrap();
        let usd = |units: Units| one.engine.reporting_currency().format(units);
        let [_, credit, charge] = &one.facts.charges[..] else { panic!("{:?}", one.facts.charges) };
        let paid: Units = one.facts.payments[1..].iter().map(|payment| payment.paid).sum();
        let net = paid - one.life.available(credit.asset, one.life.clock);
        format!("{} + {} = {}", usd(credit.amount), usd(charge.amount), usd(net))
    });
}

#[test]
fn an_increase_is_granted_for_the_rest_of_the_period() {
    check(GRANTS, |&(amount, precision, when)| {
        let asset = format!("[[asset]]\ncode = \"CREDIT\"\nprecision = {precision}\nrates = [{{ rate = 1 }}]\n");
        let grant = format!(
            "[[product.entitlement]]\nname = \"Credits\"\nasset = \"CREDIT\"\namount = {amount}\n\
             lifecycle = {{ duration = \"month\", refresh = {{ strategy = \"expire_and_replace\" }} }}\n"
        );
        let fee = fixed("1", "interval = \"month\"");
        let products = product("old", &fee) + &product("new", &(fee.clone() + &grant));
        let mut one = One::new(&(asset + &products));
        let subscription = one.subscribe(0, 1, "2024-01-01", None);
        one.change(subscription, 1, 1, when).unwrap();
        one.balance("CREDIT")
    });
}
