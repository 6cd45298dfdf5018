//! A price whose numbers all have the name that goes with the other usage type: one slip, however many rows it has.

use super::pricing::UsageType;
use super::rows::{TIERS, UNIT_PRICE, VALUES, VOLUME_RATE};
use crate::catalog::codes::Code;
use crate::catalog::fields::{Fields, Node};
use crate::catalog::finding::Findings;
use crate::catalog::keys::Key;

/// What a price counts; `None` also when all its numbers say otherwise, which is reported here once. Whether it says
/// where volume is decides which mend is named first.
pub(super) fn counted(
    table: &Fields<'_>,
    usage: Option<UsageType>,
    has_volume_field: bool,
    findings: &mut Findings,
) -> Option<UsageType> {
    let (usage, wrong, right) = match usage? {
        UsageType::Unit => (UsageType::Unit, &VOLUME_RATE, &UNIT_PRICE),
        UsageType::Volume => (UsageType::Volume, &UNIT_PRICE, &VOLUME_RATE),
        both @ UsageType::UnitAndVolume => return Some(both),
    };
    let numbers = numbers(table, wrong);
    let Some(first) = numbers.first().filter(|_| self::numbers(table, right).is_empty()) else { return Some(usage) };
    let times = if numbers.len() == 1 { String::new() } else { format!(", where it stands {} times", numbers.len()) };
    let message =
        format!("`{}` does not belong in a price with `usage_type = \"{}\"`{times}", wrong.name, usage.name());
    let help = match usage {
        UsageType::Unit if has_volume_field => {
            "set `usage_type = \"volume\"`, or rename it to `unit_price` and remove `volume_field`"
        }
        UsageType::Unit => "rename it to `unit_price`, or set `usage_type = \"volume\"` and add `volume_field`",
        _ if has_volume_field => "rename it to `volume_rate`, or set `usage_type = \"unit\"` and remove `volume_field`",
        _ => "set `usage_type = \"unit\"`, or rename it to `volume_rate` and add `volume_field`",
    };
    findings.add(Code::ConflictingKeys, first.key_spot, message).help(help);
    None
}

/// The places of a key in a price, its rows, and the tiers of both.
fn numbers<'a>(table: &Fields<'a>, key: &Key) -> Vec<Node<'a>> {
    let at = |fields: &Fields<'a>, key: &Key| fields.entries().find(|node| node.key == key.name);
    let rows = at(table, &VALUES).map(Node::tables_within).unwrap_or_default();
    let mut numbers = Vec::new();
    for row in std::iter::once(table).chain(&rows) {
        let tiers = at(row, &TIERS).map(Node::tables_within).unwrap_or_default();
        numbers.extend(at(row, key).into_iter().chain(tiers.iter().filter_map(|tier| at(tier, key))));
    }
    numbers
}
