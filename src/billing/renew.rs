//! Fixed charges: when they come round, how they are collected, and what happens when the wallet can't pay.

use super::collect::{Due, Short, Unpaid, due};
use super::engine::Engine;
use super::facts::{Facts, LapseFact, RecoveryFact};
use super::failure::LifeError;
use super::life::{Life, Subscription, line};
use crate::catalog::{Collection, FixedPrice};
use crate::ids::{AssetId, FixedPriceIndex};
use crate::money::{ConvertError, Units};
use crate::time::{Instant, Period};

impl Engine {
    /// What a subscription is charged when it begins: everything that is charged once, and the first of everything that
    /// comes round.
    pub(super) fn first_charges(&self, subscription: &Subscription) -> Vec<Due> {
        let version = self.version_of(subscription);
        let start = subscription.started_at;
        let first = |(price, (asset, fixed)): (FixedPriceIndex, &(AssetId, FixedPrice))| {
            let to = fixed.interval.map_or(start, |interval| interval.after(start));
            due(subscription, price, *asset, fixed, Period { from: start, to })
        };
        FixedPriceIndex::each(&version.fixed_prices).map(first).collect()
    }

    /// What comes round at `at`: the prices one of whose periods begins then.
    fn renewals(&self, subscription: &Subscription, at: Instant) -> Vec<Due> {
        let version = self.version_of(subscription);
        let begins = |(price, (asset, fixed)): (FixedPriceIndex, &(AssetId, FixedPrice))| {
            let service = fixed.interval?.period(subscription.anchor, at).filter(|period| period.from == at)?;
            Some(due(subscription, price, *asset, fixed, service))
        };
        FixedPriceIndex::each(&version.fixed_prices).filter_map(begins).collect()
    }

    /// Renews a subscription at `at`, if one of its periods begins then.
    pub(super) fn renew(
        &mut self,
        life: &mut Life,
        index: usize,
        at: Instant,
        facts: &mut Facts,
    ) -> Result<(), LifeError> {
        let subscription = life.subscriptions[index];
        if !subscription.is_active(at) || life.is_past_due(subscription.origin) {
            return Ok(());
        }
        if subscription.started_at == at && subscription.origin != subscription.id {
            return self.switch_when_due(life, index, facts);
        }
        if subscription.started_at < at {
            let due = self.renewals(&subscription, at);
            match self.uncountable(&due, at) {
                Some(short) => self.lapse(life, &subscription, short, at, facts),
                None => self.charge_or_lapse(life, &subscription, &due, at, facts)?,
            }
        }
        Ok(())
    }

    /// A payment that would be worth more than the ledger can count, at the rate of its time.
    fn uncountable(&self, due: &[Due], at: Instant) -> Option<Short> {
        let is_too_much = |due: &&Due| {
            due.collection == Collection::Payment
                && matches!(self.value(due.amount, due.asset, at), Err(ConvertError::TooLarge(_)))
        };
        let due = due.iter().find(is_too_much)?;
        Some(Short { asset: due.asset, needed: due.amount, available: Units::ZERO })
    }

    /// Collects charges; a subscription whose wallet can't pay is past due from then on.
    pub(super) fn charge_or_lapse(
        &mut self,
        life: &mut Life,
        subscription: &Subscription,
        due: &[Due],
        at: Instant,
        facts: &mut Facts,
    ) -> Result<(), LifeError> {
        match self.charge(life, subscription, due, at, life.clock, facts) {
            Err(Unpaid::Failed(error)) => Err(error),
            Err(Unpaid::Short(short) | Unpaid::Full(short)) => {
                self.lapse(life, subscription, short, at, facts);
                Ok(())
            }
            Ok(()) => Ok(()),
        }
    }

    /// Tries again to renew what is past due. What is paid late is the period that has been reached: periods that went by
    /// unserved are not charged. If other terms have begun since, the change to them is made with it.
    pub(super) fn recover(&mut self, life: &mut Life, facts: &mut Facts) -> Result<(), LifeError> {
        for lapse in life.past_due.clone() {
            let now = life.clock.max(lapse.at);
            // A subscription that has ended is not renewed.
            let active = line(life, lapse.origin).find(|s| s.is_active(now)).copied();
            let Some(subscription) = active else { continue };
            let before = served_before(life, &lapse).filter(|before| before.id != subscription.id);
            let due = self.outstanding(&subscription, before.is_some(), &lapse, now);
            if self.uncountable(&due, now).is_some() {
                continue;
            }
            let collected = match &before {
                Some(old) => self.settle_change(life, (old, &subscription), due, now, facts),
                None => self.charge(life, &subscription, &due, now, now, facts),
            };
            match collected {
                Err(Unpaid::Failed(error)) => return Err(error),
                Err(Unpaid::Short(_) | Unpaid::Full(_)) => continue,
                Ok(()) => {}
            }
            life.past_due.retain(|other| other.id != lapse.id);
            facts.recoveries.push(RecoveryFact { lapse: lapse.id, at: now });
            if let Some(old) = before {
                self.grant_increases(life, &old, &subscription, now, lapse.at, facts)?;
            }
            self.grant_waiting(life, &subscription, lapse.at, now, facts)?;
        }
        Ok(())
    }

    /// The charges of a past due subscription for the periods it has reached: whole where they began since it lapsed. Those
    /// that began before were charged, unless under other terms; then their rest is due.
    fn outstanding(&self, subscription: &Subscription, is_changed: bool, lapse: &LapseFact, now: Instant) -> Vec<Due> {
        let version = self.version_of(subscription);
        let is_first = lapse.at == subscription.started_at && subscription.origin == subscription.id;
        let outstanding = |(price, (asset, fixed)): (FixedPriceIndex, &(AssetId, FixedPrice))| {
            let due = |service| due(subscription, price, *asset, fixed, service);
            let Some(interval) = fixed.interval else {
                return is_first.then(|| due(Period { from: now, to: now }));
            };
            let whole = interval.period(subscription.anchor, now)?;
            let full = due(Period { from: now, ..whole });
            match whole.from < lapse.at {
                false => Some(full),
                true if is_changed => Some(Due { amount: self.prorated(&full, full.service, whole), ..full }),
                true => None,
            }
        };
        FixedPriceIndex::each(&version.fixed_prices).filter_map(outstanding).collect()
    }
}

/// The terms that a line was served under before it lapsed; its first ones if it never was.
fn served_before(life: &Life, lapse: &LapseFact) -> Option<Subscription> {
    let begun = |s: &&Subscription| s.started_at < lapse.at || s.id == lapse.origin;
    line(life, lapse.origin).filter(|s| s.started_at <= s.ended_at).filter(begun).last().copied()
}
