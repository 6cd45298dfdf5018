//! The package model: whole blocks of `package_size`. A block is owed as soon as it is begun, and blocks are counted on the
//! whole quantity so far, so that it does not matter how that was cut into events.

use super::sum::Sum;
use super::{Quantity, Rater, Term};
use crate::catalog::UsageType;
use crate::money::{Decimal, Overflow, Rounding, round_product};

/// How many blocks a quantity begins.
///
/// # Errors
/// When they are more than an amount can count.
fn blocks(rater: &Rater<'_>, quantity: Decimal) -> Result<Decimal, Overflow> {
    round_product(&[quantity], &[rater.package()], 0, Rounding::Up).map(Decimal::from)
}

/// The price of a block for each block; with both units and volume, the blocks are the volume's.
///
/// # Errors
/// As [`blocks`].
pub(super) fn sum(rater: &Rater<'_>, quantity: &Quantity) -> Result<Sum, Overflow> {
    let unit_price = rater.row.unit_price.unwrap_or_default();
    let volume_rate = rater.row.volume_rate.unwrap_or_default();
    let count = Decimal::from(quantity.count);
    let mut sum = Sum::over(Decimal::ONE);
    match rater.usage_type {
        UsageType::Unit => sum.add([blocks(rater, count)?, unit_price, Decimal::ONE]),
        UsageType::Volume => sum.add([blocks(rater, quantity.volume)?, volume_rate, Decimal::ONE]),
        UsageType::UnitAndVolume => {
            sum.add([count, unit_price, Decimal::ONE]);
            sum.add([blocks(rater, quantity.volume)?, volume_rate, Decimal::ONE]);
        }
    }
    Ok(sum)
}

/// The terms of [`sum`].
pub(super) fn formula(rater: &Rater<'_>, quantity: &Quantity) -> Vec<Term> {
    let size = rater.package();
    let count = Decimal::from(quantity.count);
    let unit_price = rater.row.unit_price.unwrap_or_default();
    let volume_rate = rater.row.volume_rate.unwrap_or_default();
    let blocks = |quantity, price| Term::Blocks { quantity, size, price };
    match rater.usage_type {
        UsageType::Unit => vec![blocks(count, unit_price)],
        UsageType::Volume => vec![blocks(quantity.volume, volume_rate)],
        UsageType::UnitAndVolume => {
            let units = Term::Product { left: count, right: unit_price, package: None };
            vec![units, blocks(quantity.volume, volume_rate)]
        }
    }
}
