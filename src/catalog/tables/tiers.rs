//! `tiers`, of a price or of one of its rows.

use super::amounts::units;
use super::pricing::UsageType;
use super::said::amount;
use crate::catalog::codes::Code;
use crate::catalog::fields::{Fields, Foreign, Node};
use crate::catalog::finding::Findings;
use crate::catalog::keys::{Key, Kind, Table, Usual};
use crate::catalog::written::WrittenTable;
use crate::money::{Book, Decimal, Units, decimal_of};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

pub(super) const UP_TO: Key =
    Key::new("up_to", Kind::Positive, "The last quantity in the tier (inclusive). The last tier has none.")
        .note("inclusive; the last has none");
const UNIT_PRICE: Key =
    Key::new("unit_price", Kind::Amount, "The price of one event, with `usage_type = \"unit\"`.").is_price();
const VOLUME_RATE: Key = Key::new(
    "volume_rate",
    Kind::Amount,
    "The price of `package_size` units of volume, with `usage_type = \
     \"volume\"`.",
)
.is_price();
pub(super) const FLAT_FEE: Key =
    Key::new("flat_fee", Kind::Amount, "Owed once, when the tier is entered.").by_default(Usual::Number(0)).is_price();

const PACKAGE_SIZE: Key = Key::new(
    "package_size",
    Kind::Positive,
    "Sold in whole blocks of so many, the price being for a block. They are counted from the end of the tier before it.",
)
.placeholder("UNITS")
.note("whole blocks, counted from where the tier begins");

/// One of `tiers`.
pub static TIER: Table =
    Table::new("tier", &[&[UP_TO, UNIT_PRICE, VOLUME_RATE, PACKAGE_SIZE, FLAT_FEE]]).either(UNIT_PRICE, VOLUME_RATE);

/// One tier of a graduated or volume price.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tier {
    /// The last quantity of the tier (inclusive); `None` in the last tier, which has no end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub up_to: Option<Decimal>,
    /// Per unit, or per `package_size` of volume: what the catalog calls `unit_price` or `volume_rate`.
    pub price: Decimal,
    /// Sold in whole blocks of so many, counted from the tier's lower bound under a graduated price, and from zero under a
    /// volume price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub package_size: Option<Decimal>,
    /// Owed once the tier is entered, in units of the asset.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub flat_fee: Units,
}

fn is_zero(units: &Units) -> bool {
    units.is_zero()
}

/// Reads the tiers of a usage price.
pub(super) fn tiers(node: Node<'_>, usage: Option<UsageType>, precision: u8, findings: &mut Findings) -> Vec<Tier> {
    upwards(node, findings, |mut fields, end, findings| {
        let price = price(&mut fields, usage, findings);
        let package_size = fields.get(&PACKAGE_SIZE, findings).and_then(|node| node.positive(findings));
        let flat_fee = fields.get(&FLAT_FEE, findings);
        let flat_fee = flat_fee.and_then(|node| units(node.amount(findings)?, precision, node, findings));
        fields.finish_beside(other_price(usage), findings);
        Tier { up_to: end.map(|(up_to, _)| up_to), price, package_size, flat_fee: flat_fee.unwrap_or_default() }
    })
}

/// Reads tables that stand upwards and leave no quantity without a price, each with the last quantity that it is for.
pub(super) fn upwards<'a, T>(
    node: Node<'a>,
    findings: &mut Findings,
    tier: impl Fn(Fields<'a>, Option<(Decimal, Node<'a>)>, &mut Findings) -> T,
) -> Vec<T> {
    let before = findings.count();
    let items = node.items(findings);
    if items.is_empty() && findings.count() == before {
        let finding = findings.add(Code::EmptyTiers, node.spot, "`tiers` has no tier");
        finding.help("add tiers, or set `pricing_model = \"flat\"`");
    }
    let mut ends = Ends { reached: None, left: items.len() };
    let tiers = items.into_iter().filter_map(|item| {
        ends.left -= 1;
        let mut fields = item.fields(findings)?;
        let end = ends.up_to(&mut fields, findings);
        Some(tier(fields, end, findings))
    });
    tiers.collect()
}

/// How far the tiers so far reach, and how many are still to come.
struct Ends {
    reached: Option<Decimal>,
    left: usize,
}

