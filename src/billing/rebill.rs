//! Billing recorded events again, and settling the difference (docs/decisions.md, "Taking things back").
//!
//! All quantities of the events are taken out first; then the events are rated in the order of time. Up to the old fee the
//! old draws stand, also those of lots that are over. What is less returns as that of a void does; only then is what is more
//! authorised. Each event is taken back and recorded anew, so whatever adds events up is right.

use super::charge::{EventInput, FeesDue};
use super::engine::Engine;
use super::facts::{DenialFact, EndFact, EventFact, Facts, Status, SubscriptionFact};
use super::life::{Life, Subscription};
use super::settle::{Settled, Standing, Which};
use super::undone::{Past, Undone, UndoneFee};
use super::void::VoidError;
use crate::ids::{EventNumber, VersionId};
use crate::rating::Quantity;
use crate::time::Instant;
use smallvec::SmallVec;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

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
#[derive(Debug)]
pub struct Rebilled {
    /// The events that were recorded anew.
    again: Vec<(usize, EventFact)>,
    /// The events that were taken back for it.
    undone: Vec<Undone>,
    /// The number of the first fact, the customer's event before it, and when all of it is paid.
    first: EventNumber,
    previous: EventNumber,
    now: Instant,
    /// The events that stay as they were, because what they owe now can't be covered, each with the reason.
    pub uncovered: Vec<(usize, DenialFact)>,
    /// The events that stay as they were, because everything comes out the same.
    pub unchanged: Vec<usize>,
}

/// One of the facts that events become.
#[derive(Debug)]
pub struct Record {
    /// The event's place.
    pub place: usize,
    /// Whether it takes the event back.
    pub is_undone: bool,
    /// What is appended.
    pub fact: EventFact,
}

/// Why events can't be billed again.
#[derive(Debug)]
pub struct NotRebilled {
    /// The event that can't; none when it is the customer.
    pub place: Option<usize>,
    /// Why not.
    pub why: Box<VoidError>,
}

/// An event on its way.
struct Under<'a, 'e> {
    event: &'e Rebillable<'a>,
    undone: Undone,
    standing: SmallVec<[Standing; 1]>,
}

/// The events that go another way, as was seen when it was tried.
#[derive(Default)]
struct Known {
    /// Those that can't be covered.
    uncovered: BTreeMap<usize, DenialFact>,
    /// Those that are settled without their old overages.
    afresh: BTreeSet<usize>,
}

impl Known {
    fn len(&self) -> usize {
        self.uncovered.len() + self.afresh.len()
    }
}

/// What all attempts share.
struct Task<'a, 'e> {
    events: &'e [Rebillable<'a>],
    terms: &'e RebillTerms,
}

impl Rebilled {
    /// How many events were recorded anew.
    pub fn count(&self) -> usize {
        self.again.len()
    }

    /// The places of the events that were recorded anew.
    pub fn places(&self) -> impl Iterator<Item = usize> {
        self.again.iter().map(|(place, _)| *place)
    }

    /// The places of the events that have no price.
    pub fn unpriced<'a>(&'a self, events: &'a [Rebillable<'_>]) -> impl Iterator<Item = usize> + 'a {
        let is_unpriced = |status: Status| matches!(status, Status::Unpriced(_));
        let again = self.again.iter().filter(move |(_, fact)| is_unpriced(fact.status)).map(|(place, _)| *place);
        again.chain(self.unchanged.iter().copied().filter(move |&place| is_unpriced(events[place].fact.status)))
    }

    /// What is appended for them: first what takes events back, then what stands for them now.
    pub fn records(self, events: &[Rebillable<'_>]) -> impl Iterator<Item = Record> {
        let mut seq = self.first;
        let (mut previous, now) = (self.previous, self.now);
        let undone = self.undone.into_iter().map(|undone| Record {
            place: undone.place,
            is_undone: true,
            fact: undone.fact(events[undone.place].fact),
        });
        let again = self.again.into_iter().map(|(place, fact)| Record { place, is_undone: false, fact });
        undone.chain(again).map(move |record| {
            let own = seq.take_next();
            let fact = EventFact {
                seq: own,
                previous: std::mem::replace(&mut previous, own),
                posted_at: Some(now).filter(|now| *now > record.fact.occurred_at),
                ..record.fact
            };
            Record { fact, ..record }
        })
    }
}

