//! What publishing a catalog would change.

use super::difference::{asset_details, cost_details, policy_details, product_details, rule_details};
use super::{AutoTopup, Catalog, Policy, Product, Terms, Vendor};
use crate::ids::VersionNumber;
use crate::money::{Asset, Book};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What a ledger has been told so far. The ledger keeps it as JSON, without what it can count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Published {
    /// The terms in force.
    pub terms: Terms,
    /// The latest version of every product.
    pub products: Vec<PublishedProduct>,
    /// Codes of the assets that the ledger holds any of.
    #[serde(skip)]
    pub asset_balances: BTreeSet<String>,
    /// Codes of the assets that some version with subscribers, old ones too, prices in.
    #[serde(skip)]
    pub priced_assets: BTreeSet<String>,
}

/// The latest version of a product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublishedProduct {
    /// What that version says.
    pub product: Product,
    /// Its number, from 1.
    pub version: VersionNumber,
    /// Whether new subscriptions are closed.
    pub archived: bool,
    /// How many customers subscribe to any of its versions.
    #[serde(skip)]
    pub subscribers: u64,
}

/// What publishing a catalog would change, and what forbids it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Plan {
    /// In the order of the catalog; what goes away comes last.
    pub changes: Vec<Change>,
    /// Why the catalog can't be published; empty when it can.
    pub refused: Vec<Forbidden>,
}

/// A change that a ledger can't bear.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Forbidden {
    /// As [`Change::kind`].
    pub kind: &'static str,
    /// As [`Change::code`].
    pub code: String,
    /// What can't change, and why.
    pub reason: String,
}

/// One thing that `apply` would change in the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// What `apply` does with it.
    pub action: Action,
    /// `catalog`, `policy`, `asset`, `vendor`, `auto_topup` or `product`.
    pub kind: &'static str,
    /// The code of what changes; an automatic top-up has its asset's.
    pub code: String,
    /// The number of the product's version after the change; absent for what has no versions.
    pub version: Option<VersionNumber>,
    /// How many customers subscribe to the product.
    pub subscribers: u64,
    /// What is different, in lines for people.
    pub details: Vec<String>,
}

/// What happens to one thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// It is new.
    Add,
    /// A product gets its next version.
    Version,
    /// Something without versions is different from now on.
    Change,
    /// Names alone are different.
    Rename,
    /// It is no longer in the catalog.
    Archive,
    /// An archived product is back as it was.
    Restore,
}

impl Action {
    /// The word for people and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::Version => "version",
            Self::Change => "change",
            Self::Rename => "rename",
            Self::Archive => "archive",
            Self::Restore => "restore",
        }
    }
}

/// Compares a catalog with what has been published. Publishing the same catalog twice changes nothing.
pub fn plan(current: Option<&Published>, next: &Catalog) -> Plan {
    let mut plan = Plan::default();
    let old = current.map(|published| &published.terms);
    let held = current.map(|published| &published.asset_balances);
    plan.terms(old, &next.terms, held.is_some_and(|held| !held.is_empty()));
    plan.assets(current, &next.terms);
    plan.vendors(old, &next.terms);
    plan.auto_topups(old, &next.terms);
    plan.products(current.map_or(&[], |published| &published.products), next);
    plan
}

impl Published {
    /// What is published once `plan` is carried out for `next`. Products that left the catalog stay, archived.
    pub fn after(current: Option<&Self>, plan: &Plan, next: &Catalog) -> Self {
        let known = current.map_or(&[][..], |published| &published.products);
        let version = |code: &str| {
            let planned = plan.changes.iter().find(|c| c.kind == "product" && c.code == code).and_then(|c| c.version);
            planned
                .or_else(|| Some(known.iter().find(|k| k.product.code == code)?.version))
                .unwrap_or(VersionNumber::FIRST)
        };
        let present = next.products.iter().map(|product| PublishedProduct {
            product: product.clone(),
            version: version(&product.code),
            archived: false,
            subscribers: 0,
        });
        let gone = known.iter().filter(|k| next.products.iter().all(|p| p.code != k.product.code));
        let gone = gone.map(|k| PublishedProduct { archived: true, subscribers: 0, ..k.clone() });
        Self {
            terms: next.terms.clone(),
            products: present.chain(gone).collect(),
            asset_balances: BTreeSet::new(),
            priced_assets: BTreeSet::new(),
        }
    }

