//! The one place where anything is rounded.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// How a value between two units becomes one of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rounding {
    /// To the nearest; a tie goes to the even neighbour. The default: it favours nobody.
    #[default]
    HalfEven,
    /// To the nearest; a tie goes away from zero.
    HalfUp,
    /// Away from zero.
    Up,
    /// Towards zero.
    Down,
}

impl Rounding {
    /// The catalog's spellings, in the order they are documented.
    pub const NAMES: [(&'static str, Rounding); 4] =
        [("half_even", Self::HalfEven), ("half_up", Self::HalfUp), ("up", Self::Up), ("down", Self::Down)];
}

/// A computation that left the range of a ledger amount. Never wrapped, never clamped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the amount is too large for the ledger (an amount is at most 9223372036854775807 smallest units)")]
pub struct Overflow;

/// `numerator / denominator`, rounded. The denominator is positive.
pub fn round_div(numerator: i128, denominator: i128, rounding: Rounding) -> i128 {
    debug_assert!(denominator > 0, "a price cannot be divided by {denominator}");
    // Nearly all divisions fit into 64 bits, where the processor divides several times faster.
    let (quotient, remainder) = match (i64::try_from(numerator), i64::try_from(denominator)) {
        (Ok(n), Ok(d)) => (i128::from(n / d), i128::from(n % d)),
        _ => (numerator / denominator, numerator % denominator),
    };
    if remainder == 0 {
        return quotient;
    }
    let away = match rounding {
        Rounding::Down => false,
        Rounding::Up => true,
        Rounding::HalfUp | Rounding::HalfEven => {
            // Compare the remainder with what is left to the next unit, so that nothing is doubled and overflows.
            let rest = denominator - remainder.abs();
            match remainder.abs().cmp(&rest) {
                std::cmp::Ordering::Less => false,
                std::cmp::Ordering::Greater => true,
                std::cmp::Ordering::Equal => rounding == Rounding::HalfUp || quotient % 2 != 0,
            }
        }
    };
    if away { quotient + numerator.signum() } else { quotient }
}

/// `a * b / c` in units, rounded; the product is exact in between.
///
/// # Errors
/// When `c` is not positive, or the result does not fit into a ledger amount.
pub fn muldiv(a: i64, b: i64, c: i64, rounding: Rounding) -> Result<i64, Overflow> {
    if c <= 0 {
        return Err(Overflow);
    }
    i64::try_from(round_div(i128::from(a) * i128::from(b), i128::from(c), rounding)).map_err(|_| Overflow)
}

/// The product of `factors` divided by `divisor`, as units with `precision` decimals: exact, then rounded once.
///
/// # Errors
/// When the exact product or the result leaves its range, or `divisor` is not positive.
pub fn round_product(
    factors: &[Decimal],
    divisor: Decimal,
    precision: u8,
    rounding: Rounding,
) -> Result<i64, Overflow> {
    round_sum(&[factors], divisor, precision, rounding)
}

/// The sum of `terms`, each a product of factors, divided by `divisor`, as units with `precision` decimals: exact, then
/// rounded once.
///
/// # Errors
/// As [`round_product`].
pub fn round_sum(terms: &[&[Decimal]], divisor: Decimal, precision: u8, rounding: Rounding) -> Result<i64, Overflow> {
    let (numerator, scale) = exact_sum(terms).ok_or(Overflow)?;
    let mut numerator = numerator;
    let mut denominator = divisor.mantissa();
    if denominator <= 0 {
        return Err(Overflow);
    }
    // value = numerator / denominator * 10^shift, in units
    let shift = i32::from(precision) + divisor.scale() as i32 - scale;
    let power = 10i128.checked_pow(shift.unsigned_abs());
    if shift >= 0 {
        numerator = numerator.checked_mul(power.ok_or(Overflow)?).ok_or(Overflow)?;
    } else {
        denominator = match power.and_then(|p| denominator.checked_mul(p)) {
            Some(d) => d,
            // The denominator exceeds any numerator: what is left is less than half a unit.
            None => return Ok(tiny(numerator, rounding)),
        };
    }
    i64::try_from(round_div(numerator, denominator, rounding)).map_err(|_| Overflow)
}

/// The exact sum of products as `(mantissa, scale)`.
fn exact_sum(terms: &[&[Decimal]]) -> Option<(i128, i32)> {
    let mut sum = (0i128, 0i32);
    for factors in terms {
        let mut mantissa: i128 = 1;
        let mut scale: i32 = 0;
        for factor in *factors {
            mantissa = mantissa.checked_mul(factor.mantissa())?;
            scale += factor.scale() as i32;
        }
        let common = sum.1.max(scale);
        let align = |(m, s): (i128, i32)| m.checked_mul(10i128.checked_pow((common - s).unsigned_abs())?);
        sum =
            if sum.0 == 0 { (mantissa, scale) } else { (align(sum)?.checked_add(align((mantissa, scale))?)?, common) };
    }
    Some(sum)
}

/// The sum of `terms` divided by `divisor`, written out exactly: a decimal, or a fraction where no decimal ends. `None` when
/// the sum leaves the range.
pub fn exact_text(terms: &[&[Decimal]], divisor: Decimal) -> Option<String> {
    let (mut numerator, scale) = exact_sum(terms)?;
    let shift = divisor.scale() as i32 - scale;
    let power = 10i128.checked_pow(shift.unsigned_abs())?;
    let mut denominator = divisor.mantissa();
    if shift >= 0 {
        numerator = numerator.checked_mul(power)?;
    } else {
        denominator = denominator.checked_mul(power)?;
    }
    let common = greatest_common_divisor(numerator.unsigned_abs(), denominator.unsigned_abs()).max(1);
    let (numerator, mut denominator) = (numerator / common.cast_signed(), denominator / common.cast_signed());
    let fraction = format!("{numerator}/{denominator}");
    let mut decimals = 0u32;
    let mut scaled = numerator;
    while denominator != 1 {
        let (factor, divided) = match denominator {
            d if d % 10 == 0 => (1, d / 10),
            d if d % 5 == 0 => (2, d / 5),
            d if d % 2 == 0 => (5, d / 2),
            _ => return Some(fraction),
        };
        (scaled, denominator, decimals) = (scaled.checked_mul(factor)?, divided, decimals + 1);
    }
    let decimal = Decimal::try_from_i128_with_scale(scaled, decimals);
    Some(decimal.map_or(fraction, |d| d.normalize().to_string()))
}

fn greatest_common_divisor(a: u128, b: u128) -> u128 {
    if b == 0 { a } else { greatest_common_divisor(b, a % b) }
}

/// A value too small to reach half a unit, rounded.
fn tiny(numerator: i128, rounding: Rounding) -> i64 {
    if rounding == Rounding::Up { numerator.signum() as i64 } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::parse_decimal;
    use proptest::prelude::*;

    fn rounded(text: &str, precision: u8, rounding: Rounding) -> i64 {
        round_product(&[parse_decimal(text).unwrap()], Decimal::ONE, precision, rounding).unwrap()
    }

    #[test]
    fn ties_and_signs() {
        use Rounding::*;
        for (text, half_even, half_up, up, down) in [
            ("0.5", 0, 1, 1, 0),
            ("1.5", 2, 2, 2, 1),
            ("2.5", 2, 3, 3, 2),
            ("-0.5", 0, -1, -1, 0),
            ("-2.5", -2, -3, -3, -2),
            ("2.4", 2, 2, 3, 2),
            ("-2.6", -3, -3, -3, -2),
            ("1e-28", 0, 0, 1, 0),
        ] {
            let all = [HalfEven, HalfUp, Up, Down].map(|r| rounded(text, 0, r));
            assert_eq!(all, [half_even, half_up, up, down], "{text}");
        }
    }

    #[test]
    fn overflow_is_an_error() {
        let big = parse_decimal("999999999999999999").unwrap();
        assert_eq!(round_product(&[big, big], Decimal::ONE, 9, Rounding::HalfEven), Err(Overflow));
        assert_eq!(round_product(&[big], Decimal::ONE, 9, Rounding::HalfEven), Err(Overflow));
        assert_eq!(muldiv(i64::MAX, 2, 1, Rounding::Down), Err(Overflow));
    }

    #[test]
    fn exact_values_are_written_out() {
        let exact = |a: &str, b: &str, c: &str| {
            let [a, b, c] = [a, b, c].map(|text| parse_decimal(text).unwrap());
            exact_text(&[&[a, b]], c).unwrap()
        };
        assert_eq!(exact("1.25", "4808", "1000000"), "0.00601");
        assert_eq!(exact("1", "2", "3"), "2/3");
        assert_eq!(exact("0.1", "3", "0.75"), "0.4");
        assert_eq!(exact("0", "5", "7"), "0");
        assert_eq!(exact("20", "1", "1"), "20");
    }

    #[test]
    fn a_product_below_the_smallest_unit_is_not_lost_to_overflow() {
        let tiny = parse_decimal("1e-28").unwrap();
        assert_eq!(round_product(&[tiny, tiny], Decimal::ONE, 0, Rounding::Up), Ok(1));
        assert_eq!(round_product(&[tiny, tiny], Decimal::ONE, 0, Rounding::HalfEven), Ok(0));
    }

    proptest! {
        /// Against the definition: the result is the unit nearest to the exact value, and ties are even.
        #[test]
        fn half_even_is_nearest(n in -1_000_000_000i64..1_000_000_000, d in 1i64..10_000) {
            let got = round_div(i128::from(n), i128::from(d), Rounding::HalfEven);
            let distance = (got * i128::from(d) - i128::from(n)).abs() * 2;
            prop_assert!(distance <= i128::from(d));
            if distance == i128::from(d) { prop_assert_eq!(got % 2, 0); }
        }

        #[test]
        fn wide_and_narrow_division_agree(n in any::<i64>(), d in 1i64..i64::MAX, k in 1i128..1_000_000_000_000) {
            for rounding in Rounding::NAMES.map(|(_, r)| r) {
                let narrow = round_div(i128::from(n), i128::from(d), rounding);
                prop_assert_eq!(round_div(i128::from(n) * k, i128::from(d) * k, rounding), narrow);
            }
        }
    }
}
