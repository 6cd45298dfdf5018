//! Dimension rows, and quantities that no price counts.

use super::case::{Case, Expect::*, NotDone, check, ids_of};
use crate::support::{One, at};
use drawdown::billing::Status;

/// Rows of a price as (value of the dimension, price), the price's key, and the data of one event.
struct Rows {
    key: &'static str,
    rows: &'static [(&'static str, &'static str)],
    dimension: &'static str,
    value: &'static str,
}

const MODELS: &[(&str, &str)] = &[("gli-1-0", "0.05"), ("gli-2-0", "0.10"), ("*", "0.03")];
const MODES: &[(&str, &str)] = &[("fast", "1.00"), ("regular", "0.40"), ("*", "0.40")];
const MODEL: Rows = Rows { key: "unit_price", rows: MODELS, dimension: "model", value: "" };
const MODE: Rows = Rows { key: "volume_rate", rows: MODES, dimension: "mode", value: "" };

/// What is asked for: the fee in USD of one event, of one minute where minutes are counted.
const DIMENSIONS: &[Case<Rows>] = &[
    ("credyt-dim-gli-1-0", Rows { value: "gli-1-0", ..MODEL }, Same("0.05")),
    ("credyt-dim-gli-2-0", Rows { value: "gli-2-0", ..MODEL }, Same("0.10")),
    ("credyt-dim-anything-else", Rows { value: "anything-else", ..MODEL }, Same("0.03")),
    ("credyt-dimvol-fast", Rows { value: "fast", ..MODE }, Same("1.00")),
    ("credyt-dimvol-regular", Rows { value: "regular", ..MODE }, Same("0.40")),
    ("credyt-dimvol-draft", Rows { value: "draft", ..MODE }, Same("0.40")),
];

/// Values of one row, and the volumes of events; what is asked for is the fees in USD.
const VOLUMES: &[Case<(&str, &[&str])>] = &[
    // The log carries each bucket's largest value as one event.
    ("flexprice-bucket-1", ("volume_rate = 0.10", &["9", "10"]), Same("1.90: 0.90 1.00")),
    (
        "autumn-neg-1",
        ("volume_rate = 1, package_size = 10", &["-15"]),
        Other { theirs: "-2.00: -2.00", ours: "0.00: negative_volume", why: "usage below zero is told and not priced" },
    ),
    (
        "autumn-neg-2",
        ("volume_rate = 0.1", &["-100"]),
        Other { theirs: "0.00: 0.00", ours: "0.00: negative_volume", why: "usage below zero is told and not priced" },
    ),
    (
        "om-delta-min-final",
        ("volume_rate = 10, min_amount = 150", &["10", "0"]),
        Other { theirs: "150.00: 100.00 50.00", ours: "300.00: 150.00 150.00", why: "a minimum is of each event" },
    ),
    // 70 have been charged already, by seven.
    (
        "om-unit-max-1",
        ("volume_rate = 10, max_amount = 100", &["7", "5"]),
        Other { theirs: "100.00: 70.00 30.00", ours: "120.00: 70.00 50.00", why: "a maximum is of each event" },
    ),
    // Half off is half the price; 35 have been charged already, by seven.
    (
        "om-unit-max-2-discount",
        ("volume_rate = 5, max_amount = 100", &["7", "20"]),
        Other { theirs: "100.00: 35.00 65.00", ours: "135.00: 35.00 100.00", why: "a maximum is of each event" },
    ),
    // A multiple of an amount of money is a price for each unit of it; 93.33 have been charged already, by 70.
    (
        "om-dyn-2-max",
        ("volume_rate = 1.33333, max_amount = 100", &["70", "50"]),
        Other {
            theirs: "100.00: 93.33 6.67",
            ours: "159.9996: 93.3331 66.6665",
            why: "a maximum is of each event, and dollars have nine decimals",
        },
    ),
];

/// Rules that this program does not have.
const NOT_DONE: &[NotDone] = &[
    ("flexprice-bucket-2", "no buckets of time: whole packages are counted on the cumulative quantity"),
    ("flexprice-bucket-3", "no buckets of time: tiers are counted on the cumulative quantity"),
    ("flexprice-bucket-4", "no buckets of time: tiers are counted on the cumulative quantity"),
];

pub fn ids() -> Vec<&'static str> {
    [ids_of(DIMENSIONS), ids_of(VOLUMES), NOT_DONE.iter().map(|case| case.0).collect()].concat()
}

fn price(usage_type: &str, more: &str) -> String {
    format!(
        "[[product]]\ncode = \"p\"\nname = \"P\"\n[[product.price]]\nname = \"Use\"\ntype = \"usage_based\"\n\
         event_type = \"use\"\nusage_type = \"{usage_type}\"\nasset = \"USD\"\n{more}\n"
    )
}

#[test]
fn the_row_of_an_events_dimension() {
    check(DIMENSIONS, |given| {
        let rows = given.rows.iter();
        let rows: Vec<_> = rows
            .map(|(value, price)| format!("{{ {} = \"{value}\", {} = {price} }}", given.dimension, given.key))
            .collect();
        let values = format!("billable_dimensions = [\"{}\"]\nvalues = [{}]", given.dimension, rows.join(", "));
        let catalog = match given.key {
            "unit_price" => price("unit", &values),
            _ => price("volume", &format!("volume_field = \"minutes\"\n{values}")),
        };
        let mut one = One::subscriber(&catalog);
        one.pay("10", "USD", "2024-01-01");
        one.event("use", "2024-01-02", &[(given.dimension, given.value), ("minutes", "1")]);
        one.fees().join(" ")
    });
}

#[test]
fn volumes_and_limits() {
    check(VOLUMES, |&(values, volumes)| {
        let mut one = One::subscriber(&price("volume", &format!("volume_field = \"n\"\nvalues = [{{ {values} }}]")));
        one.pay("1000", "USD", "2024-01-01");
        let before = one.life.available(one.engine.asset_id("USD").unwrap(), at("2024-01-02"));
        let mut told = Vec::new();
        for volume in volumes {
            told.push(match one.event("use", "2024-01-02", &[("n", volume)]).status {
                Status::Unpriced(reason) => reason.name().to_owned(),
                _ => one.fees().join(" "),
            });
        }
        let after = one.life.available(one.engine.asset_id("USD").unwrap(), one.life.clock);
        format!("{}: {}", one.engine.reporting_currency().format(before - after), told.join(" "))
    });
}
