//! How a subscription begins and ends.

use super::engine::Engine;
use super::facts::{EndFact, Facts, SubscriptionFact};
use super::failure::LifeError;
use super::life::{Life, Subscription, has_room, line};
use super::seats::Seats;
use crate::ids::{AssetId, SubscriptionId, VersionId};
use crate::money::{Amount, Asset, Limit, Units};
use crate::time::Instant;
use std::collections::BTreeMap;
use thiserror::Error;

/// A subscription to be made, or the other terms of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewTerms {
    /// The product version whose prices and entitlements it has.
    pub version: VersionId,
    /// Seats; at least 1.
    pub quantity: Seats,
    /// When the terms begin.
    pub at: Instant,
}

/// What an account lacks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lacking {
    /// What is needed of it.
    pub needed: Amount,
    /// What it has.
    pub available: Amount,
    /// The asset's code.
    pub asset: String,
}

/// Why a subscription can't begin, end or change so.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SubscriptionError {
    /// The customer has been through that time.
    #[error("{0} is too early: the customer's time has come to {1}; give that time or a later one")]
    Passed(Instant, Instant),
    /// It waits for a payment.
    #[error("it is past due since {0}: its renewal must be paid first")]
    PastDue(Instant),
    /// Another change, or an end, is to come.
    #[error("it ends or changes at {0}; that must be taken back first")]
    Pending(Instant),
    /// Nothing is to come that could be taken back.
    #[error("there is nothing to take back: no end and no change is scheduled")]
    NothingPending,
    /// Without its end it would run into the next subscription to the product.
    #[error("it can't go on: another subscription to the product begins at {0}")]
    Followed(Instant),
    /// It was not active then.
    #[error("it was not active at {0}")]
    NotActive(Instant),
    /// Nothing in the product recurs, so that there is no period.
    #[error("it has no periods, because nothing in it recurs; give a time instead")]
    NoPeriod,
    /// The same terms again.
    #[error("it already has those terms")]
    Same,
    /// The wallet does not hold the difference.
    #[error(
        "{} {} are needed at once, and only {} can be taken; pay in first, or use --period-end",
        .0.needed, .0.asset, .0.available
    )]
    Short(Box<Lacking>),
    /// The account would hold more than the ledger can count.
    #[error("the account would hold more than the ledger can count: {0}")]
    Full(Limit),
    /// The customer's life can't go on.
    #[error(transparent)]
    Life(#[from] LifeError),
    /// For so many seats an amount would leave the range of the ledger.
    #[error("for {0} seats the amounts are more than the ledger can count: {1}")]
    TooMany(Seats, Limit),
}

impl Engine {
    /// Begins a subscription at its own time, which moves the customer's time on to it: its first charges and grants are
    /// made then. When that time has gone by, everything that has come round since is made up for.
    ///
    /// # Errors
    /// When an amount would be too large. Nothing has changed except that time may have moved on.
    pub fn subscribe(
        &mut self,
        life: &mut Life,
        terms: NewTerms,
        ended_at: Option<Instant>,
        facts: &mut Facts,
    ) -> Result<SubscriptionId, SubscriptionError> {
        self.check_amounts(&terms)?;
        self.advance(life, terms.at, facts)?;
        self.check_first_grants(life, &terms)?;
        let id = self.numbers.subscription.take_next();
        self.add(life, &terms, id, terms.at, id, facts);
        if let Some(end) = ended_at {
            self.end(life, id, Some(end), facts);
        }
        let index = life.subscriptions.len() - 1;
        let subscription = life.subscriptions[index];
        let due = self.first_charges(&subscription);
        self.charge_or_lapse(life, &subscription, &due, terms.at, facts)?;
        if !life.is_past_due(id) {
            self.first_grants(life, &subscription, facts)?;
        }
        let mut turn = self.next_turn(&subscription, terms.at);
        while turn <= life.clock && turn < Instant::MAX {
            self.roll_over(life, index, turn, facts)?;
            self.renew(life, index, turn, facts)?;
            self.refresh(life, index, turn, facts)?;
            turn = self.next_turn(&subscription, turn);
        }
        // It may be over already, and what it granted with it.
        self.expire(life, facts);
        self.use_credit(life, facts)?;
        Ok(id)
    }

