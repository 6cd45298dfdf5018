//! What a usage price and a vendor's cost rule have in common: which events they are for, what is counted, and rows.

use super::cell::check_mixed;
use super::charge::{ASSET, BILLING_MODEL, check_real_time};
use super::context::{Context, Unique};
use super::misnamed::counted;
use super::overage::{self, Overage, overage as overage_of, overage_as_value, overage_in_words, write_overage};
use super::pricing::{PRICING_MODEL, PricingModel, TIER_PERIOD, TierPeriod, USAGE_TYPE, UsageType};
use super::rows::{
    PlacedRow, PriceRow, RowReader, RowWriter, UNIT_PRICE, VALUES, VOLUME_RATE, is_row_key, shown_of_row,
};
use super::said::{Said, Shown, joined, planned};
use super::tiers::TIER;
use super::ties::check_ties;
use crate::catalog::codes::Code;
use crate::catalog::fields::{Fields, Foreign};
use crate::catalog::finding::{Findings, Spot, quoted};
use crate::catalog::keys::{Key, Kind, When};
use crate::catalog::sum::Sum;
use crate::catalog::written::{Written, WrittenTable};
use crate::money::Book;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// The events that it is for.
pub(super) const EVENT_TYPE: Key =
    Key::new("event_type", Kind::Text, "The type of events that it applies to.").placeholder("EVENT_TYPE");
const VOLUME_FIELD: Key = Key::new(
    "volume_field",
    Kind::Text,
    "The field of the event's data that holds the volume, or a sum and difference of fields and numbers, as in \
     `prompt_tokens - cached_tokens`. Operators have a space on each side; a name that holds one stands in backticks.",
)
.note("a field, or a sum and difference of fields and numbers");
const BILLABLE_DIMENSIONS: Key =
    Key::new("billable_dimensions", Kind::List(&Kind::Text), "The fields of the event's data that rows may name.");
/// What is counted.
pub(super) const COUNTED: &[Key] = &[EVENT_TYPE, USAGE_TYPE, VOLUME_FIELD];
/// What tells events apart.
pub(super) const DIMENSIONS: &[Key] = &[BILLABLE_DIMENSIONS];

const TIERS: Key = Key::new(
    "tiers",
    Kind::Tables(&TIER),
    "The tiers of a graduated or volume price, in ascending order. The last has no end. Those of a fixed price are of seats.",
);
const OVERAGE: Key =
    Key::new("overage", Kind::Table(&overage::OVERAGE), "What is charged in place of what the account can't cover.");
/// How the quantities of tiers and packages are counted.
pub(super) const PERIODS: &[Key] = &[TIER_PERIOD];
/// The tiers of a price.
pub(super) const TIERED: &[Key] = &[TIERS];
/// What a cost rule can't have.
pub(super) const OVERAGES: &[Key] = &[OVERAGE];
/// Tiers and packages say when they start anew.
pub(super) const HAS_STEPS: When = When::new(PRICING_MODEL, &["graduated", "volume", "package"]).needs(&[TIER_PERIOD]);

/// A price of events has no volume.
pub(super) const COUNTS_EVENTS: When = When::new(USAGE_TYPE, &["unit"]).refuses(&[&[VOLUME_FIELD, VOLUME_RATE]]);
/// A price of a volume names the field, and has no price of an event.
pub(super) const COUNTS_VOLUME: When =
    When::new(USAGE_TYPE, &["volume"]).needs(&[VOLUME_FIELD]).refuses(&[&[UNIT_PRICE]]);
/// A price of both names the field.
pub(super) const COUNTS_BOTH: When = When::new(USAGE_TYPE, &["unit_and_volume"]).needs(&[VOLUME_FIELD]);
/// What a usage price can't do without.
pub(super) const NEEDED: &[Key] = &[EVENT_TYPE, USAGE_TYPE];

