//! `[[asset]]`: custom units, and what a catalog says of currencies.

use super::{Unique, not_a_currency};
use crate::catalog::Code;
use crate::catalog::fields::{Fields, Node};
use crate::catalog::finding::{Findings, Spot, quoted};
use crate::money::{
    Asset, AssetKind, CURRENCY_PRECISION, Decimal, Rate, Rounding, UnitsError, currency_minor_digits, units_of,
};
use crate::time::{Interval, Unit};
use std::collections::HashSet;

/// The most decimals an asset can have in the ledger.
const MAX_PRECISION: u8 = 9;

/// Reads all declared assets.
pub(super) fn assets(tables: Vec<Fields<'_>>, reporting: &str, findings: &mut Findings) -> Vec<Asset> {
    let mut codes = Unique::new("asset");
    let assets: Vec<_> = tables.into_iter().map(|table| asset(table, reporting, &mut codes, findings)).collect();
    let declared: HashSet<&str> = assets.iter().map(|(asset, _)| asset.code.as_str()).collect();
    for (asset, spots) in &assets {
        check_sources(asset, spots, &declared, findings);
    }
    assets.into_iter().map(|(asset, _)| asset).collect()
}

fn asset(mut table: Fields<'_>, reporting: &str, codes: &mut Unique, findings: &mut Findings) -> (Asset, Vec<Spot>) {
    let code = codes.code(&mut table, findings);
    let currency = Asset::currency(&code);
    let kind = currency.map_or(AssetKind::Custom, |currency| currency.kind);
    let precision = precision(&mut table, kind, findings);
    let rounding = table.get("rounding").and_then(|node| node.choice(&Rounding::NAMES, findings)).unwrap_or_default();
    let name = table.name("name", findings).unwrap_or_else(|| code.clone());
    let symbol = table.name("symbol", findings);
    let label = table.name("label", findings);
    let items = table.get("rates").map(|node| node.items(findings)).unwrap_or_default();
    let rates = items.into_iter().filter_map(|item| rate(item, reporting, findings));
    let (rates, spots): (Vec<_>, Vec<_>) = rates.collect::<Vec<_>>().into_iter().unzip();
    let expires_after = table.table("expires_after", findings).map(|mut life| {
        let interval = interval(&mut life, ["duration", "duration_count"], findings);
        life.finish(findings);
        interval
    });
    let overdraft_limit = table.amount("overdraft_limit", findings);
    let overdraft_limit = overdraft_limit.and_then(|(value, node)| units(value, precision, node, findings));
    table.finish(findings);
    let asset = Asset { code, name, kind, precision, rounding, symbol, label, rates, expires_after, overdraft_limit };
    (asset, spots)
}

/// A currency's precision is built in; a custom asset must say its own.
fn precision(table: &mut Fields<'_>, kind: AssetKind, findings: &mut Findings) -> u8 {
    let is_currency = kind != AssetKind::Custom;
    let node = if is_currency { table.get("precision") } else { table.need("precision", findings) };
    let Some(node) = node else { return CURRENCY_PRECISION };
    let said = node.whole(0..=MAX_PRECISION, findings);
    if is_currency && said.is_some_and(|said| said != CURRENCY_PRECISION) {
        let message = "the `precision` of a currency is built in";
        let finding = findings.add(Code::CurrencyPrecision, node.spot, message);
        finding.help(format!("remove it: every currency has {CURRENCY_PRECISION} decimals in the ledger"));
    }
    said.unwrap_or(CURRENCY_PRECISION)
}

fn rate(item: Node<'_>, reporting: &str, findings: &mut Findings) -> Option<(Rate, Spot)> {
    let mut table = item.fields(findings)?;
    let source = table.get("source");
    let code = source.map_or_else(|| Some(reporting.to_owned()), |node| node.code(findings));
    let (rate, inverse) = (table.get("rate"), table.get("inverse_rate"));
    let from = table.get("valid_from");
    let valid_from = from.and_then(|node| node.instant(findings));
    let (node, inverse) = match (rate, inverse) {
        (Some(node), None) => (node, false),
        (None, Some(node)) => (node, true),
        (Some(_), Some(node)) => {
            let finding = findings.add(Code::ConflictingKeys, node.key_spot, "both `rate` and `inverse_rate`");
            finding.help("keep one: `rate` is the price of one unit, `inverse_rate` is units per one of the source");
            (node, true)
        }
        (None, None) => {
            findings.add(Code::MissingKey, item.spot, "the key `rate` is missing").help("add `rate = ...`");
            return None;
        }
    };
    let value = node.positive(findings).unwrap_or(Decimal::ONE);
    let spot = source.map_or(item.spot, |node| node.spot);
    table.finish(findings);
    if from.is_some() && valid_from.is_none() {
        return None;
    }
    Some((Rate { source: code?, value, inverse, valid_from }, spot))
}

/// Each rate's source is another asset, and no two rates hold from the same instant.
fn check_sources(asset: &Asset, spots: &[Spot], declared: &HashSet<&str>, findings: &mut Findings) {
    let mut seen = HashSet::new();
    for (rate, &spot) in asset.rates.iter().zip(spots) {
        let known = declared.contains(rate.source.as_str()) || currency_minor_digits(&rate.source).is_some();
        if rate.source == asset.code {
            let message = format!("{} has a rate in itself", quoted(&asset.code));
            findings.add(Code::BadRate, spot, message).help("name another asset as its `source`");
        } else if !known {
            not_a_currency(&rate.source, spot, findings);
        } else if !seen.insert((&rate.source, rate.valid_from)) {
            let message = format!("a second rate in {} from the same time on", quoted(&rate.source));
            findings.add(Code::DuplicateRate, spot, message).help("give it another `valid_from`, or remove it");
        }
    }
}

/// A calendar unit, which must be there, and how many of it: one when absent.
pub(super) fn interval(table: &mut Fields<'_>, [unit, count]: [&str; 2], findings: &mut Findings) -> Interval {
    let unit = table.need(unit, findings).and_then(|node| node.choice(&Unit::NAMES, findings));
    let count = table.get(count).and_then(|node| node.whole(1..=9_999, findings));
    Interval { unit: unit.unwrap_or(Unit::Month), count: count.unwrap_or(1) }
}

/// `value` as units with `precision` decimals.
pub(super) fn units(value: Decimal, precision: u8, node: Node<'_>, findings: &mut Findings) -> Option<i64> {
    let units = units_of(value, precision);
    if let Err(error) = units {
        let is_long = matches!(error, UnitsError::TooPrecise { .. });
        let code = if is_long { Code::TooManyDecimals } else { Code::AmountTooLarge };
        findings.add(code, node.spot, format!("{}: {error}", quoted(node.key)));
    }
    units.ok()
}
