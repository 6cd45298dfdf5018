//! What a wallet can hold.

use super::currency::{CURRENCY_PRECISION, currencies, currency_minor_digits};
use super::{Amount, COST_PRECISION, Counted, Precise, Rounding, Units};
use crate::time::{Instant, Interval};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// A currency or a custom unit, as the catalog declares it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asset {
    /// The code: `USD`, `CREDIT`.
    pub code: String,
    /// The name people see.
    pub name: String,
    /// Currency or custom unit.
    pub kind: AssetKind,
    /// Decimals in the ledger, 0 to 9. Currencies have 9, unless the catalog gives them fewer.
    pub precision: u8,
    /// How a fee in this asset is rounded.
    #[serde(default)]
    pub rounding: Rounding,
    /// A symbol to show before amounts, such as `★`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub symbol: Option<String>,
    /// A short label to show after amounts, such as `CR`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// What one unit costs in other assets, by date.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rates: Vec<Rate>,
    /// How long a paid lot lives; `None` is for ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_after: Option<Interval>,
    /// Under the overdraft policy: how far below zero an account may go, in units; `None` is without limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overdraft_limit: Option<Units>,
}

/// Where an asset comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AssetKind {
    /// An ISO 4217 currency; payments are made in its minor unit of so many digits.
    Currency {
        /// 2 for USD, 0 for JPY.
        minor_digits: u8,
    },
    /// A unit the catalog invented.
    Custom,
}

/// The price of ONE unit of an asset in a source asset, from an instant on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rate {
    /// The asset that is paid: `USD`.
    pub source: String,
    /// The number from the catalog.
    pub value: Decimal,
    /// `true` when `value` is units per one of the source (`inverse_rate`) instead of the price of one unit.
    #[serde(default)]
    pub inverse: bool,
    /// From when on; `None` is since ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_from: Option<Instant>,
}

impl Asset {
    /// The built-in currency of that code.
    pub fn currency(code: &str) -> Option<Self> {
        currency_minor_digits(code).map(|minor_digits| Self::built_in(code, minor_digits))
    }

    /// Every built-in currency.
    pub fn currencies() -> impl Iterator<Item = Self> {
        currencies().map(|(code, minor_digits)| Self::built_in(code, minor_digits))
    }

    fn built_in(code: &str, minor_digits: u8) -> Self {
        Self {
            code: code.to_owned(),
            name: code.to_owned(),
            kind: AssetKind::Currency { minor_digits },
            precision: CURRENCY_PRECISION,
            rounding: Rounding::default(),
            symbol: None,
            label: None,
            rates: Vec::new(),
            expires_after: None,
            overdraft_limit: None,
        }
    }

    /// Decimals a payment in this asset may have: the currency's minor digits, or the asset's own precision.
    pub fn payment_digits(&self) -> u8 {
        match self.kind {
            AssetKind::Currency { minor_digits } => minor_digits,
            AssetKind::Custom => self.precision,
        }
    }

    /// So many units of this asset. As text it has at least the minor digits of a currency.
    pub fn amount(&self, units: impl Counted) -> Amount {
        Amount::new(units.counted(), self.precision, self.min_digits())
    }

    /// So much of this currency, with all decimals of a cost that are not zero.
    pub fn precise(&self, sum: impl Into<Precise>) -> Amount {
        Amount::new(sum.into().count(), COST_PRECISION, self.min_digits())
    }

    fn min_digits(&self) -> u8 {
        match self.kind {
            AssetKind::Currency { minor_digits } => minor_digits,
            AssetKind::Custom => 0,
        }
    }

    /// `units` as text: at least the minor digits of a currency, all decimals that are not zero.
    pub fn format(&self, units: impl Counted) -> String {
        self.amount(units).to_string()
    }

    /// The rate in `source` that is valid at `at`: the latest one that has begun.
    pub fn rate_at(&self, source: &str, at: Instant) -> Option<&Rate> {
        self.rates
            .iter()
            .filter(|r| r.source == source && r.valid_from.is_none_or(|from| from <= at))
            .max_by_key(|r| r.valid_from)
    }
}
