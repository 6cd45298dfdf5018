//! What a change makes of the value that stands at a key.

use super::value::{Change, NotHeld};
use crate::catalog::keys::{Key, Kind, Usual};
use crate::catalog::{Written, WrittenTable};
use crate::money::Decimal;
use thiserror::Error;

/// Why a value can't become another one.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ChangeError {
    /// It is another word.
    #[error("it is one of: {}", .0.join(", "))]
    Word(Vec<&'static str>),
    /// It is no word of a flag.
    #[error("it is true or false")]
    Flag,
    /// It is relative to a number that is not there.
    #[error("there is no number to change yet; write the number itself")]
    NoNumber,
    /// It is a payment, of which neither it nor what stands beside it says the currency.
    #[error("it has no currency, so write it too, as in 20 USD")]
    NoCurrency,
    /// It is a payment in another currency.
    #[error("it is paid in {currency}, so write {number} {currency}, or {number}")]
    OtherCurrency {
        /// The currency that it is in.
        currency: String,
        /// The number.
        number: Decimal,
    },
    /// The number can't be held.
    #[error(transparent)]
    NotHeld(#[from] NotHeld),
}

/// Changes what stands at a key of a table, or puts it there.
pub(super) fn set(table: &mut WrittenTable, key: &Key, change: &Change) -> Result<(), ChangeError> {
    let value = match (&key.kind, change) {
        (Kind::Words(_), Change::Words(words)) if words.len() == 1 => Written::Text(words[0].clone()),
        (Kind::List(_), Change::Words(words)) => words.iter().map(String::as_str).collect(),
        (Kind::Flag, Change::Words(words)) if *words == ["true"] => Written::Flag(true),
        (Kind::Flag, Change::Words(words)) if *words == ["false"] => Written::Flag(false),
        (Kind::Words(words) | Kind::List(Kind::Words(words)), _) => {
            let words = words.iter().filter(|word| !word.is_alias()).map(|word| word.name);
            return Err(ChangeError::Word(words.collect()));
        }
        (Kind::Flag, _) => return Err(ChangeError::Flag),
        (Kind::Payment, _) => payment(table, key, change)?,
        _ => Written::Number(change.of(number(table, key, change)?)?),
    };
    table.set(key.name, value);
    Ok(())
}

/// The number that stands at a key, or what holds when there is none.
fn number(table: &WrittenTable, key: &Key, change: &Change) -> Result<Decimal, ChangeError> {
    match (table.get(key.name).map(|entry| &entry.value), key.default) {
        (Some(Written::Number(number) | Written::Payment(number, _)), _) => Ok(*number),
        (_, Some(Usual::Number(number))) => Ok(Decimal::from(number)),
        _ if change.is_relative() => Err(ChangeError::NoNumber),
        _ => Ok(Decimal::ZERO),
    }
}

/// A payment in the currency of the one that stands there, or of another one beside it.
fn payment(table: &WrittenTable, key: &Key, change: &Change) -> Result<Written, ChangeError> {
    let asset = |entry: &crate::catalog::Entry| match &entry.value {
        Written::Payment(_, asset) => Some(asset.clone()),
        _ => None,
    };
    let currency = table.get(key.name).and_then(asset).or_else(|| table.entries.iter().find_map(asset));
    match (change, currency) {
        (Change::Payment(number, own), Some(currency)) if *own != currency => {
            Err(ChangeError::OtherCurrency { currency, number: *number })
        }
        (Change::Payment(number, own), _) => Ok(Written::Payment(*number, own.clone())),
        (_, Some(currency)) => Ok(Written::Payment(change.of(number(table, key, change)?)?, currency)),
        (_, None) => Err(ChangeError::NoCurrency),
    }
}
