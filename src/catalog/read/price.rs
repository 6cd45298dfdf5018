//! A `[[product.price]]` with `type = "usage_based"` and `[[vendor.cost]]`, which have the same keys but for tiers.

use super::fixed::BillingModel;
use super::values::{PlacedRow, RowReader, has_tiers};
use super::{Context, Unique, rows};
use crate::catalog::fields::{Fields, Foreign, Node};
use crate::catalog::finding::{Findings, Spot, quoted};
use crate::catalog::{Code, Overage, PricingModel, TierPeriod, UsagePrice, UsageType};
use crate::money::Asset;

/// Keys of a row that are not dimensions.
pub(in crate::catalog) const ROW_KEYS: [&str; 7] =
    ["name", "unit_price", "volume_rate", "package_size", "min_amount", "max_amount", "tiers"];

/// Where the parts of a price are that a lint may point at.
pub(super) struct PriceSpots {
    pub event_type: Spot,
    pub asset: Spot,
    /// The asset of `overage`.
    pub overage: Option<Spot>,
    pub dimensions: Vec<Spot>,
    pub rows: Vec<Spot>,
    /// For each row the place of its tiers, which it may share with others.
    pub tiers: Vec<Option<Spot>>,
    /// The place of `tier_period = "cycle"`.
    pub cycle: Option<Spot>,
}

/// Whose rule it is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A product's price.
    Price,
    /// A vendor's cost.
    Cost,
}

impl Kind {
    /// A key that only a product's price has.
    pub fn own<'a>(self, table: &mut Fields<'a>, key: &str) -> Option<Node<'a>> {
        if self == Self::Price { table.get(key) } else { None }
    }

    /// Keys that people may write, but that say nothing here.
    pub fn foreign(self) -> &'static Foreign {
        match self {
            Self::Price => &FIXED_KEYS,
            Self::Cost => &TIER_KEYS,
        }
    }
}

pub(in crate::catalog) const FIXED_KEYS: Foreign = Foreign {
    keys: &["per_seat", "collection"],
    why: "a usage-based price, which is taken from the wallet event by event",
    help: "remove it, or set `type = \"fixed\"`",
};
const TIER_KEYS: Foreign = Foreign {
    keys: &["tiers", "tier_period", "overage"],
    why: "a [[vendor.cost]], which rates each event by itself",
    help: "remove it, and write the rate that most of your usage pays",
};

/// How a product's price rates events.
pub(super) fn usage_price(table: Fields<'_>, cx: &mut Context<'_, '_>) -> (UsagePrice, PriceSpots) {
    read_price(table, Kind::Price, cx)
}

/// A vendor's cost rule. A `name` and a `type` may stand there, so that a price can be copied, but say nothing.
pub(super) fn vendor_cost(mut table: Fields<'_>, cx: &mut Context<'_, '_>) -> UsagePrice {
    table.name("name", cx.findings);
    table.get("type").and_then(|node| node.choice(&[("usage_based", ()), ("usage-based", ())], cx.findings));
    read_price(table, Kind::Cost, cx).0
}

fn read_price(mut table: Fields<'_>, kind: Kind, cx: &mut Context<'_, '_>) -> (UsagePrice, PriceSpots) {
    check_billing_model(&mut table, cx.findings);
    let event = table.need("event_type", cx.findings);
    let event_type = event.and_then(|node| node.name(cx.findings)).unwrap_or_default();
    let usage = table.need("usage_type", cx.findings).and_then(|node| node.choice(&UsageType::NAMES, cx.findings));
    let volume_field = volume_field(&mut table, usage, cx.findings);
    let (asset, asset_spot) = cx.need_asset(&mut table);
    let (billable_dimensions, dimension_spots) = dimensions(&mut table, cx.findings);
    let model = pricing_model(&mut table, kind, usage, cx.findings);
    let (tier_period, cycle) = tier_period(kind.own(&mut table, "tier_period"), cx.findings);
    let overage = kind.own(&mut table, "overage").and_then(|node| overage(node, asset.as_ref(), cx));
    let reader = RowReader { kind, dimensions: &billable_dimensions, usage, model, asset: asset.as_ref() };
    let placed = reader.rows(&mut table, cx.findings);
    let spots = PriceSpots {
        event_type: event.map_or(table.spot, |node| node.spot),
        asset: asset_spot,
        overage: overage.as_ref().map(|(_, spot)| *spot),
        dimensions: dimension_spots,
        rows: placed.iter().map(|placed| placed.spot).collect(),
        tiers: placed.iter().map(|placed| placed.tiers).collect(),
        cycle,
    };
    table.finish_beside(kind.foreign(), cx.findings);
    let rows: Vec<_> = placed.into_iter().map(|PlacedRow { row, .. }| row).collect();
    rows::check_ties(&billable_dimensions, &rows, &spots.rows, cx.findings);
    let price = UsagePrice {
        event_type,
        usage_type: usage.unwrap_or(UsageType::Unit),
        volume_field,
        asset: asset.map(|asset| asset.code).unwrap_or_default(),
        billable_dimensions,
        pricing_model: model.unwrap_or_default(),
        tier_period,
        overage: overage.map(|(overage, _)| overage),
        rows,
    };
    (price, spots)
}

