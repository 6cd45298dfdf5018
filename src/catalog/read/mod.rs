//! From the text of catalog files to findings and a [`Catalog`].
//!
//! All files are read as one catalog. Assets come first, because the precision of every amount hangs on them; then what
//! uses assets; then what names products. Readers never stop at an error: they put a stand-in where a value is not
//! right, and the catalog is thrown away at the end.

mod asset;
mod entitlement;
mod example;
mod fixed;
mod lint;
mod mapping;
mod price;
mod product;
mod rows;
mod tiers;
mod topup;
mod values;

pub(super) use fixed::{BillingModel, USAGE_KEYS};
pub(super) use price::FIXED_KEYS;
pub(super) use product::PriceType;

use super::fields::{Fields, Node};
use super::finding::{Finding, Findings, SourceFile, Spot, quoted};
use super::{Catalog, Code, InsufficientFunds, Policy, Terms, Vendor};
use crate::money::{Asset, AssetKind, Book, currency_minor_digits};
use crate::wallet::BurnKey;
use std::collections::HashMap;
use toml::de::DeTable;

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
    let mut findings = Findings::new(files);
    let documents: Vec<_> = files.iter().enumerate().map(|(i, file)| parse(i, &file.text, &mut findings)).collect();
    let mut sections = Sections::default();
    for (file, document) in documents.iter().enumerate() {
        sections.join(Fields::new(document, Spot { file, start: 0, end: 0 }), &mut findings);
    }
    let catalog = sections.read(&mut findings);
    let catalog = if findings.has_errors() { None } else { Some(catalog) };
    Reading { catalog, findings: findings.finish() }
}

/// Reads one file as TOML; what can be recovered of it is returned even when it is not.
fn parse<'a>(file: usize, text: &'a str, findings: &mut Findings) -> DeTable<'a> {
    let (table, errors) = DeTable::parse_recoverable(text);
    for error in errors {
        let span = error.span().unwrap_or(text.len()..text.len());
        findings.add(Code::TomlSyntax, Spot::new(file, span), format!("not TOML: {}", error.message()));
    }
    table.into_inner()
}

/// What reading a part needs to know of the whole.
struct Context<'f, 's> {
    findings: &'f mut Findings<'s>,
    book: Book,
}

impl Context<'_, '_> {
    /// The asset that a value names, if it is one.
    fn asset(&mut self, node: Node<'_>) -> Option<Asset> {
        let code = node.code(self.findings)?;
        self.known_asset(&code, node.spot)
    }

    /// The asset of that code: declared, or a currency.
    fn known_asset(&mut self, code: &str, spot: Spot) -> Option<Asset> {
        let found = self.book.asset(code).ok().cloned();
        if found.is_none() {
            let finding = self.findings.add(Code::UnknownAsset, spot, format!("there is no asset {}", quoted(code)));
            let upper = code.to_uppercase();
            let currency = currency_minor_digits(&upper).map(|_| upper.as_str());
            finding.help("declare it with [[asset]], or use a currency such as USD");
            finding.suggest(code, currency.into_iter().chain(self.book.codes()));
        }
        found
    }

    /// The asset at `asset`, which must be there, and its place.
    fn need_asset(&mut self, fields: &mut Fields<'_>) -> (Option<Asset>, Spot) {
        match fields.need("asset", self.findings) {
            Some(node) => (self.asset(node), node.spot),
            None => (None, fields.spot),
        }
    }
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
        for (key, section) in [("catalog", &mut self.catalog), ("policy", &mut self.policy)] {
            let Some(table) = file.table(key, findings) else { continue };
            if section.is_empty() {
                section.push(table);
            } else {
                let finding = findings.add(Code::DuplicateTable, table.spot, format!("a second [{key}]"));
                finding.help("all files are read as one catalog; keep one of them");
            }
        }
        self.assets.extend(file.tables("asset", findings));
        self.vendors.extend(file.tables("vendor", findings));
        self.products.extend(file.tables("product", findings));
        self.topups.extend(file.tables("auto_topup", findings));
        self.mappings.extend(file.table("mapping", findings).into_iter().flat_map(|table| table.entries()));
        self.examples.extend(file.tables("example", findings));
        file.finish(findings);
    }

    fn read(self, findings: &mut Findings) -> Catalog {
        let (name, reporting_currency) = header(self.catalog.into_iter().next(), findings);
        let policy = self.policy.into_iter().next().map(|table| policy(table, findings)).unwrap_or_default();
        let assets = asset::assets(self.assets, &reporting_currency, findings);
        let mut cx = Context { findings, book: Book::new(reporting_currency.clone(), assets.clone()) };
        let vendors = vendors(self.vendors, &mut cx);
        let (products, product_spots) = product::products(self.products, &mut cx);
        let (auto_topups, topup_spots) = topup::auto_topups(self.topups, &mut cx);
        let mappings = mapping::mappings(self.mappings, &vendors, &products, cx.findings);
        let examples = example::examples(self.examples, &products, &mut cx);
        let terms = Terms { reporting_currency, policy, assets, vendors, auto_topups };
        let catalog = Catalog { name, terms, products, mappings, examples };
        if !cx.findings.has_errors() {
            lint::lint(&catalog, &cx.book, &product_spots, &topup_spots, cx.findings);
        }
        catalog
    }
}

