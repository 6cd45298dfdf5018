//! What has been applied: terms, product versions, and the engine they make.

use super::open::Writer;
use super::tables::product_version::StoredVersion;
use super::tables::seal::Seals;
use super::tables::{
    adjustment, asset, charge, event, lapse, lot, operation, payment, product_version, refund, subscription, terms,
    vendor,
};
use super::{Ledger, LedgerError};
use crate::billing::{Engine, Numbers, Version};
use crate::catalog::{Action, Catalog, Plan, Product, Published, Terms};
use crate::ids::{AssetId, VendorId, VersionId, VersionNumber};
use crate::scenario::Applied;
use crate::time::Instant;
use rusqlite::Connection;
use std::collections::{BTreeMap, BTreeSet};

/// Numbers by code.
fn numbers_of<Id>(all: Vec<(Id, String)>) -> BTreeMap<String, Id> {
    all.into_iter().map(|(id, code)| (code, id)).collect()
}

pub(super) fn load_engine(connection: &Connection) -> Result<Engine, LedgerError> {
    let published = terms::latest(connection)?.ok_or(LedgerError::NothingApplied)?;
    let numbers = Numbers {
        event: event::next_number(connection)?,
        lot: lot::LOT.next_id(connection)?,
        adjustment: adjustment::ADJUSTMENT.next_id(connection)?,
        subscription: subscription::SUBSCRIPTION.next_id(connection)?,
        charge: charge::CHARGE.next_id(connection)?,
        payment: payment::PAYMENT.next_id(connection)?,
        lapse: lapse::LAPSE.next_id(connection)?,
        refund: refund::REFUND.next_id(connection)?,
    };
    let versions = product_version::all(connection)?.into_iter();
    engine_of(&published, versions, &Numbered::load(connection)?, numbers)
}

/// The same, if what all figures depend on is what was recorded. These tables are small.
fn load_sealed_engine(connection: &Connection, seals: &Seals) -> Result<Engine, LedgerError> {
    seals.check(connection, &[&asset::ASSET, &vendor::VENDOR, &product_version::PRODUCT_VERSION])?;
    load_engine(connection)
}

/// The numbers of assets and vendors by their codes.
pub(super) struct Numbered {
    pub assets: BTreeMap<String, AssetId>,
    pub vendors: BTreeMap<String, VendorId>,
}

impl Numbered {
    pub fn load(connection: &Connection) -> Result<Self, LedgerError> {
        Ok(Self { assets: numbers_of(asset::all(connection)?), vendors: numbers_of(vendor::all(connection)?) })
    }
}

/// The engine under what is published, with these versions.
pub(super) fn engine_of(
    published: &Published,
    stored: impl Iterator<Item = StoredVersion>,
    numbered: &Numbered,
    numbers: Numbers,
) -> Result<Engine, LedgerError> {
    let Numbered { assets, vendors } = numbered;
    let mut versions = Vec::new();
    for stored in stored {
        let name = format!("{}@{}", stored.product.code, stored.number);
        let version = Version::new(stored.named(published), stored.number, assets);
        versions
            .push((stored.id, version.ok_or_else(|| LedgerError::damaged(format!("{name} has an unknown asset")))?));
    }
    check_codes(published, assets, vendors)?;
    let engine = Engine::new(&published.terms, assets, vendors, versions, numbers);
    engine.check_prices().map_err(|what| LedgerError::damaged(what.to_string()))?;
    Ok(engine)
}

/// The codes of all assets that terms and products mention.
pub(super) fn asset_codes(terms: &Terms, products: &[Product]) -> Vec<String> {
    let rates = terms.assets.iter().flat_map(|a| a.rates.iter().map(|r| r.source.clone()));
    let declared = terms.assets.iter().map(|a| a.code.clone());
    let prices = products.iter().flat_map(|p| p.assets().map(str::to_owned));
    let rules = terms.auto_topups.iter().flat_map(|r| [r.asset.clone(), r.amount.asset.clone()]);
    let mentioned = [terms.reporting_currency.clone()].into_iter().chain(declared).chain(rates).chain(prices);
    mentioned.chain(rules).collect()
}

