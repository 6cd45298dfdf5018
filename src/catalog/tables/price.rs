//! `[[product.price]]`: which of the two kinds it is.

use super::charge::{ASSET, BILLING_MODEL};
use super::context::{Context, Unique};
use super::fixed::{FIXED_ALONE, FixedPrice, fixed_price, write_fixed};
use super::pricing::PRICING_MODEL;
use super::rows::{NUMBERS, UNIT_PRICE, VALUES};
use super::usage::{
    COUNTED, COUNTS_BOTH, COUNTS_EVENTS, COUNTS_VOLUME, DIMENSIONS, NEEDED, OVERAGES, Owner, PERIODS, PriceSpots,
    TIERED, UsagePrice, usage_price, write_usage,
};
use crate::catalog::fields::{Fields, Foreign};
use crate::catalog::finding::Spot;
use crate::catalog::keys::{Key, Kind, Table, Told, When, words};
use crate::catalog::written::{Written, WrittenTable};
use crate::money::Book;
use serde::{Deserialize, Serialize};

const NAME: Key = Key::new("name", Kind::Text, "The name, unique in the product.").needed().is_name();
const TYPE: Key = Key::new(
    "type",
    Kind::Words(&words(
        &PriceType::NAMES,
        ["Usage: events are charged as they happen", "Fixed: a flat charge, once or recurring", ""],
    )),
    "Whether events are charged, or a flat amount.",
)
.needed();

/// `[[product.price]]`: the keys of both kinds, so that an editor offers them before it knows which it is.
pub static PRICE: Table = Table::new(
    "price",
    &[
        &[NAME, TYPE, BILLING_MODEL],
        COUNTED,
        &[ASSET, PRICING_MODEL],
        PERIODS,
        &[UNIT_PRICE],
        NUMBERS,
        DIMENSIONS,
        &[VALUES],
        TIERED,
        OVERAGES,
        FIXED_ALONE,
    ],
)
.when(&[
    COUNTS_EVENTS,
    COUNTS_VOLUME,
    COUNTS_BOTH,
    When::new(TYPE, &["fixed"]).needs(&[BILLING_MODEL]).refuses(USAGE_ALONE),
    When::new(TYPE, &["usage_based", "usage-based"]).needs(NEEDED).refuses(&[FIXED_ALONE]),
])
.told(Told::ByName(NAME));

/// The keys that lists of prices have, before and after the dimensions.
pub const LISTED: [&[&[Key]]; 2] = [
    &[COUNTED],
    &[&[UNIT_PRICE], NUMBERS, &[ASSET], FIXED_ALONE, &[BILLING_MODEL, PRICING_MODEL], PERIODS, TIERED, OVERAGES],
];

/// What speaks of events.
const USAGE_ALONE: &[&[Key]] = &[COUNTED, PERIODS, NUMBERS, DIMENSIONS, &[VALUES], OVERAGES];

const IN_FIXED: Foreign = Foreign {
    keys: USAGE_ALONE,
    why: "a fixed price, which no event changes",
    help: "remove it, or set `type = \"usage_based\"`",
};
const OWNER: Owner = Owner {
    has_overage: true,
    counts_on: true,
    foreign: &Foreign {
        keys: &[FIXED_ALONE],
        why: "a usage-based price, which is taken from the wallet event by event",
        help: "remove it, or set `type = \"fixed\"`",
    },
};

/// One named price of a product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Price {
    /// The name, unique in the product.
    pub name: String,
    /// How events become fees.
    #[serde(flatten)]
    pub usage: UsagePrice,
}

/// The two kinds of prices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PriceType {
    /// Events are charged as they happen.
    Usage,
    /// A flat charge.
    Fixed,
}

impl PriceType {
    /// The catalog's spellings.
    pub const NAMES: [(&'static str, Self); 3] =
        [("usage_based", Self::Usage), ("fixed", Self::Fixed), ("usage-based", Self::Usage)];
}

/// The prices of a product by their kind, each with its place.
#[derive(Default)]
pub(super) struct Prices {
    /// Fixed prices, each with the place of its asset.
    pub fixed: Vec<(FixedPrice, Spot)>,
    /// Usage prices, each with the places of its parts.
    pub usage: Vec<(Price, PriceSpots)>,
}

/// Reads all prices of a product.
pub(super) fn prices(tables: Vec<Fields<'_>>, cx: &mut Context<'_, '_>) -> Prices {
    let mut names = Unique::new("price");
    let mut prices = Prices::default();
    for mut table in tables {
        let name = names.name(&mut table, &NAME, cx.findings);
        let kind = table.get(&TYPE, cx.findings).and_then(|node| node.choice(&PriceType::NAMES, cx.findings));
        match kind.unwrap_or_else(|| likely_type(&table)) {
            PriceType::Fixed => prices.fixed.push(fixed_price(table, name, &IN_FIXED, cx)),
            PriceType::Usage => {
                let (usage, spots) = usage_price(table, &OWNER, cx);
                prices.usage.push((Price { name, usage }, spots));
            }
        }
    }
    prices
}

/// What a price without a right `type` looks like, so that its other keys are read as they were meant.
fn likely_type(table: &Fields<'_>) -> PriceType {
    let has = |key| table.entries().any(|node| node.key == key);
    if has("billing_model") && !has("event_type") { PriceType::Fixed } else { PriceType::Usage }
}

/// The tables that prices of both kinds are read from; `None` when one is in an unknown asset.
pub(super) fn write_prices(fixed: &[FixedPrice], usage: &[Price], book: &Book) -> Option<Written> {
    let table =
        |name: &str, kind: usize| WrittenTable::new(&PRICE).with(&NAME, name).with(&TYPE, PriceType::NAMES[kind].0);
    let fixed = fixed.iter().map(|price| write_fixed(table(&price.name, 1), price, book));
    let usage = usage.iter().map(|price| write_usage(table(&price.name, 0), &price.usage, book));
    Some(fixed.chain(usage).collect::<Option<Vec<_>>>()?.into_iter().collect())
}
