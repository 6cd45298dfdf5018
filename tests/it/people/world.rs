//! A ledger with one customer to whom things happen one after another.

use crate::support::{Book, catalog, version};
use drawdown::billing::{Adjustment, AutoTopupRule, Engine, Facts, NewTerms, NewTopup, Reason, Seats};
use drawdown::ledger::{Import, ImportOptions, When, Writer};
use drawdown::money::{Amount, Units};
use drawdown::report::balances::{Balance, balance};
use drawdown::report::statement::{AccountStatement, FixedCharge, Movement, statement};
use drawdown::time::Instant;
use drawdown::usage::{Batch, UsageEvent};
use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::ops::ControlFlow;
use std::sync::Arc;

/// A day at an hour, counted in months of 28 days so that every day is there in every year.
pub fn at(day: u32, hour: u32) -> Instant {
    Instant::parse(&format!("2026-{:02}-{:02}T{hour:02}:00:00Z", 1 + (day - 1) / 28, 1 + (day - 1) % 28)).unwrap()
}

/// One thing that happens to the customer. The first number is a day.
#[derive(Debug)]
pub enum Step {
    /// So many dollars, for an asset.
    Pay(u32, i64, &'static str),
    Adjust(u32, i64, Reason),
    /// So much of an event type, at noon.
    Use(u32, &'static str, u32),
    /// An asset, below how much of it is paid, and how many dollars.
    Rule(&'static str, i64, i64),
    Advance(u32),
    Subscribe(u32, &'static str),
    /// A product gets so many seats.
    Seats(u32, &'static str, i64, When),
    /// A product becomes another one.
    Switch(u32, &'static str, &'static str, When),
    End(u32, &'static str, When),
    Resume(u32, &'static str),
}

impl Step {
    fn happen(&self, key: String, writer: &mut Writer, engine: &mut Engine) -> Result<(), Box<dyn Error>> {
        let customer = writer.customer("acme").unwrap();
        let usd = writer.asset_id(engine, "USD").unwrap();
        let mut life = writer.life(customer.id, engine).unwrap();
        let mut facts = Facts::default();
        let terms = |writer: &Writer, engine: &Engine, product, quantity, day| NewTerms {
            version: version(writer, engine, product),
            quantity: Seats::from_number(quantity),
            at: at(day, 0),
        };
        match *self {
            Step::Pay(day, dollars, asset) => {
                let (paid, target) = (Units::from_count(dollars * DOLLAR), writer.asset_id(engine, asset).unwrap());
                engine.top_up(&mut life, NewTopup { key, at: at(day, 0), currency: usd, paid, target }, &mut facts)?;
                writer.record(engine, &mut life, &mut facts).unwrap();
            }
            Step::Adjust(day, amount, reason) => {
                let (at, asset) = (at(day, 0), writer.asset_id(engine, "CREDIT").unwrap());
                let amount = Units::from_count(amount);
                let new = Adjustment { key, at, asset, amount, reason, expires_at: None, priority: None };
                engine.adjust(&mut life, new, &mut facts)?;
                writer.record(engine, &mut life, &mut facts).unwrap();
            }
            Step::Use(day, event_type, n) => {
                let event = UsageEvent {
                    id: key,
                    customer: "acme".into(),
                    event_type: event_type.into(),
                    occurred_at: at(day, 12),
                    subject: None,
                    data: BTreeMap::from([("n".to_owned(), n.to_string())]),
                    costs: Vec::new(),
                };
                let batch = Batch::single(&event, &Arc::new(engine.vocabulary())).unwrap();
                let mut on_recorded = |_: &Batch, refusals| assert_eq!(refusals, []);
                let mut import = Import::new(writer, engine, ImportOptions::default(), &mut on_recorded);
                import.batch(batch).unwrap();
                import.finish(false).unwrap();
            }
            Step::Rule(asset, threshold, dollars) => {
                let asset = writer.asset_id(engine, asset).unwrap();
                let threshold = Units::from_count(threshold * if asset == usd { DOLLAR } else { 1 });
                let amount = Units::from_count(dollars * DOLLAR);
                let rule = AutoTopupRule::On { threshold, amount, currency: usd, limit: None };
                writer.set_rule(engine, &customer, (asset, Some(rule)), Instant::EPOCH).unwrap();
            }
            Step::Advance(day) => drop(writer.advance_all(engine, at(day, 0)).unwrap()),
            Step::Subscribe(day, product) => {
                let terms = terms(writer, engine, product, 1, day);
                writer.subscribe(engine, &customer, terms)?;
            }
            Step::Seats(day, product, quantity, when) => {
                let terms = terms(writer, engine, product, quantity, day);
                writer.change_subscription(engine, &customer, product, terms, (when, terms.at))?;
            }
            Step::Switch(day, product, to, when) => {
                let version = version(writer, engine, to);
                let terms = NewTerms { version, ..writer.terms(&customer, product, at(day, 0))? };
                writer.change_subscription(engine, &customer, product, terms, (when, terms.at))?;
            }
            Step::End(day, product, when) => {
                writer.unsubscribe(engine, &customer, product, at(day, 0), when)?;
            }
            Step::Resume(day, product) => drop(writer.resume(engine, &customer, product, at(day, 0))?),
        }
        Ok(())
    }
}

const DOLLAR: i64 = 1_000_000_000;

/// A statement that is kept.
pub struct Statement {
    pub accounts: Vec<Account>,
    pub charges: Vec<FixedCharge>,
}

/// An account of a statement.
pub struct Account {
    pub asset: String,
    pub opening: Amount,
    pub movements: Vec<Movement>,
    pub closing: Amount,
}

pub struct World {
    pub book: Book,
    steps: usize,
}

impl World {
    /// A ledger under a catalog, with the customer acme.
    pub fn new(text: &str) -> Self {
        let mut book = Book::of(&catalog(text), at(1, 0));
        book.write(|writer, _| writer.add_customer("acme", None, at(1, 0)).unwrap());
        Self { book, steps: 0 }
    }

    /// Lets something happen, or nothing when it is refused.
    pub fn happen(&mut self, step: &Step) -> Result<(), Box<dyn Error>> {
        let key = format!("step-{}", self.steps);
        self.steps += 1;
        self.book.attempt(|writer, engine| step.happen(key, writer, engine))
    }

    /// What the customer holds at an instant, or as far as the ledger has come.
    pub fn balance(&self, instant: Option<Instant>) -> Balance {
        let (engine, customer) = (self.book.ledger.engine().unwrap(), self.book.ledger.customer("acme").unwrap());
        balance(&self.book.ledger, &engine, &customer, instant).unwrap()
    }

    /// The statement as a whole.
    pub fn statement(&self, from: Option<Instant>, to: Option<Instant>) -> Statement {
        let (engine, customer) = (self.book.ledger.engine().unwrap(), self.book.ledger.customer("acme").unwrap());
        let told = statement(&self.book.ledger, &engine, &customer, from, to).unwrap();
        let account = |account: &AccountStatement| {
            let mut movements = Vec::new();
            let keep = |movement| {
                movements.push(movement);
                ControlFlow::Continue(())
            };
            told.for_each_movement(account, keep).unwrap();
            let AccountStatement { asset, opening, closing, .. } = account.clone();
            Account { asset, opening, movements, closing }
        };
        Statement { accounts: told.accounts.iter().map(account).collect(), charges: told.charges.clone() }
    }

    /// That the statement closes with the balance at an instant, and that what is available is what lots hold.
    pub fn check(&self, instant: Instant) {
        let balances = self.balance(Some(instant)).accounts;
        let statement = self.statement(None, Some(Instant::from_micros(instant.micros() + 1)));
        let is_something = |(_, amount): &(String, Amount)| !amount.is_zero();
        let closing: BTreeMap<_, _> =
            statement.accounts.into_iter().map(|a| (a.asset, a.closing)).filter(is_something).collect();
        let available: BTreeMap<_, _> =
            balances.into_iter().map(|a| (a.asset, a.available)).filter(is_something).collect();
        assert_eq!(closing, available, "after step {} at {instant}", self.steps);
    }
}

/// The kinds of movements in a statement's accounts.
pub fn kinds(accounts: &[Account]) -> BTreeSet<String> {
    let movements = accounts.iter().flat_map(|account| &account.movements);
    movements.map(|movement| serde_json::to_value(movement).unwrap()["kind"].as_str().unwrap().to_owned()).collect()
}
