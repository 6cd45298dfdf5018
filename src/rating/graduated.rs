//! The graduated model: every unit at the price of its own tier, and a tier's flat fee once when it is first entered.

use super::formula::Term;
use super::quantity::Quantity;
use super::scale::Scale;
use super::sum::Sum;
use crate::catalog::Tier;
use crate::money::{Decimal, DecimalSum, Exact};

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

/// For each tier that is entered: its price for its part, over the package size, and its flat fee.
pub(super) fn sum(scale: &Scale, tiers: &[Tier], quantity: &Quantity) -> Sum {
    let package = scale.package();
    let mut sum = Sum::over(package);
    for Part { from, to, tier } in parts(tiers, quantity.tiered(scale.usage_type)) {
        // Two terms rather than `to - from`, which may have more digits than a decimal holds.
        sum.add_quantity(tier.price, &to);
        if !from.is_zero() {
            sum.add_quantity(-tier.price, &from);
        }
        if !tier.flat_fee.is_zero() {
            sum.add([scale.flat_fee(tier), package, Decimal::ONE]);
        }
    }
    sum
}

/// The terms of [`sum`], with what lies in each tier as one quantity.
pub(super) fn formula(scale: &Scale, tiers: &[Tier], quantity: &Quantity) -> Option<Vec<Term>> {
    let mut terms = Vec::new();
    for Part { from, to, tier } in parts(tiers, quantity.tiered(scale.usage_type)) {
        let quantity = Exact::new(&to.checked_sub(&from)?.products(), &[])?;
        terms.push(Term::Part { quantity, price: tier.price, package: scale.package_size });
        terms.extend(scale.fee_term(tier));
    }
    Some(terms)
}
