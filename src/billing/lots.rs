//! Lots in their accounts: how they get there, what they pay back, and when they end; and when time next changes something.

use super::engine::Engine;
use super::facts::{Facts, LapseFact, LotFact};
use super::failure::LifeError;
use super::life::{Life, Refundable, Subscription, line};
use crate::ids::AssetId;
use crate::money::Overflow;
use crate::time::{Instant, Interval, Unit};
use crate::wallet::{Lot, Repayment};

impl Engine {
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

    /// Pays back what an account owes from its live lots.
    pub(super) fn repay(&self, life: &mut Life, asset: AssetId, facts: &mut Facts) {
        let (now, after) = (life.clock, life.last_event);
        let Some(account) = life.accounts.get_mut(asset).filter(|account| account.deficit().is_positive()) else {
            return;
        };
        for repayment in account.repay(now, after) {
            for part in life.divide(asset, repayment) {
                if part.charge.is_none() {
                    move_overdraft(life, asset, &part);
                }
                facts.repayments.push(part);
            }
        }
        self.refresh_due(life);
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

    /// When something next comes round for a subscription after `after`, it begins under other terms, or it ends.
    pub(super) fn next_turn(&self, subscription: &Subscription, after: Instant) -> Instant {
        if subscription.ended_at <= after || subscription.ended_at <= subscription.started_at {
            return Instant::MAX;
        }
        if after < subscription.started_at && subscription.origin != subscription.id {
            return subscription.started_at;
        }
        let after = after.max(subscription.started_at);
        let next = |next: Option<Instant>| next.unwrap_or(Instant::MAX);
        let turn = next(self.next_renewal(subscription, after)).min(next(self.next_refresh(subscription, after)));
        turn.min(subscription.ended_at)
    }

    /// When a fixed price of a subscription next comes round after `after`, if one does before it ends.
    pub fn next_renewal(&self, subscription: &Subscription, after: Instant) -> Option<Instant> {
        let version = &self.versions[&subscription.version];
        let intervals = version.fixed_prices.iter().filter_map(|(_, price)| price.interval);
        let next = intervals.filter_map(|interval| interval.period(subscription.anchor, after)).map(|p| p.to).min();
        next.filter(|&at| at < subscription.ended_at)
    }

    /// When an entitlement of a subscription is next refreshed after `after`, if one is before it ends.
    pub fn next_refresh(&self, subscription: &Subscription, after: Instant) -> Option<Instant> {
        let version = &self.versions[&subscription.version];
        let lifecycles = version.entitlements.iter().filter_map(|(_, entitlement)| entitlement.lifecycle);
        let intervals = lifecycles.filter(|lifecycle| lifecycle.refresh.is_some()).map(|lifecycle| lifecycle.interval);
        let next = intervals.filter_map(|interval| interval.period(subscription.anchor, after)).map(|p| p.to).min();
        next.filter(|&at| at < subscription.ended_at)
    }
}

/// What an overdraft took and a lot has repaid since would be given back to that lot: the oldest first.
fn move_overdraft(life: &mut Life, asset: AssetId, repayment: &Repayment) {
    let mut keys: Vec<_> = life.refundable.keys().copied().collect();
    keys.sort_unstable();
    let mut rest = repayment.amount;
    for key in keys {
        let stack = life.refundable.entry(key).or_default();
        let mut changed = false;
        while let Some(index) = stack.iter().position(|r| rest.is_positive() && r.asset == asset && r.lot.is_none()) {
            let owed = stack[index];
            // An overdraft is never overage, so its units are those of the account.
            let repaid = owed.amount.min(rest);
            stack[index] = Refundable { units: repaid, amount: repaid, lot: Some(repayment.lot), ..owed };
            if repaid < owed.amount {
                let left = owed.amount - repaid;
                stack.insert(index + 1, Refundable { units: left, amount: left, ..owed });
            }
            rest -= repaid;
            changed = true;
        }
        if changed {
            life.counters.mark(&key);
        }
    }
}
