//! What has been applied: terms, product versions, and the engine they make.

use super::append::{ASSET, PRODUCT_VERSION, TERMS, Table, VENDOR, append};
use super::open::Writer;
use super::sql::{Cell, cells};
use super::{Ledger, LedgerError};
use crate::billing::{Engine, Numbers, Version};
use crate::catalog::{Action, Catalog, Plan, Product, Published};
use crate::ids::{AssetId, VendorId, VersionId};
use crate::time::Instant;
use rusqlite::types::FromSql;
use rusqlite::{Connection, OptionalExtension};
use std::collections::{BTreeMap, BTreeSet};

fn corrupt(what: &str) -> impl Fn(serde_json::Error) -> LedgerError + '_ {
    move |e| LedgerError::damaged(format!("{what} can't be read: {e}"))
}

fn load_published(connection: &Connection) -> Result<Option<Published>, LedgerError> {
    let body: Option<String> = connection
        .prepare_cached("SELECT body FROM terms ORDER BY id DESC LIMIT 1")?
        .query_row([], |row| row.get(0))
        .optional()?;
    body.map(|body| serde_json::from_str(&body).map_err(corrupt("the applied terms"))).transpose()
}

/// A published version as stored: its id, its number and what it says.
type StoredVersion = (VersionId, u32, Product);

fn load_versions(connection: &Connection) -> Result<Vec<StoredVersion>, LedgerError> {
    let mut statement = connection.prepare_cached("SELECT id, number, body FROM product_version ORDER BY id")?;
    let mut rows = statement.query([])?;
    let mut versions = Vec::new();
    while let Some(row) = rows.next()? {
        let body: String = row.get(2)?;
        versions.push((row.get(0)?, row.get(1)?, serde_json::from_str(&body).map_err(corrupt("a product version"))?));
    }
    Ok(versions)
}

/// A table of numbered codes.
pub(super) fn codes<Id: FromSql>(connection: &Connection, table: &str) -> Result<BTreeMap<String, Id>, LedgerError> {
    let mut statement = connection.prepare_cached(&format!("SELECT code, id FROM {table}"))?;
    let codes = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?;
    Ok(codes)
}

/// The number that the next row of a table gets.
pub(super) fn next_id<Id: FromSql>(connection: &Connection, table: &str) -> Result<Id, LedgerError> {
    let sql = format!("SELECT coalesce(max(id), 0) + 1 FROM {table}");
    Ok(connection.prepare_cached(&sql)?.query_row([], |row| row.get(0))?)
}

pub(super) fn load_engine(connection: &Connection) -> Result<Engine, LedgerError> {
    let published = load_published(connection)?.ok_or(LedgerError::NothingApplied)?;
    let asset_ids: BTreeMap<String, AssetId> = codes(connection, "asset")?;
    let mut versions = Vec::new();
    for (id, number, mut product) in load_versions(connection)? {
        // A name change alone makes no version: the default one goes by the names it has now.
        if let Some(current) = published.product(&product.code).filter(|p| p.version == number) {
            product.clone_from(&current.product);
        }
        let name = format!("{}@{number}", product.code);
        let version = Version::new(product, number, &asset_ids);
        versions.push((id, version.ok_or_else(|| LedgerError::damaged(format!("{name} has an unknown asset")))?));
    }
    let vendor_ids: BTreeMap<String, VendorId> = codes(connection, "vendor")?;
    check_codes(&published, &asset_ids, &vendor_ids)?;
    let numbers = Numbers {
        event: super::read::next_event(connection)?,
        lot: next_id(connection, "lot")?,
        adjustment: next_id(connection, "adjustment")?,
        subscription: next_id(connection, "subscription")?,
        charge: next_id(connection, "charge")?,
        payment: next_id(connection, "payment")?,
        lapse: next_id(connection, "lapse")?,
    };
    Ok(Engine::new(&published.terms, &asset_ids, &vendor_ids, versions, numbers))
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

    /// The engine under what is in force.
    ///
    /// # Errors
    /// When nothing was applied yet, or the ledger can't be read.
    pub fn engine(&self) -> Result<Engine, LedgerError> {
        load_engine(&self.connection).map_err(|e| e.at(self.path()))
    }
}

/// What is published, with what can be counted: subscribers, and the assets that some wallet ever held.
fn published(connection: &Connection) -> Result<Option<Published>, LedgerError> {
    let Some(mut published) = load_published(connection)? else { return Ok(None) };
    let mut statement = connection.prepare(
        "SELECT product, count(*) FROM subscription s JOIN product_version v ON v.id = version
         WHERE (SELECT ended_at FROM subscription_end e WHERE e.subscription = s.id ORDER BY e.id DESC LIMIT 1) IS NULL
         GROUP BY product",
    )?;
    let counts: BTreeMap<String, i64> =
        statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?;
    for product in &mut published.products {
        product.subscribers = counts.get(&product.product.code).map_or(0, |count| count.unsigned_abs());
    }
    let mut statement = connection
        .prepare("SELECT code FROM asset WHERE id IN (SELECT asset FROM lot UNION SELECT asset FROM deficit)")?;
    published.priced_assets = priced_assets(connection)?;
    published.asset_balances = statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    let has_events: bool = connection.query_row("SELECT EXISTS (SELECT 1 FROM event)", [], |row| row.get(0))?;
    if has_events {
        // Fees that were denied, or came to nothing, are counted in the asset's units too.
        published.asset_balances.extend(published.priced_assets.iter().cloned());
    }
    Ok(Some(published))
}

