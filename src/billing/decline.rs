//! Automatic payments that are declined, for a what-if. What one need takes goes through together or not at all: it is one
//! customer at one instant, and no payment is made that would not have saved the event. What is declined is tried again
//! later, and until then its account pays nothing by itself.

use super::authorise::Plan;
use super::engine::Engine;
use super::facts::Facts;
use super::failure::LifeError;
use super::life::Life;
use super::stress::{Declined, Luck, Stress};
use crate::ids::AssetId;
use crate::money::Units;
use crate::time::Instant;
use crate::wallet::Declines;

impl Life {
    /// How those accounts have fared that were ever below zero, or that payments were made for.
    pub fn stress(&self) -> &[Stress] {
        self.stress.as_deref().map_or(&[], Vec::as_slice)
    }

    fn stress_of(&mut self, asset: AssetId) -> &mut Stress {
        let all = self.stress.get_or_insert_default();
        let place = all.iter().position(|own| own.asset == asset).unwrap_or_else(|| {
            all.push(Stress::new(asset));
            all.len() - 1
        });
        &mut all[place]
    }

    /// Looks at what an account owes after something was taken from it.
    pub(super) fn note_deficit(&mut self, asset: AssetId) {
        let owed = self.accounts.get(asset).map_or(Units::ZERO, |account| account.deficit());
        if owed.is_positive() {
            let own = self.stress_of(asset);
            own.deepest = own.deepest.max(owed);
        }
    }

    /// When something is next tried again.
    pub(super) fn next_try(&self) -> Option<Instant> {
        self.stress().iter().filter_map(|own| Some(own.waits()?.next)).min()
    }
}

impl Engine {
    /// From now on some automatic payments are declined.
    pub fn decline(&mut self, declines: Declines) {
        self.declines = Some(declines);
    }

    /// What becomes of the payments that an account needs now.
    pub(super) fn luck(&self, life: &Life, asset: AssetId) -> Luck {
        let Some(declines) = &self.declines else { return Luck::Paid };
        let own = life.stress().iter().find(|own| own.asset == asset).copied().unwrap_or(Stress::new(asset));
        match own.waits() {
            Some(_) => Luck::Waits,
            None if declines.hits(own.next_try(life.customer)) => Luck::Declined,
            None => Luck::Paid,
        }
    }

    /// What an account needed was paid.
    pub(super) fn note_paid(&self, life: &mut Life, asset: AssetId) {
        if self.declines.is_some() {
            life.stress_of(asset).finish();
        }
    }

    /// What accounts needed was declined, and waits to be tried again.
    pub(super) fn note_declined(&self, life: &mut Life, declined: &Declined, now: Instant) {
        if declined.is_empty() {
            return;
        }
        for &(asset, count) in declined {
            life.stress_of(asset).decline(count, now);
        }
        life.due = life.due.min(life.next_try().unwrap_or(Instant::MAX));
    }

    /// Tries again what waits and whose time has come, by the rule as it is now.
    pub(super) fn try_again(&mut self, life: &mut Life, facts: &mut Facts) -> Result<(), LifeError> {
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