    /// The product of that code.
    pub fn product(&self, code: &str) -> Option<&PublishedProduct> {
        self.products.iter().find(|p| p.product.code == code)
    }
}

impl Plan {
    fn push(&mut self, action: Action, kind: &'static str, code: &str, details: Vec<String>) {
        self.changes.push(Change { action, kind, code: code.to_owned(), version: None, subscribers: 0, details });
    }

    fn forbid(&mut self, kind: &'static str, code: &str, reason: String) {
        self.refused.push(Forbidden { kind, code: code.to_owned(), reason });
    }

    fn terms(&mut self, old: Option<&Terms>, next: &Terms, holds_any: bool) {
        if let Some(old) = old
            && old.reporting_currency != next.reporting_currency
        {
            let change = format!("{} -> {}", old.reporting_currency, next.reporting_currency);
            if holds_any {
                let reason = format!("reporting_currency {change}: it can't change once the ledger holds anything");
                self.forbid("catalog", "reporting_currency", reason);
            }
            self.push(Action::Change, "catalog", "reporting_currency", vec![change]);
        }
        let default = Policy::default();
        let details = policy_details(old.map_or(&default, |old| &old.policy), &next.policy);
        if !details.is_empty() {
            self.push(Action::Change, "policy", "policy", details);
        }
    }

    fn assets(&mut self, current: Option<&Published>, next: &Terms) {
        let held = current.map(|published| &published.asset_balances);
        // Whatever the ledger holds has a value.
        let is_held = |code: &str| {
            let holds =
                |held: &BTreeSet<String>| held.contains(code) || code == next.reporting_currency && !held.is_empty();
            held.is_some_and(holds)
        };
        let priced = current.map(|published| &published.priced_assets);
        let old = current.map_or(&[][..], |published| &published.terms.assets);
        for asset in &next.assets {
            let declared = old.iter().find(|before| before.code == asset.code);
            // A currency is there before it is declared.
            let built_in = Asset::currency(&asset.code);
            if let Some(before) = declared.or(built_in.as_ref()).filter(|_| is_held(&asset.code)) {
                self.keep_units(before, asset);
            }
            let Some(before) = declared else {
                self.push(Action::Add, "asset", &asset.code, Vec::new());
                continue;
            };
            self.compare("asset", &asset.code, before == asset, asset_details(before, asset));
        }
        for gone in old.iter().filter(|before| next.assets.iter().all(|asset| asset.code != before.code)) {
            let built_in = Asset::currency(&gone.code);
            if let Some(after) = built_in.as_ref().filter(|_| is_held(&gone.code)) {
                self.keep_units(gone, after);
            }
            let is_custom = built_in.is_none();
            let is_priced = priced.is_some_and(|priced| priced.contains(&gone.code));
            if is_custom && (is_held(&gone.code) || is_priced) {
                let why = if is_held(&gone.code) { "the ledger holds any" } else { "subscribers pay in it" };
                let reason = format!("{}: it can't leave the catalog while {why}", gone.code);
                self.forbid("asset", &gone.code, reason);
            }
            self.push(Action::Archive, "asset", &gone.code, Vec::new());
        }
    }

    /// What is held is counted in the units that it had.
    fn keep_units(&mut self, before: &Asset, after: &Asset) {
        let code = &after.code;
        if before.precision != after.precision {
            let (from, to) = (before.precision, after.precision);
            let reason = format!("{code}: precision {from} -> {to} can't change once the ledger holds any");
            self.forbid("asset", code, reason);
        }
        if before.rounding != after.rounding {
            // Quantities so far were rated with it: another rounding would charge or refund the difference.
            self.forbid("asset", code, format!("{code}: rounding can't change once the ledger holds any"));
        }
    }

    fn vendors(&mut self, old: Option<&Terms>, next: &Terms) {
        let book = Book::new(next.reporting_currency.clone(), next.assets.clone());
        let old = old.map_or(&[][..], |terms| &terms.vendors);
        for vendor in &next.vendors {
            match old.iter().find(|before| before.code == vendor.code) {
                None => self.push(Action::Add, "vendor", &vendor.code, Vec::new()),
                Some(before) => {
                    let details = cost_details(&before.costs, &vendor.costs, &book);
                    self.compare("vendor", &vendor.code, before == vendor, details);
                }
            }
        }
        let gone = |before: &&Vendor| next.vendors.iter().all(|vendor| vendor.code != before.code);
        for gone in old.iter().filter(gone) {
            self.push(Action::Archive, "vendor", &gone.code, Vec::new());
        }
    }

