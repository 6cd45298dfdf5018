//! Rows and what belongs to them. While events stream by, a row is a few numbers; only at the end do they become names.

use super::key::Key;
use crate::billing::{Engine, EventFact, FeeFact, FixedSource, RollupBy, Version};
use crate::ids::{CustomerId, EventNumber, FixedPriceIndex, PriceIndex, ShapeId, SubscriptionId, VendorId, VersionId};
use crate::ledger::{Ledger, LedgerError};
use crate::time::{Instant, Months, Unit};
use crate::usage::Shape;
use rustc_hash::FxHashMap;
use serde::ser::{Serialize, SerializeMap, Serializer};
use smallvec::SmallVec;
use std::collections::BTreeSet;

/// One slot for each key of the report.
pub(super) type RowKey = SmallVec<[Slot; 4]>;

/// What one key of a row is, as a number: its key says of which kind. A bare number is hashed faster than an enum, and a
/// report on days hashes a row for each event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Slot(i64);

impl Slot {
    /// An event has no value for the key.
    const NONE: Self = Self(i64::MIN);

    fn customer(id: CustomerId) -> Self {
        Self(id.number())
    }

    fn vendor(id: VendorId) -> Self {
        Self(id.number())
    }

    fn text(text: TextId) -> Self {
        Self(text.0 as i64)
    }

    /// The UTC day of an instant.
    fn day(at: Instant) -> Self {
        Self(at.micros().div_euclid(DAY))
    }

    /// A month, by its start.
    fn month(start: Instant) -> Self {
        Self(start.micros())
    }

    /// What it is called, where `key` is what it was made for.
    fn name(self, key: &Key, names: &Names, texts: &Texts) -> Result<Option<String>, LedgerError> {
        if self == Self::NONE {
            return Ok(None);
        }
        Ok(Some(match key {
            Key::Customer => names.customer(CustomerId::from_number(self.0))?.to_owned(),
            Key::Vendor => names.vendor(VendorId::from_number(self.0))?.to_owned(),
            Key::Day => Instant::from_micros(self.0.saturating_mul(DAY)).date(),
            Key::Month => Instant::from_micros(self.0).month(),
            Key::Product | Key::Price | Key::EventType | Key::Dimension(_) => texts.texts[self.0 as usize].clone(),
        }))
    }
}

/// A day in microseconds.
const DAY: i64 = 86_400_000_000;

/// One row of a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row<F> {
    /// One name for each key of the report; absent where there is none, such as the price of an unpriced event.
    pub keys: Vec<Option<String>>,
    /// The figures of the row.
    pub figures: F,
}

/// The rows of a report while it is made.
#[derive(Debug)]
pub(super) struct Rows<F> {
    index: FxHashMap<RowKey, usize>,
    figures: Vec<F>,
}

impl<F: Default> Rows<F> {
    pub fn new() -> Self {
        Self { index: FxHashMap::default(), figures: Vec::new() }
    }

    /// The number of a row, for [`Rows::at`].
    pub fn number(&mut self, key: &RowKey) -> usize {
        if let Some(&number) = self.index.get(key) {
            return number;
        }
        self.index.insert(key.clone(), self.figures.len());
        self.figures.push(F::default());
        self.figures.len() - 1
    }

    /// The row of that number.
    pub fn at(&mut self, number: usize) -> &mut F {
        &mut self.figures[number]
    }
}

/// The place of a text in [`Texts`].
#[derive(Debug, Clone, Copy)]
struct TextId(usize);

/// Texts by number.
#[derive(Debug, Default)]
struct Texts {
    numbers: foldhash::HashMap<String, TextId>,
    texts: Vec<String>,
}

impl Texts {
    fn number(&mut self, text: &str) -> TextId {
        if let Some(&number) = self.numbers.get(text) {
            return number;
        }
        let number = TextId(self.texts.len());
        self.numbers.insert(text.to_owned(), number);
        self.texts.push(text.to_owned());
        number
    }
}

/// A product and one of its prices, or none of them.
#[derive(Debug, Clone, Copy)]
struct Place {
    product: TextId,
    price: Option<TextId>,
}

/// What customers and vendors are called.
#[derive(Debug, Clone, Default)]
pub struct Names {
    /// Customers' external ids.
    pub customers: FxHashMap<CustomerId, String>,
    /// Vendors' codes.
    pub vendors: FxHashMap<VendorId, String>,
}

impl Names {
    /// What a customer is called.
    ///
    /// # Errors
    /// When there is no such customer.
    pub fn customer(&self, id: CustomerId) -> Result<&str, LedgerError> {
        let lost = || LedgerError::Damaged(format!("customer number {id} is not there"));
        self.customers.get(&id).map(String::as_str).ok_or_else(lost)
    }

