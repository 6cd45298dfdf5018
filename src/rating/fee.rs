//! What events owe: a row's rating of all that was used so far, and its difference from event to event.

use super::Rater;
use super::quantity::Quantity;
use crate::money::{Conversion, Cost, Decimal, Overflow, Total, Units, decimal_of};

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

impl Rater<'_> {
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
        let limit = |limit: Units| conversion.cost(&[[decimal_of(limit, self.scale.precision)]], Decimal::ONE);
        let at_least = self.row.min_amount.map(limit).transpose()?;
        let at_most = self.row.max_amount.map(limit).transpose()?;
        let cost = self.sum(quantity)?.cost(conversion)?;
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
}

#[cfg(test)]
mod tests;
