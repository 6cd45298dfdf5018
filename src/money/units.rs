//! Between the text of an amount and its units.

use super::{Count, DecimalError, Overflow, Rounding, Units, parse_decimal, round_product};
use rust_decimal::Decimal;
use thiserror::Error;

/// Why a text or number is not an amount of an asset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum UnitsError {
    /// The text is not a number.
    #[error(transparent)]
    Decimal(#[from] DecimalError),
    /// The number has more decimals than the asset.
    #[error("too many decimals: at most {precision} here")]
    TooPrecise {
        /// How many decimals are allowed.
        precision: u8,
    },
    /// The amount does not fit into the ledger.
    #[error(transparent)]
    Overflow(#[from] Overflow),
}

/// `value` as units with `precision` decimals, exactly.
///
/// # Errors
/// When `value` has more decimals than that, or does not fit.
pub fn units_of(value: Decimal, precision: u8) -> Result<Units, UnitsError> {
    if value.normalize().scale() > u32::from(precision) {
        return Err(UnitsError::TooPrecise { precision });
    }
    Ok(round_product(&[value], &[], precision, Rounding::Down)?)
}

/// Reads an amount as units with `precision` decimals, exactly.
///
/// # Errors
/// See [`UnitsError`].
pub fn parse_units(text: &str, precision: u8) -> Result<Units, UnitsError> {
    units_of(parse_decimal(text)?, precision)
}

/// The number that an amount stands for.
pub fn decimal_of(amount: impl Count, precision: u8) -> Decimal {
    Decimal::from_i128_with_scale(i128::from(amount.count()), u32::from(precision)).normalize()
}

/// How many units one minor unit of a currency is: payments are multiples of it.
pub fn minor_step(precision: u8, minor_digits: u8) -> Units {
    Units::from_count(10i64.pow(u32::from(precision.saturating_sub(minor_digits))))
}

/// `units` as text with at least `min_digits` decimals and no further trailing zeros. A sum of amounts may be larger than
/// any one of them.
pub fn format_units(units: impl Into<i128>, precision: u8, min_digits: u8) -> String {
    let units = units.into();
    let sign = if units < 0 { "-" } else { "" };
    let magnitude = units.unsigned_abs();
    let power = 10u128.pow(u32::from(precision));
    let (whole, fraction) = (magnitude / power, magnitude % power);
    if precision == 0 {
        return format!("{sign}{whole}");
    }
    let mut text = format!("{sign}{whole}.{fraction:0width$}", width = usize::from(precision));
    let point = text.len() - usize::from(precision) - 1;
    let shortest = if min_digits == 0 { point } else { point + 1 + usize::from(min_digits) };
    while text.len() > shortest && text.ends_with('0') {
        text.pop();
    }
    if text.ends_with('.') {
        text.pop();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn formats() {
        assert_eq!(format_units(1_250_000_000, 9, 2), "1.25");
        assert_eq!(format_units(1_000_000_000, 9, 2), "1.00");
        assert_eq!(format_units(1_000_000_000, 9, 0), "1");
        assert_eq!(format_units(-1, 9, 2), "-0.000000001");
        assert_eq!(format_units(100, 0, 0), "100");
        assert_eq!(format_units(i64::MIN, 9, 0), "-9223372036.854775808");
        assert_eq!(format_units(10, 1, 2), "1.0");
        assert_eq!(format_units(i128::from(i64::MIN) * 1_000, 9, 2), "-9223372036854.775808");
    }

    #[test]
    fn an_amount_is_never_rounded_on_the_way_in() {
        assert_eq!(parse_units("1.005", 2), Err(UnitsError::TooPrecise { precision: 2 }));
        assert_eq!(parse_units("1.50", 1), Ok(Units::from_count(15)));
        assert_eq!(parse_units("10000000000", 9), Err(UnitsError::Overflow(Overflow)));
    }

    proptest! {
        #[test]
        fn text_and_units_are_the_same_thing(units in -999_999_999_999_999_999i64..=999_999_999_999_999_999, precision in 0u8..=9, min in 0u8..=9) {
            prop_assert_eq!(parse_units(&format_units(units, precision, min), precision), Ok(Units::from_count(units)));
        }
    }
}