    /// What a vendor is called.
    ///
    /// # Errors
    /// When there is no such vendor.
    pub fn vendor(&self, id: VendorId) -> Result<&str, LedgerError> {
        let lost = || LedgerError::Damaged(format!("vendor number {id} is not there"));
        self.vendors.get(&id).map(String::as_str).ok_or_else(lost)
    }
}

/// Finds the rows that events belong to.
#[derive(Debug)]
pub(super) struct Grouping {
    keys: Vec<Key>,
    texts: Texts,
    /// What each shape says of the keys.
    shapes: FxHashMap<ShapeId, RowKey>,
    subscriptions: FxHashMap<SubscriptionId, VersionId>,
    fees: FxHashMap<(VersionId, PriceIndex), Place>,
    /// Where each fixed price belongs, and under no index what belongs to none of them alone.
    fixed: FxHashMap<(VersionId, Option<FixedPriceIndex>), Place>,
    months: Months,
    /// Whether rows tell fees of one event apart.
    pub by_fee: bool,
    /// Whether rows are days or months, which have an order of their own.
    pub by_time: bool,
}

/// The names of all keys that a report on the ledger can group by.
///
/// # Errors
/// When the ledger can't be read, or no catalog has been applied to it.
pub fn keys(ledger: &Ledger, has_vendors: bool) -> Result<Vec<String>, LedgerError> {
    Ok(Key::names(&dimensions(&ledger.engine()?, &ledger.shapes()?), has_vendors))
}

/// The dimensions of prices and of events: one that no event has had yet can be named all the same.
fn dimensions(engine: &Engine, shapes: &[(ShapeId, Shape)]) -> BTreeSet<String> {
    let priced = engine.vocabulary().into_values().flat_map(|interest| interest.dimensions);
    let had = shapes.iter().flat_map(|(_, shape)| shape.dimensions.iter().map(|(name, _)| name.clone()));
    priced.chain(had).collect()
}

impl Grouping {
    /// A grouping by the keys of these names, of what happens under an engine's prices. `dimensions` are those that can be
    /// named.
    ///
    /// # Errors
    /// When there is no such key.
    pub fn new(
        engine: &Engine,
        dimensions: &BTreeSet<String>,
        names: &[String],
        has_vendors: bool,
    ) -> Result<Self, LedgerError> {
        let keys = Key::parse(names, dimensions, has_vendors)?;
        let mut texts = Texts::default();
        let (mut fees, mut fixed) = (FxHashMap::default(), FxHashMap::default());
        for (id, version) in engine.versions() {
            let product = texts.number(&version.product);
            for (index, (_, price)) in PriceIndex::each(&version.prices) {
                fees.insert((id, index), Place { product, price: Some(texts.number(&price.name)) });
            }
            for (index, (_, price)) in FixedPriceIndex::each(&version.fixed_prices) {
                fixed.insert((id, Some(index)), Place { product, price: Some(texts.number(&price.name)) });
            }
            let main = fixed.get(&(id, main_price(version))).and_then(|place| place.price);
            fixed.insert((id, None), Place { product, price: main });
        }
        let has = |wanted: &[Key]| keys.iter().any(|key| wanted.contains(key));
        Ok(Self {
            by_fee: has(&[Key::Product, Key::Price]),
            by_time: has(&[Key::Day, Key::Month]),
            keys,
            texts,
            shapes: FxHashMap::default(),
            subscriptions: FxHashMap::default(),
            fees,
            fixed,
            months: Months::default(),
        })
    }

    /// A grouping of what a ledger has.
    ///
    /// # Errors
    /// When there is no such key, or the ledger can't be read.
    pub fn of_ledger(
        ledger: &Ledger,
        engine: &Engine,
        names: &[String],
        has_vendors: bool,
    ) -> Result<Self, LedgerError> {
        let shapes = ledger.shapes()?;
        let mut grouping = Self::new(engine, &dimensions(engine, &shapes), names, has_vendors)?;
        shapes.iter().for_each(|(id, shape)| grouping.learn_shape(*id, shape));
        grouping.subscriptions = ledger.versions_held()?.into_iter().collect();
        Ok(grouping)
    }

    /// Makes a shape known, events of which follow.
    pub fn learn_shape(&mut self, id: ShapeId, shape: &Shape) {
        let key = shape_key(&self.keys, shape, &mut self.texts);
        self.shapes.insert(id, key);
    }

    /// Makes known which product version a subscription is to.
    pub fn learn_subscription(&mut self, id: SubscriptionId, version: VersionId) {
        self.subscriptions.insert(id, version);
    }

