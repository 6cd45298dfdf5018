//! Reads a ledger's history, one operation after the other, and hands it to the lanes.

use super::check;
use super::content::{Content, Contents};
use super::difference::{Difference, Differing};
use super::ended::RerunEnd;
use super::lane::{End, Lane, Message, Stop};
use super::recorded::{Reading, Recorded};
use super::refunds;
use super::reported::Reported;
use super::since::Later;
use super::steps;
use super::terms::{History, ScenarioTerms, base_of};
use super::work::{Chunk, Event, Rebill, Work};
use crate::billing::{Engine, Life, RebillTerms};
use crate::catalog::PublishedProduct;
use crate::ids::{CustomerId, CustomerIndex, EventNumber, OperationId, VersionId};
use crate::ledger::LedgerError;
use crate::ledger::error::TermsError;
use crate::ledger::import::{Otherwise, Outcome, Witness};
use crate::ledger::loading::{Loading, TOGETHER};
use crate::ledger::packed::{PackedEvent, Unpacking};
use crate::ledger::subscription::resolve_version;
use crate::ledger::tables::event::{self, EventRow};
use crate::ledger::tables::operation::{self, Operation};
use crate::ledger::tables::rebilled::{self, WhichTerms};
use crate::ledger::tables::{customer, meta, refund, voided};
use crate::ledger::threads::side_by_side;
use crate::usage::Vocabulary;
use rusqlite::Connection;
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, channel, sync_channel};
use std::thread::JoinHandle;

/// Events, or other work, in a chunk.
const CHUNK: usize = 4_096;
/// Chunks that may wait for a lane.
const AHEAD: usize = 4;

/// A scenario: the ledger's history under other terms.
pub struct NewScenario {
    /// How its terms come from those that were applied.
    pub terms: Box<dyn ScenarioTerms>,
    /// Is told what becomes of the history.
    pub witness: Box<dyn Witness>,
}

/// What has become of a ledger's history that was billed again.
pub enum Rerun {
    /// It comes out as the ledger has it: the base, and then the scenarios in their order.
    Same(Vec<RerunEnd>),
    /// It comes out otherwise.
    Differs(Box<Difference>),
}

/// A lane at work.
struct Running {
    /// None once nothing is sent any more.
    messages: Option<SyncSender<Message>>,
    outcomes: Receiver<Vec<Outcome>>,
    thread: Option<JoinHandle<Result<End, Stop>>>,
    otherwise: Otherwise,
}

impl Running {
    fn start(
        engine: (Engine, Option<Later>),
        is_base: bool,
        keeps: (bool, bool),
        witness: Box<dyn Witness>,
    ) -> std::io::Result<Self> {
        let (messages, received) = sync_channel(AHEAD);
        let (sender, outcomes) = channel();
        let lane = Lane::new(engine, is_base, keeps, witness, sender);
        let thread = std::thread::Builder::new().spawn(move || lane.run(received));
        let thread = thread.map_err(|error| std::io::Error::other(format!("can't start a thread: {error}")))?;
        Ok(Self { messages: Some(messages), outcomes, thread: Some(thread), otherwise: Otherwise::default() })
    }

    /// `false` when the lane has stopped, and says why at its end.
    fn send(&self, message: Message) -> bool {
        self.messages.as_ref().is_some_and(|messages| messages.send(message).is_ok())
    }
}

/// See [`crate::ledger::Ledger::rerun`].
pub(super) fn rerun(
    connection: &Connection,
    base: Box<dyn Witness>,
    scenarios: Vec<NewScenario>,
    compared_with: usize,
    on_read: &mut dyn FnMut(u64),
) -> Result<Rerun, LedgerError> {
    let (terms, witnesses): (Vec<_>, Vec<_>) = scenarios.into_iter().map(|own| (own.terms, own.witness)).unzip();
    let history = History::load(connection, &terms)?;
    let first = history.applies().next().ok_or(LedgerError::NothingApplied)?;
    let mut driver = Driver::new(connection, history, terms, compared_with)?;
    let keeps_all = !driver.corrected.is_empty();
    driver.lanes.push(Running::start((driver.engine(first, None)?, None), true, (keeps_all, false), base)?);
    for (index, witness) in witnesses.into_iter().enumerate() {
        let keeps = (keeps_all, driver.scenarios[index].has_own_rules());
        let since = driver.scenarios[index].since();
        let before = driver.before(first, index)?;
        let later = since.zip(before).map(|(since, before)| Later::new(since, before));
        driver.lanes.push(Running::start((driver.engine(first, Some(index))?, later), false, keeps, witness)?);
    }
    driver.run(on_read)?;
    driver.finish()
}

