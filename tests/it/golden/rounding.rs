//! The one rounding: nearest, ties to even, unless an asset says otherwise; and how a whole is cut into shares.

use super::case::{Case, Expect::*, check, ids_of};
use crate::support::{One, at};
use drawdown::catalog::{Policy, PriceRow, PricingModel, Tiers, UsageType};
use drawdown::ids::LotId;
use drawdown::money::{
    Decimal, DecimalSum, Rounding, Units, Value, format_units, parse_decimal, parse_units, round_product,
};
use drawdown::rating::{Counter, Quantity, Rater};
use drawdown::wallet::{Account, BurnOrder, Lot, Priority, Purpose};

/// A value, the decimals of its asset, and the asset's rounding.
const ROUNDED: &[Case<(&str, u8, Rounding)>] = &[
    ("om-round-1", ("1.23456789", 2, Rounding::HalfEven), Same("1.23")),
    ("om-round-2", ("1.23556789", 2, Rounding::HalfEven), Same("1.24")),
    ("om-round-3", ("1.2346", 0, Rounding::HalfEven), Same("1")),
    ("om-round-4", ("1.9557", 0, Rounding::HalfEven), Same("2")),
    ("om-round-5", ("1.23456789", 4, Rounding::HalfEven), Same("1.2346")),
    ("om-round-up", ("1.221", 2, Rounding::Up), Same("1.23")),
    ("om-round-down", ("1.229", 2, Rounding::Down), Same("1.22")),
];

/// An amount, a percentage of it, and the decimals of the asset.
const PERCENT: &[Case<(&str, &str, u8)>] = &[
    ("flexprice-round-1", ("10", "33.333", 2), Same("3.33")),
    ("flexprice-round-2", ("1000", "33.333", 0), Same("333")),
    ("flexprice-round-3", ("1", "0.1", 2), Same("0.00")),
    ("flexprice-round-4", ("99.999", "10", 2), Same("10.00")),
    ("flexprice-round-5", ("999.9", "10", 0), Same("100")),
];

/// A price of one, the quantity after each event, and the decimals of the asset; what is asked for is each event's fee.
const STEPS: &[Case<(&str, &[&str], u8)>] = &[
    ("autumn-prec-1", ("0.00123", &["13"], 9), Same("0.01599")),
    ("om-delta-round-1", ("0.001", &["333", "666"], 2), Same("0.33 0.34")),
    ("om-delta-round-2", ("0.001", &["1", "2"], 2), Same("0 0")),
    // A multiple of an amount of money is a price for each unit of it.
    ("om-dyn-1", ("1.33333", &["10"], 2), Same("13.33")),
];

const CUT: &str = "shares are cut on the running total, rounded down; theirs are rounded apart and mended afterwards";

/// An amount, its weights in whole units, and its decimals; what is asked for is each weight's share.
const SHARES: &[Case<(&str, &[i64], u8)>] = &[
    ("om-alloc-1", ("6.00", &[10, 5], 2), Same("4.00 2.00")),
    ("om-alloc-2", ("0.05", &[1, 1, 1], 2), Other { theirs: "0.02 0.02 0.01", ours: "0.01 0.02 0.02", why: CUT }),
    ("om-alloc-3", ("5", &[1, 1, 1], 0), Other { theirs: "2 2 1", ours: "1 2 2", why: CUT }),
    ("om-alloc-4", ("0.0005", &[1, 1], 4), Other { theirs: "0.0003 0.0002", ours: "0.0002 0.0003", why: CUT }),
    ("om-alloc-5", ("0.01", &[100, 1], 2), Other { theirs: "0.01 0.00", ours: "0.00 0.01", why: CUT }),
    (
        "om-alloc-6",
        ("100.00", &[1, 2, 3], 2),
        Other { theirs: "16.67 33.33 50.00", ours: "16.66 33.34 50.00", why: CUT },
    ),
    // The published weights are 0.001 and 0.002.
    ("om-alloc-7", ("1.00", &[1, 2], 2), Same("0.33 0.67")),
    ("numscript-alloc-1", ("15", &[80, 8, 12], 0), Other { theirs: "13 1 1", ours: "12 1 2", why: CUT }),
];

const REFUSED: &[Case<(&str, u8)>] = &[("om-alloc-err", ("1.001", 2), Same("too many decimals: at most 2 here"))];

/// Requests of 5000 input tokens at 0.50 credits per thousand and 1000 output tokens at 3.00, in whole credits rounded up.
const CEILING: &[Case<usize>] = &[(
    "widelai-ceil-1",
    2,
    Other { theirs: "6 6", ours: "6 5", why: "the running total is rounded up, not each request by itself" },
)];

