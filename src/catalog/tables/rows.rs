//! The rows of a usage price: those of `values`, or the price itself.

use super::amounts::units;
use super::cell::cell;
use super::pricing::{PricingModel, UsageType};
use super::said::{Said, Shown, amount, planned};
use super::tier_list::Tiers;
use super::tiers::{TIER, Tier, tiers, tiers_as_value, tiers_in_words, write_tier};
use crate::catalog::codes::Code;
use crate::catalog::fields::{Fields, Foreign, Node};
use crate::catalog::finding::{Findings, Spot, quoted};
use crate::catalog::keys::{Key, Kind, Table, Told, Usual};
use crate::catalog::value::DimensionValue;
use crate::catalog::written::{Written, WrittenTable};
use crate::ids::RowIndex;
use crate::money::{Asset, Book, CURRENCY_PRECISION, Decimal, Units, decimal_of};
use serde::{Deserialize, Serialize};

const NAME: Key = Key::new("name", Kind::Text, "A name for this row.").is_name();
/// What one event costs.
pub(super) const UNIT_PRICE: Key = Key::new(
    "unit_price",
    Kind::Amount,
    "The price of one event, or of a fixed charge (for each seat, if it is per \
     seat).",
)
.is_price();
/// How much a price is for that doesn't say so.
const ONE_UNIT: i64 = 1;
/// What volume costs.
pub(super) const VOLUME_RATE: Key = Key::new(
    "volume_rate",
    Kind::Amount,
    "The price of `package_size` units of \
 volume.",
)
.is_price();
const PACKAGE_SIZE: Key = Key::new(
    "package_size",
    Kind::Positive,
    "How much volume (or how many events) the price is for. `flat` charges parts of it pro rata, `package` charges \
     whole blocks.",
)
.by_default(Usual::Number(ONE_UNIT))
.placeholder("UNITS")
.note("`flat`: the rate is for so many; `package`: sold in whole blocks");
const MIN_AMOUNT: Key = Key::new("min_amount", Kind::Amount, "The least that one event can owe.").is_price();
const MAX_AMOUNT: Key =
    Key::new("max_amount", Kind::Amount, "The most that one event can owe.").note("of one event").is_price();
/// The numbers of a row but for `unit_price`, which fixed prices have too. They may stand beside `values`, for all rows
/// that have none of their own.
pub(super) const NUMBERS: &[Key] = &[VOLUME_RATE, PACKAGE_SIZE, MIN_AMOUNT, MAX_AMOUNT];

/// The tiers of a row.
pub(super) const TIERS: Key = Key::new("tiers", Kind::Tables(&TIER), "The tiers of this row, if it has its own.");

/// The rows of a price.
pub(super) const VALUES: Key = Key::new(
    "values",
    Kind::Tables(&ROW),
    "Prices by the values of `billable_dimensions`. A dimension that is absent or \"*\" \
 matches any value, a text that ends in `*` whatever begins with it, and `{ over = 100, up_to = 200 }` a range of \
 numbers. The row \
 with the most exact dimensions wins (a range is exact), then the one with the most prefixes, then the longest.",
);

/// One of the `values` of a price or of a cost rule.
pub static ROW: Table = Table::new("row", &[&[NAME, UNIT_PRICE], NUMBERS, &[TIERS]]).with_others().told(Told::ByValues);

/// One row of a price: the dimension values it is for, and what is charged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PriceRow {
    /// One entry for each billable dimension, in their order; `None` is `"*"`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dimensions: Vec<Option<DimensionValue>>,
    /// A name for this row alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Per event; present when the price counts units.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit_price: Option<Decimal>,
    /// Per `package_size` of volume; present when the price counts volume.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub volume_rate: Option<Decimal>,
    /// How much volume `volume_rate` is for (a unit price: how many events); 1 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub package_size: Option<Decimal>,
    /// The least one event owes, in units of the asset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_amount: Option<Units>,
    /// The most one event owes, in units of the asset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_amount: Option<Units>,
    /// The tiers of a graduated or volume price, upwards; then the row has no `unit_price` and no `volume_rate`.
    #[serde(default, skip_serializing_if = "Tiers::is_empty")]
    pub tiers: Tiers,
}

