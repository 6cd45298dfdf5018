//! The flat model: every unit at the same price, linear per `package_size`.

use super::{Quantity, Rater};
use crate::catalog::UsageType;
use crate::money::{Decimal, Overflow, exact_text, round_sum};
use smallvec::{SmallVec, smallvec};

/// Products that are added up, and what the sum is divided by.
struct Sum {
    terms: SmallVec<[[Decimal; 3]; 2]>,
    divisor: Decimal,
}

/// `unit_price * count`, `volume_rate * volume / package_size`, or both.
fn sum(rater: &Rater<'_>, quantity: &Quantity) -> Sum {
    let package = rater.row.package_size.unwrap_or(Decimal::ONE);
    let unit_price = rater.row.unit_price.unwrap_or_default();
    let volume_rate = rater.row.volume_rate.unwrap_or_default();
    let count = Decimal::from(quantity.count);
    let terms = match rater.usage_type {
        UsageType::Unit => smallvec![[unit_price, count, Decimal::ONE]],
        UsageType::Volume => smallvec![[volume_rate, quantity.volume, Decimal::ONE]],
        // The package is the volume's: the unit part is brought over the same divisor.
        UsageType::UnitAndVolume => {
            smallvec![[unit_price, count, package], [volume_rate, quantity.volume, Decimal::ONE]]
        }
    };
    Sum { terms, divisor: package }
}

impl Sum {
    fn terms(&self) -> SmallVec<[&[Decimal]; 2]> {
        self.terms.iter().map(<[Decimal; 3]>::as_slice).collect()
    }
}

/// The rating of the whole quantity, rounded once.
pub(super) fn cumulative(rater: &Rater<'_>, quantity: &Quantity) -> Result<i64, Overflow> {
    let sum = sum(rater, quantity);
    round_sum(&sum.terms(), &[sum.divisor], rater.precision, rater.rounding)
}

/// The same before rounding, as a formula and its exact value.
pub(super) fn formula(rater: &Rater<'_>, quantity: &Quantity) -> Option<(String, String)> {
    let row = rater.row;
    let package = row.package_size.map_or(String::new(), |size| format!(" / {size}"));
    let unit = || format!("{} * {}", row.unit_price.unwrap_or_default(), quantity.count);
    let volume = || format!("{} * {}{package}", row.volume_rate.unwrap_or_default(), quantity.volume);
    let formula = match rater.usage_type {
        UsageType::Unit => format!("{}{package}", unit()),
        UsageType::Volume => volume(),
        UsageType::UnitAndVolume => format!("{} + {}", unit(), volume()),
    };
    let sum = sum(rater, quantity);
    Some((formula, exact_text(&sum.terms(), &[sum.divisor])?))
}
