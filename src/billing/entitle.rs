//! Entitlements: what a subscription is granted, when it comes round, and what becomes of the rest.

use super::engine::Engine;
use super::facts::{Facts, LotFact, RolloverFact};
use super::failure::LifeError;
use super::life::{Life, Subscription, line};
use super::seats::Seats;
use super::version::Version;
use crate::catalog::{Entitlement, Refresh};
use crate::ids::{AssetId, EntitlementIndex, LotId};
use crate::money::{Overflow, Rounding, Units, Value, decimal_of, round_product};
use crate::time::{Instant, Period};
use crate::wallet::{GrantedBy, Lot, Purpose};

impl Engine {
    /// Grants what a subscription is entitled to when it begins.
    pub(super) fn first_grants(
        &mut self,
        life: &mut Life,
        subscription: &Subscription,
        facts: &mut Facts,
    ) -> Result<(), LifeError> {
        let version = self.version_of(subscription);
        for (index, (_, entitlement)) in EntitlementIndex::each(&version.entitlements) {
            let start = subscription.started_at;
            let end = entitlement.lifecycle.map(|lifecycle| lifecycle.interval.after(start));
            self.entitle(life, subscription, index, total(entitlement, subscription.quantity), start, end, facts)?;
        }
        Ok(())
    }

    /// Grants what comes round at `at`.
    pub(super) fn refresh(
        &mut self,
        life: &mut Life,
        index: usize,
        at: Instant,
        facts: &mut Facts,
    ) -> Result<(), LifeError> {
        let subscription = life.subscriptions[index];
        // What is counted from here has been granted already.
        if !subscription.is_active(at) || subscription.anchor == at || life.is_past_due(subscription.origin) {
            return Ok(());
        }
        let version = self.version_of(&subscription);
        for (index, (_, entitlement)) in EntitlementIndex::each(&version.entitlements) {
            if let Some(period) = refreshed(entitlement, &subscription, at).filter(|period| period.from == at) {
                let amount = total(entitlement, subscription.quantity);
                self.entitle(life, &subscription, index, amount, at, Some(period.to), facts)?;
            }
        }
        Ok(())
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
    ) -> Result<(), LifeError> {
        let version = self.version_of(subscription);
        for (index, (_, entitlement)) in EntitlementIndex::each(&version.entitlements) {
            let span = span(entitlement, subscription, now);
            let Some(span) = span.filter(|span| lapsed <= span.from && now < span.to) else { continue };
            let end = entitlement.lifecycle.map(|_| span.to);
            self.entitle(life, subscription, index, total(entitlement, subscription.quantity), now, end, facts)?;
        }
        Ok(())
    }

    /// Carries on what lots that end at `at` have left, where the subscription's terms say so: into a new lot for each
    /// entitlement, which lives to the next refresh. Lots without such terms are left to expire.
    pub(super) fn roll_over(
        &mut self,
        life: &mut Life,
        index: usize,
        at: Instant,
        facts: &mut Facts,
    ) -> Result<(), LifeError> {
        let subscription = life.subscriptions[index];
        if !subscription.is_active(at) {
            return Ok(());
        }
        let version = self.version_of(&subscription);
        for (index, (asset, entitlement)) in EntitlementIndex::each(&version.entitlements) {
            let Some(Refresh::Rollover { limit }) = entitlement.lifecycle.and_then(|l| l.refresh) else { continue };
            let Some(period) = refreshed(entitlement, &subscription, at) else { continue };
            let Some(mut account) = life.accounts.take(*asset) else { continue };
            // No lots hold more than can be counted, so a limit beyond that limits nothing.
            let limit = limit.and_then(|limit| subscription.quantity.total(limit, entitlement.per_seat));
            let limit = limit.unwrap_or(Units::MAX);
            let ends = |lot: &Lot| lot.expires_at == Some(at) || lot.granted_by.is_some_and(|g| life.has_ended(g, at));
            let own = |lot: &Lot| ends(lot) && self.counterpart(life, &subscription, lot) == Some(index);
            let (carried, over) = account.carry_out(at, limit, own);
            *life.accounts.of(*asset) = account;
            facts.expiries.extend(over);
            for carried in carried {
                let amount: Units = carried.iter().map(|taken| taken.amount).sum();
                let into = self.next_lot();
                let basis = carried.iter().map(|taken| taken.basis).sum();
                let rollover =
                    carried.iter().map(|t| RolloverFact { lot: t.lot, into, at, amount: t.amount, basis: t.basis });
                facts.rollovers.extend(rollover);
                let granted_by = Some(GrantedBy { subscription: subscription.id, entitlement: index });
                let lot = lot(life, *asset, entitlement, into, amount, at, Some(period.to));
                self.put(life, LotFact { basis, granted_by, ..lot }, facts)?;
            }
        }
        Ok(())
    }

    /// Which entitlement of a subscription goes on with the one that granted a lot: the same one, or after a change of
    /// terms the one of that name, or the first in that asset. `None` for lots of other subscriptions.
    fn counterpart(&self, life: &Life, subscription: &Subscription, lot: &Lot) -> Option<EntitlementIndex> {
        let granted = lot.granted_by?;
        let from = life.subscriptions.iter().find(|s| s.id == granted.subscription)?;
        if from.origin != subscription.origin {
            return None;
        }
        let (old, new) = (self.version_of(from), self.version_of(subscription));
        let (asset, entitlement) = old.entitlements.get(granted.entitlement.place())?;
        successor(&new, *asset, entitlement)
    }