/// What all rows of one price have in common.
pub(super) struct RowReader<'p> {
    /// Keys that people may write, but that say nothing here.
    pub foreign: &'static Foreign,
    pub dimensions: &'p [String],
    /// `None` when it is not right.
    pub usage: Option<UsageType>,
    /// `None` when it is not right.
    pub model: Option<PricingModel>,
    pub asset: Option<&'p Asset>,
}

/// A row, and where it is.
pub(super) struct PlacedRow {
    pub row: PriceRow,
    pub spot: Spot,
    /// The place of its tiers, which it may share with other rows.
    pub tiers: Option<Spot>,
}

/// The numbers that stand in a row, or beside `values` for all rows that do not have their own.
#[derive(Default, Clone)]
struct Numbers<'a> {
    unit_price: Option<Decimal>,
    volume_rate: Option<Decimal>,
    package_size: Option<Decimal>,
    min_amount: Option<Units>,
    max_amount: Option<(Units, Node<'a>)>,
    tiers: Option<(Vec<Tier>, Spot)>,
}

impl Numbers<'_> {
    fn or(self, defaults: Self) -> Self {
        Self {
            unit_price: self.unit_price.or(defaults.unit_price),
            volume_rate: self.volume_rate.or(defaults.volume_rate),
            package_size: self.package_size.or(defaults.package_size),
            min_amount: self.min_amount.or(defaults.min_amount),
            max_amount: self.max_amount.or(defaults.max_amount),
            tiers: self.tiers.or(defaults.tiers),
        }
    }
}

