//! What has been applied: terms, product versions, and the engine they make.

use super::append::{ASSET, PRODUCT_VERSION, TERMS, VENDOR, append, text};
use super::open::Writer;
use super::{Ledger, LedgerError};
use crate::billing::{AssetId, Engine, Numbers, Version, VersionId};
use crate::catalog::{Catalog, Price, Product, Terms};
use crate::time::Instant;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The body of a row of `terms`: all that is in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CatalogState {
    /// What holds for every customer.
    pub terms: Terms,
    /// The products that were ever applied, by code.
    pub products: BTreeMap<String, ProductState>,
}

/// A product as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProductState {
    /// The name people see.
    pub name: String,
    /// The version new subscriptions get.
    pub version: u32,
    /// Whether it is gone from the catalog: nobody new can subscribe.
    pub archived: bool,
    /// What the default version's prices are called now: a name change alone makes no version.
    pub price_names: Vec<String>,
    /// How many subscriptions hold it, whatever the version. Counted when asked, not stored.
    #[serde(skip)]
    pub subscribers: u64,
    /// The default version's prices. Stored with the version.
    #[serde(skip)]
    pub prices: Vec<Price>,
}

/// What `apply` did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ApplyOutcome {
    /// How many product versions were published.
    pub versions: usize,
}

fn corrupt(what: &str) -> impl Fn(serde_json::Error) -> LedgerError + '_ {
    move |e| LedgerError::damaged(format!("{what} can't be read: {e}"))
}

fn load_state(connection: &Connection) -> Result<Option<CatalogState>, LedgerError> {
    let body: Option<String> = connection
        .prepare_cached("SELECT body FROM terms ORDER BY id DESC LIMIT 1")?
        .query_row([], |row| row.get(0))
        .optional()?;
    body.map(|body| serde_json::from_str(&body).map_err(corrupt("the applied terms"))).transpose()
}

fn load_versions(connection: &Connection) -> Result<Vec<(VersionId, String, u32, Vec<Price>)>, LedgerError> {
    let mut statement =
        connection.prepare_cached("SELECT id, product, number, body FROM product_version ORDER BY id")?;
    let mut rows = statement.query([])?;
    let mut versions = Vec::new();
    while let Some(row) = rows.next()? {
        let body: String = row.get(3)?;
        let prices = serde_json::from_str(&body).map_err(corrupt("a product version"))?;
        versions.push((row.get(0)?, row.get(1)?, row.get(2)?, prices));
    }
    Ok(versions)
}

/// The prices under the names they have now.
fn renamed(mut prices: Vec<Price>, names: &[String]) -> Vec<Price> {
    for (price, name) in prices.iter_mut().zip(names) {
        price.name.clone_from(name);
    }
    prices
}

/// A table of numbered codes.
pub(super) fn codes(connection: &Connection, table: &str) -> Result<BTreeMap<String, i64>, LedgerError> {
    let mut statement = connection.prepare_cached(&format!("SELECT code, id FROM {table}"))?;
    let codes = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?;
    Ok(codes)
}

pub(super) fn next_id(connection: &Connection, table: &str, column: &str) -> Result<i64, LedgerError> {
    let sql = format!("SELECT coalesce(max({column}), 0) + 1 FROM {table}");
    Ok(connection.prepare_cached(&sql)?.query_row([], |row| row.get(0))?)
}

pub(super) fn load_engine(connection: &Connection) -> Result<Engine, LedgerError> {
    let state = load_state(connection)?.ok_or(LedgerError::NothingApplied)?;
    let asset_ids: BTreeMap<String, AssetId> = codes(connection, "asset")?;
    let mut versions = Vec::new();
    for (id, product, number, mut prices) in load_versions(connection)? {
        if let Some(current) = state.products.get(&product).filter(|p| p.version == number) {
            prices = renamed(prices, &current.price_names);
        }
        let with_asset = |price: Price| Some((*asset_ids.get(&price.usage.asset)?, price));
        let prices: Option<Vec<_>> = prices.into_iter().map(with_asset).collect();
        let prices = prices.ok_or_else(|| LedgerError::damaged(format!("{product}@{number} has an unknown asset")))?;
        versions.push((id, Version { product, number, prices }));
    }
    let numbers = Numbers {
        event: next_id(connection, "event", "seq")?,
        lot: next_id(connection, "lot", "id")?,
        adjustment: next_id(connection, "adjustment", "id")?,
    };
    Ok(Engine::new(&state.terms, &asset_ids, &codes(connection, "vendor")?, versions, numbers))
}

