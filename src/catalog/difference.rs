//! What is different between two of a kind, in lines for people: `price "Image" gli-2: unit_price 12 -> 14`.

use super::words::{amount, every, life, overage, span, tiers};
use super::{
    AutoTopup, Collection, Entitlement, FixedPrice, InsufficientFunds, Policy, PriceRow, PricingModel, Product,
    TierPeriod, UsagePrice, UsageType,
};
use crate::money::{Asset, Book, Decimal, Rate, Rounding};
use crate::wallet::{BurnKey, Purpose};
use std::collections::HashMap;

/// Collects `name old -> new` for what differs.
struct Lines<'p> {
    prefix: &'p str,
    lines: Vec<String>,
}

impl<'p> Lines<'p> {
    fn new(prefix: &'p str) -> Self {
        Self { prefix, lines: Vec::new() }
    }

    fn compare<T: PartialEq>(&mut self, name: &str, old: &T, new: &T, show: impl Fn(&T) -> String) {
        if old != new {
            self.lines.push(format!("{}{name} {} -> {}", self.prefix, show(old), show(new)));
        }
    }
}

const NONE: &str = "none";

fn or_none<T>(value: Option<&T>, show: impl Fn(&T) -> String) -> String {
    value.map_or_else(|| NONE.to_owned(), show)
}

fn joined<T>(values: &[T], show: impl Fn(&T) -> String) -> String {
    if values.is_empty() { NONE.to_owned() } else { values.iter().map(show).collect::<Vec<_>>().join(", ") }
}

