//! What is different between two of a kind, in lines for people: `price "Image" gli-2: unit_price 12 -> 14`.

use super::{AutoTopup, InsufficientFunds, Policy, Price, PriceRow, UsagePrice};
use crate::money::{Asset, Book, Decimal, Rate, Rounding};
use crate::time::Interval;
use crate::wallet::BurnKey;
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
    lines.compare("expires_after", &old.expires_after, &new.expires_after, |life| or_none(life.as_ref(), interval));
    let limit = |asset: &'_ Asset| or_none(asset.overdraft_limit.as_ref(), |&units| asset.format(units));
    lines.compare("overdraft_limit", &limit(old), &limit(new), String::clone);
    lines.lines
}

fn rate(rate: &Rate) -> String {
    let from = rate.valid_from.map_or_else(String::new, |from| format!(" from {from}"));
    let kind = if rate.inverse { " per 1" } else { "" };
    format!("{}{kind} {}{from}", rate.value, rate.source)
}

fn interval(interval: &Interval) -> String {
    format!("{} {}", interval.count, interval.unit.name())
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

fn amount(book: &Book, code: &str, units: i64) -> String {
    book.asset(code).map_or_else(|_| format!("{units} units"), |asset| asset.format(units))
}

/// Prices are told apart by their names.
pub(super) fn price_details(old: &[Price], new: &[Price], book: &Book) -> Vec<String> {
    let pairs = |prices: &'_ [Price]| -> Vec<(String, UsagePrice)> {
        prices.iter().map(|price| (format!("price \"{}\"", price.name), price.usage.clone())).collect()
    };
    usage_details(&pairs(old), &pairs(new), book)
}

/// Cost rules have no names, so they are told apart by what they count, and by their order among those that count the
/// same.
pub(super) fn cost_details(old: &[UsagePrice], new: &[UsagePrice], book: &Book) -> Vec<String> {
    let pairs = |costs: &[UsagePrice]| -> Vec<(String, UsagePrice)> {
        let mut seen: HashMap<String, usize> = HashMap::new();
        let mut label = |cost: &UsagePrice| {
            let field = cost.volume_field.as_ref().map_or_else(String::new, |field| format!(" {field}"));
            let label = format!("cost {}{field}", cost.event_type);
            let count = seen.entry(label.clone()).or_default();
            *count += 1;
            if *count == 1 { label } else { format!("{label} ({count})") }
        };
        costs.iter().map(|cost| (label(cost), cost.clone())).collect()
    };
    usage_details(&pairs(old), &pairs(new), book)
}

fn usage_details(old: &[(String, UsagePrice)], new: &[(String, UsagePrice)], book: &Book) -> Vec<String> {
    let find = |list: &[(String, UsagePrice)], label: &str| list.iter().position(|(other, _)| other == label);
    let mut lines = Vec::new();
    for (label, usage) in new {
        match find(old, label) {
            Some(index) => lines.extend(one_usage(label, &old[index].1, usage, book)),
            None => lines.push(format!("{label}: new")),
        }
    }
    lines.extend(old.iter().filter(|(label, _)| find(new, label).is_none()).map(|(label, _)| format!("{label}: gone")));
    if lines.is_empty() && old != new {
        lines.push("the order is different".to_owned());
    }
    lines
}

fn one_usage(label: &str, old: &UsagePrice, new: &UsagePrice, book: &Book) -> Vec<String> {
    let prefix = format!("{label}: ");
    let mut lines = Lines::new(&prefix);
    lines.compare("event_type", &old.event_type, &new.event_type, String::clone);
    lines.compare("usage_type", &old.usage_type, &new.usage_type, |usage| usage.name().to_owned());
    lines.compare("volume_field", &old.volume_field, &new.volume_field, |field| or_none(field.as_ref(), String::clone));
    lines.compare("asset", &old.asset, &new.asset, String::clone);
    let dimensions = |names: &Vec<String>| joined(names, String::clone);
    lines.compare("billable_dimensions", &old.billable_dimensions, &new.billable_dimensions, dimensions);
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
    let units = |asset: &str, units: Option<i64>| or_none(units.as_ref(), |&units| amount(book, asset, units));
    let limits = |asset: &str, row: &PriceRow| [units(asset, row.min_amount), units(asset, row.max_amount)];
    let ([old_min, old_max], [new_min, new_max]) = (limits(old_asset, old), limits(new_asset, new));
    lines.compare("min_amount", &old_min, &new_min, String::clone);
    lines.compare("max_amount", &old_max, &new_max, String::clone);
    lines.lines
}
