//! Catalogs from text.

use drawdown::catalog::{Catalog, SourceFile, read};

/// The catalog that a text says, which must be right.
pub fn catalog(text: &str) -> Catalog {
    let reading = read(&[SourceFile { name: "catalog.toml".into(), text: text.to_owned() }]);
    reading.catalog.unwrap_or_else(|| panic!("{:#?}\n{text}", reading.findings))
}

/// The same of a text without the table that every catalog begins with.
pub fn catalog_of(tables: &str) -> Catalog {
    catalog(&format!("[catalog]\nname = \"c\"\nreporting_currency = \"USD\"\n{tables}"))
}

/// A product's table and what comes below it.
pub fn product(code: &str, tables: &[String]) -> String {
    format!("[[product]]\ncode = \"{code}\"\nname = \"{code}\"\n{}", tables.concat())
}

/// A fixed price: `"20 USD"` each `"month"`, and further keys.
pub fn fixed(name: &str, price: &str, interval: &str, more: &str) -> String {
    let (amount, asset) = price.split_once(' ').unwrap();
    format!(
        "[[product.price]]\nname = \"{name}\"\ntype = \"fixed\"\nasset = \"{asset}\"\nunit_price = {amount}\n\
         billing_model = {{ type = \"recurring\", interval = \"{interval}\" }}\n{more}\n"
    )
}

/// An entitlement: `"100 CREDIT"`, and further keys.
pub fn grant(name: &str, amount: &str, more: &str) -> String {
    let (amount, asset) = amount.split_once(' ').unwrap();
    format!("[[product.entitlement]]\nname = \"{name}\"\nasset = \"{asset}\"\namount = {amount}\n{more}\n")
}
