//! One customer of a small catalog.

use drawdown::billing::{Adjustment, AutoTopupRule, Engine, EventFact, EventInput, Facts, Life, Reason, Status};
use drawdown::billing::{MoneyError, NewTerms, NewTopup, Subscription};
use drawdown::catalog::{SourceFile, read};
use drawdown::ids::{CustomerId, ShapeId, SubscriptionId, VersionId};
use drawdown::money::parse_units;
use drawdown::time::Instant;
use drawdown::usage::{Batch, UsageEvent, Vocabulary};
use drawdown::wallet::Lot;
use std::sync::Arc;

/// An engine, one subscriber of its first product (if it has any), and all that happened to them.
pub struct World {
    pub engine: Engine,
    pub life: Life,
    pub facts: Facts,
    vocabulary: Arc<Vocabulary>,
    count: i64,
}

pub fn at(text: &str) -> Instant {
    Instant::parse_argument(text).unwrap()
}

/// A price in the catalog's words: one unit of the asset for each unit of `amount` in a `use` event.
const ONE_EACH: &str = r#"
[[product]]
code = "p"
name = "P"
[[product.price]]
name = "Use"
type = "usage_based"
event_type = "use"
usage_type = "volume"
volume_field = "amount"
asset = "CREDIT"
values = [{ volume_rate = 1 }]
"#;

impl World {
    /// A subscriber of a catalog without its first table.
    pub fn new(catalog: &str) -> Self {
        let mut world = Self::unsubscribed(catalog);
        let first = world.engine.versions().map(|(version, _)| version).min();
        world
            .life
            .subscriptions
            .extend(first.map(|version| Subscription::new(SubscriptionId::FIRST, version, Instant::EPOCH)));
        world
    }

    /// The same before they subscribe to anything.
    pub fn unsubscribed(catalog: &str) -> Self {
        let head = "[catalog]\nname = \"c\"\nreporting_currency = \"USD\"\n";
        let text = format!("{head}{catalog}");
        let reading = read(&[SourceFile { name: "catalog.toml".into(), text: text.clone() }]);
        let catalog = reading.catalog.unwrap_or_else(|| panic!("{:#?}\n{text}", reading.findings));
        let engine = Engine::of_catalog(&catalog);
        let vocabulary = Arc::new(engine.vocabulary());
        Self { engine, life: Life::new(CustomerId::FIRST), facts: Facts::default(), vocabulary, count: 0 }
    }

    /// Whole credits at `rate` USD, spent by `use` events one for one.
    pub fn credits(insufficient_funds: &str, rate: &str, more: &str) -> Self {
        let policy = format!("[policy]\ninsufficient_funds = \"{insufficient_funds}\"\n");
        let asset = format!(
            "[[asset]]\ncode = \"CREDIT\"\nname = \"Credits\"\nprecision = 0\n\
             rates = [{{ source = \"USD\", rate = \"{rate}\" }}]\n"
        );
        Self::new(&format!("{policy}{asset}{more}{ONE_EACH}"))
    }

    /// Dollars, spent by `use` events at `price` a unit.
    pub fn rated(insufficient_funds: &str, price: &str) -> Self {
        let policy = format!("[policy]\ninsufficient_funds = \"{insufficient_funds}\"\n");
        let prices = ONE_EACH.replace("volume_rate = 1", &format!("volume_rate = {price}")).replace("CREDIT", "USD");
        Self::new(&format!("{policy}{prices}"))
    }

    /// Subscribes to the catalog's product of that index.
    pub fn subscribe(&mut self, product: i64, when: &str) -> SubscriptionId {
        let terms = NewTerms { version: VersionId::from_number(product), quantity: 1, at: at(when) };
        self.engine.subscribe(&mut self.life, terms, None, &mut self.facts).unwrap()
    }

    /// Changes a subscription to the product of that index.
    pub fn change(&mut self, subscription: SubscriptionId, product: i64, when: &str) {
        let terms = NewTerms { version: VersionId::from_number(product), quantity: 1, at: at(when) };
        self.engine.change(&mut self.life, subscription, terms, &mut self.facts).unwrap();
    }

    /// A granted lot.
    pub fn gift(&mut self, asset: &str, amount: &str, priority: Option<i64>, from: &str, to: Option<&str>) {
        let gift = self.adjustment(asset, amount, Reason::Gift, from);
        let gift = Adjustment { priority, expires_at: to.map(at), ..gift };
        self.engine.adjust(&mut self.life, gift, &mut self.facts).unwrap();
    }

    /// A correction by `amount`, which may be below zero.
    pub fn correct(&mut self, asset: &str, amount: &str, when: &str) -> Result<(), MoneyError> {
        let correction = self.adjustment(asset, amount, Reason::Other, when);
        self.engine.adjust(&mut self.life, correction, &mut self.facts)
    }

    fn adjustment(&self, asset: &str, amount: &str, reason: Reason, when: &str) -> Adjustment {
        let asset = self.engine.asset_id(asset).unwrap();
        let amount = parse_units(amount, self.engine.asset(asset).precision).unwrap();
        Adjustment { key: "k".into(), at: at(when), asset, amount, reason, expires_at: None, priority: None }
    }

    /// A payment in USD for another asset.
    pub fn pay(&mut self, dollars: &str, target: &str, when: &str) {
        let id = |code| self.engine.asset_id(code).unwrap();
        let (currency, target) = (id("USD"), id(target));
        let paid = parse_units(dollars, 9).unwrap();
        let topup = NewTopup { key: "k".into(), at: at(when), currency, paid, target };
        self.engine.top_up(&mut self.life, topup, &mut self.facts).unwrap();
    }

    /// Bills one event.
    pub fn event(&mut self, event_type: &str, when: &str, data: &[(&str, &str)]) -> &EventFact {
        self.count += 1;
        let event = UsageEvent {
            id: self.count.to_string(),
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
            shape_id: ShapeId::from_number(self.count),
            shape,
            vendors: &[],
            occurred_at: single.occurred_at,
            volumes: batch.volumes(single, shape),
            costs: batch.costs(single, shape),
        };
        self.engine.bill(&mut self.life, input, &mut self.facts).unwrap();
        self.facts.events.last().unwrap()
    }

    /// Bills a `use` event.
    pub fn spend(&mut self, amount: &str, when: &str) -> Status {
        self.event("use", when, &[("amount", amount)]).status
    }

    pub fn advance(&mut self, when: &str) {
        self.engine.advance(&mut self.life, at(when), &mut self.facts).unwrap();
    }

    pub fn rule_off(&mut self, asset: &str) {
        self.life.rules.insert(self.engine.asset_id(asset).unwrap(), AutoTopupRule::Off);
    }

    /// Every lot that is still there.
    pub fn lots(&self) -> impl Iterator<Item = &Lot> {
        self.life.accounts.iter().flat_map(|(_, account)| account.lots())
    }

    /// What can be used now, as text.
    pub fn balance(&self, asset: &str) -> String {
        let asset = self.engine.asset_id(asset).unwrap();
        self.engine.asset(asset).format(self.life.available(asset, self.life.clock))
    }

    /// The fees of the last event in their assets, as text.
    pub fn fees(&self) -> Vec<String> {
        let fees = self.facts.events.last().unwrap().fees.iter();
        fees.map(|fee| self.engine.asset(self.engine.price_asset(&self.life, fee)).format(fee.amount)).collect()
    }
}
