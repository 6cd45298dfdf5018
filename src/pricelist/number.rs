//! Numbers of a list, read from their own digits.

use crate::money::{Decimal, parse_decimal};
use serde_json::value::RawValue;

/// What a price is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    /// One token.
    Token,
    /// A million tokens.
    Million,
}

/// A price that can't be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Unreadable;

impl Unit {
    /// The price of a million tokens; `None` where there is none. Some copies of the lists have numbers in quotes.
    pub fn price(self, raw: Option<&RawValue>) -> Result<Option<Decimal>, Unreadable> {
        let Some(text) = raw.map(RawValue::get).filter(|text| *text != "null") else { return Ok(None) };
        let text = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text);
        let number = parse_decimal(text).map_err(|_| Unreadable)?;
        let price = match self {
            Self::Token => million_times(number),
            Self::Million => Some(number),
        };
        price.map(Some).ok_or(Unreadable)
    }
}

/// The point moves by six digits, so no digit is lost.
fn million_times(number: Decimal) -> Option<Decimal> {
    let (mantissa, scale) = (number.mantissa(), number.scale());
    let shifted = match scale.checked_sub(6) {
        Some(scale) => Decimal::try_from_i128_with_scale(mantissa, scale),
        None => Decimal::try_from_i128_with_scale(mantissa.checked_mul(10i128.pow(6 - scale))?, 0),
    };
    // In the catalog it may have as many digits as any number.
    shifted.ok().and_then(|shifted| parse_decimal(&shifted.to_string()).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn price(unit: Unit, text: &str) -> Option<String> {
        let raw = RawValue::from_string(text.to_owned()).unwrap();
        unit.price(Some(&raw)).unwrap().map(|price| price.to_string())
    }

    #[test]
    fn a_price_of_a_token_is_a_millionth_of_that_of_a_million() {
        let of_token = |text| price(Unit::Token, text).unwrap();
        for (text, million) in [
            ("1.25e-06", "1.25"),
            ("0.00000125", "1.25"),
            ("\"1.25e-06\"", "1.25"),
            ("2.5e-8", "0.025"),
            ("1", "1000000"),
            ("0.01", "10000"),
            ("0.0", "0"),
            ("-1", "-1000000"),
            ("2.9999999999999997e-07", "0.29999999999999997"),
        ] {
            assert_eq!(of_token(text), million, "{text}");
        }
        assert_eq!(price(Unit::Million, "1.25").as_deref(), Some("1.25"));
        assert_eq!(price(Unit::Million, "null"), None);
        for text in ["true", "\"free\"", "[]", "1e30", "1.2345678901234567891"] {
            let raw = RawValue::from_string(text.to_owned()).unwrap();
            assert_eq!(Unit::Token.price(Some(&raw)), Err(Unreadable), "{text}");
        }
    }
}
