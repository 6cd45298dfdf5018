//! What a lane does with what it is sent.

use super::check;
use super::lane::{End, Lane, Message, Stop, input};
use super::own::Kept;
use super::work::{Chunk, Event, Work};
use crate::billing::{BillError, Broken, DenialReason, EventFact, Facts, LifeError, Status, Step};
use crate::ids::CustomerIndex;
use crate::ledger::import::Became;
use crate::ledger::import::names::LogShape;
use crate::ledger::import::warm::NEAR;
use crate::time::Instant;
use std::sync::Arc;
use std::sync::mpsc::Receiver;

impl Lane {
    /// Does what is sent until nothing is any more.
    pub fn run(mut self, messages: Receiver<Message>) -> Result<End, Stop> {
        for message in messages {
            match message {
                Message::Terms(engine, before) => self.set_terms(*engine, before.map(|before| *before)),
                Message::Chunk(chunk) => {
                    self.chunk(&chunk)?;
                    // A receiver that is gone needs none.
                    let _ = self.outcomes.send(self.witnessed.take_outcomes());
                }
            }
        }
        self.come_to_end()?;
        self.end()?;
        self.tell_rollups();
        let Self { engine, later, witnessed, reported, counts, left_out, corrected, owns, .. } = self;
        let lives = owns.into_iter().map(|own| own.life).collect();
        Ok(End { engine, later, witness: witnessed.witness, reported, counts, left_out, corrected, lives })
    }

    fn chunk(&mut self, chunk: &Chunk) -> Result<(), Stop> {
        for shape in &chunk.shapes {
            self.witnessed.witness.shape(shape.id, &shape.shape);
            self.shapes.push(Arc::new(shape.clone()));
        }
        chunk.work.iter().try_for_each(|work| self.work(chunk, work))
    }

    fn work(&mut self, chunk: &Chunk, work: &Work) -> Result<(), Stop> {
        match work {
            Work::Add(customer, is_refunded) => self.add(*customer, *is_refunded),
            Work::Expect(place, facts) => {
                self.touch(*place);
                // Others need the numbers that subscriptions have.
                if self.is_base || !facts.subscriptions.is_empty() {
                    let own = &mut self.owns[place.place()];
                    own.expected.clone_from(facts);
                    own.is_expecting = true;
                }
            }
            Work::Step(_, Step::Rule { .. }) if self.has_own_rules => {}
            Work::Step(place, step) => self.step(*place, step)?,
            Work::Bill(range) => {
                let shapes = std::mem::take(&mut self.shapes);
                let done = chunk.events[range.clone()].chunks(NEAR).try_for_each(|near| {
                    self.warm(chunk, near, &shapes);
                    near.iter().try_for_each(|event| self.bill(chunk, event, &shapes))
                });
                self.shapes = shapes;
                done?;
            }
            Work::Refund(place, refund) => self.refund(*place, refund)?,
            Work::Void(place, range) => self.void(chunk, *place, range.clone())?,
            Work::Rebill(place, rebill) => self.rebill(chunk, *place, rebill)?,
            Work::Move(to) => self.move_everybody(*to)?,
            Work::End => self.end()?,
        }
        Ok(())
    }

