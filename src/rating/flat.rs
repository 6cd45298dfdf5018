//! The flat model: every unit at the same price, linear per `package_size`.

use super::formula::Term;
use super::quantity::Quantity;
use super::rates::Rates;
use super::scale::Scale;
use super::sum::Sum;
use crate::money::{Decimal, Overflow, Total, Units, round_total};

/// [`sum`] in units of the price's asset, rounded by its rule.
///
/// # Errors
/// When there are more than a total can count, or the package size is not positive.
pub(super) fn rounded(scale: &Scale, rates: Rates, quantity: &Quantity) -> Result<Total<Units>, Overflow> {
    let product = match rates {
        Rates::Unit(price) => Some([price, Decimal::from(quantity.count)]),
        Rates::Volume(rate) => quantity.volume.short().map(|volume| [rate, volume]),
        Rates::UnitAndVolume { .. } => None,
    };
    let Some(product) = product else { return sum(scale, rates, quantity).rounded(scale) };
    // One product, as nearly all prices are, needs no list of them.
    round_total(&[product], &[scale.package], scale.precision, scale.rounding)
}

/// `unit_price * count`, `volume_rate * volume / package_size`, or both.
pub(super) fn sum(scale: &Scale, rates: Rates, quantity: &Quantity) -> Sum {
    let package = scale.package;
    let count = Decimal::from(quantity.count);
    let mut sum = Sum::over(package);
    match rates {
        Rates::Unit(price) => sum.add([price, count, Decimal::ONE]),
        Rates::Volume(rate) => sum.add_quantity(rate, &quantity.volume),
        Rates::UnitAndVolume { unit, volume } => {
            // The package is the volume's: the unit part is brought over the same divisor.
            sum.add([unit, count, package]);
            sum.add_quantity(volume, &quantity.volume);
        }
    }
    sum
}

/// The terms of [`sum`].
pub(super) fn formula(scale: &Scale, rates: Rates, quantity: &Quantity) -> Vec<Term> {
    let package = scale.told_package();
    let of_count = |price: Decimal, package| {
        let count = Decimal::from(quantity.count);
        Term::Product { left: price.into(), right: count.into(), package }
    };
    let of_volume = |rate: Decimal| Term::Product { left: rate.into(), right: quantity.volume, package };
    match rates {
        Rates::Unit(price) => vec![of_count(price, package)],
        Rates::Volume(rate) => vec![of_volume(rate)],
        Rates::UnitAndVolume { unit, volume } => vec![of_count(unit, None), of_volume(volume)],
    }
}
