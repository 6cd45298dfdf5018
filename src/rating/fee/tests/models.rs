//! Graduated, volume and package prices.

use super::*;

fn tier(up_to: Option<&str>, price: &str, flat_fee: i64) -> Tier {
    Tier { up_to: up_to.map(decimal), price: decimal(price), package_size: None, flat_fee: Units::from_count(flat_fee) }
}

/// A tier that is sold in blocks.
fn blocks(up_to: Option<&str>, price: &str, size: &str) -> Tier {
    Tier { package_size: Some(decimal(size)), ..tier(up_to, price, 0) }
}

fn tiered(package: Option<&str>, tiers: &[Tier]) -> PriceRow {
    PriceRow { tiers: tiers.to_vec().into(), ..row(None, None, package) }
}

fn count(count: u64) -> Quantity {
    Quantity { count, volume: DecimalSum::ZERO }
}

fn volume(text: &str) -> Quantity {
    Quantity { count: 0, volume: decimal(text).into() }
}

/// Formula and exact value, as `formula = value`.
fn told(rater: &Rater<'_>, quantity: Quantity) -> String {
    let (formula, exact) = rater.formula(&quantity).unwrap();
    format!("{formula} = {exact}")
}

/// 1,000 calls free; then 5 dollars (in cents) once, and 0.6 cents a call; above 10,000 calls 0.4 cents.
fn calls() -> PriceRow {
    tiered(None, &[tier(Some("1000"), "0", 0), tier(Some("10000"), "0.006", 500), tier(None, "0.004", 0)])
}

#[test]
fn a_graduated_unit_has_its_own_tiers_price() {
    let row = calls();
    let rater = rater_by(PricingModel::Graduated, UsageType::Unit, &row, 2);
    // Bounds are inclusive, and a flat fee is owed with the first unit above the tier before.
    let totals = [0, 1_000, 1_001, 10_000, 10_012];
    assert_eq!(totals.map(|n| rater.cumulative(&count(n)).unwrap().count()), [0, 0, 501, 5_900, 5_905]);
    assert_eq!(told(&rater, count(0)), "0 = 0");
    assert_eq!(told(&rater, count(1_000)), "1000 * 0 = 0");
    assert_eq!(told(&rater, count(10_012)), "1000 * 0 + 9000 * 0.006 + 5 + 12 * 0.004 = 59.048");
}

/// 500 units are free, then each block of 100 that is begun costs 3, and above 800 each of 250.
#[test]
fn blocks_of_a_tier_are_counted_from_where_it_begins() {
    let row = tiered(None, &[tier(Some("500"), "0", 0), blocks(Some("800"), "3", "100"), blocks(None, "5", "250")]);
    let rater = rater_by(PricingModel::Graduated, UsageType::Unit, &row, 0);
    let totals = [500, 501, 600, 601, 800, 801, 1_050, 1_051];
    assert_eq!(totals.map(|n| rater.cumulative(&count(n)).unwrap().count()), [0, 3, 3, 6, 9, 14, 14, 19]);
    assert_eq!(told(&rater, count(1_051)), "500 * 0 + ceil(300 / 100) * 3 + ceil(251 / 250) * 5 = 19");
    let rater = rater_by(PricingModel::Volume, UsageType::Unit, &row, 0);
    assert_eq!(told(&rater, count(601)), "ceil(601 / 100) * 3 = 21");
}

#[test]
fn all_units_of_a_volume_price_have_the_price_of_the_tier_reached() {
    let row = tiered(None, &[tier(Some("15"), "10", 0), tier(None, "5", 10)]);
    let rater = rater_by(PricingModel::Volume, UsageType::Unit, &row, 0);
    assert_eq!(told(&rater, count(0)), "0 = 0");
    assert_eq!(told(&rater, count(15)), "15 * 10 = 150");
    assert_eq!(told(&rater, count(22)), "22 * 5 + 10 = 120");
    // Falling into the cheaper tier gives back what the units before were charged too much.
    assert_eq!(events(&rater, &[count(15), count(1), count(6)]), [150, -60, 30]);
}

