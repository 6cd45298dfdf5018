//! What is different between two of a kind, in lines for people: `price "Image" gli-2: unit_price 12 -> 14`.

use super::tables::asset::said_of_asset;
use super::tables::auto_topup::{AutoTopup, said_of_rule};
use super::tables::entitlement::{Entitlement, said_of_entitlement};
use super::tables::fixed::{FixedPrice, said_of_fixed};
use super::tables::policy::{Policy, said_of_policy};
use super::tables::product::Product;
use super::tables::rows::{PriceRow, said_of_row};
use super::tables::said::Said;
use super::tables::usage::{UsagePrice, said_of_usage};
use super::value::DimensionValue;
use crate::money::{Asset, Book};
use std::collections::HashMap;

/// A line for each key that has another value: `name old -> new`, after the prefix.
fn compare(prefix: &str, old: Said, new: Said) -> Vec<String> {
    let changed = old.into_iter().zip(new).filter(|((_, old), (_, new))| old != new);
    changed.map(|((key, old), (_, new))| format!("{prefix}{} {old} -> {new}", key.name)).collect()
}

pub(super) fn policy_details(old: &Policy, new: &Policy) -> Vec<String> {
    compare("", said_of_policy(old), said_of_policy(new))
}

/// All but what is shown to people alone: name, symbol and label.
pub(super) fn asset_details(old: &Asset, new: &Asset) -> Vec<String> {
    compare("", said_of_asset(old), said_of_asset(new))
}

pub(super) fn rule_details(old: &AutoTopup, new: &AutoTopup, book: &Book) -> Vec<String> {
    compare("", said_of_rule(old, book), said_of_rule(new, book))
}

/// Things of one kind, each with the label that tells it apart.
type Labelled<'a, T> = Vec<(String, &'a T)>;

/// Prices and entitlements are told apart by their names.
pub(super) fn product_details(old: &Product, new: &Product, book: &Book) -> Vec<String> {
    let mut lines = list_details(&fixed_prices(old), &fixed_prices(new), |label, old, new| {
        compare(&format!("{label}: "), said_of_fixed(old, book), said_of_fixed(new, book))
    });
    lines.extend(list_details(&usage_prices(old), &usage_prices(new), |label, old, new| {
        usage_details(label, old, new, book)
    }));
    lines.extend(list_details(&entitlements(old), &entitlements(new), |label, old, new| {
        compare(&format!("{label}: "), said_of_entitlement(old, book), said_of_entitlement(new, book))
    }));
    lines
}

fn fixed_prices(product: &Product) -> Labelled<'_, FixedPrice> {
    product.fixed_prices.iter().map(|price| (format!("fixed price \"{}\"", price.name), price)).collect()
}

fn usage_prices(product: &Product) -> Labelled<'_, UsagePrice> {
    product.prices.iter().map(|price| (format!("price \"{}\"", price.name), &price.usage)).collect()
}

fn entitlements(product: &Product) -> Labelled<'_, Entitlement> {
    product.entitlements.iter().map(|granted| (format!("entitlement \"{}\"", granted.name), granted)).collect()
}

/// Cost rules have no names, so they are told apart by what they count, and by their order among those that count the
/// same.
pub(super) fn cost_details(old: &[UsagePrice], new: &[UsagePrice], book: &Book) -> Vec<String> {
    list_details(&costs(old), &costs(new), |label, old, new| usage_details(label, old, new, book))
}

fn costs(costs: &[UsagePrice]) -> Labelled<'_, UsagePrice> {
    let mut seen: HashMap<String, usize> = HashMap::new();
    let mut label = |cost: &UsagePrice| {
        let field = cost.volume_field.as_ref().map_or_else(String::new, |field| format!(" {field}"));
        let label = format!("cost {}{field}", cost.event_type);
        let count = seen.entry(label.clone()).or_default();
        *count += 1;
        if *count == 1 { label } else { format!("{label} ({count})") }
    };
    costs.iter().map(|cost| (label(cost), cost)).collect()
}

/// What is new, gone or different among things that are told apart by their labels, or that their order is different.
fn list_details<T>(
    old: &Labelled<'_, T>,
    new: &Labelled<'_, T>,
    one: impl Fn(&str, &T, &T) -> Vec<String>,
) -> Vec<String> {
    let find = |list: &Labelled<'_, T>, label: &str| list.iter().position(|(other, _)| other == label);
    let mut lines = Vec::new();
    for (label, item) in new {
        match find(old, label) {
            Some(index) => lines.extend(one(label, old[index].1, item)),
            None => lines.push(format!("{label}: new")),
        }
    }
    lines.extend(old.iter().filter(|(label, _)| find(new, label).is_none()).map(|(label, _)| format!("{label}: gone")));
    let is_same_order = old.iter().map(|(label, _)| label).eq(new.iter().map(|(label, _)| label));
    if lines.is_empty() && !is_same_order {
        lines.push("the order is different".to_owned());
    }
    lines
}

fn usage_details(label: &str, old: &UsagePrice, new: &UsagePrice, book: &Book) -> Vec<String> {
    let mut lines = compare(&format!("{label}: "), said_of_usage(old), said_of_usage(new));
    lines.extend(row_details(label, old, new, book));
    lines
}