pub fn ids() -> Vec<&'static str> {
    [ids_of(ROUNDED), ids_of(PERCENT), ids_of(STEPS), ids_of(SHARES), ids_of(REFUSED), ids_of(CEILING)].concat()
}

fn decimal(text: &str) -> Decimal {
    parse_decimal(text).unwrap()
}

#[test]
fn values_are_rounded() {
    check(ROUNDED, |&(value, precision, rounding)| {
        let units: Units = round_product(&[decimal(value)], &[], precision, rounding).unwrap();
        format_units(units, precision, precision)
    });
}

#[test]
fn percentages_are_rounded_once() {
    check(PERCENT, |&(amount, percent, precision)| {
        let factors = [decimal(amount), decimal(percent)];
        let units: Units = round_product(&factors, &[Decimal::ONE_HUNDRED], precision, Rounding::HalfEven).unwrap();
        format_units(units, precision, precision)
    });
}

#[test]
fn the_cumulative_is_rounded_and_the_difference_charged() {
    check(STEPS, |&(price, totals, precision)| {
        let row = PriceRow {
            dimensions: Vec::new(),
            name: None,
            unit_price: None,
            volume_rate: Some(decimal(price)),
            package_size: None,
            min_amount: None,
            max_amount: None,
            tiers: Tiers::default(),
        };
        let units = (precision, Rounding::HalfEven);
        let rater = Rater::of_row(&row, UsageType::Volume, PricingModel::Flat, units).unwrap();
        let mut counter = Counter::default();
        let fee = |total: &&str| {
            let volume = DecimalSum::from(decimal(total)).checked_sub(&counter.quantity.volume).unwrap();
            let rated = rater.charge(&counter, &Quantity { count: 0, volume }).unwrap();
            counter = rated.after;
            format_units(rated.amount, precision, 0)
        };
        totals.iter().map(fee).collect::<Vec<_>>().join(" ")
    });
}

/// The shares of a lot's cost basis that draws of those weights earn.
#[test]
fn a_whole_is_cut_into_shares() {
    check(SHARES, |&(amount, weights, precision)| {
        let order = BurnOrder::new(Policy::default().burn_order);
        let total = Units::from_count(weights.iter().sum());
        let lot = Lot {
            id: LotId::FIRST,
            purpose: Purpose::Paid,
            priority: Priority::from_number(100),
            granted_at: at("2024-01-01"),
            effective_at: at("2024-01-01"),
            expires_at: None,
            amount: total,
            left: total,
            basis: Value::from_count(parse_units(amount, precision).unwrap().count()),
            granted_by: None,
            released: Value::ZERO,
            changed: false,
        };
        let mut account = Account::load(vec![lot], Units::ZERO, &order);
        let share = |&weight: &i64| {
            let earned = account.draw(Units::from_count(weight), at("2024-01-02"), &order)[0].earned;
            format_units(earned, precision, precision)
        };
        weights.iter().map(share).collect::<Vec<_>>().join(" ")
    });
}

#[test]
fn an_amount_is_not_rounded_on_its_way_in() {
    check(REFUSED, |&(amount, precision)| parse_units(amount, precision).unwrap_err().to_string());
}

#[test]
fn rounding_up_whole_credits() {
    let price = |field: &str, rate: &str| {
        format!(
            "[[product.price]]\nname = \"{field}\"\ntype = \"usage_based\"\nevent_type = \"request\"\n\
             usage_type = \"volume\"\nvolume_field = \"{field}\"\nasset = \"CREDIT\"\n\
             values = [{{ volume_rate = {rate}, package_size = 1_000 }}]\n"
        )
    };
    let asset = "[[asset]]\ncode = \"CREDIT\"\nprecision = 0\nrounding = \"up\"\nrates = [{ rate = 0.01 }]\n";
    let product = "[[product]]\ncode = \"p\"\nname = \"P\"\n";
    let catalog = format!("{asset}{product}{}{}", price("input", "0.50"), price("output", "3.00"));
    check(CEILING, |&count| {
        let mut one = One::subscriber(&catalog);
        one.gift("100 CREDIT", "2024-01-01", None);
        let mut charge = || {
            let event = one.event("request", "2024-01-02", &[("input", "5000"), ("output", "1000")]);
            event.fees.iter().map(|fee| fee.amount).sum::<Units>().to_string()
        };
        (0..count).map(|_| charge()).collect::<Vec<_>>().join(" ")
    });
}
