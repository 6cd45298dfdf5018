//! Warnings: catalogs that can be used, but probably do not say what was meant.

mod assets;
mod cost;
mod grants;
mod tiers;

use crate::catalog::finding::{Findings, Spot, quoted};
use crate::catalog::tables::auto_topup::least_purchase;
use crate::catalog::tables::product::{Placed, ProductSpots};
use crate::catalog::{
    AutoTopup, Catalog, Code, DimensionValue, PriceRow, PricingModel, Product, UsagePrice, UsageType,
};
use crate::money::{Asset, Book, Decimal, Rounding, Units, round_product};
use std::collections::{HashMap, HashSet};

/// Gives the warnings on a catalog that has no errors.
pub(super) fn lint(
    catalog: &Catalog,
    book: &Book,
    product_spots: &[ProductSpots],
    topup_spots: &[Spot],
    findings: &mut Findings,
) {
    let products: Vec<_> = catalog.products.iter().zip(product_spots).collect();
    let prices = products.iter().flat_map(|&(product, spots)| {
        product.prices.iter().zip(&spots.prices).map(move |(price, spots)| (product, price, spots))
    });
    let prices: Vec<Placed<'_>> = prices.collect();
    unused_dimensions(&prices, findings);
    assets::unbuyable(&products, book, findings);
    assets::unused_entitlements(&products, findings);
    grants::free_seats(&products, findings);
    grants::paid_grants(&products, findings);
    inner_stars(&prices, findings);
    shared_event_types(&prices, findings);
    tiers::falling_totals(&prices, book, findings);
    let rules: Vec<_> = catalog.terms.auto_topups.iter().zip(topup_spots.iter().copied()).collect();
    jumped_thresholds(&prices, &rules, book, findings);
    for vendor in &catalog.terms.vendors {
        for price in &prices {
            cost::below_cost(price, vendor, book, findings);
        }
    }
}

fn unused_dimensions(prices: &[Placed<'_>], findings: &mut Findings) {
    for (_, price, spots) in prices {
        for (index, (name, &spot)) in price.usage.billable_dimensions.iter().zip(&spots.dimensions).enumerate() {
            if price.usage.rows.iter().all(|row| row.dimensions[index].is_none()) {
                let message = format!("no row names the dimension {}", quoted(name));
                findings.add(Code::UnusedDimension, spot, message).help("name it in a row, or remove it");
            }
        }
    }
}

/// Texts with a star that is not at their end: people mean a pattern, and it matches the same text alone.
fn inner_stars(prices: &[Placed<'_>], findings: &mut Findings) {
    for (_, price, spots) in prices {
        for (row, &spot) in price.usage.rows.iter().zip(&spots.rows) {
            let texts = row.dimensions.iter().flatten().filter_map(DimensionValue::text_or_prefix);
            for text in texts.filter(|text| text.contains('*')) {
                let message =
                    format!("the star in {} stands for itself: it is a pattern only at the end", quoted(text));
                let finding = findings.add(Code::InnerStar, spot, message);
                finding.help("end the text in the star, as in \"gpt-5*\", or write a row for each value");
            }
        }
    }
}

/// Two products on the same events, unless both are plans: something recurs in each, so customers choose one of them.
fn shared_event_types(prices: &[Placed<'_>], findings: &mut Findings) {
    let mut first: HashMap<&str, &Product> = HashMap::new();
    let mut told = HashSet::new();
    for (product, price, spots) in prices {
        let event_type = price.usage.event_type.as_str();
        let other = *first.entry(event_type).or_insert(product);
        let are_plans = other.cycle().is_some() && product.cycle().is_some();
        if other.code != product.code && !are_plans && told.insert((event_type, &product.code)) {
            let message = format!("the product {} charges for {} too", quoted(&other.code), quoted(event_type));
            let finding = findings.add(Code::SharedEventType, spots.event_type, message);
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
            let fees = price.usage.rows.iter().filter_map(|row| event_fee(&price.usage, row, asset));
            Some((fees.max()?, price))
        });
        let Some((fee, price)) = fees.max_by_key(|&(fee, _)| fee) else { continue };
        if rule.threshold.checked_add(bought).is_some_and(|covered| fee > covered) {
            let message = format!(
                "one event of {} costs {} {}, more than the threshold and a payment together",
                quoted(&price.name),
                asset.format(fee),
                asset.code
            );
            findings.add(Code::JumpedThreshold, spot, message).help("raise the threshold or the amount");
        }
    }
}

/// The most that one event of a unit price owes, in units.
fn event_fee(usage: &UsagePrice, row: &PriceRow, asset: &Asset) -> Option<Units> {
    let rounded =
        |divisors: &[Decimal]| round_product(&[row.unit_price?], divisors, asset.precision, Rounding::Down).ok();
    let fee = match usage.pricing_model {
        PricingModel::Flat => rounded(&[row.package()])?,
        // It may be the first of a block.
        PricingModel::Package => rounded(&[])?,
        PricingModel::Graduated => tiers::largest_entry(row, asset)?,
        PricingModel::Volume => tiers::largest_entry(row, asset).max(tiers::largest_step(usage, row, asset))?,
    };
    let at_least = row.min_amount.map_or(fee, |min| fee.max(min));
    Some(row.max_amount.map_or(at_least, |max| at_least.min(max)))
}
