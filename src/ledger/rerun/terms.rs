//! The terms that held when operations ran, and those of scenarios.

use super::super::book::{Numbered, engine_of, products_held};
use super::super::error::{LedgerError, TermsError};
use super::super::tables::product_version::StoredVersion;
use super::super::tables::{product_version, terms};
use super::since::{Since, later};
use crate::billing::{Engine, Numbers};
use crate::catalog::{Catalog, Product, Published, Terms};
use crate::ids::{AssetId, OperationId, VendorId};
use crate::money::Book;
use crate::scenario::Changed;
use crate::wallet::Declines;
use rusqlite::Connection;
use std::collections::BTreeSet;

/// How a scenario's terms come from those that were applied. Versions keep their numbers.
pub trait ScenarioTerms: Send {
    /// Its terms, for some that were applied.
    ///
    /// # Errors
    /// Why there are none.
    fn terms(&self, applied: &Terms) -> Result<Terms, TermsError>;

    /// Its product, for a version that was published.
    ///
    /// # Errors
    /// Why there is none.
    fn product(&self, version: &Product) -> Result<Product, TermsError>;

    /// Who reads a field of events of a type as a number.
    fn reader(&self, event_type: &str, field: &str) -> String {
        format!("a scenario that bills {field} of {event_type}")
    }

    /// Whether whatever a wallet can't cover is paid, exactly.
    fn pays_what_is_missing(&self) -> bool {
        false
    }

    /// Which automatic payments are declined.
    fn declines(&self) -> Option<Declines> {
        None
    }

    /// From when on the terms hold, if not from the start.
    fn since(&self) -> Option<Since> {
        None
    }

    /// Whether everybody pays by the terms' rules, whatever rule of their own was set.
    fn has_own_rules(&self) -> bool {
        false
    }
}

/// All versions have another catalog's terms, from the start.
impl ScenarioTerms for Catalog {
    fn terms(&self, _: &Terms) -> Result<Terms, TermsError> {
        Ok(self.terms.clone())
    }

    fn product(&self, version: &Product) -> Result<Product, TermsError> {
        let own = self.products.iter().find(|own| own.code == version.code);
        let lost = || TermsError::NoProduct { scenario: self.name.clone(), product: version.code.clone() };
        own.cloned().ok_or_else(lost)
    }
}

/// All versions and terms have other numbers, each from its own.
impl ScenarioTerms for Changed {
    fn terms(&self, applied: &Terms) -> Result<Terms, TermsError> {
        self.terms(applied).cloned().ok_or(TermsError::OtherTerms)
    }

    fn product(&self, version: &Product) -> Result<Product, TermsError> {
        self.product(version).cloned().ok_or_else(|| TermsError::OtherVersion(version.code.clone()))
    }
}

/// The latest terms of a ledger's history, and of scenarios of it.
pub struct LatestTerms {
    /// The ledger's own, and then those of each scenario.
    pub engines: Vec<Engine>,
    /// All vendors by their codes, also those that only a scenario has.
    pub vendors: Vec<(VendorId, String)>,
}

/// Everything that was applied, and the numbers of assets and vendors, also those that scenarios have beyond it.
pub(super) struct History {
    applied: Vec<(OperationId, Published)>,
    versions: Vec<(OperationId, StoredVersion)>,
    numbered: Numbered,
    /// The products that somebody was ever subscribed to. Scenarios need no others.
    held: BTreeSet<String>,
}

impl History {
    pub fn load(connection: &Connection, scenarios: &[Box<dyn ScenarioTerms>]) -> Result<Self, LedgerError> {
        let mut own = Self {
            applied: terms::applied(connection)?,
            versions: product_version::with_operations(connection)?,
            numbered: Numbered::load(connection)?,
            held: products_held(connection)?,
        };
        for scenario in scenarios {
            own.number(scenario.as_ref())?;
        }
        Ok(own)
    }

    /// The operations that applied something, in their order.
    pub fn applies(&self) -> impl Iterator<Item = OperationId> {
        self.applied.iter().map(|(operation, _)| *operation)
    }

