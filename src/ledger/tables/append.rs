//! Appending rows, many to a statement.

use super::seal::Seals;
use super::table::Table;
use crate::ledger::LedgerError;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, Statement};

/// Rows a statement. Past some forty the gain per row is gone.
const ROWS_A_STATEMENT: usize = 40;

/// Appends rows of facts to a table, and seals them: `values` holds them one after the other.
pub(in crate::ledger) fn append(
    connection: &Connection,
    seals: &mut Seals,
    table: &Table,
    values: &[ValueRef<'_>],
) -> Result<(), LedgerError> {
    debug_assert!(values.len().is_multiple_of(table.columns.len()), "{} has other columns", table.name);
    seals.add(table, values);
    // A statement that fails undoes nothing by itself, for which it would keep copies of pages: the whole transaction ends.
    insert(connection, "INSERT OR FAIL", table, values)
}

/// Puts rows into a derived table, in the place of those with the same keys.
pub(in crate::ledger) fn replace(
    connection: &Connection,
    table: &Table,
    values: &[ValueRef<'_>],
) -> Result<(), LedgerError> {
    insert(connection, "INSERT OR REPLACE", table, values)
}

fn insert(connection: &Connection, verb: &str, table: &Table, values: &[ValueRef<'_>]) -> Result<(), LedgerError> {
    let mut blocks = values.chunks_exact(table.columns.len() * ROWS_A_STATEMENT);
    if blocks.len() > 0 {
        let mut statement = connection.prepare_cached(&insert_sql(verb, table, ROWS_A_STATEMENT))?;
        for block in blocks.by_ref() {
            execute(&mut statement, block)?;
        }
    }
    let rest = blocks.remainder();
    if !rest.is_empty() {
        let mut statement = connection.prepare_cached(&insert_sql(verb, table, 1))?;
        for row in rest.chunks_exact(table.columns.len()) {
            execute(&mut statement, row)?;
        }
    }
    Ok(())
}

fn insert_sql(verb: &str, table: &Table, rows: usize) -> String {
    let row = format!("(?{})", ",?".repeat(table.columns.len() - 1));
    [verb, " INTO ", table.name, " VALUES ", &vec![row; rows].join(",")].concat()
}

fn execute(statement: &mut Statement<'_>, values: &[ValueRef<'_>]) -> Result<(), LedgerError> {
    for (index, value) in values.iter().enumerate() {
        statement.raw_bind_parameter(index + 1, ToSqlOutput::Borrowed(*value))?;
    }
    statement.raw_execute()?;
    Ok(())
}
