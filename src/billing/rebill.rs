//! Billing recorded events again, and settling the difference (docs/decisions.md, "Taking things back").
//!
//! First the quantities of all events are taken out; then the events are rated again in the order of time. Where the new fee
//! is lower, the difference returns as with a void. Only after that are higher fees authorised. Up to the old fee, the old
//! draws stay, even those on lots that have ended. Each event is taken back and recorded anew, so every sum of events stays
//! right.

use super::engine::Engine;
use super::facts::{DenialFact, EventFact, Facts, Status, Unpriced};
use super::fees::FeesDue;
use super::held::RebillTerms;
use super::life::Life;
use super::settle::{Before, Old, Settled, Standing, Which};
use super::undone::{Past, Rebillable, Undone, UndoneFee, VoidError};
use crate::ids::{AssetId, EventNumber};
use crate::money::Units;
use crate::time::Instant;
use smallvec::SmallVec;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// The result of billing events of one customer again. Places are those among the given events.
#[derive(Debug)]
pub struct Rebilled {
    /// The events that were recorded anew.
    again: Vec<(usize, EventFact)>,
    /// The events that were taken back for it.
    undone: Vec<Undone>,
    /// The number of the first record, the customer's event before it, and when all of it is paid.
    first: EventNumber,
    previous: EventNumber,
    now: Instant,
    /// The events that stay as they were because their new fees can't be covered, each with the reason.
    pub uncovered: Vec<(usize, DenialFact)>,
    /// The events that stay as they were because they come out the same.
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
    /// Why it can't.
    pub why: Box<VoidError>,
}

/// An event on its way.
struct Under<'a, 'e> {
    event: &'e Rebillable<'a>,
    undone: Undone,
    standing: SmallVec<[Standing; 1]>,
}

impl Under<'_, '_> {
    fn old(&mut self) -> Old<'_> {
        let Rebillable { fact, taken_back, .. } = self.event;
        Old { fact, taken_back: *taken_back, undone: &mut self.undone.fees }
    }
}

/// What earlier attempts have shown about some events.
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

    fn keeps_overages(&self, own: &Under<'_, '_>) -> bool {
        !self.afresh.contains(&own.undone.place)
    }
}

