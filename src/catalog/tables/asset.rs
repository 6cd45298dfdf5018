//! `[[asset]]`: custom units, and what a catalog says of currencies.

use super::amounts::units;
use super::context::{Unique, not_a_currency};
use super::life::{LIFE, life, write_life};
use super::said::{Said, joined, or_none, span, word};
use crate::catalog::codes::Code;
use crate::catalog::fields::{Fields, Node};
use crate::catalog::finding::{Findings, Spot, quoted};
use crate::catalog::keys::{Key, Kind, Table, Told, Usual, plain_words};
use crate::catalog::written::{Written, WrittenTable};
use crate::money::{Asset, AssetKind, CURRENCY_PRECISION, Decimal, Rate, Rounding, currency_minor_digits, decimal_of};
use std::collections::HashSet;

/// The most decimals an asset can have in the ledger.
const MAX_PRECISION: u8 = 9;

const CODE: Key = Key::new("code", Kind::Code, "The code that prices and wallets use, such as CREDIT or EUR.").needed();
const NAME: Key = Key::new("name", Kind::Text, "The name that people see. The code, if absent.").is_name();
const PRECISION: Key = Key::new(
    "precision",
    Kind::Whole(0, MAX_PRECISION as i64),
    "How many decimals amounts have. Required for units of your own; a currency has 9, or fewer if you write so, but \
     as many as its payments at least. It can't change once the ledger holds any.",
)
.placeholder("DECIMALS")
.note("decimals, 0 to 9");
const ROUNDING: Key =
    Key::new("rounding", Kind::Words(&plain_words(&Rounding::NAMES)), "How fees with more decimals are rounded.")
        .by_default(Usual::Text("half_even"));
const SYMBOL: Key = Key::new("symbol", Kind::Text, "A symbol to print before amounts, such as ★.").is_name();
const LABEL: Key = Key::new("label", Kind::Text, "A label to print after amounts, such as CR.").is_name();
const RATES: Key =
    Key::new("rates", Kind::Tables(&RATES_OF_ASSET), "The price of one unit. Without a rate, it can't be bought.");
const EXPIRES_AFTER: Key =
    Key::new("expires_after", Kind::Table(&LIFE), "How long bought units last. Forever, if absent.")
        .note("the life of what is bought");
const OVERDRAFT_LIMIT: Key = Key::new(
    "overdraft_limit",
    Kind::Amount,
    "How far below zero an account may go under `insufficient_funds = \"overdraft\"`. No limit, if absent.",
);

/// `[[asset]]`.
pub static ASSET: Table =
    Table::new("asset", &[&[CODE, NAME, PRECISION, ROUNDING, SYMBOL, LABEL, RATES, EXPIRES_AFTER, OVERDRAFT_LIMIT]])
        .told(Told::ByName(CODE));

const SOURCE: Key = Key::new("source", Kind::Code, "The asset that is paid with. The reporting currency, if absent.");
const RATE: Key = Key::new("rate", Kind::Positive, "What one unit costs in the source.").note("price of one unit");
const INVERSE_RATE: Key = Key::new("inverse_rate", Kind::Positive, "How many units one unit of the source buys.")
    .note("units for one of the source");
const VALID_FROM: Key = Key::new(
    "valid_from",
    Kind::Time,
    "When the rate starts to apply, such as 2026-07-01T00:00:00Z. Always, if \
     absent.",
);

/// One of an asset's `rates`.
static RATES_OF_ASSET: Table =
    Table::new("rate", &[&[SOURCE, RATE, INVERSE_RATE, VALID_FROM]]).either(RATE, INVERSE_RATE).told(Told::ByValues);

/// Reads all declared assets.
pub(in crate::catalog) fn assets(tables: Vec<Fields<'_>>, reporting: &str, findings: &mut Findings) -> Vec<Asset> {
    let mut codes = Unique::new("asset");
    let assets: Vec<_> = tables.into_iter().map(|table| asset(table, reporting, &mut codes, findings)).collect();
    let declared: HashSet<&str> = assets.iter().map(|(asset, _)| asset.code.as_str()).collect();
    for (asset, spots) in &assets {
        check_sources(asset, spots, &declared, findings);
    }
    assets.into_iter().map(|(asset, _)| asset).collect()
}

