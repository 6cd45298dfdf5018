//! What `asset`, `product`, `price` and `quote` speak of: the catalog. A version that is named with `@` is the ledger's,
//! and so is everything where there is no catalog.

use super::context::Context;
use super::error::Failure;
use super::value::ProductRef;
use crate::catalog::{Action, Catalog, Change, Published, plan};
use crate::ids::VersionNumber;
use crate::ledger::{Access, LedgerError, resolve_version};

impl Context {
    /// What the ledger has; `None` when there is no ledger, or nothing was applied to it yet.
    ///
    /// # Errors
    /// When the file is no ledger or can't be read.
    pub fn published(&self) -> Result<Option<Published>, Failure> {
        match self.ledger(Access::Read) {
            Ok(ledger) => Ok(ledger.published()?),
            Err(failure) if failure.code == "no_ledger" => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    /// Everything that can be bought.
    ///
    /// # Errors
    /// When there is neither a catalog nor a ledger, or one of them can't be read.
    pub fn offer(&self) -> Result<Catalog, Failure> {
        let published = if self.globals.catalog.exists() { None } else { self.published()? };
        published.map_or_else(|| self.catalog(), |published| Ok(as_catalog(&published)))
    }

    /// One product, with everything it hangs on.
    ///
    /// # Errors
    /// As [`Context::offer`], and when there is no such product or version.
    pub fn offer_of(&self, product: &ProductRef) -> Result<Catalog, Failure> {
        let mut catalog = match product.version {
            Some(number) => self.version(&product.code, number)?,
            None => self.offer()?,
        };
        let known: Vec<String> = catalog.products.iter().map(|p| p.code.clone()).collect();
        catalog.products.retain(|p| p.code == product.code);
        if catalog.products.is_empty() {
            let known = known.iter().map(String::as_str);
            return Err(Failure::unknown("unknown_product", "product", &product.code, known));
        }
        Ok(catalog)
    }

    /// One version of a product, from the ledger.
    fn version(&self, code: &str, number: VersionNumber) -> Result<Catalog, Failure> {
        let ledger = self.ledger(Access::Read)?;
        let published = ledger.published()?.ok_or(LedgerError::NothingApplied)?;
        let engine = ledger.engine()?;
        let version = engine.version(resolve_version(&published, &engine, code, Some(number))?);
        let name = published.product(code).map_or_else(|| code.to_owned(), |known| known.product.name.clone());
        let product = version.to_product(name);
        if let Some(gone) = product.assets().find(|asset| engine.book.asset(asset).is_err()) {
            let message = format!("{code}@{number} refers to {gone}, which is no longer in the catalog");
            return Err(Failure::refused("unknown_asset", message));
        }
        let mut catalog = as_catalog(&published);
        catalog.products = vec![product];
        Ok(catalog)
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

/// The version under which the ledger has a product of the catalog as it stands there.
pub(super) fn version_of(published: Option<&Published>, catalog: &Catalog, code: &str) -> Option<VersionNumber> {
    let known = published?.product(code)?;
    let differs = |change: &Change| matches!(change.action, Action::Add | Action::Version);
    let changes = plan(published, catalog).changes;
    let changed = changes.iter().any(|change| change.kind == "product" && change.code == code && differs(change));
    (!changed).then_some(known.version)
}
