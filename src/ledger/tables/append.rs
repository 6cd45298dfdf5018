//! Appending rows, many to a statement.

use super::seal::Seals;
use super::table::Table;
use crate::ids::OperationId;
use crate::ledger::LedgerError;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, Statement};
use std::fmt::Write;

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
            execute(&mut statement, block, operation)?;
        }
    }
    let rest = blocks.remainder();
    if !rest.is_empty() {
        let mut statement = connection.prepare_cached(&insert_sql(verb, table, 1, operation.is_some()))?;
        for row in rest.chunks_exact(table.columns.len()) {
            execute(&mut statement, row, operation)?;
        }
    }
    Ok(())
}

/// The operation, which all rows have in common, is bound once, after the values.
fn insert_sql(verb: &str, table: &Table, rows: usize, with_operation: bool) -> String {
    let values = rows * table.columns.len();
    let mut sql = [verb, " INTO ", table.name, " VALUES "].concat();
    for number in 1..=values {
        let (is_first, is_last) = (number % table.columns.len() == 1, number % table.columns.len() == 0);
        let before = if !is_first {
            ","
        } else if number == 1 {
            "("
        } else {
            ",("
        };
        // Writing to a string can't fail.
        let _ = write!(sql, "{before}?{number}");
        if is_last {
            let _ = if with_operation { write!(sql, ",?{})", values + 1) } else { write!(sql, ")") };
        }
    }
    sql
}

fn execute(
    statement: &mut Statement<'_>,
    values: &[ValueRef<'_>],
    operation: Option<OperationId>,
) -> Result<(), LedgerError> {
    for (index, value) in values.iter().enumerate() {
        statement.raw_bind_parameter(index + 1, ToSqlOutput::Borrowed(*value))?;
    }
    if let Some(operation) = operation {
        statement.raw_bind_parameter(values.len() + 1, operation)?;
    }
    statement.raw_execute()?;
    Ok(())
}