fn word<T: PartialEq>(names: &[(&'static str, T)], value: &T) -> String {
    names.iter().find(|(_, v)| v == value).map_or_else(String::new, |(name, _)| (*name).to_owned())
}

pub(super) fn policy_details(old: &Policy, new: &Policy) -> Vec<String> {
    let mut lines = Lines::new("");
    let funds = |value: &_| word(&InsufficientFunds::NAMES, value);
    lines.compare("insufficient_funds", &old.insufficient_funds, &new.insufficient_funds, funds);
    let order = |keys: &Vec<BurnKey>| joined(keys, |key| word(&BurnKey::NAMES, key));
    lines.compare("burn_order", &old.burn_order, &new.burn_order, order);
    lines.lines
}

/// All but what is shown to people alone: name, symbol and label.
pub(super) fn asset_details(old: &Asset, new: &Asset) -> Vec<String> {
    let mut lines = Lines::new("");
    lines.compare("precision", &old.precision, &new.precision, u8::to_string);
    lines.compare("rounding", &old.rounding, &new.rounding, |value| word(&Rounding::NAMES, value));
    lines.compare("rates", &old.rates, &new.rates, |rates| joined(rates, rate));
    lines.compare("expires_after", &old.expires_after, &new.expires_after, |life| {
        or_none(life.as_ref(), |&life| span(life))
    });
    let limit = |asset: &'_ Asset| or_none(asset.overdraft_limit.as_ref(), |&units| asset.format(units));
    lines.compare("overdraft_limit", &limit(old), &limit(new), String::clone);
    lines.lines
}

fn rate(rate: &Rate) -> String {
    let from = rate.valid_from.map_or_else(String::new, |from| format!(" from {from}"));
    let kind = if rate.inverse { " per 1" } else { "" };
    format!("{}{kind} {}{from}", rate.value, rate.source)
}

pub(super) fn rule_details(old: &AutoTopup, new: &AutoTopup, book: &Book) -> Vec<String> {
    let mut lines = Lines::new("");
    let shown = |code: &str, units: i64| format!("{} {code}", amount(book, code, units));
    let threshold = |rule: &AutoTopup| shown(&rule.asset, rule.threshold);
    lines.compare("threshold", &threshold(old), &threshold(new), String::clone);
    let paid = |rule: &AutoTopup| shown(&rule.amount.asset, rule.amount.units);
    lines.compare("amount", &paid(old), &paid(new), String::clone);
    let limit = |rule: &AutoTopup| or_none(rule.limit.as_ref(), |&units| shown(&rule.amount.asset, units));
    lines.compare("limit", &limit(old), &limit(new), String::clone);
    lines.lines
}

/// Things of one kind, each with the label that tells it apart.
type Labelled<'a, T> = Vec<(String, &'a T)>;

/// Prices and entitlements are told apart by their names.
pub(super) fn product_details(old: &Product, new: &Product, book: &Book) -> Vec<String> {
    let mut lines = list_details(&fixed_prices(old), &fixed_prices(new), book, one_fixed);
    lines.extend(list_details(&usage_prices(old), &usage_prices(new), book, one_usage));
    lines.extend(list_details(&entitlements(old), &entitlements(new), book, one_entitlement));
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
    list_details(&costs(old), &costs(new), book, one_usage)
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
    book: &Book,
    one: impl Fn(&str, &T, &T, &Book) -> Vec<String>,
) -> Vec<String> {
    let find = |list: &Labelled<'_, T>, label: &str| list.iter().position(|(other, _)| other == label);
    let mut lines = Vec::new();
    for (label, item) in new {
        match find(old, label) {
            Some(index) => lines.extend(one(label, old[index].1, item, book)),
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

fn yes_or_no(value: &bool) -> String {
    if *value { "yes" } else { "no" }.to_owned()
}

fn one_fixed(label: &str, old: &FixedPrice, new: &FixedPrice, book: &Book) -> Vec<String> {
    let prefix = format!("{label}: ");
    let mut lines = Lines::new(&prefix);
    let price = |price: &FixedPrice| format!("{} {}", amount(book, &price.asset, price.unit_price), price.asset);
    lines.compare("unit_price", &price(old), &price(new), String::clone);
    let charged = |interval: &Option<_>| interval.map_or_else(|| "once".to_owned(), every);
    lines.compare("billing_model", &old.interval, &new.interval, charged);
    lines.compare("per_seat", &old.per_seat, &new.per_seat, yes_or_no);
    lines.compare("collection", &old.collection, &new.collection, |value| word(&Collection::NAMES, value));
    lines.lines
}

fn one_entitlement(label: &str, old: &Entitlement, new: &Entitlement, book: &Book) -> Vec<String> {
    let prefix = format!("{label}: ");
    let mut lines = Lines::new(&prefix);
    let granted = |e: &Entitlement| format!("{} {}", amount(book, &e.asset, e.amount), e.asset);
    lines.compare("amount", &granted(old), &granted(new), String::clone);
    lines.compare("purpose", &old.purpose, &new.purpose, |value| word(&Purpose::NAMES, value));
    lines.compare("priority", &old.priority, &new.priority, i64::to_string);
    lines.compare("per_seat", &old.per_seat, &new.per_seat, yes_or_no);
    lines.compare("lifecycle", &life(old, book), &life(new, book), String::clone);
    lines.compare("revenue_basis", &old.revenue_basis, &new.revenue_basis, Decimal::to_string);
    lines.lines
}

fn one_usage(label: &str, old: &UsagePrice, new: &UsagePrice, book: &Book) -> Vec<String> {
    let prefix = format!("{label}: ");
    let mut lines = Lines::new(&prefix);
    lines.compare("event_type", &old.event_type, &new.event_type, String::clone);
    lines.compare("usage_type", &old.usage_type, &new.usage_type, |value| word(&UsageType::NAMES, value));
    lines.compare("volume_field", &old.volume_field, &new.volume_field, |field| or_none(field.as_ref(), String::clone));
    lines.compare("asset", &old.asset, &new.asset, String::clone);
    let dimensions = |names: &Vec<String>| joined(names, String::clone);
    lines.compare("billable_dimensions", &old.billable_dimensions, &new.billable_dimensions, dimensions);
    let model = |value: &_| word(&PricingModel::NAMES, value);
    lines.compare("pricing_model", &old.pricing_model, &new.pricing_model, model);
    lines.compare("tier_period", &old.tier_period, &new.tier_period, |value| word(&TierPeriod::NAMES, value));
    lines.compare("overage", &old.overage, &new.overage, |value| or_none(value.as_ref(), overage));
    let mut lines = lines.lines;
    lines.extend(row_details(label, old, new, book));
    lines
}

/// Rows are told apart by the values they are for.
fn row_details(label: &str, old: &UsagePrice, new: &UsagePrice, book: &Book) -> Vec<String> {
    let index = |usage: &'_ UsagePrice| -> HashMap<String, PriceRow> {
        usage.rows.iter().map(|row| (row_label(row), row.clone())).collect()
    };
    let (before, after) = (index(old), index(new));
    let mut lines = Vec::new();
    for row in &new.rows {
        let key = row_label(row);
        let prefix = format!("{label}{key}: ");
        match before.get(&key) {
            Some(other) => lines.extend(one_row(&prefix, (&old.asset, other), (&new.asset, row), book)),
            None => lines.push(format!("{prefix}new")),
        }
    }
    let gone = old.rows.iter().map(row_label).filter(|key| !after.contains_key(key));
    lines.extend(gone.map(|key| format!("{label}{key}: gone")));
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
    let values = row.dimensions.iter().map(|value| value.as_deref().unwrap_or("*"));
    format!(" {}", values.collect::<Vec<_>>().join(", "))
}

fn one_row(prefix: &str, old: (&str, &PriceRow), new: (&str, &PriceRow), book: &Book) -> Vec<String> {
    let mut lines = Lines::new(prefix);
    let ((old_asset, old), (new_asset, new)) = (old, new);
    let number = |value: &Option<Decimal>| or_none(value.as_ref(), Decimal::to_string);
    lines.compare("unit_price", &old.unit_price, &new.unit_price, number);
    lines.compare("volume_rate", &old.volume_rate, &new.volume_rate, number);
    lines.compare("package_size", &old.package_size, &new.package_size, number);
    let tiers = |asset: &str, row: &PriceRow| {
        if row.tiers.is_empty() { NONE.to_owned() } else { tiers(&row.tiers, asset, book) }
    };
    lines.compare("tiers", &tiers(old_asset, old), &tiers(new_asset, new), String::clone);
    let units = |asset: &str, units: Option<i64>| or_none(units.as_ref(), |&units| amount(book, asset, units));
    let limits = |asset: &str, row: &PriceRow| [units(asset, row.min_amount), units(asset, row.max_amount)];
    let ([old_min, old_max], [new_min, new_max]) = (limits(old_asset, old), limits(new_asset, new));
    lines.compare("min_amount", &old_min, &new_min, String::clone);
    lines.compare("max_amount", &old_max, &new_max, String::clone);
    lines.lines
}
