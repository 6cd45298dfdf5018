//! Packages: what is asked for is the fee of the last event, in USD.

use super::case::{Case, Expect::*, NotDone, check, ids_of};
use super::price::{Price, last_fee, price};
use drawdown::catalog::PricingModel::Package;

const TENS: Price = Price { rate: Some("15"), package: Some("10"), ..price(Package) };
const HUNDREDS: Price = Price { rate: Some("1"), package: Some("100"), ..price(Package) };
const CHEAP: Price = Price { rate: Some("1"), package: Some("10"), ..price(Package) };
const THOUSANDS: Price = Price { rate: Some("10"), package: Some("1000"), ..price(Package) };

const BEGUN: &str = "a package is owed once it is begun";

const CASES: &[Case<Price>] = &[
    ("om-pkg-q0", Price { volumes: &["0"], ..TENS }, Same("0.00")),
    ("om-pkg-q1", Price { volumes: &["1"], ..TENS }, Same("15.00")),
    ("om-pkg-q10", Price { volumes: &["10"], ..TENS }, Same("15.00")),
    ("om-pkg-q11", Price { volumes: &["11"], ..TENS }, Same("30.00")),
    ("om-pkg-incremental", Price { volumes: &["17", "5"], ..TENS }, Same("15.00")),
    (
        "om-pkg-max",
        Price { max: Some("100"), volumes: &["60", "50"], ..TENS },
        Other { theirs: "10.00", ours: "75.00", why: "a maximum is of each event, not of a period" },
    ),
    ("flexprice-pkg-up-q0", Price { volumes: &["0"], ..HUNDREDS }, Same("0.00")),
    ("flexprice-pkg-up-q2", Price { volumes: &["2"], ..HUNDREDS }, Same("1.00")),
    ("flexprice-pkg-up-q99", Price { volumes: &["99"], ..HUNDREDS }, Same("1.00")),
    ("flexprice-pkg-up-q100", Price { volumes: &["100"], ..HUNDREDS }, Same("1.00")),
    ("flexprice-pkg-up-q101", Price { volumes: &["101"], ..HUNDREDS }, Same("2.00")),
    ("flexprice-pkg-up-q150", Price { volumes: &["150"], ..HUNDREDS }, Same("2.00")),
    ("flexprice-pkg-up-q300", Price { volumes: &["300"], ..HUNDREDS }, Same("3.00")),
    (
        "flexprice-pkg-down-q50",
        Price { volumes: &["50"], ..HUNDREDS },
        Other { theirs: "0.00", ours: "1.00", why: BEGUN },
    ),
    (
        "flexprice-pkg-down-q250",
        Price { volumes: &["250"], ..HUNDREDS },
        Other { theirs: "2.00", ours: "3.00", why: BEGUN },
    ),
    ("flexprice-pkg-3", Price { rate: Some("50"), volumes: &["25"], ..CHEAP }, Same("150.00")),
    ("autumn-pkg-q15", Price { volumes: &["15"], ..CHEAP }, Same("2.00")),
    ("autumn-pkg-q20", Price { volumes: &["20"], ..CHEAP }, Same("2.00")),
    ("autumn-pkg-q1", Price { volumes: &["1"], ..CHEAP }, Same("1.00")),
    ("om-unitconfig-1", Price { volumes: &["1400"], ..THOUSANDS }, Same("20.00")),
    (
        "om-unitconfig-4-split-caveat",
        Price { volumes: &["1400", "1300"], ..THOUSANDS },
        Other { theirs: "20.00", ours: "10.00", why: "packages are counted on all that is used, not on each part" },
    ),
    ("om-delta-pkg-1", Price { volumes: &["1"], ..TENS }, Same("15.00")),
    ("om-delta-pkg-2", Price { volumes: &["9", "1"], ..TENS }, Same("0.00")),
    ("om-delta-pkg-3", Price { volumes: &["9", "2"], ..TENS }, Same("15.00")),
    ("om-delta-pkg-4", Price { volumes: &["1", "30"], ..TENS }, Same("45.00")),
];

/// Rules that this program does not have.
const NOT_DONE: &[NotDone] = &[
    ("om-unitconfig-3-discount", "no discounts on usage"),
    ("om-delta-pkg-5", "usage below zero is told and not priced, so that what is used never falls"),
    ("om-delta-pkg-6", "usage below zero is told and not priced, so that what is used never falls"),
    ("om-delta-pkg-7", "usage below zero is told and not priced, so that what is used never falls"),
];

pub fn ids() -> Vec<&'static str> {
    [ids_of(CASES), NOT_DONE.iter().map(|case| case.0).collect()].concat()
}

#[test]
fn whole_packages() {
    check(CASES, last_fee);
}