    fn bill(&mut self, chunk: &Chunk, event: &Event, shapes: &[Arc<LogShape>]) -> Result<(), Stop> {
        let place = event.customer;
        self.come_to(place, event.fact.occurred_at)?;
        self.engine.numbers.event = event.fact.seq;
        let shape = &shapes[event.content.shape.place()];
        let input = input(shape, &chunk.numbers[event.content.numbers as usize..], event.fact.occurred_at);
        self.touch(place);
        let own = &mut self.owns[place.place()];
        if self.is_base && own.is_expecting {
            own.number(&mut self.engine.numbers);
        }
        let billed = match &mut self.later {
            Some(later) if !own.has_changed => {
                later.before(&mut self.engine, |before| before.bill(&mut own.life, input, &mut self.billed))
            }
            _ => self.engine.bill(&mut own.life, input, &mut self.billed),
        };
        match billed {
            Ok(_) => {}
            Err(BillError::Life(error)) => return Err(error.into()),
            Err(error) => {
                self.witnessed.leave_out();
                if event.is_kept {
                    self.correct(event.fact.seq, Became::Denied)?;
                }
                return self.leave_out(place, "usage event", error.into());
            }
        }
        let fact = self.billed.events.pop().ok_or(Broken::Event(event.fact.seq))?;
        let denial = self.billed.denials.pop();
        if has_any(&self.billed) {
            own.produced.append(std::mem::take(&mut self.billed));
        }
        if self.is_base
            && let Some(what) = check::event((&event.fact, event.denial.as_ref()), (&fact, denial.as_ref()))
        {
            return Err(Stop::Differs(own.life.customer, Box::new(what)));
        }
        match fact.status {
            Status::Charged => self.counts.charged += 1,
            Status::Denied => self.counts.denied += 1,
            Status::Unpriced(_) => self.counts.unpriced += 1,
        }
        let denied = denial.map(|denial| denial.reason);
        self.tell(place, event.content.shape, &fact, denied)?;
        self.note_ends(place, &fact, None)?;
        if event.is_kept { self.keep((chunk, event), shape, fact, denied) } else { Ok(()) }
    }

    /// Keeps what became of an event for what corrects it later.
    fn keep(
        &mut self,
        (chunk, event): (&Chunk, &Event),
        shape: &LogShape,
        fact: EventFact,
        denied: Option<DenialReason>,
    ) -> Result<(), Stop> {
        let numbers = chunk.numbers[event.content.numbers as usize..][..shape.shape.number_count()].into();
        let shape = event.content.shape;
        let (first, became) = (fact.seq, fact.status.into());
        self.kept.insert(first, Kept { fact, denied, shape, numbers, first, taken_back: None });
        self.correct(first, became)
    }

    fn move_everybody(&mut self, to: Instant) -> Result<(), Stop> {
        let all: Vec<CustomerIndex> = CustomerIndex::each(&self.owns).map(|(place, _)| place).collect();
        for place in all {
            self.come_to(place, to)?;
            let own = &mut self.owns[place.place()];
            if own.life.due() > to && !own.is_touched {
                own.life.clock = own.life.clock.max(to);
                continue;
            }
            self.step_of(place, |engine, own| engine.advance(&mut own.life, to, &mut own.produced))?;
        }
        Ok(())
    }

    /// The running operation is over: what it came to is compared, and told.
    fn end(&mut self) -> Result<(), Stop> {
        let mut all = Facts::default();
        for place in std::mem::take(&mut self.touched) {
            let own = &mut self.owns[place.place()];
            (own.is_touched, own.is_expecting) = (false, false);
            let (expected, produced) = (std::mem::take(&mut own.expected), std::mem::take(&mut own.produced));
            if self.is_base
                && let Some(what) = check::facts(&expected, &produced)
            {
                return Err(Stop::Differs(own.life.customer, Box::new(what)));
            }
            if let Some(paid) = &mut own.paid {
                paid.add(&produced);
            }
            if self.keeps_all {
                produced.repayments.iter().try_for_each(|repaid| own.past.repay(repaid))?;
                let lost = produced.expiries.iter().try_for_each(|expired| own.past.lose(expired));
                lost.map_err(|overflow| LifeError::Overflow(own.life.customer, overflow))?;
            } else if own.paid.is_none() {
                own.life.forget_used_up();
            }
            self.counts.auto_topups += produced.topups.iter().filter(|topup| topup.key.is_none()).count() as u64;
            all.append(produced);
        }
        all.check()?;
        self.witnessed.witness.facts(all);
        Ok(())
    }
}

/// Whether anything but events has happened.
fn has_any(facts: &Facts) -> bool {
    let others = facts.topups.len() + facts.payments.len() + facts.rollovers.len() + facts.subscriptions.len();
    !facts.is_still() || others + facts.ends.len() + facts.adjustments.len() + facts.refunds.len() > 0
}
