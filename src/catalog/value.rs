//! What a value is, however it is spelled. Programs write one number as `1080`, `1080.0` or `1.08e3`, and one boolean as
//! `true`, `True` or `TRUE`.

use super::range::NumberRange;
use crate::money::parse_long_decimal;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::fmt;

/// The plainest spelling of a value: the same for all spellings of a number or a boolean. Any other text is its own.
pub fn plain_value(text: &str) -> Cow<'_, str> {
    match text.as_bytes() {
        b"True" | b"TRUE" => "true".into(),
        b"False" | b"FALSE" => "false".into(),
        [b'0'..=b'9' | b'-', ..] if !is_plain_whole(text) => {
            parse_long_decimal(text).map_or(text.into(), |number| number.to_string().into())
        }
        _ => text.into(),
    }
}

/// Most numbers are this plain already.
fn is_plain_whole(text: &str) -> bool {
    !text.starts_with('0') && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether a text looks like a number or a boolean.
fn is_value(text: &str) -> bool {
    matches!(&*plain_value(text), "true" | "false") || parse_long_decimal(text).is_ok()
}

/// What a row of a price says of one dimension.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(untagged)]
pub enum DimensionValue {
    /// A text, which only the same text equals.
    Text(String),
    /// A number or a boolean in its plainest spelling, which any spelling equals.
    Value {
        /// As [`plain_value`] has it.
        value: String,
    },
    /// What a text begins with.
    Prefix {
        /// Without the `*` that is written after it.
        prefix: String,
    },
    /// A range of numbers.
    Range(NumberRange),
}

impl DimensionValue {
    /// A text, or what texts begin with if it ends in `*`.
    pub fn text(text: String) -> Self {
        match text.strip_suffix('*') {
            Some(prefix) if !prefix.is_empty() => Self::Prefix { prefix: prefix.to_owned() },
            _ => Self::Text(text),
        }
    }

    /// A number or a boolean.
    pub fn value(text: &str) -> Self {
        Self::Value { value: plain_value(text).into_owned() }
    }

    /// The text that it is for, or that what it is for begins with.
    pub fn text_or_prefix(&self) -> Option<&str> {
        match self {
            Self::Text(text) | Self::Prefix { prefix: text } => Some(text),
            Self::Value { .. } | Self::Range(_) => None,
        }
    }

    /// Whether it tells spellings of one number or boolean apart: it is a text that looks like one, or the beginning of such.
    pub fn tells_spellings(&self) -> bool {
        match self {
            Self::Text(text) => is_value(text),
            Self::Prefix { prefix } => prefix.starts_with(|sign: char| sign.is_ascii_digit() || sign == '-'),
            Self::Value { .. } | Self::Range(_) => false,
        }
    }

    /// Whether it is for an event's value.
    pub fn equals(&self, text: &str) -> bool {
        match self {
            Self::Text(own) => own == text,
            Self::Value { value } => plain_value(text) == *value,
            Self::Prefix { prefix } => text.starts_with(prefix),
            Self::Range(range) => range.holds_text(text),
        }
    }

    /// Its text, without the quotes of a text that looks like a number: `gpt-5.1-2025*`, `over 200000`.
    pub fn as_text(&self) -> Cow<'_, str> {
        match self {
            Self::Text(text) => text.into(),
            Self::Value { value } => value.into(),
            Self::Prefix { prefix } => format!("{prefix}*").into(),
            Self::Range(range) => range.to_string().into(),
        }
    }
}

impl fmt::Display for DimensionValue {
    /// As a catalog could have it: a text that looks like a number or a boolean stands in quotes.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) if is_value(text) || text.ends_with('*') => write!(f, "\"{text}\""),
            other => f.write_str(&other.as_text()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn spellings_of_one_value_are_one() {
        for spellings in [
            ["1080", "1080.0", "1.08e3", "01080"],
            ["0", "-0", "0.00", "0e5"],
            ["-1.5", "-1.50", "-15e-1", "-001.5"],
            ["true", "True", "TRUE", "true"],
            ["false", "False", "FALSE", "false"],
        ] {
            assert_eq!(spellings.map(plain_value), [spellings[0]; 4]);
        }
    }

    #[test]
    fn other_texts_are_their_own() {
        for text in ["", "-", "1,080", "1080p", " 1080", "1080 ", "+1", "tRUE", "2026-07-01", "1e99", "1.2.3", "Trues"]
        {
            assert_eq!(plain_value(text), text);
        }
    }

    #[test]
    fn texts_are_equal_as_texts_and_values_as_values() {
        let equal = |row: DimensionValue, texts: [&str; 4]| texts.map(|text| row.equals(text));
        let number = ["1080", "1080.0", "1.08e3", "1080p"];
        assert_eq!(equal(DimensionValue::value("1080.0"), number), [true, true, true, false]);
        assert_eq!(equal(DimensionValue::Text("1080".into()), number), [true, false, false, false]);
        let truth = ["true", "True", "TRUE", "tRUE"];
        assert_eq!(equal(DimensionValue::value("true"), truth), [true, true, true, false]);
        assert_eq!(equal(DimensionValue::Text("True".into()), truth), [false, true, false, false]);
        assert_eq!(DimensionValue::Text("1080".into()).to_string(), "\"1080\"");
        assert_eq!(DimensionValue::Text("1080p".into()).to_string(), "1080p");
        assert_eq!(DimensionValue::value("1e3").to_string(), "1000");
    }

    #[test]
    fn a_star_ends_a_prefix() {
        let prefix = DimensionValue::text("gpt-5.1-2025*".into());
        let equal = ["gpt-5.1-2025-11-13", "gpt-5.1-2025", "gpt-5.1", "GPT-5.1-2025"].map(|text| prefix.equals(text));
        assert_eq!(equal, [true, true, false, false]);
        assert_eq!(prefix.to_string(), "gpt-5.1-2025*");
        assert_eq!(DimensionValue::text("*".into()), DimensionValue::Text("*".into()));
        assert_eq!(DimensionValue::text("a*b".into()), DimensionValue::Text("a*b".into()));
    }

    #[test]
    fn what_is_stored_is_read() {
        let range = |over: i64| DimensionValue::Range(NumberRange { over: Some(over.into()), up_to: None });
        for (value, stored) in [
            (DimensionValue::Text("a*".into()), "\"a*\""),
            (DimensionValue::value("1080"), "{\"value\":\"1080\"}"),
            (DimensionValue::text("a*".into()), "{\"prefix\":\"a\"}"),
            (range(200_000), "{\"over\":\"200000\"}"),
        ] {
            assert_eq!(serde_json::to_string(&value).unwrap(), stored);
            assert_eq!(serde_json::from_str::<DimensionValue>(stored).unwrap(), value);
        }
    }

    proptest! {
        #[test]
        fn numbers_are_one_if_they_are_equal(a in "-?[0-9]{1,4}([.][0-9]{1,3})?(e-?[0-3])?", b in "-?[0-9]{1,2}([.][0-9]{1,3})?") {
            let equal = parse_long_decimal(&a).unwrap() == parse_long_decimal(&b).unwrap();
            prop_assert_eq!(plain_value(&a) == plain_value(&b), equal);
        }
    }
}
