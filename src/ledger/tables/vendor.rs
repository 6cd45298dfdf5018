//! `vendor`: the numbers of vendors.

use super::code;
use super::seal::Seals;
use super::table::Table;
use crate::ids::VendorId;
use crate::ledger::LedgerError;
use rusqlite::Connection;

/// All of its columns are facts.
pub(in crate::ledger) const VENDOR: Table = Table {
    name: "vendor",
    create: "
CREATE TABLE vendor (id INTEGER PRIMARY KEY, code TEXT NOT NULL UNIQUE, operation INTEGER NOT NULL) STRICT;
",
    columns: &["id", "code"],
    facts: 2,
    counted: None,
    is_setting: false,
};

/// All vendors with their codes, in the order of their numbers.
pub(in crate::ledger) fn all(connection: &Connection) -> Result<Vec<(VendorId, String)>, LedgerError> {
    code::all(connection, &VENDOR)
}

/// The number of a vendor, given out if it is new.
pub(in crate::ledger) fn number(
    connection: &Connection,
    seals: &mut Seals,
    code: &str,
) -> Result<VendorId, LedgerError> {
    code::number(connection, seals, &VENDOR, code)
}
