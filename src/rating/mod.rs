//! From a price, the quantity so far and an event to what the event owes. Pure arithmetic; one file per pricing model.
//!
//! The cumulative is rated and the difference is charged: an event of quantity q owes
//! round(rate(Q + q)) - round(rate(Q)). So roundings come out the same however a log is cut into events.

mod flat;
mod formula;
mod graduated;
mod package;
mod quantity;
mod row;
mod sum;
mod volume;

pub use formula::{Formula, Term};
pub use quantity::{Quantity, volume};
pub use row::{RangedRow, RowCandidate, Rows, match_row, row_candidates};

use crate::catalog::{PriceRow, PricingModel, Tier, UsagePrice, UsageType};
use crate::ids::RowIndex;
use crate::money::{Asset, Conversion, Cost, Decimal, Exact, Overflow, Rounding, Total, Units, decimal_of};

/// What is rated: one row of a price, with the precision and rounding of its asset.
#[derive(Debug, Clone, Copy)]
pub struct Rater<'a> {
    /// What the price counts.
    pub usage_type: UsageType,
    /// How quantities become amounts.
    pub pricing_model: PricingModel,
    /// The row that the event's dimensions chose.
    pub row: &'a PriceRow,
    /// Decimals of the price's asset.
    pub precision: u8,
    /// Rounding of the price's asset.
    pub rounding: Rounding,
}

/// The quantity rated so far under one (subscription, price, row, tier period), and what it came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counter {
    /// All quantities that were charged.
    pub quantity: Quantity,
    /// Their cumulative rating, rounded once: what all events together owe before per-event limits.
    pub rated: Total<Units>,
    /// What the events were charged, within their limits: the most that can be given back.
    pub charged: Total<Units>,
}

/// What one event owes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rated {
    /// In units of the price's asset, within the row's `min_amount` and `max_amount`.
    pub amount: Units,
    /// The counter once the event is charged.
    pub after: Counter,
}

impl<'a> Rater<'a> {
    /// The rater of one row of a price that is in `asset`; `None` when there is no such row.
    pub fn new(price: &'a UsagePrice, row: RowIndex, asset: &Asset) -> Option<Self> {
        Self::in_units(price, row, (asset.precision, asset.rounding))
    }

    /// The same, by the precision and the rounding of the price's asset.
    pub fn in_units(price: &'a UsagePrice, row: RowIndex, (precision, rounding): (u8, Rounding)) -> Option<Self> {
        let row = price.rows.get(row.place())?;
        Some(Self { usage_type: price.usage_type, pricing_model: price.pricing_model, row, precision, rounding })
    }
}

impl Rater<'_> {
    /// The whole of `quantity` rated from zero, rounded once.
    ///
    /// # Errors
    /// When it is more than a total can count.
    pub fn cumulative(&self, quantity: &Quantity) -> Result<Total<Units>, Overflow> {
        match self.pricing_model {
            PricingModel::Flat => flat::rounded(self, quantity),
            PricingModel::Graduated => graduated::sum(self, quantity).rounded(self),
            PricingModel::Volume => volume::sum(self, quantity).rounded(self),
            PricingModel::Package => package::sum(self, quantity)?.rounded(self),
        }
    }

    /// How the whole of `quantity` is rated: the formula, and its exact value before rounding. `None` when the package size
    /// is not positive, or the quantity has more packages than can be counted.
    pub fn formula(&self, quantity: &Quantity) -> Option<(Formula, Exact)> {
        let (terms, sum) = match self.pricing_model {
            PricingModel::Flat => (flat::formula(self, quantity), flat::sum(self, quantity)),
            PricingModel::Graduated => (graduated::formula(self, quantity)?, graduated::sum(self, quantity)),
            PricingModel::Volume => (volume::formula(self, quantity), volume::sum(self, quantity)),
            PricingModel::Package => (package::formula(self, quantity), package::sum(self, quantity).ok()?),
        };
        Some((Formula(terms), sum.exact()?))
    }

    /// What an event of `quantity` owes on top of `counter`. Below zero where a volume price falls: that much comes back,
    /// though never more than was charged.
    ///
    /// # Errors
    /// When a quantity or an amount does not fit.
    #[inline]
    pub fn charge(&self, counter: &Counter, quantity: &Quantity) -> Result<Rated, Overflow> {
        let total = counter.quantity.plus(quantity).ok_or(Overflow)?;
        let rated = self.cumulative(&total)?;
        let amount = Units::try_from(self.owed(counter, rated)?)?;
        Ok(Rated { amount, after: Counter { quantity: total, rated, charged: counter.charged + amount } })
    }

    /// What an event of `quantity` costs us by a vendor's rule, which is flat. It is rated by itself, and not rounded as fees
    /// are.
    ///
    /// # Errors
    /// When it is more than a cost can be.
    pub fn cost(&self, quantity: &Quantity, conversion: &Conversion) -> Result<Cost, Overflow> {
        let limit = |limit: Units| conversion.cost(&[[decimal_of(limit, self.precision)]], Decimal::ONE);
        let at_least = self.row.min_amount.map(limit).transpose()?;
        let at_most = self.row.max_amount.map(limit).transpose()?;
        let cost = flat::sum(self, quantity).cost(conversion)?;
        let cost = at_least.map_or(cost, |min| cost.max(min));
        Ok(at_most.map_or(cost, |max| cost.min(max)))
    }

    /// What an event of `quantity` owes, for people, where that is more than an amount can be.
    ///
    /// # Errors
    /// When it is more than can be counted at all.
    pub fn excess(&self, counter: &Counter, quantity: &Quantity) -> Result<Total<Units>, Overflow> {
        let total = counter.quantity.plus(quantity).ok_or(Overflow)?;
        self.owed(counter, self.cumulative(&total)?)
    }

    /// What an event owes that brings what all owe together to `rated`.
    fn owed(&self, counter: &Counter, rated: Total<Units>) -> Result<Total<Units>, Overflow> {
        let owed = rated.checked_sub(counter.rated).ok_or(Overflow)?;
        let at_least = self.row.min_amount.map_or(owed, |min| owed.max(min.into()));
        let at_most = self.row.max_amount.map_or(at_least, |max| at_least.min(max.into()));
        Ok(at_most.max(-counter.charged))
    }

    /// The counter once an event of `quantity`, which was charged `amount`, is taken back.
    ///
    /// # Errors
    /// When the counter has less than that.
    pub fn uncharge(&self, counter: &Counter, quantity: &Quantity, amount: Units) -> Result<Counter, Overflow> {
        let total = counter.quantity.minus(quantity).ok_or(Overflow)?;
        self.counter_at(total, counter.charged - amount)
    }

    /// The counter of a whole quantity, of which `charged` was charged.
    ///
    /// # Errors
    /// When it is more than a total can count.
    pub fn counter_at(&self, quantity: Quantity, charged: Total<Units>) -> Result<Counter, Overflow> {
        Ok(Counter { quantity, rated: self.cumulative(&quantity)?, charged })
    }

    /// How much a price is for.
    fn package(&self) -> Decimal {
        self.row.package_size.unwrap_or(Decimal::ONE)
    }

    fn flat_fee(&self, tier: &Tier) -> Decimal {
        decimal_of(tier.flat_fee, self.precision)
    }

    /// A tier's flat fee as a term, if it has one.
    fn fee_term(&self, tier: &Tier) -> Option<Term> {
        (!tier.flat_fee.is_zero()).then(|| Term::Fee(self.flat_fee(tier)))
    }
}

#[cfg(test)]
mod tests;
