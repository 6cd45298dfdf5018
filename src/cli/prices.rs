//! Prices as rows, one for each row of dimensions: `price list` and `product show`.

use crate::catalog::{
    Catalog, Collection, DimensionValue, FixedPrice, Price, PriceRow, Product, Tier, UsagePrice, UsageType, words,
};
use crate::money::{Book, Decimal, Units};
use crate::render::{Column, Table};
use serde::Serialize;
use std::collections::BTreeMap;

/// One row of a usage price, or a fixed price. What says nothing of a price is empty.
#[derive(Default, Serialize)]
pub(super) struct PriceLine {
    product: String,
    version: Option<u32>,
    /// `usage_based` or `fixed`.
    r#type: &'static str,
    price: String,
    /// The row's own name.
    row: Option<String>,
    event_type: Option<String>,
    usage_type: Option<&'static str>,
    volume_field: Option<String>,
    dimensions: BTreeMap<String, String>,
    unit_price: Option<String>,
    volume_rate: Option<String>,
    package_size: Option<String>,
    min_amount: Option<String>,
    max_amount: Option<String>,
    asset: String,
    billing_model: BillingModel,
    per_seat: bool,
    /// Of a fixed price: `payment` or `balance`.
    collection: Option<&'static str>,
    pricing_model: Option<&'static str>,
    tier_period: Option<&'static str>,
    tiers: Vec<TierLine>,
    overage: Option<OverageLine>,
    /// `every month` or `once`.
    #[serde(skip)]
    charged: String,
    /// All tiers in one line.
    #[serde(skip)]
    tiers_text: String,
}

/// When it is charged, in the catalog's words.
#[derive(Default, Serialize)]
struct BillingModel {
    r#type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    interval: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    interval_count: Option<u32>,
}

#[derive(Serialize)]
struct TierLine {
    up_to: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unit_price: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    volume_rate: Option<String>,
    flat_fee: String,
}

#[derive(Serialize)]
struct OverageLine {
    asset: String,
    rate: String,
}

/// All of a product's fixed prices, then all rows of its usage prices.
pub(super) fn lines(product: &Product, version: Option<u32>, catalog: &Catalog) -> Vec<PriceLine> {
    let book = Book::new(catalog.terms.reporting_currency.clone(), catalog.terms.assets.clone());
    let fixed = product.fixed_prices.iter().map(|price| fixed_line(price, &book));
    let rows = product.prices.iter().flat_map(|price| price.usage.rows.iter().map(move |row| (price, row)));
    let usage = rows.map(|(price, row)| usage_line(price, row, &book));
    fixed.chain(usage).map(|line| PriceLine { product: product.code.clone(), version, ..line }).collect()
}

fn fixed_line(price: &FixedPrice, book: &Book) -> PriceLine {
    PriceLine {
        r#type: "fixed",
        price: price.name.clone(),
        unit_price: Some(words::amount(book, &price.asset, price.unit_price)),
        asset: price.asset.clone(),
        billing_model: BillingModel {
            r#type: if price.interval.is_some() { "recurring" } else { "one_time" },
            interval: price.interval.map(|interval| interval.unit.name()),
            interval_count: price.interval.map(|interval| interval.count),
        },
        per_seat: price.per_seat,
        collection: Some(if price.collection == Collection::Payment { "payment" } else { "balance" }),
        charged: price.interval.map_or_else(|| "once".to_owned(), words::every),
        ..PriceLine::default()
    }
}

