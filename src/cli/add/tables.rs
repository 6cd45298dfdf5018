//! From flags to lines of TOML.

use super::flags::{Given, Notation, ONE_TIME};
use super::notation::{Money, Pairs, Span, TimedRate, numbers, row, tier};
use crate::catalog::keys::{self, Key, Kind};
use crate::catalog::tables::{ASSET, COST, PRICE, ROW, TIER};
use crate::catalog::{PriceType, PricingModel, UsageType};
use crate::money::{currency_minor_digits, parse_decimal};
use toml_edit::{Array, InlineTable, Table, Value, value};

/// The names of those that are absent.
pub(in crate::cli) fn absent(flags: &[(&str, bool)]) -> Vec<String> {
    flags.iter().filter(|(_, absent)| *absent).map(|(flag, _)| (*flag).to_owned()).collect()
}

/// What an asset can't do without.
pub(in crate::cli) fn missing_of_asset(code: Option<&str>, given: &Given) -> Vec<String> {
    let is_custom = code.is_none_or(|code| currency_minor_digits(code).is_none());
    absent(&[("CODE", code.is_none()), ("--precision DECIMALS", is_custom && !given.has("precision"))])
}

/// What a price can't do without.
pub(in crate::cli) fn missing_of_price(given: &Given) -> Vec<String> {
    match price_type(given) {
        None => absent(&[("--type usage_based|fixed", true)]),
        Some(PriceType::Fixed) => absent(&[
            ("--asset ASSET", !given.has("asset")),
            ("--unit-price AMOUNT", !given.has("unit_price") && !given.has("tiers")),
            ("--interval UNIT or --one-time", !given.has("interval") && !given.has(ONE_TIME)),
        ]),
        Some(PriceType::Usage) => {
            let tiers = has_tiers(given);
            let missing = missing_of_usage(given, !tiers);
            [missing, absent(&[("--tier TIER", tiers && !given.has("tiers"))])].concat()
        }
    }
}

/// What a usage price or a cost rule can't do without; the rest is for `check` to say.
pub(in crate::cli) fn missing_of_usage(given: &Given, needs_price: bool) -> Vec<String> {
    let counts = usage_type(given);
    let has_events = counts.is_some_and(UsageType::counts_events);
    let has_volume = counts.is_some_and(UsageType::counts_volume);
    let open = needs_price && !given.has("values");
    absent(&[
        ("--event-type EVENT_TYPE", !given.has("event_type")),
        ("--usage-type unit|volume|unit_and_volume", counts.is_none()),
        ("--volume-field FIELD", has_volume && !given.has("volume_field")),
        ("--tier-period PERIOD", has_steps(given) && !given.has("tier_period")),
        ("--asset ASSET", !given.has("asset")),
        ("--unit-price AMOUNT or --row ROW", open && has_events && !given.has("unit_price")),
        ("--volume-rate AMOUNT or --row ROW", open && has_volume && !given.has("volume_rate")),
    ])
}

/// Which kind of price it is.
pub(super) fn price_type(given: &Given) -> Option<PriceType> {
    given.meaning("type", &PriceType::NAMES)
}

/// What is counted.
pub(super) fn usage_type(given: &Given) -> Option<UsageType> {
    given.meaning("usage_type", &UsageType::NAMES)
}

/// How quantities become amounts, if that is said.
pub(super) fn pricing_model(given: &Given) -> Option<PricingModel> {
    given.meaning("pricing_model", &PricingModel::NAMES)
}

/// Whether it must be said when quantities start anew.
pub(super) fn has_steps(given: &Given) -> bool {
    pricing_model(given).is_some_and(PricingModel::has_steps)
}

/// Whether prices come from tiers.
pub(super) fn has_tiers(given: &Given) -> bool {
    pricing_model(given).is_some_and(PricingModel::has_tiers)
}