    /// Grants at once what other terms give more than any that were held in the same period, where that began before
    /// `begun_by`: for the rest of it, by exact time.
    pub(super) fn grant_increases(
        &mut self,
        life: &mut Life,
        old: &Subscription,
        new: &Subscription,
        at: Instant,
        begun_by: Instant,
        facts: &mut Facts,
    ) -> Result<(), LifeError> {
        let after = self.version_of(new);
        for (index, (_, entitlement)) in EntitlementIndex::each(&after.entitlements) {
            let span = span(entitlement, new, at);
            let Some(span) = span.filter(|span| span.from < begun_by && at < span.to) else { continue };
            let more = total(entitlement, new.quantity) - self.had(life, old, new, index, span.from);
            let (amount, end) = match entitlement.lifecycle {
                Some(_) => (prorate(more, at, span), Some(span.to)),
                None => (more, None),
            };
            self.entitle(life, new, index, amount, at, end, facts)?;
        }
        Ok(())
    }

    /// The most that `old` and all other terms of its line that were held since `from` gave of what the entitlement
    /// `index` of `new` goes on with: seats that go and come again are not granted again.
    fn had(
        &self,
        life: &Life,
        old: &Subscription,
        new: &Subscription,
        index: EntitlementIndex,
        from: Instant,
    ) -> Units {
        let after = self.version_of(new);
        let is_held = |s: &&Subscription| s.started_at <= s.ended_at && (s.started_at >= from || s.ended_at > from);
        let held = line(life, new.origin).filter(|s| s.id != new.id).filter(is_held);
        let gave = |terms: &Subscription| {
            let before = self.version_of(terms);
            let same = before.entitlements.iter().filter(|(asset, e)| successor(&after, *asset, e) == Some(index));
            // No grant is more than can be counted. So where this is, or would be more, nothing is left to grant.
            let add = |sum: Units, amount| sum.checked_add(amount).unwrap_or(Units::MAX);
            same.fold(Units::ZERO, |sum, (_, e)| add(sum, total(e, terms.quantity)))
        };
        held.map(gave).fold(gave(old), Units::max)
    }

    /// Grants a lot of an entitlement.
    #[expect(clippy::too_many_arguments, reason = "a grant is all of these, and nothing else has them together")]
    fn entitle(
        &mut self,
        life: &mut Life,
        subscription: &Subscription,
        index: EntitlementIndex,
        amount: Units,
        at: Instant,
        end: Option<Instant>,
        facts: &mut Facts,
    ) -> Result<(), LifeError> {
        let version = self.version_of(subscription);
        let (asset, entitlement) = &version.entitlements[index.place()];
        if !amount.is_positive() {
            return Ok(());
        }
        let id = self.next_lot();
        let granted_by = Some(GrantedBy { subscription: subscription.id, entitlement: index });
        let basis = self.revenue_basis(*asset, entitlement, amount);
        let basis = basis.map_err(|overflow| LifeError::Overflow(life.customer, overflow))?;
        let lot = lot(life, *asset, entitlement, id, amount, at, end);
        self.put(life, LotFact { basis, granted_by, ..lot }, facts)?;
        Ok(())
    }

    /// What a grant earns when it is used up.
    ///
    /// # Errors
    /// When that is more than can be counted.
    pub fn revenue_basis(&self, asset: AssetId, entitlement: &Entitlement, amount: Units) -> Result<Value, Overflow> {
        if entitlement.purpose == Purpose::Promotion || entitlement.revenue_basis.is_zero() {
            return Ok(Value::ZERO);
        }
        let asset = self.asset(asset);
        let factors = [decimal_of(amount, asset.precision), entitlement.revenue_basis];
        round_product(&factors, &[], self.book.reporting_precision(), Rounding::HalfEven)
    }
}

/// What an entitlement comes to at a time for so many seats.
fn total(entitlement: &Entitlement, seats: Seats) -> Units {
    let total = seats.total(entitlement.amount, entitlement.per_seat);
    total.expect("terms are taken only when their amounts can be counted")
}

/// What a grant at `at` is for: the period between two refreshes, or all the time that what is granted once lives.
fn span(entitlement: &Entitlement, subscription: &Subscription, at: Instant) -> Option<Period> {
    let from = subscription.anchor;
    match entitlement.lifecycle {
        Some(lifecycle) if lifecycle.refresh.is_some() => lifecycle.interval.period(from, at),
        Some(lifecycle) => Some(Period { from, to: lifecycle.interval.after(from) }),
        None => Some(Period { from, to: Instant::MAX }),
    }
}

/// The period between two refreshes that `at` is in; `None` for what is granted once.
fn refreshed(entitlement: &Entitlement, subscription: &Subscription, at: Instant) -> Option<Period> {
    let lifecycle = entitlement.lifecycle.filter(|lifecycle| lifecycle.refresh.is_some())?;
    lifecycle.interval.period(subscription.anchor, at)
}

/// The part of an amount that falls on the rest of a period, rounded down.
fn prorate(amount: Units, at: Instant, whole: Period) -> Units {
    let (rest, length) = (whole.to.micros() - at.micros(), whole.to.micros() - whole.from.micros());
    amount.portion(rest, length, Rounding::Down).expect("a part is never more than the whole")
}

/// Which entitlement of a version goes on with one of another version: the one of that name, else the first in its asset.
fn successor(version: &Version, asset: AssetId, old: &Entitlement) -> Option<EntitlementIndex> {
    let own = || EntitlementIndex::each(&version.entitlements).filter(|(_, (other, _))| *other == asset);
    let named = own().find(|(_, (_, entitlement))| entitlement.name == old.name);
    named.or_else(|| own().next()).map(|(index, _)| index)
}

/// A lot of an entitlement, without its cost basis and its source.
fn lot(
    life: &Life,
    asset: AssetId,
    entitlement: &Entitlement,
    id: LotId,
    amount: Units,
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
        basis: Value::ZERO,
        granted_by: None,
    }
}
