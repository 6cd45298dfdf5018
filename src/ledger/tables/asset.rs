//! `asset`: the numbers of assets.

use super::code;
use super::seal::Seals;
use super::table::Table;
use crate::ids::AssetId;
use crate::ledger::LedgerError;
use rusqlite::Connection;

/// All of its columns are facts.
pub(in crate::ledger) const ASSET: Table = Table {
    name: "asset",
    create: "
CREATE TABLE asset (id INTEGER PRIMARY KEY, code TEXT NOT NULL UNIQUE, operation INTEGER NOT NULL) STRICT;
",
    columns: &["id", "code"],
    facts: 2,
    counted: None,
    is_setting: false,
};

/// All assets with their codes, in the order of their numbers.
pub(in crate::ledger) fn all(connection: &Connection) -> Result<Vec<(AssetId, String)>, LedgerError> {
    code::all(connection, &ASSET)
}

/// The number of an asset, given out if it is new.
pub(in crate::ledger) fn number(
    connection: &Connection,
    seals: &mut Seals,
    code: &str,
) -> Result<AssetId, LedgerError> {
    code::number(connection, seals, &ASSET, code)
}
