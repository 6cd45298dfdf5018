//! The terms that an event is billed under again.

use super::engine::Engine;
use super::facts::{EndFact, EventFact, Facts, SubscriptionFact};
use super::fees::EventInput;
use super::life::{Life, Subscription};
use crate::ids::VersionId;
use smallvec::SmallVec;

/// The terms that events are billed under again.
#[derive(Debug, Clone)]
pub enum RebillTerms {
    /// Those that held when the event happened, or that it was last billed under.
    Then,
    /// These versions, instead of others of the same products.
    Latest(Vec<VersionId>),
}

impl Engine {
    /// Whether one of these versions of the products that a customer had makes a fee of an event.
    pub fn has_price(&mut self, life: &Life, input: EventInput<'_>, versions: &[VersionId]) -> bool {
        let held = life.subscriptions.iter().filter(|own| own.is_active(input.occurred_at)).map(|own| own.version);
        held.collect::<Vec<_>>().into_iter().any(|held| {
            let product = &self.version(held).product;
            let Some(&latest) = versions.iter().find(|&&id| self.version(id).product == *product) else { return false };
            self.learn_match(latest, input.shape_id, input.shape);
            self.known_match(latest, input.shape_id).is_some_and(|matched| matched.has_fee(input.volumes))
        })
    }

    /// The subscriptions that an event is billed under. Terms other than those that held are made as terms of the same line
    /// that end as they begin, so that nothing else is ever billed under them.
    pub(super) fn held_under(
        &mut self,
        life: &mut Life,
        terms: &RebillTerms,
        fact: &EventFact,
        facts: &mut Facts,
    ) -> SmallVec<[Subscription; 1]> {
        let mut held: SmallVec<[Subscription; 1]> =
            life.subscriptions.iter().filter(|own| own.is_active(fact.occurred_at)).copied().collect();
        for own in &mut held {
            let latest = match terms {
                RebillTerms::Then => None,
                // An archived product has no latest version.
                RebillTerms::Latest(versions) => {
                    let product = &self.version(own.version).product;
                    versions.iter().copied().find(|&version| self.version(version).product == *product)
                }
            };
            *own = match latest {
                None => billed_last(life, own, fact).unwrap_or(*own),
                Some(version) if version == own.version => *own,
                Some(version) => {
                    self.terms_for_once(life, &Subscription { version, ended_at: own.started_at, ..*own }, facts)
                }
            };
        }
        held
    }

    /// Terms for a single event: the same that were made before, or new ones.
    fn terms_for_once(&mut self, life: &mut Life, wanted: &Subscription, facts: &mut Facts) -> Subscription {
        let is_same = |own: &&Subscription| Subscription { id: wanted.id, ..**own } == *wanted;
        if let Some(known) = life.subscriptions.iter().find(is_same) {
            return *known;
        }
        let own = Subscription { id: self.numbers.subscription.take_next(), ..*wanted };
        let Subscription { id, version, quantity, started_at, anchor, origin, ended_at } = own;
        let customer = life.customer;
        let planned_at = None;
        let new = SubscriptionFact { id, customer, version, quantity, started_at, anchor, origin, planned_at };
        facts.subscriptions.push(new);
        facts.ends.push(EndFact { subscription: id, ended_at: Some(ended_at), asked_at: None });
        life.subscriptions.push(own);
        own
    }
}

/// The terms of the same line that an event was billed under last, if those were made for it alone.
fn billed_last(life: &Life, own: &Subscription, fact: &EventFact) -> Option<Subscription> {
    let is_billed = |other: &&Subscription| fact.fees.iter().any(|fee| fee.subscription == other.id);
    let once = |other: &&Subscription| other.origin == own.origin && other.ended_at <= other.started_at;
    life.subscriptions.iter().filter(is_billed).find(once).copied()
}
