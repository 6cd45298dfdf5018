//! What one event would owe and cost under a catalog alone: for `quote`, `test` and `check`.

use crate::billing::{BillError, Engine, EventInput, FeeFact, FeeTerms, FeesDue, Life, Subscription};
use crate::catalog::{Catalog, Price, PriceRow, Product};
use crate::ids::{CustomerId, ShapeId, SubscriptionId, VendorId, VersionId};
use crate::money::{Asset, Cost, Units};
use crate::rating::Quantity;
use crate::time::Instant;
use crate::usage::{Batch, Fault, Shape, UsageEvent, Vocabulary};
use std::borrow::Cow;
use std::sync::Arc;
use thiserror::Error;

/// A catalog with the engine it makes, ready to rate events one by one, each as the first of its tier period.
pub(super) struct Trial<'c> {
    catalog: &'c Catalog,
    pub engine: Engine,
    vocabulary: Arc<Vocabulary>,
    /// How many events were tried; each is a shape of its own.
    tried: ShapeId,
}

/// Why an event can't be rated.
#[derive(Debug, Error)]
pub(super) enum TrialError {
    /// It is no event.
    #[error(transparent)]
    Event(#[from] Fault),
    /// It can't be billed.
    #[error(transparent)]
    Bill(#[from] BillError),
}

/// What one event would owe and cost.
pub(super) struct Owed<'c> {
    /// One fee for each price that matches, in the product's order.
    pub fees: Vec<Fee<'c>>,
    /// What each vendor would charge us.
    pub costs: Vec<(String, Cost)>,
}

/// What one event would owe under one price.
pub(super) struct Fee<'c> {
    pub price: &'c Price,
    pub row: &'c PriceRow,
    pub quantity: Quantity,
    pub asset: Asset,
    pub amount: Units,
}

impl<'c> Trial<'c> {
    pub fn new(catalog: &'c Catalog) -> Self {
        let engine = Engine::of_catalog(catalog);
        let vocabulary = Arc::new(engine.vocabulary());
        Self { catalog, engine, vocabulary, tried: ShapeId::FIRST }
    }

    /// What the event would owe a customer who subscribes to one of the catalog's products alone.
    ///
    /// # Errors
    /// What is wrong with the event.
    pub fn owed(&mut self, product: &'c Product, event: &UsageEvent) -> Result<Owed<'c>, TrialError> {
        let batch = Batch::single(event, &self.vocabulary)?;
        let single = &batch.events[0];
        let shape = Arc::clone(&batch.new_shapes[single.shape.place()]);
        let vendors: Vec<VendorId> = VendorId::from_number(0).and_following().take(shape.vendors.len()).collect();
        let input = EventInput {
            shape_id: self.tried.take_next(),
            shape: &shape,
            vendors: &vendors,
            occurred_at: event.occurred_at,
            volumes: batch.volumes(single, &shape),
            costs: batch.costs(single, &shape),
        };
        let mut due = FeesDue::default();
        self.engine.fees_due(&self.subscriber(product), input, &mut due)?;
        let costs = self.engine.costs(input)?;
        let vendor = |id| self.vendor(&shape, id);
        let costs = costs.iter().map(|cost| (vendor(cost.vendor), cost.amount)).collect();
        let fees = due.iter().map(|(fee, terms)| self.fee(product, fee, terms)).collect();
        Ok(Owed { fees, costs })
    }

    fn fee(&self, product: &'c Product, fee: &FeeFact, terms: &FeeTerms) -> Fee<'c> {
        let price = &product.prices[fee.price.place()];
        let row = &price.usage.rows[fee.row.place()];
        // The quantity before is zero, so the quantity after is the event's.
        let quantity = terms.counter.1.quantity;
        Fee { price, row, quantity, asset: self.engine.asset(terms.asset).clone(), amount: fee.amount }
    }

    /// Somebody who has subscribed to the product for ever.
    fn subscriber(&self, product: &Product) -> Life {
        let products = VersionId::from_number(0).and_following().zip(&self.catalog.products);
        let mut version = products.filter(|(_, other)| other.code == product.code).map(|(version, _)| version);
        let version = version.next().expect("the product is one of the catalog's");
        let mut life = Life::new(CustomerId::FIRST);
        life.subscriptions.push(Subscription::new(SubscriptionId::FIRST, version, Instant::EPOCH));
        life
    }

    /// The code of a vendor: of the event when it says its costs itself, else of the catalog, which counts from 1.
    fn vendor(&self, shape: &Shape, id: VendorId) -> String {
        let own = VendorId::from_number(0).and_following().zip(shape.vendors.iter().map(|own| &own.vendor));
        let rules = VendorId::FIRST.and_following().zip(self.catalog.terms.vendors.iter().map(|vendor| &vendor.code));
        let code = own.chain(rules).find(|(own, _)| *own == id).map(|(_, code)| code.clone());
        code.expect("a cost is of a vendor of the event or of the catalog")
    }
}

impl Fee<'_> {
    /// What the row is for: the billable dimensions that it names, with their values.
    pub fn dimensions(&self) -> impl Iterator<Item = (&str, Cow<'_, str>)> {
        let names = self.price.usage.billable_dimensions.iter().map(String::as_str);
        names.zip(&self.row.dimensions).filter_map(|(name, value)| Some((name, value.as_ref()?.as_text())))
    }
}
