//! `[[product]]`: its prices of both kinds, and what it grants.

use super::context::{Context, Unique};
use super::entitlement::{ENTITLEMENT, Entitlement, entitlements, write_entitlement};
use super::fixed::FixedPrice;
use super::price::{PRICE, Price, Prices, prices, write_prices};
use super::usage::PriceSpots;
use crate::catalog::codes::Code;
use crate::catalog::fields::Fields;
use crate::catalog::finding::{Spot, quoted};
use crate::catalog::keys::{Key, Kind, Table, Told};
use crate::catalog::written::{Written, WrittenTable};
use crate::money::Book;
use crate::time::Interval;
use serde::{Deserialize, Serialize};

const CODE: Key = Key::new("code", Kind::Code, "The code that commands use.").needed();
const NAME: Key = Key::new("name", Kind::Text, "The name that people see. The code, if absent.").is_name();
const PRICES: Key = Key::new(
    "price",
    Kind::Tables(&PRICE),
    "What is charged: flat amounts (`type = \"fixed\"`), and fees for events (`type = \"usage_based\"`).",
);
const ENTITLEMENTS: Key =
    Key::new("entitlement", Kind::Tables(&ENTITLEMENT), "The credits that subscribers are granted.");

/// `[[product]]`.
pub static PRODUCT: Table = Table::new("product", &[&[CODE, NAME, PRICES, ENTITLEMENTS]]).told(Told::ByName(CODE));

/// What a customer subscribes to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Product {
    /// The code used in commands.
    pub code: String,
    /// The name people see.
    pub name: String,
    /// Flat charges, in the order they are written.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fixed_prices: Vec<FixedPrice>,
    /// How events become fees, in the order they are written.
    pub prices: Vec<Price>,
    /// Credits that subscribers are granted, in the order they are written.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub entitlements: Vec<Entitlement>,
}

impl Product {
    /// The codes of all assets that it charges or grants, some of them more than once.
    pub fn assets(&self) -> impl Iterator<Item = &str> {
        let usage = self.prices.iter().map(|price| &price.usage);
        let overage = usage.clone().filter_map(|usage| usage.overage.as_ref()).map(|overage| &overage.asset);
        let fixed = self.fixed_prices.iter().map(|price| &price.asset);
        let granted = self.entitlements.iter().map(|entitlement| &entitlement.asset);
        usage.map(|usage| &usage.asset).chain(overage).chain(fixed).chain(granted).map(String::as_str)
    }

    /// The subscription's own period: that of the first recurring fixed price, else of the first entitlement that is
    /// refreshed. `None` for a product in which nothing recurs.
    pub fn cycle(&self) -> Option<Interval> {
        let refreshed = |e: &Entitlement| e.lifecycle.filter(|l| l.refresh.is_some()).map(|l| l.interval);
        let recurring = self.fixed_prices.iter().find_map(|price| price.interval);
        recurring.or_else(|| self.entitlements.iter().find_map(refreshed))
    }
}

/// Where the parts of a product are that a lint may point at, in the order of its lists.
pub(in crate::catalog) struct ProductSpots {
    /// The assets of the fixed prices.
    pub fixed: Vec<Spot>,
    pub prices: Vec<PriceSpots>,
    /// The assets of the entitlements.
    pub entitlements: Vec<Spot>,
}

/// A product's usage price and where its parts are.
pub(in crate::catalog) type Placed<'c> = (&'c Product, &'c Price, &'c PriceSpots);

/// Reads all products.
pub(in crate::catalog) fn products(
    tables: Vec<Fields<'_>>,
    cx: &mut Context<'_, '_>,
) -> (Vec<Product>, Vec<ProductSpots>) {
    let mut codes = Unique::new("product");
    tables.into_iter().map(|table| product(table, &mut codes, cx)).unzip()
}

fn product(mut table: Fields<'_>, codes: &mut Unique, cx: &mut Context<'_, '_>) -> (Product, ProductSpots) {
    let code = codes.code(&mut table, &CODE, cx.findings);
    let name = table.name(&NAME, cx.findings).unwrap_or_else(|| code.clone());
    let tables = table.tables(&PRICES, cx.findings);
    let granted = table.tables(&ENTITLEMENTS, cx.findings);
    if tables.is_empty() && granted.is_empty() {
        let message = format!("the product {} has neither a price nor an entitlement", quoted(&code));
        cx.findings.add(Code::EmptyProduct, table.spot, message).help("add a [[product.price]] below it");
    }
    table.finish(cx.findings);
    let Prices { fixed, usage } = prices(tables, cx);
    let (fixed_prices, fixed_spots) = fixed.into_iter().unzip();
    let (prices, price_spots) = usage.into_iter().unzip();
    let (entitlements, entitlement_spots) = entitlements(granted, cx);
    let product = Product { code, name, fixed_prices, prices, entitlements };
    let spots = ProductSpots { fixed: fixed_spots, prices: price_spots, entitlements: entitlement_spots };
    check_cycle(&product, &spots, cx);
    (product, spots)
}

/// The table that it is read from; `None` when an asset of it is unknown.
pub(in crate::catalog) fn write_product(product: &Product, book: &Book) -> Option<WrittenTable> {
    let granted = product.entitlements.iter().map(|entitlement| write_entitlement(entitlement, book));
    let granted = granted.collect::<Option<Vec<_>>>()?.into_iter().collect::<Written>();
    let table = WrittenTable::new(&PRODUCT).with(&CODE, &*product.code).with(&NAME, &*product.name);
    let prices = write_prices(&product.fixed_prices, &product.prices, book)?;
    Some(table.with(&PRICES, prices).with(&ENTITLEMENTS, granted))
}

/// Quantities can start anew with the subscription's own period only where there is one.
fn check_cycle(product: &Product, spots: &ProductSpots, cx: &mut Context<'_, '_>) {
    if product.cycle().is_some() {
        return;
    }
    for spot in spots.prices.iter().filter_map(|price| price.cycle) {
        let message = "`tier_period = \"cycle\"` does not belong in a product in which nothing recurs";
        let finding = cx.findings.add(Code::NoCycle, spot, message);
        finding
            .help("add a recurring fixed price or a refreshed entitlement, or use a calendar period such as \"month\"");
    }
}
