//! Sums of decimals, which may need more digits than any one of them.

use super::decimal::{MAX_SIGNIFICANT, MAX_SIGNIFICANT_ALONE};
use super::rounding::{round_fine, shorten};
use super::{Decimal, Rounding, add_exact};
use serde::{Serialize, Serializer};
use std::cmp::Ordering;
use std::fmt;

/// What several decimals come to, exactly: all the digits of the largest and all the decimals of the smallest.
///
/// A sum that a [`Decimal`] holds is kept as one, as nearly all are; so equal sums look the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DecimalSum(Kept);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kept {
    Short(Decimal),
    /// More digits than a [`Decimal`] has.
    Long(Split),
}

/// A number as the whole number below it, and what it has above that: from 0 up to 1, without trailing zeros.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Split {
    /// The two halves of an `i128`, which would make everything that has one larger.
    whole: [u64; 2],
    above: Decimal,
}

/// What a whole number is divided by, so that quotient and rest are [`Decimal`]s.
const STEP: i128 = 10i128.pow(19);

/// How many digits a whole number has.
fn length(number: i128) -> u32 {
    number.unsigned_abs().checked_ilog10().map_or(0, |most| most + 1)
}

impl DecimalSum {
    /// Nothing.
    pub const ZERO: Self = Self(Kept::Short(Decimal::ZERO));

    /// A whole number and what is added to it, which is from 0 up to 1; `None` when it isn't.
    pub fn from_parts(whole: i128, above: Decimal) -> Option<Self> {
        let is_above = !above.is_sign_negative() && above < Decimal::ONE;
        is_above.then(|| Self::of(Split::new(whole, above.normalize())))
    }

    /// The whole number below it, and what is added to that: from 0 up to 1.
    pub fn parts(&self) -> (i128, Decimal) {
        let Split { whole, above } = self.split();
        (joined(whole), above)
    }

    /// The same as one decimal, where that has enough digits.
    pub const fn short(&self) -> Option<Decimal> {
        match self.0 {
            Kept::Short(number) => Some(number),
            Kept::Long(_) => None,
        }
    }

    /// The same with as many digits as a quantity may have, rounded half to even: what programs with floats leave over is
    /// beyond them. `None` if there are more before its point.
    pub fn as_quantity(&self) -> Option<Decimal> {
        self.with_digits(MAX_SIGNIFICANT)
    }

    /// The same with as many digits as a cost may have.
    pub fn as_cost(&self) -> Option<Decimal> {
        self.with_digits(MAX_SIGNIFICANT_ALONE)
    }

    fn with_digits(&self, most: u32) -> Option<Decimal> {
        let (number, digits) = match self.0 {
            Kept::Short(number) => (number.mantissa(), number.scale()),
            Kept::Long(_) => {
                let (whole, above) = self.parts();
                let decimals = most.checked_sub(length(whole))?;
                let above = round_fine(above, u8::try_from(decimals).ok()?, Rounding::HalfEven)?;
                (whole * 10i128.pow(decimals) + above, decimals)
            }
        };
        let more = length(number).saturating_sub(most);
        let number = shorten(number, more, Rounding::HalfEven);
        let rounded = Decimal::try_from_i128_with_scale(number, digits.checked_sub(more)?).ok()?;
        Some(rounded.normalize())
    }

    /// Products of decimals that add up to it.
    pub fn products(&self) -> [[Decimal; 2]; 3] {
        match self.0 {
            Kept::Short(number) => [[number, Decimal::ONE], [Decimal::ZERO; 2], [Decimal::ZERO; 2]],
            Kept::Long(Split { whole, above }) => {
                let (steps, rest) = (joined(whole) / STEP, joined(whole) % STEP);
                let of = |number| Decimal::from_i128_with_scale(number, 0);
                [[of(steps), of(STEP)], [of(rest), Decimal::ONE], [above, Decimal::ONE]]
            }
        }
    }