impl Engine {
    /// Bills events of one customer again, at the instant that the life has come to. Nothing changes when everything comes
    /// out the same. The lots that the events drew on must be in the life.
    ///
    /// # Errors
    /// See [`VoidError`]; nothing has changed.
    pub fn rebill(
        &mut self,
        life: &mut Life,
        events: &[Rebillable<'_>],
        terms: &RebillTerms,
        past: &mut Past,
        facts: &mut Facts,
    ) -> Result<Rebilled, NotRebilled> {
        let task = Task { events, terms };
        let (before, numbers, past_before) = (life.clone(), self.numbers, past.clone());
        // What can't be covered is not taken out at all; the others are rated on top of it.
        let mut known = Known::default();
        loop {
            let (mut own, count) = (Facts::default(), known.len());
            let attempt = self.attempt(&task, &mut known, life, past, &mut own);
            if matches!(&attempt, Ok(done) if known.len() == count && done.count() > 0) {
                facts.append(own);
            } else {
                (*life, self.numbers) = (before.clone(), numbers);
                past.clone_from(&past_before);
            }
            let done = attempt?;
            if known.len() == count {
                return Ok(Rebilled { uncovered: known.uncovered.into_iter().collect(), ..done });
            }
        }
    }

    /// Bills all events but those that are known not to be covered. If more turn out not to be, they are noted, and the attempt
    /// is discarded.
    fn attempt(
        &mut self,
        task: &Task<'_, '_>,
        known: &mut Known,
        life: &mut Life,
        past: &mut Past,
        facts: &mut Facts,
    ) -> Result<Rebilled, NotRebilled> {
        let at = |place| move |why: VoidError| NotRebilled { place: Some(place), why: why.into() };
        let of_customer = |why: VoidError| NotRebilled { place: None, why: why.into() };
        self.advance(life, life.clock, facts).map_err(|error| of_customer(error.into()))?;
        let (previous, owed) = (life.last_event, self.owed(life));
        let mut chosen: Vec<usize> =
            (0..task.events.len()).filter(|place| !known.uncovered.contains_key(place)).collect();
        chosen.sort_by_key(|&place| Reverse(task.events[place].fact.seq));
        let mut under = Vec::with_capacity(chosen.len());
        let mut owing = None;
        for place in chosen {
            under.push(self.take_out(life, task, place, past, facts).map_err(at(place))?);
            owing = owing.or_else(|| self.owes_too_much(life, &owed).then_some(place));
        }
        under.sort_by_key(|own| (own.event.fact.occurred_at, own.event.fact.seq));
        let counters = life.counters.clone();
        for own in &mut under {
            self.rate_again(life, own, task, known, past, facts).map_err(at(own.undone.place))?;
        }
        life.counters = counters;
        self.expire_returned(life, past, facts).map_err(|overflow| of_customer(overflow.into()))?;
        let (mut again, mut count) = (Vec::with_capacity(under.len()), self.numbers.event);
        let mut short = Vec::new();
        for own in &mut under {
            let billed = self.bill_again(life, own, (task, known, &mut short), count, past, facts);
            if let Some(fact) = billed.map_err(at(own.undone.place))? {
                again.push((own.undone.place, fact));
                count.take_next();
            }
        }
        let mut done = Rebilled {
            again,
            undone: Vec::new(),
            first: self.numbers.event,
            previous,
            now: life.clock,
            uncovered: Vec::new(),
            unchanged: Vec::new(),
        };
        let is_same = |(place, fact): &(usize, EventFact)| {
            let own = &task.events[*place];
            !own.is_voided && comes_out_the_same(own.fact, fact)
        };
        if done.again.iter().all(is_same) {
            done.unchanged = done.again.drain(..).map(|(place, _)| place).collect();
            return Ok(done);
        }
        let mut undone: Vec<Undone> =
            under.into_iter().filter(|own| !own.event.is_voided).map(|own| own.undone).collect();
        undone.sort_by_key(|own| Reverse(task.events[own.place].fact.seq));
        done.undone = undone;
        let first = done.again.first().map(|(place, _)| *place);
        self.record_again(life, &done, past, facts).map_err(|why| NotRebilled {
            place: first.filter(|_| matches!(why, VoidError::Full(_))),
            why: why.into(),
        })?;
        if self.owes_too_much(life, &owed) {
            if !short.is_empty() {
                known.uncovered.extend(short);
                return Ok(done);
            }
            return Err(NotRebilled { place: owing, why: VoidError::Spent.into() });
        }
        Ok(done)
    }

    /// Numbers what was billed again. What came back is used like any credit.
    fn record_again(
        &mut self,
        life: &mut Life,
        done: &Rebilled,
        past: &mut Past,
        facts: &mut Facts,
    ) -> Result<(), VoidError> {
        self.expire_returned(life, past, facts)?;
        let before = done.undone.len() as i64;
        for event in facts.topups.iter_mut().filter_map(|topup| topup.event.as_mut()) {
            *event = EventNumber::from_number(event.number() + before);
        }
        for _ in 0..done.undone.len() + done.again.len() {
            life.last_event = self.numbers.event.take_next();
        }
        self.use_returned(life, facts)
    }

    /// Takes what an event counted out of the quantities so far. Where a total may fall, its draws return at once; others
    /// stand until it is known what the event owes now.
    fn take_out<'a, 'e>(
        &self,
        life: &mut Life,
        task: &Task<'a, 'e>,
        place: usize,
        past: &mut Past,
        facts: &mut Facts,
    ) -> Result<Under<'a, 'e>, VoidError> {
        let event = &task.events[place];
        let mut fees = SmallVec::new();
        if !event.is_voided && event.fact.status == Status::Charged {
            for (fee, quantity) in event.fact.fees.iter().zip(event.quantities).rev() {
                let place = self.place(life, fee, event.fact.occurred_at)?;
                let before = self.uncount(life, &place, fee, quantity)?;
                let mut draws = None;
                if place.usage.pricing_model.may_fall() {
                    let mut undone = fee.clone();
                    self.return_draws(life, &place, (fee, &mut undone), past, facts)?;
                    draws = Some(undone.draws.into_vec().into());
                }
                fees.push(UndoneFee { before, draws });
            }
            fees.reverse();
        }
        Ok(Under { event, undone: Undone { place, fees }, standing: SmallVec::new() })
    }

    /// Whether one of these versions of the products that a customer had makes a fee of an event.
    pub fn has_price(&mut self, life: &Life, input: EventInput<'_>, versions: &[VersionId]) -> bool {
        let held = life.subscriptions.iter().filter(|own| own.is_active(input.occurred_at)).map(|own| own.version);
        held.collect::<Vec<_>>().into_iter().any(|held| {
            let product = &self.version(held).product;
            let Some(&latest) = versions.iter().find(|&&id| self.version(id).product == *product) else { return false };
            self.learn_match(latest, input.shape_id, input.shape);
            self.known_match(latest, input.shape_id).is_some_and(|matched| !matched.prices.is_empty())
        })
    }

    /// What an event owes now.
    fn due_again(
        &mut self,
        life: &mut Life,
        event: &Rebillable<'_>,
        terms: &RebillTerms,
        facts: &mut Facts,
    ) -> Result<(FeesDue, Status), VoidError> {
        let held = self.held_under(life, terms, event.fact, facts);
        let (due, miss) = self.fees_due_under(life, event.input, &held)?;
        Ok((due, miss.map_or(Status::Charged, Status::Unpriced)))
    }

    /// Finds what stands of an event. The rest returns, so that it may pay for others.
    fn rate_again(
        &mut self,
        life: &mut Life,
        own: &mut Under<'_, '_>,
        task: &Task<'_, '_>,
        known: &Known,
        past: &mut Past,
        facts: &mut Facts,
    ) -> Result<(), VoidError> {
        let (due, _) = self.due_again(life, own.event, task.terms, facts)?;
        due.terms.iter().for_each(|terms| life.counters.set(&terms.counter.0, terms.counter.1));
        let keeps_overages = !known.afresh.contains(&own.undone.place);
        let undone = Some(&mut own.undone.fees[..]).filter(|_| !own.event.is_voided);
        let old = (own.event.fact, undone);
        own.standing = self.let_stand(life, old, &due, (Which::Steady, keeps_overages), past, facts)?;
        Ok(())
    }

    /// Bills one event again. `None`, and it is known, when it can't be as it was tried. Under a price that may fall others
    /// may give back what it lacks, so it is `short` then, and owes that until all are billed.
    fn bill_again(
        &mut self,
        life: &mut Life,
        own: &mut Under<'_, '_>,
        (task, known, short): (&Task<'_, '_>, &mut Known, &mut Vec<(usize, DenialFact)>),
        seq: EventNumber,
        past: &mut Past,
        facts: &mut Facts,
    ) -> Result<Option<EventFact>, VoidError> {
        let (place, fact, input) = (own.undone.place, own.event.fact, own.event.input);
        let costs = self.costs(input).map_err(VoidError::from)?;
        let (mut due, status) = self.due_again(life, own.event, task.terms, facts)?;
        let mut standing = std::mem::take(&mut own.standing);
        let may_fall = due.terms.iter().any(|terms| terms.may_fall);
        if may_fall {
            let falling = self.let_stand(life, (fact, None), &due, (Which::Falling, false), past, facts)?;
            let falls = |place: &usize| due.terms[*place].may_fall;
            (0..standing.len()).filter(falls).for_each(|place| standing[place] = falling[place].clone());
        }
        match self.take_more(life, &mut due, &mut standing, may_fall, seq, facts)? {
            Settled::Charged => {}
            Settled::Owed(why) => short.push((place, why)),
            Settled::Uncovered(why) => {
                known.uncovered.insert(place, why);
                if !own.event.is_voided && fact.status == Status::Charged {
                    // It stays counted.
                    due.terms.iter().for_each(|terms| life.counters.set(&terms.counter.0, terms.counter.1));
                }
                return Ok(None);
            }
            Settled::Afresh => {
                known.afresh.insert(place);
                return Ok(None);
            }
        }
        Ok(Some(EventFact {
            // Number, place in the chain and time of payment are given when all are billed.
            seq,
            customer: life.customer,
            shape: input.shape_id,
            occurred_at: fact.occurred_at,
            posted_at: None,
            status,
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
        facts.ends.push(EndFact { subscription: id, ended_at: Some(ended_at), asked_at: None });
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
