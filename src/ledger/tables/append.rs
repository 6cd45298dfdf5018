//! Appending rows, many to a statement.

use super::seal::Seals;
use super::table::Table;
use crate::ids::OperationId;
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
    insert(connection, "INSERT OR FAIL", table, values, Some(seals.operation()))
}

/// Puts rows into a derived table, in the place of those with the same keys.
pub(in crate::ledger) fn replace(
    connection: &Connection,
    table: &Table,
    values: &[ValueRef<'_>],
) -> Result<(), LedgerError> {
    insert(connection, "INSERT OR REPLACE", table, values, None)
}

fn insert(
    connection: &Connection,
    verb: &str,
    table: &Table,
    values: &[ValueRef<'_>],
    operation: Option<OperationId>,
) -> Result<(), LedgerError> {
    let mut blocks = values.chunks_exact(table.columns.len() * ROWS_A_STATEMENT);
    if blocks.len() > 0 {
        let sql = insert_sql(verb, table, ROWS_A_STATEMENT, operation.is_some());
        let mut statement = connection.prepare_cached(&sql)?;
        for block in blocks.by_ref() {
            execute(&mut statement, block, table.columns.len(), operation)?;
        }
    }
    let rest = blocks.remainder();
    if !rest.is_empty() {
        let mut statement = connection.prepare_cached(&insert_sql(verb, table, 1, operation.is_some()))?;
        for row in rest.chunks_exact(table.columns.len()) {
            execute(&mut statement, row, table.columns.len(), operation)?;
        }
    }
    Ok(())
}

/// The operation, which all rows have in common, has a name, and so the number after the first row's values.
fn insert_sql(verb: &str, table: &Table, rows: usize, with_operation: bool) -> String {
    let values = ",?".repeat(table.columns.len());
    let row = [",(", &values[1..], if with_operation { ",@operation)" } else { ")" }].concat();
    [verb, " INTO ", table.name, " VALUES ", &row.repeat(rows)[1..]].concat()
}

fn execute(
    statement: &mut Statement<'_>,
    values: &[ValueRef<'_>],
    columns: usize,
    operation: Option<OperationId>,
) -> Result<(), LedgerError> {
    let (first, others) = values.split_at(columns);
    let after_first = 1 + usize::from(operation.is_some());
    let places = (1..=columns).chain(columns + after_first..);
    for (place, value) in places.zip(first.iter().chain(others)) {
        statement.raw_bind_parameter(place, ToSqlOutput::Borrowed(*value))?;
    }
    if let Some(operation) = operation {
        statement.raw_bind_parameter(columns + 1, operation)?;
    }
    statement.raw_execute()?;
    Ok(())
}
