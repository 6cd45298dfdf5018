//! Terms that hold from an instant on, in a ledger's history: each customer comes to them by themselves, as the first thing
//! that is done at that time or later, and then everything that they have is changed at once, unless only what begins
//! later has them.

use super::lane::{Lane, Stop};
use super::left_out::{LeftOut, WhyLeftOut};
use super::since::later;
use crate::billing::{Life, NewTerms, RebillTerms, Step, StepError, SubscriptionError};
use crate::ids::{CustomerIndex, SubscriptionId, VersionId};
use crate::time::Instant;

impl Lane {
    /// Takes a step, under the terms and the numbers that it has here.
    pub(super) fn step(&mut self, place: CustomerIndex, step: &Step) -> Result<(), Stop> {
        let comes_to = comes_to(step);
        self.come_to(place, comes_to)?;
        let Some(own) = self.own_step(place, step) else {
            return self.leave_out(place, step.name(), WhyLeftOut::NoSubscription);
        };
        if matches!(own, Step::TopUp(_) | Step::Adjust(_)) && self.waits_for_change(place, booked_at(&own)) {
            self.owns[place.place()].waiting.push(own);
            return Ok(());
        }
        match self.step_of(place, |engine, mine| engine.take_step(&mut mine.life, &own, &mut mine.produced)) {
            Ok(()) => self.renumber(place, step, &own),
            Err(StepError::Life(error)) => return Err(error.into()),
            Err(error) => self.leave_out(place, step.name(), error.into())?,
        }
        Ok(())
    }

    /// A customer's time is to come to an instant: from then on they have the later terms, if that is what they come to.
    pub(super) fn come_to(&mut self, place: CustomerIndex, at: Instant) -> Result<(), Stop> {
        match &self.later {
            Some(later) if at >= later.since.at && !self.owns[place.place()].has_changed => self.change_terms(place),
            _ => Ok(()),
        }
    }

    /// Everybody has come to the end of the history.
    pub(super) fn come_to_end(&mut self) -> Result<(), Stop> {
        let all: Vec<CustomerIndex> = CustomerIndex::each(&self.owns).map(|(place, _)| place).collect();
        all.into_iter().try_for_each(|place| self.come_to(place, Instant::MAX))
    }

    fn change_terms(&mut self, place: CustomerIndex) -> Result<(), Stop> {
        self.touch(place);
        let (Some(terms), own) = (&mut self.later, &mut self.owns[place.place()]) else { return Ok(()) };
        let since = terms.since;
        terms.before(&mut self.engine, |before| before.advance(&mut own.life, since.at, &mut own.produced))?;
        own.has_changed = true;
        own.life.sort_accounts(self.engine.burn_order());
        let held: Vec<_> = own.life.subscriptions.iter().filter(|own| own.is_active(since.at)).copied().collect();
        for held in held.iter().filter(|_| !since.only_new) {
            let new = NewTerms { version: later(held.version), quantity: held.quantity, at: since.at };
            match self.engine.change(&mut own.life, held.id, new, &mut own.produced) {
                Ok(id) => {
                    let all = terms.renumbered[place.place()].iter_mut();
                    all.filter(|(_, own)| *own == held.id).for_each(|(_, own)| *own = id);
                }
                Err(SubscriptionError::Life(error)) => return Err(error.into()),
                Err(refused) => {
                    let (customer, reason) = (own.life.customer, refused.into());
                    self.left_out.push(LeftOut { step: "change of terms", customer, reason });
                }
            }
        }
        let own = &mut self.owns[place.place()];
        self.engine.refresh_due(&mut own.life);
        std::mem::take(&mut own.waiting).iter().try_for_each(|step| self.step(place, step))
    }

    /// Whether something is booked from the instant on at which a customer's terms change, and they have not: everybody
    /// changes first, so that what is past due is paid under the later terms.
    fn waits_for_change(&self, place: CustomerIndex, at: Instant) -> bool {
        let is_later = self.later.as_ref().is_some_and(|later| at >= later.since.at);
        is_later && !self.owns[place.place()].has_changed
    }

    /// Under which of its terms a customer's events are billed again here.
    pub(super) fn rebill_terms(&self, place: CustomerIndex, terms: &RebillTerms) -> RebillTerms {
        match terms {
            RebillTerms::Latest(versions) if self.owns[place.place()].has_changed => {
                RebillTerms::Latest(versions.iter().map(|&version| later(version)).collect())
            }
            same => same.clone(),
        }
    }

    /// A step under the versions and numbers that it has here; none when its subscription is not there.
    fn own_step(&self, place: CustomerIndex, step: &Step) -> Option<Step> {
        let Some(terms) = &self.later else { return Some(step.clone()) };
        let (life, next) = (&self.owns[place.place()].life, self.engine.numbers.subscription);
        let number = |id: SubscriptionId| {
            let all = &terms.renumbered[place.place()];
            all.iter().find(|(ledger, _)| *ledger == id).map(|(_, own)| *own)
        };
        let has_changed = self.owns[place.place()].has_changed;
        let changed =
            |id, new: NewTerms| NewTerms { version: changed_version(life, id, new.version, has_changed), ..new };
        Some(match step.clone() {
            Step::Subscribe { terms: new, ended_at, .. } => {
                let version = if new.at >= terms.since.at { later(new.version) } else { new.version };
                Step::Subscribe { id: next, terms: NewTerms { version, ..new }, ended_at }
            }
            Step::Change { id, terms, .. } => {
                let id = number(id)?;
                Step::Change { id, new: next, terms: changed(id, terms) }
            }
            Step::Plan { id, terms, planned_at, at_period_end, .. } => {
                let id = number(id)?;
                Step::Plan { id, new: next, terms: changed(id, terms), planned_at, at_period_end }
            }
            Step::Unsubscribe { id, at, at_period_end } => Step::Unsubscribe { id: number(id)?, at, at_period_end },
            Step::Resume { id, at } => Step::Resume { id: number(id)?, at },
            other => other,
        })
    }

    /// Notes the number that a subscription got here.
    fn renumber(&mut self, place: CustomerIndex, step: &Step, own: &Step) {
        let Some(terms) = &mut self.later else { return };
        let made = |step: &Step| match step {
            Step::Subscribe { id, .. } => Some(*id),
            Step::Change { new, .. } | Step::Plan { new, .. } => Some(*new),
            _ => None,
        };
        terms.renumbered[place.place()].extend(made(step).zip(made(own)));
    }
}

/// The version of a change after the instant: a scenario's, unless a subscription that kept its version keeps it still.
fn changed_version(life: &Life, id: SubscriptionId, version: VersionId, has_changed: bool) -> VersionId {
    let keeps = life.subscriptions.iter().any(|own| own.id == id && own.version == version);
    if keeps || !has_changed { version } else { later(version) }
}

/// The time that a step brings its customer to, or is judged at. Payments are booked without it, and so are ends to come.
fn comes_to(step: &Step) -> Instant {
    match step {
        Step::Subscribe { terms, .. } | Step::Change { terms, .. } => terms.at,
        Step::Plan { planned_at, .. } => *planned_at,
        Step::Unsubscribe { at, at_period_end: true, .. } | Step::Resume { at, .. } | Step::Rule { at, .. } => *at,
        Step::Adjust(new) if new.amount.is_negative() => new.at,
        Step::Unsubscribe { .. } | Step::TopUp(_) | Step::Adjust(_) => Instant::EPOCH,
    }
}

fn booked_at(step: &Step) -> Instant {
    match step {
        Step::TopUp(new) => new.at,
        Step::Adjust(new) => new.at,
        _ => Instant::EPOCH,
    }
}
