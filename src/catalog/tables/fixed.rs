//! A `[[product.price]]` with `type = "fixed"`: a flat charge, once or again and again.

use super::amounts::{check_payable, units};
use super::charge::{ASSET, BILLING_MODEL, recurrence, recurrence_as_value, write_recurrence};
use super::context::{Context, is_currency};
use super::pricing::UsageType;
use super::pricing::{PRICING_MODEL, PricingModel};
use super::rows::{TIERS, UNIT_PRICE};
use super::said::{NONE, Said, Shown, amount, each, every, planned, word, yes_or_no};
use super::seat_tiers::{SeatTier, seat_tiers, total};
use super::tiers::{tiers_as_value, tiers_in_words, write_tier};
use crate::catalog::codes::Code;
use crate::catalog::fields::{Fields, Foreign, Node};
use crate::catalog::finding::{Spot, quoted};
use crate::catalog::keys::{Key, Kind, Usual, words};
use crate::catalog::written::{Written, WrittenTable};
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
    /// of the currency's minor units. Nothing where there are tiers.
    pub unit_price: Units,
    /// How seats become an amount: flat, or by tiers.
    #[serde(default, skip_serializing_if = "is_flat")]
    pub pricing_model: PricingModel,
    /// What seats cost by their number; upwards, and empty in a flat price.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tiers: Vec<SeatTier>,
    /// When it recurs, counted from the subscription's start; `None` is once, at the start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval: Option<Interval>,
    /// Whether it is charged for each seat.
    #[serde(default)]
    pub per_seat: bool,
    /// Where the money comes from.
    pub collection: Collection,
}

impl FixedPrice {
    /// What so many seats come to at a time, in units of the asset; `None` when that is out of range.
    pub fn total(&self, seats: i64) -> Option<Units> {
        match self.pricing_model {
            model if model.has_tiers() => total(&self.tiers, model, seats),
            _ if self.per_seat => self.unit_price.checked_times(seats),
            _ => Some(self.unit_price),
        }
    }
}

