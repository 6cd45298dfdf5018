//! `[[product]]`: its prices of both kinds, and what it grants.

use super::entitlement::entitlements;
use super::fixed::fixed_price;
use super::price::{PriceSpots, usage_price};
use super::{Context, Unique};
use crate::catalog::fields::Fields;
use crate::catalog::finding::{Spot, quoted};
use crate::catalog::{Code, Price, Product};

/// Where the parts of a product are that a lint may point at, in the order of its lists.
#[derive(Default)]
pub(super) struct ProductSpots {
    /// The assets of the fixed prices.
    pub fixed: Vec<Spot>,
    pub prices: Vec<PriceSpots>,
    /// The assets of the entitlements.
    pub entitlements: Vec<Spot>,
}

/// The two kinds of prices.
#[derive(Clone, Copy)]
pub(in crate::catalog) enum PriceType {
    Usage,
    Fixed,
}

impl PriceType {
    /// The catalog's spellings.
    pub const NAMES: [(&'static str, Self); 3] =
        [("usage_based", Self::Usage), ("fixed", Self::Fixed), ("usage-based", Self::Usage)];
}

/// Reads all products.
pub(super) fn products(tables: Vec<Fields<'_>>, cx: &mut Context<'_, '_>) -> (Vec<Product>, Vec<ProductSpots>) {
    let mut codes = Unique::new("product");
    tables.into_iter().map(|table| product(table, &mut codes, cx)).unzip()
}

fn product(mut table: Fields<'_>, codes: &mut Unique, cx: &mut Context<'_, '_>) -> (Product, ProductSpots) {
    let code = codes.code(&mut table, cx.findings);
    let name = table.name("name", cx.findings).unwrap_or_else(|| code.clone());
    let prices = table.tables("price", cx.findings);
    let granted = table.tables("entitlement", cx.findings);
    if prices.is_empty() && granted.is_empty() {
        let message = format!("the product {} has neither a price nor an entitlement", quoted(&code));
        cx.findings.add(Code::EmptyProduct, table.spot, message).help("add a [[product.price]] below it");
    }
    table.finish(cx.findings);
    let mut product = Product { code, name, fixed_prices: Vec::new(), prices: Vec::new(), entitlements: Vec::new() };
    let mut spots = ProductSpots::default();
    let mut names = Unique::new("price");
    for table in prices {
        price(table, &mut names, &mut product, &mut spots, cx);
    }
    (product.entitlements, spots.entitlements) = entitlements(granted, cx);
    check_cycle(&product, &spots, cx);
    (product, spots)
}

/// Reads one price into the product's list of its kind.
fn price(
    mut table: Fields<'_>,
    names: &mut Unique,
    product: &mut Product,
    spots: &mut ProductSpots,
    cx: &mut Context<'_, '_>,
) {
    let spot = table.get("name").map_or(table.spot, |node| node.spot);
    let name = table.need_name("name", cx.findings);
    names.add(Code::DuplicateName, &name, spot, cx.findings);
    let kind = table.need("type", cx.findings).and_then(|node| node.choice(&PriceType::NAMES, cx.findings));
    match kind.unwrap_or_else(|| likely_type(&table)) {
        PriceType::Fixed => {
            let (price, asset_spot) = fixed_price(table, name, cx);
            product.fixed_prices.push(price);
            spots.fixed.push(asset_spot);
        }
        PriceType::Usage => {
            let (usage, price_spots) = usage_price(table, cx);
            product.prices.push(Price { name, usage });
            spots.prices.push(price_spots);
        }
    }
}

/// What a price without a right `type` looks like, so that its other keys are read as they were meant.
fn likely_type(table: &Fields<'_>) -> PriceType {
    let has = |key| table.entries().any(|node| node.key == key);
    if has("billing_model") && !has("event_type") { PriceType::Fixed } else { PriceType::Usage }
}

/// Quantities can start anew with the subscription's own period only where there is one.
fn check_cycle(product: &Product, spots: &ProductSpots, cx: &mut Context<'_, '_>) {
    if product.cycle().is_some() {
        return;
    }
    for spot in spots.prices.iter().filter_map(|price| price.cycle) {
        let message = "`tier_period = \"cycle\"` stands in a product in which nothing recurs";
        let finding = cx.findings.add(Code::NoCycle, spot, message);
        finding
            .help("add a recurring fixed price or a refreshed entitlement, or use a calendar period such as \"month\"");
    }
}
