//! What reading a part of a catalog needs to know of the whole.

use crate::catalog::codes::Code;
use crate::catalog::fields::{Fields, Node};
use crate::catalog::finding::{Findings, Spot, quoted};
use crate::catalog::keys::Key;
use crate::money::{Asset, AssetKind, Book, currency_minor_digits};
use std::collections::HashMap;

/// The findings so far, and the assets, on whose precision every amount hangs.
pub(in crate::catalog) struct Context<'f, 's> {
    pub findings: &'f mut Findings<'s>,
    pub book: Book,
}

impl Context<'_, '_> {
    /// The asset that a value names, if it is one.
    fn asset(&mut self, node: Node<'_>) -> Option<Asset> {
        let code = node.code(self.findings)?;
        self.known_asset(&code, node.spot)
    }

    /// The asset of that code: declared, or a currency.
    pub fn known_asset(&mut self, code: &str, spot: Spot) -> Option<Asset> {
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

    /// The asset at `key`, and its place.
    pub fn asset_at(&mut self, fields: &mut Fields<'_>, key: &Key) -> (Option<Asset>, Spot) {
        match fields.get(key, self.findings) {
            Some(node) => (self.asset(node), node.spot),
            None => (None, fields.spot),
        }
    }
}

/// Codes or names that must not stand twice.
pub(super) struct Unique {
    what: &'static str,
    seen: HashMap<String, Spot>,
}

impl Unique {
    pub fn new(what: &'static str) -> Self {
        Self { what, seen: HashMap::new() }
    }

    /// The code at `key`, which must be new; empty when it is not right.
    pub fn code(&mut self, table: &mut Fields<'_>, key: &Key, findings: &mut Findings) -> String {
        let Some(node) = table.get(key, findings) else { return String::new() };
        let code = node.code(findings).unwrap_or_default();
        self.add(Code::DuplicateCode, &code, node.spot, findings);
        code
    }

    /// The name at `key`, which must be new; empty when it is not right.
    pub fn name(&mut self, table: &mut Fields<'_>, key: &Key, findings: &mut Findings) -> String {
        let Some(node) = table.get(key, findings) else { return String::new() };
        let name = node.name(findings).unwrap_or_default();
        self.add(Code::DuplicateName, &name, node.spot, findings);
        name
    }

    /// Reports `name` if it has been added before.
    pub fn add(&mut self, code: Code, name: &str, spot: Spot, findings: &mut Findings) {
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

pub(super) fn not_a_currency(code: &str, spot: Spot, findings: &mut Findings) {
    let message = format!("{} is not an ISO 4217 currency", quoted(code));
    let upper = code.to_uppercase();
    let close = currency_minor_digits(&upper).map(|_| upper.as_str());
    let finding = findings.add(Code::NotACurrency, spot, message);
    finding.help("use a code such as USD, EUR or JPY");
    finding.suggest(code, close);
}

pub(in crate::catalog) fn is_currency(asset: &Asset) -> bool {
    matches!(asset.kind, AssetKind::Currency { .. })
}
