//! Catalogs for unit tests.

#[path = "../../tests/it/support/catalog_text.rs"]
#[expect(dead_code, reason = "tests from outside use the rest of it")]
pub(crate) mod text;

use super::{Catalog, SourceFile, read};

/// The catalog that a text says, which must be right.
pub(crate) fn catalog(text: &str) -> Catalog {
    let reading = read(&[SourceFile { name: "catalog.toml".to_owned(), text: text.to_owned() }]);
    reading.catalog.unwrap_or_else(|| panic!("{:#?}", reading.findings))
}
