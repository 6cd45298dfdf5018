//! Catalogs from text.

use super::catalog_text::whole;
use drawdown::catalog::{Catalog, SourceFile, read};

/// The catalog that a text says, which must be right.
pub fn catalog(text: &str) -> Catalog {
    let reading = read(&[SourceFile { name: "catalog.toml".into(), text: text.to_owned() }]);
    reading.catalog.unwrap_or_else(|| panic!("{:#?}\n{text}", reading.findings))
}

/// The same of a text without the table that every catalog begins with.
pub fn catalog_of(tables: &str) -> Catalog {
    catalog(&whole(&[tables.to_owned()]))
}
