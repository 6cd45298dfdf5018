//! Warnings: catalogs that can be used, but probably do not say what was meant.

use super::is_currency;
use super::price::PriceSpots;
use super::rows::{label, matches, meet};
use super::topup::least_purchase;
use crate::catalog::finding::{Findings, Spot, quoted};
use crate::catalog::{AutoTopup, Catalog, Price, PriceRow, Product, UsagePrice, UsageType, Vendor};
use crate::money::{Book, Decimal, Rounding, decimal_of, round_product};
use crate::time::Instant;
use std::collections::{HashMap, HashSet};

/// A product's price and where its parts are.
type Placed<'c> = (&'c Product, &'c Price, &'c PriceSpots);

/// Gives the warnings on a catalog that has no errors.
pub(super) fn lint(
    catalog: &Catalog,
    book: &Book,
    price_spots: &[Vec<PriceSpots>],
    topup_spots: &[Spot],
    findings: &mut Findings,
) {
    let placed = catalog.products.iter().zip(price_spots);
    let prices =
        placed.flat_map(|(product, spots)| product.prices.iter().zip(spots).map(move |(p, s)| (product, p, s)));
    let prices: Vec<Placed<'_>> = prices.collect();
    unused_dimensions(&prices, findings);
    unbuyable_assets(&prices, book, findings);
    shared_event_types(&prices, findings);
    let rules: Vec<_> = catalog.terms.auto_topups.iter().zip(topup_spots.iter().copied()).collect();
    jumped_thresholds(&prices, &rules, book, findings);
    for vendor in &catalog.terms.vendors {
        for price in &prices {
            below_cost(price, vendor, book, findings);
        }
    }
}

