//! The most of an asset that the ledger can count, for errors.

use super::asset::{Asset, AssetKind};
use super::{Amount, Units, minor_step};
use rust_decimal::Decimal;
use std::fmt;
use thiserror::Error;

/// The most of an asset that an amount or an account can be, and how it could be more. As text it is
/// `at most 9223372036.854775807 USD; a lower `precision` of USD allows more`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limit {
    most: Amount,
    asset: String,
    may_rise: bool,
}

/// An amount that can't be converted, because what comes of it is more than the ledger can count.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{amount} {from} is more {to} than the ledger can count: {limit}")]
pub struct TooLarge {
    /// What should be converted.
    pub amount: Decimal,
    /// The code of the asset that it is in.
    pub from: String,
    /// The code of the asset that it should become.
    pub to: String,
    /// The most that there can be of that.
    pub limit: Limit,
}

impl TooLarge {
    /// So much of the asset `from` would be more of `to` than can be counted.
    pub fn new(amount: Decimal, from: &str, to: &Asset) -> Self {
        Self { amount, from: from.to_owned(), to: to.code.clone(), limit: to.limit() }
    }
}

impl Asset {
    /// The most of it that can be counted.
    pub fn limit(&self) -> Limit {
        self.limit_with(self.precision)
    }

    /// The most of it that can be counted, in at most so many decimals.
    pub fn limit_with(&self, digits: u8) -> Limit {
        let least = match self.kind {
            AssetKind::Currency { minor_digits } => minor_digits,
            AssetKind::Custom => 0,
        };
        let most = Units::MAX.in_whole_steps(minor_step(self.precision, digits));
        Limit { most: self.amount(most), asset: self.code.clone(), may_rise: self.precision > least }
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { most, asset, may_rise } = self;
        write!(f, "at most {most} {asset}")?;
        if *may_rise { write!(f, "; a lower `precision` of {asset} allows more") } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_says_what_allows_more_only_where_something_does() {
        let usd = Asset::currency("USD").unwrap();
        let more = "a lower `precision` of USD allows more";
        assert_eq!(usd.limit().to_string(), format!("at most 9223372036.854775807 USD; {more}"));
        assert_eq!(usd.limit_with(2).to_string(), format!("at most 9223372036.85 USD; {more}"));
        let coarse = Asset { precision: 2, ..usd };
        assert_eq!(coarse.limit().to_string(), "at most 92233720368547758.07 USD");
        let credit = Asset { code: "CREDIT".to_owned(), kind: AssetKind::Custom, precision: 0, ..coarse };
        assert_eq!(credit.limit().to_string(), "at most 9223372036854775807 CREDIT");
    }
}
