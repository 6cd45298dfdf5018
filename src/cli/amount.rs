//! Amounts and assets as people type them.

use super::error::Failure;
use crate::billing::MoneyError;
use crate::money::{Asset, AssetKind, DecimalError, Units, UnitsError, parse_decimal, units_of};

/// Reads an amount of an asset, with at most `digits` decimals, as units.
///
/// # Errors
/// When it is no number, has more decimals, or does not fit.
pub(super) fn units(text: &str, asset: &Asset, digits: u8) -> Result<Units, Failure> {
    let units = parse_decimal(text).map_err(UnitsError::from).and_then(|value| {
        units_of(value, digits)?;
        units_of(value, asset.precision)
    });
    units.map_err(|error| {
        let why = no_amount(error, asset, digits);
        Failure::refused("bad_amount", format!("{text:?} {}: {why}", asset.code))
    })
}

/// Why something is not an amount of an asset, with at most `digits` decimals.
pub(super) fn no_amount(error: UnitsError, asset: &Asset, digits: u8) -> String {
    match error {
        UnitsError::Overflow(_) | UnitsError::Decimal(DecimalError::TooLarge) => {
            format!("the ledger can count {}", asset.limit_with(digits))
        }
        other => other.to_string(),
    }
}

/// Reads an amount of money that is paid, as units.
///
/// # Errors
/// When it is no amount, not above zero, or has more decimals than the currency's coins.
pub(super) fn payment(text: &str, currency: &Asset) -> Result<Units, Failure> {
    let units = units(text, currency, currency.payment_digits())?;
    if units.is_positive() { Ok(units) } else { Err(money_failure(MoneyError::NotPositive)) }
}

/// Only money can be paid.
///
/// # Errors
/// When the asset is a custom one.
pub(super) fn check_currency(asset: &Asset) -> Result<(), Failure> {
    match asset.kind {
        AssetKind::Currency { .. } => Ok(()),
        AssetKind::Custom => {
            let failure = Failure::refused("not_a_currency", format!("{} is not a currency", asset.code));
            Err(failure.with_help("payments are in a currency, such as USD; other assets are what they buy"))
        }
    }
}

/// Splits `20 USD` into the number and the code.
///
/// # Errors
/// When there are not two words.
pub(super) fn split(text: &str) -> Result<(&str, &str), Failure> {
    let mut words = text.split_whitespace();
    match (words.next(), words.next(), words.next()) {
        (Some(number), Some(code), None) => Ok((number, code)),
        _ => Err(Failure::usage(format!("{text:?} is not an amount of money"))
            .with_help("write the number and the currency in quotes, as in \"20 USD\"")),
    }
}

/// Why money could not come in, and what to do about it.
pub(super) fn money_failure(error: MoneyError) -> Failure {
    let failure = Failure::refused("refused", error.to_string());
    match error {
        MoneyError::Life(error) => error.into(),
        MoneyError::BuysNothing(_) => failure.with_help("pay more, or check the rate with `drawdown asset show`"),
        MoneyError::WrongSign { .. } => {
            failure.with_help("gift and external_topup add, external_refund takes, other does either")
        }
        MoneyError::BelowZero { .. } => failure.with_help("take less; `drawdown balance` shows what is there"),
        _ => failure,
    }
}
