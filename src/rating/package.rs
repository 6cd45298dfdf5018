//! The package model: whole blocks of `package_size`. A block is owed as soon as it is begun, and blocks are counted on the
//! whole quantity so far, so that it does not matter how that was cut into events.

use super::sum::Sum;
use super::{Quantity, Rater, Term};
use crate::catalog::UsageType;
use crate::money::{Decimal, DecimalSum, Overflow, Rounding, round_total};

/// How many blocks a quantity begins.
///
/// # Errors
/// When they are more than can be counted.
fn blocks(rater: &Rater<'_>, quantity: &DecimalSum) -> Result<DecimalSum, Overflow> {
    let count = round_total(&quantity.products(), &[rater.package()], 0, Rounding::Up)?;
    DecimalSum::from_parts(count, Decimal::ZERO).ok_or(Overflow)
}

/// The price of a block for each block; with both units and volume, the blocks are the volume's.
///
/// # Errors
/// As [`blocks`].
pub(super) fn sum(rater: &Rater<'_>, quantity: &Quantity) -> Result<Sum, Overflow> {
    let unit_price = rater.row.unit_price.unwrap_or_default();
    let volume_rate = rater.row.volume_rate.unwrap_or_default();
    let mut sum = Sum::over(Decimal::ONE);
    match rater.usage_type {
        UsageType::Unit => sum.add_quantity(unit_price, &blocks(rater, &Decimal::from(quantity.count).into())?),
        UsageType::Volume => sum.add_quantity(volume_rate, &blocks(rater, &quantity.volume)?),
        UsageType::UnitAndVolume => {
            sum.add([Decimal::from(quantity.count), unit_price, Decimal::ONE]);
            sum.add_quantity(volume_rate, &blocks(rater, &quantity.volume)?);
        }
    }
    Ok(sum)
}

/// The terms of [`sum`].
pub(super) fn formula(rater: &Rater<'_>, quantity: &Quantity) -> Vec<Term> {
    let size = rater.package();
    let count = DecimalSum::from(Decimal::from(quantity.count));
    let unit_price = rater.row.unit_price.unwrap_or_default();
    let volume_rate = rater.row.volume_rate.unwrap_or_default();
    let blocks = |quantity, price| Term::Blocks { quantity, size, price };
    match rater.usage_type {
        UsageType::Unit => vec![blocks(count, unit_price)],
        UsageType::Volume => vec![blocks(quantity.volume, volume_rate)],
        UsageType::UnitAndVolume => {
            let units = Term::Product { left: count, right: unit_price.into(), package: None };
            vec![units, blocks(quantity.volume, volume_rate)]
        }
    }
}
