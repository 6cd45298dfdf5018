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

/// The codes of the assets that some wallet ever held or owed, or has a rule for.
pub(in crate::ledger) fn ever_held(connection: &Connection) -> Result<Vec<String>, LedgerError> {
    let sql = "SELECT id, code FROM asset WHERE id IN
           (SELECT asset FROM lot UNION SELECT asset FROM deficit UNION SELECT asset FROM auto_topup_rule)";
    ASSET.rows(connection, sql, [], |row| row.get(1))
}

/// The number of an asset, given out if it is new.
pub(in crate::ledger) fn number(
    connection: &Connection,
    seals: &mut Seals,
    code: &str,
) -> Result<AssetId, LedgerError> {
    code::number(connection, seals, &ASSET, code)
}
