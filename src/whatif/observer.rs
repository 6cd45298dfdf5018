//! What one scenario keeps while its history is billed.

use super::options::Options;
use super::spend::{People, Person};
use super::strain::{Strain, strains};
use crate::billing::{DenialReason, Engine, EventFact, Facts, Life, Rollup, RollupBy, RollupOf, Stress};
use crate::ids::{CustomerId, ShapeId};
use crate::ledger::{LedgerError, Witness};
use crate::money::{Total, Value};
use crate::report::profit::{ProfitReport, Tally};
use crate::report::revenue::{Books, RevenueReport};
use crate::report::{Names, Query, Window};
use crate::time::Instant;
use crate::usage::Shape;
use rustc_hash::FxHashMap;
use std::collections::BTreeSet;

/// The dimension of events that names the model of a vendor.
const MODEL: &str = "model";

/// Watches a history being billed, and keeps what its figures are made of: sums, and everything apart from events.
#[derive(Debug)]
pub struct Observer {
    query: Query,
    customers: Tally,
    prices: Tally,
    /// Profit by the keys that were asked for, if any.
    groups: Option<Tally>,
    /// Profit by model, if that was asked for and events tell of models.
    models: Option<Tally>,
    people: People,
    /// What events have earned.
    earned: Total<Value>,
    facts: Facts,
    /// What the customers' accounts have been through.
    stress: Vec<(CustomerId, Stress)>,
    /// The first error.
    fault: Option<LedgerError>,
}

/// What a scenario comes to.
#[derive(Debug)]
pub struct Observed {
    /// Profit by customer.
    pub customers: ProfitReport,
    /// Profit by product and price.
    pub prices: ProfitReport,
    /// Profit by the keys that were asked for, if any.
    pub groups: Option<ProfitReport>,
    /// Profit by model, if that was asked for and events tell of models.
    pub models: Option<ProfitReport>,
    /// Cash and what is deferred.
    pub books: RevenueReport,
    /// What each customer spends.
    pub people: FxHashMap<CustomerId, Person>,
    /// The deficits and declined payments of those customers who had any.
    pub strains: FxHashMap<CustomerId, Strain>,
    /// How many automatic payments were made.
    pub auto_topups: u64,
    /// The list value of fees that could not be covered.
    pub refused_fees: Total<Value>,
    /// How many events are refused for each reason, in the order of their names.
    pub denied: [i64; DenialReason::NAMES.len()],
}

impl Observed {
    /// The most that one account ever owed.
    pub fn worst_deficit(&self) -> Value {
        self.strains.values().map(|own| own.deepest).fold(Value::ZERO, Value::max)
    }
}

impl Observer {
    /// An observer of a history that begins now. The keys to group by may be any of `dimensions`.
    ///
    /// # Errors
    /// When there is no such key.
    pub fn new(
        engine: &Engine,
        Options { by, by_model, refused, .. }: &Options,
        dimensions: &BTreeSet<String>,
    ) -> Result<Self, LedgerError> {
        let has_models = *by_model && dimensions.contains(MODEL);
        let query = |by: &[String]| Query { by: by.to_vec(), refused: *refused, ..Query::default() };
        let tally = |by: &[String]| Tally::new(engine, &query(by), dimensions);
        Ok(Self {
            query: query(&[]),
            customers: tally(&["customer".to_owned()])?,
            prices: tally(&["product".to_owned(), "price".to_owned()])?,
            groups: (!by.is_empty()).then(|| tally(by)).transpose()?,
            models: has_models.then(|| tally(&[MODEL.to_owned()])).transpose()?,
            people: People::new(engine),
            earned: Total::ZERO,
            facts: Facts::default(),
            stress: Vec::new(),
            fault: None,
        })
    }

    fn tallies(&mut self) -> impl Iterator<Item = &mut Tally> {
        [&mut self.customers, &mut self.prices].into_iter().chain(&mut self.groups).chain(&mut self.models)
    }

    fn note(&mut self, done: Result<(), LedgerError>) {
        if let Err(error) = done {
            self.fault.get_or_insert(error);
        }
    }

    /// Adds up what a customer's events have earned.
    fn earn(&mut self, rollup: &Rollup) {
        let earned: Total<Value> = rollup.sums.parts.iter().map(|part| part.revenue).sum();
        self.earned += earned;
        if let RollupOf::Customer(customer) = rollup.of {
            self.people.earned(customer, earned);
        }
    }

    /// The result at `horizon`, which all customers have reached. `engine_at` gives the terms of each time.
    ///
    /// # Errors
    /// The first error, if there was one.
    pub fn finish<'e>(
        mut self,
        engine_at: impl Fn(Instant) -> &'e Engine,
        horizon: Instant,
        names: &Names,
    ) -> Result<Observed, LedgerError> {
        if let Some(fault) = self.fault.take() {
            return Err(fault);
        }
        self.facts.lots.sort_by_key(|lot| lot.id);
        let mut books = Books::new(Window::new(&self.query, horizon));
        books.usage(self.earned);
        books.money(&self.facts)?;
        let facts = std::mem::take(&mut self.facts);
        for tally in self.tallies() {
            tally.reach(horizon);
            tally.money(&facts)?;
        }
        let strains = strains(&self.stress, engine_at(horizon), horizon)?;
        Ok(Observed {
            strains,
            customers: self.customers.finish(names)?,
            prices: self.prices.finish(names)?,
            groups: self.groups.map(|groups| groups.finish(names)).transpose()?,
            models: self.models.map(|models| models.finish(names)).transpose()?,
            books: books.finish(engine_at(horizon).reporting_currency().clone()),
            auto_topups: facts.topups.iter().filter(|topup| topup.key.is_none()).count() as u64,
            refused_fees: self.people.refused_fees,
            denied: self.people.denied,
            people: self.people.finish(&facts, engine_at)?,
        })
    }
}

impl Witness for Observer {
    fn shape(&mut self, id: ShapeId, shape: &Shape) {
        self.tallies().for_each(|tally| tally.learn_shape(id, shape));
    }

    fn event(&mut self, event: &EventFact, denied: Option<DenialReason>, life: &Life, engine: &Engine) {
        let done = self.people.event(event, denied, life, engine);
        self.note(done);
        let (mut done, others) = (Ok(()), self.groups.iter_mut().chain(&mut self.models));
        for tally in others.filter(|tally| tally.rollups().is_none()) {
            life.subscriptions.iter().for_each(|held| tally.learn_subscription(held.id, held.version));
            done = done.and(tally.event(event));
        }
        self.note(done);
    }

    fn rollup(&mut self, rollup: &Rollup) {
        let by = rollup.of.by();
        let done = match by {
            RollupBy::Customer => {
                self.earn(rollup);
                self.customers.rollup(rollup)
            }
            RollupBy::Shape => self.prices.rollup(rollup),
        };
        self.note(done);
        let mut others = self.groups.iter_mut().chain(&mut self.models).filter(|tally| tally.rollups() == Some(by));
        let done = others.try_for_each(|tally| tally.rollup(rollup));
        self.note(done);
    }

    fn facts(&mut self, mut facts: Facts) {
        // Denied events are counted already, and there may be very many.
        facts.denials.clear();
        for made in &facts.subscriptions {
            self.tallies().for_each(|tally| tally.learn_subscription(made.id, made.version));
        }
        self.facts.append(facts);
    }

    fn end(&mut self, lives: &[Life]) {
        let stress = |life: &Life| life.stress().iter().map(|own| (life.customer, *own)).collect::<Vec<_>>();
        self.stress = lives.iter().flat_map(stress).collect();
    }
}
