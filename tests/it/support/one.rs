//! One customer of a catalog, whose life is told in lines and kept in memory.

use super::{at, catalog_of};
use drawdown::billing::{
    Adjustment, ChargeFact, Engine, EventFact, EventInput, Facts, Life, LotFact, MoneyError, NewTerms, NewTopup,
    Reason, Seats, Status, Subscription, SubscriptionError,
};
use drawdown::ids::{CustomerId, ShapeId, SubscriptionId, VersionId};
use drawdown::money::parse_units;
use drawdown::time::Instant;
use drawdown::usage::{Batch, UsageEvent, Vocabulary};
use drawdown::wallet::{Lot, Priority};
use std::sync::Arc;

pub struct One {
    pub engine: Engine,
    pub life: Life,
    /// All that happened.
    pub facts: Facts,
    vocabulary: Arc<Vocabulary>,
    events: i64,
}

impl One {
    /// A customer of a catalog without its first table.
    pub fn new(tables: &str) -> Self {
        let engine = Engine::of_catalog(&catalog_of(tables));
        let vocabulary = Arc::new(engine.vocabulary());
        Self { engine, life: Life::new(CustomerId::FIRST), facts: Facts::default(), vocabulary, events: 0 }
    }

    /// The same, who has the first product for ever, if there is any.
    pub fn subscriber(tables: &str) -> Self {
        let mut one = Self::new(tables);
        let first = one.engine.versions().map(|(version, _)| version).min();
        let subscription = |version| Subscription::new(SubscriptionId::FIRST, version, Instant::EPOCH);
        one.life.subscriptions.extend(first.map(subscription));
        one
    }

    fn terms(product: i64, quantity: i64, when: &str) -> NewTerms {
        NewTerms { version: VersionId::from_number(product), quantity: Seats::from_number(quantity), at: at(when) }
    }

    /// Subscribes to the catalog's product of that index.
    pub fn subscribe(&mut self, product: i64, seats: i64, when: &str, until: Option<&str>) -> SubscriptionId {
        let terms = Self::terms(product, seats, when);
        self.engine.subscribe(&mut self.life, terms, until.map(at), &mut self.facts).unwrap()
    }

    pub fn change(
        &mut self,
        id: SubscriptionId,
        product: i64,
        seats: i64,
        when: &str,
    ) -> Result<SubscriptionId, SubscriptionError> {
        self.engine.change(&mut self.life, id, Self::terms(product, seats, when), &mut self.facts)
    }

    pub fn change_later(&mut self, id: SubscriptionId, product: i64, seats: i64, when: &str) -> Instant {
        let terms = Self::terms(product, seats, when);
        self.engine.change_at_period_end(&mut self.life, id, terms, terms.at, &mut self.facts).unwrap()
    }

    pub fn end(&mut self, id: SubscriptionId, when: &str) -> Result<(), SubscriptionError> {
        self.engine.unsubscribe(&mut self.life, id, at(when), &mut self.facts)
    }

    /// Dollars for an asset.
    pub fn pay(&mut self, dollars: &str, asset: &str, when: &str) {
        let [currency, target] = ["USD", asset].map(|code| self.engine.asset_id(code).unwrap());
        let paid = parse_units(dollars, 9).unwrap();
        let topup = NewTopup { key: "k".into(), at: at(when), currency, paid, target };
        self.engine.top_up(&mut self.life, topup, &mut self.facts).unwrap();
    }

    /// A gift of `"5 CREDIT"`.
    pub fn gift(&mut self, amount: &str, when: &str, until: Option<&str>) {
        self.gift_before(amount, None, when, until);
    }

    /// A gift that is burnt by its priority.
    pub fn gift_before(&mut self, amount: &str, priority: Option<i64>, when: &str, until: Option<&str>) {
        let priority = priority.map(Priority::from_number);
        let gift = Adjustment { priority, expires_at: until.map(at), ..self.adjustment(amount, Reason::Gift, when) };
        self.engine.adjust(&mut self.life, gift, &mut self.facts).unwrap();
    }

