//! How far below zero customers get, and how often their automatic payments are declined.

use crate::billing::{Engine, LifeError, Stress};
use crate::ids::CustomerId;
use crate::money::Value;
use crate::time::Instant;
use rustc_hash::FxHashMap;

/// How one customer fares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Strain {
    /// The most that one of their accounts ever owed, at its value in the end.
    pub deepest: Value,
    /// How many of their automatic payments were declined, each as often as it was.
    pub declined: u64,
}

impl Strain {
    /// Of whom neither ever happened.
    pub const NONE: Self = Self { deepest: Value::ZERO, declined: 0 };
}

/// What accounts have been through, for everybody whose accounts have been through something.
///
/// # Errors
/// When what was owed is worth more than can be counted.
pub(super) fn strains(
    accounts: &[(CustomerId, Stress)],
    engine: &Engine,
    at: Instant,
) -> Result<FxHashMap<CustomerId, Strain>, LifeError> {
    let mut strains = FxHashMap::default();
    for &(customer, own) in accounts {
        let value = engine.list_value(own.deepest, own.asset, at);
        let value = value.map_err(|error| LifeError::TooLarge(customer, error))?;
        let strain: &mut Strain = strains.entry(customer).or_insert(Strain::NONE);
        strain.deepest = strain.deepest.max(value);
        strain.declined += own.declined;
    }
    Ok(strains)
}
