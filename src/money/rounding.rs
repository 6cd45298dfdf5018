//! The one place where anything is rounded.

use super::{Count, Total};
use num_bigint::{BigInt, Sign};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;
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

    /// The word for people and JSON.
    pub fn name(self) -> &'static str {
        Self::NAMES[self as usize].0
    }
}

/// A computation that left the range of a ledger amount. Never wrapped, never clamped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error(
    "the amount is too large for the ledger (an amount is at most 9223372036854775807 smallest units; a lower `precision` of \
     the asset allows more)"
)]
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
    // Compare the remainder with what is left to the next unit, so that nothing is doubled and overflows.
    let half = remainder.abs().cmp(&(denominator - remainder.abs()));
    if goes_away(rounding, half, quotient % 2 != 0) { quotient + numerator.signum() } else { quotient }
}

/// Whether a quotient that leaves a rest goes one further from zero. `half` is how that rest stands to a half.
fn goes_away(rounding: Rounding, half: Ordering, is_odd: bool) -> bool {
    match rounding {
        Rounding::Down => false,
        Rounding::Up => true,
        Rounding::HalfUp => half.is_ge(),
        Rounding::HalfEven => half.is_gt() || half.is_eq() && is_odd,
    }
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

/// The same of wide numbers; `None` when `c` is not positive, or the result is more than a total can count.
pub fn muldiv_wide(a: i128, b: i128, c: i128, rounding: Rounding) -> Option<i128> {
    match a.checked_mul(b) {
        _ if c <= 0 => None,
        Some(product) => Some(round_div(product, c, rounding)),
        None => quotient(&(BigInt::from(a) * b), &c.into(), rounding).ok(),
    }
}

/// A decimal as units with `precision` decimals (at most 9), rounded.
///
/// # Errors
/// When the result does not fit into a ledger amount.
pub fn round_decimal<A: Count>(value: Decimal, precision: u8, rounding: Rounding) -> Result<A, Overflow> {
    // A mantissa has 96 bits, so it can be brought to nine decimals more in 128.
    debug_assert!(precision <= 9, "no asset has {precision} decimals");
    let (mantissa, scale, precision) = (value.mantissa(), value.scale(), u32::from(precision));
    let units = match precision.checked_sub(scale) {
        Some(more) => mantissa * POWERS[more as usize],
        None => round_div(mantissa, POWERS[(scale - precision) as usize], rounding),
    };
    i64::try_from(units).map(A::from_count).map_err(|_| Overflow)
}

/// The same with more decimals than an asset has; `None` when 128 bits don't hold that.
pub(super) fn round_fine(value: Decimal, precision: u8, rounding: Rounding) -> Option<i128> {
    let (mantissa, scale, precision) = (value.mantissa(), value.scale(), u32::from(precision));
    match precision.checked_sub(scale) {
        Some(more) => times(mantissa, POWERS[more as usize]),
        None => Some(round_div(mantissa, POWERS[(scale - precision) as usize], rounding)),
    }
}

/// A number without its last `digits`, rounded.
pub(super) fn shorten(number: i128, digits: u32, rounding: Rounding) -> i128 {
    // Beyond 10^38 there is nothing left, of which the half is not reached either.
    let divisor = power_of_ten(digits).unwrap_or(i128::MAX);
    round_div(number, divisor, rounding)
}

/// A number without its last `digits`, for one that is rounded to still fewer: what would look exact, or like a half, and
/// is more than that, keeps a sign of it in its last digit.
pub(super) fn shorten_to_round(number: i128, digits: u32) -> i128 {
    let (down, up) = (shorten(number, digits, Rounding::Down), shorten(number, digits, Rounding::Up));
    if down % 5 == 0 { up } else { down }
}

/// The product of `factors` divided by each of `divisors`, as units with `precision` decimals: exact, then rounded once.
///
/// # Errors
/// When the result does not fit into a ledger amount, or a divisor is not positive.
pub fn round_product<A: Count>(
    factors: &[Decimal],
    divisors: &[Decimal],
    precision: u8,
    rounding: Rounding,
) -> Result<A, Overflow> {
    round_sum(&[factors], divisors, precision, rounding)
}

/// The sum of `terms`, each a product of factors, divided by each of `divisors`, as units with `precision` decimals:
/// exact, then rounded once.
///
/// # Errors
/// As [`round_product`].
pub fn round_sum<A: Count, T: AsRef<[Decimal]>>(
    terms: &[T],
    divisors: &[Decimal],
    precision: u8,
    rounding: Rounding,
) -> Result<A, Overflow> {
    let total: Total<A> = round_total(terms, divisors, precision, rounding)?;
    i64::try_from(total.count()).map(A::from_count).map_err(|_| Overflow)
}

/// The same of a sum that may be more than one amount can be, as what is summed over a life is.
///
/// # Errors
/// When a divisor is not positive, or the result is more than a total can count.
pub fn round_total<A, T: AsRef<[Decimal]>>(
    terms: &[T],
    divisors: &[Decimal],
    precision: u8,
    rounding: Rounding,
) -> Result<Total<A>, Overflow> {
    if !all_positive(divisors) {
        return Err(Overflow);
    }
    let rounded = narrow(terms, divisors, precision, rounding);
    rounded.map_or_else(|| wide(terms, divisors, precision, rounding), Ok).map(Total::from_count)
}

pub(super) fn all_positive(divisors: &[Decimal]) -> bool {
    divisors.iter().all(|divisor| divisor.mantissa() > 0)
}

/// [`round_total`] in 128 bits, which hold nearly everything; `None` where they do not.
fn narrow<T: AsRef<[Decimal]>>(terms: &[T], divisors: &[Decimal], precision: u8, rounding: Rounding) -> Option<i128> {
    let (mut numerator, scale) = exact_sum(terms)?;
    let (mut denominator, divisor_scale) = exact_product(divisors)?;
    // value = numerator / denominator * 10^shift, in units
    let shift = i32::from(precision) + divisor_scale - scale;
    let power = power_of_ten(shift.unsigned_abs())?;
    if shift >= 0 {
        numerator = times(numerator, power)?;
    } else {
        denominator = times(denominator, power)?;
    }
    Some(round_div(numerator, denominator, rounding))
}

/// All powers of ten that 128 bits hold.
const POWERS: [i128; 39] = {
    let mut powers = [1; 39];
    let mut index = 1;
    while index < 39 {
        powers[index] = powers[index - 1] * 10;
        index += 1;
    }
    powers
};

fn power_of_ten(exponent: u32) -> Option<i128> {
    POWERS.get(exponent as usize).copied()
}

/// The exact product. Factors of 64 bits, which nearly all are, need neither a check nor more than one multiplication.
fn times(a: i128, b: i128) -> Option<i128> {
    match (i64::try_from(a), i64::try_from(b)) {
        (Ok(a), Ok(b)) => Some(i128::from(a) * i128::from(b)),
        _ => a.checked_mul(b),
    }
}

/// The exact sum of products as `(mantissa, scale)`.
fn exact_sum<T: AsRef<[Decimal]>>(terms: &[T]) -> Option<(i128, i32)> {
    let mut sum = (0i128, 0i32);
    for factors in terms {
        let term = exact_product(factors.as_ref())?;
        if sum.0 == 0 {
            sum = term;
            continue;
        }
        let common = sum.1.max(term.1);
        let align = |(m, s): (i128, i32)| times(m, power_of_ten((common - s).unsigned_abs())?);
        sum = (align(sum)?.checked_add(align(term)?)?, common);
    }
    Some(sum)
}

fn exact_product(factors: &[Decimal]) -> Option<(i128, i32)> {
    let Some((first, others)) = factors.split_first() else { return Some((1, 0)) };
    others.iter().try_fold((first.mantissa(), first.scale() as i32), |(mantissa, scale), factor| {
        Some((times(mantissa, factor.mantissa())?, scale + factor.scale() as i32))
    })
}

/// [`round_total`] in as many bits as it takes: several numbers of 18 digits are soon more than 128 bits hold, however
/// small the amount they come to.
fn wide<T: AsRef<[Decimal]>>(
    terms: &[T],
    divisors: &[Decimal],
    precision: u8,
    rounding: Rounding,
) -> Result<i128, Overflow> {
    let (numerator, denominator) = fraction(terms, divisors, precision);
    quotient(&numerator, &denominator, rounding)
}

/// [`round_div`] in as many bits as it takes.
fn quotient(numerator: &BigInt, denominator: &BigInt, rounding: Rounding) -> Result<i128, Overflow> {
    let (quotient, remainder) = (numerator / denominator, numerator % denominator);
    let half = (remainder.magnitude() * 2u32).cmp(denominator.magnitude());
    let away = match remainder.sign() {
        Sign::Plus if goes_away(rounding, half, quotient.bit(0)) => 1,
        Sign::Minus if goes_away(rounding, half, quotient.bit(0)) => -1,
        _ => 0,
    };
    i128::try_from(quotient + away).map_err(|_| Overflow)
}

/// The sum of `terms` divided by `divisors`, in units with `precision` decimals, as numerator and denominator.
pub(super) fn fraction<T: AsRef<[Decimal]>>(terms: &[T], divisors: &[Decimal], precision: u8) -> (BigInt, BigInt) {
    let mantissa = |factors: &[Decimal]| factors.iter().map(|f| BigInt::from(f.mantissa())).product::<BigInt>();
    let scale = |factors: &[Decimal]| factors.iter().map(Decimal::scale).sum::<u32>();
    let ten_to = |power: u32| BigInt::from(10).pow(power);
    let common = terms.iter().map(|factors| scale(factors.as_ref())).max().unwrap_or(0);
    let sum: BigInt =
        terms.iter().map(|factors| mantissa(factors.as_ref()) * ten_to(common - scale(factors.as_ref()))).sum();
    (sum * ten_to(u32::from(precision) + scale(divisors)), mantissa(divisors) * ten_to(common))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::parse_decimal;
    use proptest::prelude::*;

    fn rounded(text: &str, precision: u8, rounding: Rounding) -> i64 {
        let value = parse_decimal(text).unwrap();
        let units = round_product(&[value], &[], precision, rounding);
        assert_eq!(round_decimal(value, precision, rounding), units);
        units.unwrap()
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
        assert_eq!(round_product::<i64>(&[big, big], &[], 9, Rounding::HalfEven), Err(Overflow));
        assert_eq!(round_product::<i64>(&[big], &[], 9, Rounding::HalfEven), Err(Overflow));
        assert_eq!(muldiv(i64::MAX, 2, 1, Rounding::Down), Err(Overflow));
    }

    #[test]
    fn a_product_below_the_smallest_unit_is_not_lost_to_overflow() {
        let tiny = parse_decimal("1e-28").unwrap();
        assert_eq!(round_product(&[tiny, tiny], &[], 0, Rounding::Up), Ok(1));
        assert_eq!(round_product(&[tiny, tiny], &[], 0, Rounding::HalfEven), Ok(0));
    }

    #[test]
    fn products_beyond_128_bits_are_exact() {
        let [a, b] = ["999999999999999999e10", "1e-28"].map(|text| parse_decimal(text).unwrap());
        // (10^18 - 1)^3 * 10^30 / 10^84, with 18 decimals: just below 1.
        assert_eq!(round_product(&[a, a, a, b, b, b], &[], 18, Rounding::Down), Ok(999_999_999_999_999_997));
        assert_eq!(round_product(&[a, a, a, b, b, b], &[], 18, Rounding::Up), Ok(999_999_999_999_999_998));
        // The same as a divisor: 1 / (1 - 10^-18)^3.
        assert_eq!(round_product(&[], &[a, a, a, b, b, b], 18, Rounding::Down), Ok(1_000_000_000_000_000_003));
        assert_eq!(round_product::<i64>(&[a], &[Decimal::ZERO, a], 0, Rounding::Down), Err(Overflow));
    }

    #[test]
    fn only_the_result_overflows() {
        let wide = parse_decimal("123456789012345678e10").unwrap();
        let divided = |terms: &[&[Decimal]], rounding| round_sum(terms, &[wide, wide], 0, rounding);
        for (units, away) in [(i64::MAX, Decimal::new(5, 1)), (i64::MIN, Decimal::new(-5, 1))] {
            let edge = Decimal::from(units);
            assert_eq!(divided(&[&[edge, wide, wide]], Rounding::Up), Ok(units));
            assert_eq!(divided(&[&[edge, wide, wide], &[away, wide, wide]], Rounding::Down), Ok(units));
            assert_eq!(divided(&[&[edge, wide, wide], &[away, wide, wide]], Rounding::HalfUp), Err(Overflow));
        }
    }

    proptest! {
        /// A factor that is also a divisor changes nothing but the width.
        #[test]
        fn wide_and_narrow_paths_agree(
            (a, b) in (-1_000_000i64..1_000_000, -1_000i64..1_000),
            (c, d) in (1i64..100, 1i64..100),
            scales in prop::array::uniform4(0u32..4),
            precision in 0u8..6,
        ) {
            let [a, b, c, d] = [(a, 0), (b, 1), (c, 2), (d, 3)].map(|(m, i)| Decimal::new(m, scales[i]));
            let widening = parse_decimal("987654321098765431e-10").unwrap();
            let widened = [widening; 3];
            let [first, second] = [[a, b].as_slice(), &[b]].map(|term| [term, &widened].concat());
            let divisors = [[c, d].as_slice(), &widened].concat();
            for rounding in Rounding::NAMES.map(|(_, r)| r) {
                let terms: [&[Decimal]; 2] = [&[a, b], &[b]];
                let units = narrow(&terms, &[c, d], precision, rounding).unwrap();
                let units = i64::try_from(units).unwrap();
                prop_assert_eq!(wide(&terms, &[c, d], precision, rounding), Ok(units.into()));
                prop_assert_eq!(narrow(&[&first, &second], &divisors, precision, rounding), None);
                prop_assert_eq!(round_sum(&[&first, &second], &divisors, precision, rounding), Ok(units));
            }
        }

        /// Against the definition: the result is the unit nearest to the exact value, and ties are even.
        #[test]
        fn half_even_is_nearest(n in -1_000_000_000i64..1_000_000_000, d in 1i64..10_000) {
            let got = round_div(i128::from(n), i128::from(d), Rounding::HalfEven);
            let distance = (got * i128::from(d) - i128::from(n)).abs() * 2;
            prop_assert!(distance <= i128::from(d));
            if distance == i128::from(d) { prop_assert_eq!(got % 2, 0); }
        }

        #[test]
        fn wide_and_narrow_products_agree(a: i64, b: i64, c in 1i64..i64::MAX) {
            let widening = 10i128.pow(19);
            for rounding in Rounding::NAMES.map(|(_, r)| r) {
                let narrow = round_div(i128::from(a) * i128::from(b), c.into(), rounding);
                let [a, b, c] = [a, b, c].map(i128::from);
                prop_assert_eq!(muldiv_wide(a, b, c, rounding), Some(narrow));
                prop_assert_eq!(muldiv_wide(a * widening, b, c * widening, rounding), Some(narrow));
                prop_assert_eq!(muldiv_wide(a, b, -c, rounding), None);
            }
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
