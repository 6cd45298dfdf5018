//! What `asset`, `product`, `price` and `quote` speak of: the catalog. A version that is named with `@` is the ledger's,
//! and so is everything where there is no catalog.

use super::Context;
use super::args::ProductRef;
use super::error::Failure;
use crate::catalog::{Action, Catalog, Product, Published, plan};
use crate::ledger::{Access, LedgerError, resolve_version};
use std::io::ErrorKind;

/// Products with what they hang on, as the catalog has them or the ledger.
pub(super) struct Offer {
    /// The products that were asked for, and all assets, vendors and rules.
    pub catalog: Catalog,
    /// What the ledger has, if something was applied to it.
    pub published: Option<Published>,
    /// The version of the one product that was named with `@`.
    version: Option<u32>,
}

impl Context {
    /// What the ledger has; `None` when there is no ledger, or nothing was applied to it yet.
    ///
    /// # Errors
    /// When the file is no ledger or can't be read.
    pub fn published(&self) -> Result<Option<Published>, Failure> {
        let path = &self.globals.ledger;
        let missing = std::fs::metadata(path)
            .map_or_else(|error| error.kind() == ErrorKind::NotFound, |meta| meta.is_file() && meta.len() == 0);
        if missing { Ok(None) } else { Ok(self.ledger(Access::Read)?.published()?) }
    }

    /// Everything that can be bought.
    ///
    /// # Errors
    /// When there is neither a catalog nor a ledger, or one of them can't be read.
    pub fn offer(&self) -> Result<Offer, Failure> {
        let published = self.published()?;
        let catalog = match &published {
            Some(published) if !self.globals.catalog.exists() => as_catalog(published),
            _ => self.catalog()?,
        };
        Ok(Offer { catalog, published, version: None })
    }

    /// One product, with everything it hangs on.
    ///
    /// # Errors
    /// As [`Context::offer`], and when there is no such product or version.
    pub fn offer_of(&self, product: &ProductRef) -> Result<Offer, Failure> {
        let mut offer = match product.version {
            Some(number) => self.version(&product.code, number)?,
            None => self.offer()?,
        };
        let known: Vec<String> = offer.catalog.products.iter().map(|p| p.code.clone()).collect();
        offer.catalog.products.retain(|p| p.code == product.code);
        if offer.catalog.products.is_empty() {
            let known = known.iter().map(String::as_str);
            return Err(Failure::unknown("unknown_product", "product", &product.code, known));
        }
        Ok(offer)
    }

    /// One version of a product, from the ledger.
    fn version(&self, code: &str, number: u32) -> Result<Offer, Failure> {
        let ledger = self.ledger(Access::Read)?;
        let published = ledger.published()?.ok_or(LedgerError::NothingApplied)?;
        let engine = ledger.engine()?;
        let version = engine.version(resolve_version(&published, &engine, code, Some(number))?);
        let prices: Vec<_> = version.prices.iter().map(|(_, price)| price.clone()).collect();
        if let Some(gone) = prices.iter().find(|price| engine.book.asset(&price.usage.asset).is_err()) {
            let message = format!("{code}@{number} charges {}, which has left the catalog", gone.usage.asset);
            return Err(Failure::refused("unknown_asset", message));
        }
        let name = published.product(code).map_or_else(|| code.to_owned(), |known| known.product.name.clone());
        let mut catalog = as_catalog(&published);
        catalog.products = vec![Product { code: code.to_owned(), name, prices }];
        Ok(Offer { catalog, published: Some(published), version: Some(number) })
    }
}

/// What is in force, in the form of a catalog. Archived products are left out: they are not for sale.
fn as_catalog(published: &Published) -> Catalog {
    let on_sale = published.products.iter().filter(|known| !known.archived);
    Catalog {
        name: String::new(),
        terms: published.terms.clone(),
        products: on_sale.map(|known| known.product.clone()).collect(),
        mappings: Default::default(),
        examples: Vec::new(),
    }
}

impl Offer {
    /// Which version of the product this is; `None` while it is not applied as it stands here.
    pub fn version_of(&self, code: &str) -> Option<u32> {
        self.version.or_else(|| {
            let known = self.published.as_ref()?.product(code)?;
            let changed = |action| matches!(action, Action::Add | Action::Version);
            let changes = plan(self.published.as_ref(), &self.catalog).changes;
            let differs = changes.iter().any(|c| c.kind == "product" && c.code == code && changed(c.action));
            (!differs).then_some(known.version)
        })
    }
}
