//! Billing recorded events again, and settling the difference (docs/decisions.md, "Taking things back").
//!
//! All quantities of the events are taken out first; then the events are rated in the order of time. Up to the old fee the
//! old draws stand, also those of lots that are over. What is more is authorised now, what is less returns as that of a void
//! does. Each event is taken back and recorded anew, so whatever adds events up is right.

use super::charge::EventInput;
use super::engine::Engine;
use super::facts::{EndFact, EventFact, Facts, Status, SubscriptionFact};
use super::life::{Life, Subscription};
use super::settle::Old;
use super::void::VoidError;
use crate::ids::{EventNumber, VersionId};
use crate::rating::Quantity;
use crate::wallet::Repayment;
use smallvec::SmallVec;
use std::collections::BTreeSet;

/// A recorded event that is to be billed again.
#[derive(Debug)]
pub struct Rebillable<'a> {
    /// What became of it. It takes no other event back.
    pub fact: &'a EventFact,
    /// Whether it was taken back already.
    pub is_voided: bool,
    /// What each of its fees counted.
    pub quantities: &'a [Quantity],
    /// The same event, as billing takes it now.
    pub input: EventInput<'a>,
}

/// Under which terms events are billed again.
#[derive(Debug, Clone)]
pub enum RebillTerms {
    /// Those that held when the event happened, or that it was billed under last.
    Then,
    /// These versions, instead of others of the same products.
    Latest(Vec<VersionId>),
}

/// What billing events of one customer again came to: places among the events that were given.
#[derive(Debug, Default)]
pub struct Rebilled {
    /// The events that were taken back, in the order of `facts.events`, where they come first.
    pub undone: Vec<usize>,
    /// The events that were recorded anew, in the order of `facts.events`, where they come after these.
    pub again: Vec<usize>,
    /// The events that stay as they were, because what they owe now can't be covered.
    pub uncovered: Vec<usize>,
    /// The events that stay as they were, because everything comes out the same.
    pub unchanged: Vec<usize>,
}

/// An event on its way.
struct Under<'a, 'e> {
    place: usize,
    event: &'e Rebillable<'a>,
    /// What takes the old record back; none where that has happened.
    undone: Option<EventFact>,
}

