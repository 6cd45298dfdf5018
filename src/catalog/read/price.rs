//! `[[product.price]]` and `[[vendor.cost]]`, which have the same keys.

use super::asset::units;
use super::{Context, Unique, not_supported, rows};
use crate::catalog::fields::{Fields, Node};
use crate::catalog::finding::{Findings, Spot, quoted};
use crate::catalog::{Price, PriceRow, PricingModel, TierPeriod, UsagePrice, UsageType};
use crate::money::{Asset, CURRENCY_PRECISION, Decimal};

/// Keys of a row that are not dimensions.
const ROW_KEYS: [&str; 6] = ["name", "unit_price", "volume_rate", "package_size", "min_amount", "max_amount"];

/// Where the parts of a price are that a lint may point at.
pub(super) struct PriceSpots {
    pub event_type: Spot,
    pub asset: Spot,
    pub dimensions: Vec<Spot>,
    pub rows: Vec<Spot>,
}

/// A named price.
pub(super) fn product_price(
    mut table: Fields<'_>,
    names: &mut Unique,
    cx: &mut Context<'_, '_>,
) -> (Price, PriceSpots) {
    let spot = table.get("name").map_or(table.spot, |node| node.spot);
    let name = table.need_name("name", cx.findings);
    names.add("duplicate-name", &name, spot, cx.findings);
    let kind = table.need("type", cx.findings);
    let (usage, spots) = usage_price(table, kind, cx);
    (Price { name, usage }, spots)
}

/// A vendor's cost rule. A `name` and a `type` may stand there, so that a price can be copied, but say nothing.
pub(super) fn vendor_cost(mut table: Fields<'_>, cx: &mut Context<'_, '_>) -> UsagePrice {
    table.name("name", cx.findings);
    let kind = table.get("type");
    usage_price(table, kind, cx).0
}

fn usage_price(mut table: Fields<'_>, kind: Option<Node<'_>>, cx: &mut Context<'_, '_>) -> (UsagePrice, PriceSpots) {
    if !is_supported(&mut table, kind, cx.findings) {
        return stand_in(table, cx.findings);
    }
    let event = table.need("event_type", cx.findings);
    let event_type = event.and_then(|node| node.name(cx.findings)).unwrap_or_default();
    let usage = table.need("usage_type", cx.findings).and_then(|node| node.choice(&UsageType::NAMES, cx.findings));
    let volume_field = volume_field(&mut table, usage, cx.findings);
    let (asset, asset_spot) = cx.need_asset(&mut table);
    let (dimensions, dimension_spots) = dimensions(&mut table, cx.findings);
    let reader = RowReader { dimensions: &dimensions, usage, asset: asset.as_ref() };
    let (rows, row_spots) = reader.rows(&mut table, cx.findings);
    let spots = PriceSpots {
        event_type: event.map_or(table.spot, |node| node.spot),
        asset: asset_spot,
        dimensions: dimension_spots,
        rows: row_spots,
    };
    table.finish(cx.findings);
    rows::check_ties(&dimensions, &rows, &spots.rows, cx.findings);
    let usage_type = usage.unwrap_or(UsageType::Unit);
    let asset = asset.map(|asset| asset.code).unwrap_or_default();
    let price = UsagePrice {
        event_type,
        usage_type,
        volume_field,
        asset,
        billable_dimensions: dimensions,
        pricing_model: PricingModel::Flat,
        tier_period: TierPeriod::Lifetime,
        overage: None,
        rows,
    };
    (price, spots)
}

/// For a price that this version cannot bill, so that examples may name it.
fn stand_in(mut table: Fields<'_>, findings: &mut Findings) -> (UsagePrice, PriceSpots) {
    let price = UsagePrice {
        event_type: table.name("event_type", findings).unwrap_or_default(),
        usage_type: UsageType::Unit,
        volume_field: None,
        asset: String::new(),
        billable_dimensions: Vec::new(),
        pricing_model: PricingModel::Flat,
        tier_period: TierPeriod::Lifetime,
        overage: None,
        rows: Vec::new(),
    };
    let spots = PriceSpots { event_type: table.spot, asset: table.spot, dimensions: Vec::new(), rows: Vec::new() };
    (price, spots)
}

