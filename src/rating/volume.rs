//! The volume model: all units at the price of the tier that the quantity has reached, and that tier's flat fee alone. What is
//! owed may fall as the quantity grows into a cheaper tier.

use super::sum::Sum;
use super::{Quantity, Rater, Term};
use crate::catalog::Tier;
use crate::money::{Decimal, DecimalSum};

/// The quantity and the tier it has reached, bounds inclusive; a quantity of 0 has reached none.
fn reached<'a>(rater: &Rater<'a>, quantity: &Quantity) -> Option<(DecimalSum, &'a Tier)> {
    let quantity = quantity.tiered(rater.usage_type);
    let tiers = &rater.row.tiers;
    let tier = tiers.get(tiers.partition_point(|tier| tier.up_to.is_some_and(|up_to| quantity > up_to.into())))?;
    (quantity > DecimalSum::ZERO).then_some((quantity, tier))
}

/// The tier's price for all, over the package size, and its flat fee.
pub(super) fn sum(rater: &Rater<'_>, quantity: &Quantity) -> Sum {
    let package = rater.package();
    let mut sum = Sum::over(package);
    if let Some((quantity, tier)) = reached(rater, quantity) {
        sum.add_quantity(tier.price, &quantity);
        sum.add([rater.flat_fee(tier), package, Decimal::ONE]);
    }
    sum
}

/// The terms of [`sum`].
pub(super) fn formula(rater: &Rater<'_>, quantity: &Quantity) -> Vec<Term> {
    let Some((quantity, tier)) = reached(rater, quantity) else { return Vec::new() };
    let product = Term::Product { left: quantity, right: tier.price.into(), package: rater.row.package_size };
    [product].into_iter().chain(rater.fee_term(tier)).collect()
}
