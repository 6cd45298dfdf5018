//! From flags to lines of TOML.

use crate::cli::args::{
    AssetAddArgs, CollectionFlag, ModelFlag, Money, Pairs, PriceFlags, PriceType, ROW_NUMBERS, TimedRate, UsageFlag,
    UsageFlags,
};
use crate::cli::ask::spelling;
use crate::money::{currency_minor_digits, parse_decimal};
use toml_edit::{Array, InlineTable, Table, Value, value};

/// The names of those that are absent.
pub(super) fn absent(flags: &[(&str, bool)]) -> Vec<String> {
    flags.iter().filter(|(_, absent)| *absent).map(|(flag, _)| (*flag).to_owned()).collect()
}

/// What an asset can't do without.
pub(super) fn missing_of_asset(args: &AssetAddArgs) -> Vec<String> {
    let is_custom = args.code.as_deref().is_none_or(|code| currency_minor_digits(code).is_none());
    absent(&[("CODE", args.code.is_none()), ("--precision DECIMALS", is_custom && args.precision.is_none())])
}

/// What a price can't do without.
pub(super) fn missing_of_price(flags: &PriceFlags) -> Vec<String> {
    match flags.kind {
        None => absent(&[("--type usage_based|fixed", true)]),
        Some(PriceType::Fixed) => absent(&[
            ("--asset ASSET", flags.usage.asset.is_none()),
            ("--unit-price AMOUNT", flags.usage.unit_price.is_none()),
            ("--interval UNIT or --one-time", flags.interval.is_none() && !flags.one_time),
        ]),
        Some(PriceType::UsageBased) => {
            let tiers = has_tiers(flags.pricing_model);
            let missing = missing_of_usage(&flags.usage, !tiers);
            [missing, absent(&[("--tier TIER", tiers && flags.tier.is_empty())])].concat()
        }
    }
}

/// What a usage price or a cost rule can't do without; the rest is for `check` to say.
pub(super) fn missing_of_usage(usage: &UsageFlags, needs_price: bool) -> Vec<String> {
    let counts = usage.usage_type;
    let open = needs_price && usage.row.is_empty();
    absent(&[
        ("--event-type EVENT_TYPE", usage.event_type.is_none()),
        ("--usage-type unit|volume|unit_and_volume", counts.is_none()),
        ("--volume-field FIELD", counts.is_some_and(has_volume) && usage.volume_field.is_none()),
        ("--asset ASSET", usage.asset.is_none()),
        ("--unit-price AMOUNT or --row ROW", open && counts.is_some_and(has_events) && usage.unit_price.is_none()),
        ("--volume-rate AMOUNT or --row ROW", open && counts.is_some_and(has_volume) && usage.volume_rate.is_none()),
    ])
}

/// Whether prices come from tiers.
pub(super) fn has_tiers(model: Option<ModelFlag>) -> bool {
    matches!(model, Some(ModelFlag::Graduated | ModelFlag::Volume))
}

/// Whether a volume is counted.
pub(super) fn has_volume(usage: UsageFlag) -> bool {
    usage != UsageFlag::Unit
}

/// Whether events are counted.
pub(super) fn has_events(usage: UsageFlag) -> bool {
    usage != UsageFlag::Volume
}

/// `[[asset]]`
pub(super) fn asset(args: &AssetAddArgs) -> String {
    let mut table = Table::new();
    put(&mut table, "code", args.code.as_deref());
    put(&mut table, "name", args.name.as_deref());
    put(&mut table, "precision", args.precision.as_deref().map(number));
    put(&mut table, "rounding", args.rounding.as_deref());
    put(&mut table, "symbol", args.symbol.as_deref());
    put(&mut table, "label", args.label.as_deref());
    put(&mut table, "rates", list(args.rate.iter().map(rate)));
    put(
        &mut table,
        "expires_after",
        args.expires_after.map(|span| {
            let count = Value::from(i64::from(span.0.count));
            inline([("duration", span.0.unit.name().into()), ("duration_count", count)])
        }),
    );
    format!("[[asset]]\n{table}")
}

/// `[[product]]` or `[[vendor]]`, up to what it contains.
pub(super) fn named(section: &str, code: &str, name: &str) -> String {
    let mut table = Table::new();
    put(&mut table, "code", Some(code));
    put(&mut table, "name", Some(name));
    format!("[[{section}]]\n{table}")
}

