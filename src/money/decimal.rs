//! Decimals from the exact text of a file.

use super::Rounding;
use super::rounding::{shorten, shorten_to_round};
use rust_decimal::Decimal;
use thiserror::Error;

/// Most significant digits a number in a file may have. More is an error, never a rounding.
pub(super) const MAX_SIGNIFICANT: u32 = 18;
/// The same of a number that is converted once and never summed as it is: as many as a [`Decimal`] holds whatever they are.
pub(super) const MAX_SIGNIFICANT_ALONE: u32 = 28;
/// Most decimals (and most trailing zeros before the point) a number may need.
const MAX_SCALE: i32 = 28;

/// Why a text is not a number this program accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum DecimalError {
    /// Not `-?digits[.digits][e[+-]digits]`.
    #[error("not a number: write digits with an optional point, as in 12.5 or 1.25e-06")]
    Malformed,
    /// More significant digits than are kept.
    #[error(
        "more than {most} significant digits; write {most} at most (a float has 17), it will not be rounded for you"
    )]
    TooManyDigits {
        /// How many are possible.
        most: u32,
    },
    /// More than any amount could ever be.
    #[error("too large: at most 28 digits before the point")]
    TooLarge,
    /// More decimals than are kept, or an exponent that no program prints.
    #[error("too small: at most 28 digits after the point")]
    TooSmall,
}

/// Reads `-?digits[.digits]` with an optional exponent, exactly.
///
/// The result has no trailing zeros after the point, so equal numbers have equal texts.
///
/// # Errors
/// See [`DecimalError`]. `.5`, `5.`, `+5`, `1,000`, `NaN` and spaces are malformed.
pub fn parse_decimal(text: &str) -> Result<Decimal, DecimalError> {
    parse_plain(text.as_bytes()).map_or_else(|| parse_any(text.as_bytes(), MAX_SIGNIFICANT)?.exact(), Ok)
}

/// The same with up to 28 significant digits, for a number that is not summed with others before it is rounded: programs
/// print costs with more digits than they mean.
///
/// # Errors
/// As [`parse_decimal`].
pub fn parse_long_decimal(text: &str) -> Result<Decimal, DecimalError> {
    parse_plain(text.as_bytes()).map_or_else(|| parse_any(text.as_bytes(), MAX_SIGNIFICANT_ALONE)?.exact(), Ok)
}

/// A quantity as a program prints it: what a float has beyond 28 decimals, as in `5.551115123125783e-17`, is rounded, half
/// to even.
///
/// # Errors
/// As [`parse_decimal`], but never for decimals.
pub fn parse_quantity(text: &str) -> Result<Decimal, DecimalError> {
    let any =
        || parse_any(text.as_bytes(), MAX_SIGNIFICANT)?.shortened(|m, digits| shorten(m, digits, Rounding::HalfEven));
    parse_plain(text.as_bytes()).map_or_else(any, Ok)
}

/// A cost as a program prints it, as [`parse_long_decimal`] reads it. What it has beyond 28 decimals is cut so that it
/// rounds to fewer as all of it would.
///
/// # Errors
/// As [`parse_decimal`], but never for decimals.
pub fn parse_cost(text: &str) -> Result<Decimal, DecimalError> {
    let any = || parse_any(text.as_bytes(), MAX_SIGNIFICANT_ALONE)?.shortened(shorten_to_round);
    parse_plain(text.as_bytes()).map_or_else(any, Ok)
}

/// Digits, with a point between them at most, and so few that they can't be too many: nearly all numbers of a log.
fn parse_plain(bytes: &[u8]) -> Option<Decimal> {
    if bytes.len() > MAX_SIGNIFICANT as usize {
        return None;
    }
    let (mut mantissa, mut point) = (0, None);
    for (index, &byte) in bytes.iter().enumerate() {
        match byte {
            b'0'..=b'9' => mantissa = mantissa * 10 + i64::from(byte - b'0'),
            b'.' if index > 0 && point.is_none() => point = Some(index),
            _ => return None,
        }
    }
    let mut scale = bytes.len() - point.map_or(bytes.len(), |point| point + 1);
    if bytes.is_empty() || point.is_some() && scale == 0 {
        return None;
    }
    while scale > 0 && mantissa % 10 == 0 {
        (mantissa, scale) = (mantissa / 10, scale - 1);
    }
    Some(Decimal::new(mantissa, scale as u32))
}