/// `[catalog]`: the name and the reporting currency.
fn header(table: Option<Fields<'_>>, findings: &mut Findings) -> (String, String) {
    let Some(mut table) = table else {
        if !findings.has_syntax_errors() {
            let spot = Spot { file: 0, start: 0, end: 0 };
            let finding = findings.add(Code::MissingKey, spot, "the table [catalog] is missing");
            finding.help("add [catalog] with `reporting_currency = \"USD\"` to one of the files");
        }
        return ("catalog".into(), "USD".into());
    };
    let name = table.name("name", findings).unwrap_or_else(|| "catalog".into());
    let currency = table.need("reporting_currency", findings).and_then(|node| {
        let code = node.code(findings)?;
        currency_minor_digits(&code).map(|_| code.clone()).or_else(|| {
            not_a_currency(&code, node.spot, findings);
            None
        })
    });
    table.finish(findings);
    (name, currency.unwrap_or_else(|| "USD".into()))
}

fn not_a_currency(code: &str, spot: Spot, findings: &mut Findings) {
    let message = format!("{} is not an ISO 4217 currency", quoted(code));
    let upper = code.to_uppercase();
    let close = currency_minor_digits(&upper).map(|_| upper.as_str());
    let finding = findings.add(Code::NotACurrency, spot, message);
    finding.help("use a code such as USD, EUR or JPY");
    finding.suggest(code, close);
}

fn is_currency(asset: &Asset) -> bool {
    matches!(asset.kind, AssetKind::Currency { .. })
}

fn policy(mut table: Fields<'_>, findings: &mut Findings) -> Policy {
    let default = Policy::default();
    let funds = table.get("insufficient_funds").and_then(|node| node.choice(&InsufficientFunds::NAMES, findings));
    let order = table.get("burn_order").map(|node| burn_order(node, findings));
    table.finish(findings);
    Policy { insufficient_funds: funds.unwrap_or_default(), burn_order: order.unwrap_or(default.burn_order) }
}

fn burn_order(node: Node<'_>, findings: &mut Findings) -> Vec<BurnKey> {
    let mut keys = Vec::new();
    for item in node.items(findings) {
        let Some(key) = item.choice(&BurnKey::NAMES, findings) else { continue };
        if keys.contains(&key) {
            findings.add(Code::DuplicateName, item.spot, "this key is already in `burn_order`").help("remove it");
        }
        keys.push(key);
    }
    keys
}

fn vendors(tables: Vec<Fields<'_>>, cx: &mut Context<'_, '_>) -> Vec<Vendor> {
    let mut codes = Unique::new("vendor");
    let mut vendors = Vec::new();
    for mut table in tables {
        let code = codes.code(&mut table, cx.findings);
        let name = table.name("name", cx.findings).unwrap_or_else(|| code.clone());
        let costs = table.tables("cost", cx.findings);
        table.finish(cx.findings);
        let costs = costs.into_iter().map(|cost| price::vendor_cost(cost, cx)).collect();
        vendors.push(Vendor { code, name, costs });
    }
    vendors
}

/// Codes or names that must not stand twice.
struct Unique {
    what: &'static str,
    seen: HashMap<String, Spot>,
}

impl Unique {
    fn new(what: &'static str) -> Self {
        Self { what, seen: HashMap::new() }
    }

    /// The table's `code`, which must be there and new; empty when it is not right.
    fn code(&mut self, table: &mut Fields<'_>, findings: &mut Findings) -> String {
        let Some(node) = table.need("code", findings) else { return String::new() };
        let code = node.code(findings).unwrap_or_default();
        self.add(Code::DuplicateCode, &code, node.spot, findings);
        code
    }

    /// Reports `name` if it has been added before.
    fn add(&mut self, code: Code, name: &str, spot: Spot, findings: &mut Findings) {
        if name.is_empty() {
            return;
        }
        let Some(first) = self.seen.insert(name.to_owned(), spot) else { return };
        self.seen.insert(name.to_owned(), first);
        let place = findings.place(first);
        let message = format!("a second {} {}", self.what, quoted(name));
        let finding = findings.add(code, spot, message);
        finding.help(format!(
            "the first is at {}:{}:{}; rename or remove one of them",
            place.file, place.line, place.column
        ));
    }
}
