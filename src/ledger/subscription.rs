//! Subscriptions: what customers hold, and how that begins, changes and ends.

use super::error::{NotSubscribed, WhyNot};
use super::open::Writer;
use super::tables::customer::CustomerRow;
use super::tables::subscription::{self, SubscriptionRow};
use super::{Ledger, LedgerError};
use crate::billing::{Engine, Facts, Life, NewTerms, SubscriptionError};
use crate::catalog::Published;
use crate::ids::{CustomerId, SubscriptionId, VersionId, VersionNumber};
use crate::time::Instant;

impl Ledger {
    /// Subscriptions of one customer, or of all, without those that were taken back before they began.
    ///
    /// # Errors
    /// When the ledger can't be read.
    pub fn subscriptions(&self, customer: Option<CustomerId>) -> Result<Vec<SubscriptionRow>, LedgerError> {
        subscription::of(&self.connection, customer).map_err(|e| e.at(self.path()))
    }
}

/// When a change or an end takes effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// At its time, which has come: a change is charged.
    Now,
    /// At its time, which is still to come: it is planned.
    Later,
    /// When the period ends that the subscription is in at that time: it is planned.
    PeriodEnd,
}

/// What a command did to a customer's subscription.
#[derive(Debug)]
pub struct Change {
    /// The subscription that was made, ended, or found as it should be; under its new terms, when it got some.
    pub subscription: SubscriptionId,
    /// When it takes effect; `None` when nothing had to be changed.
    pub takes_effect: Option<Instant>,
    /// What has happened because of it so far.
    pub facts: Facts,
    /// The customer as they are now.
    pub life: Life,
}

impl Change {
    pub(super) fn none(subscription: SubscriptionId, life: Life) -> Self {
        Self { subscription, takes_effect: None, facts: Facts::default(), life }
    }
}