    /// Appends a subscription.
    pub(super) fn add(
        &self,
        life: &mut Life,
        terms: &NewTerms,
        id: SubscriptionId,
        anchor: Instant,
        origin: SubscriptionId,
        facts: &mut Facts,
    ) {
        let NewTerms { version, quantity, at: started_at } = *terms;
        let customer = life.customer;
        let planned_at = None;
        let new = SubscriptionFact { id, customer, version, quantity, started_at, anchor, origin, planned_at };
        facts.subscriptions.push(new);
        let ended_at = Instant::MAX;
        life.subscriptions.push(Subscription { id, version, quantity, started_at, anchor, origin, ended_at });
    }

    /// Sets an end, or takes it back.
    pub(super) fn end(&self, life: &mut Life, id: SubscriptionId, ended_at: Option<Instant>, facts: &mut Facts) {
        facts.ends.push(EndFact { subscription: id, ended_at, asked_at: None });
        if let Some(subscription) = life.subscriptions.iter_mut().find(|s| s.id == id) {
            subscription.ended_at = ended_at.unwrap_or(Instant::MAX);
        }
    }

    /// Ends a subscription at `at`: what it granted ends with it, what was paid stays. An end that is to come can be
    /// replaced; one that has come can't. Other terms that were to begin then or later are taken back.
    ///
    /// # Errors
    /// When it has not begun by then or is over already, or has had other terms since, or will have them by then. Nothing has
    /// changed.
    pub fn unsubscribe(
        &mut self,
        life: &mut Life,
        id: SubscriptionId,
        at: Instant,
        facts: &mut Facts,
    ) -> Result<(), SubscriptionError> {
        let own = life.subscriptions.iter().find(|s| s.id == id).copied();
        // Other terms of a line can end as they begin, since the line had begun before.
        let goes_on = |s: &Subscription| s.origin != s.id && s.started_at == at && at <= life.clock;
        let has_begun = |s: &Subscription| s.started_at < at || goes_on(s);
        let can_end = |s: &Subscription| has_begun(s) && (at <= s.ended_at || life.clock < s.ended_at);
        let subscription = own.filter(can_end).ok_or(SubscriptionError::NotActive(at))?;
        let is_in_the_way = |next: &&Subscription| next.started_at < at || next.started_at <= life.clock;
        if let Some(next) = following(life, &subscription).find(is_in_the_way) {
            return Err(SubscriptionError::Pending(next.started_at));
        }
        self.cancel_following(life, &subscription, facts);
        self.end(life, id, Some(at), facts);
        self.expire(life, facts);
        self.refresh_due(life);
        Ok(())
    }

    /// Takes back all terms that are to follow those of a subscription. They end before they begin, so they were never held.
    fn cancel_following(&self, life: &mut Life, subscription: &Subscription, facts: &mut Facts) {
        let next: Vec<SubscriptionId> = following(life, subscription).map(|next| next.id).collect();
        for next in next {
            self.end(life, next, Some(life.clock), facts);
        }
    }

    /// Ends a subscription at the end of the period that it is in at `at`. Returns when that is.
    ///
    /// # Errors
    /// As [`Engine::unsubscribe`] and [`Engine::period_end`].
    pub fn unsubscribe_at_period_end(
        &mut self,
        life: &mut Life,
        id: SubscriptionId,
        at: Instant,
        facts: &mut Facts,
    ) -> Result<Instant, SubscriptionError> {
        let own = life.subscriptions.iter().find(|s| s.id == id);
        let end = self.period_end(own.ok_or(SubscriptionError::NotActive(at))?, at)?;
        self.unsubscribe(life, id, end, facts)?;
        if let Some(ended) = facts.ends.last_mut() {
            ended.asked_at = Some(at);
        }
        Ok(end)
    }