    /// Whether it is nothing.
    #[inline]
    pub fn is_zero(&self) -> bool {
        self.short().is_some_and(|number| number.is_zero())
    }

    /// Whether it is below zero.
    #[inline]
    pub fn is_negative(&self) -> bool {
        match self.0 {
            Kept::Short(number) => number.is_sign_negative() && !number.is_zero(),
            Kept::Long(Split { whole, .. }) => joined(whole) < 0,
        }
    }

    /// Both together; `None` beyond some 10^38.
    #[inline]
    pub fn checked_add(&self, other: &Self) -> Option<Self> {
        if let (Kept::Short(own), Kept::Short(other)) = (&self.0, &other.0)
            && let Some(sum) = add_exact(*own, *other)
        {
            return Some(Self(Kept::Short(sum)));
        }
        self.add_long(other)
    }

    fn add_long(&self, other: &Self) -> Option<Self> {
        let (own, other) = (self.split(), other.split());
        // Both are below 1, and have 28 decimals at most.
        let above = own.above + other.above;
        let carried = i128::from(above >= Decimal::ONE);
        let whole = joined(own.whole).checked_add(joined(other.whole))?.checked_add(carried)?;
        Some(Self::of(Split::new(whole, (above - Decimal::from(carried)).normalize())))
    }

    /// What is left without `other`; `None` beyond some 10^38.
    pub fn checked_sub(&self, other: &Self) -> Option<Self> {
        self.checked_add(&other.negated()?)
    }

    /// The same on the other side of zero; `None` beyond some 10^38.
    pub fn negated(&self) -> Option<Self> {
        let Split { whole, above } = match self.0 {
            Kept::Short(number) => return Some(Self(Kept::Short(-number))),
            Kept::Long(split) => split,
        };
        let (whole, above) = if above.is_zero() {
            (joined(whole).checked_neg()?, above)
        } else {
            (-1 - joined(whole), Decimal::ONE - above)
        };
        Some(Self::of(Split::new(whole, above)))
    }

    fn of(split: Split) -> Self {
        let whole = Decimal::try_from_i128_with_scale(joined(split.whole), 0).ok();
        let short = whole.and_then(|whole| add_exact(whole, split.above));
        Self(short.map_or(Kept::Long(split), Kept::Short))
    }

    fn split(&self) -> Split {
        match self.0 {
            Kept::Short(number) => {
                let one = 10i128.pow(number.scale());
                let above = Decimal::from_i128_with_scale(number.mantissa().rem_euclid(one), number.scale());
                Split::new(number.mantissa().div_euclid(one), above.normalize())
            }
            Kept::Long(split) => split,
        }
    }
}

impl Split {
    fn new(whole: i128, above: Decimal) -> Self {
        let whole = whole.cast_unsigned();
        Self { whole: [(whole >> 64) as u64, whole as u64], above }
    }
}

fn joined([high, low]: [u64; 2]) -> i128 {
    (u128::from(high) << 64 | u128::from(low)).cast_signed()
}

impl Default for DecimalSum {
    fn default() -> Self {
        Self::ZERO
    }
}

impl From<Decimal> for DecimalSum {
    fn from(number: Decimal) -> Self {
        Self(Kept::Short(number))
    }
}

impl Ord for DecimalSum {
    fn cmp(&self, other: &Self) -> Ordering {
        match (&self.0, &other.0) {
            (Kept::Short(own), Kept::Short(other)) => own.cmp(other),
            _ => self.parts().cmp(&other.parts()),
        }
    }
}

impl PartialOrd for DecimalSum {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for DecimalSum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Split { whole, above } = match self.0 {
            Kept::Short(number) => return number.fmt(f),
            Kept::Long(split) => split,
        };
        let whole = joined(whole);
        // Below zero, digits count down from the whole number above.
        let (sign, whole, above) = match (whole < 0, above.is_zero()) {
            (false, _) => ("", whole, above),
            (true, true) => ("-", whole, above),
            (true, false) => ("-", whole + 1, Decimal::ONE - above),
        };
        let above = if above.is_zero() { String::new() } else { above.to_string() };
        write!(f, "{sign}{}{}", whole.unsigned_abs(), above.trim_start_matches('0'))
    }
}

