//! The flat model: every unit at the same price, linear per `package_size`.

use super::{Quantity, Rater};
use crate::catalog::UsageType;
use crate::money::{Decimal, Overflow, round_product, round_sum};

/// `unit_price * count`, `volume_rate * volume / package_size`, or both, rounded once.
pub(super) fn cumulative(rater: &Rater<'_>, quantity: &Quantity) -> Result<i64, Overflow> {
    let package = rater.row.package_size.unwrap_or(Decimal::ONE);
    let unit_price = rater.row.unit_price.unwrap_or_default();
    let volume_rate = rater.row.volume_rate.unwrap_or_default();
    let count = Decimal::from(quantity.count);
    let round = |factors: &[Decimal]| round_product(factors, package, rater.precision, rater.rounding);
    match rater.usage_type {
        UsageType::Unit => round(&[unit_price, count]),
        UsageType::Volume => round(&[volume_rate, quantity.volume]),
        // The package is the volume's: the unit part is brought over the same divisor.
        UsageType::UnitAndVolume => round_sum(
            &[&[unit_price, count, package], &[volume_rate, quantity.volume]],
            package,
            rater.precision,
            rater.rounding,
        ),
    }
}