    /// Takes back an end or a change that is still to come at `at`, which moves the customer's time on to it, and whatever was
    /// to follow upon that change.
    ///
    /// # Errors
    /// When there is none, or another subscription to the product follows. Nothing has changed except that time may have
    /// moved on.
    pub fn resume(
        &mut self,
        life: &mut Life,
        id: SubscriptionId,
        at: Instant,
        facts: &mut Facts,
    ) -> Result<(), SubscriptionError> {
        self.advance(life, at, facts)?;
        let own = life.subscriptions.iter().find(|s| s.id == id).copied();
        let subscription = own.filter(|s| s.ended_at < Instant::MAX && s.ended_at > life.clock);
        let subscription = subscription.ok_or(SubscriptionError::NothingPending)?;
        let product = |s: &Subscription| &self.versions[&s.version].product;
        let follows = |s: &&Subscription| {
            s.origin != subscription.origin && s.started_at >= subscription.ended_at && s.ended_at > s.started_at
        };
        let mut followers = life.subscriptions.iter().filter(follows);
        if let Some(next) = followers.find(|s| product(s) == product(&subscription)) {
            return Err(SubscriptionError::Followed(next.started_at));
        }
        self.cancel_following(life, &subscription, facts);
        self.end(life, id, None, facts);
        if let Some(taken_back) = facts.ends.last_mut() {
            taken_back.asked_at = Some(life.clock);
        }
        self.refresh_due(life);
        Ok(())
    }

    /// The end of the period that a subscription is in at `at`.
    ///
    /// # Errors
    /// When nothing in its product recurs.
    pub fn period_end(&self, subscription: &Subscription, at: Instant) -> Result<Instant, SubscriptionError> {
        let cycle = self.versions[&subscription.version].cycle.ok_or(SubscriptionError::NoPeriod)?;
        let period = cycle.period(subscription.anchor, at).ok_or(SubscriptionError::NotActive(at))?;
        Ok(period.to)
    }

    /// What a subscription grants as it begins must find room: what comes by itself later is lost where it doesn't.
    fn check_first_grants(&self, life: &Life, terms: &NewTerms) -> Result<(), SubscriptionError> {
        let mut granted: BTreeMap<AssetId, Option<Units>> = BTreeMap::new();
        for (asset, entitlement) in &self.versions[&terms.version].entitlements {
            let more = terms.quantity.total(entitlement.amount, entitlement.per_seat);
            let sum = granted.entry(*asset).or_insert(Some(Units::ZERO));
            *sum = sum.zip(more).and_then(|(sum, more)| sum.checked_add(more));
        }
        let fits = |asset, sum: Option<Units>| sum.is_some_and(|sum| has_room(life, asset, sum));
        match granted.into_iter().find(|&(asset, sum)| !fits(asset, sum)) {
            Some((asset, _)) => Err(SubscriptionError::Full(self.asset(asset).limit())),
            None => Ok(()),
        }
    }

    /// What is charged for all seats, all prices together, and each grant must be countable, or no change could be settled.
    pub(super) fn check_amounts(&self, terms: &NewTerms) -> Result<(), SubscriptionError> {
        let version = &self.versions[&terms.version];
        let seats = terms.quantity;
        let too_many = |asset: &Asset| SubscriptionError::TooMany(seats, asset.limit());
        let mut charged = Units::ZERO;
        for (asset, price) in &version.fixed_prices {
            let sum = price.total(seats.number()).and_then(|price| charged.checked_add(price));
            charged = sum.ok_or_else(|| too_many(self.asset(*asset)))?;
        }
        for (asset, entitlement) in &version.entitlements {
            let granted = seats.total(entitlement.amount, entitlement.per_seat);
            let granted = granted.ok_or_else(|| too_many(self.asset(*asset)))?;
            let basis = self.revenue_basis(*asset, entitlement, granted);
            basis.map_err(|_| too_many(self.reporting_currency()))?;
        }
        Ok(())
    }
}

/// The terms that follow those of a subscription in its line, without those that were taken back.
pub(super) fn following<'l>(
    life: &'l Life,
    subscription: &Subscription,
) -> impl Iterator<Item = &'l Subscription> + use<'l> {
    let id = subscription.id;
    line(life, subscription.origin).filter(move |s| s.id > id && s.ended_at > s.started_at)
}