impl Ledger {
    /// What is in force, with the number of subscribers of each product; `None` before the first apply.
    ///
    /// # Errors
    /// When the ledger can't be read.
    pub fn catalog_state(&self) -> Result<Option<CatalogState>, LedgerError> {
        catalog_state(&self.connection).map_err(|e| e.at(self.path()))
    }

    /// The engine under what is in force.
    ///
    /// # Errors
    /// When nothing was applied yet, or the ledger can't be read.
    pub fn engine(&self) -> Result<Engine, LedgerError> {
        load_engine(&self.connection).map_err(|e| e.at(self.path()))
    }

    /// The assets that some wallet holds or ever held.
    ///
    /// # Errors
    /// When the ledger can't be read.
    pub fn held_assets(&self) -> Result<Vec<String>, LedgerError> {
        let mut statement = self
            .connection
            .prepare("SELECT code FROM asset WHERE id IN (SELECT asset FROM lot UNION SELECT asset FROM deficit)")?;
        let codes = statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
        Ok(codes)
    }
}

fn catalog_state(connection: &Connection) -> Result<Option<CatalogState>, LedgerError> {
    let Some(mut state) = load_state(connection)? else { return Ok(None) };
    for (_, code, number, prices) in load_versions(connection)? {
        if let Some(product) = state.products.get_mut(&code).filter(|p| p.version == number) {
            product.prices = renamed(prices, &product.price_names);
        }
    }
    let mut statement = connection.prepare(
        "SELECT product, count(*) FROM subscription JOIN product_version v ON v.id = version
         WHERE NOT EXISTS (SELECT 1 FROM subscription_end WHERE subscription = subscription.id) GROUP BY product",
    )?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let code: String = row.get(0)?;
        if let Some(product) = state.products.get_mut(&code) {
            product.subscribers = row.get::<_, i64>(1)?.unsigned_abs();
        }
    }
    Ok(Some(state))
}