#[test]
fn a_minimum_of_zero_keeps_what_a_falling_price_would_give_back() {
    let mut row = tiered(None, &[tier(Some("15"), "10", 0), tier(None, "5", 0)]);
    row.min_amount = Some(Units::from_count(0));
    let rater = rater_by(PricingModel::Volume, UsageType::Unit, &row, 0);
    assert_eq!(events(&rater, &[count(15), count(1), count(1)]), [150, 0, 5]);
}

#[test]
fn a_falling_price_gives_back_no_more_than_its_maximum_let_be_charged() {
    let charged = |max: i64, quantities: &[u64]| {
        let tiers = [tier(Some("3"), "20", 0), tier(None, "1", 0)];
        let row = PriceRow { max_amount: Some(Units::from_count(max)), ..tiered(None, &tiers) };
        let quantities: Vec<_> = quantities.iter().map(|&quantity| count(quantity)).collect();
        events(&rater_by(PricingModel::Volume, UsageType::Unit, &row, 0), &quantities)
    };
    // By its tiers the fourth unit owes 4 - 60 = -56, but only 15 were charged.
    assert_eq!(charged(5, &[1, 1, 1, 1, 1]), [5, 5, 5, -15, 1]);
    // The first two units owed 40: all 45 come back, and not 56.
    assert_eq!(charged(25, &[2, 1, 1]), [25, 20, -45]);
}

#[test]
fn tiers_of_volume_are_priced_per_package_without_steps() {
    let row = tiered(Some("1000"), &[tier(Some("1000"), "2", 100), tier(None, "1", 50)]);
    let graduated = rater_by(PricingModel::Graduated, UsageType::Volume, &row, 2);
    assert_eq!(told(&graduated, volume("1000.5")), "1000 * 2 / 1000 + 1 + 0.5 * 1 / 1000 + 0.5 = 3.5005");
    let by_volume = rater_by(PricingModel::Volume, UsageType::Volume, &row, 2);
    assert_eq!(told(&by_volume, volume("1500")), "1500 * 1 / 1000 + 0.5 = 2");
}

#[test]
fn a_package_is_owed_once_it_is_begun() {
    let row = row(Some("0.1"), Some("2"), Some("1000"));
    let by = |usage_type| rater_by(PricingModel::Package, usage_type, &row, 1);
    let of_volume = by(UsageType::Volume);
    assert_eq!(told(&of_volume, volume("0")), "ceil(0 / 1000) * 2 = 0");
    assert_eq!(told(&of_volume, volume("1500")), "ceil(1500 / 1000) * 2 = 4");
    let cut = ["0.001", "999.999", "0.1", "899.9", "1101"].map(volume);
    assert_eq!(events(&of_volume, &cut), [20, 0, 20, 0, 40]);
    assert_eq!(told(&by(UsageType::Unit), count(1_001)), "ceil(1001 / 1000) * 0.1 = 0.2");
    let both = Quantity { count: 3, volume: decimal("1000.1").into() };
    assert_eq!(told(&by(UsageType::UnitAndVolume), both), "3 * 0.1 + ceil(1000.1 / 1000) * 2 = 4.3");
}

#[test]
fn nothing_is_lost_where_bounds_are_too_far_apart_for_one_number() {
    let row = tiered(None, &[tier(Some("1e-28"), "0", 0), tier(None, "1e-10", 0)]);
    let rater = rater_by(PricingModel::Graduated, UsageType::Volume, &row, 0);
    assert_eq!(
        told(&rater, volume("1e20")),
        "0.0000000000000000000000000001 * 0 + 99999999999999999999.9999999999999999999999999999 * 0.0000000001 = \
         9999999999.99999999999999999999999999999999999999"
    );
    assert_eq!(rounded_by(Rounding::Down, rater).cumulative(&volume("1e20")), Ok(Total::from_count(9_999_999_999)));
}

#[test]
fn more_packages_than_can_be_counted_are_an_error() {
    let row = row(None, Some("1e-28"), Some("1e-28"));
    let rater = rater_by(PricingModel::Package, UsageType::Volume, &row, 0);
    assert_eq!(rater.cumulative(&volume("1e10")), Ok(Total::from_count(10_000_000_000)));
    assert_eq!(rater.cumulative(&volume("1e11")), Err(Overflow));
    assert_eq!(rater.formula(&volume("1e11")), None);
}

const MODELS: [PricingModel; 4] =
    [PricingModel::Flat, PricingModel::Graduated, PricingModel::Volume, PricingModel::Package];