    fn auto_topups(&mut self, old: Option<&Terms>, next: &Terms) {
        let book = Book::new(next.reporting_currency.clone(), next.assets.clone());
        let old = old.map_or(&[][..], |terms| &terms.auto_topups);
        for rule in &next.auto_topups {
            match old.iter().find(|before| before.asset == rule.asset) {
                None => self.push(Action::Add, "auto_topup", &rule.asset, Vec::new()),
                Some(before) => {
                    self.compare("auto_topup", &rule.asset, before == rule, rule_details(before, rule, &book));
                }
            }
        }
        let gone = |before: &&AutoTopup| next.auto_topups.iter().all(|rule| rule.asset != before.asset);
        for gone in old.iter().filter(gone) {
            self.push(Action::Archive, "auto_topup", &gone.asset, Vec::new());
        }
    }

    /// For what has no versions: nothing, other names, or other content.
    fn compare(&mut self, kind: &'static str, code: &str, same: bool, details: Vec<String>) {
        match (same, details.is_empty()) {
            (true, _) => {}
            (false, true) => self.push(Action::Rename, kind, code, Vec::new()),
            (false, false) => self.push(Action::Change, kind, code, details),
        }
    }

    fn products(&mut self, old: &[PublishedProduct], next: &Catalog) {
        let book = Book::new(next.terms.reporting_currency.clone(), next.terms.assets.clone());
        for product in &next.products {
            let before = old.iter().find(|before| before.product.code == product.code);
            self.changes.extend(product_change(before, product, &book));
        }
        let gone = |before: &&PublishedProduct| next.products.iter().all(|p| p.code != before.product.code);
        for gone in old.iter().filter(gone).filter(|before| !before.archived) {
            self.changes.push(Change {
                action: Action::Archive,
                kind: "product",
                code: gone.product.code.clone(),
                version: Some(gone.version),
                subscribers: gone.subscribers,
                details: Vec::new(),
            });
        }
    }
}

fn product_change(before: Option<&PublishedProduct>, product: &Product, book: &Book) -> Option<Change> {
    let change = |action, version, details| Change {
        action,
        kind: "product",
        code: product.code.clone(),
        version: Some(version),
        subscribers: before.map_or(0, |before| before.subscribers),
        details,
    };
    let Some(before) = before else { return Some(change(Action::Add, VersionNumber::FIRST, Vec::new())) };
    if !same_prices(&before.product, product) {
        let details = product_details(&before.product, product, book);
        return Some(change(Action::Version, before.version.next(), details));
    }
    if before.archived {
        return Some(change(Action::Restore, before.version, rename_details(before, product)));
    }
    (before.product != *product).then(|| change(Action::Rename, before.version, rename_details(before, product)))
}

/// Whether two products charge and grant the same, whatever things are called. The order of prices, rows and entitlements
/// counts: the ledger tells them apart by it.
fn same_prices(a: &Product, b: &Product) -> bool {
    let bare = |product: &Product| {
        let mut bare = product.clone();
        bare.name.clear();
        bare.fixed_prices.iter_mut().for_each(|price| price.name.clear());
        bare.entitlements.iter_mut().for_each(|entitlement| entitlement.name.clear());
        for price in &mut bare.prices {
            price.name.clear();
            price.usage.rows.iter_mut().for_each(|row| row.name = None);
        }
        bare
    };
    bare(a) == bare(b)
}

fn rename_details(before: &PublishedProduct, product: &Product) -> Vec<String> {
    let pairs = names(&before.product).into_iter().zip(names(product));
    pairs.filter(|(a, b)| a != b).map(|(a, b)| format!("name \"{a}\" -> \"{b}\"")).collect()
}

/// All names in a product, in an order that is the same for all that charge and grant the same.
fn names(product: &Product) -> Vec<&str> {
    let mut names = vec![product.name.as_str()];
    names.extend(product.fixed_prices.iter().map(|price| price.name.as_str()));
    for price in &product.prices {
        names.push(&price.name);
        names.extend(price.usage.rows.iter().map(|row| row.name.as_deref().unwrap_or("")));
    }
    names.extend(product.entitlements.iter().map(|entitlement| entitlement.name.as_str()));
    names
}
