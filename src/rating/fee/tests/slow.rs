//! Rating by the words of its definition: slowly, in integers of any size.

use super::*;
use num_bigint::BigInt;

/// An amount before it is rounded, in units: what is divided, and by what.
pub struct Exact(BigInt, BigInt);

impl Exact {
    /// The amount, or `None` where it does not fit. Nothing here is below zero.
    pub fn rounded(&self, rounding: Rounding) -> Option<i128> {
        let Self(numerator, denominator) = self;
        let (whole, twice) = (numerator / denominator, numerator % denominator * 2);
        let is_odd = &whole % 2 == BigInt::from(1);
        let up = match rounding {
            Rounding::Down => false,
            Rounding::Up => twice > BigInt::ZERO,
            Rounding::HalfUp => twice >= *denominator,
            Rounding::HalfEven => twice > *denominator || twice == *denominator && is_odd,
        };
        i128::try_from(whole + i32::from(up)).ok()
    }
}

/// A number as so many 10^-28, the smallest that a decimal can be.
pub fn tiny(number: Decimal) -> BigInt {
    BigInt::from(number.mantissa()) * BigInt::from(10).pow(28 - number.scale())
}

/// `price_times_quantity` in 10^-56 for a package of `size`, and flat fees in units.
fn exact(rater: &Rater<'_>, price_times_quantity: BigInt, size: Decimal, flat_fees: i64) -> Exact {
    let denominator = tiny(size) * BigInt::from(10).pow(28);
    let numerator = price_times_quantity * BigInt::from(10).pow(rater.scale.precision.into());
    Exact(numerator + &denominator * flat_fees, denominator)
}

/// The tier that a quantity lies in.
fn tier_of(tiers: &[Tier], quantity: Decimal) -> usize {
    tiers.iter().position(|tier| tier.up_to.is_none_or(|up_to| quantity <= up_to)).unwrap()
}

/// `steps` of `step` each, one after the other. The row's prices are in its tiers, or in the rate that `rater` uses.
pub fn by_steps(rater: &Rater<'_>, step: Decimal, steps: u32) -> Exact {
    let tiers = &rater.row.tiers;
    let rate = if rater.scale.usage_type == UsageType::Unit { rater.row.unit_price } else { rater.row.volume_rate };
    let size = rater.row.package_size.unwrap_or(Decimal::ONE);
    let (mut price_times_quantity, mut flat_fees, mut blocks) = (BigInt::ZERO, 0, 0);
    let mut tiers_seen = Vec::new();
    let mut tier_blocks = vec![0; tiers.len()];
    for number in 1..=steps {
        let reached = step * Decimal::from(number);
        match rater.method {
            Method::Flat(_) => price_times_quantity += tiny(rate.unwrap()) * tiny(step),
            Method::Graduated(_) => {
                let tier = tier_of(tiers, reached);
                match tiers[tier].package_size {
                    None => price_times_quantity += tiny(tiers[tier].price) * tiny(step),
                    Some(block) => {
                        let from = tier.checked_sub(1).and_then(|before| tiers[before].up_to).unwrap_or_default();
                        if reached - from > block * Decimal::from(tier_blocks[tier]) {
                            tier_blocks[tier] += 1;
                            price_times_quantity += tiny(tiers[tier].price) * tiny(Decimal::ONE);
                        }
                    }
                }
                if !tiers_seen.contains(&tier) {
                    tiers_seen.push(tier);
                    flat_fees += tiers[tier].flat_fee.count();
                }
            }
            // What came before is forgotten: all of it has the price of the tier reached now.
            Method::Volume(_) => {
                let tier = &tiers[tier_of(tiers, reached)];
                let begun = |block: Decimal| (0..).find(|blocks| block * Decimal::from(*blocks) >= reached).unwrap();
                price_times_quantity = match tier.package_size {
                    None => tiny(tier.price) * tiny(step) * number,
                    Some(block) => tiny(tier.price) * tiny(Decimal::ONE) * begun(block),
                };
                flat_fees = tier.flat_fee.count();
            }
            Method::Package(_) => {
                if reached > size * Decimal::from(blocks) {
                    blocks += 1;
                    price_times_quantity += tiny(rate.unwrap()) * tiny(size);
                }
            }
        }
    }
    exact(rater, price_times_quantity, size, flat_fees)
}

/// What a tier's price is for: its part of a volume, or the blocks that the part begins, each as one.
fn of_tier(tier: &Tier, part: BigInt) -> Option<BigInt> {
    let Some(block) = tier.package_size.map(tiny) else { return Some(part) };
    let blocks = i128::try_from((part + &block - 1) / block).ok()?;
    Some(tiny(Decimal::ONE) * blocks)
}

/// A volume of so many 10^-28, a tier at a time; `None` where its packages are too many to be counted.
pub fn by_tiers(rater: &Rater<'_>, volume: &BigInt) -> Option<Exact> {
    let tiers = &rater.row.tiers;
    let rate = || tiny(rater.row.volume_rate.unwrap());
    let size = rater.row.package_size.unwrap_or(Decimal::ONE);
    let (mut from, mut price_times_quantity, mut flat_fees) = (BigInt::ZERO, BigInt::ZERO, 0);
    match rater.method {
        Method::Flat(_) => price_times_quantity = rate() * volume,
        Method::Graduated(_) => {
            for tier in tiers.iter() {
                if *volume > from {
                    let to = tier.up_to.map_or(volume.clone(), |up_to| tiny(up_to).min(volume.clone()));
                    price_times_quantity += tiny(tier.price) * of_tier(tier, to - from)?;
                    flat_fees += tier.flat_fee.count();
                }
                from = tier.up_to.map_or(volume.clone(), tiny);
            }
        }
        Method::Volume(_) if *volume == BigInt::ZERO => {}
        Method::Volume(_) => {
            let tier = tiers.iter().find(|tier| tier.up_to.is_none_or(|up_to| *volume <= tiny(up_to))).unwrap();
            price_times_quantity = tiny(tier.price) * of_tier(tier, volume.clone())?;
            flat_fees = tier.flat_fee.count();
        }
        Method::Package(_) => {
            let blocks = i128::try_from((volume + tiny(size) - 1) / tiny(size)).ok()?;
            price_times_quantity = rate() * tiny(size) * blocks;
        }
    }
    Some(exact(rater, price_times_quantity, size, flat_fees))
}
