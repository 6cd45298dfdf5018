//! `lapse`: renewals that the wallet could not pay. `recovery` says when it could after all.

use super::append::append;
use super::seal::Seals;
use super::table::Table;
use crate::billing::LapseFact;
use crate::ids::CustomerId;
use crate::ledger::LedgerError;
use crate::ledger::sql::cells;
use crate::time::Instant;
use rusqlite::{Connection, Row};

/// All of its columns are facts. `subscription` is an origin.
pub(in crate::ledger) const LAPSE: Table = Table {
    name: "lapse",
    create: "
CREATE TABLE lapse (
  id INTEGER PRIMARY KEY, customer INTEGER NOT NULL, subscription INTEGER NOT NULL, at INTEGER NOT NULL,
  asset INTEGER NOT NULL, needed INTEGER NOT NULL, available INTEGER NOT NULL, operation INTEGER NOT NULL) STRICT;
CREATE INDEX lapse_customer ON lapse (customer);
",
    columns: &["id", "customer", "subscription", "at", "asset", "needed", "available"],
    facts: 7,
    counted: None,
    is_setting: false,
};

pub(in crate::ledger) fn write(
    connection: &Connection,
    seals: &mut Seals,
    facts: &[LapseFact],
) -> Result<(), LedgerError> {
    let row = |l: &LapseFact| cells![l.id, l.customer, l.origin, l.at, l.asset, l.needed, l.available];
    append(connection, seals, &LAPSE, &facts.iter().flat_map(row).collect::<Vec<_>>())
}

/// The lapse that a row says.
pub(in crate::ledger) fn read(row: &Row<'_>) -> rusqlite::Result<LapseFact> {
    Ok(LapseFact {
        id: row.get(0)?,
        customer: row.get(1)?,
        origin: row.get(2)?,
        at: row.get(3)?,
        asset: row.get(4)?,
        needed: row.get(5)?,
        available: row.get(6)?,
    })
}

/// A customer's lapses, each with when it was paid after all, in the order in which they happened.
pub(in crate::ledger) fn of_customer(
    connection: &Connection,
    customer: CustomerId,
) -> Result<Vec<(LapseFact, Option<Instant>)>, LedgerError> {
    let sql = "SELECT id, customer, subscription, l.at, asset, needed, available, r.at AS recovered_at
               FROM lapse l LEFT JOIN recovery r ON r.lapse = l.id WHERE customer = ?1 ORDER BY id";
    LAPSE.rows(connection, sql, [customer], |row| Ok((read(row)?, row.get(7)?)))
}

/// Those of a customer's lapses that were not paid yet.
pub(in crate::ledger) fn open(connection: &Connection, customer: CustomerId) -> Result<Vec<LapseFact>, LedgerError> {
    let sql = "SELECT id, customer, subscription, at, asset, needed, available FROM lapse
               WHERE customer = ?1 AND id NOT IN (SELECT lapse FROM recovery) ORDER BY id";
    LAPSE.rows(connection, sql, [customer], read)
}
