//! `operation`: the commands that changed the ledger, one after the other. Every fact belongs to one, which its last column
//! names.

use super::append::append;
use super::seal::Seals;
use super::table::Table;
use crate::ids::{CustomerId, OperationId};
use crate::ledger::LedgerError;
use crate::ledger::sql::cells;
use crate::time::Instant;
use rusqlite::{Connection, Row};

/// Facts. An operation belongs to itself: that column has its number.
pub(in crate::ledger) const OPERATION: Table = Table {
    name: "operation",
    create: "
CREATE TABLE operation (
  ran_at INTEGER NOT NULL, command TEXT NOT NULL, did TEXT NOT NULL, moved_to INTEGER, operation INTEGER PRIMARY KEY) STRICT;
",
    columns: &["ran_at", "command", "did", "moved_to"],
    facts: 4,
    counted: None,
    is_setting: false,
};

/// A command that changed the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation {
    /// Its number: the first one is 1.
    pub id: OperationId,
    /// When it ran, by the clock. No export and no report has it.
    pub ran_at: Instant,
    /// The command as it was given.
    pub command: String,
    /// What it did, in a line.
    pub did: String,
    /// How far it moved everybody on at its end, if it did.
    pub moved_to: Option<Instant>,
}

/// What [`read`] reads.
const READ: &str = "SELECT operation, ran_at, command, did, moved_to FROM operation";

fn read(row: &Row<'_>) -> rusqlite::Result<Operation> {
    Ok(Operation {
        id: row.get(0)?,
        ran_at: row.get(1)?,
        command: row.get(2)?,
        did: row.get(3)?,
        moved_to: row.get(4)?,
    })
}

/// The number that the next operation gets.
pub(in crate::ledger) fn next_id(connection: &Connection) -> Result<OperationId, LedgerError> {
    let sql = "SELECT coalesce(max(operation), 0) + 1 FROM operation";
    Ok(connection.prepare_cached(sql)?.query_row([], |row| row.get(0))?)
}

/// Appends the running operation.
pub(in crate::ledger) fn write(
    connection: &Connection,
    seals: &mut Seals,
    (ran_at, command, did): (Instant, &str, &str),
    moved_to: Option<Instant>,
) -> Result<(), LedgerError> {
    append(connection, seals, &OPERATION, &cells![ran_at, command, did, moved_to])
}

/// All operations, in their order.
pub(in crate::ledger) fn all(connection: &Connection) -> Result<Vec<Operation>, LedgerError> {
    OPERATION.rows(connection, &format!("{READ} ORDER BY operation"), [], read)
}

/// An operation, if there is one of that number.
pub(in crate::ledger) fn find(connection: &Connection, id: OperationId) -> Result<Option<Operation>, LedgerError> {
    OPERATION.row(connection, &format!("{READ} WHERE operation = ?1"), [id], read)
}

/// How many facts of a table belong to an operation.
pub(in crate::ledger) fn count_in(connection: &Connection, table: &Table, id: OperationId) -> Result<i64, LedgerError> {
    let what =
        table.counted.map_or("count(*)".to_owned(), |column| format!("coalesce(sum({}), 0)", table.columns[column]));
    let sql = format!("SELECT {what} FROM {} WHERE operation = ?1", table.name);
    Ok(connection.prepare_cached(&sql)?.query_row([id], |row| row.get(0))?)
}

/// The operations of a customer's rows of a table, which stands in `from` with what says whose they are.
pub(in crate::ledger) fn of_rows(
    connection: &Connection,
    table: &Table,
    from: &str,
    order: &str,
    customer: CustomerId,
) -> Result<Vec<OperationId>, LedgerError> {
    let sql = format!("SELECT {}.operation FROM {from} WHERE customer = ?1 ORDER BY {order}", table.name);
    table.rows(connection, &sql, [customer], |row| row.get(0))
}

/// Operations that rows of a table name, and that are not there.
pub(in crate::ledger) fn missing(connection: &Connection, table: &Table) -> Result<Vec<OperationId>, LedgerError> {
    let sql = format!(
        "SELECT DISTINCT operation FROM {} WHERE operation NOT IN (SELECT operation FROM operation)",
        table.name
    );
    let mut statement = connection.prepare(&sql)?;
    let missing = statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    Ok(missing)
}