/// Refuses what the language has but this version cannot bill; the rest of such a price is not looked at.
fn is_supported(table: &mut Fields<'_>, kind: Option<Node<'_>>, findings: &mut Findings) -> bool {
    let before = findings.count();
    if is_for_later(kind, &["usage_based", "usage-based"], &["fixed"], "fixed prices", findings) {
        return false;
    }
    if let Some(mut model) = table.table("billing_model", findings) {
        let kind = model.need("type", findings);
        let others = ["recurring", "one_time"];
        if is_for_later(kind, &["real_time"], &others, "recurring and one-time charges", findings) {
            return false;
        }
        model.finish(findings);
    }
    let model = table.get("pricing_model");
    let others = ["graduated", "volume", "package"];
    is_for_later(model, &["flat"], &others, "pricing models other than flat", findings);
    for (key, what) in [("tiers", "tiers"), ("tier_period", "tiers"), ("overage", "overage")] {
        if let Some(node) = table.get(key) {
            not_supported(node, what, findings);
        }
    }
    findings.count() == before
}

/// Looks at a word that must be one of `known`. Those of `later` are right, but not supported yet: that is what is said of
/// them, and nobody is told to use them.
fn is_for_later(node: Option<Node<'_>>, known: &[&str], later: &[&str], what: &str, findings: &mut Findings) -> bool {
    let Some(node) = node else { return false };
    let is_for_later = node.is_one_of(later);
    if is_for_later {
        not_supported(node, what, findings);
    } else {
        let known: Vec<(&str, ())> = known.iter().map(|&word| (word, ())).collect();
        node.choice(&known, findings);
    }
    is_for_later
}

/// `volume_field` goes with prices that count volume, and with them alone.
fn volume_field(table: &mut Fields<'_>, usage: Option<UsageType>, findings: &mut Findings) -> Option<String> {
    let node = match usage {
        Some(UsageType::Volume | UsageType::UnitAndVolume) => table.need("volume_field", findings),
        _ => table.get("volume_field"),
    }?;
    if usage == Some(UsageType::Unit) {
        let message = "`volume_field` stands in a price with `usage_type = \"unit\"`";
        let finding = findings.error("conflicting-keys", node.key_spot, message);
        finding.help("remove it, or set `usage_type` to \"volume\" or \"unit_and_volume\"");
    }
    node.name(findings)
}

fn dimensions(table: &mut Fields<'_>, findings: &mut Findings) -> (Vec<String>, Vec<Spot>) {
    let mut seen = Unique::new("dimension");
    let (mut names, mut spots) = (Vec::new(), Vec::new());
    for item in table.get("billable_dimensions").map(|node| node.items(findings)).unwrap_or_default() {
        let Some(name) = item.name(findings) else { continue };
        seen.add("duplicate-name", &name, item.spot, findings);
        if ROW_KEYS.contains(&name.as_str()) {
            let message = format!("a dimension can't be called {}: it is a key of every row", quoted(&name));
            findings.error("bad-name", item.spot, message).help("rename the field, with a [mapping] if need be");
        }
        names.push(name);
        spots.push(item.spot);
    }
    (names, spots)
}

