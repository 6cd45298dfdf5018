//! What was done to recorded events, done again: they are taken back, or billed anew.

use super::check;
use super::difference::Differing;
use super::lane::{Lane, Stop, input};
use super::left_out::WhyLeftOut;
use super::own::Kept;
use super::work::{Chunk, Event, Rebill};
use crate::billing::{Broken, DenialFact, EventFact, NotRebilled, Rebillable, Record, VoidError, Voidable};
use crate::ids::{CustomerIndex, EventNumber, SubscriptionId};
use crate::ledger::import::Became;
use crate::ledger::import::names::LogShape;
use crate::rating::Quantity;
use std::iter::repeat;
use std::ops::Range;
use std::sync::Arc;

/// Terms that are made for one event have numbers from here on, where the ledger has none.
const MADE: i64 = 1 << 48;

/// An event that is billed again, as it stands now.
struct Again {
    /// The ledger's number of the record that stands for it from then on.
    seq: EventNumber,
    kept: Kept,
    quantities: Vec<Quantity>,
}

impl Again {
    fn rebillable<'a>(&'a self, shapes: &'a [Arc<LogShape>]) -> Rebillable<'a> {
        Rebillable {
            fact: &self.kept.fact,
            taken_back: self.kept.taken_back.as_deref(),
            quantities: &self.quantities,
            input: input(&shapes[self.kept.shape.place()], &self.kept.numbers, self.kept.fact.occurred_at),
        }
    }
}

impl Lane {
    /// Takes a customer's events back: `records` are what did so.
    pub(super) fn void(&mut self, chunk: &Chunk, place: CustomerIndex, records: Range<usize>) -> Result<(), Stop> {
        let mut past = self.owns[place.place()].past.clone();
        for record in &chunk.events[records] {
            let voided = record.fact.voids.ok_or(Broken::Event(record.fact.seq))?;
            let Some(kept) = self.kept.get(&voided).cloned() else {
                self.leave_out(place, "void", WhyLeftOut::NotBilled(voided))?;
                continue;
            };
            let quantities = self.quantities(place, &kept)?;
            self.engine.numbers.event = record.fact.seq;
            let mut voidable = Voidable { fact: &kept.fact, quantities: &quantities, past: &mut past };
            let done = self.step_of(place, |engine, own| engine.void(&mut own.life, &mut voidable, &mut own.produced));
            match done {
                Ok(()) => {
                    let taken_back = self.owns[place.place()].produced.events.last().cloned().map(Box::new);
                    self.record(place, &kept, &record.fact)?;
                    self.kept.insert(voided, Kept { taken_back, ..kept });
                }
                Err(VoidError::Life(error)) => return Err(error.into()),
                Err(error) => self.leave_out(place, "void", error.into())?,
            }
        }
        Ok(())
    }

    /// What each fee of an event counted.
    fn quantities(&mut self, place: CustomerIndex, kept: &Kept) -> Result<Vec<Quantity>, Stop> {
        let shape = self.shapes[kept.shape.place()].clone();
        let input = input(&shape, &kept.numbers, kept.fact.occurred_at);
        Ok(self.engine.quantities(&self.owns[place.place()].life, &kept.fact, input)?)
    }

    /// Takes in what took an event back. In the base it is the ledger's record.
    fn record(&mut self, place: CustomerIndex, kept: &Kept, ledger: &EventFact) -> Result<(), Stop> {
        let own = &mut self.owns[place.place()];
        for fact in std::mem::take(&mut own.produced.events) {
            let own = &self.owns[place.place()];
            if self.is_base
                && let Some(what) = check::event((ledger, None), (&fact, None))
            {
                return Err(Stop::Differs(own.life.customer, Box::new(what)));
            }
            self.tell(place, kept.shape, &fact, kept.denied)?;
            self.correct(kept.first, Became::Charged)?;
        }
        Ok(())
    }

    /// Bills a customer's events again.
    pub(super) fn rebill(&mut self, chunk: &Chunk, place: CustomerIndex, rebill: &Rebill) -> Result<(), Stop> {
        let records = &chunk.events[rebill.records.clone()];
        let all = self.events_again(place, rebill, records)?;
        let Some(facts) = self.bill_again(place, rebill, &all, records[0].fact.seq)? else { return Ok(()) };
        if self.is_base && facts.len() != records.len() {
            let what = Differing::Records { ledger: records.len(), again: facts.len() };
            return Err(Stop::Differs(self.owns[place.place()].life.customer, Box::new(what)));
        }
        for (record, fact) in records.iter().map(Some).chain(repeat(None)).zip(facts) {
            self.record_again(place, &all, record, fact)?;
        }
        Ok(())
    }

