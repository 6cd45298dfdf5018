//! What of fixed charges is still to be earned, in money and in what that is worth.

use super::facts::{ChargeFact, RefundPart};
use crate::money::{Overflow, Rounding, Total, Units, Value};
use crate::time::Instant;

/// Money that was charged and is still to be earned.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Unearned {
    /// In units of the currency.
    pub amount: Total<Units>,
    /// In units of the reporting currency.
    pub value: Total<Value>,
}

impl Unearned {
    /// What some charges, less credits, still earn after `at`, less what went back of them.
    ///
    /// # Errors
    /// When a charge is not possible.
    pub fn of<'f>(
        charges: impl Iterator<Item = &'f ChargeFact>,
        refunded: impl Iterator<Item = &'f RefundPart>,
        at: Instant,
    ) -> Result<Self, Overflow> {
        let mut all = Self::default();
        for charge in charges {
            let (amount, value) = rest((charge.amount, charge.value), charge.from, charge.to, at)?;
            (all.amount, all.value) = (all.amount + amount, all.value + value);
        }
        for part in refunded {
            let (amount, value) = rest((part.amount, part.value), part.from, part.to, at)?;
            (all.amount, all.value) = (all.amount - amount, all.value - value);
        }
        Ok(all)
    }

    /// As much of `unused` as is still to be earned, in whole `step`s, and what of that is.
    ///
    /// # Errors
    /// When it can't be counted.
    pub fn credit(self, unused: Units, step: Units) -> Result<(Units, Value), Overflow> {
        let (amount, value) = (Units::try_from(self.amount)?, Value::try_from(self.value)?);
        let credit = unused.min(amount).in_whole_steps(step);
        if !credit.is_positive() || value.is_negative() {
            return Ok((Units::ZERO, Value::ZERO));
        }
        Ok((credit, value.portion(credit, amount, Rounding::Down)?))
    }

    /// At most so much of it, with its part of the value.
    ///
    /// # Errors
    /// When it can't be counted.
    pub(super) fn part(self, most: Total<Units>) -> Result<Self, Overflow> {
        let most = most.max(Total::ZERO);
        if most >= self.amount {
            return Ok(self);
        }
        let (amount, value) = (Units::try_from(self.amount)?, Value::try_from(self.value.max(Total::ZERO))?);
        let value = value.portion(Units::try_from(most)?, amount, Rounding::Down)?;
        Ok(Self { amount: most, value: value.into() })
    }

    /// What is there of both, where it is less, and above zero.
    ///
    /// # Errors
    /// When it can't be counted.
    pub(super) fn at_most(self, most: Self) -> Result<(Units, Value), Overflow> {
        let amount = Units::try_from(self.amount.min(most.amount).max(Total::ZERO))?;
        Ok((amount, Value::try_from(self.value.min(most.value).max(Total::ZERO))?))
    }
}

/// What is left to be earned after `at` of what is earned evenly from `from` to `to`.
pub(super) fn rest(
    (amount, value): (Units, Value),
    from: Instant,
    to: Instant,
    at: Instant,
) -> Result<(Units, Value), Overflow> {
    if to <= at {
        return Ok((Units::ZERO, Value::ZERO));
    }
    let past = at.max(from).micros().checked_sub(from.micros()).ok_or(Overflow)?;
    let length = to.micros().checked_sub(from.micros()).ok_or(Overflow)?;
    let amount = amount - amount.portion(past, length, Rounding::Down)?;
    Ok((amount, value - value.portion(past, length, Rounding::Down)?))
}