/// The numbers that stand in a row, or beside `values` for all rows that do not have their own.
#[derive(Default, Clone, Copy)]
struct Numbers<'a> {
    unit_price: Option<(Decimal, Node<'a>)>,
    volume_rate: Option<(Decimal, Node<'a>)>,
    package_size: Option<Decimal>,
    min_amount: Option<(i64, Node<'a>)>,
    max_amount: Option<(i64, Node<'a>)>,
}

impl Numbers<'_> {
    fn or(self, defaults: Self) -> Self {
        Self {
            unit_price: self.unit_price.or(defaults.unit_price),
            volume_rate: self.volume_rate.or(defaults.volume_rate),
            package_size: self.package_size.or(defaults.package_size),
            min_amount: self.min_amount.or(defaults.min_amount),
            max_amount: self.max_amount.or(defaults.max_amount),
        }
    }
}

/// Reads the rows of one price.
struct RowReader<'p> {
    dimensions: &'p [String],
    usage: Option<UsageType>,
    asset: Option<&'p Asset>,
}

impl RowReader<'_> {
    fn rows(&self, table: &mut Fields<'_>, findings: &mut Findings) -> (Vec<PriceRow>, Vec<Spot>) {
        let defaults = self.numbers(table, findings);
        let Some(values) = table.get("values") else {
            let row = self.row(vec![None; self.dimensions.len()], None, defaults, table.spot, findings);
            return (vec![row], vec![table.spot]);
        };
        let items = values.items(findings);
        if items.is_empty() {
            let message = format!("{} has no row", quoted(values.key));
            findings.error("empty-values", values.spot, message).help("add a row, or put `unit_price` on the price");
        }
        let mut rows = Vec::new();
        for item in items {
            let Some(mut fields) = item.fields(findings) else { continue };
            let numbers = self.numbers(&mut fields, findings).or(defaults);
            let name = fields.name("name", findings);
            let before = findings.count();
            let dimensions = self.dimensions.iter().map(|d| dimension(&mut fields, d, findings)).collect();
            let spot = fields.spot;
            self.finish(fields, findings);
            // A row whose dimensions are not right would look like one for any event, and tie with others.
            let is_right = findings.count() == before;
            let row = self.row(dimensions, name, numbers, spot, findings);
            if is_right {
                rows.push((row, spot));
            }
        }
        rows.into_iter().unzip()
    }

    fn numbers<'a>(&self, fields: &mut Fields<'a>, findings: &mut Findings) -> Numbers<'a> {
        let precision = self.asset.map_or(CURRENCY_PRECISION, |asset| asset.precision);
        let mut amount = |key, findings: &mut Findings| {
            let node = fields.get(key)?;
            Some((units(node.amount(findings)?, precision, node, findings)?, node))
        };
        let (min_amount, max_amount) = (amount("min_amount", findings), amount("max_amount", findings));
        // A package of 1 is no package, so that both are the same price.
        let package = fields.get("package_size").and_then(|node| node.positive(findings));
        Numbers {
            unit_price: fields.amount("unit_price", findings),
            volume_rate: fields.amount("volume_rate", findings),
            package_size: package.filter(|&size| size != Decimal::ONE),
            min_amount,
            max_amount,
        }
    }

    fn row(
        &self,
        dimensions: Vec<Option<String>>,
        name: Option<String>,
        numbers: Numbers<'_>,
        spot: Spot,
        findings: &mut Findings,
    ) -> PriceRow {
        if let Some(usage) = self.usage {
            check_rate("unit_price", numbers.unit_price, usage, UsageType::Volume, spot, findings);
            check_rate("volume_rate", numbers.volume_rate, usage, UsageType::Unit, spot, findings);
        }
        if let (Some((min, _)), Some((max, node))) = (numbers.min_amount, numbers.max_amount)
            && min > max
        {
            let finding = findings.error("min-above-max", node.spot, "`max_amount` is less than `min_amount`");
            finding.help("swap them, or remove one");
        }
        PriceRow {
            dimensions,
            name,
            unit_price: numbers.unit_price.map(|(value, _)| value),
            volume_rate: numbers.volume_rate.map(|(value, _)| value),
            package_size: numbers.package_size,
            min_amount: numbers.min_amount.map(|(units, _)| units),
            max_amount: numbers.max_amount.map(|(units, _)| units),
            tiers: Vec::new(),
        }
    }

    fn finish(&self, fields: Fields<'_>, findings: &mut Findings) {
        for node in fields.unasked() {
            let key = quoted(node.key);
            let message = format!("{key} is neither a key of a row nor one of the price's `billable_dimensions`");
            let finding = findings.error("unknown-key", node.key_spot, message);
            finding.help(format!("add {key} to `billable_dimensions`"));
            finding.suggest(node.key, fields.known());
        }
    }
}

/// Each usage type wants its own rates: all but `other` want this one.
fn check_rate(
    key: &'static str,
    rate: Option<(Decimal, Node<'_>)>,
    usage: UsageType,
    other: UsageType,
    row: Spot,
    findings: &mut Findings,
) {
    let kind = usage.name();
    match rate {
        None if usage != other => {
            let message = format!("the key `{key}` is missing; `usage_type = \"{kind}\"` needs it");
            findings.error("missing-key", row, message).help(format!("add `{key} = ...`"));
        }
        Some((_, node)) if usage == other => {
            let message = format!("`{key}` stands in a price with `usage_type = \"{kind}\"`");
            let finding = findings.error("conflicting-keys", node.key_spot, message);
            finding.help("remove it, or set `usage_type = \"unit_and_volume\"`");
        }
        _ => {}
    }
}

/// What a row says of one dimension; absent and `"*"` are any value.
fn dimension(fields: &mut Fields<'_>, name: &str, findings: &mut Findings) -> Option<String> {
    // A dimension that has the name of a row's key is reported where it is declared.
    let node = fields.get(name).filter(|_| !ROW_KEYS.contains(&name))?;
    node.scalar(findings).filter(|value| value != "*")
}
