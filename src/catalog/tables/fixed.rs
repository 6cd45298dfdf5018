//! A `[[product.price]]` with `type = "fixed"`: a flat charge, once or again and again.

use super::amounts::{check_payable, units};
use super::charge::{ASSET, BILLING_MODEL, recurrence, recurrence_as_value, write_recurrence};
use super::context::{Context, is_currency};
use super::rows::UNIT_PRICE;
use super::said::{Said, Shown, amount, each, every, planned, word, yes_or_no};
use crate::catalog::codes::Code;
use crate::catalog::fields::{Fields, Foreign};
use crate::catalog::finding::{Spot, quoted};
use crate::catalog::keys::{Key, Kind, Usual, words};
use crate::catalog::written::WrittenTable;
use crate::money::{Asset, Book, Decimal, Units, decimal_of};
use crate::time::{Instant, Interval};
use serde::{Deserialize, Serialize};

const PER_SEAT: Key =
    Key::new("per_seat", Kind::Flag, "For fixed prices: whether it is charged for each seat of the subscription.")
        .by_default(Usual::No);
const COLLECTION: Key = Key::new(
    "collection",
    Kind::Words(&words(&Collection::NAMES, ["A payment, in a currency", "The customer's balance"])),
    "For fixed prices: whether a payment is recorded or the wallet is debited.",
)
.by_default(Usual::Text("payment"))
.note("with `balance` the wallet pays");
/// What a usage price can't have.
pub(super) const FIXED_ALONE: &[Key] = &[PER_SEAT, COLLECTION];

/// A flat charge: `type = "fixed"`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FixedPrice {
    /// The name, unique among all prices of the product.
    pub name: String,
    /// The asset that is charged.
    pub asset: String,
    /// How much at a time (and per seat, if so), in units of the asset. What is collected as a payment is a whole number
    /// of the currency's minor units.
    pub unit_price: Units,
    /// When it recurs, counted from the subscription's start; `None` is once, at the start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval: Option<Interval>,
    /// Whether it is charged for each seat.
    #[serde(default)]
    pub per_seat: bool,
    /// Where the money comes from.
    pub collection: Collection,
}

/// Where a fixed charge is taken from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Collection {
    /// A payment is recorded; always a currency.
    #[default]
    Payment,
    /// The wallet is debited, as by a fee.
    Balance,
}

impl Collection {
    /// The catalog's spellings.
    pub const NAMES: [(&'static str, Self); 2] = [("payment", Self::Payment), ("balance", Self::Balance)];
}

/// A fixed price, and the place of its asset.
pub(super) fn fixed_price(
    mut table: Fields<'_>,
    name: String,
    foreign: &Foreign,
    cx: &mut Context<'_, '_>,
) -> (FixedPrice, Spot) {
    let (asset, asset_spot) = cx.asset_at(&mut table, &ASSET);
    let interval = recurrence(&mut table, cx.findings);
    let per_seat = table.flag(&PER_SEAT, cx.findings);
    let collection = match table.get(&COLLECTION, cx.findings) {
        Some(node) => node.choice(&Collection::NAMES, cx.findings),
        None => Some(Collection::default()),
    };
    let price = table.need(&UNIT_PRICE, cx.findings).and_then(|node| Some((node.amount(cx.findings)?, node)));
    table.finish_beside(foreign, cx.findings);
    let unit_price = price.zip(asset.as_ref()).and_then(|((value, node), asset)| {
        let units = units(value, asset.precision, node, cx.findings)?;
        if collection == Some(Collection::Payment) && is_currency(asset) {
            check_payable(units, asset, node, cx.findings);
        }
        Some(units)
    });
    if let (Some(asset), Some(Collection::Payment)) = (&asset, collection) {
        check_currency(asset, asset_spot, cx);
    }
    let price = FixedPrice {
        name,
        asset: asset.map(|asset| asset.code).unwrap_or_default(),
        unit_price: unit_price.unwrap_or_default(),
        interval,
        per_seat,
        collection: collection.unwrap_or_default(),
    };
    (price, asset_spot)
}

/// A payment is made in money, and what it earns can be told.
fn check_currency(asset: &Asset, spot: Spot, cx: &mut Context<'_, '_>) {
    let (code, reporting) = (&asset.code, &cx.book.reporting_currency);
    if !is_currency(asset) {
        let message = format!("{} is not a currency, so no payment can be made in it", quoted(code));
        let finding = cx.findings.add(Code::NotACurrency, spot, message);
        finding.help("use a currency, or set `collection = \"balance\"` to take it from the wallet");
    } else if cx.book.value(Decimal::ONE, code, Instant::MAX).is_err() {
        let message = format!("there is no rate from {code} to {reporting}, so nobody knows what a payment earns");
        let help = format!(
            "add [[asset]] with `code = \"{code}\"` and `rates = [{{ source = \"{reporting}\", rate = ... }}]`"
        );
        cx.findings.add(Code::PaymentWithoutRate, spot, message).help(help);
    }
}

/// Adds the keys that it is read from; `None` when its asset is unknown.
pub(super) fn write_fixed(table: WrittenTable, price: &FixedPrice, book: &Book) -> Option<WrittenTable> {
    let unit_price = decimal_of(price.unit_price, book.asset(&price.asset).ok()?.precision);
    let table = table
        .with(&ASSET, &*price.asset)
        .with(&BILLING_MODEL, write_recurrence(price.interval))
        .with(&UNIT_PRICE, unit_price)
        .with(&PER_SEAT, price.per_seat);
    Some(table.with(&COLLECTION, &*word(&Collection::NAMES, &price.collection)))
}

/// `20.00 USD per seat, every month`.
pub fn fixed_price_in_words(price: &FixedPrice, book: &Book) -> String {
    let collection = if price.collection == Collection::Balance { ", from the wallet" } else { "" };
    let when = price.interval.map_or_else(|| "once".to_owned(), every);
    format!("{}, {when}{collection}", each(price.unit_price, &price.asset, price.per_seat, book))
}

/// What is told of it.
pub fn shown_of_fixed(price: &FixedPrice, book: &Book) -> Vec<Shown> {
    let units = amount(book, &price.asset, price.unit_price);
    let charged = price.interval.map_or_else(|| "once".to_owned(), every);
    let is_balance = price.collection == Collection::Balance;
    vec![
        Shown::new(&UNIT_PRICE, Some(units.clone())).in_plan(format!("{units} {}", price.asset)),
        Shown::new(&ASSET, Some(price.asset.clone())),
        Shown::new(&PER_SEAT, Some(yes_or_no(price.per_seat)))
            .value(price.per_seat)
            .term(price.per_seat.then(|| "per seat".to_owned())),
        Shown::new(&BILLING_MODEL, Some(charged.clone()))
            .value(recurrence_as_value(price.interval))
            .term(Some(charged)),
        Shown::new(&COLLECTION, Some(word(&Collection::NAMES, &price.collection)))
            .term(is_balance.then(|| "from the wallet".to_owned())),
    ]
}

/// What a plan says of it.
pub(in crate::catalog) fn said_of_fixed(price: &FixedPrice, book: &Book) -> Said {
    planned(shown_of_fixed(price, book))
}