/// Rows are told apart by the values they are for.
fn row_details(label: &str, old: &UsagePrice, new: &UsagePrice, book: &Book) -> Vec<String> {
    let index = |usage: &'_ UsagePrice| -> HashMap<String, PriceRow> {
        usage.rows.iter().map(|row| (row_label(row), row.clone())).collect()
    };
    // A row for whatever no other row is for has no values.
    let shown = |key: &str| if key.is_empty() { " *".to_owned() } else { key.to_owned() };
    let (before, after) = (index(old), index(new));
    let mut lines = Vec::new();
    for row in &new.rows {
        let key = row_label(row);
        let prefix = format!("{label}{key}: ");
        match before.get(&key) {
            Some(other) => {
                let (old, new) = (
                    said_of_row(other, old.usage_type, &old.asset, book),
                    said_of_row(row, new.usage_type, &new.asset, book),
                );
                lines.extend(compare(&prefix, old, new));
            }
            None => lines.push(format!("{label}{}: new row", shown(&key))),
        }
    }
    let gone = old.rows.iter().map(row_label).filter(|key| !after.contains_key(key));
    lines.extend(gone.map(|key| format!("{label}{}: row gone", shown(&key))));
    let labels = |usage: &UsagePrice| usage.rows.iter().map(row_label).collect::<Vec<_>>();
    if lines.is_empty() && labels(old) != labels(new) {
        lines.push(format!("{label}: the order of the rows is different"));
    }
    lines
}

fn row_label(row: &PriceRow) -> String {
    if row.dimensions.iter().all(Option::is_none) {
        return String::new();
    }
    let values = row.dimensions.iter().map(|value| value.as_ref().map_or("*".to_owned(), DimensionValue::to_string));
    format!(" {}", values.collect::<Vec<_>>().join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::keys::Table;
    use crate::catalog::tables::asset::ASSET;
    use crate::catalog::tables::auto_topup::AUTO_TOPUP;
    use crate::catalog::tables::entitlement::ENTITLEMENT;
    use crate::catalog::tables::policy::POLICY;
    use crate::catalog::tables::{COST, LISTED, PRICE, ROW};
    use crate::catalog::testing::catalog;

    const ALL: &str = r#"
[catalog]
reporting_currency = "USD"
[[asset]]
code = "CREDIT"
precision = 0
rates = [{ rate = 0.05 }]
[[product]]
code = "a"
[[product.price]]
name = "Fee"
type = "fixed"
billing_model = { type = "one_time" }
asset = "USD"
unit_price = 1
[[product.price]]
name = "Event"
type = "usage_based"
event_type = "event"
usage_type = "unit"
asset = "CREDIT"
unit_price = 1
[[product.entitlement]]
name = "Gift"
asset = "CREDIT"
amount = 1
[[auto_topup]]
asset = "CREDIT"
threshold = 1
amount = "5 USD"
"#;

    /// Whoever declares a key says here what a plan says of it, or a change of it would be applied without a word.
    #[test]
    fn a_plan_speaks_of_every_key() {
        let catalog = catalog(ALL);
        let (terms, product) = (&catalog.terms, &catalog.products[0]);
        let book = Book::new("USD".to_owned(), terms.assets.clone());
        let usage = &product.prices[0].usage;
        let row = said_of_row(&usage.rows[0], usage.usage_type, &usage.asset, &book);
        let of_usage = [said_of_usage(usage), row.clone()].concat();
        let of_price = [said_of_fixed(&product.fixed_prices[0], &book), of_usage.clone()].concat();
        // What is not said for itself: what tells things apart, and tables whose keys are said one by one.
        let cases: [(&Table, Said, &[&str]); 7] = [
            (&POLICY, said_of_policy(&terms.policy), &[]),
            (&ASSET, said_of_asset(&terms.assets[0]), &["code"]),
            (&AUTO_TOPUP, said_of_rule(&terms.auto_topups[0], &book), &["asset"]),
            (&PRICE, of_price, &["type", "values"]),
            (&COST, of_usage, &["values"]),
            (&ROW, row, &[]),
            (&ENTITLEMENT, said_of_entitlement(&product.entitlements[0], &book), &["asset", "accounting"]),
        ];
        for (table, said, others) in cases {
            let is_said = |name: &str| others.contains(&name) || said.iter().any(|(key, _)| key.name == name);
            let keys = table.keys().filter(|key| !key.is_name && !key.is_idle).map(|key| key.name);
            let forgotten: Vec<_> = keys.filter(|name| !is_said(name)).collect();
            assert_eq!(forgotten, [""; 0], "of {}", table.name);
        }
    }

    #[test]
    fn lists_of_prices_have_every_key_but_those_that_are_told_by_rows() {
        let is_listed = |name: &str| LISTED.iter().copied().flatten().copied().flatten().any(|key| key.name == name);
        let unlisted: Vec<_> = PRICE.keys().map(|key| key.name).filter(|name| !is_listed(name)).collect();
        assert_eq!(unlisted, ["name", "type", "billable_dimensions", "values"]);
    }
}