/// How one event type is rated: a usage price, or a vendor's cost rule, which has the same keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsagePrice {
    /// The events this is for.
    pub event_type: String,
    /// What is counted.
    pub usage_type: UsageType,
    /// Where in `data` the volume is; present unless `usage_type` is `unit`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub volume_field: Option<Sum>,
    /// What the fee is in.
    pub asset: String,
    /// The `data` fields that rows may name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub billable_dimensions: Vec<String>,
    /// How quantities become amounts.
    #[serde(default, skip_serializing_if = "is_default")]
    pub pricing_model: PricingModel,
    /// When quantities start from zero again.
    #[serde(default, skip_serializing_if = "is_default")]
    pub tier_period: TierPeriod,
    /// What is charged instead of what the account can't cover. Never in a vendor's cost rule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overage: Option<Overage>,
    /// At least one; a price without dimensions has exactly one.
    pub rows: Vec<PriceRow>,
}

impl UsagePrice {
    /// The fields of the event's data that it reads its volume from.
    pub fn volume_fields(&self) -> impl Iterator<Item = &str> + Clone {
        self.volume_field.iter().flat_map(Sum::fields)
    }

    /// Whether what all events owe together may fall as the quantity grows, so that an event gives something back.
    pub fn may_fall(&self) -> bool {
        self.pricing_model == PricingModel::Volume && self.tier_period != TierPeriod::Event
    }