impl Ends {
    /// The end of the next tier: above the one before it, and none in the last.
    fn up_to<'a>(&mut self, fields: &mut Fields<'a>, findings: &mut Findings) -> Option<(Decimal, Node<'a>)> {
        let Some(node) = fields.get(&UP_TO, findings) else {
            if self.left > 0 {
                let message = "this tier has no end, so those after it are never reached";
                findings.add(Code::OpenTier, fields.spot, message).help("add `up_to = ...`, or move it to the end");
            }
            return None;
        };
        let up_to = node.positive(findings)?;
        if let Some(reached) = self.reached.filter(|&reached| up_to <= reached) {
            let message = format!("this tier ends at {up_to}, but the one before it goes up to {reached} already");
            let finding = findings.add(Code::TierOrder, node.spot, message);
            finding.help("write the tiers upwards: each begins where the one before it ends");
        }
        self.reached = Some(up_to);
        if self.left == 0 {
            let finding = findings.add(Code::NoOpenTier, node.key_spot, format!("nothing is priced above {up_to}"));
            finding.help("remove `up_to` from the last tier, or add a tier without it");
        }
        Some((up_to, node))
    }
}

/// What one unit costs, under the name that goes with what is counted.
fn price(fields: &mut Fields<'_>, usage: Option<UsageType>, findings: &mut Findings) -> Decimal {
    let (key, other) = match usage {
        Some(UsageType::Unit) => (&UNIT_PRICE, &VOLUME_RATE),
        Some(UsageType::Volume) => (&VOLUME_RATE, &UNIT_PRICE),
        // What is counted is not known, and that is reported: both names are right.
        _ => {
            let [unit, volume] = [&UNIT_PRICE, &VOLUME_RATE].map(|key| fields.amount(key, findings));
            return unit.or(volume).map(|(price, _)| price).unwrap_or_default();
        }
    };
    let price = fields.amount(key, findings);
    let has_other = fields.unasked().iter().any(|node| node.key == other.name);
    if price.is_none() && !has_other {
        let key = key.name;
        let message = format!("the key `{key}` is missing in this tier");
        findings.add(Code::MissingKey, fields.spot, message).help(format!("add `{key} = ...`; it may be 0"));
    }
    price.map(|(price, _)| price).unwrap_or_default()
}

/// The name that goes with the other usage type.
fn other_price(usage: Option<UsageType>) -> &'static Foreign {
    match usage {
        Some(UsageType::Volume) => &OF_UNITS,
        _ => &OF_VOLUME,
    }
}

const OF_UNITS: Foreign = Foreign {
    keys: &[&[UNIT_PRICE]],
    why: "a tier of a price with `usage_type = \"volume\"`",
    help: "write `volume_rate` instead",
};
const OF_VOLUME: Foreign = Foreign {
    keys: &[&[VOLUME_RATE]],
    why: "a tier of a price with `usage_type = \"unit\"`",
    help: "write `unit_price` instead",
};

/// The table that a tier is read from.
pub(super) fn write_tier(tier: &Tier, usage: UsageType, precision: u8) -> WrittenTable {
    WrittenTable::new(&TIER)
        .maybe(&UP_TO, tier.up_to)
        .with(if usage == UsageType::Volume { &VOLUME_RATE } else { &UNIT_PRICE }, tier.price)
        .maybe(&PACKAGE_SIZE, tier.package_size)
        .with(&FLAT_FEE, decimal_of(tier.flat_fee, precision))
}

/// Tiers of an asset: `0 up to 1000, 5.00 + 0.006 up to 10000, then 4 per block of 1000`, where 5.00 is a flat fee.
pub fn tiers_in_words(tiers: &[Tier], asset: &str, book: &Book) -> String {
    let one = |(index, tier): (usize, &Tier)| {
        let fee =
            if tier.flat_fee.is_zero() { String::new() } else { format!("{} + ", amount(book, asset, tier.flat_fee)) };
        let block = tier.package_size.map(|size| format!(" per block of {size}")).unwrap_or_default();
        let price = format!("{fee}{}{block}", tier.price);
        match tier.up_to {
            Some(up_to) => format!("{price} up to {up_to}"),
            None if index == 0 => price,
            None => format!("then {price}"),
        }
    };
    tiers.iter().enumerate().map(one).collect::<Vec<_>>().join(", ")
}

/// Tiers of a price that counts that, for scripts: in the catalog's keys.
pub(super) fn tiers_as_value(tiers: &[Tier], usage: UsageType, asset: &str, book: &Book) -> Value {
    let price = if usage == UsageType::Volume { VOLUME_RATE } else { UNIT_PRICE };
    let one = |tier: &Tier| {
        json!({
            UP_TO.name: tier.up_to.map(|up_to| up_to.to_string()),
            price.name: tier.price.to_string(),
            PACKAGE_SIZE.name: tier.package_size.map(|size| size.to_string()),
            FLAT_FEE.name: amount(book, asset, tier.flat_fee),
        })
    };
    tiers.iter().map(one).collect()
}