/// `[[product.price]]`; what is taken from an asset that is no currency is taken from balances.
pub(super) fn price(name: &str, flags: &PriceFlags, currencies: &[String]) -> String {
    let mut table = Table::new();
    put(&mut table, "name", Some(name));
    put(&mut table, "type", flags.kind.as_ref().map(spelling));
    put(&mut table, "billing_model", billing_model(flags));
    put_usage(&mut table, &flags.usage, flags);
    put(
        &mut table,
        "overage",
        flags
            .overage
            .as_ref()
            .map(|Money { amount, asset }| inline([("asset", asset.as_str().into()), ("rate", number(amount))])),
    );
    put(&mut table, "per_seat", flags.per_seat.then_some(true));
    let is_money = flags.usage.asset.as_ref().is_some_and(|asset| currencies.contains(asset));
    let usual = (flags.kind == Some(PriceType::Fixed) && !is_money).then_some(CollectionFlag::Balance);
    put(&mut table, "collection", flags.collection.or(usual).as_ref().map(spelling));
    format!("[[product.price]]\n{table}")
}

/// `[[vendor.cost]]`
pub(super) fn cost(usage: &UsageFlags) -> String {
    let mut table = Table::new();
    put_usage(&mut table, usage, &PriceFlags::default());
    format!("[[vendor.cost]]\n{table}")
}

fn billing_model(flags: &PriceFlags) -> Option<Value> {
    if flags.one_time {
        return Some(inline([("type", "one_time".into())]));
    }
    let interval = [("type", Value::from("recurring")), ("interval", spelling(flags.interval.as_ref()?).into())];
    let count = flags.interval_count.as_deref().map(|count| ("interval_count", number(count)));
    Some(inline(interval.into_iter().chain(count)))
}

fn put_usage(table: &mut Table, usage: &UsageFlags, flags: &PriceFlags) {
    let numbers = |text: &Option<String>| text.as_deref().map(number);
    put(table, "event_type", usage.event_type.as_deref());
    put(table, "usage_type", usage.usage_type.as_ref().map(spelling));
    put(table, "volume_field", usage.volume_field.as_deref());
    put(table, "asset", usage.asset.as_deref());
    put(table, "pricing_model", flags.pricing_model.as_ref().map(spelling));
    put(table, "tier_period", flags.tier_period.as_deref());
    put(table, "unit_price", numbers(&usage.unit_price));
    put(table, "volume_rate", numbers(&usage.volume_rate));
    put(table, "package_size", numbers(&usage.package_size));
    put(table, "min_amount", numbers(&usage.min_amount));
    put(table, "max_amount", numbers(&usage.max_amount));
    let dimensions = dimensions(&usage.row);
    put(table, "billable_dimensions", (!dimensions.is_empty()).then(|| Array::from_iter(dimensions)));
    put(table, "values", list(usage.row.iter().map(pairs)));
    put(table, "tiers", list(flags.tier.iter().map(pairs)));
}

/// What rows name beside numbers, in the order in which they do.
fn dimensions(rows: &[Pairs]) -> Vec<&str> {
    let mut names = Vec::new();
    for (key, _) in rows.iter().flat_map(|row| &row.0) {
        if !is_own_key(key) && !names.contains(&key.as_str()) {
            names.push(key);
        }
    }
    names
}

fn is_own_key(key: &str) -> bool {
    key == "name" || ROW_NUMBERS.contains(&key)
}

fn pairs(row: &Pairs) -> Value {
    // A dimension's value is a text, whatever it looks like.
    let is_text = |key: &str| key == "name" || !(ROW_NUMBERS.contains(&key) || key == "up_to" || key == "flat_fee");
    inline(
        row.0
            .iter()
            .map(|(key, text)| (key.as_str(), if is_text(key) { Value::from(text.as_str()) } else { number(text) })),
    )
}

fn rate(rate: &TimedRate) -> Value {
    let TimedRate { price: Money { amount, asset }, valid_from } = rate;
    let always = [("source", Value::from(asset.as_str())), ("rate", number(amount))];
    let from = valid_from.map(|from| ("valid_from", literal(&from.to_string())));
    inline(always.into_iter().chain(from))
}

fn put<V: Into<Value>>(table: &mut Table, key: &str, some: Option<V>) {
    if let Some(some) = some {
        table.insert(key, value(some));
    }
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
    use crate::cli::args::row;

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
    fn rows_stand_one_in_a_line_and_values_of_dimensions_are_texts() {
        let rows = ["size=10,unit_price=12", "size=*,kind=a\"b,unit_price=1.5"].map(|text| row(text).unwrap());
        let usage = UsageFlags { row: rows.to_vec(), ..UsageFlags::default() };
        let expected = "\
[[vendor.cost]]
billable_dimensions = [\"size\", \"kind\"]
values = [
  { size = \"10\", unit_price = 12 },
  { size = \"*\", kind = 'a\"b', unit_price = 1.5 },
]
";
        assert_eq!(cost(&usage), expected);
    }
}