/// Reads the history and hands it to the lanes.
struct Driver<'c> {
    connection: &'c Connection,
    history: History,
    scenarios: Vec<Box<dyn ScenarioTerms>>,
    lanes: Vec<Running>,
    contents: Contents,
    /// Events that something is done to later.
    corrected: FxHashSet<EventNumber>,
    /// Customers to whom money goes back.
    refunded: FxHashSet<CustomerId>,
    places: FxHashMap<CustomerId, CustomerIndex>,
    /// What the ledger's own terms and those of each scenario read of events now.
    vocabularies: Vec<Vocabulary>,
    chunk: Chunk,
    /// Shapes that lanes know.
    shapes: usize,
    /// The lane that others' events are compared with.
    compared_with: usize,
    outcomes: Vec<VecDeque<Vec<Outcome>>>,
    events: u64,
}

impl<'c> Driver<'c> {
    fn new(
        connection: &'c Connection,
        history: History,
        scenarios: Vec<Box<dyn ScenarioTerms>>,
        compared_with: usize,
    ) -> Result<Self, LedgerError> {
        let mut vocabulary = Vocabulary::new();
        for operation in history.applies() {
            for scenario in std::iter::once(None).chain(scenarios.iter().map(|own| Some(own.as_ref()))) {
                let engine = history.engine(operation, scenario, base_of(&scenarios, compared_with))?;
                for (kind, interest) in engine.vocabulary() {
                    vocabulary.entry(kind).or_default().add(interest);
                }
            }
        }
        let voided = voided::all(connection)?.into_keys();
        let corrected = voided.chain(rebilled::all(connection)?.into_keys()).collect();
        let refunded = refund::read(connection, None)?.into_iter().map(|refund| refund.customer).collect();
        Ok(Self {
            connection,
            contents: Contents::new(connection, vocabulary)?,
            outcomes: vec![VecDeque::new(); scenarios.len() + 1],
            compared_with,
            history,
            scenarios,
            lanes: Vec::new(),
            corrected,
            refunded,
            places: FxHashMap::default(),
            vocabularies: Vec::new(),
            chunk: Chunk::default(),
            shapes: 0,
            events: 0,
        })
    }

    fn engine(&self, operation: OperationId, scenario: Option<usize>) -> Result<Engine, LedgerError> {
        let base = base_of(&self.scenarios, self.compared_with);
        self.history.engine(operation, scenario.map(|index| self.scenarios[index].as_ref()), base)
    }

    /// What holds before the terms of a scenario, if these hold from an instant on.
    fn before(&self, operation: OperationId, scenario: usize) -> Result<Option<Engine>, LedgerError> {
        let since = self.scenarios[scenario].since();
        since.map(|_| self.engine(operation, self.compared_with.checked_sub(1))).transpose()
    }

    /// Everything, one operation after the other, until there is no more or the base has stopped.
    fn run(&mut self, on_read: &mut dyn FnMut(u64)) -> Result<(), LedgerError> {
        let mut reading = Reading::new();
        let applies: Vec<OperationId> = self.history.applies().collect();
        let connection = self.connection;
        let mut events = connection.prepare(event::ROWS)?;
        let mut rows = events.query([])?;
        let mut next = event::next_row(&mut rows)?;
        for operation in operation::all(connection)? {
            if applies.contains(&operation.id) && !self.apply(operation.id)? {
                return Ok(());
            }
            let mut recorded = reading.of(connection, operation.id)?;
            self.begin(&mut recorded)?;
            while let Some(row) = next.take_if(|row| row.operation == operation.id) {
                if !self.events(&row, &mut recorded)? {
                    return Ok(());
                }
                on_read(self.events);
                next = event::next_row(&mut rows)?;
            }
            if let Some(row) = next.as_ref().filter(|row| row.operation < operation.id) {
                return Err(LedgerError::damaged(format!("event {} is out of order", row.first)));
            }
            self.end(&operation, &recorded)?;
            if self.chunk.work.len() >= CHUNK && !self.flush() {
                return Ok(());
            }
        }
        self.flush();
        Ok(())
    }

