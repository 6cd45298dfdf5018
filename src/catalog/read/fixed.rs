//! A `[[product.price]]` with `type = "fixed"`: a flat charge, once or again and again.

use super::asset::{interval, units};
use super::topup::check_payable;
use super::{Context, is_currency};
use crate::catalog::fields::{Fields, Foreign};
use crate::catalog::finding::{Findings, Spot, quoted};
use crate::catalog::{Code, Collection, FixedPrice};
use crate::money::{Asset, Decimal};
use crate::time::{Instant, Interval, Unit};

/// When a price is charged: `billing_model.type`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::catalog) enum BillingModel {
    /// As events happen.
    RealTime,
    /// At the start of each interval.
    Recurring,
    /// At the start of the subscription.
    OneTime,
}

impl BillingModel {
    /// The catalog's spellings; the first is that of usage.
    pub const NAMES: [(&'static str, Self); 3] =
        [("real_time", Self::RealTime), ("recurring", Self::Recurring), ("one_time", Self::OneTime)];
}

/// What speaks of events.
pub(in crate::catalog) const USAGE_KEYS: Foreign = Foreign {
    keys: &[
        "event_type",
        "usage_type",
        "volume_field",
        "volume_rate",
        "billable_dimensions",
        "values",
        "package_size",
        "min_amount",
        "max_amount",
        "pricing_model",
        "tier_period",
        "tiers",
        "overage",
    ],
    why: "a fixed price, which no event changes",
    help: "remove it, or set `type = \"usage_based\"`",
};

/// A fixed price, and the place of its asset.
pub(super) fn fixed_price(mut table: Fields<'_>, name: String, cx: &mut Context<'_, '_>) -> (FixedPrice, Spot) {
    let (asset, asset_spot) = cx.need_asset(&mut table);
    let interval = billing_model(&mut table, cx.findings);
    let per_seat = table.flag("per_seat", cx.findings);
    let collection = match table.get("collection") {
        Some(node) => node.choice(&Collection::NAMES, cx.findings),
        None => Some(Collection::default()),
    };
    let price = table.need("unit_price", cx.findings).and_then(|node| Some((node.amount(cx.findings)?, node)));
    table.finish_beside(&USAGE_KEYS, cx.findings);
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

/// When it recurs; `None` is once.
fn billing_model(table: &mut Fields<'_>, findings: &mut Findings) -> Option<Interval> {
    let stand_in = Interval { unit: Unit::Month, count: 1 };
    let Some(node) = table.get("billing_model") else {
        let finding = findings.add(Code::MissingKey, table.spot, "the key `billing_model` is missing");
        finding.help("add `billing_model = { type = \"recurring\", interval = \"month\" }`");
        return Some(stand_in);
    };
    let Some(mut model) = node.fields(findings) else { return Some(stand_in) };
    let kind = model.need("type", findings);
    match kind.and_then(|node| node.choice(&BillingModel::NAMES[1..], findings)) {
        Some(BillingModel::Recurring) => {
            let interval = interval(&mut model, ["interval", "interval_count"], findings);
            model.finish(findings);
            Some(interval)
        }
        Some(BillingModel::OneTime) => {
            model.finish_beside(&ONCE, findings);
            None
        }
        _ => Some(stand_in),
    }
}

const ONCE: Foreign = Foreign {
    keys: &["interval", "interval_count"],
    why: "a charge that is made once",
    help: "remove it, or set `type = \"recurring\"`",
};

/// A payment is made in money, and what it earns can be told.
fn check_currency(asset: &Asset, spot: Spot, cx: &mut Context<'_, '_>) {
    let (code, reporting) = (&asset.code, &cx.book.reporting_currency);
    if !is_currency(asset) {
        let message = format!("{} is not a currency, so no payment can be made in it", quoted(code));
        let finding = cx.findings.add(Code::NotACurrency, spot, message);
        finding.help("use a currency, or set `collection = \"balance\"` to take it from the wallet");
    } else if cx.book.value(Decimal::ONE, code, Instant::MAX).is_err() {
        let message = format!("no rate leads from {code} to {reporting}, so nobody knows what a payment earns");
        let help = format!(
            "add [[asset]] with `code = \"{code}\"` and `rates = [{{ source = \"{reporting}\", rate = ... }}]`"
        );
        cx.findings.add(Code::PaymentWithoutRate, spot, message).help(help);
    }
}