    /// A correction, which may be below zero.
    pub fn correct(&mut self, amount: &str, when: &str) -> Result<(), MoneyError> {
        let correction = self.adjustment(amount, Reason::Other, when);
        self.engine.adjust(&mut self.life, correction, &mut self.facts)
    }

    fn adjustment(&self, amount: &str, reason: Reason, when: &str) -> Adjustment {
        let (amount, code) = amount.split_once(' ').unwrap();
        let asset = self.engine.asset_id(code).unwrap();
        let amount = parse_units(amount, self.engine.asset(asset).precision).unwrap();
        Adjustment { key: "k".into(), at: at(when), asset, amount, reason, expires_at: None, priority: None }
    }

    /// Bills a `use` of so many `n`.
    pub fn spend(&mut self, n: &str, when: &str) -> Status {
        self.event("use", when, &[("n", n)]).status
    }

    /// Bills an event.
    pub fn event(&mut self, event_type: &str, when: &str, data: &[(&str, &str)]) -> &EventFact {
        self.events += 1;
        let event = UsageEvent {
            id: self.events.to_string(),
            customer: "x".into(),
            event_type: event_type.into(),
            occurred_at: at(when),
            subject: None,
            data: data.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect(),
            costs: Vec::new(),
        };
        let batch = Batch::single(&event, &self.vocabulary).unwrap();
        let (single, shape) = (&batch.events[0], &batch.new_shapes[0]);
        let input = EventInput {
            shape_id: ShapeId::from_number(self.events),
            shape,
            vendors: &[],
            occurred_at: single.occurred_at,
            volumes: batch.volumes(single, shape),
            costs: batch.costs(single, shape),
        };
        self.engine.bill(&mut self.life, input, &mut self.facts).unwrap();
        self.facts.events.last().unwrap()
    }

    pub fn advance(&mut self, when: &str) {
        self.engine.advance(&mut self.life, at(when), &mut self.facts).unwrap();
    }

    /// What can be used now.
    pub fn balance(&self, asset: &str) -> String {
        let asset = self.engine.asset_id(asset).unwrap();
        self.engine.asset(asset).format(self.life.available(asset, self.life.clock))
    }

    /// Every lot that is still there.
    pub fn lots(&self) -> impl Iterator<Item = &Lot> {
        self.life.accounts.iter().flat_map(|(_, account)| account.lots())
    }

    /// The fees of the last event.
    pub fn fees(&self) -> Vec<String> {
        let fees = self.facts.events.last().unwrap().fees.iter();
        fees.map(|fee| self.engine.asset(self.engine.fee_price(&self.life, fee).unwrap().0).format(fee.amount))
            .collect()
    }

    /// Price, service period and amount of every charge.
    pub fn charges(&self) -> Vec<String> {
        let charge = |c: &ChargeFact| {
            let own = self.life.subscriptions.iter().find(|s| s.id == c.subscription).unwrap();
            let price = &self.engine.version(own.version).fixed_prices[c.price.place()].1.name;
            format!("{price} {}..{}: {}", c.from.date(), c.to.date(), self.engine.asset(c.asset).format(c.amount))
        };
        self.facts.charges.iter().map(charge).collect()
    }

    /// Span and amount of everything an entitlement granted or a rollover carried.
    pub fn grants(&self) -> Vec<String> {
        let grants = self.facts.lots.iter().filter(|lot| lot.granted_by.is_some());
        let grant = |lot: &LotFact| {
            let end = lot.expires_at.map(|end| end.date()).unwrap_or_default();
            let carried = self.facts.rollovers.iter().any(|rollover| rollover.into == lot.id);
            let what = if carried { " carried" } else { "" };
            format!("{}..{end}: {}{what}", lot.granted_at.date(), self.engine.asset(lot.asset).format(lot.amount))
        };
        grants.map(grant).collect()
    }
}
