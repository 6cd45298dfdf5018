//! The graduated model: every unit at the price of its own tier, and a tier's flat fee once when it is first entered.

use super::formula::Term;
use super::package::blocks;
use super::quantity::Quantity;
use super::scale::Scale;
use super::sum::Sum;
use crate::catalog::{Tier, Tiers};
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
pub(super) fn sum(scale: &Scale, tiers: &Tiers, quantity: &Quantity) -> Result<Sum, Overflow> {
    let tiered = quantity.tiered(scale.usage_type);
    if tiered.is_zero() || tiered.is_negative() {
        return Ok(Sum::over(scale.package));
    }
    on_top(scale, tiers, tiered).map_or_else(|| one_by_one(scale, tiers, quantity), Ok)
}

/// The part in the highest tier on top of what those below come to; `None` where that is not kept.
fn on_top(scale: &Scale, tiers: &Tiers, quantity: DecimalSum) -> Option<Sum> {
    let package = scale.package;
    let mut sum = Sum::over(package);
    let place = tiers.reached(quantity);
    let (tier, below) = (tiers.get(place)?, tiers.below(place)?);
    if place > 0 {
        sum.add_quantity(Decimal::ONE, &below.priced);
        sum.add([-tier.price, below.from, Decimal::ONE]);
    }
    sum.add_quantity(tier.price, &quantity);
    let fees = below.flat_fees + tier.flat_fee;
    if !fees.is_zero() {
        let fees = Decimal::try_from_i128_with_scale(fees.count(), scale.precision.into()).ok()?;
        sum.add([fees, package, Decimal::ONE]);
    }
    Some(sum)
}

fn one_by_one(scale: &Scale, tiers: &[Tier], quantity: &Quantity) -> Result<Sum, Overflow> {
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