prop_compose! {
    /// Tiers of so many whole steps; the last one is open.
    fn small_tiers()(
        tiers in proptest::collection::vec(
            (1i64..30, 0i64..10_000, 0u32..6, 0i64..300, proptest::option::of(1i64..40)),
            1..5,
        ),
        has_fees in any::<bool>(),
    ) -> Vec<Tier> {
        let mut tiers = tiers_of_widths(&tiers);
        tiers.iter_mut().filter(|_| !has_fees).for_each(|tier| tier.flat_fee = Units::ZERO);
        tiers
    }
}

/// A row that has a package size has no tiers with one.
fn tiers_of(row_has_size: bool, tiers: Vec<Tier>) -> Tiers {
    let own = |tier: Tier| Tier { package_size: tier.package_size.filter(|_| !row_has_size), ..tier };
    tiers.into_iter().map(own).collect()
}

/// Width, price as mantissa and scale, flat fee, and size of a block.
type Width = (i64, i64, u32, i64, Option<i64>);

/// Tiers of such widths. The last one is open.
fn tiers_of_widths(widths: &[Width]) -> Vec<Tier> {
    let mut bound = 0;
    let tier = |&(width, price, scale, flat_fee, block): &Width| {
        bound += width;
        Tier {
            up_to: Some(Decimal::from(bound)),
            price: Decimal::new(price, scale),
            package_size: block.map(Decimal::from),
            flat_fee: Units::from_count(flat_fee),
        }
    };
    let mut tiers: Vec<Tier> = widths.iter().map(tier).collect();
    tiers.last_mut().unwrap().up_to = None;
    tiers
}

prop_compose! {
    /// Any number that a file can hold and that is not below zero.
    fn hostile()(mantissa in 0i64..1_000_000_000_000_000_000, digits in 0u32..19, exponent in -28i32..10) -> Decimal {
        let text = format!("{}e{exponent}", mantissa % 10i64.pow(digits));
        parse_decimal(&text).unwrap_or_default()
    }
}

prop_compose! {
    fn hostile_tiers()(
        mut bounds in proptest::collection::vec(hostile(), 0..5),
        prices in proptest::collection::vec((hostile(), proptest::option::of(hostile()), any::<u32>(), 0i64..10), 6),
        fee in 0u32..20,
    ) -> Vec<Tier> {
        bounds.retain(|bound| !bound.is_zero());
        bounds.sort();
        bounds.dedup();
        let bounds = bounds.into_iter().map(Some).chain([None]);
        let tier = |(up_to, (price, block, flat_fee, by)): (_, (_, Option<Decimal>, _, _))| Tier {
            up_to,
            price,
            package_size: block.filter(|size| !size.is_zero()),
            flat_fee: Units::from_count(i64::from(flat_fee >> fee) * by),
        };
        bounds.zip(prices).map(tier).collect()
    }
}