    /// The events that are billed again, in the order in which they happened first.
    fn events_again(&mut self, place: CustomerIndex, rebill: &Rebill, records: &[Event]) -> Result<Vec<Again>, Stop> {
        let mut pairs: Vec<_> = rebill.instead_of.iter().zip(&records[rebill.undone..]).collect();
        pairs.sort_by_key(|(instead_of, _)| **instead_of);
        let mut all = Vec::with_capacity(pairs.len());
        for (instead_of, record) in pairs {
            let Some(kept) = self.kept.get(instead_of).cloned() else {
                self.leave_out(place, "rebill", WhyLeftOut::NotBilled(*instead_of))?;
                continue;
            };
            let quantities = self.quantities(place, &kept)?;
            all.push(Again { seq: record.fact.seq, kept, quantities });
        }
        Ok(all)
    }

    /// Bills them. None when that is refused, which is noted.
    fn bill_again(
        &mut self,
        place: CustomerIndex,
        rebill: &Rebill,
        all: &[Again],
        first: EventNumber,
    ) -> Result<Option<Vec<Record>>, Stop> {
        let shapes = self.shapes.clone();
        let events: Vec<Rebillable<'_>> = all.iter().map(|again| again.rebillable(&shapes)).collect();
        self.engine.numbers.event = first;
        let own = &self.owns[place.place()];
        let made = own.expected.subscriptions.get(own.produced.subscriptions.len()).map(|new| new.id);
        if self.later.is_none() {
            self.engine.numbers.subscription = made.unwrap_or(SubscriptionId::from_number(MADE + first.number()));
        }
        let (terms, mut past) = (self.rebill_terms(place, &rebill.terms), own.past.clone());
        let done = self
            .step_of(place, |engine, own| engine.rebill(&mut own.life, &events, &terms, &mut past, &mut own.produced));
        match done.map_err(|NotRebilled { why, .. }| *why) {
            Ok(done) => {
                self.leave_uncovered(place, &done.uncovered, &events)?;
                // What stays as it was stands under the number that the ledger has for it now.
                let stays = done.unchanged.iter().chain(done.uncovered.iter().map(|(event, _)| event));
                for Again { seq, kept, .. } in stays.map(|&event| &all[event]) {
                    self.kept.insert(*seq, kept.clone());
                }
                Ok(Some(done.records(&events).collect()))
            }
            Err(VoidError::Life(error)) => Err(error.into()),
            Err(why) => self.leave_out(place, "rebill", why.into()).map(|()| None),
        }
    }

    /// Events that can't be covered as they would be billed again stay as they were, which is told once for all of them.
    fn leave_uncovered(
        &mut self,
        place: CustomerIndex,
        uncovered: &[(usize, DenialFact)],
        events: &[Rebillable<'_>],
    ) -> Result<(), Stop> {
        let Some((first, denial)) = uncovered.first() else { return Ok(()) };
        let (at, asset) = (events[*first].fact.occurred_at, self.engine.asset(denial.asset));
        let [needed, available] = [denial.needed, denial.available].map(|units| asset.amount(units));
        let (asset, others) = (asset.code.clone(), uncovered.len() - 1);
        let why = WhyLeftOut::Uncovered { at, needed, available, asset, reason: denial.reason, others };
        self.leave_out(place, "rebill", why)
    }

    /// Takes in what an event that was billed again came to. In the base it is the ledger's record.
    fn record_again(
        &mut self,
        place: CustomerIndex,
        all: &[Again],
        ledger: Option<&Event>,
        Record { place: event, is_undone, fact }: Record,
    ) -> Result<(), Stop> {
        if let Some(ledger) = ledger.filter(|_| self.is_base)
            && let Some(what) = check::event((&ledger.fact, None), (&fact, None))
        {
            return Err(Stop::Differs(self.owns[place.place()].life.customer, Box::new(what)));
        }
        let Again { seq, kept, .. } = &all[event];
        // What can't be covered is not billed again, so nothing is denied here.
        self.tell(place, kept.shape, &fact, kept.denied.filter(|_| is_undone))?;
        self.correct(kept.first, if is_undone { Became::Charged } else { fact.status.into() })?;
        if !is_undone {
            self.note_ends(place, &fact, Some(&kept.fact))?;
            self.kept.insert(*seq, Kept { fact, denied: None, taken_back: None, ..kept.clone() });
        }
        Ok(())
    }
}