impl Engine {
    /// Bills events of one customer again, at the instant that the life has come to. Nothing changes when everything comes
    /// out the same. The lots that the events drew on must be in the life. `repayments` is that of [`super::Voidable`].
    ///
    /// # Errors
    /// See [`VoidError`]; nothing has changed.
    pub fn rebill(
        &mut self,
        life: &mut Life,
        events: &[Rebillable<'_>],
        terms: &RebillTerms,
        repayments: &mut Vec<Repayment>,
        facts: &mut Facts,
    ) -> Result<Rebilled, VoidError> {
        let (before, numbers, repaid) = (life.clone(), self.numbers, repayments.clone());
        // What can't be covered is not taken out at all; the others are rated on top of it.
        let mut uncovered = BTreeSet::new();
        loop {
            let mut own = Facts::default();
            let attempt = self.rebill_all_but(&uncovered, life, events, terms, repayments, &mut own);
            if matches!(&attempt, Ok(Ok(done)) if !done.again.is_empty()) {
                facts.append(own);
            } else {
                (*life, self.numbers) = (before.clone(), numbers);
                repayments.clone_from(&repaid);
            }
            match attempt? {
                Ok(done) => return Ok(Rebilled { uncovered: uncovered.into_iter().collect(), ..done }),
                Err(place) => drop(uncovered.insert(place)),
            }
        }
    }

    /// Bills all events but those that can't be covered. The place of one more of these, if there is one.
    fn rebill_all_but(
        &mut self,
        uncovered: &BTreeSet<usize>,
        life: &mut Life,
        events: &[Rebillable<'_>],
        terms: &RebillTerms,
        repayments: &mut [Repayment],
        facts: &mut Facts,
    ) -> Result<Result<Rebilled, usize>, VoidError> {
        self.advance(life, life.clock, facts)?;
        let mut chosen: Vec<usize> = (0..events.len()).filter(|place| !uncovered.contains(place)).collect();
        chosen.sort_by_key(|&place| std::cmp::Reverse(events[place].fact.seq));
        let mut under = Vec::with_capacity(chosen.len());
        for place in chosen {
            let event = &events[place];
            let undone = (!event.is_voided).then(|| self.take_out(life, event, repayments, facts)).transpose()?;
            under.push(Under { place, event, undone });
        }
        let undone = under.iter().filter(|own| own.undone.is_some()).count() as i64;
        let mut seq = EventNumber::from_number(self.numbers.event.number() + undone);
        let mut order: Vec<usize> = (0..under.len()).collect();
        order.sort_by_key(|&index| (under[index].event.fact.occurred_at, under[index].event.fact.seq));
        let (mut again, mut places) = (Vec::new(), Vec::new());
        for index in order {
            let own = &mut under[index];
            match self.bill_again(life, own, terms, seq.take_next(), repayments, facts)? {
                Some(fact) => again.push(fact),
                None => return Ok(Err(own.place)),
            }
            places.push(own.place);
        }
        let is_same = |(fact, &place): (&EventFact, &usize)| {
            !events[place].is_voided && comes_out_the_same(events[place].fact, fact)
        };
        if again.iter().zip(&places).all(is_same) {
            return Ok(Ok(Rebilled { unchanged: places, ..Rebilled::default() }));
        }
        let undone: Vec<(usize, EventFact)> = under.into_iter().filter_map(|u| Some((u.place, u.undone?))).collect();
        let done =
            Rebilled { undone: undone.iter().map(|(place, _)| *place).collect(), again: places, ..Rebilled::default() };
        self.record_again(life, undone.into_iter().map(|(_, fact)| fact).chain(again), facts)?;
        Ok(Ok(done))
    }

    /// Notes what was billed again. What came back is used like any credit.
    fn record_again(
        &mut self,
        life: &mut Life,
        events: impl Iterator<Item = EventFact>,
        facts: &mut Facts,
    ) -> Result<(), VoidError> {
        let now = life.clock;
        self.expire_returned(life, facts);
        for fact in events {
            let seq = self.numbers.event.take_next();
            let previous = std::mem::replace(&mut life.last_event, seq);
            let posted_at = Some(now).filter(|now| *now > fact.occurred_at);
            facts.events.push(EventFact { seq, previous, posted_at, ..fact });
        }
        for asset in life.accounts.assets() {
            self.repay(life, asset, facts);
        }
        Ok(self.use_credit(life, facts)?)
    }

    /// Takes what an event counted out of the quantities so far. Where a total may fall, its draws return at once; others
    /// stand until it is known what the event owes now. Returns what takes the event back.
    fn take_out(
        &self,
        life: &mut Life,
        event: &Rebillable<'_>,
        repayments: &mut [Repayment],
        facts: &mut Facts,
    ) -> Result<EventFact, VoidError> {
        let mut undone = event.fact.mirrored();
        undone.voids = Some(event.fact.seq);
        if event.fact.status == Status::Charged {
            let fees = event.fact.fees.iter().zip(&mut undone.fees).zip(event.quantities);
            for ((fee, undone), quantity) in fees.rev() {
                let place = self.place(life, fee, event.fact.occurred_at)?;
                undone.before = self.uncount(life, &place, fee, quantity)?;
                if place.usage.pricing_model.may_fall() {
                    self.return_draws(life, &place, (fee, undone), repayments, facts)?;
                }
            }
        }
        Ok(undone)
    }

    /// Bills one event again. `None` when what it owes can't be covered.
    fn bill_again(
        &mut self,
        life: &mut Life,
        own: &mut Under<'_, '_>,
        terms: &RebillTerms,
        seq: EventNumber,
        repayments: &mut [Repayment],
        facts: &mut Facts,
    ) -> Result<Option<EventFact>, VoidError> {
        let (fact, input) = (own.event.fact, own.event.input);
        let costs = self.costs(input)?;
        let held = self.held_under(life, terms, fact, facts);
        let (mut due, miss) = self.fees_due_under(life, input, &held)?;
        let old = Old { fact, undone: own.undone.as_mut() };
        if !self.settle_with_old(life, old, &mut due, seq, repayments, facts)? {
            return Ok(None);
        }
        Ok(Some(EventFact {
            // Number, place in the chain and time of payment are given when all are billed.
            seq,
            customer: life.customer,
            shape: input.shape_id,
            occurred_at: fact.occurred_at,
            posted_at: None,
            status: miss.map_or(Status::Charged, Status::Unpriced),
            previous: EventNumber::NONE,
            costs,
            fees: due.fees,
            voids: None,
        }))
    }

    /// The subscriptions that an event is billed under. Other terms than those that held are terms of the same line which
    /// are over as they begin: so nothing but the event is ever billed under them.
    fn held_under(
        &mut self,
        life: &mut Life,
        terms: &RebillTerms,
        fact: &EventFact,
        facts: &mut Facts,
    ) -> SmallVec<[Subscription; 1]> {
        let mut held: SmallVec<[Subscription; 1]> =
            life.subscriptions.iter().filter(|own| own.is_active(fact.occurred_at)).copied().collect();
        let RebillTerms::Latest(versions) = terms else {
            // Those that it was billed under last, if it was billed again before.
            let is_billed = |own: &&Subscription| fact.fees.iter().any(|fee| fee.subscription == own.id);
            for own in &mut held {
                let once = |other: &&Subscription| other.origin == own.origin && other.ended_at <= other.started_at;
                if let Some(last) = life.subscriptions.iter().filter(is_billed).find(once) {
                    *own = *last;
                }
            }
            return held;
        };
        for own in &mut held {
            let product = &self.version(own.version).product;
            let latest = versions.iter().copied().find(|&version| self.version(version).product == *product);
            if let Some(version) = latest.filter(|&version| version != own.version) {
                *own = self.terms_for_once(life, &Subscription { version, ended_at: own.started_at, ..*own }, facts);
            }
        }
        held
    }

    /// Terms that were made for this before, or are made now.
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
        facts.ends.push(EndFact { subscription: id, ended_at: Some(ended_at), period_of: None });
        life.subscriptions.push(own);
        own
    }
}

/// Whether an event that was billed again owes what it owed.
fn comes_out_the_same(old: &EventFact, new: &EventFact) -> bool {
    let told = |event: &EventFact| {
        let fee = |f: &super::FeeFact| (f.subscription, f.price, f.row, f.amount, f.value, f.overage);
        event.fees.iter().map(fee).collect::<Vec<_>>()
    };
    old.status == new.status && old.costs == new.costs && told(old) == told(new)
}
