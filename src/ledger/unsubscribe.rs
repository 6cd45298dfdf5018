//! How subscriptions end by command: which terms an end is of, and what goes on all the same.

use super::LedgerError;
use super::error::{Ending, WhyNot};
use super::open::Writer;
use super::subscription::{Change, When, refused};
use super::tables::customer::CustomerRow;
use super::tables::subscription::SubscriptionRow;
use crate::billing::{Engine, Facts};
use crate::time::Instant;

/// What a customer holds, looked at to end a subscription to a product.
struct Held<'a> {
    who: &'a str,
    product: &'a str,
    /// The time that was asked for.
    at: Instant,
    when: When,
    /// How far the customer's time has come.
    clock: Instant,
    /// All that the customer ever held.
    all: &'a [SubscriptionRow],
    engine: &'a Engine,
}

impl Writer<'_> {
    /// Ends a customer's subscription to a product, and takes back other terms that were to begin then or later. Nothing changes
    /// when it has ended by then already and nothing goes on.
    ///
    /// # Errors
    /// When there is none to end, or it has other terms since or by then.
    pub fn unsubscribe(
        &mut self,
        engine: &mut Engine,
        customer: &CustomerRow,
        product: &str,
        at: Instant,
        when: When,
    ) -> Result<Change, LedgerError> {
        let who = &customer.external_id;
        let own = self.held_ever(customer, product)?;
        let all = self.subscriptions(customer.id)?;
        let mut life = self.life(customer.id, engine)?;
        let held = Held { who, product, at, when, clock: life.clock, all: &all, engine };
        let last = held.last(&own)?;
        let next = held.next(last);
        let is_planned = next.is_some_and(|next| held.is_planned(next));
        if !is_planned && last.ended_at.is_some_and(|end| end <= at) {
            held.check_over(last)?;
            return Ok(Change::none(last.id, life));
        }
        if let Some(next) = next.filter(|_| !is_planned) {
            return Err(held.since(next));
        }
        let end = match (when, life.subscriptions.iter().find(|s| s.id == last.id)) {
            (When::PeriodEnd, Some(own)) => {
                engine.period_end(own, at).map_err(|error| refused(who, product, error.into()))?
            }
            _ => at,
        };
        if !is_planned && last.ended_at == Some(end) {
            return Ok(Change::none(last.id, life));
        }
        // Terms that end as they begin are in no list: those before them are.
        let told = held.before(last).filter(|_| last.started_at == end).unwrap_or(last).id;
        let mut facts = Facts::default();
        match when {
            When::PeriodEnd => engine.unsubscribe_at_period_end(&mut life, last.id, at, &mut facts).map(drop),
            When::Now | When::Later => engine.unsubscribe(&mut life, last.id, end, &mut facts),
        }
        .map_err(|error| refused(who, product, error.into()))?;
        self.changed(engine, (told, end), life, facts)
    }
}

impl<'a> Held<'a> {
    /// The terms that an end at the time asked for is of: the latest that have begun before it. Other terms of a line can end as
    /// they begin, and whoever asks for the end of a period may do so at its beginning.
    fn last(&self, own: &'a [SubscriptionRow]) -> Result<&'a SubscriptionRow, LedgerError> {
        let is_early = |s: &SubscriptionRow| self.when == When::PeriodEnd || s.origin != s.id;
        let can_end = |s: &&SubscriptionRow| s.started_at < self.at || (s.started_at == self.at && is_early(s));
        let last = own.iter().filter(can_end).max_by_key(|s| (s.started_at, s.id));
        let last = last.ok_or_else(|| self.not_begun(&own[0]))?;
        Ok(self.before(last).filter(|_| self.is_planned(last)).unwrap_or(last))
    }

    /// Whether terms are to begin at the time asked for or later, so that they can be taken back.
    fn is_planned(&self, terms: &SubscriptionRow) -> bool {
        let begins = match self.when {
            When::PeriodEnd => terms.started_at > self.at,
            When::Now | When::Later => terms.started_at >= self.at,
        };
        begins && terms.started_at > self.clock
    }

    fn before(&self, own: &SubscriptionRow) -> Option<&'a SubscriptionRow> {
        let is_before = |s: &&SubscriptionRow| s.origin == own.origin && s.ended_at == Some(own.started_at);
        self.all.iter().find(is_before)
    }

    fn next(&self, own: &SubscriptionRow) -> Option<&'a SubscriptionRow> {
        self.all.iter().find(|s| s.origin == own.origin && s.id > own.id)
    }

    /// What has ended must not go on: as another product, or because it was taken up again at that very instant.
    fn check_over(&self, last: &SubscriptionRow) -> Result<(), LedgerError> {
        let active = || self.all.iter().filter(|s| s.is_active(self.at) && s.id != last.id);
        if let Some(other) = active().find(|s| s.origin == last.origin) {
            return Err(self.since(other));
        }
        match active().find(|s| s.product == self.product) {
            Some(again) => Err(self.not_begun(again)),
            None => Ok(()),
        }
    }

    /// It has other terms from then on.
    fn since(&self, other: &SubscriptionRow) -> LedgerError {
        let SubscriptionRow { product, version, quantity, started_at: from, .. } = other.clone();
        let instead = self.ending(&product, self.at.max(from), self.when == When::PeriodEnd);
        refused(self.who, self.product, WhyNot::GoesOn { product, version, quantity, from, instead })
    }

    /// It begins only then.
    fn not_begun(&self, first: &SubscriptionRow) -> LedgerError {
        let from = first.started_at;
        let before = self.before(first).map(|before| before.product.clone());
        let has_periods = self.engine.version(first.version_id).cycle.is_some();
        let can_end = before.is_some() || has_periods;
        let instead = can_end.then(|| self.ending(self.product, from, before.is_none()));
        refused(self.who, self.product, WhyNot::Begins { from, before, instead })
    }

    fn ending(&self, product: &str, at: Instant, is_period_end: bool) -> Ending {
        Ending { product: product.to_owned(), at, is_period_end }
    }
}
