//! What was applied, and what comes of it once its numbers are others: it is read again as a catalog with these would be.

use super::name::path_to;
use crate::catalog::{self, Catalog, Product, Severity, SourceFile, Terms, Written, WrittenTable};
use thiserror::Error;

/// What was in force together at some time: of a catalog, or of a ledger after each `apply`. Several versions of a product
/// may be among the products.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// What holds for every customer.
    pub terms: Terms,
    /// What customers subscribe to.
    pub products: Vec<Product>,
}

/// What `check` would find in what was changed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Found {
    /// An error, with where it is and what helps.
    #[error("{}{message}{}", told(place, "", ": "), told(help, "; ", ""))]
    Error {
        /// The path of what is wrong.
        place: Option<String>,
        /// What is wrong.
        message: String,
        /// What to do about it.
        help: Option<String>,
    },
    /// A catalog that can't be written.
    #[error("the terms name an asset that they lack")]
    NoAsset,
    /// A product that is gone.
    #[error("{0} is lost")]
    Lost(String),
    /// Nothing that it could say.
    #[error("it can't be read")]
    Unreadable,
}

pub(super) fn told(text: &Option<String>, before: &str, after: &str) -> String {
    text.as_ref().map(|text| format!("{before}{text}{after}")).unwrap_or_default()
}

impl Found {
    /// The path of what is wrong.
    pub(super) fn place(&self) -> Option<&str> {
        match self {
            Self::Error { place, .. } => place.as_deref(),
            _ => None,
        }
    }
}

/// What was applied, as it is written.
pub(super) fn written(applied: &[Applied]) -> Result<Vec<WrittenTable>, Found> {
    let file = |applied: &Applied| catalog::write(&applied.terms, &applied.products);
    applied.iter().map(file).collect::<Option<_>>().ok_or(Found::NoAsset)
}

/// What changed files say.
pub(super) fn reread(
    applied: &[Applied],
    before: &[WrittenTable],
    after: &[WrittenTable],
) -> Result<Vec<Applied>, Found> {
    applied
        .iter()
        .zip(before.iter().zip(after))
        .map(|(applied, (before, after))| applied.reread(before, after))
        .collect()
}

impl Applied {
    /// What a changed file says. What did not change is not read again.
    fn reread(&self, before: &WrittenTable, after: &WrittenTable) -> Result<Self, Found> {
        let ([old_terms, new_terms], [old, new]) = ([before, after].map(terms), [before, after].map(products));
        let same_terms = old_terms == new_terms;
        let terms = if same_terms { self.terms.clone() } else { read(&new_terms)?.terms };
        let reread = |(product, (old, new)): (&Product, (&Written, &Written))| {
            if same_terms && old == new {
                return Ok(product.clone());
            }
            let with = |terms: &WrittenTable, product: &Written| {
                let mut file = terms.clone();
                file.set(PRODUCTS, Written::List(vec![product.clone()]));
                read(&file)
            };
            match with(&new_terms, new) {
                Ok(mut catalog) => catalog.products.pop().ok_or_else(|| Found::Lost(product.code.clone())),
                // It was not right before either, so nobody can be billed for it.
                Err(_) if old == new && with(&old_terms, old).is_err() => Ok(product.clone()),
                Err(why) => Err(why),
            }
        };
        let products = self.products.iter().zip(old.iter().zip(new)).map(reread).collect::<Result<_, _>>()?;
        Ok(Self { terms, products })
    }
}

const PRODUCTS: &str = "product";

fn terms(file: &WrittenTable) -> WrittenTable {
    let mut file = file.clone();
    file.entries.retain(|entry| entry.name != PRODUCTS);
    file
}

fn products(file: &WrittenTable) -> &[Written] {
    match file.get(PRODUCTS).map(|entry| &entry.value) {
        Some(Written::List(products)) => products,
        _ => &[],
    }
}

/// Reads a file as any catalog is read.
fn read(file: &WrittenTable) -> Result<Catalog, Found> {
    let (text, values) = file.to_toml();
    let reading = catalog::read(&[SourceFile { name: String::new(), text }]);
    let error = reading.findings.into_iter().find(|finding| finding.severity == Severity::Error);
    reading.catalog.ok_or_else(|| {
        let Some(error) = error else { return Found::Unreadable };
        let nearest = values.iter().rev().find(|(range, _)| range.start <= error.span.start);
        let place = nearest.map(|(_, address)| path_to(file, address).to_string());
        Found::Error { place, message: error.message, help: error.help }
    })
}
