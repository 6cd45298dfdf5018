//! The README's table of a catalog's keys, made from their declarations.

use super::keys::{Key, Kind, Table};
use super::tables::asset::ASSET;
use super::tables::auto_topup::AUTO_TOPUP;
use super::tables::entitlement::ENTITLEMENT;
use super::tables::example::EXAMPLE;
use super::tables::header::CATALOG;
use super::tables::mapping::MAPPING;
use super::tables::policy::POLICY;
use super::tables::product::PRODUCT;
use super::tables::vendor::VENDOR;
use super::tables::{COST, PRICE, ROW, TIER};

/// What a row says of its dimensions.
const DIMENSIONS: &str = "dimensions (an absent one is `\"*\"`; text that ends in a star is what texts begin with; a table of \
    `over`, `up_to` or both is a range of numbers)";

/// The lines of the table, in Markdown.
pub fn reference() -> String {
    let of_fixed = PRICE.refused("type", "usage_based");
    let of_usage = PRICE.refused("type", "fixed");
    let is_of_row = |key: &Key| ROW.key(key.name).is_some();
    let is_common = |key: &Key| ![&of_fixed, &of_usage].iter().any(|keys| has(keys, key)) && key.name != "unit_price";
    let not_of_costs = of_usage.iter().filter(|key| COST.key(key.name).is_none_or(|key| key.is_idle));
    let not_of_costs: Vec<_> = not_of_costs.map(|key| format!("`{}`", key.name)).collect();
    let own = |table: &'static Table, others: &[&str]| text(table.keys().filter(|key| !others.contains(&key.name)));
    let rows = [
        ("`[catalog]`, `[policy]`", format!("{}; {}", keys(&CATALOG), keys(&POLICY))),
        ("`[[asset]]`", keys(&ASSET)),
        (
            "`[[vendor]]`, `[[vendor.cost]]`",
            format!("{}; the keys of a usage price, without {}", own(&VENDOR, &["cost"]), not_of_costs.join(", ")),
        ),
        (
            "`[[product]]`, `[[product.price]]`",
            format!(
                "{}; {}",
                own(&PRODUCT, &["price", "entitlement"]),
                text(PRICE.keys().filter(|key| is_common(key)))
            ),
        ),
        ("a fixed price", text(PRICE.key("unit_price").into_iter().chain(of_fixed.iter().copied()))),
        ("a usage price", text(of_usage.iter().copied().filter(|key| !is_of_row(key) || key.name == "tiers"))),
        ("a row of `values`, or the price itself", format!("{DIMENSIONS}, {}", keys(&ROW))),
        ("one of `tiers`", keys(&TIER)),
        ("`[[product.entitlement]]`", keys(&ENTITLEMENT)),
        ("`[[auto_topup]]`", keys(&AUTO_TOPUP)),
        ("`[mapping.NAME]`", keys(&MAPPING)),
        ("`[[example]]`", keys(&EXAMPLE)),
    ];
    let lines = rows.iter().map(|(table, keys)| format!("| {table} | {keys} |\n"));
    ["| table | keys |\n".to_owned(), "|---|---|\n".to_owned()].into_iter().chain(lines).collect()
}

fn has(keys: &[&Key], key: &Key) -> bool {
    keys.iter().any(|known| known.name == key.name)
}

/// All keys of a table. Of two that exclude each other, one is said to stand for the other.
fn keys(table: &'static Table) -> String {
    let Some([one, other]) = table.either else { return text(table.keys()) };
    let rest = table.keys().filter(|key| key.name != other.name);
    let shown =
        rest.map(|key| if key.name == one.name { format!("{} or {}", shown(&one), shown(&other)) } else { shown(key) });
    shown.collect::<Vec<_>>().join(", ")
}

fn text(keys: impl Iterator<Item = &'static Key>) -> String {
    keys.map(shown).collect::<Vec<_>>().join(", ")
}

/// A key, what can stand there if it is one of a few words or a table, and a few words about it.
fn shown(key: &Key) -> String {
    let within = within(&key.kind).unwrap_or_default();
    let parts: Vec<&str> = [within.as_str(), key.note].into_iter().filter(|part| !part.is_empty()).collect();
    if parts.is_empty() { format!("`{}`", key.name) } else { format!("`{}` ({})", key.name, parts.join("; ")) }
}

/// The words or the keys that can stand at a key. Rows and tiers have a line of their own.
fn within(kind: &Kind) -> Option<String> {
    match kind {
        Kind::Words(words) => {
            let words = words.iter().filter(|word| !word.is_alias()).map(|word| format!("`{}`", word.name));
            Some(words.collect::<Vec<_>>().join(", "))
        }
        Kind::List(each) => within(each),
        Kind::Table(table) => Some(keys(table)),
        Kind::Tables(table) if !["row", "tier"].contains(&table.name) => Some(keys(table)),
        _ => None,
    }
}
