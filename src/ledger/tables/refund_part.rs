//! `refund_part`: how much less charges earn because money for them went back.

use super::append::append;
use super::seal::Seals;
use super::table::Table;
use crate::billing::{RefundFact, RefundPart};
use crate::ids::{CustomerId, RefundId};
use crate::ledger::LedgerError;
use crate::ledger::sql::cells;
use crate::money::{Total, Value};
use crate::time::Instant;
use rusqlite::{Connection, Row};

/// All of its columns are facts.
pub(in crate::ledger) const REFUND_PART: Table = Table {
    name: "refund_part",
    create: "
CREATE TABLE refund_part (
  refund INTEGER NOT NULL, ordinal INTEGER NOT NULL, charge INTEGER NOT NULL, from_at INTEGER NOT NULL,
  to_at INTEGER NOT NULL, amount INTEGER NOT NULL, value INTEGER NOT NULL, operation INTEGER NOT NULL,
  PRIMARY KEY (refund, ordinal)) STRICT, WITHOUT ROWID;
",
    columns: &["refund", "ordinal", "charge", "from_at", "to_at", "amount", "value"],
    facts: 7,
    counted: None,
    is_setting: false,
};

/// Appends the parts of a refund.
pub(super) fn write(connection: &Connection, seals: &mut Seals, refund: &RefundFact) -> Result<(), LedgerError> {
    let row = |(ordinal, part): (i64, &RefundPart)| {
        cells![refund.id, ordinal, part.charge, part.from, part.to, part.amount, part.value]
    };
    append(connection, seals, &REFUND_PART, &(0..).zip(refund.parts()).flat_map(row).collect::<Vec<_>>())
}

fn read_row(row: &Row<'_>) -> rusqlite::Result<RefundPart> {
    let (charge, from, to) = (row.get(1)?, row.get(2)?, row.get(3)?);
    Ok(RefundPart { charge, from, to, amount: row.get(4)?, value: row.get(5)? })
}

/// The parts of a refund.
pub(super) fn of(connection: &Connection, refund: RefundId) -> Result<Vec<RefundPart>, LedgerError> {
    let sql =
        "SELECT refund, charge, from_at, to_at, amount, value FROM refund_part WHERE refund = ?1 ORDER BY ordinal";
    REFUND_PART.rows(connection, sql, [refund], read_row)
}

/// The parts of refunds to a customer that take from what is earned after `clock`.
pub(in crate::ledger) fn open(
    connection: &Connection,
    customer: CustomerId,
    clock: Instant,
) -> Result<Vec<RefundPart>, LedgerError> {
    let sql = "SELECT p.refund, p.charge, from_at, to_at, p.amount, p.value
         FROM refund r CROSS JOIN refund_part p ON p.refund = r.id
         WHERE customer = ?1 AND to_at > ?2 ORDER BY p.refund, ordinal";
    REFUND_PART.rows(connection, sql, (customer, clock), read_row)
}

/// What charges earn less, in units of the reporting currency.
pub(in crate::ledger) fn sum_of_values(connection: &Connection) -> Result<Total<Value>, LedgerError> {
    REFUND_PART.sum(connection, "value")
}