/// Everything the terms mention has a number, or the engine could not be made.
fn check_codes(
    published: &Published,
    assets: &BTreeMap<String, AssetId>,
    vendors: &BTreeMap<String, VendorId>,
) -> Result<(), LedgerError> {
    let terms = &published.terms;
    let rules = terms.auto_topups.iter().flat_map(|rule| [&rule.asset, &rule.amount.asset]);
    let asset = std::iter::once(&terms.reporting_currency).chain(rules).find(|code| !assets.contains_key(*code));
    let vendor = terms.vendors.iter().map(|vendor| &vendor.code).find(|code| !vendors.contains_key(*code));
    if let Some(rule) = terms.auto_topups.iter().find(|rule| !rule.amount.units.is_positive()) {
        return Err(LedgerError::damaged(format!("the automatic top-up rule for {} pays nothing", rule.asset)));
    }
    match asset.or(vendor) {
        Some(code) => Err(LedgerError::damaged(format!("{code} is in force, but has no number"))),
        None => Ok(()),
    }
}

impl Ledger {
    /// What is published; `None` before the first apply.
    ///
    /// # Errors
    /// When the ledger can't be read.
    pub fn published(&self) -> Result<Option<Published>, LedgerError> {
        published(&self.connection).map_err(|e| e.at(self.path()))
    }

    /// Everything that was ever applied, archived products too.
    ///
    /// # Errors
    /// When the ledger can't be read.
    pub fn applied(&self) -> Result<Vec<Applied>, LedgerError> {
        let applied = terms::applied(&self.connection).map_err(|e| e.at(self.path()))?;
        let state = |published: Published| Applied {
            terms: published.terms,
            products: published.products.into_iter().map(|known| known.product).collect(),
        };
        Ok(applied.into_iter().map(|(_, published)| state(published)).collect())
    }

    /// The products that somebody was ever subscribed to.
    ///
    /// # Errors
    /// When the ledger can't be read.
    pub fn products_held(&self) -> Result<BTreeSet<String>, LedgerError> {
        products_held(&self.connection).map_err(|e| e.at(self.path()))
    }

    /// The engine under what is in force.
    ///
    /// # Errors
    /// When nothing was applied yet, or the ledger can't be read.
    pub fn engine(&self) -> Result<Engine, LedgerError> {
        self.read(|ledger| {
            let seals = Seals::load(&ledger.connection, operation::next_id(&ledger.connection)?)?;
            load_sealed_engine(&ledger.connection, &seals)
        })
    }
}

/// What is published, with what can be counted: subscribers, and the assets that some wallet ever held.
fn published(connection: &Connection) -> Result<Option<Published>, LedgerError> {
    let Some(mut published) = terms::latest(connection)? else { return Ok(None) };
    let counts = subscription::endless(connection)?;
    for product in &mut published.products {
        product.subscribers = counts.get(&product.product.code).copied().unwrap_or(0);
    }
    published.priced_assets = priced_assets(connection)?;
    published.asset_balances = asset::ever_held(connection)?.into_iter().collect();
    if !event::is_empty(connection)? {
        // Fees that were denied, or came to nothing, are counted in the asset's units too.
        published.asset_balances.extend(published.priced_assets.iter().cloned());
        // Whatever a fee is worth is a value.
        published.asset_balances.insert(published.terms.reporting_currency.clone());
    }
    Ok(Some(published))
}

/// The products that somebody was ever subscribed to.
pub(super) fn products_held(connection: &Connection) -> Result<BTreeSet<String>, LedgerError> {
    Ok(versions_held(connection)?.into_iter().map(|version| version.product.code).collect())
}

/// The versions that somebody was ever subscribed to.
fn versions_held(connection: &Connection) -> Result<Vec<StoredVersion>, LedgerError> {
    let held: BTreeSet<_> = subscription::versions(connection)?.into_iter().map(|(_, version)| version).collect();
    let mut versions = product_version::all(connection)?;
    versions.retain(|version| held.contains(&version.id));
    Ok(versions)
}

/// The assets that versions with subscribers, past ones too, charge or grant.
fn priced_assets(connection: &Connection) -> Result<BTreeSet<String>, LedgerError> {
    Ok(versions_held(connection)?
        .iter()
        .flat_map(|version| version.product.assets().map(str::to_owned).collect::<Vec<_>>())
        .collect())
}

