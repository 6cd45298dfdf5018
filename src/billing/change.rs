//! Other terms for a subscription: another product, another version, other seats (docs/decisions.md, "Subscriptions").
//!
//! When the subscription's own period stays, so does what it is counted from; another period is counted from the change.
//! What a change costs is in `switch`.

use super::collect::{Short, Unpaid};
use super::engine::Engine;
use super::facts::Facts;
use super::life::{Life, Subscription};
use super::subscription::{Lacking, NewTerms, SubscriptionError, following};
use crate::ids::SubscriptionId;
use crate::money::Units;
use crate::time::Instant;

impl Engine {
    /// Changes the terms of a subscription at `terms.at`, which moves the customer's time on to it.
    ///
    /// # Errors
    /// See [`SubscriptionError`]; nothing has changed except that time may have moved on.
    pub fn change(
        &mut self,
        life: &mut Life,
        id: SubscriptionId,
        terms: NewTerms,
        facts: &mut Facts,
    ) -> Result<SubscriptionId, SubscriptionError> {
        if terms.at < life.clock {
            return Err(SubscriptionError::Passed(terms.at, life.clock));
        }
        self.advance(life, terms.at, facts)?;
        let old = self.changeable(life, id, &terms)?;
        let new = self.new_terms(&old, &terms);
        let ended_at = (old.ended_at < Instant::MAX).then_some(old.ended_at);
        let rest = self.rest(&new, terms.at);
        match self.settle_change(life, (&old, &new), rest, terms.at, facts) {
            Err(Unpaid::Short(short)) => return Err(self.short(short)),
            Err(Unpaid::Full(Short { asset, .. })) => {
                return Err(SubscriptionError::Full(self.asset(asset).limit()));
            }
            Err(Unpaid::Failed(error)) => return Err(error.into()),
            Ok(()) => {}
        }
        self.replace(life, &old, &new, terms.at, facts);
        if let Some(end) = ended_at {
            self.end(life, new.id, Some(end), facts);
        }
        self.roll_over(life, life.subscriptions.len() - 1, terms.at, facts)?;
        self.expire(life, facts);
        self.switch_entitlements(life, &old, &new, terms.at, Instant::MAX, facts)?;
        self.use_credit(life, facts)?;
        Ok(new.id)
    }

    /// Plans other terms for a subscription from the end of the period on that it is in at `terms.at`; returns when that is.
    /// Whether it can change is judged as things stand at `now`, or at `terms.at` if that is earlier. Nothing is charged and
    /// time does not move on.
    ///
    /// # Errors
    /// See [`SubscriptionError`]; nothing has changed.
    pub fn change_at_period_end(
        &mut self,
        life: &mut Life,
        id: SubscriptionId,
        terms: NewTerms,
        now: Instant,
        facts: &mut Facts,
    ) -> Result<Instant, SubscriptionError> {
        let old = self.plannable(life, id, &terms, now)?;
        let at = self.period_end(&old, terms.at)?;
        self.plan_change(life, &old, NewTerms { at, ..terms }, now.min(terms.at), facts);
        if let Some(end) = facts.ends.last_mut() {
            end.asked_at = Some(terms.at);
        }
        Ok(at)
    }

    /// Plans other terms for a subscription from `terms.at` on, to which the customer's time has not come. It is judged as
    /// [`Engine::change_at_period_end`] is.
    ///
    /// # Errors
    /// See [`SubscriptionError`]; nothing has changed.
    pub fn change_later(
        &mut self,
        life: &mut Life,
        id: SubscriptionId,
        terms: NewTerms,
        now: Instant,
        facts: &mut Facts,
    ) -> Result<(), SubscriptionError> {
        if terms.at == life.clock {
            return self.change(life, id, terms, facts).map(drop);
        }
        let old = self.plannable(life, id, &terms, now)?;
        self.plan_change(life, &old, terms, now.min(terms.at), facts);
        Ok(())
    }

    /// A subscription whose terms can change some time after `now`.
    fn plannable(
        &self,
        life: &Life,
        id: SubscriptionId,
        terms: &NewTerms,
        now: Instant,
    ) -> Result<Subscription, SubscriptionError> {
        if terms.at < life.clock {
            return Err(SubscriptionError::Passed(terms.at, life.clock));
        }
        let mut then = life.clone();
        self.project(&mut then, now.min(terms.at))?;
        let old = self.changeable(&then, id, terms)?;
        match old.ended_at {
            Instant::MAX => Ok(old),
            end => Err(SubscriptionError::Pending(end)),
        }
    }

    /// `planned_at` is when it was judged that it can be.
    fn plan_change(
        &mut self,
        life: &mut Life,
        old: &Subscription,
        terms: NewTerms,
        planned_at: Instant,
        facts: &mut Facts,
    ) {
        let new = self.new_terms(old, &terms);
        self.replace(life, old, &new, terms.at, facts);
        if let Some(planned) = facts.subscriptions.last_mut() {
            planned.planned_at = Some(planned_at);
        }
        self.refresh_due(life);
    }

    fn changeable(&self, life: &Life, id: SubscriptionId, terms: &NewTerms) -> Result<Subscription, SubscriptionError> {
        self.check_amounts(terms)?;
        let own = life.subscriptions.iter().find(|s| s.id == id && s.is_active(terms.at)).copied();
        let old = own.ok_or(SubscriptionError::NotActive(terms.at))?;
        if let Some(lapse) = life.past_due.iter().find(|lapse| lapse.origin == old.origin) {
            return Err(SubscriptionError::PastDue(lapse.at));
        }
        if let Some(next) = following(life, &old).next() {
            return Err(SubscriptionError::Pending(next.started_at));
        }
        if old.version == terms.version && old.quantity == terms.quantity {
            return Err(SubscriptionError::Same);
        }
        Ok(old)
    }

    /// The subscription under its new terms.
    fn new_terms(&self, old: &Subscription, terms: &NewTerms) -> Subscription {
        let cycle = |version| self.versions[version].cycle;
        let anchor = if cycle(&old.version) == cycle(&terms.version) { old.anchor } else { terms.at };
        Subscription {
            // Taken only when the change is made.
            id: self.numbers.subscription,
            version: terms.version,
            quantity: terms.quantity,
            started_at: terms.at,
            anchor,
            ended_at: Instant::MAX,
            origin: old.origin,
        }
    }

    fn replace(&mut self, life: &mut Life, old: &Subscription, new: &Subscription, at: Instant, facts: &mut Facts) {
        self.numbers.subscription.take_next();
        self.end(life, old.id, Some(at), facts);
        let terms = NewTerms { version: new.version, quantity: new.quantity, at };
        self.add(life, &terms, new.id, new.anchor, new.origin, facts);
    }

    fn short(&self, short: Short) -> SubscriptionError {
        let asset = self.asset(short.asset);
        SubscriptionError::Short(Box::new(Lacking {
            needed: asset.amount(short.needed),
            available: asset.amount(short.available.max(Units::ZERO)),
            asset: asset.code.clone(),
        }))
    }
}
