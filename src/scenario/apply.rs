//! Changes carried out on what was applied, and checked as a catalog with these numbers would be.

use super::change::{ChangeError, set};
use super::find::{FoundKey, find};
use super::missing::{NoSuchPath, explain};
use super::name::path_to;
use super::path::Path;
use super::vary::Setting;
use crate::catalog::{self, Catalog, Product, Severity, SourceFile, Terms, Written, WrittenTable};
use crate::money::Decimal;
use std::fmt;
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

/// What can't be changed so, and why. It begins with the settings.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub struct ApplyError {
    /// What was to be changed.
    pub settings: Vec<Setting>,
    /// Why it can't be.
    pub why: Box<WhyNot>,
}

/// Why something can't be changed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum WhyNot {
    /// The path names nothing.
    #[error(transparent)]
    NoSuchPath(#[from] Box<NoSuchPath>),
    /// The path names all prices, which can't become the same.
    #[error("it is every price there: say how much more or less, as in {0}=+20%")]
    EveryPrice(Path),
    /// The key can't hold the value.
    #[error(transparent)]
    Change(#[from] ChangeError),
    /// `check` would refuse it.
    #[error(transparent)]
    Found(#[from] Found),
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

fn told(text: &Option<String>, before: &str, after: &str) -> String {
    text.as_ref().map(|text| format!("{before}{text}{after}")).unwrap_or_default()
}

impl fmt::Display for ApplyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named = self.settings.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        match (self.why.as_ref(), self.settings.as_slice()) {
            (why, []) => write!(f, "{why}"),
            // What it is about need not be said twice.
            (WhyNot::Found(Found::Error { place: Some(place), message, help }), [Setting { path, .. }])
                if *place == path.to_string() =>
            {
                write!(f, "{named}: {message}{}", told(help, "; ", ""))
            }
            (why, _) => write!(f, "{named}: {why}"),
        }
    }
}

/// Makes every change, one after another, in each of `applied`: each from the value that stands there. A product that
/// names an asset which its terms don't have can't be billed, and stays as it is.
///
/// # Errors
/// When a path names nothing in any of them, or a value is one that its key can't hold, or that `check` would refuse.
pub fn apply(settings: &[Setting], applied: &[Applied]) -> Result<Vec<Applied>, ApplyError> {
    let refused = |why: WhyNot| ApplyError { settings: settings.to_vec(), why: why.into() };
    let before = written(applied).map_err(|why| refused(why.into()))?;
    let mut after = before.clone();
    for setting in settings {
        change(&mut after, setting).map_err(|why| ApplyError { settings: vec![setting.clone()], why: why.into() })?;
    }
    let changed = applied.iter().zip(before.iter().zip(&after));
    changed.map(|(applied, (before, after))| applied.reread(before, after).map_err(|why| refused(why.into()))).collect()
}

/// Why a path names no numbers.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NoNumbers {
    /// It names nothing.
    #[error(transparent)]
    NoSuchPath(#[from] Box<NoSuchPath>),
    /// It names a word.
    #[error("{0} is not a number")]
    Word(Path),
    /// A number could stand there.
    #[error("{0}: there is no number yet")]
    None(Path),
    /// There is nothing that it could name.
    #[error(transparent)]
    Found(#[from] Found),
}

/// The numbers that a path names, without those that are the same as others.
///
/// # Errors
/// When it names nothing, or no numbers.
pub(super) fn numbers(path: &Path, applied: &[Applied]) -> Result<Vec<Decimal>, NoNumbers> {
    let files = written(applied)?;
    let mut numbers = Vec::new();
    for found in find_all(&files, path)?.iter().flatten() {
        match found.table.get(found.key.name).map(|entry| &entry.value) {
            Some(Written::Number(number) | Written::Payment(number, _)) if numbers.contains(number) => {}
            Some(Written::Number(number) | Written::Payment(number, _)) => numbers.push(*number),
            Some(_) => return Err(NoNumbers::Word(path.clone())),
            None => return Err(NoNumbers::None(path.clone())),
        }
    }
    Ok(numbers)
}

fn written(applied: &[Applied]) -> Result<Vec<WrittenTable>, Found> {
    let file = |applied: &Applied| catalog::write(&applied.terms, &applied.products);
    applied.iter().map(file).collect::<Option<_>>().ok_or(Found::NoAsset)
}

fn change(files: &mut [WrittenTable], Setting { path, change }: &Setting) -> Result<(), WhyNot> {
    if path.names_all() && !change.is_relative() {
        return Err(WhyNot::EveryPrice(path.clone()));
    }
    let keys = |found: Vec<FoundKey<'_>>| found.into_iter().map(|found| (found.address, found.key)).collect::<Vec<_>>();
    let found: Vec<_> = find_all(files, path)?.into_iter().map(keys).collect();
    for (file, found) in files.iter_mut().zip(found) {
        for (address, key) in found {
            if let Some(table) = file.at(&address) {
                set(table, key, change)?;
            }
        }
    }
    Ok(())
}

/// For each file what a path names in it: keys that are there or, if there are none in any file, that could be.
fn find_all<'t>(files: &'t [WrittenTable], path: &'t Path) -> Result<Vec<Vec<FoundKey<'t>>>, Box<NoSuchPath>> {
    let mut missing = Vec::new();
    for absent in [false, true] {
        let found: Vec<_> = files.iter().map(|file| find(file, path, absent)).collect();
        if found.iter().any(Result::is_ok) {
            return Ok(found.into_iter().map(Result::unwrap_or_default).collect());
        }
        missing = found.into_iter().filter_map(Result::err).collect();
    }
    Err(explain(path, missing).into())
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