    /// The calendar unit that rows tell apart, if they do.
    pub fn unit(&self) -> Option<Unit> {
        let has = |key| self.keys.contains(&key);
        if has(Key::Day) { Some(Unit::Day) } else { has(Key::Month).then_some(Unit::Month) }
    }

    /// Whether prices are told apart, so that a row can say a quantity.
    pub fn by_price(&self) -> bool {
        self.keys.contains(&Key::Price)
    }

    /// Where an event belongs, as far as its fees and vendors don't matter.
    ///
    /// # Errors
    /// When the ledger is damaged.
    pub fn event(&mut self, event: &EventFact) -> Result<RowKey, LedgerError> {
        let mut key = self.of_shape(event.shape).ok_or_else(|| damaged(event.seq, "its shape is not there"))?;
        self.place(&mut key, Some(event.customer), event.occurred_at);
        Ok(key)
    }

    /// Where events of a shape and a month belong, whoever's they are.
    ///
    /// # Errors
    /// When the ledger is damaged.
    pub fn shape(&mut self, shape: ShapeId, month: Instant) -> Result<RowKey, LedgerError> {
        let key = self.of_shape(shape);
        let mut key = key.ok_or_else(|| LedgerError::Damaged(format!("shape {shape} is not there")))?;
        self.place(&mut key, None, month);
        Ok(key)
    }

    fn of_shape(&self, shape: ShapeId) -> Option<RowKey> {
        self.shapes.get(&shape).cloned()
    }

    /// The rollups that tell apart what the rows do, if some do.
    pub fn rollups(&self) -> Option<RollupBy> {
        let is_of_customers = |key: &Key| matches!(key, Key::Customer | Key::Product | Key::Month);
        if self.keys.contains(&Key::Day) {
            None
        } else if !self.keys.contains(&Key::Customer) {
            Some(RollupBy::Shape)
        } else {
            self.keys.iter().all(is_of_customers).then_some(RollupBy::Customer)
        }
    }

    /// Where something belongs that happened to a customer without an event.
    pub fn customer(&mut self, customer: CustomerId, at: Instant) -> RowKey {
        let mut key = SmallVec::from_elem(Slot::NONE, self.keys.len());
        self.place(&mut key, Some(customer), at);
        key
    }

    fn place(&mut self, row: &mut RowKey, customer: Option<CustomerId>, at: Instant) {
        let day = Slot::day(at);
        for (slot, key) in row.iter_mut().zip(&self.keys) {
            match key {
                Key::Customer => *slot = customer.map_or(Slot::NONE, Slot::customer),
                Key::Day => *slot = day,
                Key::Month => *slot = Slot::month(self.months.of(at)),
                Key::Product | Key::Price | Key::EventType | Key::Vendor | Key::Dimension(_) => {}
            }
        }
    }

    /// Puts in where a fee belongs.
    ///
    /// # Errors
    /// When the ledger is damaged.
    pub fn set_fee(&self, row: &mut RowKey, event: EventNumber, fee: &FeeFact) -> Result<(), LedgerError> {
        let version = self.version(event, fee)?;
        self.set_usage(row, version, Some(fee.price)).map_err(|_| damaged(event, "its price is not there"))
    }

    /// Puts in where usage under a version belongs, and under which of its prices, where prices are told apart.
    ///
    /// # Errors
    /// When the ledger is damaged.
    pub fn set_usage(
        &self,
        row: &mut RowKey,
        version: VersionId,
        price: Option<PriceIndex>,
    ) -> Result<(), LedgerError> {
        let place = match price {
            Some(price) => self.fees.get(&(version, price)),
            None => self.fixed.get(&(version, None)),
        };
        let place = place.ok_or_else(|| LedgerError::Damaged(format!("a price of version {version} is not there")))?;
        self.set_place(row, *place);
        Ok(())
    }

    /// The product version that a subscription is to.
    pub fn version_of(&self, subscription: SubscriptionId) -> Option<VersionId> {
        self.subscriptions.get(&subscription).copied()
    }

    fn set_place(&self, row: &mut RowKey, place: Place) {
        for (slot, key) in row.iter_mut().zip(&self.keys) {
            match key {
                Key::Product => *slot = Slot::text(place.product),
                Key::Price => *slot = place.price.map_or(Slot::NONE, Slot::text),
                _ => {}
            }
        }
    }

    /// Puts in where fixed revenue of a subscription belongs: to the price it was charged for. What entitlements take
    /// comes out of the version's main price.
    ///
    /// # Errors
    /// When the ledger is damaged.
    pub fn set_fixed(
        &self,
        row: &mut RowKey,
        subscription: SubscriptionId,
        source: FixedSource,
    ) -> Result<(), LedgerError> {
        let price = match source {
            FixedSource::Price(price) => Some(price),
            FixedSource::Entitlement => None,
        };
        self.set_place(row, self.fixed_place(subscription, price)?);
        Ok(())
    }