impl RowReader<'_> {
    /// Reads all rows. One whose dimensions are not right is left out: it would look like one for any event, and tie with
    /// others.
    pub fn rows(&self, table: &mut Fields<'_>, findings: &mut Findings) -> Vec<PlacedRow> {
        let defaults = self.numbers(table, findings);
        let Some(values) = table.get(&VALUES, findings) else {
            return vec![self.row(vec![None; self.dimensions.len()], None, defaults, table.spot, findings)];
        };
        let items = values.items(findings);
        if items.is_empty() {
            let message = format!("{} has no row", quoted(values.key));
            findings.add(Code::EmptyValues, values.spot, message).help("add a row, or put `unit_price` on the price");
        }
        if items.len() > RowIndex::MOST {
            let message = format!("`values` has {} rows, and a price has at most {}", items.len(), RowIndex::MOST);
            findings.add(Code::OutOfRange, values.spot, message).help("divide them among prices of other event types");
            return Vec::new();
        }
        let mut rows = Vec::new();
        for item in items {
            let Some(mut fields) = item.fields(findings) else { continue };
            let numbers = self.numbers(&mut fields, findings).or(defaults.clone());
            let name = fields.name(&NAME, findings);
            let before = findings.count();
            let dimensions = self.dimensions.iter().map(|d| dimension(&mut fields, d, findings)).collect();
            let spot = fields.spot;
            self.finish(fields, findings);
            let is_right = findings.count() == before;
            let row = self.row(dimensions, name, numbers, spot, findings);
            if is_right {
                rows.push(row);
            }
        }
        rows
    }

    fn numbers<'a>(&self, fields: &mut Fields<'a>, findings: &mut Findings) -> Numbers<'a> {
        let precision = self.asset.map_or(CURRENCY_PRECISION, |asset| asset.precision);
        let mut amount = |key: &Key, findings: &mut Findings| {
            let node = fields.get(key, findings)?;
            Some((units(node.amount(findings)?, precision, node, findings)?, node))
        };
        let (min_amount, max_amount) = (amount(&MIN_AMOUNT, findings), amount(&MAX_AMOUNT, findings));
        let mut price = |key: &Key, findings: &mut Findings| {
            let (value, node) = fields.amount(key, findings)?;
            self.check_place(node, findings);
            Some(value)
        };
        let (unit_price, volume_rate) = (price(&UNIT_PRICE, findings), price(&VOLUME_RATE, findings));
        let package_size = fields.get(&PACKAGE_SIZE, findings).map(|node| {
            self.check_place(node, findings);
            node.positive(findings).unwrap_or(Decimal::ONE)
        });
        let tiers = fields.get(&TIERS, findings).map(|node| {
            self.check_place(node, findings);
            (tiers(node, self.usage, precision, findings), node.spot)
        });
        let min_amount = min_amount.map(|(units, _)| units);
        Numbers { unit_price, volume_rate, package_size, min_amount, max_amount, tiers }
    }

    /// Reports a key that the usage type or the pricing model has no place for.
    fn check_place(&self, node: Node<'_>, findings: &mut Findings) {
        let (Some(usage), Some(model)) = (self.usage, self.model) else { return };
        let of_usage = format!("`usage_type = \"{}\"`", usage.name());
        let of_model = format!("`pricing_model = \"{}\"`", model.name());
        let (place, help) = match node.key {
            "unit_price" | "volume_rate" if model.has_tiers() => (of_model, "remove it: every tier has its own"),
            "unit_price" if usage == UsageType::Volume => (of_usage, OTHER_USAGE),
            "volume_rate" if usage == UsageType::Unit => (of_usage, OTHER_USAGE),
            "package_size" if model.has_tiers() && usage == UsageType::Unit => {
                (format!("{of_usage} and {of_model}"), "remove it: the `unit_price` of a tier is for one event")
            }
            "tiers" if !model.has_tiers() => {
                (of_model, "set `pricing_model` to \"graduated\" or \"volume\", or remove it")
            }
            _ => return,
        };
        let message = format!("`{}` does not belong in a price with {place}", node.key);
        findings.add(Code::ConflictingKeys, node.key_spot, message).help(help);
    }

    fn row(
        &self,
        dimensions: Vec<Option<DimensionValue>>,
        name: Option<String>,
        numbers: Numbers<'_>,
        spot: Spot,
        findings: &mut Findings,
    ) -> PlacedRow {
        self.check_missing(&numbers, spot, findings);
        if let (Some(min), Some((max, node))) = (numbers.min_amount, numbers.max_amount)
            && min > max
        {
            let finding = findings.add(Code::MinAboveMax, node.spot, "`max_amount` is less than `min_amount`");
            finding.help("swap them, or remove one");
        }
        if let (Some(_), Some((tiers, spot))) = (numbers.package_size, &numbers.tiers)
            && tiers.iter().any(|tier| tier.package_size.is_some())
        {
            let message = "a tier has a `package_size` of its own, and so has the price";
            let help = "remove the price's, which charges parts of a package pro rata, or those of the tiers, which are sold whole";
            findings.add(Code::ConflictingKeys, *spot, message).help(help);
        }
        let (tiers, tiers_spot) = numbers.tiers.unzip();
        let row = PriceRow {
            dimensions,
            name,
            unit_price: numbers.unit_price,
            volume_rate: numbers.volume_rate,
            // A package of 1 is no package, so that both are the same price.
            package_size: numbers.package_size.filter(|&size| size != ONE_UNIT.into()),
            min_amount: numbers.min_amount,
            max_amount: numbers.max_amount.map(|(units, _)| units),
            tiers: tiers.unwrap_or_default().into(),
        };
        PlacedRow { row, spot, tiers: tiers_spot }
    }

    /// Each usage type and each pricing model wants its own numbers.
    fn check_missing(&self, numbers: &Numbers<'_>, row: Spot, findings: &mut Findings) {
        let (Some(usage), Some(model)) = (self.usage, self.model) else { return };
        let mut need = |key: &Key, why: String, help: &str| {
            let key = key.name;
            let message = format!("the key `{key}` is missing; {why} needs it");
            findings.add(Code::MissingKey, row, message).help(format!("add `{key} = {help}`"));
        };
        let of_usage = || format!("`usage_type = \"{}\"`", usage.name());
        let of_model = || format!("`pricing_model = \"{}\"`", model.name());
        // Tiers that have no place here are reported; what they say stands for the price.
        let is_priced = numbers.tiers.is_some();
        if model.has_tiers() && !is_priced {
            need(&TIERS, of_model(), "[{ up_to = ..., ... }, { ... }]");
        }
        if !model.has_tiers() && !is_priced && usage != UsageType::Volume && numbers.unit_price.is_none() {
            need(&UNIT_PRICE, of_usage(), "...");
        }
        if !model.has_tiers() && !is_priced && usage != UsageType::Unit && numbers.volume_rate.is_none() {
            need(&VOLUME_RATE, of_usage(), "...");
        }
        if model == PricingModel::Package && numbers.package_size.is_none() {
            need(&PACKAGE_SIZE, of_model(), "...");
        }
    }

    fn finish(&self, fields: Fields<'_>, findings: &mut Findings) {
        for node in fields.unasked() {
            if self.foreign.report(node, findings) {
                continue;
            }
            let key = quoted(node.key);
            let message = format!("{key} is neither a key of a row nor one of the price's `billable_dimensions`");
            let home =
                findings.home(node.key).map(|home| format!("; as a key it belongs in {home}")).unwrap_or_default();
            let finding = findings.add(Code::UnknownKey, node.key_spot, message);
            finding.help(format!("add {key} to `billable_dimensions`{home}"));
            finding.suggest(node.key, fields.known());
        }
    }
}

