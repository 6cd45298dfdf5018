//! `expiry`: ends of lots. A lot ends twice when something was given back to it after its end; an amount below zero is what
//! was taken from it again then.

use super::append::append;
use super::seal::Seals;
use super::table::{Table, whose};
use crate::ids::{CustomerId, LotId};
use crate::ledger::LedgerError;
use crate::ledger::sql::cells;
use crate::money::{Units, Value};
use crate::wallet::Expired;
use rusqlite::{Connection, Row};

/// All of its columns are facts.
pub(in crate::ledger) const EXPIRY: Table = Table {
    name: "expiry",
    create: "
CREATE TABLE expiry (
  id INTEGER PRIMARY KEY, lot INTEGER NOT NULL, at INTEGER NOT NULL, dated INTEGER NOT NULL, amount INTEGER NOT NULL,
  breakage INTEGER NOT NULL, operation INTEGER NOT NULL) STRICT;
CREATE INDEX expiry_lot ON expiry (lot);
",
    columns: &["id", "lot", "at", "dated", "amount", "breakage"],
    facts: 6,
    counted: None,
    is_setting: false,
};

pub(in crate::ledger) fn write(
    connection: &Connection,
    seals: &mut Seals,
    facts: &[Expired],
) -> Result<(), LedgerError> {
    if facts.is_empty() {
        return Ok(());
    }
    let first: i64 = EXPIRY.next_id(connection)?;
    let row = |(id, e): (i64, &Expired)| cells![id, e.lot, e.at, e.dated, e.amount, e.breakage];
    append(connection, seals, &EXPIRY, &(first..).zip(facts).flat_map(row).collect::<Vec<_>>())
}

/// Ends of lots of one customer, or of all, in time order.
pub(in crate::ledger) fn read(
    connection: &Connection,
    customer: Option<CustomerId>,
) -> Result<Vec<Expired>, LedgerError> {
    let sql = format!(
        "SELECT expiry.id, expiry.lot, at, dated, expiry.amount, breakage FROM lot CROSS JOIN expiry ON expiry.lot = lot.id
         WHERE {} ORDER BY at, expiry.id",
        whose(customer)
    );
    EXPIRY.rows(connection, &sql, [customer], fact)
}

/// The end that a row says.
pub(in crate::ledger) fn fact(row: &Row<'_>) -> rusqlite::Result<Expired> {
    Ok(Expired { lot: row.get(1)?, at: row.get(2)?, dated: row.get(3)?, amount: row.get(4)?, breakage: row.get(5)? })
}

/// Visits what ends took: the lot, how much, and how much of its cost basis.
pub(in crate::ledger) fn for_each_taking(
    connection: &Connection,
    visit: impl FnMut(LotId, Units, Value),
) -> Result<(), LedgerError> {
    EXPIRY.for_each_taking(connection, ["lot", "amount", "breakage"], visit)
}
