//! Graduated prices: what is asked for is the fee of the last event, in USD.

use super::case::{Case, Expect::*, NotDone, check, ids_of};
use super::price::{Price, last_fee, price};
use drawdown::catalog::PricingModel::Graduated;

const FEES: Price = Price {
    tiers: &[(Some("5"), "0", "100"), (Some("10"), "0", "50"), (Some("15"), "5", "0"), (None, "1", "0")],
    ..price(Graduated)
};
const DEAR: Price = Price {
    tiers: &[(Some("5"), "0", "100"), (Some("10"), "0", "50"), (Some("15"), "10", "0"), (None, "5", "0")],
    ..price(Graduated)
};
const CALLS: Price =
    Price { tiers: &[(Some("100"), "0.10", "0"), (Some("500"), "0.05", "0"), (None, "0.02", "0")], ..price(Graduated) };
const SLABS: Price =
    Price { tiers: &[(Some("10"), "50", "0"), (Some("20"), "40", "0"), (None, "30", "0")], ..price(Graduated) };
const RISING: Price =
    Price { tiers: &[(Some("5"), "1", "0"), (Some("10"), "2", "0"), (None, "3", "0")], ..price(Graduated) };

const CASES: &[Case<Price>] = &[
    ("om-grad-1", Price { volumes: &["22"], ..FEES }, Same("182.00")),
    ("om-grad-2-incremental", Price { volumes: &["12", "10"], ..FEES }, Same("22.00")),
    (
        "om-grad-3-max-cumulative",
        Price { max: Some("170"), volumes: &["12", "10"], ..FEES },
        Other { theirs: "10.00", ours: "22.00", why: "a maximum is of each event, not of a period" },
    ),
    (
        "om-grad-5-q0",
        Price { volumes: &["0"], ..DEAR },
        Other { theirs: "100.00", ours: "0.00", why: "a flat fee is owed once its tier is entered, so never at 0" },
    ),
    ("om-grad-5-q3", Price { volumes: &["3"], ..DEAR }, Same("100.00")),
    ("om-grad-5-q5", Price { volumes: &["5"], ..DEAR }, Same("100.00")),
    ("om-grad-5-q5_001", Price { volumes: &["5.001"], ..DEAR }, Same("150.00")),
    ("om-grad-5-q7", Price { volumes: &["7"], ..DEAR }, Same("150.00")),
    ("om-grad-5-q12", Price { volumes: &["12"], ..DEAR }, Same("170.00")),
    ("om-grad-5-q22", Price { volumes: &["22"], ..DEAR }, Same("235.00")),
    ("autumn-grad-1-q50", Price { volumes: &["50"], ..CALLS }, Same("5.00")),
    ("autumn-grad-1-q100", Price { volumes: &["100"], ..CALLS }, Same("10.00")),
    ("autumn-grad-1-q250", Price { volumes: &["250"], ..CALLS }, Same("17.50")),
    ("autumn-grad-1-q500", Price { volumes: &["500"], ..CALLS }, Same("30.00")),
    ("autumn-grad-1-q1000", Price { volumes: &["1000"], ..CALLS }, Same("40.00")),
    (
        "autumn-grad-2-q75",
        Price { tiers: &[(Some("50"), "0.0075", "0"), (None, "0.0025", "0")], volumes: &["75"], ..price(Graduated) },
        Same("0.4375"),
    ),
    (
        "autumn-grad-3-q15000",
        Price {
            tiers: &[(Some("1000"), "0.01", "0"), (Some("10000"), "0.008", "0"), (None, "0.005", "0")],
            volumes: &["15000"],
            ..price(Graduated)
        },
        Same("107.00"),
    ),
    (
        "zuplo-grad-1-q15000",
        Price {
            tiers: &[(Some("1000"), "0.10", "0"), (Some("10000"), "0.05", "0"), (None, "0.01", "0")],
            volumes: &["15000"],
            ..price(Graduated)
        },
        Same("600.00"),
    ),
    ("flexprice-grad-1-q5", Price { volumes: &["5"], ..SLABS }, Same("250.00")),
    ("flexprice-grad-1-q15", Price { volumes: &["15"], ..SLABS }, Same("700.00")),
    ("flexprice-grad-1-q25", Price { volumes: &["25"], ..SLABS }, Same("1050.00")),
    ("om-delta-grad-1", Price { volumes: &["3"], ..RISING }, Same("3.00")),
    ("om-delta-grad-2", Price { volumes: &["3", "2"], ..RISING }, Same("2.00")),
    ("om-delta-grad-3", Price { volumes: &["3", "4"], ..RISING }, Same("6.00")),
    ("om-delta-grad-4", Price { volumes: &["3", "9"], ..RISING }, Same("18.00")),
    // Their tiers count thousands; ours count what is used, and the price is for a thousand.
    (
        "om-unitconfig-2",
        Price {
            tiers: &[(Some("5000"), "1", "0"), (None, "0.5", "0")],
            package: Some("1000"),
            volumes: &["7400"],
            ..price(Graduated)
        },
        Other { theirs: "6.50", ours: "6.20", why: "a tier's price is linear in its package; theirs takes whole ones" },
    ),
];

/// Rules that this program does not have.
const NOT_DONE: &[NotDone] = &[
    ("autumn-grad-1-qneg250", "usage below zero is told and not priced"),
    ("om-grad-4-min-last-line", "no minimum spend per period"),
    ("om-credit-lines-4-min", "no minimum spend per period"),
];

pub fn ids() -> Vec<&'static str> {
    [ids_of(CASES), NOT_DONE.iter().map(|case| case.0).collect()].concat()
}

#[test]
fn every_unit_at_its_own_tiers_price() {
    check(CASES, last_fee);
}