fn is_flat(model: &PricingModel) -> bool {
    *model == PricingModel::Flat
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
    let is_paid = collection == Some(Collection::Payment) && asset.as_ref().is_some_and(is_currency);
    let (pricing_model, tiers, is_tiered) = seats(&mut table, per_seat, (asset.as_ref(), is_paid), cx);
    let price = if is_tiered { table.get(&UNIT_PRICE, cx.findings) } else { table.need(&UNIT_PRICE, cx.findings) };
    if let Some(node) = price.filter(|_| is_tiered) {
        let message = "`unit_price` does not belong in a price with `tiers`";
        cx.findings.add(Code::ConflictingKeys, node.key_spot, message).help("remove it: every tier has its own");
    }
    let price = price.and_then(|node| Some((node.amount(cx.findings)?, node)));
    table.finish_beside(foreign, cx.findings);
    let unit_price = price.zip(asset.as_ref()).and_then(|((value, node), asset)| {
        let units = units(value, asset.precision, node, cx.findings)?;
        if is_paid {
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
        pricing_model,
        tiers,
        interval,
        per_seat,
        collection: collection.unwrap_or_default(),
    };
    (price, asset_spot)
}

/// How the number of seats counts: the model, its tiers, and whether what is said of them stands for the price, right or wrong.
fn seats(
    table: &mut Fields<'_>,
    per_seat: bool,
    (asset, is_paid): (Option<&Asset>, bool),
    cx: &mut Context<'_, '_>,
) -> (PricingModel, Vec<SeatTier>, bool) {
    let (model, tiers) = (table.get(&PRICING_MODEL, cx.findings), table.get(&TIERS, cx.findings));
    let said = model.map(|node| (node.choice(&PricingModel::NAMES, cx.findings), node));
    let own = said.map_or(Some(PricingModel::Flat), |(model, _)| model);
    let is_tiered = tiers.is_some() || own.is_none_or(PricingModel::has_tiers);
    let mut refuse = |node: Node<'_>, place: &str, help: &str| {
        let message = format!("`{}` does not belong in {place}", node.key);
        cx.findings.add(Code::ConflictingKeys, node.key_spot, message).help(help);
    };
    match (own, tiers, said) {
        (Some(PricingModel::Package), _, Some((_, node))) => {
            refuse(node, "a fixed price as \"package\"", "remove it, or use \"graduated\" or \"volume\" with `tiers`");
        }
        (Some(PricingModel::Flat), Some(node), _) => {
            refuse(node, "a flat price", "set `pricing_model` to \"graduated\" or \"volume\", or remove it");
        }
        (Some(_), Some(node), _) if !per_seat => {
            refuse(node, "a fixed price that seats don't change", "set `per_seat = true`: tiers are of seats");
        }
        (Some(model), None, Some((_, node))) if model.has_tiers() => {
            let message = format!("the key `tiers` is missing; `pricing_model = \"{}\"` needs it", model.name());
            cx.findings.add(Code::MissingKey, node.spot, message).help("add `tiers = [{ up_to = ..., ... }, { ... }]`");
        }
        _ => {}
    }
    let tiers = tiers.map(|node| seat_tiers(node, asset, is_paid, cx.findings)).unwrap_or_default();
    let model = own.filter(|model| *model != PricingModel::Package).unwrap_or_default();
    let model = if tiers.is_empty() { PricingModel::Flat } else { model };
    (model, tiers, is_tiered)
}

/// A payment is made in money, and what it earns can be told.
fn check_currency(asset: &Asset, spot: Spot, cx: &mut Context<'_, '_>) {
    let (code, reporting) = (&asset.code, &cx.book.reporting_currency);
    if !is_currency(asset) {
        let message = format!("{} is not a currency, so no payment can be made in it", quoted(code));
        let finding = cx.findings.add(Code::NotACurrency, spot, message);
        finding.help("use a currency, or set `collection = \"balance\"` to take it from the wallet");
    } else if cx.book.value(Decimal::ONE, code, Instant::MAX).is_err() {
        let message = format!("there is no rate from {code} to {reporting}, so what a payment earns is unknown");
        let help = format!(
            "add [[asset]] with `code = \"{code}\"` and `rates = [{{ source = \"{reporting}\", rate = ... }}]`"
        );
        cx.findings.add(Code::PaymentWithoutRate, spot, message).help(help);
    }
}

/// Adds the keys that it is read from; `None` when its asset is unknown.
pub(super) fn write_fixed(table: WrittenTable, price: &FixedPrice, book: &Book) -> Option<WrittenTable> {
    let precision = book.asset(&price.asset).ok()?.precision;
    let flat = (!price.pricing_model.has_tiers()).then(|| decimal_of(price.unit_price, precision));
    let tiers = price.tiers.iter().map(|tier| write_tier(&tier.as_tier(precision), UsageType::Unit, precision));
    let tiers = (!price.tiers.is_empty()).then(|| tiers.collect::<Written>());
    let table = table
        .with(&ASSET, &*price.asset)
        .with(&BILLING_MODEL, write_recurrence(price.interval))
        .with(&PRICING_MODEL, price.pricing_model.name())
        .maybe(&UNIT_PRICE, flat)
        .maybe(&TIERS, tiers)
        .with(&PER_SEAT, price.per_seat);
    Some(table.with(&COLLECTION, &*word(&Collection::NAMES, &price.collection)))
}

/// `20.00 USD per seat, every month`.
pub fn fixed_price_in_words(price: &FixedPrice, book: &Book) -> String {
    let collection = if price.collection == Collection::Balance { ", from the wallet" } else { "" };
    let when = price.interval.map_or_else(|| "once".to_owned(), every);
    let amount = match tiers_of_seats(price, book) {
        Some(tiers) => format!("{tiers} {} per seat ({})", price.asset, price.pricing_model.name()),
        None => each(price.unit_price, &price.asset, price.per_seat, book),
    };
    format!("{amount}, {when}{collection}")
}

/// `10.00 up to 5, then 8.00`, if there are tiers.
fn tiers_of_seats(price: &FixedPrice, book: &Book) -> Option<String> {
    let precision = book.asset(&price.asset).ok()?.precision;
    let tiers: Vec<_> = price.tiers.iter().map(|tier| tier.as_tier(precision)).collect();
    (!tiers.is_empty()).then(|| tiers_in_words(&tiers, &price.asset, book))
}

/// What is told of it.
pub fn shown_of_fixed(price: &FixedPrice, book: &Book) -> Vec<Shown> {
    let units = (!price.pricing_model.has_tiers()).then(|| amount(book, &price.asset, price.unit_price));
    let model = price.pricing_model.has_tiers().then(|| price.pricing_model.name().to_owned());
    let (tiers, precision) = (tiers_of_seats(price, book), book.asset(&price.asset).map_or(0, |asset| asset.precision));
    let as_tiers: Vec<_> = price.tiers.iter().map(|tier| tier.as_tier(precision)).collect();
    let charged = price.interval.map_or_else(|| "once".to_owned(), every);
    let is_balance = price.collection == Collection::Balance;
    vec![
        Shown::new(&UNIT_PRICE, units.clone())
            .in_plan(units.map_or_else(|| NONE.to_owned(), |units| format!("{units} {}", price.asset))),
        Shown::new(&ASSET, Some(price.asset.clone())),
        Shown::new(&PER_SEAT, Some(yes_or_no(price.per_seat)))
            .value(price.per_seat)
            .term(price.per_seat.then(|| "per seat".to_owned())),
        Shown::new(&PRICING_MODEL, Some(price.pricing_model.name().to_owned())).term(model),
        Shown::new(&TIERS, tiers.clone())
            .value(tiers_as_value(&as_tiers, UsageType::Unit, &price.asset, book))
            .term(tiers.map(|tiers| format!(": {tiers}"))),
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
