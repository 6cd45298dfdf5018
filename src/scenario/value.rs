//! What a number of a catalog becomes: another number, or more or less of what it is.

use super::text::split;
use crate::money::{Decimal, DecimalError, add_exact, multiply_exact, parse_decimal};
use std::fmt;
use std::str::FromStr;
use thiserror::Error;

/// What becomes of a number, or of a word.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Change {
    /// This number, whatever it was: `0.05`.
    Number(Decimal),
    /// So many per cent more, or less: `+20%`, `-5%`.
    Percent(Decimal),
    /// So many times as much: `x1.5`.
    Factor(Decimal),
    /// This payment: `20 USD`.
    Payment(Decimal, String),
    /// These words: `overdraft`, `[priority,expires_at]`.
    Words(Vec<String>),
}

impl Change {
    /// Whether what becomes of a number hangs on what it was.
    pub fn is_relative(&self) -> bool {
        matches!(self, Self::Percent(_) | Self::Factor(_))
    }

    /// What becomes of a number. Exact: it is never rounded.
    ///
    /// # Errors
    /// When it comes to no number that a catalog can hold.
    pub fn of(&self, number: Decimal) -> Result<Decimal, NotHeld> {
        let product = match self {
            Self::Number(other) => return Ok(*other),
            Self::Payment(other, asset) => return Err(NotHeld::Unit(*other, asset.clone())),
            Self::Words(words) => return Err(NotHeld::Words(words.clone())),
            Self::Factor(factor) => multiply_exact(number, *factor),
            Self::Percent(percent) => {
                let hundredths = add_exact(Decimal::ONE_HUNDRED, *percent);
                hundredths.and_then(|hundredths| multiply_exact(number, multiply_exact(hundredths, PER_CENT)?))
            }
        };
        let exact = product
            .ok_or(DecimalError::TooManyDigits { most: 18 })
            .and_then(|product| parse_decimal(&product.to_string()));
        exact.map_err(|error| NotHeld::Number(number, error))
    }
}

/// Why a change comes to no number that a catalog can hold.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NotHeld {
    /// It is words.
    #[error("{} is not a number", .0.join(","))]
    Words(Vec<String>),
    /// It has a unit.
    #[error("it is a number without a unit, so write {0}")]
    Unit(Decimal, String),
    /// It has too many digits.
    #[error("{0} becomes a number that can't be held: {1}")]
    Number(Decimal, DecimalError),
}

const PER_CENT: Decimal = Decimal::from_parts(1, 0, 0, false, 2);

/// Why a text does not say what becomes of a number or a word.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ValueError {
    /// It is no number that can be held.
    #[error("{0:?}: {1}")]
    Number(String, DecimalError),
    /// A per cent without a sign.
    #[error("{0}: write a change with one sign, as in +20% or -5%")]
    NoSign(String),
    /// More, and not by how many per cent.
    #[error("{0}: write the new number without a sign, or a change such as {0}%")]
    NoPercent(String),
    /// It is nothing that a number or a word can become.
    #[error("{0:?} is neither a number, nor +20%, -5% or x1.5, nor a word")]
    Word(String),
}

/// A number as it is written.
pub(super) fn number(text: &str) -> Result<Decimal, ValueError> {
    parse_decimal(text).map_err(|error| ValueError::Number(text.to_owned(), error))
}

impl FromStr for Change {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        let text = text.trim();
        if let Some(percent) = text.strip_suffix('%') {
            return match percent.strip_prefix('+') {
                Some(more) if !more.starts_with('-') => number(more).map(Self::Percent),
                None if percent.starts_with('-') => number(percent).map(Self::Percent),
                _ => Err(ValueError::NoSign(text.to_owned())),
            };
        }
        if text.starts_with('+') {
            return Err(ValueError::NoPercent(text.to_owned()));
        }
        match text.strip_prefix('x') {
            Some(factor) if factor.starts_with(|c: char| c.is_ascii_digit()) => number(factor).map(Self::Factor),
            _ if text.trim_start_matches('-').starts_with(|c: char| c.is_ascii_digit()) => match payment(text) {
                Some((amount, asset)) => Ok(Self::Payment(number(amount)?, asset.to_owned())),
                None => number(text).map(Self::Number),
            },
            _ => words(text).map(Self::Words),
        }
    }
}