    /// Puts in the product of a subscription whose credit was lost, which belongs to no price.
    ///
    /// # Errors
    /// When the ledger is damaged.
    pub fn set_product(&self, row: &mut RowKey, subscription: SubscriptionId) -> Result<(), LedgerError> {
        let place = self.fixed_place(subscription, None)?;
        self.set_place(row, Place { price: None, ..place });
        Ok(())
    }

    fn fixed_place(&self, subscription: SubscriptionId, price: Option<FixedPriceIndex>) -> Result<Place, LedgerError> {
        let version = self.subscriptions.get(&subscription);
        let place = version.and_then(|&version| self.fixed.get(&(version, price)).copied());
        place.ok_or_else(|| LedgerError::Damaged(format!("the price of subscription {subscription} is not there")))
    }

    /// The product version that a fee is under.
    ///
    /// # Errors
    /// When the ledger is damaged.
    pub fn version(&self, event: EventNumber, fee: &FeeFact) -> Result<VersionId, LedgerError> {
        self.version_of(fee.subscription).ok_or_else(|| damaged(event, "its subscription is not there"))
    }

    /// Puts in which vendor it was.
    pub fn set_vendor(&self, row: &mut RowKey, vendor: VendorId) {
        for (slot, key) in row.iter_mut().zip(&self.keys) {
            if *key == Key::Vendor {
                *slot = Slot::vendor(vendor);
            }
        }
    }

    /// The names of a ledger's customers and vendors, as far as rows need them.
    ///
    /// # Errors
    /// When the ledger can't be read.
    pub fn names(&self, ledger: &Ledger) -> Result<Names, LedgerError> {
        let customers = match self.keys.contains(&Key::Customer) {
            true => ledger.customers()?.into_iter().map(|c| (c.id, c.external_id)).collect(),
            false => FxHashMap::default(),
        };
        Ok(Names { customers, vendors: ledger.vendor_codes()?.into_iter().collect() })
    }

    /// The rows under their names, in the order of the names; those that have none come last.
    ///
    /// # Errors
    /// When a row belongs to somebody who is not among the names.
    pub fn named<F>(&self, names: &Names, rows: Rows<F>) -> Result<Vec<Row<F>>, LedgerError> {
        let mut numbers: Vec<_> = rows.index.into_iter().collect();
        numbers.sort_unstable_by_key(|(_, number)| *number);
        let mut named = Vec::with_capacity(numbers.len());
        for ((row, _), figures) in numbers.iter().zip(rows.figures) {
            let keys = self.keys.iter().zip(row).map(|(key, slot)| slot.name(key, names, &self.texts));
            named.push(Row { keys: keys.collect::<Result<_, _>>()?, figures });
        }
        named.sort_by(|a: &Row<F>, b| order(&a.keys).cmp(order(&b.keys)));
        Ok(named)
    }
}

/// The index of the fixed price that stands for a version: the first that recurs, else the first.
fn main_price(version: &Version) -> Option<FixedPriceIndex> {
    let all = || FixedPriceIndex::each(&version.fixed_prices);
    let recurring = all().find(|(_, (_, price))| price.interval.is_some());
    recurring.or_else(|| all().next()).map(|(index, _)| index)
}

/// Names in their order, those that are missing last.
fn order(keys: &[Option<String>]) -> impl Iterator<Item = (bool, &Option<String>)> {
    keys.iter().map(|key| (key.is_none(), key))
}

/// What a shape says of the keys.
fn shape_key(keys: &[Key], shape: &Shape, texts: &mut Texts) -> RowKey {
    let of = |key: &Key| match key {
        Key::EventType => Slot::text(texts.number(&shape.event_type)),
        Key::Dimension(name) => shape.dimension(name).map_or(Slot::NONE, |value| Slot::text(texts.number(value))),
        Key::Customer | Key::Product | Key::Price | Key::Vendor | Key::Day | Key::Month => Slot::NONE,
    };
    keys.iter().map(of).collect()
}

fn damaged(event: EventNumber, what: &str) -> LedgerError {
    LedgerError::Damaged(format!("event number {event}: {what}"))
}

/// The names of a row as JSON members.
#[derive(Debug)]
pub(super) struct Named<'a> {
    pub by: &'a [String],
    pub keys: &'a [Option<String>],
}

impl Serialize for Named<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.by.len()))?;
        for (name, key) in self.by.iter().zip(self.keys) {
            map.serialize_entry(name, key)?;
        }
        map.end()
    }
}
