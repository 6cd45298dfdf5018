//! `rollover`: rests of lots that were carried on into others.

use super::append::append;
use super::seal::Seals;
use super::table::{Table, whose};
use crate::billing::RolloverFact;
use crate::ids::{CustomerId, LotId};
use crate::ledger::LedgerError;
use crate::ledger::sql::cells;
use crate::money::{Units, Value};
use rusqlite::{Connection, Row};

/// All of its columns are facts.
pub(in crate::ledger) const ROLLOVER: Table = Table {
    name: "rollover",
    create: "
CREATE TABLE rollover (
  lot INTEGER PRIMARY KEY, into_lot INTEGER NOT NULL, at INTEGER NOT NULL, amount INTEGER NOT NULL,
  basis INTEGER NOT NULL, operation INTEGER NOT NULL) STRICT;
CREATE INDEX rollover_into ON rollover (into_lot);
",
    columns: &["lot", "into_lot", "at", "amount", "basis"],
    facts: 5,
    counted: None,
    is_setting: false,
};

pub(in crate::ledger) fn write(
    connection: &Connection,
    seals: &mut Seals,
    facts: &[RolloverFact],
) -> Result<(), LedgerError> {
    let row = |r: &RolloverFact| cells![r.lot, r.into, r.at, r.amount, r.basis];
    append(connection, seals, &ROLLOVER, &facts.iter().flat_map(row).collect::<Vec<_>>())
}

/// Rests of the lots of one customer, or of all, in the order of the lots.
pub(in crate::ledger) fn read(
    connection: &Connection,
    customer: Option<CustomerId>,
) -> Result<Vec<RolloverFact>, LedgerError> {
    let sql = format!(
        "SELECT lot, into_lot, at, r.amount, r.basis FROM lot CROSS JOIN rollover r ON r.lot = lot.id
         WHERE {} ORDER BY lot",
        whose(customer)
    );
    ROLLOVER.rows(connection, &sql, [customer], fact)
}

/// The rest that a row says.
pub(in crate::ledger) fn fact(row: &Row<'_>) -> rusqlite::Result<RolloverFact> {
    Ok(RolloverFact { lot: row.get(0)?, into: row.get(1)?, at: row.get(2)?, amount: row.get(3)?, basis: row.get(4)? })
}

/// Visits what was carried on from lots: the lot, how much, and how much of its cost basis.
pub(in crate::ledger) fn for_each_taking(
    connection: &Connection,
    visit: impl FnMut(LotId, Units, Value),
) -> Result<(), LedgerError> {
    ROLLOVER.for_each_taking(connection, ["lot", "amount", "basis"], visit)
}

/// Visits what was carried into lots: the lot, how much, and how much of its cost basis.
pub(in crate::ledger) fn for_each_carried(
    connection: &Connection,
    visit: impl FnMut(LotId, Units, Value),
) -> Result<(), LedgerError> {
    ROLLOVER.for_each_taking(connection, ["into_lot", "amount", "basis"], visit)
}
