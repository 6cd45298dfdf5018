//! Time moving on in one life.

use super::engine::Engine;
use super::facts::{Facts, LapseFact, LotFact};
use super::failure::LifeError;
use super::life::{AutoTopupRule, Life};
use super::renew::line;
use crate::ids::AssetId;
use crate::money::Overflow;
use crate::time::{Instant, Interval, Unit};
use crate::wallet::Lot;

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

    /// Ends the lots whose time is over, and those of terms that are.
    pub(super) fn expire(&self, life: &mut Life, facts: &mut Facts) {
        let at = life.clock;
        for asset in life.accounts.assets() {
            let Some(mut account) = life.accounts.take(asset) else { continue };
            let ends = |lot: &Lot| lot.granted_by.is_some_and(|granted| life.has_ended(granted, at));
            facts.expiries.extend(account.expire(at, ends));
            *life.accounts.of(asset) = account;
        }
    }

    /// Says again when time next changes something. To be called after a life was set from outside.
    pub fn refresh_due(&self, life: &mut Life) {
        let accounts = life.accounts.iter().map(|(_, account)| account.next_due()).min();
        let subscriptions = life.subscriptions.iter().map(|s| self.next_turn(s, life.clock)).min();
        let retry = self.next_retry(life);
        life.due =
            [accounts, subscriptions, retry, life.next_try()].into_iter().flatten().min().unwrap_or(Instant::MAX);
    }

    /// When what is past due may be paid without a new grant: as credit begins, or a month does, in which automatic
    /// payments may be made again.
    fn next_retry(&self, life: &Life) -> Option<Instant> {
        let is_held = |lapse: &LapseFact| line(life, lapse.origin).any(|s| s.ended_at > life.clock.max(s.started_at));
        if !life.past_due.iter().any(is_held) {
            return None;
        }
        let month = Interval { unit: Unit::Month, count: 1 }.after(life.clock.start_of(Unit::Month));
        let begins = life.accounts.iter().flat_map(|(_, account)| account.lots()).map(|lot| lot.effective_at);
        begins.filter(|&at| at > life.clock).chain([month]).min()
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

    /// Puts a lot into its account, which must stay countable, and sees to it that its end is not missed. If it can be used
    /// by now, what is owed is paid back before anything else is. What an entitlement grants comes by itself and stops nobody:
    /// what of it the account can't hold is lost at once.
    pub(super) fn put(&self, life: &mut Life, lot: LotFact, facts: &mut Facts) -> Result<(), LifeError> {
        let account = life.accounts.of(lot.asset);
        if lot.granted_by.is_none() && !account.has_room(lot.amount) {
            return Err(LifeError::Overflow(life.customer, Overflow));
        }
        account.insert(lot.lot(), &self.order);
        life.due = life.due.min(lot.expires_at.unwrap_or(Instant::MAX));
        // The credit of a subscription that ends when it begins pays nothing back.
        if !lot.granted_by.is_some_and(|granted| life.has_ended(granted, life.clock)) {
            self.repay(life, lot.asset, facts);
        }
        if lot.granted_by.is_some() {
            let now = life.clock;
            facts.expiries.extend(life.accounts.of(lot.asset).shed(lot.id, now));
        }
        facts.lots.push(lot);
        Ok(())
    }
}
