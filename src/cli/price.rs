//! `drawdown price`.

use super::Context;
use super::args::{Format, PriceCommand, PriceListArgs};
use super::error::{Exit, Outcome};
use super::offer::version_of;
use crate::catalog::{Catalog, Price, PriceRow, Product};
use crate::money::{Book, Decimal};
use crate::render::{Column, Table};
use serde::Serialize;
use std::collections::BTreeMap;

/// One row of a price.
#[derive(Serialize)]
pub(super) struct PriceLine {
    product: String,
    version: Option<u32>,
    price: String,
    /// The row's own name.
    row: Option<String>,
    event_type: String,
    usage_type: &'static str,
    volume_field: Option<String>,
    dimensions: BTreeMap<String, String>,
    unit_price: Option<String>,
    volume_rate: Option<String>,
    package_size: Option<String>,
    min_amount: Option<String>,
    max_amount: Option<String>,
    asset: String,
}

#[derive(Serialize)]
struct Data {
    prices: Vec<PriceLine>,
}

pub(super) fn run(command: &PriceCommand, context: &Context) -> Outcome {
    match command {
        PriceCommand::List(args) => list(args, context),
    }
}

fn list(args: &PriceListArgs, context: &Context) -> Outcome {
    let catalog = args.product.as_ref().map_or_else(|| context.offer(), |product| context.offer_of(product))?;
    let named = args.product.as_ref().and_then(|product| product.version);
    let published = if named.is_some() { None } else { context.published()? };
    let version = |product: &Product| named.or_else(|| version_of(published.as_ref(), &catalog, &product.code));
    let lines = catalog.products.iter().flat_map(|product| lines(product, version(product), &catalog));
    let data = Data { prices: lines.collect() };
    context.out.data("price list", &data, || table(&data.prices, context.globals.format).into())?;
    Ok(Exit::Done)
}

/// All rows of a product's prices.
pub(super) fn lines(product: &Product, version: Option<u32>, catalog: &Catalog) -> Vec<PriceLine> {
    let book = Book::new(catalog.terms.reporting_currency.clone(), catalog.terms.assets.clone());
    let rows = product.prices.iter().flat_map(|price| price.usage.rows.iter().map(move |row| (price, row)));
    rows.map(|(price, row)| line(product, version, price, row, &book)).collect()
}

fn line(product: &Product, version: Option<u32>, price: &Price, row: &PriceRow, book: &Book) -> PriceLine {
    let usage = &price.usage;
    let number = |number: Option<Decimal>| number.map(|number| number.to_string());
    let amount = |units: Option<i64>| Some(book.asset(&usage.asset).ok()?.format(units?));
    let dimensions = usage.billable_dimensions.iter().zip(&row.dimensions);
    PriceLine {
        product: product.code.clone(),
        version,
        price: price.name.clone(),
        row: row.name.clone(),
        event_type: usage.event_type.clone(),
        usage_type: usage.usage_type.name(),
        volume_field: usage.volume_field.clone(),
        dimensions: dimensions.map(|(name, value)| (name.clone(), value.clone().unwrap_or("*".to_owned()))).collect(),
        unit_price: number(row.unit_price),
        volume_rate: number(row.volume_rate),
        package_size: number(row.package_size),
        min_amount: amount(row.min_amount),
        max_amount: amount(row.max_amount),
        asset: usage.asset.clone(),
    }
}

/// The columns of a table, and whether they hold numbers.
const COLUMNS: [(&str, bool); 13] = [
    ("product", false),
    ("version", true),
    ("price", false),
    ("event_type", false),
    ("usage_type", false),
    ("volume_field", false),
    ("dimensions", false),
    ("unit_price", true),
    ("volume_rate", true),
    ("package_size", true),
    ("min_amount", true),
    ("max_amount", true),
    ("asset", false),
];

impl PriceLine {
    fn cells(&self) -> [String; COLUMNS.len()] {
        let or_empty = |text: &Option<String>| text.clone().unwrap_or_default();
        let dimensions: Vec<String> = self.dimensions.iter().map(|(name, value)| format!("{name}={value}")).collect();
        [
            self.product.clone(),
            self.version.map(|version| version.to_string()).unwrap_or_default(),
            self.row.as_ref().unwrap_or(&self.price).clone(),
            self.event_type.clone(),
            self.usage_type.to_owned(),
            or_empty(&self.volume_field),
            dimensions.join(" "),
            or_empty(&self.unit_price),
            or_empty(&self.volume_rate),
            or_empty(&self.package_size),
            or_empty(&self.min_amount),
            or_empty(&self.max_amount),
            self.asset.clone(),
        ]
    }
}

/// The lines as a table. People are spared the columns in which nothing stands.
pub(super) fn table(lines: &[PriceLine], format: Format) -> Table {
    let rows: Vec<_> = lines.iter().map(PriceLine::cells).collect();
    let is_shown = |index: usize| format == Format::Csv || rows.iter().any(|row| !row[index].is_empty());
    let shown: Vec<usize> = (0..COLUMNS.len()).filter(|&index| is_shown(index)).collect();
    let column = |&index: &usize| match COLUMNS[index] {
        (name, true) => Column::number(name),
        (name, false) => Column::text(name),
    };
    let mut table = Table::new(shown.iter().map(column).collect());
    for row in &rows {
        table.row(shown.iter().map(|&index| row[index].clone()).collect());
    }
    table
}