/// Usage is charged as it happens, whether the price says so or not.
fn check_billing_model(table: &mut Fields<'_>, findings: &mut Findings) {
    let Some(mut model) = table.table("billing_model", findings) else { return };
    let Some(node) = model.need("type", findings) else { return };
    match node.choice(&BillingModel::NAMES, findings) {
        Some(BillingModel::RealTime) => model.finish(findings),
        Some(BillingModel::Recurring | BillingModel::OneTime) => {
            let message = "this billing model stands in a usage-based price, which is charged as events happen";
            let finding = findings.add(Code::ConflictingKeys, node.spot, message);
            finding.help("remove it, or set `type = \"fixed\"` on the price");
        }
        None => {}
    }
}

/// `volume_field` goes with prices that count volume, and with them alone.
fn volume_field(table: &mut Fields<'_>, usage: Option<UsageType>, findings: &mut Findings) -> Option<String> {
    let node = match usage {
        Some(UsageType::Volume | UsageType::UnitAndVolume) => table.need("volume_field", findings),
        _ => table.get("volume_field"),
    }?;
    if usage == Some(UsageType::Unit) {
        let message = "`volume_field` stands in a price with `usage_type = \"unit\"`";
        let finding = findings.add(Code::ConflictingKeys, node.key_spot, message);
        finding.help("remove it, or set `usage_type` to \"volume\" or \"unit_and_volume\"");
    }
    node.name(findings)
}

fn dimensions(table: &mut Fields<'_>, findings: &mut Findings) -> (Vec<String>, Vec<Spot>) {
    let mut seen = Unique::new("dimension");
    let (mut names, mut spots) = (Vec::new(), Vec::new());
    for item in table.get("billable_dimensions").map(|node| node.items(findings)).unwrap_or_default() {
        let Some(name) = item.name(findings) else { continue };
        seen.add(Code::DuplicateName, &name, item.spot, findings);
        if ROW_KEYS.contains(&name.as_str()) {
            let message = format!("a dimension can't be called {}: it is a key of every row", quoted(&name));
            findings.add(Code::BadName, item.spot, message).help("rename the field, with a [mapping] if need be");
        }
        names.push(name);
        spots.push(item.spot);
    }
    (names, spots)
}

/// The pricing model; `None` when it is not right, so that nothing is said of keys that hang on it.
fn pricing_model(
    table: &mut Fields<'_>,
    kind: Kind,
    usage: Option<UsageType>,
    findings: &mut Findings,
) -> Option<PricingModel> {
    let Some(node) = table.get("pricing_model") else { return Some(PricingModel::Flat) };
    let model = node.choice(&PricingModel::NAMES, findings)?;
    let (place, help) = if kind == Kind::Cost && model != PricingModel::Flat {
        (TIER_KEYS.why, TIER_KEYS.help)
    } else if has_tiers(model) && usage == Some(UsageType::UnitAndVolume) {
        let place = "a price with `usage_type = \"unit_and_volume\"`, but a tier counts one quantity";
        (place, "make two prices of it, one with \"unit\" and one with \"volume\"")
    } else {
        return Some(model);
    };
    let message = format!("`pricing_model = \"{}\"` stands in {place}", model.name());
    findings.add(Code::ConflictingKeys, node.spot, message).help(help);
    None
}

/// When quantities start anew, and where it says `cycle`.
fn tier_period(node: Option<Node<'_>>, findings: &mut Findings) -> (TierPeriod, Option<Spot>) {
    let Some(node) = node else { return (TierPeriod::Lifetime, None) };
    let period = node.choice(&TierPeriod::NAMES, findings).unwrap_or_default();
    (period, (period == TierPeriod::Cycle).then_some(node.spot))
}

/// `{ asset = "USD", rate = 0.06 }`, in another asset than the price's own, and the place of that asset.
fn overage(node: Node<'_>, own: Option<&Asset>, cx: &mut Context<'_, '_>) -> Option<(Overage, Spot)> {
    let mut table = node.fields(cx.findings)?;
    let (asset, spot) = cx.need_asset(&mut table);
    let rate = table.need("rate", cx.findings).and_then(|node| node.positive(cx.findings));
    table.finish(cx.findings);
    let asset = asset?.code;
    if own.is_some_and(|own| own.code == asset) {
        let message = format!("the price is in {} too, and that is what could not be paid", quoted(&asset));
        let finding = cx.findings.add(Code::BadOverage, spot, message);
        finding.help("name another asset, such as the currency that customers pay in");
    }
    Some((Overage { asset, rate: rate? }, spot))
}
