//! Short notations for what takes several keys in a catalog.

use crate::catalog::closest;
use crate::catalog::keys::{Kind, Table};
use crate::catalog::tables::{ROW, TIER};
use crate::cli::value::code;
use crate::money::parse_decimal;
use crate::time::{Instant, Interval, Unit};
use std::str::FromStr;

/// An exact number, as it was written.
///
/// # Errors
/// In words: why it is none.
pub fn number(text: &str) -> Result<String, String> {
    parse_decimal(text).map(|_| text.to_owned()).map_err(|error| error.to_string())
}

/// An amount of an asset: `0.06 USD`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Money {
    /// The number, as it was typed.
    pub amount: String,
    /// The asset's code.
    pub asset: String,
}

impl FromStr for Money {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let words: Vec<&str> = text.split_whitespace().collect();
        let [amount, asset] = words.as_slice() else { return Err("write it as in \"0.06 USD\"".to_owned()) };
        Ok(Self { amount: number(amount)?, asset: code(asset)? })
    }
}

/// The price of one unit from a time on: `0.04 USD from 2026-07-01`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimedRate {
    /// The price.
    pub price: Money,
    /// `None` is always.
    pub valid_from: Option<Instant>,
}

impl FromStr for TimedRate {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (price, from) = text.split_once(" from ").map_or((text, None), |(price, from)| (price, Some(from.trim())));
        let valid_from = from.map(Instant::parse_argument).transpose().map_err(|error| error.to_string())?;
        Ok(Self { price: price.parse()?, valid_from })
    }
}

/// A length of time in calendar units: `1 year`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span(pub Interval);

impl FromStr for Span {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let words: Vec<&str> = text.split_whitespace().collect();
        let [count, unit] = words.as_slice() else { return Err("write it as in \"1 year\" or \"90 days\"".to_owned()) };
        let singular = unit.strip_suffix('s').unwrap_or(unit);
        let Some((_, unit)) = Unit::NAMES.into_iter().find(|(name, _)| *name == singular) else {
            let names = Unit::NAMES.map(|(name, _)| name);
            let meant = closest(singular, names).map(|close| format!("; did you mean {close}?"));
            return Err(format!("a unit is one of {}{}", names.join(", "), meant.unwrap_or_default()));
        };
        let count = count.parse().ok().filter(|count| *count > 0);
        count
            .map(|count| Self(Interval { unit, count }))
            .ok_or_else(|| "the count must be a whole number, 1 or more".to_owned())
    }
}

/// Keys and values, in the order in which they were written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pairs(pub Vec<(String, String)>);

/// The keys of a row or a tier that are numbers. Any other key of a row but `name` is a dimension.
pub fn numbers(table: &Table) -> Vec<&'static str> {
    let is_number = |kind: &Kind| matches!(kind, Kind::Amount | Kind::Positive | Kind::Whole(..));
    table.keys().filter(|key| is_number(&key.kind)).map(|key| key.name).collect()
}

/// One row of a price: `model=gli-2,unit_price=12`.
///
/// # Errors
/// In words: what is wrong with it.
pub fn row(text: &str) -> Result<Pairs, String> {
    let numbers = numbers(&ROW);
    pairs(text, |key, value| {
        if numbers.contains(&key) {
            return number(value).map(drop);
        }
        if key == "tiers" {
            return Err("use --tier for the price's tiers; tiers of a single row are written into the catalog by hand"
                .to_owned());
        }
        // A slip would make a dimension of it.
        match closest(key, numbers.iter().copied()) {
            Some(close) => Err(format!("did you mean {close}?")),
            None => Ok(()),
        }
    })
}

/// One tier of a price: `up_to=1000,unit_price=0`.
///
/// # Errors
/// In words: what is wrong with it.
pub fn tier(text: &str) -> Result<Pairs, String> {
    let numbers = numbers(&TIER);
    pairs(text, |key, value| {
        if numbers.contains(&key) {
            return number(value).map(drop);
        }
        let meant = closest(key, numbers.iter().copied()).map(|close| format!("; did you mean {close}?"));
        Err(format!("a tier has {}{}", numbers.join(", "), meant.unwrap_or_default()))
    })
}

