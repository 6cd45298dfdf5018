//! The tables that terms and products are read from, and those of files as they stand.

use super::SourceFile;
use super::finding::{Findings, Spot};
use super::keys::{Key, Kind, Table};
use super::model::Terms;
use super::range::NumberRange;
use super::read::{ASSETS, AUTO_TOPUPS, CATALOG, FILE, POLICY, PRODUCTS, VENDORS};
use super::tables::RANGE;
use super::tables::asset::write_asset;
use super::tables::auto_topup::write_auto_topup;
use super::tables::header::write_header;
use super::tables::policy::write_policy;
use super::tables::product::{PRODUCT, Product, write_product};
use super::tables::vendor::write_vendor;
use super::written::{Entry, Written, WrittenTable};
use crate::money::{Book, parse_decimal};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The file that terms and products are read from, with every default said and no number shared by rows. A product stands
/// in it at its place, but without any keys if it is in an asset that the terms no longer have.
pub fn write(terms: &Terms, products: &[Product]) -> Option<WrittenTable> {
    let book = Book::new(terms.reporting_currency.clone(), terms.assets.clone());
    let vendors = terms.vendors.iter().map(|vendor| write_vendor(vendor, &book)).collect::<Option<Vec<_>>>()?;
    let rules = terms.auto_topups.iter().map(|rule| write_auto_topup(rule, &book)).collect::<Option<Vec<_>>>()?;
    let products =
        products.iter().map(|product| write_product(product, &book).unwrap_or_else(|| WrittenTable::new(&PRODUCT)));
    Some(
        WrittenTable::new(&FILE)
            .with(&CATALOG, write_header(&terms.reporting_currency))
            .with(&POLICY, write_policy(&terms.policy))
            .with(&ASSETS, terms.assets.iter().map(write_asset).collect::<Written>())
            .with(&VENDORS, vendors.into_iter().collect::<Written>())
            .with(&AUTO_TOPUPS, rules.into_iter().collect::<Written>())
            .with(&PRODUCTS, products.collect::<Written>()),
    )
}

/// All files as one table, each value with its place.
pub fn as_written(files: &[SourceFile]) -> WrittenTable {
    let places = Findings::new(files);
    let mut all = WrittenTable::new(&FILE);
    for (file, source) in files.iter().enumerate() {
        let (document, _) = DeTable::parse_recoverable(&source.text);
        let read = Source { file, places: &places }.table(document.get_ref(), Spot { file, start: 0, end: 0 }, &FILE);
        for entry in read.entries {
            let known = all.entries.iter_mut().find(|known| known.name == entry.name).map(|known| &mut known.value);
            match (known, entry.value) {
                (Some(Written::List(known)), Written::List(more)) => known.extend(more),
                (_, value) => all.entries.push(Entry { value, ..entry }),
            }
        }
    }
    all
}

/// One file that is read as it stands.
struct Source<'f> {
    file: usize,
    places: &'f Findings<'f>,
}

/// What a row is for, where that is a range of numbers.
fn range(table: &DeTable<'_>) -> Option<NumberRange> {
    let bound = |key: &Key| match table.get(key.name).map(Spanned::get_ref)? {
        DeValue::Integer(number) => parse_decimal(number.as_str()).ok(),
        DeValue::Float(number) => parse_decimal(number.as_str()).ok(),
        DeValue::String(text) => parse_decimal(text).ok(),
        _ => None,
    };
    let [over, up_to] = &RANGE;
    Some(NumberRange { over: bound(over), up_to: bound(up_to) })
        .filter(|range| range.over.is_some() || range.up_to.is_some())
}

impl Source<'_> {
    fn table(&self, table: &DeTable<'_>, spot: Spot, declared: &'static Table) -> WrittenTable {
        let entries = table.iter().filter_map(|(key, value)| {
            let spot = Spot::new(self.file, value.span());
            let kind = declared.key(key.get_ref()).map(|key| key.kind);
            let value = self.value(value.get_ref(), spot, kind)?;
            Some(Entry { name: key.get_ref().to_string(), place: Some(self.places.place(spot)), value })
        });
        WrittenTable { table: declared, place: Some(self.places.place(spot)), entries: entries.collect() }
    }

    /// `None` of what no key of that kind can hold.
    fn value(&self, value: &DeValue<'_>, spot: Spot, kind: Option<Kind>) -> Option<Written> {
        Some(match (value, kind) {
            (DeValue::String(text), _) => Written::Text(text.to_string()),
            (DeValue::Integer(number), _) => Written::Bare(number.as_str().to_owned()),
            (DeValue::Float(number), _) => Written::Bare(number.as_str().to_owned()),
            (DeValue::Boolean(flag), _) => Written::Flag(*flag),
            (DeValue::Datetime(time), _) => Written::Bare(time.to_string()),
            (DeValue::Table(table), Some(Kind::Table(declared))) => self.table(table, spot, declared).into(),
            (DeValue::Table(table), None) => Written::Range(range(table)?),
            (DeValue::Array(items), _) => {
                let item = |item: &Spanned<DeValue<'_>>| {
                    let spot = Spot::new(self.file, item.span());
                    match (item.get_ref(), kind) {
                        (DeValue::Table(table), Some(Kind::Tables(each))) => Some(self.table(table, spot, each).into()),
                        (DeValue::Table(_), _) => None,
                        (value, _) => self.value(value, spot, None),
                    }
                };
                items.iter().filter_map(item).collect()
            }
            _ => return None,
        })
    }
}