proptest! {
    /// However a quantity is cut into events, each of them owes what brings the sum to the rating of the whole.
    #[test]
    fn every_model_agrees_with_counting_step_by_step(
        tiers in small_tiers(), rate in 0i64..10_000, scale in 0u32..6, package in proptest::option::of(1i64..40),
        parts in proptest::collection::vec(0u32..20, 1..8), precision in 0u8..=9, counts_events in any::<bool>(),
    ) {
        // Events are counted in ones, volume in tenths; bounds and packages are whole steps of that.
        let step = if counts_events { Decimal::ONE } else { Decimal::new(1, 1) };
        let in_steps = |tier: Tier| {
            let [up_to, package_size] = [tier.up_to, tier.package_size].map(|number| Some(number? * step));
            Tier { up_to, package_size, ..tier }
        };
        let tiers = tiers_of(package.is_some(), tiers.into_iter().map(in_steps).collect());
        let rate = Some(Decimal::new(rate, scale));
        let package_size = package.map(|size| Decimal::from(size) * step);
        let row = PriceRow { tiers, package_size, ..row(None, None, None) };
        let row = if counts_events { PriceRow { unit_price: rate, ..row } } else { PriceRow { volume_rate: rate, ..row } };
        let usage_type = if counts_events { UsageType::Unit } else { UsageType::Volume };
        for model in MODELS {
            let base = rater_by(model, usage_type, &row, precision);
            let mut steps = 0;
            let so_far: Vec<_> = parts.iter().map(|part| { steps += part; slow::by_steps(&base, step, steps) }).collect();
            for (_, rounding) in Rounding::NAMES {
                let rater = rounded_by(rounding, base);
                let quantity = |&part: &u32| match usage_type {
                    UsageType::Unit => count(part.into()),
                    _ => Quantity { count: 0, volume: (step * Decimal::from(part)).into() },
                };
                let fees = events(&rater, &parts.iter().map(quantity).collect::<Vec<_>>());
                let mut sum = 0;
                for (fee, so_far) in fees.iter().zip(&so_far) {
                    sum += fee;
                    prop_assert_eq!(Some(i128::from(sum)), so_far.rounded(rounding), "{:?}, {:?}", model, rounding);
                    prop_assert!(*fee >= 0 || model == PricingModel::Volume, "{:?} fell by {}", model, fee);
                }
            }
        }
    }

    /// Numbers of any length and size, and what several of them come to, are rated exactly, or are an error where that is
    /// more than can be counted.
    #[test]
    fn every_model_agrees_with_big_integers(
        tiers in hostile_tiers(), rate in hostile(), package in proptest::option::of(hostile()),
        parts in proptest::collection::vec(hostile(), 1..5), precision in 0u8..=9,
    ) {
        let package_size = package.filter(|size| !size.is_zero());
        let tiers = tiers_of(package_size.is_some(), tiers);
        let row = PriceRow { tiers, package_size, volume_rate: Some(rate), ..row(None, None, None) };
        let add = |sum: Quantity, more: &Decimal| sum.plus(&Quantity { count: 0, volume: (*more).into() }).unwrap();
        let quantity = parts.iter().fold(Quantity::default(), add);
        let volume = parts.iter().copied().map(slow::tiny).sum();
        for model in MODELS {
            let base = rater_by(model, UsageType::Volume, &row, precision);
            let exact = slow::by_tiers(&base, &volume);
            for (_, rounding) in Rounding::NAMES {
                let expected = exact.as_ref().and_then(|exact| exact.rounded(rounding)).map(Total::from_count).ok_or(Overflow);
                prop_assert_eq!(rounded_by(rounding, base).cumulative(&quantity), expected, "{:?}, {:?}", model, rounding);
            }
            prop_assert_eq!(base.formula(&quantity).is_some(), exact.is_some());
        }
    }

    /// Hundreds of tiers, which nobody goes through one by one.
    #[test]
    fn many_tiers_agree_with_big_integers(
        widths in proptest::collection::vec(
            (1i64..100, 0i64..10_000, 0u32..6, 0i64..300, Just(None)),
            100..300,
        ),
        volumes in proptest::collection::vec(0i64..3_000_000, 1..8), package in proptest::option::of(1i64..40), precision in 0u8..=9,
    ) {
        let tiers = tiers_of_widths(&widths);
        let row = PriceRow { tiers: tiers.into(), package_size: package.map(Decimal::from), ..row(None, None, None) };
        for volume in volumes.into_iter().map(|volume| Decimal::new(volume, 2)) {
            let quantity = Quantity { count: 0, volume: volume.into() };
            for model in [PricingModel::Graduated, PricingModel::Volume] {
                let rater = rater_by(model, UsageType::Volume, &row, precision);
                let exact = slow::by_tiers(&rater, &slow::tiny(volume)).unwrap().rounded(Rounding::HalfEven);
                prop_assert_eq!(Some(rater.cumulative(&quantity).unwrap().count()), exact, "{:?} of {}", model, volume);
            }
        }
    }

    #[test]
    fn packages_of_one_are_flat_for_whole_numbers(
        number in any::<u32>(), rate in hostile(), precision in 0u8..=9, counts_events in any::<bool>(),
    ) {
        let row = PriceRow { unit_price: Some(rate), volume_rate: Some(rate), ..row(None, None, None) };
        let quantity = if counts_events { count(number.into()) } else { volume(&number.to_string()) };
        let usage_type = if counts_events { UsageType::Unit } else { UsageType::Volume };
        let rated = |model| rater_by(model, usage_type, &row, precision).cumulative(&quantity);
        prop_assert_eq!(rated(PricingModel::Package), rated(PricingModel::Flat));
    }
}
