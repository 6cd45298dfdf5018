//! Rating against the definition, and against a slow model that works on integers of any size.

mod models;
mod slow;

use super::*;
use crate::catalog::{PriceRow, PricingModel, Tier, Tiers, UsageType};
use crate::money::{DecimalSum, Rounding, parse_decimal};
use crate::rating::Method;
use proptest::prelude::*;

fn decimal(text: &str) -> Decimal {
    parse_decimal(text).unwrap()
}

fn row(unit_price: Option<&str>, volume_rate: Option<&str>, package: Option<&str>) -> PriceRow {
    PriceRow {
        dimensions: Vec::new(),
        name: None,
        unit_price: unit_price.map(decimal),
        volume_rate: volume_rate.map(decimal),
        package_size: package.map(decimal),
        min_amount: None,
        max_amount: None,
        tiers: Tiers::default(),
    }
}

fn rater(usage_type: UsageType, row: &PriceRow, precision: u8) -> Rater<'_> {
    rater_by(PricingModel::Flat, usage_type, row, precision)
}

fn rater_by(model: PricingModel, usage_type: UsageType, row: &PriceRow, precision: u8) -> Rater<'_> {
    Rater::of_row(row, usage_type, model, (precision, Rounding::HalfEven)).unwrap()
}

fn rounded_by(rounding: Rounding, mut rater: Rater<'_>) -> Rater<'_> {
    rater.scale.rounding = rounding;
    rater
}

fn events(rater: &Rater<'_>, quantities: &[Quantity]) -> Vec<i64> {
    let mut counter = Counter::default();
    let charge = |q: &Quantity| {
        let rated = rater.charge(&counter, q).unwrap();
        counter = rated.after;
        rated.amount.count()
    };
    quantities.iter().map(charge).collect()
}

const ONE: Quantity = Quantity { count: 1, volume: DecimalSum::ZERO };

#[test]
fn a_row_without_what_its_model_needs_rates_nothing() {
    let rates = row(Some("1"), None, None);
    let open = Tier { up_to: None, price: Decimal::ONE, package_size: None, flat_fee: Units::ZERO };
    let tiers = PriceRow { tiers: vec![open.clone()].into(), ..row(None, None, None) };
    let ended = PriceRow { tiers: vec![Tier { up_to: Some(Decimal::ONE), ..open }].into(), ..row(None, None, None) };
    let rates_by = |row, usage_type, model| Rater::of_row(row, usage_type, model, (0, Rounding::Down)).is_some();
    for model in [PricingModel::Flat, PricingModel::Package] {
        assert!(rates_by(&rates, UsageType::Unit, model));
        assert!(!rates_by(&rates, UsageType::Volume, model));
        assert!(!rates_by(&rates, UsageType::UnitAndVolume, model));
        assert!(!rates_by(&tiers, UsageType::Unit, model));
    }
    for model in [PricingModel::Graduated, PricingModel::Volume] {
        assert!(rates_by(&tiers, UsageType::Unit, model));
        assert!(!rates_by(&rates, UsageType::Unit, model));
        assert!(!rates_by(&ended, UsageType::Unit, model));
    }
}

#[test]
fn four_tenths_of_a_credit_in_whole_credits() {
    let row = row(Some("0.4"), None, None);
    let fees = events(&rater(UsageType::Unit, &row, 0), &[ONE; 1000]);
    assert_eq!(fees[..5], [0, 1, 0, 1, 0]);
    assert_eq!(fees.iter().sum::<i64>(), 400);
}

#[test]
fn tokens_per_million() {
    let row = row(None, Some("1.25"), Some("1000000"));
    let quantity = Quantity { count: 0, volume: decimal("4808").into() };
    assert_eq!(events(&rater(UsageType::Volume, &row, 9), &[quantity]), [6_010_000]);
}

#[test]
fn unit_and_volume_is_rounded_once() {
    // 0.3 a call and 0.5 per 2 minutes, in whole units: 0.3 + 0.25 = 0.55, which is 1; rounded apart it would be 0.
    let row = row(Some("0.3"), Some("0.5"), Some("2"));
    let quantity = Quantity { count: 1, volume: decimal("1").into() };
    assert_eq!(events(&rater(UsageType::UnitAndVolume, &row, 0), &[quantity]), [1]);
}

#[test]
fn limits_are_per_event_and_leave_the_counter_alone() {
    let mut row = row(None, Some("0.10"), None);
    row.min_amount = Some(Units::from_count(25));
    row.max_amount = Some(Units::from_count(100));
    let of = |v: &str| Quantity { count: 0, volume: decimal(v).into() };
    assert_eq!(events(&rater(UsageType::Volume, &row, 2), &[of("1"), of("5"), of("50"), of("0")]), [25, 50, 100, 25]);
}

#[test]
fn long_rates_and_quantities_are_rated_exactly() {
    let row = row(None, Some("0.00123456789012345678"), None);
    let rater = rater(UsageType::Volume, &row, 9);
    let of = |v: &str| Quantity { count: 0, volume: decimal(v).into() };
    let quantities = [of("123456789.123456789"), of("1.00000000000000001")];
    // The sum is worth 152415.7889041304652796829999847583212345678.
    assert_eq!(events(&rater, &quantities), [152_415_787_669_563, 1_234_567]);
    let (_, exact) = rater.formula(&quantities[0].plus(&quantities[1]).unwrap()).unwrap();
    assert_eq!(exact.to_string(), "152415.7889041304652796829999847583212345678");
}

#[test]
fn too_much_is_an_error() {
    let row = row(None, Some("999999999999999999"), None);
    let quantity = Quantity { count: 0, volume: decimal("999999999999999999").into() };
    assert_eq!(rater(UsageType::Volume, &row, 9).charge(&Counter::default(), &quantity), Err(Overflow));
}
