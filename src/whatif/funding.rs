//! Who pays when a wallet runs dry.

use crate::catalog::{AutoTopup, Catalog, Collection, Money, Product, Terms};
use crate::money::{Asset, Book, ConvertError, Decimal, TooLarge, Units, UnitsError, minor_step, units_of};
use crate::time::Instant;
use serde::Serialize;
use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;
use thiserror::Error;

/// Who pays money into wallets.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Funding {
    /// The recorded payments, and the catalog's automatic top-up rules.
    #[default]
    Recorded,
    /// A customer who runs out pays this amount, or else the rule's, as often as needed.
    AsNeeded(Option<Payment>),
    /// A customer who runs out pays exactly what is missing, so that everything is served.
    Unlimited,
}

/// An amount of money, such as `20 USD`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payment {
    /// How much is paid.
    pub amount: Decimal,
    /// The currency's code; the reporting currency when absent.
    pub currency: Option<String>,
}

/// Why wallets can't be funded in this way.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum FundError {
    /// It is not known how much is paid.
    #[error("{0} has no automatic top-up rule, which would say what is paid when it runs out")]
    NoAmount(String),
    /// The amount can't be paid.
    #[error("{payment} can't be paid: {why}")]
    NotPayable {
        /// What would be paid: a number and the code of its asset.
        payment: String,
        /// Why nobody can pay it.
        why: NotPayable,
    },
    /// The asset can't be bought with that currency.
    #[error("{asset} can't be bought with {currency}: it has no rate in it")]
    NoRate {
        /// What is to be bought.
        asset: String,
        /// What is to be paid.
        currency: String,
    },
}

/// Why an amount can't be paid.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NotPayable {
    /// Payments are made in currencies.
    #[error("{0} is not a currency")]
    NotACurrency(String),
    /// It has more digits than the currency, or is more than can be counted.
    #[error(transparent)]
    Number(#[from] UnitsError),
    /// It is zero or less, or a part of the smallest coin.
    #[error("it must be above zero, in whole minor units")]
    NotWhole,
    /// What it buys can't be counted.
    #[error(transparent)]
    TooLarge(#[from] Box<TooLarge>),
    /// It buys nothing.
    #[error("it is too little to buy any {0}")]
    TooLittle(String),
}

impl FromStr for Payment {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (number, currency) = match text.split_once(' ') {
            Some((number, code)) => (number, Some(code.to_owned())),
            None => (text, None),
        };
        let amount = crate::money::parse_decimal(number).map_err(|_| "write an amount, as in \"20 USD\"")?;
        Ok(Self { amount, currency })
    }
}

impl FromStr for Funding {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once('=') {
            None if text == "recorded" => Ok(Self::Recorded),
            None if text == "as-needed" => Ok(Self::AsNeeded(None)),
            None if text == "unlimited" => Ok(Self::Unlimited),
            Some(("as-needed", amount)) => Ok(Self::AsNeeded(Some(amount.parse()?))),
            _ => Err("it is recorded, as-needed, as-needed=AMOUNT or unlimited"),
        }
    }
}

impl fmt::Display for Funding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Recorded => f.write_str("recorded"),
            Self::AsNeeded(None) => f.write_str("as-needed"),
            Self::AsNeeded(Some(Payment { amount, currency })) => {
                write!(f, "as-needed={amount}")?;
                currency.as_ref().map_or(Ok(()), |code| write!(f, " {code}"))
            }
            Self::Unlimited => f.write_str("unlimited"),
        }
    }
}

impl Serialize for Funding {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl Funding {
    /// Gives a catalog the rules by which customers of a product pay.
    ///
    /// # Errors
    /// When it is not known what they pay, or they can't.
    pub(super) fn apply(&self, catalog: &mut Catalog, product: &str) -> Result<(), FundError> {
        match catalog.products.iter().find(|own| own.code == product) {
            Some(product) => self.fund(&mut catalog.terms, charged(product)),
            // Nobody can be subscribed to it, which is refused when its version is looked for.
            None => Ok(()),
        }
    }

    /// Gives terms the rules by which customers pay for what is charged in these assets.
    ///
    /// # Errors
    /// When it is not known what they pay, or they can't.
    pub(super) fn fund(&self, terms: &mut Terms, charged: BTreeSet<String>) -> Result<(), FundError> {
        let Self::AsNeeded(payment) = self else { return Ok(()) };
        let book = Book::new(terms.reporting_currency.clone(), terms.assets.clone());
        for asset in charged {
            let rule = terms.auto_topups.iter_mut().find(|rule| rule.asset == asset);
            let amount = match payment {
                Some(payment) => Some(payment.buy(&asset, &book, &terms.reporting_currency)?),
                None => rule.as_ref().map(|rule| rule.amount.clone()),
            };
            let amount = amount.ok_or_else(|| FundError::NoAmount(asset.clone()))?;
            match rule {
                Some(rule) => (rule.amount, rule.limit) = (amount, None),
                // Customers pay when they run out, not when they run low.
                None => terms.auto_topups.push(AutoTopup { asset, threshold: Units::ZERO, amount, limit: None }),
            }
        }
        Ok(())
    }
}

impl Payment {
    /// The payment in units of its currency, if it can be made and buys some of an asset.
    fn buy(&self, asset: &str, book: &Book, reporting: &str) -> Result<Money, FundError> {
        let code = self.currency.as_deref().unwrap_or(reporting);
        let refused = |why: NotPayable| FundError::NotPayable { payment: format!("{} {code}", self.amount), why };
        let is_currency = Asset::currency(code).is_some();
        let currency = book.asset(code).ok().filter(|_| is_currency);
        let currency = currency.ok_or_else(|| refused(NotPayable::NotACurrency(code.to_owned())))?;
        let units = units_of(self.amount, currency.precision).map_err(|error| refused(error.into()))?;
        if !units.is_positive() || !units.is_multiple_of(minor_step(currency.precision, currency.payment_digits())) {
            return Err(refused(NotPayable::NotWhole));
        }
        let no_rate = || FundError::NoRate { asset: asset.to_owned(), currency: code.to_owned() };
        let target = book.asset(asset).map_err(|_| no_rate())?;
        let bought = book.purchase(units, currency, target, Instant::MAX).map_err(|error| match error {
            ConvertError::TooLarge(error) => refused(error.into()),
            ConvertError::NoRate { .. } | ConvertError::UnknownAsset { .. } => no_rate(),
        })?;
        if !bought.is_positive() {
            return Err(refused(NotPayable::TooLittle(asset.to_owned())));
        }
        Ok(Money { units, asset: code.to_owned() })
    }
}

/// The assets that a product takes from wallets.
pub(super) fn charged(product: &Product) -> BTreeSet<String> {
    let usage = product.prices.iter().map(|price| &price.usage);
    let overage = usage.clone().filter_map(|usage| usage.overage.as_ref()).map(|overage| &overage.asset);
    let fixed = product.fixed_prices.iter().filter(|price| price.collection == Collection::Balance);
    usage.map(|usage| &usage.asset).chain(overage).chain(fixed.map(|price| &price.asset)).cloned().collect()
}