/// A number that was read, of as many decimals as it has.
struct Read {
    mantissa: i128,
    scale: i32,
}

impl Read {
    fn exact(self) -> Result<Decimal, DecimalError> {
        if self.scale > MAX_SCALE { Err(DecimalError::TooSmall) } else { self.decimal() }
    }

    /// With 28 decimals at most; `shorten` takes so many digits away.
    fn shortened(mut self, shorten: impl Fn(i128, u32) -> i128) -> Result<Decimal, DecimalError> {
        if self.scale > MAX_SCALE {
            self = Self { mantissa: shorten(self.mantissa, self.scale.abs_diff(MAX_SCALE)), scale: MAX_SCALE };
        }
        self.decimal().map(|number| number.normalize())
    }

    fn decimal(self) -> Result<Decimal, DecimalError> {
        let Self { mantissa, scale } = self;
        let more = if scale < 0 { scale.unsigned_abs() } else { 0 };
        let mantissa = 10i128.checked_pow(more).and_then(|power| mantissa.checked_mul(power));
        let number = mantissa.and_then(|m| Decimal::try_from_i128_with_scale(m, scale.max(0).unsigned_abs()).ok());
        number.ok_or(DecimalError::TooLarge)
    }
}

fn parse_any(bytes: &[u8], most: u32) -> Result<Read, DecimalError> {
    let (negative, bytes) = match bytes.split_first() {
        Some((b'-', rest)) => (true, rest),
        _ => (false, bytes),
    };
    let (integer, bytes) = take_digits(bytes);
    if integer.is_empty() {
        return Err(DecimalError::Malformed);
    }
    let (fraction, bytes) = match bytes.split_first() {
        Some((b'.', rest)) => match take_digits(rest) {
            ([], _) => return Err(DecimalError::Malformed),
            pair => pair,
        },
        _ => (&[][..], bytes),
    };
    let exponent = parse_exponent(bytes)?;
    let (mantissa, scale) = from_digits((integer, fraction), exponent, most)?;
    Ok(Read { mantissa: if negative { -mantissa } else { mantissa }, scale })
}

fn take_digits(bytes: &[u8]) -> (&[u8], &[u8]) {
    let end = bytes.iter().position(|b| !b.is_ascii_digit()).unwrap_or(bytes.len());
    bytes.split_at(end)
}

fn parse_exponent(bytes: &[u8]) -> Result<i32, DecimalError> {
    let rest = match bytes {
        [] => return Ok(0),
        [b'e' | b'E', rest @ ..] => rest,
        _ => return Err(DecimalError::Malformed),
    };
    let (sign, digits) = match rest {
        [b'-', digits @ ..] => (-1, digits),
        [b'+', digits @ ..] => (1, digits),
        digits => (1, digits),
    };
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return Err(DecimalError::Malformed);
    }
    let digits = trim_leading_zeros(digits);
    if digits.len() > 3 {
        return Err(if sign < 0 { DecimalError::TooSmall } else { DecimalError::TooLarge });
    }
    Ok(sign * digits.iter().fold(0, |n, d| n * 10 + i32::from(d - b'0')))
}

fn trim_leading_zeros(digits: &[u8]) -> &[u8] {
    let start = digits.iter().position(|&d| d != b'0').unwrap_or(digits.len());
    &digits[start..]
}