fn usage_line(price: &Price, row: &PriceRow, book: &Book) -> PriceLine {
    let usage = &price.usage;
    let number = |number: Option<Decimal>| number.map(|number| number.to_string());
    let amount = |units: Option<Units>| Some(words::amount(book, &usage.asset, units?));
    let dimensions = usage.billable_dimensions.iter().zip(&row.dimensions);
    PriceLine {
        r#type: "usage_based",
        price: price.name.clone(),
        row: row.name.clone(),
        event_type: Some(usage.event_type.clone()),
        usage_type: Some(usage.usage_type.name()),
        volume_field: usage.volume_field.clone(),
        dimensions: dimensions
            .map(|(name, value)| (name.clone(), value.as_ref().map_or("*", DimensionValue::as_str).to_owned()))
            .collect(),
        unit_price: number(row.unit_price),
        volume_rate: number(row.volume_rate),
        package_size: number(row.package_size),
        min_amount: amount(row.min_amount),
        max_amount: amount(row.max_amount),
        asset: usage.asset.clone(),
        billing_model: BillingModel { r#type: "real_time", ..BillingModel::default() },
        pricing_model: Some(usage.pricing_model.name()),
        tier_period: Some(usage.tier_period.name()),
        tiers: row.tiers.iter().map(|tier| tier_line(tier, usage, book)).collect(),
        overage: usage.overage.as_ref().map(|o| OverageLine { asset: o.asset.clone(), rate: o.rate.to_string() }),
        tiers_text: words::tiers(&row.tiers, &usage.asset, book),
        ..PriceLine::default()
    }
}

fn tier_line(tier: &Tier, usage: &UsagePrice, book: &Book) -> TierLine {
    let price = |usage_type| (usage.usage_type == usage_type).then(|| tier.price.to_string());
    TierLine {
        up_to: tier.up_to.map(|up_to| up_to.to_string()),
        unit_price: price(UsageType::Unit),
        volume_rate: price(UsageType::Volume),
        flat_fee: words::amount(book, &usage.asset, tier.flat_fee),
    }
}

/// The columns of a table, and whether they hold numbers.
const COLUMNS: [(&str, bool); 21] = [
    ("product", false),
    ("version", true),
    ("price", false),
    ("event_type", false),
    ("usage_type", false),
    ("volume_field", false),
    ("dimensions", false),
    ("unit_price", true),
    ("volume_rate", true),
    ("package_size", true),
    ("min_amount", true),
    ("max_amount", true),
    ("asset", false),
    ("terms", false),
    ("charged", false),
    ("per_seat", false),
    ("collection", false),
    ("pricing_model", false),
    ("tier_period", false),
    ("tiers", false),
    ("overage", false),
];
/// The column in which people read all that scripts read in the columns after it.
const TERMS: usize = 13;

impl PriceLine {
    fn cells(&self) -> [String; COLUMNS.len()] {
        let or_empty = |text: &Option<String>| text.clone().unwrap_or_default();
        let word = |word: Option<&str>| word.unwrap_or_default().to_owned();
        let dimensions: Vec<String> = self.dimensions.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let overage = self.overage.as_ref().map(|overage| format!("{} {}", overage.rate, overage.asset));
        [
            self.product.clone(),
            self.version.map(|version| version.to_string()).unwrap_or_default(),
            self.row.as_ref().unwrap_or(&self.price).clone(),
            or_empty(&self.event_type),
            word(self.usage_type),
            or_empty(&self.volume_field),
            dimensions.join(" "),
            or_empty(&self.unit_price),
            or_empty(&self.volume_rate),
            or_empty(&self.package_size),
            or_empty(&self.min_amount),
            or_empty(&self.max_amount),
            self.asset.clone(),
            self.terms(),
            self.charged.clone(),
            if self.per_seat { "yes" } else { "no" }.to_owned(),
            word(self.collection),
            word(self.pricing_model),
            word(self.tier_period),
            self.tiers_text.clone(),
            or_empty(&overage),
        ]
    }

    /// `per seat, every month`, or `graduated each month: 0 up to 1000, then 0.004`; nothing of a plain usage price.
    fn terms(&self) -> String {
        let mut terms = Vec::new();
        terms.extend(self.per_seat.then(|| "per seat".to_owned()));
        terms.extend((!self.charged.is_empty()).then(|| self.charged.clone()));
        terms.extend((self.collection == Some("balance")).then(|| "from the wallet".to_owned()));
        let model = self.pricing_model.filter(|&model| model != "flat");
        let period = self.tier_period.filter(|&period| period != "lifetime").map(|period| format!("each {period}"));
        let model: Vec<String> = model.map(str::to_owned).into_iter().chain(period).collect();
        let tiers = if self.tiers.is_empty() { String::new() } else { format!(": {}", self.tiers_text) };
        terms.extend((!model.is_empty()).then(|| model.join(" ") + &tiers));
        terms.extend(self.overage.as_ref().map(|overage| format!("overage {} {}", overage.rate, overage.asset)));
        terms.join(", ")
    }
}

/// The lines as people read them, who are spared the columns in which nothing stands.
pub(super) fn table(lines: &[PriceLine]) -> Table {
    let cells: Vec<_> = lines.iter().map(PriceLine::cells).collect();
    let says_something = |index: usize| cells.iter().any(|row| !row[index].is_empty());
    let mut table = chosen(&cells, |index| index <= TERMS && says_something(index));
    table.optional(&["usage_type", "version", "volume_field"]);
    table
}

/// The lines as a spreadsheet wants them.
pub(super) fn rows(lines: &[PriceLine]) -> Table {
    let cells: Vec<_> = lines.iter().map(PriceLine::cells).collect();
    chosen(&cells, |index| index != TERMS)
}

/// The columns that are shown.
fn chosen(cells: &[[String; COLUMNS.len()]], is_shown: impl Fn(usize) -> bool) -> Table {
    let shown: Vec<usize> = (0..COLUMNS.len()).filter(|&index| is_shown(index)).collect();
    let column = |&index: &usize| match COLUMNS[index] {
        (name, true) => Column::number(name),
        (name, false) => Column::text(name),
    };
    let mut table = Table::new(shown.iter().map(column).collect());
    for row in cells {
        table.row(shown.iter().map(|&index| &row[index]));
    }
    table
}