    /// Other terms hold. `false` when the base has stopped.
    fn apply(&mut self, operation: OperationId) -> Result<bool, LedgerError> {
        if !self.flush() {
            return Ok(false);
        }
        self.vocabularies.clear();
        for index in 0..self.lanes.len() {
            let scenario = index.checked_sub(1);
            let before = scenario.map(|scenario| self.before(operation, scenario)).transpose()?.flatten();
            let engine = self.engine(operation, scenario)?;
            self.vocabularies.push(engine.vocabulary());
            let message = Message::Terms(Box::new(engine), before.map(Box::new));
            if !self.lanes[index].send(message) && index == 0 {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Who is added, what is expected, and the steps of an operation.
    fn begin(&mut self, recorded: &mut Recorded) -> Result<(), LedgerError> {
        for customer in recorded.customers.drain(..) {
            let place = u32::try_from(self.places.len());
            let place = place.map_err(|_| LedgerError::TooManyCustomers)?;
            self.places.insert(customer, CustomerIndex::from_number(place));
            self.chunk.work.push(Work::Add(customer, self.refunded.contains(&customer)));
        }
        let is_rebill = !recorded.rebilled.is_empty();
        let mut all = Vec::new();
        for (customer, facts) in std::mem::take(&mut recorded.facts) {
            let place = self.place(customer)?;
            all.extend(steps::steps(&facts, is_rebill)?.into_iter().map(|step| Work::Step(place, step)));
            for refund in &facts.refunds {
                all.push(Work::Refund(place, refunds::refund(self.connection, refund)?));
            }
            self.chunk.work.push(Work::Expect(place, Box::new(facts)));
        }
        self.chunk.work.append(&mut all);
        for set in recorded.rules.drain(..) {
            let place = self.place(set.0)?;
            self.chunk.work.push(Work::Step(place, steps::rule(set)));
        }
        Ok(())
    }

    fn place(&self, customer: CustomerId) -> Result<CustomerIndex, LedgerError> {
        let unknown =
            || LedgerError::damaged(format!("customer number {customer} does something before they are added"));
        self.places.get(&customer).copied().ok_or_else(unknown)
    }

    /// The events of a row. `false` when the base has stopped.
    fn events(&mut self, row: &EventRow, recorded: &mut Recorded) -> Result<bool, LedgerError> {
        let is_rebill = !recorded.rebilled.is_empty();
        for packed in Unpacking::new(row.first, row.count, &row.body) {
            let packed = packed?;
            let seq = packed.fact.seq;
            let content = self.contents.of(self.connection, &packed, &mut self.chunk.numbers)?;
            if !self.contents.texts.is_empty() {
                self.check_texts(&packed, content)?;
            }
            let customer = self.place(packed.fact.customer)?;
            let is_denied = recorded.denials.front().is_some_and(|denial| denial.event == seq);
            let denial = if is_denied { recorded.denials.pop_front() } else { None };
            let is_kept = self.corrected.contains(&seq);
            let place = self.chunk.events.len();
            self.chunk.events.push(Event { fact: packed.fact, customer, denial, content, is_kept });
            self.events += 1;
            self.add_event(place, is_rebill, recorded);
        }
        // What is done to a customer's events at once stands in one chunk.
        let is_corrected = is_rebill || self.chunk.events.last().is_some_and(|event| event.fact.voids.is_some());
        Ok(is_corrected || self.chunk.events.len() < CHUNK || self.flush())
    }

    /// A ledger with a scenario's terms would not have taken an event with a text where they read a number, as it takes no log
    /// with one.
    fn check_texts(&self, event: &PackedEvent<'_>, content: Content) -> Result<(), LedgerError> {
        let kind = &self.contents.shapes[content.shape.place()].shape.event_type;
        let reads =
            |vocabulary: &Vocabulary, field| vocabulary.get(kind).is_some_and(|own| own.volumes.contains(field));
        let Some((ledger, scenarios)) = self.vocabularies.split_first() else { return Ok(()) };
        for (field, text) in self.contents.texts.iter().filter(|(field, _)| !reads(ledger, field)) {
            for (scenario, own) in self.scenarios.iter().zip(scenarios) {
                let is_under = scenario.since().is_none_or(|since| event.fact.occurred_at >= since.at);
                if is_under && reads(own, field) {
                    let (field, text, reader) = (field.clone(), text.clone(), scenario.reader(kind, field));
                    return Err(TermsError::Text { field, reader, event: event.text.id.text(), text }.into());
                }
            }
        }
        Ok(())
    }

    /// Adds what is done with an event to the work: as far as it goes, together with those before it.
    fn add_event(&mut self, place: usize, is_rebill: bool, recorded: &Recorded) {
        let event = &self.chunk.events[place];
        let (customer, voids) = (event.customer, event.fact.voids.is_some());
        if is_rebill {
            let instead_of = recorded.rebilled.get(&event.fact.seq).map(|(instead_of, _)| *instead_of);
            return self.add_to_rebill(place, customer, voids, instead_of);
        }
        match (self.chunk.work.last_mut(), voids) {
            (Some(Work::Bill(range)), false) => range.end = place + 1,
            (Some(Work::Void(own, range)), true) if *own == customer => range.end = place + 1,
            (_, false) => self.chunk.work.push(Work::Bill(place..place + 1)),
            (_, true) => self.chunk.work.push(Work::Void(customer, place..place + 1)),
        }
    }

    fn add_to_rebill(&mut self, place: usize, customer: CustomerIndex, voids: bool, instead_of: Option<EventNumber>) {
        match self.chunk.work.last_mut() {
            Some(Work::Rebill(own, rebill)) if *own == customer => {
                rebill.records.end = place + 1;
                rebill.undone += usize::from(voids);
                rebill.instead_of.extend(instead_of);
            }
            _ => self.chunk.work.push(Work::Rebill(
                customer,
                Rebill {
                    records: place..place + 1,
                    undone: usize::from(voids),
                    instead_of: instead_of.into_iter().collect(),
                    terms: RebillTerms::Then,
                },
            )),
        }
    }

    /// The end of an operation.
    fn end(&mut self, operation: &Operation, recorded: &Recorded) -> Result<(), LedgerError> {
        if let Some((_, which)) = recorded.rebilled.values().next() {
            let latest = match which {
                WhichTerms::Then => RebillTerms::Then,
                WhichTerms::Latest => RebillTerms::Latest(self.default_versions(operation.id)?),
            };
            for work in &mut self.chunk.work {
                if let Work::Rebill(_, rebill) = work {
                    rebill.terms = latest.clone();
                }
            }
        }
        if let Some(to) = operation.moved_to {
            self.chunk.work.push(Work::Move(to));
        }
        self.chunk.work.push(Work::End);
        // Later operations must not be billed under the terms of this one.
        if !recorded.rebilled.is_empty() {
            self.flush();
        }
        Ok(())
    }

    /// The versions that new subscriptions got when an operation ran.
    fn default_versions(&self, operation: OperationId) -> Result<Vec<VersionId>, LedgerError> {
        let published = self.history.published(operation).ok_or(LedgerError::NothingApplied)?;
        let at = self.history.applies().filter(|own| *own <= operation).last().ok_or(LedgerError::NothingApplied)?;
        let engine = self.engine(at, None)?;
        let version = |product: &PublishedProduct| resolve_version(published, &engine, &product.product.code, None);
        published.products.iter().filter(|product| !product.archived).map(version).collect()
    }

    /// Sends what has come together. `false` when the base has stopped.
    fn flush(&mut self) -> bool {
        let mut chunk = std::mem::take(&mut self.chunk);
        // The next one is likely to be as long.
        self.chunk.events.reserve(chunk.events.len());
        self.chunk.numbers.reserve(chunk.numbers.len());
        chunk.shapes = self.contents.shapes[self.shapes..].to_vec();
        self.shapes = self.contents.shapes.len();
        let chunk = Arc::new(chunk);
        let mut is_on = true;
        for (index, lane) in self.lanes.iter().enumerate() {
            is_on &= lane.send(Message::Chunk(Arc::clone(&chunk))) || index > 0;
        }
        self.compare();
        is_on
    }

    /// Compares what became of events in the lanes, as far as all have come.
    fn compare(&mut self) {
        for (lane, waiting) in self.lanes.iter().zip(&mut self.outcomes) {
            waiting.extend(lane.outcomes.try_iter());
        }
        while self.outcomes.iter().all(|waiting| !waiting.is_empty()) {
            let all: Vec<Vec<Outcome>> = self.outcomes.iter_mut().filter_map(VecDeque::pop_front).collect();
            for (lane, own) in self.lanes.iter_mut().zip(&all) {
                let base = &all[self.compared_with];
                own.iter().zip(base).for_each(|(own, base)| lane.otherwise += own.otherwise(base));
            }
        }
    }

    /// The end of all lanes. Then everybody is moved on to the horizon, as reports are.
    fn finish(mut self) -> Result<Rerun, LedgerError> {
        self.lanes.iter_mut().for_each(|lane| drop(lane.messages.take()));
        let join = |lane: &mut Running| {
            let thread = lane.thread.take().expect("a lane is joined once");
            thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        };
        let mut ended: Vec<Result<End, Stop>> = self.lanes.iter_mut().map(join).collect();
        self.compare();
        let base = ended[self.compared_with].as_mut().map(|end| std::mem::take(&mut end.corrected)).unwrap_or_default();
        let horizon = meta::horizon(self.connection)?;
        let mut all = Vec::new();
        for (end, lane) in ended.into_iter().zip(&self.lanes) {
            match end {
                Ok(end) => all.push((end, lane.otherwise)),
                Err(Stop::Differs(customer, what)) => return self.differs(Some(customer), *what),
                Err(Stop::Failed(error)) => return Err(error),
            }
        }
        if let Some((base, _)) = all.first_mut() {
            let reported = std::mem::take(&mut base.reported);
            if let Some((customer, what)) = self.check_end(base, reported)? {
                return self.differs(customer, what);
            }
        }
        let ends = side_by_side(all, |(end, otherwise)| end.at(horizon, otherwise, &base));
        Ok(Rerun::Same(ends.into_iter().collect::<Result<_, LedgerError>>()?))
    }

    /// Where the base has come to another end than the ledger, if it has: for whom, if it is for one customer, and what differs.
    fn check_end(
        &self,
        End { engine, lives, .. }: &End,
        reported: Reported,
    ) -> Result<Option<(Option<CustomerId>, Differing)>, LedgerError> {
        match self.check_lives(engine, lives)? {
            Some((customer, what)) => Ok(Some((Some(customer), what))),
            None => reported.difference(self.connection),
        }
    }

    fn differs(&self, customer: Option<CustomerId>, what: Differing) -> Result<Rerun, LedgerError> {
        let customer = customer.map(|customer| customer::name_of(self.connection, customer)).transpose()?;
        let last = self.history.applies().last().ok_or(LedgerError::NothingApplied)?;
        Ok(Rerun::Differs(Box::new(Difference { customer, what, terms: self.engine(last, None)? })))
    }

    /// Compares how everybody stands with what is stored. The first customer who stands otherwise, and what differs.
    fn check_lives(&self, engine: &Engine, lives: &[Life]) -> Result<Option<(CustomerId, Differing)>, LedgerError> {
        let loading = Loading::new(self.connection)?;
        for some in lives.chunks(TOGETHER) {
            let customers: Vec<CustomerId> = some.iter().map(|life| life.customer).collect();
            for (stored, own) in loading.load_all(&customers, engine)?.iter().zip(some) {
                if let Some(what) = check::life(stored, own) {
                    return Ok(Some((own.customer, what)));
                }
            }
        }
        Ok(None)
    }
}
