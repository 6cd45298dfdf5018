//! From the text of catalog files to findings and a [`Catalog`].
//!
//! All files are read as one catalog. Assets come first, because the precision of every amount hangs on them; then what
//! uses assets; then what names products. Readers never stop at an error: they put a stand-in where a value is not
//! right, and the catalog is thrown away at the end.

use super::codes::Code;
use super::fields::{Fields, Node};
use super::finding::{Finding, Findings, SourceFile, Spot};
use super::keys::{Key, Kind, Table};
use super::lint::lint;
use super::model::{Catalog, Terms};
use super::syntax::parse;
use super::tables::asset::assets;
use super::tables::auto_topup::auto_topups;
use super::tables::context::Context;
use super::tables::example::examples;
use super::tables::header::header;
use super::tables::mapping::mappings;
use super::tables::policy::policy;
use super::tables::product::products;
use super::tables::vendor::vendors;
use super::tables::{asset, auto_topup, example, header, mapping, policy, product, vendor};
use crate::money::Book;

pub(super) const CATALOG: Key =
    Key::new("catalog", Kind::Table(&header::CATALOG), "Settings for the whole catalog, in one of its files.");
pub(super) const POLICY: Key = Key::new(
    "policy",
    Kind::Table(&policy::POLICY),
    "What happens when an account can't cover a fee, and which credits are used first.",
);
pub(super) const ASSETS: Key = Key::new(
    "asset",
    Kind::Tables(&asset::ASSET),
    "What a wallet can hold: units of your own, such as credits, and settings for currencies. Every ISO 4217 \
     currency is built in.",
);
pub(super) const VENDORS: Key = Key::new("vendor", Kind::Tables(&vendor::VENDOR), "Who bills you, and what for.");
pub(super) const PRODUCTS: Key = Key::new(
    "product",
    Kind::Tables(&product::PRODUCT),
    "What customers subscribe to. A product whose prices or entitlements change gets its next version.",
);
pub(super) const AUTO_TOPUPS: Key = Key::new(
    "auto_topup",
    Kind::Tables(&auto_topup::AUTO_TOPUP),
    "Rules that pay in when a balance runs low, for customers without a rule of their own.",
);
const MAPPINGS: Key =
    Key::new("mapping", Kind::Named(&mapping::MAPPING), "How another system's log is read: `replay --map NAME`.");
const EXAMPLES: Key =
    Key::new("example", Kind::Tables(&example::EXAMPLE), "The catalog's own tests, which `drawdown test` runs.");

/// One file. No table must stand in it: all files of a folder are one catalog.
pub static FILE: Table =
    Table::new("file", &[&[CATALOG, POLICY, ASSETS, VENDORS, PRODUCTS, AUTO_TOPUPS, MAPPINGS, EXAMPLES]]);

/// What became of some catalog files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// The catalog, unless a finding is an error.
    pub catalog: Option<Catalog>,
    /// Everything that is wrong, by file and place.
    pub findings: Vec<Finding>,
}

/// Reads files as one catalog. What is wrong with them is in the findings, all at once; warnings are given once there
/// are no errors.
pub fn read(files: &[SourceFile]) -> Reading {
    let mut findings = Findings::new(files).among(&FILE);
    let documents: Vec<_> = files.iter().enumerate().map(|(i, file)| parse(i, &file.text, &mut findings)).collect();
    let mut sections = Sections::default();
    for (file, document) in documents.iter().enumerate() {
        sections.join(Fields::new(document, Spot { file, start: 0, end: 0 }), &mut findings);
    }
    let catalog = sections.read(&mut findings);
    let catalog = if findings.has_errors() { None } else { Some(catalog) };
    Reading { catalog, findings: findings.finish() }
}

/// The tables of all files, by what they declare.
#[derive(Default)]
struct Sections<'a> {
    catalog: Vec<Fields<'a>>,
    policy: Vec<Fields<'a>>,
    assets: Vec<Fields<'a>>,
    vendors: Vec<Fields<'a>>,
    products: Vec<Fields<'a>>,
    topups: Vec<Fields<'a>>,
    mappings: Vec<Node<'a>>,
    examples: Vec<Fields<'a>>,
}

impl<'a> Sections<'a> {
    fn join(&mut self, mut file: Fields<'a>, findings: &mut Findings) {
        for (key, section) in [(&CATALOG, &mut self.catalog), (&POLICY, &mut self.policy)] {
            let Some(table) = file.table(key, findings) else { continue };
            if section.is_empty() {
                section.push(table);
            } else {
                let finding = findings.add(Code::DuplicateTable, table.spot, format!("a second [{}]", key.name));
                finding.help("all files are read as one catalog; keep one of them");
            }
        }
        self.assets.extend(file.tables(&ASSETS, findings));
        self.vendors.extend(file.tables(&VENDORS, findings));
        self.products.extend(file.tables(&PRODUCTS, findings));
        self.topups.extend(file.tables(&AUTO_TOPUPS, findings));
        self.mappings.extend(file.table(&MAPPINGS, findings).into_iter().flat_map(|table| table.entries()));
        self.examples.extend(file.tables(&EXAMPLES, findings));
        file.finish(findings);
    }

    fn read(self, findings: &mut Findings) -> Catalog {
        let (name, reporting_currency) = header(self.catalog.into_iter().next(), findings);
        let policy = self.policy.into_iter().next().map(|table| policy(table, findings)).unwrap_or_default();
        let assets = assets(self.assets, &reporting_currency, findings);
        let mut cx = Context { findings, book: Book::new(reporting_currency.clone(), assets.clone()) };
        let vendors = vendors(self.vendors, &mut cx);
        let (products, product_spots) = products(self.products, &mut cx);
        let (auto_topups, topup_spots) = auto_topups(self.topups, &mut cx);
        let mappings = mappings(self.mappings, &vendors, &products, cx.findings);
        let examples = examples(self.examples, &products, &mut cx);
        let terms = Terms { reporting_currency, policy, assets, vendors, auto_topups };
        let catalog = Catalog { name, terms, products, mappings, examples };
        if !cx.findings.has_errors() {
            lint(&catalog, &cx.book, &product_spots, &topup_spots, cx.findings);
        }
        catalog
    }
}
