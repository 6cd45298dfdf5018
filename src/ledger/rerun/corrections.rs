//! What was done to recorded events, done again: they are taken back, or billed anew.

use super::check;
use super::lane::{Kept, Lane, Stop, input};
use super::work::{Chunk, Place, Rebill};
use crate::billing::{EventFact, NotRebilled, Rebillable, Record, Status, VoidError, Voidable};
use crate::ids::{EventNumber, SubscriptionId};
use crate::rating::Quantity;
use std::iter::repeat;
use std::ops::Range;

/// Terms that are made for one event have numbers from here on, where the ledger has none.
const MADE: i64 = 1 << 48;

impl Lane {
    /// Takes a customer's events back: `records` are what did so.
    pub(super) fn void(&mut self, chunk: &Chunk, place: Place, records: Range<usize>) -> Result<(), Stop> {
        let mut past = self.owns[place as usize].past.clone();
        for record in &chunk.events[records] {
            let Some(voided) = record.fact.voids else { continue };
            let Some(kept) = self.kept.get(&voided).cloned() else {
                self.leave_out(place, "void", &format!("event number {voided} was not billed"))?;
                continue;
            };
            let quantities = self.quantities(place, &kept)?;
            self.engine.numbers.event = record.fact.seq;
            let mut voidable = Voidable { fact: &kept.fact, quantities: &quantities, past: &mut past };
            let done = self.step_of(place, |engine, own| engine.void(&mut own.life, &mut voidable, &mut own.produced));
            match done {
                Ok(()) => self.record(place, &kept, &record.fact)?,
                Err(VoidError::Life(error)) => return Err(error.into()),
                Err(error) => self.leave_out(place, "void", &error)?,
            }
        }
        Ok(())
    }

    /// What each fee of an event counted.
    fn quantities(&mut self, place: Place, kept: &Kept) -> Result<Vec<Quantity>, Stop> {
        let shape = self.shapes[kept.shape as usize].clone();
        let input = input(&shape, &kept.numbers, kept.fact.occurred_at);
        Ok(self.engine.quantities(&self.owns[place as usize].life, &kept.fact, input)?)
    }

    /// Takes in what took an event back. In the base it is the ledger's record.
    fn record(&mut self, place: Place, kept: &Kept, ledger: &EventFact) -> Result<(), Stop> {
        let own = &mut self.owns[place as usize];
        for fact in std::mem::take(&mut own.produced.events) {
            let own = &self.owns[place as usize];
            if self.is_base
                && let Some(what) = check::event((ledger, None), (&fact, None))
            {
                return Err(Stop::Differs(own.life.customer, what));
            }
            self.tell(place, kept.shape, &fact)?;
            self.correct(kept.first, false);
        }
        Ok(())
    }

    /// Bills a customer's events again.
    pub(super) fn rebill(&mut self, chunk: &Chunk, place: Place, rebill: &Rebill) -> Result<(), Stop> {
        let records = &chunk.events[rebill.records.clone()];
        let (undone, again) = records.split_at(rebill.undone);
        let mut all: Vec<(EventNumber, EventNumber, Kept)> = Vec::new();
        for (instead_of, record) in rebill.instead_of.iter().zip(again) {
            match self.kept.get(instead_of) {
                Some(kept) => all.push((*instead_of, record.fact.seq, kept.clone())),
                None => self.leave_out(place, "rebill", &format!("event number {instead_of} was not billed"))?,
            }
        }
        all.sort_by_key(|(instead_of, ..)| *instead_of);
        let quantities: Vec<Vec<Quantity>> =
            all.iter().map(|(_, _, kept)| self.quantities(place, kept)).collect::<Result<_, _>>()?;
        let is_voided = |seq: EventNumber| !undone.iter().any(|record| record.fact.voids == Some(seq));
        let shapes = self.shapes.clone();
        let events: Vec<Rebillable<'_>> = all
            .iter()
            .zip(&quantities)
            .map(|((instead_of, _, kept), quantities)| Rebillable {
                fact: &kept.fact,
                is_voided: is_voided(*instead_of),
                quantities: if is_voided(*instead_of) { &[] } else { quantities },
                input: input(&shapes[kept.shape as usize], &kept.numbers, kept.fact.occurred_at),
            })
            .collect();
        self.engine.numbers.event = records[0].fact.seq;
        let own = &self.owns[place as usize];
        let made = own.expected.subscriptions.get(own.produced.subscriptions.len()).map(|new| new.id);
        let next = SubscriptionId::from_number(MADE + records[0].fact.seq.number());
        if self.later.is_none() {
            self.engine.numbers.subscription = made.unwrap_or(next);
        }
        let terms = self.rebill_terms(place, &rebill.terms);
        let mut past = own.past.clone();
        let done = self
            .step_of(place, |engine, own| engine.rebill(&mut own.life, &events, &terms, &mut past, &mut own.produced));
        let done = match done {
            Ok(done) => done,
            Err(NotRebilled { why, .. }) => match *why {
                VoidError::Life(error) => return Err(error.into()),
                why => return self.leave_out(place, "rebill", &why),
            },
        };
        // What stays as it was stands under the number that the ledger has for it now.
        let stays = done.unchanged.iter().chain(done.uncovered.iter().map(|(event, _)| event));
        for &event in stays {
            let (_, seq, kept) = &all[event];
            self.kept.insert(*seq, kept.clone());
        }
        let facts: Vec<Record> = done.records(&events).collect();
        if self.is_base && facts.len() != records.len() {
            let customer = self.owns[place as usize].life.customer;
            let what = format!(
                "events billed again: the ledger has {} records of it; billed again there are {}",
                records.len(),
                facts.len()
            );
            return Err(Stop::Differs(customer, what));
        }
        for (record, Record { place: event, is_undone, fact }) in
            records.iter().map(Some).chain(repeat(None)).zip(facts)
        {
            if let Some(record) = record.filter(|_| self.is_base)
                && let Some(what) = check::event((&record.fact, None), (&fact, None))
            {
                let customer = self.owns[place as usize].life.customer;
                return Err(Stop::Differs(customer, what));
            }
            let (_, seq, kept) = &all[event];
            self.tell(place, kept.shape, &fact)?;
            self.correct(kept.first, !is_undone && fact.status == Status::Denied);
            if !is_undone {
                self.kept.insert(*seq, Kept { fact, ..kept.clone() });
            }
        }
        Ok(())
    }
}
