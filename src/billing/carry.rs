//! Quantities that go on counting under other terms of a line, so that a change in mid-period neither gives an allowance
//! twice nor takes it away.
//!
//! A quantity carries over where name, event type, usage type, volume field and tier period of a price agree, and the cells
//! of its row. What it was charged can be given back only where the money is the same too, so prices that differ in that
//! keep counters of their own, whose quantities are added up.

use super::counters::CounterKey;
use super::engine::Engine;
use super::failure::{Broken, LifeError};
use super::kinds::Kinds;
use super::life::{Life, Subscription};
use super::renew::line;
use crate::ids::{PriceIndex, RowIndex};
use crate::money::Overflow;
use crate::rating::{Counter, Quantity, Rater};
use crate::time::Instant;
use smallvec::{SmallVec, smallvec};
use std::sync::Arc;

/// What an event is rated on top of.
pub(super) struct Counted {
    /// The counters whose quantities are added up. The event is counted under the first of them.
    keys: SmallVec<[CounterKey; 1]>,
    /// Whether quantities may have been rated at other prices.
    has_other_terms: bool,
}

impl Counted {
    /// The counter that the event is counted under.
    pub fn own(&self) -> CounterKey {
        self.keys[0]
    }

    /// The whole quantity so far as the rater rates it.
    pub fn counter(&self, life: &Life, rater: &Rater<'_>) -> Result<Counter, Overflow> {
        let own = life.counter(&self.own());
        if !self.has_other_terms {
            return Ok(own);
        }
        let mut all = self.keys.iter().map(|key| life.counter(key).quantity);
        let quantity = all.try_fold(Quantity::default(), |sum, other| sum.plus(&other)).ok_or(Overflow)?;
        Ok(Counter { quantity, rated: rater.cumulative(&quantity)?, charged: own.charged })
    }

    /// The counter that the event is counted under, once it is or is no more: `rated` is the whole quantity then, and
    /// `change` what becomes of a quantity.
    pub fn after(
        &self,
        life: &Life,
        rated: Counter,
        change: impl FnOnce(&Quantity) -> Option<Quantity>,
    ) -> Result<Counter, Overflow> {
        if !self.has_other_terms {
            return Ok(rated);
        }
        let own = life.counter(&self.own()).quantity;
        Ok(Counter { quantity: change(&own).ok_or(Overflow)?, ..rated })
    }
}

impl Engine {
    fn kinds(&self) -> &Kinds {
        self.kinds.get_or_init(|| Arc::new(Kinds::new(&self.versions)))
    }

    /// What an event in a tier period is rated on top of, under a price of a subscription.
    pub(super) fn counted(
        &self,
        life: &Life,
        own: &Subscription,
        place: (PriceIndex, RowIndex),
        period: Instant,
    ) -> Result<Counted, LifeError> {
        let key = |subscription, (price, row)| CounterKey { subscription, price, row, period };
        if line(life, own.origin).all(|other| other.version == own.version) {
            let keys = smallvec![key(own.origin, place)];
            return Ok(Counted { keys, has_other_terms: false });
        }
        let kinds = self.kinds();
        let of = |version, (price, row)| kinds.of.get(&(version, price, row)).copied();
        let broken = || LifeError::Broken(Broken::Terms(own.id));
        let (kind, money) = of(own.version, place).ok_or_else(broken)?;
        // Of each money the first of the line, so that whoever comes later finds the same.
        let mut first: SmallVec<[(usize, CounterKey); 2]> = SmallVec::new();
        for other in line(life, own.origin) {
            let Some(&place) = kinds.places.get(&(other.version, kind)) else { continue };
            let (_, money) = of(other.version, place).ok_or_else(broken)?;
            if !first.iter().any(|(known, _)| *known == money) {
                first.push((money, key(other.id, place)));
            }
        }
        let first_own = first.iter().position(|(known, _)| *known == money).ok_or_else(broken)?;
        first.swap(0, first_own);
        Ok(Counted { keys: first.into_iter().map(|(_, key)| key).collect(), has_other_terms: true })
    }
}
