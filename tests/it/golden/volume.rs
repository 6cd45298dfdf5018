//! Volume prices: what is asked for is the fee of the last event, in USD.

use super::case::{Case, Expect::*, check, ids_of};
use super::price::{Price, last_fee, price};
use drawdown::catalog::PricingModel::Volume;

const STAGES: Price =
    Price { tiers: &[(Some("10"), "50", "0"), (Some("20"), "40", "0"), (None, "30", "0")], ..price(Volume) };
const FEES: Price = Price {
    tiers: &[(Some("5"), "0", "100"), (Some("10"), "0", "150"), (Some("15"), "10", "0"), (None, "5", "0")],
    ..price(Volume)
};
const CALLS: Price =
    Price { tiers: &[(Some("100"), "0.10", "0"), (Some("500"), "0.05", "0"), (None, "0.02", "0")], ..price(Volume) };
const FALLING: Price = Price { tiers: &[(Some("15"), "10", "0"), (None, "5", "0")], ..price(Volume) };
const THOUSANDS: Price =
    Price { tiers: &[(Some("100000"), "1", "0"), (None, "0.5", "0")], package: Some("1000"), ..price(Volume) };

const LINEAR: &str = "a tier's price is linear in its package; theirs takes whole ones";

const CASES: &[Case<Price>] = &[
    ("flexprice-vol-1-q5", Price { volumes: &["5"], ..STAGES }, Same("250.00")),
    ("flexprice-vol-1-q15", Price { volumes: &["15"], ..STAGES }, Same("600.00")),
    ("flexprice-vol-1-q25", Price { volumes: &["25"], ..STAGES }, Same("750.00")),
    (
        "om-vol-1-q0",
        Price { volumes: &["0"], ..FEES },
        Other { theirs: "100.00", ours: "0.00", why: "a flat fee is owed once its tier is entered, so never at 0" },
    ),
    ("om-vol-1-q3", Price { volumes: &["3"], ..FEES }, Same("100.00")),
    ("om-vol-1-q5", Price { volumes: &["5"], ..FEES }, Same("100.00")),
    ("om-vol-1-q14", Price { volumes: &["14"], ..FEES }, Same("140.00")),
    ("om-vol-1-q15", Price { volumes: &["15"], ..FEES }, Same("150.00")),
    ("om-vol-1-q16", Price { volumes: &["16"], ..FEES }, Same("80.00")),
    ("om-vol-1-q100", Price { volumes: &["100"], ..FEES }, Same("500.00")),
    // Minimum and maximum are theirs of a period, ours of an event: the same where there is one event.
    ("om-vol-2-min", Price { min: Some("150"), volumes: &["5"], ..FEES }, Same("150.00")),
    ("om-vol-3-min-high", Price { min: Some("100"), volumes: &["100"], ..FEES }, Same("500.00")),
    ("om-vol-4-max", Price { max: Some("125"), volumes: &["7"], ..FEES }, Same("125.00")),
    ("autumn-vol-1-q101", Price { volumes: &["101"], ..CALLS }, Same("5.05")),
    ("autumn-vol-1-q250", Price { volumes: &["250"], ..CALLS }, Same("12.50")),
    ("autumn-vol-1-q500", Price { volumes: &["500"], ..CALLS }, Same("25.00")),
    ("autumn-vol-1-q1000", Price { volumes: &["1000"], ..CALLS }, Same("20.00")),
    (
        "zuplo-vol-1-q15000",
        Price {
            tiers: &[(Some("1000"), "0.10", "0"), (Some("10000"), "0.05", "0"), (None, "0.01", "0")],
            volumes: &["15000"],
            ..price(Volume)
        },
        Same("150.00"),
    ),
    // Of these two, only the tier that is reached is published.
    (
        "flexprice-vol-2-docs",
        Price { tiers: &[(None, "0.0006", "0")], volumes: &["65000"], ..price(Volume) },
        Same("39.00"),
    ),
    (
        "flexprice-vol-3-pack",
        Price { tiers: &[(None, "1", "0")], package: Some("1000"), volumes: &["4500"], ..price(Volume) },
        Other { theirs: "5.00", ours: "4.50", why: LINEAR },
    ),
    ("autumn-vol-pack-q50000", Price { volumes: &["50000"], ..THOUSANDS }, Same("50.00")),
    ("autumn-vol-pack-q150000", Price { volumes: &["150000"], ..THOUSANDS }, Same("75.00")),
    (
        "autumn-vol-pack-q1500",
        Price { volumes: &["1500"], ..THOUSANDS },
        Other { theirs: "2.00", ours: "1.50", why: LINEAR },
    ),
    (
        "autumn-vol-pack-q99500",
        Price { volumes: &["99500"], ..THOUSANDS },
        Other { theirs: "100.00", ours: "99.50", why: LINEAR },
    ),
    ("om-delta-vol-1", Price { volumes: &["12"], ..FALLING }, Same("120.00")),
    ("om-delta-vol-2", Price { volumes: &["12", "2"], ..FALLING }, Same("20.00")),
    ("om-delta-vol-3", Price { volumes: &["15", "1"], ..FALLING }, Same("-70.00")),
    (
        "om-delta-vol-max",
        Price { max: Some("100"), volumes: &["15", "1"], ..FALLING },
        Other { theirs: "-20.00", ours: "-70.00", why: "a maximum is of each event, not of a period" },
    ),
    // Published with an end at 10, which is not reached.
    (
        "om-delta-vol-flat-1",
        Price { tiers: &[(Some("5"), "0", "100"), (None, "0", "150")], volumes: &["5", "2"], ..price(Volume) },
        Same("50.00"),
    ),
    (
        "om-delta-vol-flat-2",
        Price { tiers: &[(Some("5"), "0", "100"), (None, "10", "0")], volumes: &["5", "1"], ..price(Volume) },
        Same("-40.00"),
    ),
];

pub fn ids() -> Vec<&'static str> {
    ids_of(CASES)
}

#[test]
fn all_units_at_the_price_of_the_tier_reached() {
    check(CASES, last_fee);
}
