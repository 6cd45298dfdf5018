//! Assets that nobody can have, and credits that nobody can use.

use crate::catalog::finding::{Findings, Spot, quoted};
use crate::catalog::tables::context::is_currency;
use crate::catalog::tables::product::ProductSpots;
use crate::catalog::{Code, Collection, Product};
use crate::money::{Book, Decimal};
use crate::time::Instant;
use std::collections::HashSet;

/// Products and where their parts are.
type Products<'c> = [(&'c Product, &'c ProductSpots)];

/// What is charged, but can be neither bought nor granted by any product: a payment that nobody can tell in the reporting
/// currency is refused, and custom units are bought at their own rate. A price with an overage can be paid in that instead.
pub(super) fn unbuyable(products: &Products<'_>, book: &Book, findings: &mut Findings) {
    let granted: HashSet<&str> =
        products.iter().flat_map(|(product, _)| &product.entitlements).map(|e| e.asset.as_str()).collect();
    let mut told = HashSet::new();
    for (code, spot) in products.iter().flat_map(|&(product, spots)| charged(product, spots)) {
        let Ok(asset) = book.asset(code) else { continue };
        let is_priced = is_currency(asset) || !asset.rates.is_empty();
        let can_be_bought = is_priced && book.value(Decimal::ONE, code, Instant::MAX).is_ok();
        if !can_be_bought && !granted.contains(code) && told.insert(code) {
            let missing = if is_priced { format!("rate to {}", book.reporting_currency) } else { "rate".to_owned() };
            let message = format!("{code} is priced but has no {missing}, so it can't be bought");
            let finding = findings.add(Code::UnbuyableAsset, spot, message);
            finding
                .help("add `rates` to its [[asset]] or grant it by an entitlement, unless all of it is given by hand");
        }
    }
}

/// The assets that a wallet must hold for the product, with their places.
fn charged<'c>(product: &'c Product, spots: &'c ProductSpots) -> impl Iterator<Item = (&'c str, Spot)> {
    let fixed = product.fixed_prices.iter().zip(&spots.fixed);
    let fixed = fixed.filter(|(price, _)| price.collection == Collection::Balance);
    let usage = product.prices.iter().zip(&spots.prices).map(|(price, spots)| match &price.usage.overage {
        Some(overage) => (overage.asset.as_str(), spots.overage.unwrap_or(spots.asset)),
        None => (price.usage.asset.as_str(), spots.asset),
    });
    usage.chain(fixed.map(|(price, &spot)| (price.asset.as_str(), spot)))
}

/// Grants of an asset that no product of the catalog charges.
pub(super) fn unused_entitlements(products: &Products<'_>, findings: &mut Findings) {
    let usages = products.iter().flat_map(|(product, _)| &product.prices).map(|price| &price.usage);
    let overages = usages.clone().filter_map(|usage| usage.overage.as_ref()).map(|overage| overage.asset.as_str());
    let fixed = products.iter().flat_map(|(product, _)| &product.fixed_prices);
    let fixed = fixed.filter(|price| price.collection == Collection::Balance).map(|price| price.asset.as_str());
    let used: HashSet<&str> = usages.map(|usage| usage.asset.as_str()).chain(overages).chain(fixed).collect();
    let granted = products.iter().flat_map(|(product, spots)| product.entitlements.iter().zip(&spots.entitlements));
    for (entitlement, &spot) in granted.filter(|(entitlement, _)| !used.contains(entitlement.asset.as_str())) {
        let (name, asset) = (quoted(&entitlement.name), &entitlement.asset);
        let message = format!("{name} grants {asset}, which nothing in the catalog takes from a wallet");
        findings.add(Code::UnusedEntitlement, spot, message).help("price something in it, or grant another asset");
    }
}