impl Writer<'_> {
    /// A customer's subscriptions.
    ///
    /// # Errors
    /// When the ledger can't be read.
    pub fn subscriptions(&self, customer: CustomerId) -> Result<Vec<SubscriptionRow>, LedgerError> {
        subscription::of(&self.tx, Some(customer)).map_err(|e| e.at(self.path))
    }

    /// Subscribes a customer to a product version; until the product's next subscription, if one starts later. Nothing
    /// changes when the same subscription is there already.
    ///
    /// # Errors
    /// When the customer holds the product at that time in another version, quantity or span, or the amounts for so many
    /// seats are too large.
    pub fn subscribe(
        &mut self,
        engine: &mut Engine,
        customer: &CustomerRow,
        terms: NewTerms,
    ) -> Result<Change, LedgerError> {
        let (who, at) = (&customer.external_id, terms.at);
        let product = engine.version(terms.version).product.clone();
        let mut life = self.life(customer.id, engine)?;
        let mut until: Option<Instant> = None;
        for held in self.subscriptions(customer.id)?.iter().filter(|s| s.product == product) {
            if held.ended_at.is_some_and(|end| end <= at) {
                continue;
            }
            if held.started_at > at {
                until = Some(until.map_or(held.started_at, |end| end.min(held.started_at)));
                continue;
            }
            let same = held.version_id == terms.version && held.quantity == terms.quantity;
            if held.ended_at.is_none() && same {
                return Ok(Change::none(held.id, life));
            }
            let (from, until) = (held.started_at, held.ended_at);
            let held = WhyNot::Held { version: held.version, quantity: held.quantity, from, until };
            return Err(refused(who, &product, held));
        }
        let mut facts = Facts::default();
        let id = engine.subscribe(&mut life, terms, until, &mut facts).map_err(|e| refused(who, &product, e.into()))?;
        self.changed(engine, (id, at), life, facts)
    }

    /// Records a change that was made.
    pub(super) fn changed(
        &mut self,
        engine: &Engine,
        (subscription, at): (SubscriptionId, Instant),
        mut life: Life,
        mut facts: Facts,
    ) -> Result<Change, LedgerError> {
        let told = facts.clone();
        self.record(engine, &mut life, &mut facts)?;
        Ok(Change { subscription, takes_effect: Some(at), facts: told, life })
    }

    /// All that a customer ever held of a product.
    pub(super) fn held_ever(&self, customer: &CustomerRow, product: &str) -> Result<Vec<SubscriptionRow>, LedgerError> {
        let (own, others): (Vec<_>, Vec<_>) =
            self.subscriptions(customer.id)?.into_iter().partition(|s| s.product == product);
        if !own.is_empty() {
            return Ok(own);
        }
        let mut known: Vec<String> = others.into_iter().map(|s| s.product).collect();
        known.dedup();
        Err(LedgerError::Unknown { kind: "subscription of that customer to", name: product.to_owned(), known })
    }

    /// The customer's subscription to a product that is there at `at`.
    fn held(&self, customer: &CustomerRow, product: &str, at: Instant) -> Result<SubscriptionRow, LedgerError> {
        let found = self.held_ever(customer, product)?.into_iter().rfind(|s| s.is_active(at));
        let who = &customer.external_id;
        found.ok_or_else(|| refused(who, product, WhyNot::NotHeld(at)))
    }

    /// The terms that a customer's subscription to `product` has at `at`.
    ///
    /// # Errors
    /// When the customer does not hold it then.
    pub fn terms(&self, customer: &CustomerRow, product: &str, at: Instant) -> Result<NewTerms, LedgerError> {
        let held = self.held(customer, product, at)?;
        Ok(NewTerms { version: held.version_id, quantity: held.quantity, at })
    }

    /// Changes the terms of a customer's subscription to `product`, or plans that as things stand at `now`. Nothing changes
    /// when it has those terms, or will have them by then.
    ///
    /// # Errors
    /// When it is not active at `terms.at`, has been changed already, can't be paid, or the customer's time has passed.
    pub fn change_subscription(
        &mut self,
        engine: &mut Engine,
        customer: &CustomerRow,
        product: &str,
        terms: NewTerms,
        (when, now): (When, Instant),
    ) -> Result<Change, LedgerError> {
        let who = &customer.external_id;
        let held = self.held(customer, product, terms.at)?;
        let all = self.subscriptions(customer.id)?;
        let mut life = self.life(customer.id, engine)?;
        let same = |s: &SubscriptionRow| s.version_id == terms.version && s.quantity == terms.quantity;
        let next = all.iter().find(|s| s.origin == held.origin && s.id > held.id);
        match (next, when) {
            (None, _) if same(&held) => return Ok(Change::none(held.id, life)),
            (Some(next), When::PeriodEnd) if same(next) => return Ok(Change::none(next.id, life)),
            (Some(next), When::Later) if same(next) && next.started_at == terms.at => {
                return Ok(Change::none(next.id, life));
            }
            _ => {}
        }
        let other = &engine.version(terms.version).product;
        let holds = |s: &&SubscriptionRow| {
            s.product == *other && s.origin != held.origin && s.ended_at.is_none_or(|end| end > terms.at)
        };
        if let Some(there) = all.iter().find(holds) {
            return Err(refused(who, other, WhyNot::HeldAlready(there.started_at)));
        }
        let mut facts = Facts::default();
        let done = match when {
            When::Now => engine.change(&mut life, held.id, terms, &mut facts).map(|_| terms.at),
            When::Later => engine.change_later(&mut life, held.id, terms, now, &mut facts).map(|()| terms.at),
            When::PeriodEnd => engine.change_at_period_end(&mut life, held.id, terms, now, &mut facts),
        };
        let at = done.map_err(|error| refused(who, product, error.into()))?;
        let new = facts.subscriptions.last().map_or(held.id, |new| new.id);
        self.changed(engine, (new, at), life, facts)
    }

    /// Takes back an end or a change of the subscription that a customer holds at `at`, to which their time moves on first: what
    /// has come by then can't be taken back.
    ///
    /// # Errors
    /// When the customer does not hold the product then, nothing is to come, or they hold the product again after the end.
    pub fn resume(
        &mut self,
        engine: &mut Engine,
        customer: &CustomerRow,
        product: &str,
        at: Instant,
    ) -> Result<Change, LedgerError> {
        let who = &customer.external_id;
        let mut life = self.life(customer.id, engine)?;
        let mut facts = Facts::default();
        engine.advance(&mut life, at, &mut facts)?;
        let at = life.clock;
        let held = self.held(customer, product, at)?;
        let after = |s: &SubscriptionRow| s.origin != held.origin && s.started_at >= held.started_at;
        if let Some(again) = self.held_ever(customer, product)?.into_iter().find(after) {
            return Err(refused(who, product, WhyNot::HeldAgain(again.started_at)));
        }
        engine.resume(&mut life, held.id, at, &mut facts).map_err(|error| refused(who, product, error.into()))?;
        self.changed(engine, (held.id, at), life, facts)
    }
}

pub(super) fn refused(customer: &str, product: &str, why: WhyNot) -> LedgerError {
    match why {
        WhyNot::Terms(SubscriptionError::Life(error)) => error.into(),
        why => Box::new(NotSubscribed { customer: customer.to_owned(), product: product.to_owned(), why }).into(),
    }
}

/// The version a product reference means: the default one, or the one after `@`.
///
/// # Errors
/// When there is no such product or version, or it is archived and no version was named.
pub fn resolve_version(
    published: &Published,
    engine: &Engine,
    product: &str,
    version: Option<VersionNumber>,
) -> Result<VersionId, LedgerError> {
    let unknown = |kind, name: String, known: Vec<String>| LedgerError::Unknown { kind, name, known };
    let Some(found) = published.product(product) else {
        let known = published.products.iter().map(|p| p.product.code.clone()).collect();
        return Err(unknown("product", product.to_owned(), known));
    };
    if found.archived && version.is_none() {
        return Err(LedgerError::Archived(product.to_owned()));
    }
    let number = version.unwrap_or(found.version);
    let id = engine.versions().find(|(_, v)| v.product == product && v.number == number).map(|(id, _)| id);
    let known = || (1..=found.version.number()).map(|v| format!("{product}@{v}")).collect();
    id.ok_or_else(|| unknown("product version", format!("{product}@{number}"), known()))
}
