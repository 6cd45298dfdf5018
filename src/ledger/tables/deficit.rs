//! `deficit`: what accounts owe.

use super::table::Table;
use crate::ids::{AssetId, CustomerId};
use crate::ledger::LedgerError;
use crate::money::Units;
use rusqlite::{CachedStatement, Connection};

/// Derived: what draws took beyond all lots, less what was paid back.
pub(in crate::ledger) const DEFICIT: Table = Table {
    name: "deficit",
    create: "
CREATE TABLE deficit (
  customer INTEGER NOT NULL, asset INTEGER NOT NULL, amount INTEGER NOT NULL,
  PRIMARY KEY (customer, asset)) STRICT, WITHOUT ROWID;
",
    columns: &["customer", "asset", "amount"],
    facts: 0,
    counted: None,
    is_setting: false,
};

/// Whether nobody owes anything.
pub(in crate::ledger) fn is_empty(connection: &Connection) -> Result<bool, LedgerError> {
    Ok(!connection.prepare_cached("SELECT 1 FROM deficit LIMIT 1")?.exists([])?)
}

/// What a customer owes, by asset.
pub(in crate::ledger) fn of(
    connection: &Connection,
    customer: CustomerId,
) -> Result<Vec<(AssetId, Units)>, LedgerError> {
    let sql = "SELECT customer, asset, amount FROM deficit WHERE customer = ?1";
    DEFICIT.rows(connection, sql, [customer], |row| Ok((row.get(1)?, row.get(2)?)))
}

/// Stores what accounts owe.
pub(in crate::ledger) struct Storing<'c> {
    owes: CachedStatement<'c>,
    /// Nobody owes anything, as far as is stored, where this is missing.
    owes_nothing: Option<CachedStatement<'c>>,
}

impl<'c> Storing<'c> {
    pub fn new(connection: &'c Connection) -> Result<Self, LedgerError> {
        let owes_nothing = "DELETE FROM deficit WHERE customer = ?1 AND asset = ?2";
        Ok(Self {
            owes: connection.prepare_cached("INSERT OR REPLACE INTO deficit VALUES (?1, ?2, ?3)")?,
            owes_nothing: match is_empty(connection)? {
                true => None,
                false => Some(connection.prepare_cached(owes_nothing)?),
            },
        })
    }

    pub fn store(&mut self, customer: CustomerId, asset: AssetId, owed: Units) -> Result<(), LedgerError> {
        if owed.is_positive() {
            self.owes.execute((customer, asset, owed))?;
        } else if let Some(owes_nothing) = &mut self.owes_nothing {
            owes_nothing.execute((customer, asset))?;
        }
        Ok(())
    }
}

/// What all accounts owe.
pub(in crate::ledger) fn all(connection: &Connection) -> Result<Vec<(CustomerId, AssetId, Units)>, LedgerError> {
    let sql = "SELECT customer, asset, amount FROM deficit";
    DEFICIT.rows(connection, sql, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
}
