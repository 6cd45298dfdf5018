//! What all pricing models know of a price: what it counts, and in what.

use super::formula::Term;
use crate::catalog::{Tier, UsageType};
use crate::money::{Decimal, Rounding, decimal_of};

/// What a price counts, and the units that it charges.
#[derive(Debug, Clone, Copy)]
pub struct Scale {
    /// What is counted.
    pub usage_type: UsageType,
    /// How much a price is for.
    pub package: Decimal,
    /// Decimals of the price's asset.
    pub precision: u8,
    /// Rounding of the price's asset.
    pub rounding: Rounding,
}

impl Scale {
    /// How much a price is for, where people are told.
    pub(super) fn told_package(&self) -> Option<Decimal> {
        (self.package != Decimal::ONE).then_some(self.package)
    }

    pub(super) fn flat_fee(&self, tier: &Tier) -> Decimal {
        decimal_of(tier.flat_fee, self.precision)
    }

    /// A tier's flat fee as a term, if it has one.
    pub(super) fn fee_term(&self, tier: &Tier) -> Option<Term> {
        (!tier.flat_fee.is_zero()).then(|| Term::Fee(self.flat_fee(tier)))
    }
}
