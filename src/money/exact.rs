//! Exact numbers of any length, as people are shown them before they are rounded.

use super::Decimal;
use super::rounding::{all_positive, fraction};
use num_bigint::{BigInt, BigUint, Sign};
use std::cmp::Ordering;
use std::fmt;

/// A number that was computed without rounding, as a fraction in its lowest terms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exact {
    numerator: BigInt,
    denominator: BigInt,
}

impl Exact {
    /// The sum of `terms`, which are products, divided by each of `divisors`. `None` when a divisor is not positive.
    pub fn new<T: AsRef<[Decimal]>>(terms: &[T], divisors: &[Decimal]) -> Option<Self> {
        all_positive(divisors).then(|| Self::lowest(fraction(terms, divisors, 0)))
    }

    /// So many of so many; `None` of nothing.
    pub fn ratio(part: i128, whole: i128) -> Option<Self> {
        Self::lowest((part.into(), 1.into())).over(&Self::lowest((whole.into(), 1.into())))
    }

    /// Both together.
    #[must_use]
    pub fn plus(&self, other: &Self) -> Self {
        let sum = &self.numerator * &other.denominator + &other.numerator * &self.denominator;
        Self::lowest((sum, &self.denominator * &other.denominator))
    }

    /// What is left without `other`.
    #[must_use]
    pub fn minus(&self, other: &Self) -> Self {
        self.plus(&Self { numerator: -&other.numerator, denominator: other.denominator.clone() })
    }

    /// The product of both.
    #[must_use]
    pub fn times(&self, other: &Self) -> Self {
        Self::lowest((&self.numerator * &other.numerator, &self.denominator * &other.denominator))
    }

    /// How many times `other` it is; `None` if that is nothing.
    pub fn over(&self, other: &Self) -> Option<Self> {
        let (above, below) = (&self.numerator * &other.denominator, &self.denominator * &other.numerator);
        match below.sign() {
            Sign::Plus => Some(Self::lowest((above, below))),
            Sign::Minus => Some(Self::lowest((-above, -below))),
            Sign::NoSign => None,
        }
    }

    /// The same without its sign.
    #[must_use]
    pub fn abs(&self) -> Self {
        Self { numerator: self.numerator.magnitude().clone().into(), denominator: self.denominator.clone() }
    }

    fn lowest((numerator, denominator): (BigInt, BigInt)) -> Self {
        let common = greatest_common_divisor(numerator.magnitude().clone(), denominator.magnitude().clone());
        let common = BigInt::from(common);
        Self { numerator: numerator / &common, denominator: denominator / &common }
    }
}

impl Ord for Exact {
    fn cmp(&self, other: &Self) -> Ordering {
        (&self.numerator * &other.denominator).cmp(&(&other.numerator * &self.denominator))
    }
}

impl PartialOrd for Exact {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl From<Decimal> for Exact {
    fn from(number: Decimal) -> Self {
        Self::lowest(fraction(&[[number]], &[], 0))
    }
}

impl fmt::Display for Exact {
    /// A decimal, or a fraction where no decimal ends.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (mut scaled, mut denominator, mut decimals) = (self.numerator.clone(), self.denominator.clone(), 0usize);
        while denominator != BigInt::from(1) {
            let Some(part) = [10u32, 5, 2].into_iter().find(|&d| (&denominator % d).sign() == Sign::NoSign) else {
                return write!(f, "{}/{}", self.numerator, self.denominator);
            };
            scaled *= 10 / part;
            denominator /= part;
            decimals += 1;
        }
        f.write_str(&with_point(&scaled, decimals))
    }
}

/// `scaled / 10^decimals`, written out.
fn with_point(scaled: &BigInt, decimals: usize) -> String {
    let sign = if scaled.sign() == Sign::Minus { "-" } else { "" };
    let digits = format!("{:0>width$}", scaled.magnitude().to_string(), width = decimals + 1);
    let (whole, decimals) = digits.split_at(digits.len() - decimals);
    let point = if decimals.is_empty() { "" } else { "." };
    format!("{sign}{whole}{point}{decimals}")
}

fn greatest_common_divisor(mut a: BigUint, mut b: BigUint) -> BigUint {
    while b != BigUint::ZERO {
        (a, b) = (b.clone(), a % b);
    }
    a
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::parse_decimal;

    #[test]
    fn exact_values_are_written_out() {
        let exact = |a: &str, b: &str, c: &str| {
            let [a, b, c] = [a, b, c].map(|text| parse_decimal(text).unwrap());
            Exact::new(&[&[a, b]], &[c]).unwrap().to_string()
        };
        assert_eq!(exact("1.25", "4808", "1000000"), "0.00601");
        assert_eq!(exact("1", "2", "3"), "2/3");
        assert_eq!(exact("0.1", "3", "0.75"), "0.4");
        assert_eq!(exact("0", "5", "7"), "0");
        assert_eq!(exact("20", "1", "1"), "20");
        assert_eq!(exact("-0.5", "0.1", "2"), "-0.025");
        assert_eq!(exact("-4", "1", "6"), "-2/3");
        let wide = exact("0.00123456789012345678", "123456789012345678", "1e-10");
        assert_eq!(wide, "1524157875323883652796829.9765279684");
        let digits = parse_decimal("123456789012345678").unwrap();
        assert_eq!(Exact::new(&[&[digits]], &[Decimal::ZERO]), None);
    }

    #[test]
    fn numbers_of_one_value_are_equal() {
        let exact = |text: &str| Exact::from(parse_decimal(text).unwrap());
        assert_eq!(exact("1.50"), exact("1.5"));
        assert_ne!(exact("1.5"), exact("-1.5"));
        assert!(exact("-1.5") < exact("1.5"));
        let third = Exact::new(&[[Decimal::ONE]], &[Decimal::from(3)]).unwrap();
        assert!(exact("0.3333333333333333") < third && third < exact("0.3333333333333334"));
    }

    #[test]
    fn fractions_are_computed_with_as_fractions() {
        let ratio = |part, whole| Exact::ratio(part, whole).unwrap();
        let third = ratio(1, 3);
        assert_eq!(third.plus(&ratio(1, 6)).to_string(), "0.5");
        assert_eq!(third.minus(&ratio(4, 3)).to_string(), "-1");
        assert_eq!(third.times(&ratio(-3, 4)).to_string(), "-0.25");
        assert_eq!(third.over(&ratio(2, -3)).unwrap().to_string(), "-0.5");
        assert_eq!(ratio(-1, 3).abs(), third);
        assert_eq!(third.over(&ratio(0, -5)), None);
        assert_eq!(Exact::ratio(1, 0), None);
        assert!(third > Exact::from(parse_decimal("0.333333333333333333").unwrap()));
        assert!(ratio(-1, 3) < ratio(-1, 4) && ratio(i128::MAX, i128::MAX - 1) > ratio(1, 1));
    }
}