const OTHER_USAGE: &str = "remove it, or set `usage_type = \"unit_and_volume\"`";

/// Whether a row has a key of that name, so that no dimension can be called so.
pub(super) fn is_row_key(name: &str) -> bool {
    ROW.key(name).is_some()
}

/// What a row says of one dimension; absent and `"*"` are any value.
fn dimension(fields: &mut Fields<'_>, name: &str, findings: &mut Findings) -> Option<DimensionValue> {
    // A dimension that has the name of a row's key is reported where it is declared.
    let node = fields.named(name).filter(|_| !is_row_key(name))?;
    cell(node, findings)
}

/// What all rows of one price have in common, for the tables that they are read from.
pub(super) struct RowWriter<'p> {
    pub dimensions: &'p [String],
    pub usage: UsageType,
    pub model: PricingModel,
    /// Of the asset that is charged.
    pub precision: u8,
}

impl PriceRow {
    /// How much volume (or how many events) its price is for.
    pub fn package(&self) -> Decimal {
        self.package_size.unwrap_or(ONE_UNIT.into())
    }
}

impl RowWriter<'_> {
    /// The table that a row is read from.
    pub fn row(&self, row: &PriceRow) -> WrittenTable {
        let number = |units: Option<Units>| units.map(|units| decimal_of(units, self.precision));
        let tiers = row.tiers.iter().map(|tier| write_tier(tier, self.usage, self.precision));
        let tiers = (!row.tiers.is_empty()).then(|| tiers.collect::<Written>());
        // A block of 1 is kept as none.
        let package_size = row.package_size.or((self.model == PricingModel::Package).then(|| row.package()));
        let mut table = WrittenTable::new(&ROW);
        for (name, value) in self.dimensions.iter().zip(&row.dimensions) {
            table = value.iter().fold(table, |table, value| table.named(name, value));
        }
        table
            .maybe(&NAME, row.name.as_deref())
            .maybe(&UNIT_PRICE, row.unit_price)
            .maybe(&VOLUME_RATE, row.volume_rate)
            .maybe(&PACKAGE_SIZE, package_size)
            .maybe(&MIN_AMOUNT, number(row.min_amount))
            .maybe(&MAX_AMOUNT, number(row.max_amount))
            .maybe(&TIERS, tiers)
    }
}

/// What is told of a row of a price that counts that; its amounts are in that asset.
pub(super) fn shown_of_row(row: &PriceRow, usage: UsageType, asset: &str, book: &Book) -> Vec<Shown> {
    let number = |value: Option<Decimal>| value.map(|value| value.to_string());
    let units = |units: Option<Units>| units.map(|units| amount(book, asset, units));
    let tiers = (!row.tiers.is_empty()).then(|| tiers_in_words(&row.tiers, asset, book));
    let tiers_as_term = tiers.as_ref().map(|tiers| format!(": {tiers}"));
    vec![
        Shown::new(&UNIT_PRICE, number(row.unit_price)),
        Shown::new(&VOLUME_RATE, number(row.volume_rate)),
        Shown::new(&PACKAGE_SIZE, number(row.package_size)),
        Shown::new(&TIERS, tiers).value(tiers_as_value(&row.tiers, usage, asset, book)).term(tiers_as_term),
        Shown::new(&MIN_AMOUNT, units(row.min_amount)),
        Shown::new(&MAX_AMOUNT, units(row.max_amount)),
    ]
}

/// What a plan says of a row; its amounts are in that asset.
pub(in crate::catalog) fn said_of_row(row: &PriceRow, usage: UsageType, asset: &str, book: &Book) -> Said {
    planned(shown_of_row(row, usage, asset, book))
}
