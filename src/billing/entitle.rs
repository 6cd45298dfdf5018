//! Entitlements: what a subscription is granted, when it comes round, and what becomes of the rest.

use super::engine::{AssetId, Engine, Version};
use super::facts::{Facts, LotFact, RolloverFact};
use super::life::{Life, Subscription};
use crate::catalog::{Entitlement, Refresh};
use crate::money::{CURRENCY_PRECISION, Rounding, decimal_of, muldiv, round_product};
use crate::time::{Instant, Period};
use crate::wallet::{GrantedBy, Lot, Purpose};

impl Engine {
    /// Grants what a subscription is entitled to when it begins.
    pub(super) fn first_grants(&mut self, life: &mut Life, subscription: &Subscription, facts: &mut Facts) {
        let version = self.version_of(subscription);
        for (index, (_, entitlement)) in (0u16..).zip(&version.entitlements) {
            let start = subscription.started_at;
            let end = entitlement.lifecycle.map(|lifecycle| lifecycle.interval.after(start));
            self.entitle(life, subscription, index, total(entitlement, subscription.quantity), start, end, facts);
        }
    }

    /// Grants what comes round at `at`.
    pub(super) fn refresh(&mut self, life: &mut Life, index: usize, at: Instant, facts: &mut Facts) {
        let subscription = life.subscriptions[index];
        // What is granted when terms change has been granted with the change.
        if !subscription.is_active(at) || subscription.started_at == at || life.is_past_due(subscription.origin) {
            return;
        }
        let version = self.version_of(&subscription);
        for (index, (_, entitlement)) in (0u16..).zip(&version.entitlements) {
            if let Some(period) = refreshed(entitlement, &subscription, at).filter(|period| period.from == at) {
                let amount = total(entitlement, subscription.quantity);
                self.entitle(life, &subscription, index, amount, at, Some(period.to), facts);
            }
        }
    }

    /// Grants what waited for a past due renewal: whatever should have been granted since `lapsed`, for the periods that
    /// have been reached.
    pub(super) fn grant_waiting(
        &mut self,
        life: &mut Life,
        subscription: &Subscription,
        lapsed: Instant,
        now: Instant,
        facts: &mut Facts,
    ) {
        let version = self.version_of(subscription);
        for (index, (_, entitlement)) in (0u16..).zip(&version.entitlements) {
            let period = match entitlement.lifecycle {
                Some(lifecycle) if lifecycle.refresh.is_some() => refreshed(entitlement, subscription, now),
                Some(lifecycle) => {
                    let from = subscription.anchor;
                    Some(Period { from, to: lifecycle.interval.after(from) }).filter(|period| now < period.to)
                }
                None => Some(Period { from: subscription.anchor, to: Instant::MAX }),
            };
            let Some(period) = period.filter(|period| lapsed <= period.from) else { continue };
            let end = entitlement.lifecycle.map(|_| period.to);
            self.entitle(life, subscription, index, total(entitlement, subscription.quantity), now, end, facts);
        }
    }

    /// Carries on what lots that end at `at` have left, where the subscription's terms say so.
    pub(super) fn roll_over(&mut self, life: &mut Life, index: usize, at: Instant, facts: &mut Facts) {
        let subscription = life.subscriptions[index];
        if subscription.is_active(at) {
            self.end_lots(life, &subscription, at, |lot| lot.expires_at == Some(at), facts);
        }
    }

    /// Ends lots of a subscription's line at `at`: what its terms carry over goes into one new lot for each entitlement,
    /// which lives to the next refresh. Lots without such terms are left to expire.
    pub(super) fn end_lots(
        &mut self,
        life: &mut Life,
        subscription: &Subscription,
        at: Instant,
        ends: impl Fn(&Lot) -> bool,
        facts: &mut Facts,
    ) {
        let version = self.version_of(subscription);
        for (index, (asset, entitlement)) in (0u16..).zip(&version.entitlements) {
            let Some(Refresh::Rollover { limit }) = entitlement.lifecycle.and_then(|l| l.refresh) else { continue };
            let Some(period) = refreshed(entitlement, subscription, at) else { continue };
            let Some(mut account) = life.accounts.remove(asset) else { continue };
            let limit = limit.map_or(i64::MAX, |limit| per_seat(entitlement, limit, subscription.quantity));
            let own = |lot: &Lot| ends(lot) && self.counterpart(life, subscription, lot) == Some(index);
            let (carried, over) = account.carry_out(at, limit, own);
            life.accounts.insert(*asset, account);
            facts.expiries.extend(over);
            let amount = carried.iter().map(|taken| taken.amount).sum();
            if amount == 0 {
                continue;
            }
            let into = self.next_lot();
            let basis = carried.iter().map(|taken| taken.basis).sum();
            let rollover =
                carried.iter().map(|t| RolloverFact { lot: t.lot, into, at, amount: t.amount, basis: t.basis });
            facts.rollovers.extend(rollover);
            let granted_by = Some(GrantedBy { subscription: subscription.id, entitlement: index });
            let lot = lot(life, *asset, entitlement, into, amount, at, Some(period.to));
            self.put(life, LotFact { basis, granted_by, ..lot }, facts);
        }
    }