impl Serialize for DecimalSum {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::{Exact, parse_decimal};
    use num_bigint::BigInt;
    use proptest::prelude::*;

    fn sum(numbers: &[&str]) -> DecimalSum {
        let decimals = numbers.iter().map(|text| DecimalSum::from(parse_decimal(text).unwrap()));
        decimals.fold(DecimalSum::ZERO, |sum, more| sum.checked_add(&more).unwrap())
    }

    #[test]
    fn no_digit_is_lost() {
        for (numbers, expected) in [
            (&["1", "2.5"][..], "3.5"),
            (&["1e28", "1e-28"], "10000000000000000000000000000.0000000000000000000000000001"),
            (&["7e28", "7e28", "0.25"], "140000000000000000000000000000.25"),
            (&["-1e28", "1e-28"], "-9999999999999999999999999999.9999999999999999999999999999"),
            (&["-7e28", "-7e28"], "-140000000000000000000000000000"),
            (&["5e11", "0.99999999999999999", "1e-17", "1"], "500000000002"),
        ] {
            assert_eq!(sum(numbers).to_string(), expected, "{numbers:?}");
        }
    }

    #[test]
    fn what_is_short_again_is_a_decimal_again() {
        let long = sum(&["1e28", "1e-28"]);
        assert_eq!(long.short(), None);
        let rest = long.checked_sub(&sum(&["1e28"])).unwrap();
        assert_eq!(rest.short().map(|rest| rest.to_string()), Some("0.0000000000000000000000000001".into()));
        assert!(long.checked_sub(&long).unwrap().is_zero());
    }

    #[test]
    fn sums_end_where_a_whole_number_does() {
        let most = DecimalSum::from_parts(i128::MAX, Decimal::ZERO).unwrap();
        assert_eq!(most.checked_add(&sum(&["1"])), None);
        assert!(most.checked_add(&sum(&["0.5"])).is_some_and(|sum| sum > most));
        assert_eq!(DecimalSum::from_parts(0, Decimal::ONE), None);
    }

    fn number() -> impl Strategy<Value = Decimal> {
        (-(1i128 << 96) + 1..1i128 << 96, 0u32..=28, 0u32..96)
            .prop_map(|(mantissa, scale, shift)| Decimal::from_i128_with_scale(mantissa >> shift, scale).normalize())
    }

    /// In 10^-28.
    fn tiny(number: Decimal) -> BigInt {
        BigInt::from(number.mantissa()) * BigInt::from(10).pow(28 - number.scale())
    }

    proptest! {
        #[test]
        fn sums_are_those_of_integers(numbers in proptest::collection::vec(number(), 1..6), less in number()) {
            let (mut sum, mut expected) = (DecimalSum::ZERO, BigInt::ZERO);
            for &number in &numbers {
                sum = sum.checked_add(&number.into()).unwrap();
                expected += tiny(number);
            }
            sum = sum.checked_sub(&less.into()).unwrap();
            expected -= tiny(less);
            let products = sum.products();
            let told: BigInt = products.iter().map(|[a, b]| tiny(*a) * BigInt::from(b.mantissa())).sum();
            prop_assert_eq!(&told, &expected);
            prop_assert_eq!(sum.to_string(), Exact::new(&products, &[]).unwrap().to_string());
            let (whole, above) = sum.parts();
            prop_assert_eq!(DecimalSum::from_parts(whole, above), Some(sum));
            prop_assert_eq!(sum.cmp(&numbers[0].into()), expected.cmp(&tiny(numbers[0])));
            prop_assert_eq!(sum.is_negative(), expected < BigInt::ZERO);
        }
    }
}
