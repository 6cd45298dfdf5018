//! What commands do to a customer, as values: so that it can be done again.

use super::engine::Engine;
use super::facts::Facts;
use super::failure::LifeError;
use super::life::{AutoTopupRule, Life};
use super::money_in::{Adjustment, MoneyError, NewTopup};
use super::subscription::{NewTerms, SubscriptionError};
use crate::ids::{AssetId, SubscriptionId};
use crate::time::Instant;
use thiserror::Error;

/// What a command did to a customer, beside usage events and what is done to those. Subscriptions keep their numbers, by
/// which later steps name them.
#[derive(Debug, Clone)]
pub enum Step {
    /// A subscription was made.
    Subscribe {
        /// The number that it has in the ledger.
        id: SubscriptionId,
        /// What it is to, and from when on.
        terms: NewTerms,
        /// Until when, if it ends.
        ended_at: Option<Instant>,
    },
    /// A subscription got other terms at once.
    Change {
        /// Its number before the change.
        id: SubscriptionId,
        /// The number that it has under its new terms.
        new: SubscriptionId,
        /// The new terms.
        terms: NewTerms,
    },
    /// Other terms were planned for a subscription.
    Plan {
        /// Its number until then.
        id: SubscriptionId,
        /// The number that it has under its new terms.
        new: SubscriptionId,
        /// The new terms, with the time that was asked for.
        terms: NewTerms,
        /// When it was planned.
        planned_at: Instant,
        /// Whether they begin when the period ends that is running at that time.
        at_period_end: bool,
    },
    /// A subscription was ended.
    Unsubscribe {
        /// The number of its latest terms.
        id: SubscriptionId,
        /// The time that was asked for.
        at: Instant,
        /// Whether it ends when the period does that is running at that time.
        at_period_end: bool,
    },
    /// An end or a change that was to come was taken back.
    Resume {
        /// The subscription that goes on.
        id: SubscriptionId,
        /// When it was taken back.
        at: Instant,
    },
    /// Money was paid in.
    TopUp(NewTopup),
    /// A balance was corrected.
    Adjust(Adjustment),
    /// The customer's own rule for automatic payments was set, or, without one, removed.
    Rule {
        /// The asset that is topped up.
        asset: AssetId,
        /// The rule, or none, so that the catalog's holds.
        rule: Option<AutoTopupRule>,
        /// When it was set.
        at: Instant,
    },
}

impl Step {
    /// What it is, in words for people and JSON.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Subscribe { .. } => "subscription",
            Self::Change { .. } | Self::Plan { .. } => "change of a subscription",
            Self::Unsubscribe { .. } => "end of a subscription",
            Self::Resume { .. } => "subscription resumed",
            Self::TopUp(_) => "top-up",
            Self::Adjust(_) => "adjustment",
            Self::Rule { .. } => "automatic top-up rule",
        }
    }
}

/// Why a step can't be taken.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum StepError {
    /// The subscription can't be so.
    #[error(transparent)]
    Subscription(SubscriptionError),
    /// The money can't come in.
    #[error(transparent)]
    Money(MoneyError),
    /// The customer's life can't go on. Nothing that has happened may be kept.
    #[error(transparent)]
    Life(#[from] LifeError),
}

impl From<SubscriptionError> for StepError {
    fn from(error: SubscriptionError) -> Self {
        match error {
            SubscriptionError::Life(error) => Self::Life(error),
            error => Self::Subscription(error),
        }
    }
}

impl From<MoneyError> for StepError {
    fn from(error: MoneyError) -> Self {
        match error {
            MoneyError::Life(error) => Self::Life(error),
            error => Self::Money(error),
        }
    }
}

impl Engine {
    /// Does to a customer what a command did.
    ///
    /// # Errors
    /// When it can't be taken; nothing has changed, not even the customer's time.
    pub fn take_step(&mut self, life: &mut Life, step: &Step, facts: &mut Facts) -> Result<(), StepError> {
        let (before, numbers) = (life.clone(), self.numbers);
        let mut own = Facts::default();
        let done = self.try_step(life, step, &mut own);
        match done {
            Ok(()) => facts.append(own),
            Err(_) => (*life, self.numbers) = (before, numbers),
        }
        done
    }

    fn try_step(&mut self, life: &mut Life, step: &Step, facts: &mut Facts) -> Result<(), StepError> {
        match step {
            Step::Subscribe { id, terms, ended_at } => {
                self.numbers.subscription = *id;
                self.subscribe(life, *terms, *ended_at, facts)?;
            }
            Step::Change { id, new, terms } => {
                self.numbers.subscription = *new;
                self.change(life, *id, *terms, facts)?;
            }
            Step::Plan { id, new, terms, planned_at, at_period_end } => {
                self.numbers.subscription = *new;
                match at_period_end {
                    true => drop(self.change_at_period_end(life, *id, *terms, *planned_at, facts)?),
                    false => self.change_later(life, *id, *terms, *planned_at, facts)?,
                }
            }
            Step::Unsubscribe { id, at, at_period_end: true } => {
                self.unsubscribe_at_period_end(life, *id, *at, facts)?;
            }
            Step::Unsubscribe { id, at, .. } => self.unsubscribe(life, *id, *at, facts)?,
            Step::Resume { id, at } => self.resume(life, *id, *at, facts)?,
            Step::TopUp(new) => self.top_up(life, new.clone(), facts)?,
            Step::Adjust(new) => self.adjust(life, new.clone(), facts)?,
            Step::Rule { asset, rule, at } => self.set_rule(life, (*asset, rule.clone()), *at, facts)?,
        }
        Ok(())
    }
}