    /// Gives numbers to what only a scenario has.
    fn number(&mut self, scenario: &dyn ScenarioTerms) -> Result<(), LedgerError> {
        let mut next_asset = self.numbered.assets.values().max().map_or(AssetId::FIRST, |id| id.next());
        let mut next_vendor = self.numbered.vendors.values().max().map_or(VendorId::FIRST, |id| id.next());
        let held = self.versions.iter().filter(|(_, version)| self.held.contains(&version.product.code));
        let products = held.map(|(_, version)| scenario.product(&version.product));
        let products: Vec<Product> = products.collect::<Result<_, _>>()?;
        for (_, published) in &self.applied {
            let terms = scenario.terms(&published.terms)?;
            for code in super::super::book::asset_codes(&terms, &products) {
                self.numbered.assets.entry(code).or_insert_with(|| next_asset.take_next());
            }
            for vendor in &terms.vendors {
                self.numbered.vendors.entry(vendor.code.clone()).or_insert_with(|| next_vendor.take_next());
            }
        }
        Ok(())
    }

    /// The engine under the terms that an operation applied: the ledger's own, or a scenario's. One whose terms hold from
    /// an instant on has the versions of the base, too.
    pub fn engine(
        &self,
        operation: OperationId,
        scenario: Option<&dyn ScenarioTerms>,
        base: Option<&dyn ScenarioTerms>,
    ) -> Result<Engine, LedgerError> {
        let applied = self.applied.iter().find(|(own, _)| *own == operation);
        let (_, published) = applied.ok_or(LedgerError::NothingApplied)?;
        let known = self.versions.iter().filter(|(since, _)| *since <= operation).map(|(_, version)| version);
        match scenario {
            None => engine_of(published, known.cloned(), &self.numbered, Numbers::FIRST),
            Some(scenario) => {
                let before = base.map_or_else(|| Ok(published.terms.clone()), |base| base.terms(&published.terms))?;
                let mut published = published.clone();
                published.terms = scenario.terms(&published.terms)?;
                let mut versions = Vec::new();
                for version in known.filter(|version| self.held.contains(&version.product.code)) {
                    let (id, number, named) = (version.id, version.number, version.named(&published));
                    let product = scenario.product(&named)?;
                    if scenario.since().is_none() {
                        versions.push(StoredVersion { id, number, product });
                        continue;
                    }
                    let held = base.map_or(Ok(named.clone()), |base| base.product(&named))?;
                    versions.push(StoredVersion { id, number, product: held });
                    versions.push(StoredVersion { id: later(id), number, product });
                }
                published.products.clear();
                let mut engine = engine_of(&published, versions.into_iter(), &self.numbered, Numbers::FIRST)?;
                if let Some(since) = scenario.since() {
                    engine.keep_rates_until(since.at, Book::new(before.reporting_currency, before.assets));
                }
                if scenario.pays_what_is_missing() {
                    engine.pay_what_is_missing();
                }
                if let Some(declines) = scenario.declines() {
                    engine.decline(declines);
                }
                Ok(engine)
            }
        }
    }

    /// The terms that hold at the end, those of the ledger first.
    pub fn latest(
        &self,
        scenarios: &[Box<dyn ScenarioTerms>],
        compared_with: usize,
    ) -> Result<LatestTerms, LedgerError> {
        let base = base_of(scenarios, compared_with);
        let last = self.applies().last().ok_or(LedgerError::NothingApplied)?;
        let all = std::iter::once(None).chain(scenarios.iter().map(|own| Some(own.as_ref())));
        let engines = all.map(|scenario| self.engine(last, scenario, base)).collect::<Result<_, _>>()?;
        let vendors = self.numbered.vendors.iter().map(|(code, id)| (*id, code.clone())).collect();
        Ok(LatestTerms { engines, vendors })
    }

    /// What was published by an operation.
    pub fn published(&self, operation: OperationId) -> Option<&Published> {
        self.applied.iter().rfind(|(own, _)| *own <= operation).map(|(_, published)| published)
    }
}

/// The scenario that others are compared with; none where that is the ledger itself.
pub(super) fn base_of(scenarios: &[Box<dyn ScenarioTerms>], compared_with: usize) -> Option<&dyn ScenarioTerms> {
    compared_with.checked_sub(1).and_then(|place| scenarios.get(place)).map(AsRef::as_ref)
}
