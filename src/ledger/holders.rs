//! Which customers have something that another catalog lacks.

use super::tables::{customer, product_version};
use super::{Ledger, LedgerError};
use crate::ids::VersionId;
use std::fmt;

/// The customers that something is true of: the first of them by their numbers, and how many they are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Holders {
    /// External ids, a few at the most.
    pub first: Vec<String>,
    /// How many there are.
    pub count: u64,
}

/// So many are named.
const NAMED: usize = 3;

impl From<(Vec<String>, u64)> for Holders {
    fn from((first, count): (Vec<String>, u64)) -> Self {
        Self { first, count }
    }
}

impl fmt::Display for Holders {
    /// `"acme", "globex", "initech" and 37 others`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named: Vec<String> = self.first.iter().map(|name| format!("{name:?}")).collect();
        let others = self.count.saturating_sub(self.first.len() as u64);
        match (others, named.as_slice()) {
            (0, [before @ .., last]) if !before.is_empty() => write!(f, "{} and {last}", before.join(", ")),
            (0, _) => f.write_str(&named.join(", ")),
            (1, _) => write!(f, "{} and 1 other", named.join(", ")),
            _ => write!(f, "{} and {others} others", named.join(", ")),
        }
    }
}

impl Ledger {
    /// The customers who were ever subscribed to a product.
    ///
    /// # Errors
    /// When the ledger can't be read.
    pub fn subscribers(&self, product: &str) -> Result<Holders, LedgerError> {
        let found = customer::subscribed_to(&self.connection, product, NAMED);
        found.map(Holders::from).map_err(|e| e.at(self.path()))
    }

    /// The customers whose wallets ever held or owed an asset; if there are none, those who were ever subscribed to what
    /// charges or grants it.
    ///
    /// # Errors
    /// When the ledger can't be read.
    pub fn holders(&self, asset: &str) -> Result<Holders, LedgerError> {
        let read = || {
            let held = customer::ever_held(&self.connection, asset, NAMED)?;
            if held.1 > 0 {
                return Ok(held.into());
            }
            let versions = product_version::all(&self.connection)?.into_iter();
            let has_it = versions.filter(|version| version.product.assets().any(|own| own == asset));
            let ids: Vec<VersionId> = has_it.map(|version| version.id).collect();
            Ok(customer::subscribed_to_any(&self.connection, &ids, NAMED)?.into())
        };
        read().map_err(|e: LedgerError| e.at(self.path()))
    }
}