/// `[[asset]]`
pub(in crate::cli) fn asset(code: &str, given: &Given) -> String {
    let mut given = given.clone();
    given.set("code", Some(code.to_owned()));
    format!("[[asset]]\n{}", lines(&ASSET, &given))
}

/// `[[product]]` or `[[vendor]]`, up to what it contains.
pub(in crate::cli) fn named(section: &str, code: &str, name: &str) -> String {
    let mut table = Table::new();
    table.insert("code", value(code));
    table.insert("name", value(name));
    format!("[[{section}]]\n{table}")
}

/// `[[product.price]]`; what is taken from an asset that is no currency is taken from balances.
pub(in crate::cli) fn price(name: &str, given: &Given, currencies: &[String]) -> String {
    let mut given = given.clone();
    given.set("name", Some(name.to_owned()));
    let is_money = given.get("asset").is_some_and(|asset| currencies.iter().any(|code| code == asset));
    if price_type(&given) == Some(PriceType::Fixed) && !is_money && !given.has("collection") {
        given.set("collection", Some("balance".to_owned()));
    }
    format!("[[product.price]]\n{}", lines(&PRICE, &given))
}

/// `[[vendor.cost]]`
pub(in crate::cli) fn cost(given: &Given) -> String {
    format!("[[vendor.cost]]\n{}", lines(&COST, given))
}

/// The keys of a table of which something is said, in the order in which they are declared.
fn lines(of: &keys::Table, given: &Given) -> String {
    let mut table = Table::new();
    for key in of.keys() {
        if let Some(said) = said(key, given) {
            table.insert(key.name, value(said));
        }
    }
    table.to_string()
}

/// What is said of a key, as it is written in a catalog.
fn said(key: &Key, given: &Given) -> Option<Value> {
    let Some(notation) = Notation::of(key) else {
        return match (key.name, key.kind) {
            ("billing_model", _) if !key.is_idle => billing_model(given),
            // Rows say which dimensions there are.
            (_, Kind::List(_)) => {
                let dimensions = dimensions(given);
                (!dimensions.is_empty()).then(|| Array::from_iter(dimensions).into())
            }
            _ => None,
        };
    };
    let all = given.all(key.name);
    match notation {
        Notation::Rate => list(all.iter().filter_map(|text| text.parse().ok()).map(|of| rate(&of))).map(Value::from),
        Notation::Row => {
            list(all.iter().filter_map(|text| row(text).ok()).map(|row| pairs(&row, &ROW))).map(Value::from)
        }
        Notation::Tier => {
            list(all.iter().filter_map(|text| tier(text).ok()).map(|tier| pairs(&tier, &TIER))).map(Value::from)
        }
        _ => single(notation, given.get(key.name)?),
    }
}

fn single(notation: Notation, text: &str) -> Option<Value> {
    match notation {
        Notation::Number => Some(number(text)),
        Notation::Switch => Some(true.into()),
        Notation::Money => {
            let Money { amount, asset } = text.parse().ok()?;
            Some(inline([("asset", asset.as_str().into()), ("rate", number(&amount))]))
        }
        Notation::Span => {
            let Span(interval) = text.parse().ok()?;
            let count = Value::from(i64::from(interval.count));
            Some(inline([("duration", interval.unit.name().into()), ("duration_count", count)]))
        }
        _ => Some(text.into()),
    }
}

fn billing_model(given: &Given) -> Option<Value> {
    if given.has(ONE_TIME) {
        return Some(inline([("type", "one_time".into())]));
    }
    let interval = [("type", Value::from("recurring")), ("interval", given.get("interval")?.into())];
    let count = given.get("interval_count").map(|count| ("interval_count", number(count)));
    Some(inline(interval.into_iter().chain(count)))
}

/// What rows name beside numbers, in the order in which they do.
fn dimensions(given: &Given) -> Vec<String> {
    let mut names = Vec::new();
    let rows = given.all("values").iter().filter_map(|text| row(text).ok());
    for (key, _) in rows.flat_map(|row| row.0) {
        if ROW.key(&key).is_none() && !names.contains(&key) {
            names.push(key);
        }
    }
    names
}

