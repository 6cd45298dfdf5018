//! What something costs us, to the last digit.
//!
//! ```compile_fail
//! # use drawdown::money::{Cost, Value};
//! let cost: Cost = Value::from_count(5);
//! ```

use super::rounding::round_fine;
use super::share::divide;
use super::{Decimal, Overflow, Rounding, Total, Value};
use smallvec::SmallVec;
use std::fmt;
use std::ops::Neg;

/// Decimals of every cost, whatever its currency has in the ledger.
pub const COST_PRECISION: u8 = 18;

/// What an event costs us: a count of 10^-18 of the reporting currency; below zero for a vendor's credit. Exact where fees are
/// rounded: a vendor's unit may cost less than a currency's smallest unit, and thousands of them add up.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Cost(i128);

/// How many 10^-18 a billionth is.
const BILLIONTH: i128 = 1_000_000_000;

/// A sum of costs, or what is reckoned with them: of the reporting currency, with the decimals of a cost.
pub type Precise = Total<Cost>;

impl Cost {
    /// Nothing.
    pub const ZERO: Self = Self(0);
    /// The most there can be, on either side of zero: a million million whole ones. A hundred million such costs can be
    /// summed.
    pub const MAX: Self = Self(10i128.pow(30));

    /// So many 10^-18 of the currency.
    ///
    /// # Errors
    /// When that is more than a cost can be.
    pub const fn from_count(count: i128) -> Result<Self, Overflow> {
        if count.unsigned_abs() > Self::MAX.0.unsigned_abs() { Err(Overflow) } else { Ok(Self(count)) }
    }

    /// A number of the currency. Digits beyond the decimals of a cost are rounded, half to even.
    ///
    /// # Errors
    /// When that is more than a cost can be.
    pub fn rounded(number: Decimal) -> Result<Self, Overflow> {
        Self::from_count(round_fine(number, COST_PRECISION, Rounding::HalfEven).ok_or(Overflow)?)
    }

    /// So many billionths of the currency.
    pub fn from_billionths(count: i64) -> Self {
        Self(i128::from(count) * BILLIONTH)
    }

    /// How many billionths of the currency; `None` when they are not whole.
    pub fn billionths(self) -> Option<i64> {
        Precise::from(self).billionths()
    }

    /// How many 10^-18 of the currency.
    pub const fn count(self) -> i128 {
        self.0
    }

    /// Whether it is nothing.
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// Both together.
    ///
    /// # Errors
    /// When that is more than a cost can be.
    pub const fn checked_add(self, other: Self) -> Result<Self, Overflow> {
        Self::from_count(self.0 + other.0)
    }

    /// Divides it as [`Value::divided`] does.
    pub fn divided<W: Copy + Into<i128>>(self, weights: &[W]) -> SmallVec<[Self; 2]> {
        // No part is larger than the whole.
        divide(self.0, weights).map(Self).collect()
    }

    /// The same number; `None` when it has more digits than one holds, which none has that was written as one.
    pub fn decimal(self) -> Option<Decimal> {
        // Nearly all are whole billionths, and few enough of them.
        if let Some(billionths) = Precise::from(self).billionths() {
            return Some(Decimal::new(billionths, 9).normalize());
        }
        let (mut count, mut scale) = (self.0, u32::from(COST_PRECISION));
        while scale > 0 && count % 10 == 0 {
            (count, scale) = (count / 10, scale - 1);
        }
        Decimal::try_from_i128_with_scale(count, scale).ok()
    }
}

impl Precise {
    /// Values of a currency with so many decimals, with those of a cost.
    pub fn of_values(values: impl Into<Total<Value>>, precision: u8) -> Self {
        Self::from_count(values.into().count() * 10i128.pow(u32::from(COST_PRECISION - precision)))
    }
}