    /// Which entitlement of a subscription goes on with the one that granted a lot: the same one, or after a change of
    /// terms the one of that name, or the first in that asset. `None` for lots of other subscriptions.
    fn counterpart(&self, life: &Life, subscription: &Subscription, lot: &Lot) -> Option<u16> {
        let granted = lot.granted_by?;
        let from = life.subscriptions.iter().find(|s| s.id == granted.subscription)?;
        if from.origin != subscription.origin {
            return None;
        }
        let (old, new) = (self.version_of(from), self.version_of(subscription));
        let (asset, entitlement) = old.entitlements.get(usize::from(granted.entitlement))?;
        successor(&new, *asset, entitlement)
    }

    /// Grants at once what other terms give more than the old ones: for the rest of the period, by exact time.
    pub(super) fn grant_increases(
        &mut self,
        life: &mut Life,
        old: &Subscription,
        new: &Subscription,
        at: Instant,
        facts: &mut Facts,
    ) {
        let (before, after) = (self.version_of(old), self.version_of(new));
        for (index, (_, entitlement)) in (0u16..).zip(&after.entitlements) {
            let had = before.entitlements.iter().filter(|(asset, e)| successor(&after, *asset, e) == Some(index));
            let had = had.fold(0i64, |sum, (_, e)| sum.saturating_add(total(e, old.quantity)));
            let more = total(entitlement, new.quantity).saturating_sub(had);
            let (amount, end) = match (entitlement.lifecycle, refreshed(entitlement, new, at)) {
                (None, _) => (more, None),
                (Some(_), Some(period)) => (prorate(more, at, period), Some(period.to)),
                (Some(lifecycle), None) => {
                    let whole = Period { from: new.anchor, to: lifecycle.interval.after(new.anchor) };
                    (prorate(more, at, whole), Some(whole.to))
                }
            };
            if amount > 0 {
                self.entitle(life, new, index, amount, at, end, facts);
            }
        }
    }

    /// Grants a lot of an entitlement.
    #[expect(clippy::too_many_arguments, reason = "a grant is all of these, and nothing else has them together")]
    fn entitle(
        &mut self,
        life: &mut Life,
        subscription: &Subscription,
        index: u16,
        amount: i64,
        at: Instant,
        end: Option<Instant>,
        facts: &mut Facts,
    ) {
        let version = self.version_of(subscription);
        let (asset, entitlement) = &version.entitlements[usize::from(index)];
        if amount <= 0 {
            return;
        }
        let id = self.next_lot();
        let granted_by = Some(GrantedBy { subscription: subscription.id, entitlement: index });
        let basis = self.revenue_basis(*asset, entitlement, amount);
        let lot = lot(life, *asset, entitlement, id, amount, at, end);
        self.put(life, LotFact { basis, granted_by, ..lot }, facts);
    }

    /// What a grant earns when it is used up, in units of the reporting currency.
    pub fn revenue_basis(&self, asset: AssetId, entitlement: &Entitlement, amount: i64) -> i64 {
        if entitlement.purpose == Purpose::Promotion || entitlement.revenue_basis.is_zero() {
            return 0;
        }
        let asset = self.asset(asset);
        let factors = [decimal_of(amount, asset.precision), entitlement.revenue_basis];
        round_product(&factors, &[], CURRENCY_PRECISION, Rounding::HalfEven).unwrap_or(0)
    }
}

/// What an entitlement comes to at a time for so many seats.
fn total(entitlement: &Entitlement, quantity: i64) -> i64 {
    per_seat(entitlement, entitlement.amount, quantity)
}

/// An amount of an entitlement for so many seats. Subscribing has seen that it fits.
fn per_seat(entitlement: &Entitlement, amount: i64, quantity: i64) -> i64 {
    if entitlement.per_seat { amount.saturating_mul(quantity) } else { amount }
}

/// The period between two refreshes that `at` is in; `None` for what is granted once.
fn refreshed(entitlement: &Entitlement, subscription: &Subscription, at: Instant) -> Option<Period> {
    let lifecycle = entitlement.lifecycle.filter(|lifecycle| lifecycle.refresh.is_some())?;
    lifecycle.interval.period(subscription.anchor, at)
}

/// The part of an amount that falls on the rest of a period, rounded down; nothing once it is over.
fn prorate(amount: i64, at: Instant, whole: Period) -> i64 {
    let (rest, length) = (whole.to.micros() - at.micros(), whole.to.micros() - whole.from.micros());
    if amount <= 0 || rest <= 0 { 0 } else { muldiv(amount, rest, length, Rounding::Down).unwrap_or(0) }
}

/// Which entitlement of a version goes on with one of another version: the one of that name, else the first in its asset.
fn successor(version: &Version, asset: AssetId, old: &Entitlement) -> Option<u16> {
    let own = || (0u16..).zip(&version.entitlements).filter(|(_, (other, _))| *other == asset);
    let named = own().find(|(_, (_, entitlement))| entitlement.name == old.name);
    named.or_else(|| own().next()).map(|(index, _)| index)
}

/// A lot of an entitlement, without its cost basis and its source.
fn lot(
    life: &Life,
    asset: AssetId,
    entitlement: &Entitlement,
    id: i64,
    amount: i64,
    at: Instant,
    expires_at: Option<Instant>,
) -> LotFact {
    LotFact {
        id,
        customer: life.customer,
        asset,
        purpose: entitlement.purpose,
        priority: entitlement.priority,
        granted_at: at,
        effective_at: at,
        expires_at,
        amount,
        basis: 0,
        granted_by: None,
    }
}