/// The significant digits, and how many of them are decimals; nothing has none.
fn from_digits((integer, fraction): (&[u8], &[u8]), exponent: i32, most: u32) -> Result<(i128, i32), DecimalError> {
    let mut mantissa: i128 = 0;
    let mut significant = 0u32;
    // Zeros are held back until a further digit shows that they are not trailing.
    let mut held = 0u32;
    for &digit in integer.iter().chain(fraction) {
        if digit == b'0' {
            held += u32::from(significant > 0);
            continue;
        }
        significant += held + 1;
        if significant > most {
            return Err(DecimalError::TooManyDigits { most });
        }
        let shift = held + 1;
        mantissa = mantissa * 10i128.pow(shift) + i128::from(digit - b'0');
        held = 0;
    }
    if mantissa == 0 {
        return Ok((0, 0));
    }
    let decimals = i32::try_from(fraction.len()).map_err(|_| DecimalError::TooSmall)?;
    let zeros = i32::try_from(held).map_err(|_| DecimalError::TooLarge)?;
    Ok((mantissa, decimals - zeros - exponent))
}

/// The exact sum, or `None` when it needs more digits than a [`Decimal`] holds.
///
/// `Decimal::checked_add` would drop digits instead of failing, which is why this exists.
pub fn add_exact(a: Decimal, b: Decimal) -> Option<Decimal> {
    if a.scale() == 0 && b.scale() == 0 {
        return Decimal::try_from_i128_with_scale(a.mantissa() + b.mantissa(), 0).ok();
    }
    let scale = a.scale().max(b.scale());
    let align = |d: Decimal| d.mantissa().checked_mul(10i128.checked_pow(scale - d.scale())?);
    let sum = align(a)?.checked_add(align(b)?)?;
    Decimal::try_from_i128_with_scale(sum, scale).ok().map(|d| d.normalize())
}