impl Precise {
    /// How many billionths of the currency; `None` when they are not whole, or too many.
    pub fn billionths(self) -> Option<i64> {
        // Nearly all costs fit into 64 bits, where the processor divides several times faster.
        match i64::try_from(self.count()) {
            Ok(count) => (count % BILLIONTH as i64 == 0).then_some(count / BILLIONTH as i64),
            Err(_) => (self.count() % BILLIONTH == 0).then_some(self.count() / BILLIONTH)?.try_into().ok(),
        }
    }
}

impl From<Cost> for i128 {
    fn from(cost: Cost) -> Self {
        cost.0
    }
}

impl From<Cost> for Precise {
    fn from(cost: Cost) -> Self {
        Self::from_count(cost.0)
    }
}

impl Neg for Cost {
    type Output = Self;

    fn neg(self) -> Self {
        Self(-self.0)
    }
}

impl fmt::Debug for Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cost({})", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::{Asset, parse_cost};
    use num_bigint::BigInt;
    use proptest::prelude::*;

    fn cost(text: &str) -> Result<Cost, Overflow> {
        Cost::rounded(parse_cost(text).unwrap())
    }

    #[test]
    fn a_cost_is_what_is_written() {
        for text in ["0", "0.0000000004", "-0.000000000000000001", "1234567890.123456789012345678", "-1000000000000"] {
            assert_eq!(cost(text).unwrap().decimal().unwrap().to_string(), text);
        }
        let told = |text| cost(text).unwrap().decimal().unwrap().to_string();
        assert_eq!(told("0.01999999999999999872"), "0.019999999999999999");
        assert_eq!(["0.0000000000000000005", "-0.0000000000000000015"].map(told), ["0", "-0.000000000000000002"]);
        assert_eq!(["5.551115123125783e-17", "-4.9e-324"].map(told), ["0.000000000000000056", "0"]);
        // Halves, but for what stands far behind.
        let digits = ["2.500000000000000000000000001e-18", "2.499999999999999999999999999e-18", "2.5e-18"];
        assert_eq!(digits.map(|text| cost(text).unwrap().count()), [3, 2, 2]);
    }

    #[test]
    fn a_cost_has_a_limit_on_either_side() {
        let most = "1000000000000";
        assert_eq!(cost(most), Ok(Cost::MAX));
        assert_eq!(cost(most).unwrap().checked_add(cost("0.000000000000000001").unwrap()), Err(Overflow));
        for text in ["1000000000000.000000000000001", "-1000000000001", "9999999999999999999999999999"] {
            assert_eq!(cost(text), Err(Overflow), "{text}");
        }
    }

    #[test]
    fn values_and_costs_are_reckoned_together() {
        let value = Precise::of_values(Value::from_count(2_100), 9);
        let profit = value - cost("0.0000000004").unwrap();
        assert_eq!(Asset::currency("USD").unwrap().precise(profit).to_string(), "0.0000020996");
        assert_eq!(Precise::of_values(Value::from_count(7), 0), Precise::from_count(7 * 10i128.pow(18)));
    }

    proptest! {
        /// Against the definition: the nearest 10^-18, and the even one of two.
        #[test]
        fn a_cost_is_rounded_once(digits in "[1-9][059]{0,27}", decimals in 0u32..70) {
            let number: BigInt = digits.parse().unwrap();
            let unit = BigInt::from(10).pow(decimals);
            let scaled = number * BigInt::from(10).pow(COST_PRECISION.into());
            let (whole, rest): (BigInt, BigInt) = (&scaled / &unit, &scaled % &unit);
            let goes_up = (&rest * 2 + BigInt::from(u8::from(whole.bit(0)))) > unit;
            let expected = whole + BigInt::from(u8::from(goes_up));
            for (text, sign) in [(format!("{digits}e-{decimals}"), 1), (format!("-{digits}e-{decimals}"), -1)] {
                if let Ok(cost) = cost(&text) {
                    prop_assert_eq!(BigInt::from(cost.count()), &expected * sign, "{}", text);
                } else {
                    prop_assert!(expected > BigInt::from(Cost::MAX.count()), "{}", text);
                }
            }
        }
    }
}