/// A number and a code after it.
fn payment(text: &str) -> Option<(&str, &str)> {
    let (amount, asset) = text.split_once(' ')?;
    let asset = asset.trim_start();
    let is_code = asset.chars().all(|c| c.is_ascii_alphanumeric() || "_-.".contains(c));
    (is_code && !asset.starts_with(|c: char| c.is_ascii_digit())).then_some((amount, asset))
}

/// One word, or a list of them.
fn words(text: &str) -> Result<Vec<String>, ValueError> {
    let list = text.strip_prefix('[').and_then(|text| text.strip_suffix(']'));
    if list.is_some_and(|list| list.trim().is_empty()) {
        return Ok(Vec::new());
    }
    let words = split(list.unwrap_or(text), ',').into_iter().map(|word| {
        let word = word.trim();
        let is_word = !word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric() || "_-".contains(c));
        if is_word { Ok(word.to_owned()) } else { Err(ValueError::Word(word.to_owned())) }
    });
    words.collect()
}

impl fmt::Display for Change {
    /// As it is read again.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Percent(percent) if percent.is_sign_negative() && !percent.is_zero() => write!(f, "{percent}%"),
            Self::Percent(percent) => write!(f, "+{}%", percent.abs()),
            Self::Factor(factor) => write!(f, "x{factor}"),
            Self::Payment(number, asset) => write!(f, "{number} {asset}"),
            Self::Words(words) if words.len() == 1 => f.write_str(&words[0]),
            Self::Words(words) => write!(f, "[{}]", words.join(",")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::testing::change;
    use proptest::prelude::*;

    fn of(change: &str, number: &str) -> Result<String, String> {
        let change: Change = change.parse().unwrap();
        change.of(parse_decimal(number).unwrap()).map(|number| number.to_string()).map_err(|error| error.to_string())
    }

    #[test]
    fn numbers_become_others_exactly() {
        for (change, number, becomes) in [
            ("0.05", "7", "0.05"),
            ("-3", "7", "-3"),
            ("+20%", "10", "12"),
            ("+20%", "0.0000001", "0.00000012"),
            ("-5%", "20", "19"),
            ("-100%", "20", "0"),
            ("-150%", "20", "-10"),
            ("+0%", "123456789012345678", "123456789012345678"),
            ("+0.5%", "0.02", "0.0201"),
            ("x1.5", "0.07", "0.105"),
            ("x1", "1e20", "100000000000000000000"),
            ("x0", "7", "0"),
        ] {
            assert_eq!(of(change, number).as_deref(), Ok(becomes), "{number} {change}");
        }
        let error = of("x1.0000001", "123456789012.3456").unwrap_err();
        assert!(error.contains("123456789012.3456 becomes") && error.contains("18 significant digits"), "{error}");
        assert!(of("overdraft", "1").unwrap_err().contains("overdraft is not a number"));
    }

    #[test]
    fn errors_say_what_to_write() {
        for (text, why) in [
            ("20%", "write a change with one sign, as in +20% or -5%"),
            ("+-5%", "one sign"),
            ("+20", "such as +20%"),
            ("x1.", "not a number"),
            ("1,000", "not a number"),
            ("0.1234567890123456789", "18 significant digits"),
            ("", "is neither a number, nor"),
            ("5 000", "not a number"),
            ("[a,,b]", "\"\" is neither"),
        ] {
            let error = text.parse::<Change>().unwrap_err().to_string();
            assert!(error.contains(why), "{text}: {error}");
        }
    }

    proptest! {
        #[test]
        fn every_change_is_read_as_it_is_printed(change in change()) {
            prop_assert_eq!(change.to_string().parse(), Ok(change));
        }

        #[test]
        fn nothing_more_is_the_same(mantissa in -999_999_999_999_999_999i64..=999_999_999_999_999_999, scale in 0u32..=18) {
            let number = Decimal::new(mantissa, scale).normalize();
            for change in ["+0%", "-0%", "x1"] {
                prop_assert_eq!(change.parse::<Change>().unwrap().of(number), Ok(number));
            }
        }
    }
}