fn unused_dimensions(prices: &[Placed<'_>], findings: &mut Findings) {
    for (_, price, spots) in prices {
        for (index, (name, &spot)) in price.usage.billable_dimensions.iter().zip(&spots.dimensions).enumerate() {
            if price.usage.rows.iter().all(|row| row.dimensions[index].is_none()) {
                let message = format!("no row names the dimension {}", quoted(name));
                findings.warning("unused-dimension", spot, message).help("name it in a row, or remove it");
            }
        }
    }
}

fn unbuyable_assets(prices: &[Placed<'_>], book: &Book, findings: &mut Findings) {
    let mut told = HashSet::new();
    for (_, price, spots) in prices {
        let Ok(asset) = book.asset(&price.usage.asset) else { continue };
        if !is_currency(asset) && asset.rates.is_empty() && told.insert(&price.usage.asset) {
            let message = format!("{} is priced but has no rate, so it can't be bought", asset.code);
            let finding = findings.warning("unbuyable-asset", spots.asset, message);
            finding.help("add `rates` to its [[asset]], unless all of it is granted by hand");
        }
    }
}

fn shared_event_types(prices: &[Placed<'_>], findings: &mut Findings) {
    let mut first: HashMap<&str, &Product> = HashMap::new();
    let mut told = HashSet::new();
    for (product, price, spots) in prices {
        let event_type = price.usage.event_type.as_str();
        let other = *first.entry(event_type).or_insert(product);
        if other.code != product.code && told.insert((event_type, &product.code)) {
            let message = format!("the product {} charges for {} too", quoted(&other.code), quoted(event_type));
            let finding = findings.warning("shared-event-type", spots.event_type, message);
            finding.help("a customer who subscribes to both pays twice for each event");
        }
    }
}

/// One event that costs more than the threshold and a payment can empty an account that was above its threshold.
fn jumped_thresholds(prices: &[Placed<'_>], rules: &[(&AutoTopup, Spot)], book: &Book, findings: &mut Findings) {
    for &(rule, spot) in rules {
        let (Ok(asset), Ok(currency)) = (book.asset(&rule.asset), book.asset(&rule.amount.asset)) else { continue };
        let Some(Ok(bought)) = least_purchase(rule, asset, currency, book) else { continue };
        let counts = |usage: &UsagePrice| usage.asset == rule.asset && usage.usage_type == UsageType::Unit;
        let fees = prices.iter().filter(|(_, price, _)| counts(&price.usage)).filter_map(|(_, price, _)| {
            let fees = price.usage.rows.iter().filter_map(|row| event_fee(row, asset.precision));
            Some((fees.max()?, price))
        });
        let Some((fee, price)) = fees.max_by_key(|&(fee, _)| fee) else { continue };
        if fee > rule.threshold.saturating_add(bought) {
            let message = format!(
                "one event of {} costs {} {}, more than the threshold and a payment together",
                quoted(&price.name),
                asset.format(fee),
                asset.code
            );
            findings.warning("jumped-threshold", spot, message).help("raise the threshold or the amount");
        }
    }
}

/// What one event of a unit price owes, in units.
fn event_fee(row: &PriceRow, precision: u8) -> Option<i64> {
    let package = row.package_size.unwrap_or(Decimal::ONE);
    let fee = round_product(&[row.unit_price?], &[package], precision, Rounding::Down).ok()?;
    Some(fee.max(row.min_amount.unwrap_or(i64::MIN)).min(row.max_amount.unwrap_or(i64::MAX)))
}

/// Rows that charge less than the vendor does for the same event.
///
/// Nothing is said where another price of the product may make up for it: one on the same events that counts something
/// for which the vendor has no rule.
fn below_cost((product, price, spots): &Placed<'_>, vendor: &Vendor, book: &Book, findings: &mut Findings) {
    let rules = || vendor.costs.iter().filter(|cost| counts_the_same(cost, &price.usage));
    let made_up_for = product.prices.iter().any(|other| {
        other.usage.event_type == price.usage.event_type
            && !vendor.costs.iter().any(|cost| counts_the_same(cost, &other.usage))
    });
    if made_up_for {
        return;
    }
    for (row, &spot) in price.usage.rows.iter().zip(&spots.rows) {
        let Some((cost, event)) = rules().find_map(|cost| Some((cost, loss(&price.usage, row, cost, book)?))) else {
            continue;
        };
        let names: Vec<_> = event.iter().map(|(name, _)| name.clone()).collect();
        let values: Vec<_> = event.into_iter().map(|(_, value)| Some(value)).collect();
        let event = label(&names, &values);
        let message = format!("{} is below what {} charges for {event}", quoted(&price.name), quoted(&vendor.name));
        let finding = findings.warning("below-cost", spot, message);
        finding.help(format!("raise it, or lower the [[vendor.cost]] for {}", quoted(&cost.event_type)));
    }
}

fn counts_the_same(a: &UsagePrice, b: &UsagePrice) -> bool {
    (&a.event_type, a.usage_type, &a.volume_field) == (&b.event_type, b.usage_type, &b.volume_field)
}

type Event = Vec<(String, String)>;

/// An event that matches this row and is charged below its cost, if there is one.
fn loss(price: &UsagePrice, row: &PriceRow, cost: &UsagePrice, book: &Book) -> Option<Event> {
    cost.rows.iter().find_map(|cost_row| {
        let (names, event) = joint_event(price, row, cost, cost_row)?;
        let is_loss = cost_row.max_amount.is_none() && is_below((price, row), (cost, cost_row), book);
        let named = names.into_iter().zip(event).filter_map(|(name, value)| Some((name, value?)));
        is_loss.then(|| named.collect())
    })
}

/// The dimensions of both, and an event for which these two rows are the ones that win.
fn joint_event(
    price: &UsagePrice,
    row: &PriceRow,
    cost: &UsagePrice,
    cost_row: &PriceRow,
) -> Option<(Vec<String>, Vec<Option<String>>)> {
    let mut names = price.billable_dimensions.clone();
    names.extend(cost.billable_dimensions.iter().filter(|name| !price.billable_dimensions.contains(name)).cloned());
    let spread = |usage: &UsagePrice, row: &PriceRow| -> Vec<Option<String>> {
        let at = |name| usage.billable_dimensions.iter().position(|d| d == name);
        names.iter().map(|name| row.dimensions[at(name)?].clone()).collect()
    };
    let event = meet(&spread(price, row), &spread(cost, cost_row))?;
    let wins = |usage: &UsagePrice, row: &PriceRow| {
        let exact = |row: &PriceRow| row.dimensions.iter().flatten().count();
        let mut rivals = usage.rows.iter().filter(|rival| matches(&spread(usage, rival), &event));
        rivals.all(|rival| exact(rival) <= exact(row))
    };
    (wins(price, row) && wins(cost, cost_row)).then_some((names, event))
}

/// Whether everything that a row counts is charged below the cost.
fn is_below(price: (&UsagePrice, &PriceRow), cost: (&UsagePrice, &PriceRow), book: &Book) -> bool {
    let ((usage, row), (cost, cost_row)) = (price, cost);
    let compare = |charged: Option<Decimal>, paid: Option<Decimal>| match (charged, paid) {
        (Some(charged), Some(paid)) => {
            // Both sides times both packages, so that nothing is divided.
            let (size, cost_size) = (row.package_size, cost_row.package_size);
            let factors = if size == cost_size { (None, None) } else { (cost_size, size) };
            is_less((charged, factors.0, &usage.asset), (paid, factors.1, &cost.asset), book)
        }
        _ => true,
    };
    compare(row.unit_price, cost_row.unit_price) && compare(row.volume_rate, cost_row.volume_rate)
}

type Amount<'a> = (Decimal, Option<Decimal>, &'a str);

/// Compares two amounts in the reporting currency at the latest rates, at the largest scale at which both fit.
fn is_less(a: Amount<'_>, b: Amount<'_>, book: &Book) -> bool {
    let value = |(amount, factor, code): Amount<'_>, scale: Decimal| {
        let asset = book.asset(code).ok()?;
        let factors = [amount, factor.unwrap_or(Decimal::ONE), scale];
        let units = round_product(&factors, &[], asset.precision, Rounding::HalfEven).ok()?;
        book.value(decimal_of(units, asset.precision), code, Instant::MAX).ok()
    };
    let scales = [6, 3, 0, -3, -6].map(|power: i32| match power {
        0.. => Decimal::from(10i64.pow(power.unsigned_abs())),
        _ => Decimal::new(1, power.unsigned_abs()),
    });
    scales.into_iter().find_map(|scale| Some(value(a, scale)? < value(b, scale)?)).unwrap_or(false)
}
