//! The values that are tried for one number.

use super::applied::Applied;
use super::apply::{ApplyError, NoNumbers, apply, numbers};
use super::path::Path;
use super::value::Change;
use super::vary::{Setting, Vary};
use crate::money::{Decimal, Rounding, add_exact, multiply_exact, round_decimal};
use thiserror::Error;

/// Why there are no values to try.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum GridError {
    /// There are more than so many.
    #[error("{0}: more than {1} values; take larger steps")]
    TooMany(Path, usize),
    /// A word is among them.
    #[error("{0}: {words} is not a number, and only numbers have a least one", words = .1.join(","))]
    Words(Path, Vec<String>),
    /// Numbers, per cents and factors are mixed.
    #[error("{0}: {1} can't be compared with the other values; give only numbers, only percentages or only factors")]
    Mixed(Path, Change),
    /// Half of nothing is nothing.
    #[error("{0} is 0, so say which values to try: {0}=FROM..TO/STEP")]
    Zero(Path),
    /// There is no number to begin with.
    #[error(transparent)]
    NoNumbers(#[from] NoNumbers),
    /// One of them can't be.
    #[error(transparent)]
    Apply(#[from] ApplyError),
}

/// How many there are, from half to double.
const VALUES: i64 = 25;
/// From one to the next: `(2 - 0.5) / 24`.
const STEP: Decimal = Decimal::from_parts(625, 0, 0, false, 4);
const HALF: Decimal = Decimal::from_parts(5, 0, 0, false, 1);

/// The values that are tried for one number, `most` at most: those of a list or a range, else 25 from half to double.
///
/// # Errors
/// When there are too many, or none to begin with.
pub fn grid(vary: &Vary, applied: &[Applied], most: usize) -> Result<Vec<Change>, GridError> {
    let Some(values) = vary.values() else { return half_to_double(&vary.path, applied) };
    let values: Vec<_> = values.take(most + 1).collect();
    if values.len() > most { Err(GridError::TooMany(vary.path.clone(), most)) } else { Ok(values) }
}

/// The values, the least first: all numbers, all per cents or all factors.
///
/// # Errors
/// When they have no order.
pub fn ascending(path: &Path, values: Vec<Change>) -> Result<Vec<Change>, GridError> {
    let kind = values.first().map(std::mem::discriminant);
    let key = |value: &Change| match value {
        Change::Words(words) => Err(GridError::Words(path.clone(), words.clone())),
        _ if kind != Some(std::mem::discriminant(value)) => Err(GridError::Mixed(path.clone(), value.clone())),
        Change::Number(number) | Change::Payment(number, _) | Change::Percent(number) | Change::Factor(number) => {
            Ok(*number)
        }
    };
    let mut keyed = values.into_iter().map(|value| Ok((key(&value)?, value))).collect::<Result<Vec<_>, GridError>>()?;
    keyed.sort_by_key(|(key, _)| *key);
    Ok(keyed.into_iter().map(|(_, value)| value).collect())
}

/// Values from half to double of what a path names: numbers, or factors if it names several that differ. Numbers have as
/// many decimals as `check` allows.
///
/// # Errors
/// When the path names no number above 0, or `check` would refuse a value.
fn half_to_double(path: &Path, applied: &[Applied]) -> Result<Vec<Change>, GridError> {
    let numbers = numbers(path, applied)?;
    let [number] = numbers[..] else { return checked(path, factors().map(Change::Factor).collect(), applied) };
    if number.is_zero() {
        return Err(GridError::Zero(path.clone()));
    }
    let exact: Vec<_> = factors().filter_map(|factor| multiply_exact(number, factor)).collect();
    let mut tried = checked(path, exact.iter().copied().map(Change::Number).collect(), applied);
    for decimals in (0..=2).rev().filter_map(|more| u8::try_from(number.scale() + more).ok()) {
        if tried.is_ok() || decimals > MOST_DECIMALS {
            continue;
        }
        let rounded = exact.iter().filter_map(|&value| round_decimal(value, decimals, Rounding::HalfEven).ok());
        let mut rounded: Vec<_> = rounded.map(|units| Decimal::new(units, decimals.into()).normalize()).collect();
        rounded.dedup();
        tried = checked(path, rounded.into_iter().map(Change::Number).collect(), applied);
    }
    tried
}

/// The most decimals that an amount has. Numbers with more are never refused for their decimals.
const MOST_DECIMALS: u8 = 9;

fn factors() -> impl Iterator<Item = Decimal> {
    (0..VALUES).filter_map(|index| add_exact(HALF, multiply_exact(STEP, Decimal::from(index))?))
}

/// The values, if each of them passes.
fn checked(path: &Path, values: Vec<Change>, applied: &[Applied]) -> Result<Vec<Change>, GridError> {
    for change in &values {
        apply(&[Setting { path: path.clone(), change: change.clone() }], applied)?;
    }
    Ok(values)
}
