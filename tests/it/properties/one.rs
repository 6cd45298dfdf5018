//! One customer of a catalog, whose life is told in lines.

use drawdown::billing::{
    Adjustment, Engine, EventInput, Facts, Life, NewTerms, NewTopup, Reason, Status, SubscriptionError,
};
use drawdown::catalog::{SourceFile, read};
use drawdown::ids::{CustomerId, ShapeId, SubscriptionId, VendorId, VersionId};
use drawdown::money::parse_units;
use drawdown::time::Instant;
use drawdown::usage::{Batch, UsageEvent, Vocabulary};
use std::sync::Arc;

/// Whole credits at a dollar, which `use` events take one for one under every product that says [`USE`].
pub const CREDITS: &str = "[[asset]]\ncode = \"CREDIT\"\nprecision = 0\nrates = [{ rate = 1 }]\n";
pub const USE: &str = "[[product.price]]\nname = \"Use\"\ntype = \"usage_based\"\nevent_type = \"use\"\n\
                       usage_type = \"volume\"\nvolume_field = \"n\"\nasset = \"CREDIT\"\nvalues = [{ volume_rate = 1 }]\n";

pub struct One {
    pub engine: Engine,
    pub life: Life,
    /// All that happened.
    pub facts: Facts,
    vocabulary: Arc<Vocabulary>,
    events: i64,
}

pub fn at(text: &str) -> Instant {
    Instant::parse_argument(text).unwrap()
}

/// A product's table and what comes below it.
pub fn product(code: &str, tables: &[String]) -> String {
    format!("[[product]]\ncode = \"{code}\"\nname = \"{code}\"\n{}", tables.concat())
}

/// A fixed price: `"20 USD"` each `"month"`, and further keys.
pub fn fixed(name: &str, price: &str, interval: &str, more: &str) -> String {
    let (amount, asset) = price.split_once(' ').unwrap();
    format!(
        "[[product.price]]\nname = \"{name}\"\ntype = \"fixed\"\nasset = \"{asset}\"\nunit_price = {amount}\n\
         billing_model = {{ type = \"recurring\", interval = \"{interval}\" }}\n{more}\n"
    )
}

/// An entitlement: `"100 CREDIT"`, and further keys.
pub fn grant(name: &str, amount: &str, more: &str) -> String {
    let (amount, asset) = amount.split_once(' ').unwrap();
    format!("[[product.entitlement]]\nname = \"{name}\"\nasset = \"{asset}\"\namount = {amount}\n{more}\n")
}

impl One {
    /// A customer of a catalog without its first table.
    pub fn new(catalog: &str) -> Self {
        let text = format!("[catalog]\nname = \"c\"\nreporting_currency = \"USD\"\n{catalog}");
        let reading = read(&[SourceFile { name: "catalog.toml".into(), text: text.clone() }]);
        let engine = Engine::of_catalog(&reading.catalog.unwrap_or_else(|| panic!("{:#?}\n{text}", reading.findings)));
        let vocabulary = Arc::new(engine.vocabulary());
        Self { engine, life: Life::new(CustomerId::FIRST), facts: Facts::default(), vocabulary, events: 0 }
    }

    fn terms(product: i64, quantity: i64, when: &str) -> NewTerms {
        NewTerms { version: VersionId::from_number(product), quantity, at: at(when) }
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
        self.engine.change_at_period_end(&mut self.life, id, terms, &mut self.facts).unwrap()
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

    pub fn gift(&mut self, amount: &str, when: &str, until: Option<&str>) {
        let (amount, code) = amount.split_once(' ').unwrap();
        let asset = self.engine.asset_id(code).unwrap();
        let amount = parse_units(amount, self.engine.asset(asset).precision).unwrap();
        let (expires_at, reason) = (until.map(at), Reason::Gift);
        let gift = Adjustment { key: "k".into(), at: at(when), asset, amount, reason, expires_at, priority: None };
        self.engine.adjust(&mut self.life, gift, &mut self.facts).unwrap();
    }

    /// Bills a `use` of so many.
    pub fn spend(&mut self, n: &str, when: &str) -> Status {
        self.event("use", n, when)
    }

    pub fn event(&mut self, event_type: &str, n: &str, when: &str) -> Status {
        self.events += 1;
        let event = UsageEvent {
            id: self.events.to_string(),
            customer: "x".into(),
            event_type: event_type.into(),
            occurred_at: at(when),
            subject: None,
            data: [("n".to_owned(), n.to_owned())].into(),
            costs: Vec::new(),
        };
        let batch = Batch::single(&event, &self.vocabulary).unwrap();
        let (single, shape) = (&batch.events[0], &batch.new_shapes[0]);
        let (vendors, costs, occurred_at) = (&[] as &[VendorId], &[] as &[_], single.occurred_at);
        let volumes = batch.volumes(single, shape);
        let input =
            EventInput { shape_id: ShapeId::from_number(self.events), shape, vendors, occurred_at, volumes, costs };
        self.engine.bill(&mut self.life, input, &mut self.facts).unwrap()
    }

    pub fn advance(&mut self, when: &str) {
        self.engine.advance(&mut self.life, at(when), &mut self.facts).unwrap();
    }

    /// What can be used now.
    pub fn balance(&self, asset: &str) -> String {
        let asset = self.engine.asset_id(asset).unwrap();
        self.engine.asset(asset).format(self.life.available(asset, self.life.clock))
    }

    /// Price, service period and amount of every charge.
    pub fn charges(&self) -> Vec<String> {
        let charge = |c: &drawdown::billing::ChargeFact| {
            let own = self.life.subscriptions.iter().find(|s| s.id == c.subscription).unwrap();
            let price = &self.engine.version(own.version).fixed_prices[c.price.place()].1.name;
            format!("{price} {}..{}: {}", c.from.date(), c.to.date(), self.engine.asset(c.asset).format(c.amount))
        };
        self.facts.charges.iter().map(charge).collect()
    }

    /// Span and amount of everything an entitlement granted or a rollover carried.
    pub fn grants(&self) -> Vec<String> {
        let grants = self.facts.lots.iter().filter(|lot| lot.granted_by.is_some());
        let grant = |lot: &drawdown::billing::LotFact| {
            let end = lot.expires_at.map(|end| end.date()).unwrap_or_default();
            let carried = self.facts.rollovers.iter().any(|rollover| rollover.into == lot.id);
            let what = if carried { " carried" } else { "" };
            format!("{}..{end}: {}{what}", lot.granted_at.date(), self.engine.asset(lot.asset).format(lot.amount))
        };
        grants.map(grant).collect()
    }
}
