//! Amounts that know how they are written.

use super::units::format_units;
use super::{CURRENCY_PRECISION, Rounding, round_div};
use serde::{Serialize, Serializer};
use std::fmt;

/// A count of an asset's smallest unit, with the decimals of that asset. It may be a sum, so it may be more than a ledger
/// holds. As text, and so in JSON, it is exact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Amount {
    units: i128,
    precision: u8,
    min_digits: u8,
}

impl Amount {
    /// `units` of an asset with `precision` decimals, of which at least `min_digits` are written.
    pub(super) fn new(units: i128, precision: u8, min_digits: u8) -> Self {
        Self { units, precision, min_digits }
    }

    /// Whether it is nothing.
    pub fn is_zero(self) -> bool {
        self.units == 0
    }

    /// Whether it is below zero.
    pub fn is_negative(self) -> bool {
        self.units < 0
    }

    /// As tables show it: with the decimals of a currency at most, unless nothing would be left of it.
    #[must_use]
    pub fn shown(self) -> Self {
        let Some(more @ 1..) = self.precision.checked_sub(CURRENCY_PRECISION) else { return self };
        match round_div(self.units, 10i128.pow(more.into()), Rounding::HalfEven) {
            0 => self,
            units => Self { units, precision: CURRENCY_PRECISION, ..self },
        }
    }

    /// The same without its sign.
    #[must_use]
    pub fn abs(self) -> Self {
        Self { units: self.units.saturating_abs(), ..self }
    }
}

impl fmt::Display for Amount {
    /// At least the minor digits of a currency, and all decimals that are not zero.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&format_units(self.units, self.precision, self.min_digits))
    }
}

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use crate::money::{Asset, Cost, Total, Units};

    #[test]
    fn an_amount_is_written_exactly() {
        let usd = Asset::currency("USD").unwrap();
        let texts = [0, -1_500_000_000, 1].map(|units| usd.amount(Units::from_count(units)).to_string());
        assert_eq!(texts, ["0.00", "-1.50", "0.000000001"]);
        assert_eq!(
            serde_json::to_string(&usd.amount(Total::from(Units::MAX) + Units::MAX)).unwrap(),
            "\"18446744073.709551614\""
        );
        let [one, less] = [1, -1].map(|units| usd.amount(Units::from_count(units)));
        assert_eq!(less.abs(), one);
    }

    #[test]
    fn what_is_shown_has_no_more_decimals_than_a_currency() {
        let usd = Asset::currency("USD").unwrap();
        let shown = [1_500_000_000_500_000_000, 1_500_000_001_500_000_000, -499_999_999, 20_000_000_000_000_000]
            .map(|count| usd.precise(Cost::from_count(count).unwrap()).shown().to_string());
        assert_eq!(shown, ["1.50", "1.500000002", "-0.000000000499999999", "0.02"]);
        let one = usd.amount(Units::from_count(1));
        assert_eq!(one.shown(), one);
    }
}