impl Writer<'_> {
    /// The engine under what is in force. The numbers it gives out are used only if this transaction commits.
    ///
    /// # Errors
    /// When nothing was applied yet, or the ledger can't be read.
    pub fn engine(&self) -> Result<Engine, LedgerError> {
        load_sealed_engine(&self.tx, &self.seals).map_err(|e| e.at(self.path))
    }

    /// The engine under a catalog that is not applied, for a what-if. Assets and vendors get the numbers that they have here.
    /// Its products become versions that are numbered after those of `base`, which it has too. Returns those by product.
    ///
    /// # Errors
    /// When the ledger can't be read or written.
    pub fn engine_under(
        &mut self,
        catalog: &Catalog,
        base: &Engine,
    ) -> Result<(Engine, BTreeMap<String, VersionId>), LedgerError> {
        self.step(|writer| {
            writer.number_assets(catalog)?;
            let asset_ids = numbers_of(asset::all(&writer.tx)?);
            let vendor_ids = numbers_of(vendor::all(&writer.tx)?);
            let mut versions: Vec<(VersionId, Version)> = base.versions().map(|(id, v)| (id, v.clone())).collect();
            let mut next = versions.iter().map(|(id, _)| id.next()).max().unwrap_or(VersionId::FIRST);
            let mut own = BTreeMap::new();
            for product in &catalog.products {
                let version = Version::new(product.clone(), VersionNumber::FIRST, &asset_ids);
                let version =
                    version.ok_or_else(|| LedgerError::damaged(format!("{} has an unknown asset", product.code)))?;
                versions.push((next, version));
                own.insert(product.code.clone(), next.take_next());
            }
            Ok((Engine::new(&catalog.terms, &asset_ids, &vendor_ids, versions, Numbers::FIRST), own))
        })
    }

    /// What is published; `None` before the first apply.
    ///
    /// # Errors
    /// When the ledger can't be read.
    pub fn published(&self) -> Result<Option<Published>, LedgerError> {
        published(&self.tx).map_err(|e| e.at(self.path))
    }

    /// Carries out a plan that was made for `catalog` in this transaction, and refuses nothing. A plan without changes
    /// changes nothing.
    ///
    /// # Errors
    /// When the ledger can't be written.
    pub fn apply(&mut self, catalog: &Catalog, plan: &Plan, at: Instant) -> Result<(), LedgerError> {
        self.step(|writer| {
            let before = terms::latest(&writer.tx)?;
            if before.is_some() && plan.changes.is_empty() {
                return Ok(());
            }
            writer.number_assets(catalog)?;
            for change in plan.changes.iter().filter(|change| change.kind == "product") {
                let product = catalog.products.iter().find(|p| p.code == change.code);
                if let (Action::Add | Action::Version, Some(number), Some(product)) =
                    (change.action, change.version, product)
                {
                    product_version::publish(&writer.tx, &mut writer.seals, product, number, at)?;
                }
            }
            let after = Published::after(before.as_ref(), plan, catalog);
            terms::append_terms(&writer.tx, &mut writer.seals, at, &after)
        })
    }

    /// Numbers every asset and vendor that the catalog mentions.
    fn number_assets(&mut self, catalog: &Catalog) -> Result<(), LedgerError> {
        for code in asset_codes(&catalog.terms, &catalog.products) {
            asset::number(&self.tx, &mut self.seals, &code)?;
        }
        for vendor in &catalog.terms.vendors {
            vendor::number(&self.tx, &mut self.seals, &vendor.code)?;
        }
        Ok(())
    }

    /// The number of an asset that a command names: declared, or any currency.
    ///
    /// # Errors
    /// [`LedgerError::Unknown`] when it is neither.
    pub fn asset_id(&mut self, engine: &mut Engine, code: &str) -> Result<AssetId, LedgerError> {
        let Ok(asset) = engine.book.asset(code).cloned() else {
            let assets = asset::all(&self.tx).map_err(|e| e.at(self.path))?;
            let known = numbers_of(assets).into_keys().collect();
            return Err(LedgerError::Unknown { kind: "asset", name: code.to_owned(), known });
        };
        let id = self.step(|writer| asset::number(&writer.tx, &mut writer.seals, code))?;
        engine.learn_asset(id, asset);
        Ok(id)
    }
}
