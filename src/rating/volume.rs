//! The volume model: all units at the price of the tier that the quantity has reached, and that tier's flat fee alone. What is
//! owed may fall as the quantity grows into a cheaper tier.

use super::formula::Term;
use super::package::blocks;
use super::quantity::Quantity;
use super::scale::Scale;
use super::sum::Sum;
use crate::catalog::{Tier, Tiers};
use crate::money::{Decimal, DecimalSum, Overflow};

/// The quantity and the tier it has reached, bounds inclusive; a quantity of 0 has reached none.
fn reached<'t>(scale: &Scale, tiers: &'t Tiers, quantity: &Quantity) -> Option<(DecimalSum, &'t Tier)> {
    let quantity = quantity.tiered(scale.usage_type);
    let tier = tiers.get(tiers.reached(quantity))?;
    (quantity > DecimalSum::ZERO).then_some((quantity, tier))
}

/// The tier's price for all, over the package size or for each block, and its flat fee.
///
/// # Errors
/// When there are more blocks than can be counted.
pub(super) fn sum(scale: &Scale, tiers: &Tiers, quantity: &Quantity) -> Result<Sum, Overflow> {
    let package = scale.package;
    let mut sum = Sum::over(package);
    if let Some((quantity, tier)) = reached(scale, tiers, quantity) {
        match tier.package_size {
            // Tiers with blocks have no package size beside them.
            Some(size) => sum.add_quantity(tier.price, &blocks(&quantity, size)?),
            None => sum.add_quantity(tier.price, &quantity),
        }
        sum.add([scale.flat_fee(tier), package, Decimal::ONE]);
    }
    Ok(sum)
}

/// The terms of [`sum`].
pub(super) fn formula(scale: &Scale, tiers: &Tiers, quantity: &Quantity) -> Vec<Term> {
    let Some((quantity, tier)) = reached(scale, tiers, quantity) else { return Vec::new() };
    let all = match tier.package_size {
        Some(size) => Term::Blocks { quantity, size, price: tier.price },
        None => Term::Product { left: quantity, right: tier.price.into(), package: scale.told_package() },
    };
    [all].into_iter().chain(scale.fee_term(tier)).collect()
}
