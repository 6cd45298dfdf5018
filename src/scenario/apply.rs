//! Changes carried out on what was applied, and checked as a catalog with these numbers would be.

use super::change::set;
use super::find::{Found, find};
use super::missing::explain;
use super::name::path_to;
use super::path::Path;
use super::vary::Setting;
use crate::catalog::{self, Catalog, Product, Severity, SourceFile, Terms, Written, WrittenTable};
use crate::money::Decimal;

/// What was in force together at some time: of a catalog, or of a ledger after each `apply`. Several versions of a product
/// may be among the products.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// What holds for every customer.
    pub terms: Terms,
    /// What customers subscribe to.
    pub products: Vec<Product>,
}

/// Makes every change, one after another, in each of `applied`: each from the value that stands there. A product that
/// names an asset which its terms don't have can't be billed, and stays as it is.
///
/// # Errors
/// In words: a path that names nothing in any of them, a value that its key can't hold, and whatever `check` would refuse.
pub fn apply(settings: &[Setting], applied: &[Applied]) -> Result<Vec<Applied>, String> {
    let before = written(applied)?;
    let mut after = before.clone();
    for setting in settings {
        change(&mut after, setting)?;
    }
    let refused = |why: String| {
        let named = settings.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        // What it is about need not be said twice.
        let why = match settings {
            [Setting { path, .. }] => why.strip_prefix(&format!("{path}: ")).unwrap_or(&why),
            _ => &why,
        };
        format!("{named}: {why}")
    };
    let changed = applied.iter().zip(before.iter().zip(&after));
    changed.map(|(applied, (before, after))| applied.reread(before, after).map_err(refused)).collect()
}

/// The numbers that a path names, without those that are the same as others.
///
/// # Errors
/// In words: when it names nothing, or no numbers.
pub(super) fn numbers(path: &Path, applied: &[Applied]) -> Result<Vec<Decimal>, String> {
    let files = written(applied)?;
    let mut numbers = Vec::new();
    for found in find_all(&files, path)?.iter().flatten() {
        match found.table.get(found.key.name).map(|entry| &entry.value) {
            Some(Written::Number(number) | Written::Payment(number, _)) if numbers.contains(number) => {}
            Some(Written::Number(number) | Written::Payment(number, _)) => numbers.push(*number),
            Some(_) => return Err(format!("{path} is not a number")),
            None => return Err(format!("{path}: there is no number yet")),
        }
    }
    Ok(numbers)
}

fn written(applied: &[Applied]) -> Result<Vec<WrittenTable>, String> {
    let file = |applied: &Applied| catalog::write(&applied.terms, &applied.products);
    applied.iter().map(file).collect::<Option<_>>().ok_or_else(|| "the terms name an asset that they lack".to_owned())
}

fn change(files: &mut [WrittenTable], Setting { path, change }: &Setting) -> Result<(), String> {
    if path.names_all() && !change.is_relative() {
        return Err(format!("{path} is every price there: say how much more or less, as in {path}=+20%"));
    }
    let keys = |found: Vec<Found<'_>>| found.into_iter().map(|found| (found.address, found.key)).collect::<Vec<_>>();
    let found: Vec<_> = find_all(files, path)?.into_iter().map(keys).collect();
    for (file, found) in files.iter_mut().zip(found) {
        for (address, key) in found {
            if let Some(table) = file.at(&address) {
                set(table, key, change).map_err(|why| format!("{path}={change}: {why}"))?;
            }
        }
    }
    Ok(())
}

/// For each file what a path names in it: keys that are there or, if there are none in any file, that could be.
fn find_all<'t>(files: &'t [WrittenTable], path: &'t Path) -> Result<Vec<Vec<Found<'t>>>, String> {
    let mut missing = Vec::new();
    for absent in [false, true] {
        let found: Vec<_> = files.iter().map(|file| find(file, path, absent)).collect();
        if found.iter().any(Result::is_ok) {
            return Ok(found.into_iter().map(Result::unwrap_or_default).collect());
        }
        missing = found.into_iter().filter_map(Result::err).collect();
    }
    Err(explain(path, missing))
}

impl Applied {
    /// What a changed file says. What did not change is not read again.
    fn reread(&self, before: &WrittenTable, after: &WrittenTable) -> Result<Self, String> {
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
                Ok(mut catalog) => catalog.products.pop().ok_or_else(|| format!("{} is lost", product.code)),
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
fn read(file: &WrittenTable) -> Result<Catalog, String> {
    let (text, values) = file.to_toml();
    let reading = catalog::read(&[SourceFile { name: String::new(), text }]);
    let error = reading.findings.into_iter().find(|finding| finding.severity == Severity::Error);
    reading.catalog.ok_or_else(|| {
        let Some(error) = error else { return "it can't be read".to_owned() };
        let nearest = values.iter().rev().find(|(range, _)| range.start <= error.span.start);
        let place = nearest.map(|(_, address)| format!("{}: ", path_to(file, address))).unwrap_or_default();
        let help = error.help.map(|help| format!("; {help}")).unwrap_or_default();
        format!("{place}{}{help}", error.message)
    })
}
