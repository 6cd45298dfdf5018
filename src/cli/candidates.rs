//! Names that shells complete an argument with. They are declared at the argument: `#[arg(add = candidates::customers())]`.
//!
//! A ledger that can't be read has no names: whoever presses Tab wants no error.

use super::workspace::sources;
use crate::catalog::{Catalog, Product, Published, Terms, built_ins, read};
use crate::ledger::Ledger;
use crate::money::Asset;
use crate::report::keys;
use clap_complete::engine::{ArgValueCompleter, CompletionCandidate};
use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::path::PathBuf;
use std::sync::OnceLock;

/// Nobody reads more.
const MOST: u32 = 200;

/// Where names are looked up.
#[derive(Debug)]
pub struct Place {
    /// The ledger's file.
    pub ledger: PathBuf,
    /// The catalog.
    pub catalog: PathBuf,
}

/// The place that the line being completed speaks of. Clap asks for candidates without saying for which line.
static PLACE: OnceLock<Place> = OnceLock::new();

/// Says where names are to be looked up from now on.
pub fn look_up_in(place: Place) {
    // There is one line to complete in the life of a process.
    let _ = PLACE.set(place);
}

/// The ledger's customers.
pub fn customers() -> ArgValueCompleter {
    named(|place, prefix| place.peek(|ledger| ledger.customers_like(prefix, MOST).ok()))
}

/// The latest events, the latest first.
pub fn events() -> ArgValueCompleter {
    named(|place, prefix| place.peek(|ledger| ledger.recent_events_like(prefix, MOST as usize).ok()))
}

/// The latest payments, the latest first.
pub fn payments() -> ArgValueCompleter {
    named(|place, prefix| place.peek(|ledger| ledger.recent_payments_like(prefix, MOST as usize).ok()))
}

/// Assets of the ledger and of the catalog.
pub fn assets() -> ArgValueCompleter {
    named(|place, _| place.offered(|offer| offer.assets))
}

/// Every currency, for who has no ledger yet.
pub fn currencies() -> ArgValueCompleter {
    named(|_, _| Some(Asset::currencies().map(|currency| currency.code).collect()))
}

/// Products of the ledger and of the catalog.
pub fn products() -> ArgValueCompleter {
    named(|place, _| place.offered(|offer| offer.products))
}

/// Types of events that the ledger or the catalog has a price for.
pub fn event_types() -> ArgValueCompleter {
    named(|place, _| place.offered(|offer| offer.event_types))
}

/// Vendors of the ledger and of the catalog.
pub fn vendors() -> ArgValueCompleter {
    named(|place, _| place.offered(|offer| offer.vendors))
}

/// Mappings of other systems' logs: the catalog's, and those that are built in.
pub fn mappings() -> ArgValueCompleter {
    named(|place, _| {
        let own = place.catalog().map(|catalog| catalog.mappings).unwrap_or_default();
        let others = built_ins().filter(|name| !own.contains_key(*name)).map(str::to_owned);
        Some(own.keys().cloned().chain(others).collect())
    })
}

/// Mappings that are built in.
pub fn built_in_mappings() -> ArgValueCompleter {
    named(|_, _| Some(built_ins().map(str::to_owned).collect()))
}

/// What a report of money can group by.
pub fn report_keys() -> ArgValueCompleter {
    named(|place, _| place.peek(|ledger| keys(ledger, true).ok()))
}

/// What a report of usage can group by.
pub fn usage_keys() -> ArgValueCompleter {
    named(|place, _| place.peek(|ledger| keys(ledger, false).ok()))
}

/// The numbers of what was done to the ledger, the latest first.
pub fn operations() -> ArgValueCompleter {
    named(|place, prefix| {
        let all = place.peek(|ledger| ledger.operations().ok())?;
        let numbers = all.iter().rev().map(|operation| operation.id.to_string());
        Some(numbers.filter(|number| number.starts_with(prefix)).take(MOST as usize).collect())
    })
}

fn named(names: fn(&Place, &str) -> Option<Vec<String>>) -> ArgValueCompleter {
    ArgValueCompleter::new(move |current: &OsStr| {
        // A name is text, so nothing else is the beginning of one.
        let names = current.to_str().and_then(|prefix| Some((prefix, names(PLACE.get()?, prefix)?)));
        let (prefix, names) = names.unwrap_or_default();
        names.into_iter().filter(|name| name.starts_with(prefix)).map(CompletionCandidate::new).collect()
    })
}

impl Place {
    fn peek<T>(&self, ask: impl FnOnce(&Ledger) -> Option<T>) -> Option<T> {
        self.ledger.is_file().then(|| Ledger::peek(&self.ledger).ok()).flatten().as_ref().and_then(ask)
    }

    /// Names of the ledger and of the catalog: one is asked about what was applied, the other is being written.
    fn offered(&self, names: fn(Offer) -> BTreeSet<String>) -> Option<Vec<String>> {
        let mut offer = Offer::default();
        if let Some(published) = self.peek(|ledger| ledger.published().ok().flatten()) {
            offer.published(&published);
        }
        if let Some(catalog) = self.catalog() {
            offer.catalog(&catalog);
        }
        Some(names(offer).into_iter().collect())
    }

    fn catalog(&self) -> Option<Catalog> {
        sources(&self.catalog).ok().and_then(|sources| read(&sources).catalog)
    }
}

/// What there is to buy, by name.
#[derive(Default)]
struct Offer {
    products: BTreeSet<String>,
    assets: BTreeSet<String>,
    event_types: BTreeSet<String>,
    vendors: BTreeSet<String>,
}

impl Offer {
    fn published(&mut self, published: &Published) {
        let products = published.products.iter().map(|known| &known.product);
        self.add(&published.terms, products);
    }

    fn catalog(&mut self, catalog: &Catalog) {
        self.add(&catalog.terms, catalog.products.iter());
    }

    fn add<'p>(&mut self, terms: &Terms, products: impl Iterator<Item = &'p Product>) {
        self.assets.insert(terms.reporting_currency.clone());
        self.assets.extend(terms.assets.iter().map(|asset| asset.code.clone()));
        self.vendors.extend(terms.vendors.iter().map(|vendor| vendor.code.clone()));
        for product in products {
            self.products.insert(product.code.clone());
            self.assets.extend(product.assets().map(str::to_owned));
            self.event_types.extend(product.prices.iter().map(|price| price.usage.event_type.clone()));
        }
    }
}
