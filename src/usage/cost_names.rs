//! Names that stand for costs and their currency, and names that nearly do.

use super::error::{Fault, unsure_currency};
use super::shape::{Vocabulary, asks};
use super::slot::Slot;
use crate::catalog::Mapping;

/// A name as far as people mean the same by it: letters and digits, all of them small.
pub(super) fn plain(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Of a record's names, the one that stands for the currency of its costs: `cost_currency`, or `currency` where nothing else
/// asks for it.
///
/// # Errors
/// A name that may stand for it, when none surely does: costs in another currency than the record's would be wrong in silence.
pub(super) fn currency_of_costs<'a>(
    names: &[&'a str],
    is_asked: impl Fn(&str) -> bool,
) -> Result<Option<&'a str>, &'a str> {
    if !names.iter().any(|name| matches!(Slot::of(name), Slot::Cost(_))) {
        return Ok(None);
    }
    if let Some(name) = names.iter().find(|name| matches!(Slot::of(name), Slot::CostCurrency)) {
        return Ok(Some(name));
    }
    let near: Vec<&str> = names.iter().copied().filter(|name| is_near_currency(name)).collect();
    match near.as_slice() {
        [] => Ok(None),
        ["currency"] if !is_asked("currency") => Ok(Some("currency")),
        [near, ..] => Err(near),
    }
}

/// What the log calls the costs that a mapping reads, each after our name for it.
pub(super) fn costs_in_log(mapping: &Mapping) -> impl Iterator<Item = (&str, &str)> {
    let costs = mapping.columns.iter().filter(|(ours, _)| matches!(Slot::of(ours), Slot::Cost(_)));
    costs.flat_map(|(ours, sum)| sum.fields().map(move |theirs| (ours.as_str(), theirs)))
}

/// Whether a name may stand for a currency: a word for one is in it, in any spelling. Of a vendor's cost it is the last word,
/// since vendors may deal in currencies.
pub(super) fn is_near_currency(name: &str) -> bool {
    let said = plain(name).replace("concurrency", "");
    said.ends_with("currency")
        || said.ends_with("ccy")
        || said.contains("currency") && !matches!(Slot::of(name), Slot::Cost(_))
}

/// Whether a field may be meant to be a cost. `cost` itself may be anything.
pub(super) fn is_cost_like(name: &str) -> bool {
    name != "cost" && plain(name).contains("cost")
}

/// What a field is probably meant to be called, if that is a cost; `vendors` are the codes of those that are known.
pub fn meant_cost(name: &str, vendors: &[&str]) -> Option<String> {
    const COST: [&str; 2] = ["cost", "costs"];
    let (said, words) = (plain(name), words(name));
    let is_of = |vendor: &&&str| {
        let (vendor, parts) = (plain(vendor), self::words(vendor));
        let beside = words.iter().any(|word| COST.contains(&word.as_str()))
            && words.windows(parts.len().max(1)).any(|part| part == parts);
        !vendor.is_empty() && (beside || COST.iter().any(|cost| is_joined(&said, cost, &vendor)))
    };
    if COST.contains(&said.as_str()) {
        return Some(format!("cost.{}", if let [only] = vendors { only } else { "VENDOR" }));
    }
    let of_vendor = vendors.iter().filter(is_of).max_by_key(|vendor| vendor.len());
    let written =
        || name.split_once('.').filter(|(cost, _)| COST.contains(&plain(cost).as_str())).map(|(_, rest)| rest);
    of_vendor.copied().or_else(written).map(|vendor| format!("cost.{vendor}"))
}

/// Whether a text is these two, in either order.
fn is_joined(text: &str, one: &str, other: &str) -> bool {
    text.strip_prefix(one) == Some(other) || text.strip_suffix(one) == Some(other)
}

/// The words of a name, small.
fn words(name: &str) -> Vec<String> {
    let words = name.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect()
}

/// Of what a record says, the key that stands for the currency of its costs, by the rules of a log's header.
///
/// # Errors
/// When a key may stand for it and may be something else.
pub fn currency_key<'a>(keys: &[&'a str], vocabulary: &Vocabulary) -> Result<Option<&'a str>, Fault> {
    currency_of_costs(keys, |name| asks(vocabulary, name)).map_err(|name| Fault::at(name, unsure_currency(name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cost_by_another_name_is_recognised() {
        for (name, meant) in [
            ("Cost.openai", Some("cost.openai")),
            ("cost_openai", Some("cost.openai")),
            ("openai_cost", Some("cost.openai")),
            ("openaiCost", Some("cost.openai")),
            ("OpenAI cost (USD)", Some("cost.openai")),
            ("costs.open-router", Some("cost.open-router")),
            ("open_router_cost", Some("cost.open-router")),
            ("COST.fal", Some("cost.fal")),
            ("cost.", Some("cost.VENDOR")),
            ("Cost", Some("cost.VENDOR")),
            ("total_cost", None),
            ("cost_centre", None),
            ("openai_costume", None),
        ] {
            assert!(is_cost_like(name), "{name}");
            assert_eq!(meant_cost(name, &["openai", "open-router"]).as_deref(), meant, "{name}");
        }
        assert_eq!(meant_cost("cost.", &["fal"]).as_deref(), Some("cost.fal"));
        assert!(!is_cost_like("cost") && !is_cost_like("tokens"));
    }

    #[test]
    fn the_currency_of_costs_is_named_or_doubted() {
        let of = |names: &[&'static str]| currency_of_costs(names, |name| name == "asked");
        assert_eq!(of(&["cost.v", "cost_currency", "currency"]), Ok(Some("cost_currency")));
        assert_eq!(of(&["cost.v", "currency"]), Ok(Some("currency")));
        assert_eq!(of(&["cost.v", "cost.currencylayer", "tokens", "concurrency", "accuracy"]), Ok(None));
        assert_eq!(of(&["cost", "currency"]), Ok(None), "there are no costs");
        for near in [
            "Currency",
            "cost.v.currency",
            "v_currency",
            "Cost-Currency",
            "costCurrency",
            "currency_code",
            "CurrencyCode",
            "BillingCurrency",
            "BillingCurrencyCode",
            "billing_currency",
            "lineItem/CurrencyCode",
            "price_currency",
            "iso_currency",
            "ccy",
            "CCY",
            "cost.v_ccy",
        ] {
            assert_eq!(of(&["cost.v", near]), Err(near));
        }
        assert_eq!(currency_of_costs(&["cost.v", "currency"], |_| true), Err("currency"));
    }
}