    /// The fields of the event's data that it asks for.
    pub fn fields(&self) -> impl Iterator<Item = &str> {
        self.billable_dimensions.iter().map(String::as_str).chain(self.volume_fields())
    }
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// Where the parts of a price are that a lint may point at.
pub(in crate::catalog) struct PriceSpots {
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
pub(super) struct Owner {
    /// Whether something may be charged in place of what an account can't cover.
    pub has_overage: bool,
    /// Whether quantities are counted from event to event; else each event is rated by itself.
    pub counts_on: bool,
    /// Keys that people may write, but that say nothing here.
    pub foreign: &'static Foreign,
}

/// A usage price: of a product, or a vendor's cost rule.
pub(super) fn usage_price(mut table: Fields<'_>, owner: &Owner, cx: &mut Context<'_, '_>) -> (UsagePrice, PriceSpots) {
    check_real_time(&mut table, cx.findings);
    let event = table.need(&EVENT_TYPE, cx.findings);
    let event_type = event.and_then(|node| node.name(cx.findings)).unwrap_or_default();
    let usage = table.need(&USAGE_TYPE, cx.findings).and_then(|node| node.choice(&UsageType::NAMES, cx.findings));
    let has_volume_field = table.named(VOLUME_FIELD.name).is_some();
    let counted = counted(&table, usage, has_volume_field, cx.findings);
    let volume_field = volume_field(&mut table, counted, cx.findings);
    let (asset, asset_spot) = cx.asset_at(&mut table, &ASSET);
    let (billable_dimensions, dimension_spots) = dimensions(&mut table, cx.findings);
    let model = pricing_model(&mut table, usage, cx.findings);
    let (tier_period, cycle) = tier_period(&mut table, owner, model, cx.findings);
    let overage = if owner.has_overage { table.get(&OVERAGE, cx.findings) } else { None };
    let overage = overage.and_then(|node| overage_of(node, asset.as_ref(), cx));
    let reader = RowReader {
        foreign: owner.foreign,
        dimensions: &billable_dimensions,
        usage: counted,
        model,
        asset: asset.as_ref(),
    };
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
    table.finish_beside(owner.foreign, cx.findings);
    let rows: Vec<_> = placed.into_iter().map(|PlacedRow { row, .. }| row).collect();
    let cells = rows.iter().zip(&spots.rows).map(|(row, spot)| (row.dimensions.as_slice(), *spot));
    check_mixed(&billable_dimensions, cells, cx.findings);
    check_ties(&billable_dimensions, &rows, &spots.rows, cx.findings);
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

/// `volume_field` goes with prices that count volume, and with them alone.
fn volume_field(table: &mut Fields<'_>, usage: Option<UsageType>, findings: &mut Findings) -> Option<Sum> {
    let node = match usage {
        Some(UsageType::Volume | UsageType::UnitAndVolume) => table.need(&VOLUME_FIELD, findings),
        _ => table.get(&VOLUME_FIELD, findings),
    }?;
    if usage == Some(UsageType::Unit) {
        let message = "`volume_field` does not belong in a price with `usage_type = \"unit\"`";
        let finding = findings.add(Code::ConflictingKeys, node.key_spot, message);
        finding.help("remove it, or set `usage_type` to \"volume\" or \"unit_and_volume\"");
    }
    let sum = node.sum(findings)?;
    sum.fields().for_each(|field| check_field(field, node.spot, findings));
    Some(sum)
}

/// Reports the name of a field that no event's data can have.
fn check_field(name: &str, spot: Spot, findings: &mut Findings) {
    if name.starts_with("cost.") {
        let message =
            format!("{} is never part of an event's data: columns of that name hold what an event cost", quoted(name));
        let help = "name another field, or give the column another name by `columns` of a [mapping.NAME]";
        findings.add(Code::BadField, spot, message).help(help);
    }
}

fn dimensions(table: &mut Fields<'_>, findings: &mut Findings) -> (Vec<String>, Vec<Spot>) {
    let mut seen = Unique::new("dimension");
    let (mut names, mut spots) = (Vec::new(), Vec::new());
    for item in table.get(&BILLABLE_DIMENSIONS, findings).map(|node| node.items(findings)).unwrap_or_default() {
        let Some(name) = item.name(findings) else { continue };
        seen.add(Code::DuplicateName, &name, item.spot, findings);
        check_field(&name, item.spot, findings);
        if is_row_key(&name) {
            let message = format!("a dimension can't be called {}: it is a key of every row", quoted(&name));
            findings.add(Code::BadName, item.spot, message).help("rename the field, with a [mapping] if need be");
        }
        names.push(name);
        spots.push(item.spot);
    }
    (names, spots)
}

/// The pricing model; `None` when it is not right, so that nothing is said of keys that hang on it.
fn pricing_model(table: &mut Fields<'_>, usage: Option<UsageType>, findings: &mut Findings) -> Option<PricingModel> {
    let Some(node) = table.get(&PRICING_MODEL, findings) else { return Some(PricingModel::Flat) };
    let model = node.choice(&PricingModel::NAMES, findings)?;
    let (place, help) = if model.has_tiers() && usage == Some(UsageType::UnitAndVolume) {
        let place = "a price with `usage_type = \"unit_and_volume\"`, but a tier counts one quantity";
        (place, "make two prices of it, one with \"unit\" and one with \"volume\"")
    } else {
        return Some(model);
    };
    let message = format!("`pricing_model = \"{}\"` does not belong in {place}", model.name());
    findings.add(Code::ConflictingKeys, node.spot, message).help(help);
    None
}

/// When quantities start anew, and where it says `cycle`. With tiers and packages that makes such a difference that none is
/// assumed.
fn tier_period(
    table: &mut Fields<'_>,
    owner: &Owner,
    model: Option<PricingModel>,
    findings: &mut Findings,
) -> (TierPeriod, Option<Spot>) {
    let usual = if owner.counts_on { TierPeriod::Lifetime } else { TierPeriod::Event };
    let Some(node) = table.get(&TIER_PERIOD, findings) else {
        if let Some(model) = model.filter(|model| model.has_steps()) {
            let (key, model) = (TIER_PERIOD.name, model.name());
            let message = format!("the key `{key}` is missing; `pricing_model = \"{model}\"` needs it");
            let named = [TierPeriod::Month, TierPeriod::Event];
            let others = TierPeriod::NAMES.iter().filter(|(_, period)| !named.contains(period)).map(|(name, _)| *name);
            let help = match owner.counts_on {
                true => format!(
                    "add `{key} = \"month\"` to start from zero with each month, `{key} = \"event\"` to rate every event by \
                     itself, or one of {}",
                    others.collect::<Vec<_>>().join(", ")
                ),
                false => format!("add `{key} = \"event\"`: what a vendor charges is rated event by event"),
            };
            findings.add(Code::MissingKey, table.spot, message).help(help);
        }
        return (usual, None);
    };
    let period = node.choice(&TierPeriod::NAMES, findings).unwrap_or(usual);
    if !owner.counts_on && period != TierPeriod::Event {
        let message = format!("`{} = \"{}\"` does not belong in a [[vendor.cost]]", TIER_PERIOD.name, period.name());
        let finding = findings.add(Code::ConflictingKeys, node.spot, message);
        finding
            .help("write \"event\": what a vendor charges is rated event by event, so there is nothing to start anew");
    }
    (period, (period == TierPeriod::Cycle).then_some(node.spot))
}

/// Adds the keys that it is read from; `None` when its asset is unknown.
pub(super) fn write_usage(table: WrittenTable, usage: &UsagePrice, book: &Book) -> Option<WrittenTable> {
    let precision = book.asset(&usage.asset).ok()?.precision;
    let table = table
        .with(&EVENT_TYPE, &*usage.event_type)
        .with(&USAGE_TYPE, usage.usage_type.name())
        .maybe(&VOLUME_FIELD, usage.volume_field.as_ref().map(|sum| Written::Text(sum.to_string())))
        .with(&ASSET, &*usage.asset)
        .with(&BILLABLE_DIMENSIONS, usage.billable_dimensions.iter().map(String::as_str).collect::<Written>())
        .with(&PRICING_MODEL, usage.pricing_model.name())
        .with(&TIER_PERIOD, usage.tier_period.name())
        .maybe(&OVERAGE, usage.overage.as_ref().map(write_overage));
    let writer = RowWriter {
        dimensions: &usage.billable_dimensions,
        usage: usage.usage_type,
        model: usage.pricing_model,
        precision,
    };
    let rows = usage.rows.iter().map(|row| writer.row(row));
    Some(table.with(&VALUES, rows.collect::<Written>()))
}

/// What is told of a usage price, but for its rows.
fn shown_of_usage(usage: &UsagePrice) -> Vec<Shown> {
    let model = Some(usage.pricing_model).filter(|&model| model != PricingModel::Flat);
    let period = Some(usage.tier_period).filter(|&period| period != TierPeriod::Lifetime);
    let overage = usage.overage.as_ref();
    vec![
        Shown::new(&EVENT_TYPE, Some(usage.event_type.clone())),
        Shown::new(&USAGE_TYPE, Some(usage.usage_type.name().to_owned())),
        Shown::new(&VOLUME_FIELD, usage.volume_field.as_ref().map(ToString::to_string)),
        Shown::new(&ASSET, Some(usage.asset.clone())),
        Shown::new(&BILLABLE_DIMENSIONS, Some(joined(&usage.billable_dimensions, String::clone))),
        Shown::new(&BILLING_MODEL, None).value(json!({ "type": "real_time" })).term(None),
        Shown::new(&PRICING_MODEL, Some(usage.pricing_model.name().to_owned()))
            .term(model.map(|model| model.name().to_owned())),
        Shown::new(&TIER_PERIOD, Some(usage.tier_period.name().to_owned()))
            .term(period.map(|period| format!(" each {}", period.name()))),
        Shown::new(&OVERAGE, overage.map(overage_in_words))
            .value(overage.map(overage_as_value))
            .term(overage.map(|overage| format!("overage {}", overage_in_words(overage)))),
    ]
}

/// What is told of a row of a usage price.
pub fn shown_of_usage_row(usage: &UsagePrice, row: &PriceRow, book: &Book) -> Vec<Shown> {
    [shown_of_usage(usage), shown_of_row(row, usage.usage_type, &usage.asset, book)].concat()
}

/// What a plan says of it, but for its rows.
pub(in crate::catalog) fn said_of_usage(usage: &UsagePrice) -> Said {
    planned(shown_of_usage(usage))
}
