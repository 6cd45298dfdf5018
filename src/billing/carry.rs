//! Quantities that go on counting under other terms of a line, so that a change in mid-period neither gives an allowance
//! twice nor takes it away.
//!
//! A quantity carries over where name, event type, usage type, volume field and tier period of a price agree, and the cells
//! of its row. What it was charged can be given back only where the money is the same too, so prices that differ in that
//! keep counters of their own, whose quantities are added up.

use super::counters::CounterKey;
use super::engine::Engine;
use super::failure::{Broken, LifeError};
use super::kinds::{Kinds, MoneyNumber};
use super::life::{Life, Subscription, line};
use crate::ids::{PriceIndex, RowIndex};
use crate::money::Overflow;
use crate::rating::{Counter, Quantity, Rater};
use crate::time::Instant;
use std::sync::Arc;

/// What an event is rated on top of.
pub(super) struct Counted {
    /// The counter that the event is counted under.
    pub own: CounterKey,
    /// Where a line has had other terms, which it seldom has: the counters whose quantities are added to its own, which may
    /// have been rated at other prices.
    others: Option<Vec<CounterKey>>,
}

impl Counted {
    /// The counters whose quantities the event is rated on top of.
    pub fn keys(&self) -> impl Iterator<Item = &CounterKey> {
        std::iter::once(&self.own).chain(self.others.iter().flatten())
    }

    /// The whole quantity so far as the rater rates it.
    #[inline]
    pub fn counter(&self, life: &Life, rater: &Rater<'_>) -> Result<Counter, Overflow> {
        let own = life.counter(&self.own);
        match &self.others {
            None => Ok(own),
            Some(others) => whole(life, own, others, rater),
        }
    }

    /// The counter that the event is counted under, once it is or is no more: `rated` is the whole quantity then, and
    /// `change` what becomes of a quantity.
    #[inline]
    pub fn after(
        &self,
        life: &Life,
        rated: Counter,
        change: impl FnOnce(&Quantity) -> Option<Quantity>,
    ) -> Result<Counter, Overflow> {
        if self.others.is_none() {
            return Ok(rated);
        }
        let own = life.counter(&self.own).quantity;
        Ok(Counter { quantity: change(&own).ok_or(Overflow)?, ..rated })
    }
}

/// A counter with the quantities of others.
fn whole(life: &Life, own: Counter, others: &[CounterKey], rater: &Rater<'_>) -> Result<Counter, Overflow> {
    let mut others = others.iter().map(|key| life.counter(key).quantity);
    let quantity = others.try_fold(own.quantity, |sum, other| sum.plus(&other)).ok_or(Overflow)?;
    rater.counter_at(quantity, own.charged)
}

impl Engine {
    fn kinds(&self) -> &Kinds {
        self.kinds.get_or_init(|| Arc::new(Kinds::new(&self.versions)))
    }

    /// What an event in a tier period is rated on top of, under a price of a subscription.
    #[inline]
    pub(super) fn counted(
        &self,
        life: &Life,
        own: &Subscription,
        (price, row): (PriceIndex, RowIndex),
        period: Instant,
    ) -> Result<Counted, LifeError> {
        if line(life, own.origin).all(|other| other.version == own.version) {
            // Nearly always.
            return Ok(Counted { own: CounterKey { subscription: own.origin, price, row, period }, others: None });
        }
        self.counted_under_all_terms(life, own, (price, row), period)
    }

    fn counted_under_all_terms(
        &self,
        life: &Life,
        own: &Subscription,
        place: (PriceIndex, RowIndex),
        period: Instant,
    ) -> Result<Counted, LifeError> {
        let key = |subscription, (price, row)| CounterKey { subscription, price, row, period };
        let kinds = self.kinds();
        let of = |version, (price, row)| kinds.of.get(&(version, price, row)).copied();
        let broken = || LifeError::Broken(Broken::Terms(own.id));
        let (kind, money) = of(own.version, place).ok_or_else(broken)?;
        // Of each money the first of the line, so that whoever comes later finds the same.
        let mut first: Vec<(MoneyNumber, CounterKey)> = Vec::new();
        for other in line(life, own.origin) {
            let Some(&place) = kinds.places.get(&(other.version, kind)) else { continue };
            let (_, money) = of(other.version, place).ok_or_else(broken)?;
            if !first.iter().any(|(known, _)| *known == money) {
                first.push((money, key(other.id, place)));
            }
        }
        let first_own = first.iter().position(|(known, _)| *known == money).ok_or_else(broken)?;
        let (_, own) = first.remove(first_own);
        Ok(Counted { own, others: Some(first.into_iter().map(|(_, key)| key).collect()) })
    }
}
