//! `[[vendor.cost]]`: what events cost, for logs that do not say. The keys are those of a usage price; each event
//! is rated by itself.

use super::charge::{BILLING_MODEL, REAL_TIME};
use super::context::Context;
use super::pricing::{PRICING_MODEL, TIER_PERIOD};
use super::rows::{NUMBERS, UNIT_PRICE, VALUES};
use super::usage::{
    COUNTED, COUNTS_BOTH, COUNTS_EVENTS, COUNTS_VOLUME, DIMENSIONS, EVENT_TYPE, HAS_STEPS, OVERAGES, Owner, TIERED,
    UsagePrice, usage_price, write_usage,
};
use crate::catalog::fields::{Fields, Foreign};
use crate::catalog::keys::{Key, Kind, Table, Told, plain_words};
use crate::catalog::written::WrittenTable;
use crate::money::Book;

const TYPES: [(&str, ()); 2] = [("usage_based", ()), ("usage-based", ())];

const NAME: Key = Key::new("name", Kind::Text, "A name for your own use.").is_idle();
const TYPE: Key = Key::new("type", Kind::Words(&plain_words(&TYPES)), "May be left out.").is_idle();
const COST_BILLING_MODEL: Key = Key::new(BILLING_MODEL.name, Kind::Table(&REAL_TIME), "May be left out.").is_idle();
const ASSET: Key = Key::new("asset", Kind::Code, "The currency or unit that the vendor charges in.").needed();
const COST_TIER_PERIOD: Key = Key::new(
    TIER_PERIOD.name,
    Kind::Words(&plain_words(&[("event", ())])),
    "Needed with tiers and packages: what a vendor charges is rated event by event.",
);

/// `[[vendor.cost]]`.
pub static COST: Table = Table::new(
    "cost",
    &[
        &[NAME, TYPE, COST_BILLING_MODEL],
        COUNTED,
        &[ASSET, PRICING_MODEL, COST_TIER_PERIOD, UNIT_PRICE],
        NUMBERS,
        DIMENSIONS,
        &[VALUES],
        TIERED,
    ],
)
.when(&[COUNTS_EVENTS, COUNTS_VOLUME, COUNTS_BOTH, HAS_STEPS])
.told(Told::ByName(EVENT_TYPE));

const OWNER: Owner = Owner {
    has_overage: false,
    counts_on: false,
    foreign: &Foreign { keys: &[OVERAGES], why: "a [[vendor.cost]], which no account pays", help: "remove it" },
};

/// A vendor's cost rule. A `name` and a `type` may stand there, so that a price can be copied, but say nothing.
pub(super) fn vendor_cost(mut table: Fields<'_>, cx: &mut Context<'_, '_>) -> UsagePrice {
    table.name(&NAME, cx.findings);
    table.choice(&TYPE, &TYPES, cx.findings);
    usage_price(table, &OWNER, cx).0
}

/// The table that a rule is read from; `None` when its asset is unknown.
pub(super) fn write_cost(cost: &UsagePrice, book: &Book) -> Option<WrittenTable> {
    write_usage(WrittenTable::new(&COST), cost, book)
}