/// The exact product, or `None` when it needs more digits than a [`Decimal`] holds.
///
/// `Decimal::checked_mul` would round instead of failing.
pub fn multiply_exact(a: Decimal, b: Decimal) -> Option<Decimal> {
    let (a, b) = (a.normalize(), b.normalize());
    let mut product = a.mantissa().checked_mul(b.mantissa())?;
    let mut scale = a.scale() + b.scale();
    while scale > 0 && product % 10 == 0 {
        (product, scale) = (product / 10, scale - 1);
    }
    Decimal::try_from_i128_with_scale(product, scale).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn text(input: &str) -> String {
        parse_decimal(input).map_or_else(|e| format!("{e:?}"), |d| d.to_string())
    }

    #[test]
    fn reads_what_files_hold() {
        for (input, expected) in [
            ("0", "0"),
            ("-0", "0"),
            ("12", "12"),
            ("0.00000015", "0.00000015"),
            ("1.25e-06", "0.00000125"),
            ("2.5E3", "2500"),
            ("1e+2", "100"),
            ("-3.10", "-3.1"),
            ("007.50", "7.5"),
            ("1000000000000000000000", "1000000000000000000000"),
            ("123456789012345678", "123456789012345678"),
            ("0.000000000000000000000000000e0", "0"),
        ] {
            assert_eq!(text(input), expected, "{input}");
        }
    }

    #[test]
    fn refuses_what_could_be_read_two_ways() {
        for input in
            ["", "-", ".5", "5.", "+5", "1,5", "1_000", " 1", "1 ", "NaN", "inf", "1e", "1e-", "0x10", "1.2.3", "١"]
        {
            assert_eq!(parse_decimal(input), Err(DecimalError::Malformed), "{input}");
        }
        assert_eq!(parse_decimal("1234567890123456789"), Err(DecimalError::TooManyDigits { most: 18 }));
        assert_eq!(parse_decimal("0.1234567890123456789"), Err(DecimalError::TooManyDigits { most: 18 }));
        assert_eq!(parse_decimal("1e-29"), Err(DecimalError::TooSmall));
        assert_eq!(parse_decimal("1e99"), Err(DecimalError::TooLarge));
        assert_eq!(parse_decimal("1e99999999999"), Err(DecimalError::TooLarge));
    }

    #[test]
    fn long_numbers_are_read_to_28_digits() {
        let text = |input| parse_long_decimal(input).map(|number| number.to_string());
        for input in [
            "0.01999999999999999872",
            "4.77001111111111111111107306",
            "-0.9999999999999999999999999999",
            "9999999999999999999999999999",
            "0.0049099999999999994",
        ] {
            assert_eq!(text(input).unwrap(), input);
        }
        assert_eq!(text("0.0100000000000000000000000000000000").unwrap(), "0.01");
        let too_many = Err(DecimalError::TooManyDigits { most: 28 });
        assert_eq!(text("0.1000000000000000055511151231257827"), too_many);
        assert_eq!(text("12345678901234567890123456789"), too_many);
    }

    /// By Python, Java, C and Rust, which writes no exponents.
    const FLOATS: [(&str, &str); 8] = [
        ("5.551115123125783e-17", "0.0000000000000000555111512313"),
        ("2.7755575615628914E-17", "0.0000000000000000277555756156"),
        ("-0.00000000000000005551115123125783", "-0.0000000000000000555111512313"),
        ("1.00000000000000005e-12", "0.000000000001"),
        ("0.30000000000000004", "0.30000000000000004"),
        ("1e-300", "0"),
        ("-4.9e-324", "0"),
        ("7.9e+28", "79000000000000000000000000000"),
    ];

    #[test]
    fn whatever_a_program_prints_as_a_float_is_a_quantity() {
        for (float, expected) in FLOATS {
            assert_eq!(parse_quantity(float).map(|quantity| quantity.to_string()).as_deref(), Ok(expected), "{float}");
        }
        assert_eq!(parse_quantity("1.7976931348623157e308"), Err(DecimalError::TooLarge));
        assert_eq!(parse_quantity("0.1234567890123456789"), Err(DecimalError::TooManyDigits { most: 18 }));
    }

    #[test]
    fn adding_fails_rather_than_losing_a_digit() {
        let big = parse_decimal("1e28").unwrap();
        let tiny = parse_decimal("1e-28").unwrap();
        assert_eq!(add_exact(big, tiny), None);
        assert_eq!(add_exact(big, Decimal::ONE).unwrap().to_string(), "10000000000000000000000000001");
    }

    #[test]
    fn multiplying_fails_rather_than_rounding() {
        let product = |a: &str, b: &str| {
            let [a, b] = [a, b].map(|text| parse_long_decimal(text).unwrap());
            multiply_exact(a, b).map(|product| product.to_string())
        };
        assert_eq!(product("0.07", "1.5").as_deref(), Some("0.105"));
        assert_eq!(product("-2.5", "4").as_deref(), Some("-10"));
        assert_eq!(product("0", "1e-28").as_deref(), Some("0"));
        assert_eq!(product("1e-20", "1e20").as_deref(), Some("1"));
        assert_eq!(product("1e-20", "1e-20"), None);
        assert_eq!(product("9999999999999999999999999999", "10"), None);
        assert_eq!(product("99999999999999999999", "99999999999999999999"), None);
    }

    proptest! {
        #[test]
        fn any_number_of_18_digits_survives(m in -999_999_999_999_999_999i64..=999_999_999_999_999_999, s in 0u32..=18) {
            let wanted = Decimal::from_i128_with_scale(i128::from(m), s).normalize();
            prop_assert_eq!(parse_decimal(&wanted.to_string()).unwrap(), wanted);
            prop_assert_eq!(parse_decimal(&format!("{m}e-{s}")).unwrap(), wanted);
        }

        #[test]
        fn plain_numbers_are_read_as_any_are(text in "-?0{0,3}[0-9]{0,8}[.]?[0-9]{0,8}0{0,3}") {
            let any = parse_any(text.as_bytes(), MAX_SIGNIFICANT).and_then(Read::exact);
            let told = |number: Decimal| (number.mantissa(), number.scale());
            if let Some(plain) = parse_plain(text.as_bytes()) {
                prop_assert_eq!(Ok(told(plain)), any.map(told));
            } else {
                prop_assert!(any.is_err() || text.starts_with('-') || text.len() > MAX_SIGNIFICANT as usize);
            }
        }

        #[test]
        fn no_text_makes_it_panic(s in "[-+0-9.eE_]{0,40}") {
            let _ = parse_decimal(&s);
        }
    }
}