fn pairs(pairs: &Pairs, of: &keys::Table) -> Value {
    let numbers = numbers(of);
    let said = |key: &str, text: &str| match key {
        _ if numbers.contains(&key) => number(text),
        "name" => text.into(),
        _ => dimension(text),
    };
    inline(pairs.0.iter().map(|(key, text)| (key.as_str(), said(key, text))))
}

/// A whole number or a boolean is one however a log spells it, and what stands in braces is a range of numbers. Anything else
/// is a text: 4.10 may be a version.
fn dimension(text: &str) -> Value {
    let is_value = matches!(text, "true" | "false") || text.bytes().all(|byte| byte.is_ascii_digit());
    let is_value = is_value || text.starts_with('{');
    let literal =
        text.parse().ok().filter(|value: &Value| value.is_integer() || value.is_bool() || value.is_inline_table());
    literal.filter(|_| is_value).unwrap_or_else(|| text.into())
}

fn rate(rate: &TimedRate) -> Value {
    let TimedRate { price: Money { amount, asset }, valid_from } = rate;
    let always = [("source", Value::from(asset.as_str())), ("rate", number(amount))];
    let from = valid_from.map(|from| ("valid_from", literal(&from.to_string())));
    inline(always.into_iter().chain(from))
}

fn inline<'k>(pairs: impl IntoIterator<Item = (&'k str, Value)>) -> Value {
    InlineTable::from_iter(pairs).into()
}

/// One in a line when there are several.
fn list(items: impl Iterator<Item = Value>) -> Option<Array> {
    let mut items: Vec<Value> = items.collect();
    if items.len() > 1 {
        items.iter_mut().for_each(|item| item.decor_mut().set_prefix("\n  "));
        let mut array = Array::new();
        items.into_iter().for_each(|item| array.push_formatted(item));
        array.set_trailing_comma(true);
        array.set_trailing("\n");
        return Some(array);
    }
    (!items.is_empty()).then(|| Array::from_iter(items))
}

/// A number as it was typed, or without the zeros before it that TOML does not take.
fn number(text: &str) -> Value {
    let typed = text.parse().ok().filter(|value: &Value| value.is_integer() || value.is_float());
    typed.unwrap_or_else(|| parse_decimal(text).map_or_else(|_| text.into(), |number| literal(&number.to_string())))
}

fn literal(text: &str) -> Value {
    text.parse().unwrap_or_else(|_| text.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_their_digits() {
        for (text, toml) in [
            ("12", "12"),
            ("0.10", "0.10"),
            ("1.25e-06", "1.25e-06"),
            ("-1", "-1"),
            ("007.5", "7.5"),
            ("1e18", "1e18"),
            ("01e25", "\"10000000000000000000000000\""),
        ] {
            assert_eq!(number(text).to_string(), toml);
        }
    }

    #[test]
    fn rows_stand_one_in_a_line_and_whole_numbers_are_values() {
        let mut given = Given::default();
        given.set_all(
            "values",
            [
                "size=10,kind=true,unit_price=12",
                "size=*,kind=a\"b,unit_price=1.5",
                "size=010,kind=4.10,unit_price=1",
                "size={ over = 10 },kind=gpt-5*,unit_price=2",
            ]
            .map(str::to_owned)
            .into(),
        );
        let expected = "\
[[vendor.cost]]
billable_dimensions = [\"size\", \"kind\"]
values = [
  { size = 10, kind = true, unit_price = 12 },
  { size = \"*\", kind = 'a\"b', unit_price = 1.5 },
  { size = \"010\", kind = \"4.10\", unit_price = 1 },
  { size = { over = 10 }, kind = \"gpt-5*\", unit_price = 2 },
]
";
        assert_eq!(cost(&given), expected);
    }
}
