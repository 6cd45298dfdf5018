//! The graduated model: every unit at the price of its own tier, and a tier's flat fee once when it is first entered.

use super::formula::Term;
use super::package::blocks;
use super::quantity::Quantity;
use super::scale::Scale;
use super::sum::Sum;
use crate::catalog::Tier;
use crate::money::{Decimal, DecimalSum, Exact, Overflow};

/// The part of a quantity that lies in one tier: what is above `from`, up to `to`.
struct Part<'a> {
    from: DecimalSum,
    to: DecimalSum,
    tier: &'a Tier,
}

/// The tiers that a quantity has entered, upwards. Their bounds are inclusive: the next one takes more than `up_to`.
fn parts(tiers: &[Tier], quantity: DecimalSum) -> impl Iterator<Item = Part<'_>> {
    let mut from = DecimalSum::ZERO;
    tiers.iter().map_while(move |tier| {
        let to = tier.up_to.map_or(quantity, |up_to| quantity.min(up_to.into()));
        let part = Part { from: std::mem::replace(&mut from, to), to, tier };
        (quantity > part.from).then_some(part)
    })
}

/// For each tier that is entered: its price for its part, over the package size or for each block, and its flat fee.
///
/// # Errors
/// When there are more blocks than can be counted.
pub(super) fn sum(scale: &Scale, tiers: &[Tier], quantity: &Quantity) -> Result<Sum, Overflow> {
    let package = scale.package;
    let mut sum = Sum::over(package);
    for Part { from, to, tier } in parts(tiers, quantity.tiered(scale.usage_type)) {
        if let Some(size) = tier.package_size {
            // Tiers with blocks have no package size beside them.
            sum.add_quantity(tier.price, &blocks(&to.checked_sub(&from).ok_or(Overflow)?, size)?);
        } else {
            // Two terms rather than `to - from`, which may have more digits than a decimal holds.
            sum.add_quantity(tier.price, &to);
            if !from.is_zero() {
                sum.add_quantity(-tier.price, &from);
            }
        }
        if !tier.flat_fee.is_zero() {
            sum.add([scale.flat_fee(tier), package, Decimal::ONE]);
        }
    }
    Ok(sum)
}

/// The terms of [`sum`], with what lies in each tier as one quantity.
pub(super) fn formula(scale: &Scale, tiers: &[Tier], quantity: &Quantity) -> Option<Vec<Term>> {
    let mut terms = Vec::new();
    for Part { from, to, tier } in parts(tiers, quantity.tiered(scale.usage_type)) {
        let quantity = to.checked_sub(&from)?;
        terms.push(match tier.package_size {
            Some(size) => Term::Blocks { quantity, size, price: tier.price },
            None => {
                let quantity = Exact::new(&quantity.products(), &[])?;
                Term::Part { quantity, price: tier.price, package: scale.told_package() }
            }
        });
        terms.extend(scale.fee_term(tier));
    }
    Some(terms)
}
