//! Prices as rows, one for each row of dimensions: `price list` and `product show`. What a row says follows from the
//! declarations of a price's keys.

use crate::catalog::keys::{Key, Kind};
use crate::catalog::words::{LISTED, Shown, shown_of_fixed, shown_of_usage_row};
use crate::catalog::{Catalog, DimensionValue, FixedPrice, Price, PriceRow, Product};
use crate::ids::VersionNumber;
use crate::money::Book;
use crate::render::{Column, Table};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// One row of a usage price, or a fixed price.
pub(super) struct PriceLine {
    product: String,
    version: Option<VersionNumber>,
    /// `usage_based` or `fixed`.
    kind: &'static str,
    price: String,
    /// The row's own name.
    row: Option<String>,
    dimensions: BTreeMap<String, String>,
    shown: Vec<Shown>,
}

/// All of a product's fixed prices, then all rows of its usage prices.
pub(super) fn lines(product: &Product, version: Option<VersionNumber>, catalog: &Catalog) -> Vec<PriceLine> {
    let book = Book::new(catalog.terms.reporting_currency.clone(), catalog.terms.assets.clone());
    let line = |kind, price: &str| PriceLine {
        product: product.code.clone(),
        version,
        kind,
        price: price.to_owned(),
        row: None,
        dimensions: BTreeMap::new(),
        shown: Vec::new(),
    };
    let of_fixed = |price: &FixedPrice| PriceLine { shown: shown_of_fixed(price, &book), ..line("fixed", &price.name) };
    let of_row = |price: &Price, row: &PriceRow| PriceLine {
        row: row.name.clone(),
        dimensions: dimensions(price, row),
        shown: shown_of_usage_row(&price.usage, row, &book),
        ..line("usage_based", &price.name)
    };
    let rows = product.prices.iter().flat_map(|price| price.usage.rows.iter().map(move |row| (price, row)));
    product.fixed_prices.iter().map(of_fixed).chain(rows.map(|(price, row)| of_row(price, row))).collect()
}

fn dimensions(price: &Price, row: &PriceRow) -> BTreeMap<String, String> {
    let values =
        row.dimensions.iter().map(|value| value.as_ref().map_or("*".into(), DimensionValue::as_text).into_owned());
    price.usage.billable_dimensions.iter().cloned().zip(values).collect()
}

/// The keys that are listed before the dimensions, and those after them.
fn listed() -> [Vec<&'static Key>; 2] {
    LISTED.map(|groups| groups.iter().copied().flatten().collect())
}

impl PriceLine {
    fn shown(&self, key: &Key) -> Option<&Shown> {
        self.shown.iter().find(|shown| shown.key.name == key.name)
    }

    fn text(&self, key: &Key) -> String {
        self.shown(key).and_then(|shown| shown.text.clone()).unwrap_or_default()
    }

    /// What scripts read at a key, also of a price that can't have it.
    fn value(&self, key: &Key) -> Value {
        match (self.shown(key), key.kind) {
            (Some(shown), _) => shown.value.clone(),
            (None, Kind::Flag) => json!(false),
            (None, Kind::Tables(_)) => json!([]),
            (None, _) => Value::Null,
        }
    }

    /// `per seat, every month`, or `graduated each month: 0 up to 1000, then 0.004`; nothing of a plain usage price.
    fn terms(&self) -> String {
        let ordered = listed().concat().into_iter().filter_map(|key| self.shown(key)?.term.as_deref());
        ordered.fold(String::new(), |terms, term| match term {
            first if terms.is_empty() => first.trim_start().to_owned(),
            more if more.starts_with([' ', ':']) => terms + more,
            more => terms + ", " + more,
        })
    }

    /// What stands in every list, whatever keys it has.
    fn names(&self) -> [String; 3] {
        let version = self.version.map(|version| version.to_string()).unwrap_or_default();
        [self.product.clone(), version, self.row.as_ref().unwrap_or(&self.price).clone()]
    }

    fn dimensions(&self) -> String {
        let dimensions = self.dimensions.iter().map(|(name, value)| format!("{name}={value}"));
        dimensions.collect::<Vec<_>>().join(" ")
    }
}

impl Serialize for PriceLine {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let [before, after] = listed();
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("product", &self.product)?;
        map.serialize_entry("version", &self.version)?;
        map.serialize_entry("type", self.kind)?;
        map.serialize_entry("price", &self.price)?;
        map.serialize_entry("row", &self.row)?;
        before.iter().try_for_each(|key| map.serialize_entry(key.name, &self.value(key)))?;
        map.serialize_entry("dimensions", &self.dimensions)?;
        after.iter().try_for_each(|key| map.serialize_entry(key.name, &self.value(key)))?;
        map.end()
    }
}

/// The lines as people read them, who are spared the columns in which nothing stands, and get the terms in one.
pub(super) fn table(lines: &[PriceLine]) -> Table {
    let is_term = |key: &Key| lines.iter().any(|line| line.shown(key).is_some_and(|shown| shown.is_term));
    let [before, after] = listed().map(|keys| keys.into_iter().filter(|key| !is_term(key)).collect::<Vec<_>>());
    let mut columns = columns(lines, &before, &after);
    columns.push((Column::text("terms"), lines.iter().map(PriceLine::terms).collect()));
    columns.retain(|(_, cells)| cells.iter().any(|cell| !cell.is_empty()));
    let mut table = whole(columns, lines.len());
    table.optional(&["usage_type", "version", "volume_field"]);
    table
}

/// The lines as a spreadsheet wants them.
pub(super) fn rows(lines: &[PriceLine]) -> Table {
    let [before, after] = listed();
    whole(columns(lines, &before, &after), lines.len())
}

/// Columns, each with its cells.
type Columns = Vec<(Column, Vec<String>)>;

/// The columns of these keys, after those that every list has.
fn columns(lines: &[PriceLine], before: &[&Key], after: &[&Key]) -> Columns {
    let names = [Column::text("product"), Column::number("version"), Column::text("price")];
    let names = names.into_iter().enumerate();
    let names = names.map(|(index, column)| (column, lines.iter().map(|line| line.names()[index].clone()).collect()));
    let of_key = |key: &&Key| {
        let is_number = matches!(key.kind, Kind::Amount | Kind::Positive);
        let column = if is_number { Column::number(key.name) } else { Column::text(key.name) };
        (column, lines.iter().map(|line| line.text(key)).collect())
    };
    let dimensions = (Column::text("dimensions"), lines.iter().map(PriceLine::dimensions).collect());
    names.chain(before.iter().map(of_key)).chain([dimensions]).chain(after.iter().map(of_key)).collect()
}

/// The table of these columns.
fn whole(columns: Columns, rows: usize) -> Table {
    let (columns, cells): (Vec<_>, Vec<_>) = columns.into_iter().unzip();
    let mut table = Table::new(columns);
    for row in 0..rows {
        table.row(cells.iter().map(|cells| &cells[row]));
    }
    table
}
