//! The package model: whole blocks of `package_size`. A block is owed as soon as it is begun, and blocks are counted on the
//! whole quantity so far, so that it does not matter how that was cut into events.

use super::formula::Term;
use super::quantity::Quantity;
use super::rates::Rates;
use super::scale::Scale;
use super::sum::Sum;
use crate::money::{Decimal, DecimalSum, Overflow, Rounding, Total, round_total};

/// How many blocks of a size a quantity begins.
///
/// # Errors
/// When they are more than can be counted.
pub(super) fn blocks(quantity: &DecimalSum, size: Decimal) -> Result<DecimalSum, Overflow> {
    let count: Total<i64> = round_total(&quantity.products(), &[size], 0, Rounding::Up)?;
    DecimalSum::from_parts(count.count(), Decimal::ZERO).ok_or(Overflow)
}

/// The price of a block for each block; with both units and volume, the blocks are the volume's.
///
/// # Errors
/// As [`blocks`].
pub(super) fn sum(scale: &Scale, rates: Rates, quantity: &Quantity) -> Result<Sum, Overflow> {
    let (count, size) = (Decimal::from(quantity.count), scale.package);
    let mut sum = Sum::over(Decimal::ONE);
    match rates {
        Rates::Unit(price) => sum.add_quantity(price, &blocks(&count.into(), size)?),
        Rates::Volume(rate) => sum.add_quantity(rate, &blocks(&quantity.volume, size)?),
        Rates::UnitAndVolume { unit, volume } => {
            sum.add([count, unit, Decimal::ONE]);
            sum.add_quantity(volume, &blocks(&quantity.volume, size)?);
        }
    }
    Ok(sum)
}

/// The terms of [`sum`].
pub(super) fn formula(scale: &Scale, rates: Rates, quantity: &Quantity) -> Vec<Term> {
    let size = scale.package;
    let count = DecimalSum::from(Decimal::from(quantity.count));
    let blocks = |quantity, price| Term::Blocks { quantity, size, price };
    match rates {
        Rates::Unit(price) => vec![blocks(count, price)],
        Rates::Volume(rate) => vec![blocks(quantity.volume, rate)],
        Rates::UnitAndVolume { unit, volume } => {
            let units = Term::Product { left: count, right: unit.into(), package: None };
            vec![units, blocks(quantity.volume, volume)]
        }
    }
}
