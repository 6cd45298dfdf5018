//! The flat model: every unit at the same price, linear per `package_size`.

use super::sum::Sum;
use super::{Quantity, Rater, Term};
use crate::catalog::UsageType;
use crate::money::{Decimal, Overflow, Total, Units, round_total};

/// [`sum`] in units of the rater's asset, rounded by its rule.
///
/// # Errors
/// When there are more than a total can count, or the package size is not positive.
pub(super) fn rounded(rater: &Rater<'_>, quantity: &Quantity) -> Result<Total<Units>, Overflow> {
    let (rate, units) = match rater.usage_type {
        UsageType::Unit => (rater.row.unit_price, Some(Decimal::from(quantity.count))),
        UsageType::Volume => (rater.row.volume_rate, quantity.volume.short()),
        UsageType::UnitAndVolume => (None, None),
    };
    let Some(units) = units else { return sum(rater, quantity).rounded(rater) };
    // One product, as nearly all prices are, needs no list of them.
    let product = [rate.unwrap_or_default(), units];
    round_total(&[product], &[rater.package()], rater.precision, rater.rounding).map(Total::from_count)
}

/// `unit_price * count`, `volume_rate * volume / package_size`, or both.
pub(super) fn sum(rater: &Rater<'_>, quantity: &Quantity) -> Sum {
    let package = rater.package();
    let unit_price = rater.row.unit_price.unwrap_or_default();
    let volume_rate = rater.row.volume_rate.unwrap_or_default();
    let count = Decimal::from(quantity.count);
    let mut sum = Sum::over(package);
    match rater.usage_type {
        UsageType::Unit => sum.add([unit_price, count, Decimal::ONE]),
        UsageType::Volume => sum.add_quantity(volume_rate, &quantity.volume),
        UsageType::UnitAndVolume => {
            // The package is the volume's: the unit part is brought over the same divisor.
            sum.add([unit_price, count, package]);
            sum.add_quantity(volume_rate, &quantity.volume);
        }
    }
    sum
}

/// The terms of [`sum`].
pub(super) fn formula(rater: &Rater<'_>, quantity: &Quantity) -> Vec<Term> {
    let (row, package) = (rater.row, rater.row.package_size);
    let unit = |package| Term::Product {
        left: row.unit_price.unwrap_or_default().into(),
        right: Decimal::from(quantity.count).into(),
        package,
    };
    let volume = Term::Product { left: row.volume_rate.unwrap_or_default().into(), right: quantity.volume, package };
    match rater.usage_type {
        UsageType::Unit => vec![unit(package)],
        UsageType::Volume => vec![volume],
        UsageType::UnitAndVolume => vec![unit(None), volume],
    }
}