/// The assets that versions with subscribers, past ones too, charge or grant.
fn priced_assets(connection: &Connection) -> Result<BTreeSet<String>, LedgerError> {
    let mut statement = connection.prepare("SELECT DISTINCT version FROM subscription")?;
    let held: BTreeSet<VersionId> = statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    let versions = load_versions(connection)?.into_iter().filter(|(id, ..)| held.contains(id));
    Ok(versions.flat_map(|(.., product)| product.assets().map(str::to_owned).collect::<Vec<_>>()).collect())
}

impl Writer<'_> {
    /// The engine under what is in force. The numbers it gives out are used only if this transaction commits.
    ///
    /// # Errors
    /// When nothing was applied yet, or the ledger can't be read.
    pub fn engine(&self) -> Result<Engine, LedgerError> {
        load_engine(&self.tx).map_err(|e| e.at(self.path))
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
            let before = load_published(&writer.tx)?;
            if before.is_some() && plan.changes.is_empty() {
                return Ok(());
            }
            writer.number_assets(catalog)?;
            for change in plan.changes.iter().filter(|change| change.kind == "product") {
                let product = catalog.products.iter().find(|p| p.code == change.code);
                if let (Action::Add | Action::Version, Some(number), Some(product)) =
                    (change.action, change.version, product)
                {
                    writer.publish(product, number, at)?;
                }
            }
            let after = Published::after(before.as_ref(), plan, catalog);
            let body = serde_json::to_string(&after).map_err(corrupt("the catalog"))?;
            let id: i64 = next_id(&writer.tx, "terms")?;
            append(&writer.tx, &mut writer.seals, &TERMS, &cells![id, at, body.as_str()])
        })
    }

    fn publish(&mut self, product: &Product, number: u32, at: Instant) -> Result<(), LedgerError> {
        let body = serde_json::to_string(product).map_err(corrupt("the product"))?;
        let id: VersionId = next_id(&self.tx, "product_version")?;
        let row = cells![id, product.code.as_str(), i64::from(number), at, body.as_str()];
        append(&self.tx, &mut self.seals, &PRODUCT_VERSION, &row)
    }

    /// Numbers every asset and vendor that the catalog mentions.
    fn number_assets(&mut self, catalog: &Catalog) -> Result<(), LedgerError> {
        let terms = &catalog.terms;
        let rates = terms.assets.iter().flat_map(|a| a.rates.iter().map(|r| r.source.clone()));
        let declared = terms.assets.iter().map(|a| a.code.clone());
        let prices = catalog.products.iter().flat_map(|p| p.assets().map(str::to_owned));
        let rules = terms.auto_topups.iter().flat_map(|r| [r.asset.clone(), r.amount.asset.clone()]);
        let mentioned = [terms.reporting_currency.clone()].into_iter().chain(declared).chain(rates).chain(prices);
        for code in mentioned.chain(rules) {
            self.number::<AssetId>("asset", &ASSET, &code)?;
        }
        for vendor in &terms.vendors {
            self.number::<VendorId>("vendor", &VENDOR, &vendor.code)?;
        }
        Ok(())
    }

    /// The number of a code, given out if it is new.
    fn number<Id>(&mut self, name: &str, table: &Table, code: &str) -> Result<Id, LedgerError>
    where
        Id: FromSql + Copy + for<'a> Cell<'a>,
    {
        let sql = format!("SELECT id FROM {name} WHERE code = ?1");
        let known = self.tx.prepare_cached(&sql)?.query_row([code], |row| row.get(0)).optional()?;
        if let Some(id) = known {
            return Ok(id);
        }
        let id = next_id(&self.tx, name)?;
        append(&self.tx, &mut self.seals, table, &cells![id, code])?;
        Ok(id)
    }

    /// The number of an asset that a command names: declared, or any currency.
    ///
    /// # Errors
    /// [`LedgerError::Unknown`] when it is neither.
    pub fn asset_id(&mut self, engine: &mut Engine, code: &str) -> Result<AssetId, LedgerError> {
        if engine.book.asset(code).is_err() {
            let codes: BTreeMap<String, AssetId> = codes(&self.tx, "asset").map_err(|e| e.at(self.path))?;
            let known = codes.into_keys().collect();
            return Err(LedgerError::Unknown { kind: "asset", name: code.to_owned(), known });
        }
        let id = self.step(|writer| writer.number("asset", &ASSET, code))?;
        engine.learn_asset(id, code);
        Ok(id)
    }

    pub(super) fn vendor_id(&mut self, code: &str) -> Result<VendorId, LedgerError> {
        self.number("vendor", &VENDOR, code)
    }
}