impl Writer<'_> {
    /// The engine under what is in force. The numbers it gives out are used only if this transaction commits.
    ///
    /// # Errors
    /// When nothing was applied yet, or the ledger can't be read.
    pub fn engine(&self) -> Result<Engine, LedgerError> {
        load_engine(&self.tx).map_err(|e| e.at(self.path))
    }

    /// What is in force; `None` before the first apply.
    ///
    /// # Errors
    /// When the ledger can't be read.
    pub fn catalog_state(&self) -> Result<Option<CatalogState>, LedgerError> {
        catalog_state(&self.tx).map_err(|e| e.at(self.path))
    }

    /// Makes a catalog the one in force. A product whose prices changed gets its next version; existing subscriptions keep
    /// theirs. Applying the same catalog twice changes nothing.
    ///
    /// # Errors
    /// When the ledger can't be written.
    pub fn apply(&mut self, catalog: &Catalog, at: Instant) -> Result<ApplyOutcome, LedgerError> {
        self.step(|writer| {
            let before = catalog_state(&writer.tx)?;
            writer.number_assets(catalog)?;
            let mut products = before.as_ref().map(|b| b.products.clone()).unwrap_or_default();
            for (code, product) in &mut products {
                product.archived = !catalog.products.iter().any(|p| p.code == *code);
            }
            let mut versions = 0;
            for product in &catalog.products {
                versions += usize::from(writer.apply_product(product, &mut products, at)?);
            }
            let state = CatalogState { terms: catalog.terms.clone(), products };
            if before.as_ref().is_none_or(|before| !same_state(before, &state)) {
                let body = serde_json::to_string(&state).map_err(corrupt("the catalog"))?;
                let id = next_id(&writer.tx, "terms", "id")?;
                let row = [ValueRef::Integer(id), ValueRef::Integer(at.micros()), text(&body)];
                append(&writer.tx, &mut writer.seals, &TERMS, &row)?;
            }
            Ok(ApplyOutcome { versions })
        })
    }

    /// Whether the product got a new version.
    fn apply_product(
        &mut self,
        product: &Product,
        products: &mut BTreeMap<String, ProductState>,
        at: Instant,
    ) -> Result<bool, LedgerError> {
        let known = products.get(&product.code);
        let is_new = known.is_none_or(|known| !crate::catalog::same_prices(&known.prices, &product.prices));
        let version = known.map_or(0, |known| known.version) + u32::from(is_new);
        if is_new {
            let body = serde_json::to_string(&product.prices).map_err(corrupt("the product"))?;
            let id = next_id(&self.tx, "product_version", "id")?;
            let row = [
                ValueRef::Integer(id),
                text(&product.code),
                ValueRef::Integer(i64::from(version)),
                ValueRef::Integer(at.micros()),
                text(&body),
            ];
            append(&self.tx, &mut self.seals, &PRODUCT_VERSION, &row)?;
        }
        let state = ProductState {
            name: product.name.clone(),
            version,
            archived: false,
            price_names: product.prices.iter().map(|p| p.name.clone()).collect(),
            subscribers: 0,
            prices: product.prices.clone(),
        };
        products.insert(product.code.clone(), state);
        Ok(is_new)
    }

    /// Numbers every asset and vendor that the catalog mentions.
    fn number_assets(&mut self, catalog: &Catalog) -> Result<(), LedgerError> {
        let terms = &catalog.terms;
        let rates = terms.assets.iter().flat_map(|a| a.rates.iter().map(|r| r.source.clone()));
        let declared = terms.assets.iter().map(|a| a.code.clone());
        let prices = catalog.products.iter().flat_map(|p| p.prices.iter().map(|p| p.usage.asset.clone()));
        let rules = terms.auto_topups.iter().flat_map(|r| [r.asset.clone(), r.amount.asset.clone()]);
        let mentioned = [terms.reporting_currency.clone()].into_iter().chain(declared).chain(rates).chain(prices);
        for code in mentioned.chain(rules) {
            self.number("asset", &ASSET, &code)?;
        }
        for vendor in &terms.vendors {
            self.number("vendor", &VENDOR, &vendor.code)?;
        }
        Ok(())
    }

    /// The number of a code, given out if it is new.
    fn number(&mut self, name: &str, table: &super::append::Table, code: &str) -> Result<i64, LedgerError> {
        let sql = format!("SELECT id FROM {name} WHERE code = ?1");
        let known = self.tx.prepare_cached(&sql)?.query_row([code], |row| row.get(0)).optional()?;
        if let Some(id) = known {
            return Ok(id);
        }
        let id = next_id(&self.tx, name, "id")?;
        append(&self.tx, &mut self.seals, table, &[ValueRef::Integer(id), text(code)])?;
        Ok(id)
    }

    /// The number of an asset that a command names: declared, or any currency.
    ///
    /// # Errors
    /// [`LedgerError::Unknown`] when it is neither.
    pub fn asset_id(&mut self, engine: &mut Engine, code: &str) -> Result<AssetId, LedgerError> {
        if engine.book.asset(code).is_err() {
            let known = codes(&self.tx, "asset").map_err(|e| e.at(self.path))?.into_keys().collect();
            return Err(LedgerError::Unknown { kind: "asset", name: code.to_owned(), known });
        }
        let id = self.step(|writer| writer.number("asset", &ASSET, code))?;
        engine.learn_asset(id, code);
        Ok(id)
    }

    pub(super) fn vendor_id(&mut self, code: &str) -> Result<i64, LedgerError> {
        self.number("vendor", &VENDOR, code)
    }
}

fn same_state(a: &CatalogState, b: &CatalogState) -> bool {
    let same = |a: &ProductState, b: &ProductState| {
        (&a.name, a.version, a.archived, &a.price_names) == (&b.name, b.version, b.archived, &b.price_names)
    };
    a.terms == b.terms
        && a.products.len() == b.products.len()
        && a.products.iter().zip(&b.products).all(|(a, b)| a.0 == b.0 && same(a.1, b.1))
}