fn asset(mut table: Fields<'_>, reporting: &str, codes: &mut Unique, findings: &mut Findings) -> (Asset, Vec<Spot>) {
    let code = codes.code(&mut table, &CODE, findings);
    let currency = Asset::currency(&code);
    let kind = currency.map_or(AssetKind::Custom, |currency| currency.kind);
    let precision = precision(&mut table, kind, findings);
    let rounding = table.choice(&ROUNDING, &Rounding::NAMES, findings).unwrap_or_default();
    let name = table.name(&NAME, findings).unwrap_or_else(|| code.clone());
    let symbol = table.name(&SYMBOL, findings);
    let label = table.name(&LABEL, findings);
    let items = table.get(&RATES, findings).map(|node| node.items(findings)).unwrap_or_default();
    let rates = items.into_iter().filter_map(|item| rate(item, reporting, findings));
    let (rates, spots): (Vec<_>, Vec<_>) = rates.collect::<Vec<_>>().into_iter().unzip();
    let expires_after = table.table(&EXPIRES_AFTER, findings).map(|mut table| {
        let life = life(&mut table, findings);
        table.finish(findings);
        life
    });
    let overdraft_limit = table.amount(&OVERDRAFT_LIMIT, findings);
    let overdraft_limit = overdraft_limit.and_then(|(value, node)| units(value, precision, node, findings));
    table.finish(findings);
    let asset = Asset { code, name, kind, precision, rounding, symbol, label, rates, expires_after, overdraft_limit };
    (asset, spots)
}

/// A custom asset must say its precision. A currency has one, and may have fewer decimals, though no fewer than its payments.
fn precision(table: &mut Fields<'_>, kind: AssetKind, findings: &mut Findings) -> u8 {
    let (node, least) = match kind {
        AssetKind::Custom => (table.need(&PRECISION, findings), 0),
        AssetKind::Currency { minor_digits } => (table.get(&PRECISION, findings), minor_digits),
    };
    let said = node.and_then(|node| Some((node, node.whole(0..=MAX_PRECISION, findings)?)));
    let Some((node, said)) = said else { return CURRENCY_PRECISION };
    if said < least {
        let message = format!("a `precision` of {said}, where payments have {least} decimals");
        let help = format!("write {least} to {MAX_PRECISION}; without it, it is {CURRENCY_PRECISION}");
        findings.add(Code::CurrencyPrecision, node.spot, message).help(help);
        return CURRENCY_PRECISION;
    }
    said
}

fn rate(item: Node<'_>, reporting: &str, findings: &mut Findings) -> Option<(Rate, Spot)> {
    let mut table = item.fields(findings)?;
    let source = table.get(&SOURCE, findings);
    let code = source.map_or_else(|| Some(reporting.to_owned()), |node| node.code(findings));
    let (rate, inverse) = (table.get(&RATE, findings), table.get(&INVERSE_RATE, findings));
    let from = table.get(&VALID_FROM, findings);
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

/// The table that it is read from.
pub(in crate::catalog) fn write_asset(asset: &Asset) -> WrittenTable {
    WrittenTable::new(&ASSET)
        .with(&CODE, &*asset.code)
        .with(&NAME, &*asset.name)
        .with(&PRECISION, Decimal::from(asset.precision))
        .with(&ROUNDING, &*word(&Rounding::NAMES, &asset.rounding))
        .maybe(&SYMBOL, asset.symbol.as_deref())
        .maybe(&LABEL, asset.label.as_deref())
        .with(&RATES, asset.rates.iter().map(write_rate).collect::<Written>())
        .maybe(&EXPIRES_AFTER, asset.expires_after.map(|life| write_life(&LIFE, life)))
        .maybe(&OVERDRAFT_LIMIT, asset.overdraft_limit.map(|limit| decimal_of(limit, asset.precision)))
}

fn write_rate(rate: &Rate) -> WrittenTable {
    WrittenTable::new(&RATES_OF_ASSET)
        .with(&SOURCE, &*rate.source)
        .with(if rate.inverse { &INVERSE_RATE } else { &RATE }, rate.value)
        .maybe(&VALID_FROM, rate.valid_from.map(|from| Written::Bare(from.to_string())))
}

/// What a plan says of it.
pub(in crate::catalog) fn said_of_asset(asset: &Asset) -> Said {
    vec![
        (&PRECISION, asset.precision.to_string()),
        (&ROUNDING, word(&Rounding::NAMES, &asset.rounding)),
        (&RATES, joined(&asset.rates, rate_in_words)),
        (&EXPIRES_AFTER, or_none(asset.expires_after.as_ref(), |&life| span(life))),
        (&OVERDRAFT_LIMIT, or_none(asset.overdraft_limit.as_ref(), |&units| asset.format(units))),
    ]
}

fn rate_in_words(rate: &Rate) -> String {
    let from = rate.valid_from.map_or_else(String::new, |from| format!(" from {from}"));
    let kind = if rate.inverse { " per 1" } else { "" };
    format!("{}{kind} {}{from}", rate.value, rate.source)
}
