//! Time moving on in one life.

use super::authorise::Plan;
use super::engine::Engine;
use super::facts::{Facts, LotFact};
use super::failure::LifeError;
use super::life::{AutoTopupRule, Life};
use crate::ids::AssetId;
use crate::time::Instant;

impl Engine {
    /// Moves a life on to `to`: everything that falls due until then happens, in time order. A life never goes back.
    ///
    /// # Errors
    /// When the life can't go on. Nothing of what happened may be kept.
    pub fn advance(&mut self, life: &mut Life, to: Instant, facts: &mut Facts) -> Result<(), LifeError> {
        // `Instant::MAX` stands for never: what never falls due does not do so at the end of the calendar either.
        while life.due < Instant::MAX && life.due <= to.max(life.clock) {
            // What was granted for a time already gone by falls due now.
            let is_new = life.due > life.clock;
            life.clock = life.clock.max(life.due);
            self.settle(life, is_new, facts)?;
            self.refresh_due(life);
        }
        life.clock = life.clock.max(to);
        Ok(())
    }

    /// Moves a copy of a life on that nobody keeps, to see how it will stand at `to`. Returns what will have happened, under
    /// numbers that may be given out otherwise.
    ///
    /// # Errors
    /// As [`Engine::advance`].
    pub fn project(&self, life: &mut Life, to: Instant) -> Result<Facts, LifeError> {
        let mut facts = Facts::default();
        if life.due <= to {
            self.clone().advance(life, to, &mut facts)?;
        }
        life.clock = life.clock.max(to);
        Ok(facts)
    }

    /// What falls due at the instant that a life has come to: rests that are carried on, expiries, lots that begin and pay
    /// back what is owed, payments that are tried again, renewals, entitlements, and renewals that are still to be paid. What
    /// comes round does so once, when time gets there: `is_new`.
    fn settle(&mut self, life: &mut Life, is_new: bool, facts: &mut Facts) -> Result<(), LifeError> {
        let at = life.clock;
        let subscriptions = if is_new { 0..life.subscriptions.len() } else { 0..0 };
        for index in subscriptions.clone() {
            self.roll_over(life, index, at, facts)?;
        }
        self.expire(life, facts);
        for asset in life.accounts.assets() {
            self.repay(life, asset, facts);
        }
        self.try_again(life, facts)?;
        for index in subscriptions.clone() {
            self.renew(life, index, at, facts)?;
        }
        for index in subscriptions {
            self.refresh(life, index, at, facts)?;
        }
        // Last, because it grants what comes round at this very instant itself.
        self.recover(life, facts)
    }

    /// Grants a lot.
    pub(super) fn grant(&mut self, life: &mut Life, lot: LotFact, facts: &mut Facts) -> Result<(), LifeError> {
        self.put(life, lot, facts)?;
        self.use_credit(life, facts)
    }

    /// Sets a customer's own rule for automatic payments at `at`, or without one removes it, so that the catalog's holds. What
    /// falls due until then does so under the rule before; what is past due by then is tried again under the new one.
    ///
    /// # Errors
    /// As [`Engine::advance`].
    pub fn set_rule(
        &mut self,
        life: &mut Life,
        (asset, rule): (AssetId, Option<AutoTopupRule>),
        at: Instant,
        facts: &mut Facts,
    ) -> Result<(), LifeError> {
        self.advance(life, at, facts)?;
        match rule {
            Some(rule) => drop(life.rules.insert(asset, rule)),
            None => drop(life.rules.remove(&asset)),
        }
        if life.past_due.is_empty() { Ok(()) } else { self.use_credit(life, facts) }
    }

    /// What is past due is paid from new credit: at once, or when that becomes effective.
    pub(super) fn use_credit(&mut self, life: &mut Life, facts: &mut Facts) -> Result<(), LifeError> {
        self.recover(life, facts)?;
        self.refresh_due(life);
        self.advance(life, life.clock, facts)
    }

    /// Tries again what waits and whose time has come, by the rule as it is now.
    fn try_again(&mut self, life: &mut Life, facts: &mut Facts) -> Result<(), LifeError> {
        let (Some(declines), now) = (self.declines, life.clock) else { return Ok(()) };
        for place in 0..life.stress().len() {
            let own = life.stress()[place];
            let Some(waits) = own.waits().filter(|waits| waits.next <= now) else { continue };
            match self.plan_again(life, own.asset, waits.count, now) {
                // There is no rule any more, or its limit is reached.
                None => life.stress_of(own.asset).finish(),
                Some(plan) if declines.hits(own.next_try(life.customer)) => {
                    life.stress_of(own.asset).decline(plan.count(), now);
                }
                Some(plan) => {
                    self.pay(life, own.asset, plan, now, None, facts)?;
                    self.top_up_below_threshold(life, own.asset, now, None, facts)?;
                }
            }
        }
        Ok(())
    }

    /// So many payments, as far as the rule now allows them.
    fn plan_again(&self, life: &Life, asset: AssetId, count: i64, now: Instant) -> Option<Plan> {
        self.rule_plan(life, asset, now).map(|plan| plan.at_most(count)).filter(|plan| plan.count() > 0)
    }
}
