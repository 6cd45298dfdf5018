//! `tiers`, of a price or of one of its rows.

use super::asset::units;
use crate::catalog::fields::{Fields, Foreign, Node};
use crate::catalog::finding::Findings;
use crate::catalog::{Code, Tier, UsageType};
use crate::money::Decimal;

/// Reads tiers, which stand upwards and leave no quantity without a price.
pub(super) fn tiers(node: Node<'_>, usage: Option<UsageType>, precision: u8, findings: &mut Findings) -> Vec<Tier> {
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
        let up_to = ends.up_to(&mut fields, findings);
        let price = price(&mut fields, usage, findings);
        let flat_fee = fields.get("flat_fee");
        let flat_fee = flat_fee.and_then(|node| units(node.amount(findings)?, precision, node, findings));
        fields.finish_beside(other_price(usage), findings);
        Some(Tier { up_to, price, flat_fee: flat_fee.unwrap_or_default() })
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
    fn up_to(&mut self, fields: &mut Fields<'_>, findings: &mut Findings) -> Option<Decimal> {
        let Some(node) = fields.get("up_to") else {
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
        Some(up_to)
    }
}

/// What one unit costs, under the name that goes with what is counted.
fn price(fields: &mut Fields<'_>, usage: Option<UsageType>, findings: &mut Findings) -> Decimal {
    let (key, other) = match usage {
        Some(UsageType::Unit) => ("unit_price", "volume_rate"),
        Some(UsageType::Volume) => ("volume_rate", "unit_price"),
        // What is counted is not known, and that is reported: both names are right.
        _ => {
            let [unit, volume] = ["unit_price", "volume_rate"].map(|key| fields.amount(key, findings));
            return unit.or(volume).map(|(price, _)| price).unwrap_or_default();
        }
    };
    let price = fields.amount(key, findings);
    let has_other = fields.unasked().iter().any(|node| node.key == other);
    if price.is_none() && !has_other {
        let message = format!("the key `{key}` is missing in this tier");
        findings.add(Code::MissingKey, fields.spot, message).help(format!("add `{key} = ...`; it may be 0"));
    }
    price.map(|(price, _)| price).unwrap_or_default()
}

/// The name that goes with the other usage type.
fn other_price(usage: Option<UsageType>) -> &'static Foreign {
    match usage {
        Some(UsageType::Volume) => &UNIT_PRICE,
        _ => &VOLUME_RATE,
    }
}

const UNIT_PRICE: Foreign = Foreign {
    keys: &["unit_price"],
    why: "a tier of a price with `usage_type = \"volume\"`",
    help: "write `volume_rate` instead",
};
const VOLUME_RATE: Foreign = Foreign {
    keys: &["volume_rate"],
    why: "a tier of a price with `usage_type = \"unit\"`",
    help: "write `unit_price` instead",
};
