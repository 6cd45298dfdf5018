//! Which customers have something that another catalog lacks.

use super::tables::product_version;
use super::{Ledger, LedgerError};
use rusqlite::{Connection, ToSql};
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
        let whose =
            "SELECT customer FROM subscription s JOIN product_version v ON v.id = s.version WHERE v.product = ?1";
        holders(&self.connection, whose, &product).map_err(|e| e.at(self.path()))
    }

    /// The customers whose wallets ever held or owed an asset; if there are none, those who were ever subscribed to what
    /// charges or grants it.
    ///
    /// # Errors
    /// When the ledger can't be read.
    pub fn holders(&self, asset: &str) -> Result<Holders, LedgerError> {
        let read = || {
            let whose =
                "SELECT customer FROM (SELECT customer, asset FROM lot UNION SELECT customer, asset FROM deficit)
                         WHERE asset = (SELECT id FROM asset WHERE code = ?1)";
            let held = holders(&self.connection, whose, &asset)?;
            if held.count > 0 {
                return Ok(held);
            }
            let versions = product_version::all(&self.connection)?.into_iter();
            let has_it = versions.filter(|version| version.product.assets().any(|own| own == asset));
            let ids: Vec<String> = has_it.map(|version| version.id.number().to_string()).collect();
            let whose = "SELECT customer FROM subscription WHERE version IN (SELECT value FROM json_each(?1))";
            holders(&self.connection, whose, &format!("[{}]", ids.join(",")))
        };
        read().map_err(|e: LedgerError| e.at(self.path()))
    }
}

/// The customers whose numbers a query with one parameter finds.
fn holders(connection: &Connection, whose: &str, parameter: &dyn ToSql) -> Result<Holders, LedgerError> {
    let found = format!("FROM customer WHERE id IN ({whose})");
    let count: i64 = connection.query_row(&format!("SELECT count(*) {found}"), [parameter], |row| row.get(0))?;
    let mut statement = connection.prepare(&format!("SELECT external_id {found} ORDER BY id LIMIT {NAMED}"))?;
    let first = statement.query_map([parameter], |row| row.get(0))?.collect::<Result<_, _>>()?;
    Ok(Holders { first, count: count.unsigned_abs() })
}