fn pairs(text: &str, check: impl Fn(&str, &str) -> Result<(), String>) -> Result<Pairs, String> {
    let mut pairs: Vec<(String, String)> = Vec::new();
    for field in fields(text)? {
        let Some((key, value)) = field.split_once('=').map(|(key, value)| (key.trim(), value.trim())) else {
            return Err(format!("{field:?} is not KEY=VALUE"));
        };
        if key.is_empty() || value.is_empty() {
            return Err(format!("{field:?} lacks its key or its value"));
        }
        if pairs.iter().any(|(known, _)| known == key) {
            return Err(format!("{key} is given twice"));
        }
        check(key, value).map_err(|wrong| format!("{key}={value}: {wrong}"))?;
        pairs.push((key.to_owned(), value.to_owned()));
    }
    Ok(Pairs(pairs))
}

/// What commas part; double quotes keep one, as in CSV.
fn fields(text: &str) -> Result<Vec<String>, String> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
    let records: Vec<_> = reader.records().collect::<Result<_, _>>().map_err(|error| error.to_string())?;
    match records.as_slice() {
        [record] => Ok(record.iter().map(str::to_owned).collect()),
        [] => Err("it is empty".to_owned()),
        _ => Err("it has more than one line".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(pairs: &[(&str, &str)]) -> Result<Pairs, String> {
        Ok(Pairs(pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()))
    }

    #[test]
    fn a_row_has_numbers_and_dimensions() {
        let expected = pairs(&[("model", "gli-2"), ("unit_price", "12"), ("name", "a, b")]);
        assert_eq!(row("model=gli-2, unit_price=12,\"name=a, b\""), expected);
        assert_eq!(row("query=a=b"), pairs(&[("query", "a=b")]));
        for (wrong, why) in [
            ("unit-price=1", "did you mean unit_price?"),
            ("unit_price=1,000", "\"000\" is not KEY=VALUE"),
            ("unit_price=.5", "unit_price=.5: "),
            ("a=1,a=2", "a is given twice"),
            ("=1", "lacks its key"),
            ("tiers=1", "--tier"),
            ("", "it is empty"),
            ("a=1\nb=2", "more than one line"),
        ] {
            assert!(row(wrong).unwrap_err().contains(why), "{wrong}: {:?}", row(wrong));
        }
    }

    #[test]
    fn a_tier_has_numbers_alone() {
        assert_eq!(tier("up_to=1000,unit_price=0"), pairs(&[("up_to", "1000"), ("unit_price", "0")]));
        assert!(tier("upto=1000").unwrap_err().contains("did you mean up_to?"));
        assert!(tier("model=x").is_err());
    }

    #[test]
    fn money_rates_and_lengths_of_time_are_two_words() {
        let money = Money { amount: "0.05".to_owned(), asset: "USD".to_owned() };
        assert_eq!("0.05 USD".parse(), Ok(money.clone()));
        assert_eq!("0.05  USD".parse(), Ok(TimedRate { price: money.clone(), valid_from: None }));
        let from = Instant::parse_argument("2026-07-01").ok();
        assert_eq!("0.05 USD from 2026-07-01".parse(), Ok(TimedRate { price: money, valid_from: from }));
        for wrong in ["", "5", "USD 5", "5 USD EUR", "5 USD from", "5 USD from soon", "5 \u{1b}"] {
            assert!(wrong.parse::<TimedRate>().is_err(), "{wrong:?}");
        }
        let span = |unit, count| Ok(Span(Interval { unit, count }));
        assert_eq!("1 year".parse(), span(Unit::Year, 1));
        assert_eq!("90 days".parse(), span(Unit::Day, 90));
        assert!("1 yaer".parse::<Span>().unwrap_err().ends_with("did you mean year?"));
        for wrong in ["", "year", "0 days", "-1 days", "1.5 days", "99999999999 days"] {
            assert!(wrong.parse::<Span>().is_err(), "{wrong:?}");
        }
    }
}