/// Events that lack something until all are billed, by their places.
type Short = Vec<(usize, DenialFact)>;

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

    /// The places of the events that have no price, each with the reason.
    pub fn unpriced<'a>(&'a self, events: &'a [Rebillable<'_>]) -> impl Iterator<Item = (usize, Unpriced)> + 'a {
        let again = self.again.iter().map(|(place, fact)| (*place, fact.status));
        let all = again.chain(self.unchanged.iter().map(|&place| (place, events[place].fact.status)));
        all.filter_map(|(place, status)| match status {
            Status::Unpriced(reason) => Some((place, reason)),
            _ => None,
        })
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
    /// Bills events of one customer again, as of the life's clock. If all of them come out the same, nothing changes. The
    /// lots that the events drew on must be in the life.
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

    /// Bills all events but those known not to be covered. If there turn out to be more of these, it notes them, and the
    /// caller discards the attempt.
    fn attempt(
        &mut self,
        task: &Task<'_, '_>,
        known: &mut Known,
        life: &mut Life,
        past: &mut Past,
        facts: &mut Facts,
    ) -> Result<Rebilled, NotRebilled> {
        self.advance(life, life.clock, facts).map_err(|error| of_customer(error.into()))?;
        let (previous, owed) = (life.last_event, self.owed(life));
        let (mut under, owing) = self.take_all_out(life, (task, known), &owed, past, facts)?;
        let (counters, ends) = (life.counters.clone(), past.ends.clone());
        for own in &mut under {
            self.rate_again(life, own, task, known, past, facts).map_err(of_event(own.undone.place))?;
        }
        (life.counters, past.ends) = (counters, ends);
        self.expire_returned(life, past, facts).map_err(of_customer)?;
        let (again, short) = self.bill_all_again(life, &mut under, (task, known), past, facts)?;
        let mut done = Rebilled {
            again,
            undone: Vec::new(),
            first: self.numbers.event,
            previous,
            now: life.clock,
            uncovered: Vec::new(),
            unchanged: Vec::new(),
        };
        if done.again.iter().all(|(place, fact)| task.events[*place].comes_out_as(fact)) {
            done.unchanged = done.again.drain(..).map(|(place, _)| place).collect();
            return Ok(done);
        }
        let undone = under.into_iter().filter(|own| !own.event.is_voided()).map(|own| own.undone);
        done.undone = undone.collect();
        done.undone.sort_by_key(|own| Reverse(task.events[own.place].fact.seq));
        let first = done.again.first().map(|(place, _)| *place);
        self.record_again(life, &done, past, facts).map_err(|why| NotRebilled {
            place: first.filter(|_| matches!(why, VoidError::Full(_))),
            why: why.into(),
        })?;
        match self.owes_too_much(life, &owed) {
            true if short.is_empty() => Err(NotRebilled { place: owing, why: VoidError::Spent.into() }),
            owes => {
                known.uncovered.extend(short.into_iter().filter(|_| owes));
                Ok(done)
            }
        }
    }

    /// Takes all events but those that can't be covered out of the quantities so far, from the latest to the first, and says
    /// after which of them the customer owed too much. They are given in the order of time.
    fn take_all_out<'a, 'e>(
        &self,
        life: &mut Life,
        (task, known): (&Task<'a, 'e>, &Known),
        owed: &[(AssetId, Units)],
        past: &mut Past,
        facts: &mut Facts,
    ) -> Result<(Vec<Under<'a, 'e>>, Option<usize>), NotRebilled> {
        let mut chosen: Vec<usize> =
            (0..task.events.len()).filter(|place| !known.uncovered.contains_key(place)).collect();
        chosen.sort_by_key(|&place| Reverse(task.events[place].fact.seq));
        let (mut under, mut owing) = (Vec::with_capacity(chosen.len()), None);
        for place in chosen {
            under.push(self.take_out(life, task, place, past, facts).map_err(of_event(place))?);
            owing = owing.or_else(|| self.owes_too_much(life, owed).then_some(place));
        }
        under.sort_by_key(|own| (own.event.fact.occurred_at, own.event.fact.seq));
        Ok((under, owing))
    }

    /// Bills the events in the order of time, and says which of them lack something until the others are billed.
    fn bill_all_again(
        &mut self,
        life: &mut Life,
        under: &mut [Under<'_, '_>],
        (task, known): (&Task<'_, '_>, &mut Known),
        past: &mut Past,
        facts: &mut Facts,
    ) -> Result<(Vec<(usize, EventFact)>, Short), NotRebilled> {
        let (mut again, mut short) = (Vec::with_capacity(under.len()), Short::new());
        let mut seq = self.numbers.event;
        for own in under {
            let billed = self.bill_again(life, own, (task, known, &mut short), seq, past, facts);
            if let Some(fact) = billed.map_err(of_event(own.undone.place))? {
                again.push((own.undone.place, fact));
                seq.take_next();
            }
        }
        Ok((again, short))
    }

    /// Numbers the new records. Credit that came back is used like any other.
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

    /// Takes an event's quantities out. Draws under a price whose total may fall return at once; others stay until the new
    /// fee is known.
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
        if !event.is_voided() && event.fact.status == Status::Charged {
            for (fee, quantity) in event.fact.fees.iter().zip(event.quantities).rev() {
                let place = self.place(life, fee, event.fact.occurred_at)?;
                let before = self.uncount(life, &place, fee, quantity)?;
                let mut draws = None;
                if place.usage.may_fall() {
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

    /// What an event owes now.
    fn due_again(
        &mut self,
        life: &mut Life,
        event: &Rebillable<'_>,
        terms: &RebillTerms,
        past: &mut Past,
        facts: &mut Facts,
    ) -> Result<(FeesDue, Status), VoidError> {
        let held = self.held_under(life, terms, event.fact, facts);
        let (mut due, miss) = self.fees_due_under(life, event.input, &held)?;
        self.at_places(life, event, &mut due, past)?;
        Ok((due, miss.map_or(Status::Charged, Status::Unpriced)))
    }

    /// Finds what stays of an event's draws. The rest returns, so that it can pay for other events.
    fn rate_again(
        &mut self,
        life: &mut Life,
        own: &mut Under<'_, '_>,
        task: &Task<'_, '_>,
        known: &Known,
        past: &mut Past,
        facts: &mut Facts,
    ) -> Result<(), VoidError> {
        let (due, _) = self.due_again(life, own.event, task.terms, past, facts)?;
        due.terms.iter().for_each(|terms| life.counters.set(&terms.counter.0, terms.counter.1));
        // What was taken back before takes its draws again when it is its turn: nothing of it stands.
        if !own.event.is_voided() {
            let which = (Which::Steady, known.keeps_overages(own));
            own.standing = self.let_stand(life, own.old(), &due, which, past, facts)?;
        }
        Ok(())
    }

    /// What stands of an event's draws now that it is its turn.
    fn stand_again(
        &mut self,
        life: &mut Life,
        own: &mut Under<'_, '_>,
        due: &FeesDue,
        known: &Known,
        past: &mut Past,
        facts: &mut Facts,
    ) -> Result<SmallVec<[Standing; 1]>, VoidError> {
        let keeps_overages = known.keeps_overages(own);
        let given = self.give_back_again(life, &own.old(), due, past, facts)?;
        let mut standing = match own.event.is_voided() {
            true => self.let_stand(life, own.old(), due, (Which::Steady, keeps_overages), past, facts)?,
            false => std::mem::take(&mut own.standing),
        };
        if due.may_fall() {
            let falling = self.let_stand(life, own.old(), due, (Which::Falling, keeps_overages), past, facts)?;
            let falls = |place: &usize| due.terms[*place].may_fall;
            (0..standing.len()).filter(falls).for_each(|place| standing[place] = falling[place].clone());
        }
        given.into_iter().for_each(|(place, given)| standing[place] = given);
        Ok(standing)
    }

    /// Bills one event again; `None` if this attempt can't, which it then notes in `known`. Under a price whose total may
    /// fall, later events may give back what this one lacks: it is added to `short`, and owes that until all are billed.
    fn bill_again(
        &mut self,
        life: &mut Life,
        own: &mut Under<'_, '_>,
        (task, known, short): (&Task<'_, '_>, &mut Known, &mut Short),
        seq: EventNumber,
        past: &mut Past,
        facts: &mut Facts,
    ) -> Result<Option<EventFact>, VoidError> {
        let (place, fact, input) = (own.undone.place, own.event.fact, own.event.input);
        let costs = self.costs(input).map_err(VoidError::from)?;
        let (mut due, status) = self.due_again(life, own.event, task.terms, past, facts)?;
        let before = self.lacks(life, &own.old(), &due, past)?.then(|| Before::of(life, past, facts));
        let mut standing = self.stand_again(life, own, &due, known, past, facts)?;
        let may_fall = due.may_fall();
        match self.take_more(life, &mut due, &mut standing, may_fall, seq, facts)? {
            Settled::Charged => {}
            Settled::Owed(why) => short.push((place, why)),
            Settled::Uncovered(why) => {
                known.uncovered.insert(place, why);
                before.into_iter().for_each(|before| before.restore(life, past, facts));
                if !own.event.is_voided() && fact.status == Status::Charged {
                    // It stays counted.
                    due.terms.iter().for_each(|terms| life.counters.set(&terms.counter.0, terms.counter.1));
                }
                return Ok(None);
            }
            Settled::Afresh => {
                known.afresh.insert(place);
                before.into_iter().for_each(|before| before.restore(life, past, facts));
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
}

fn of_event(place: usize) -> impl FnOnce(VoidError) -> NotRebilled {
    move |why| NotRebilled { place: Some(place), why: why.into() }
}

fn of_customer(why: VoidError) -> NotRebilled {
    NotRebilled { place: None, why: why.into() }
}
