//! Rows in the order in which operations appended them, some at a time.

use super::super::LedgerError;
use super::super::tables::table::Table;
use crate::ids::OperationId;
use rusqlite::{Connection, Row};
use std::collections::VecDeque;

/// Rows that are read at a time.
const AT_A_TIME: i64 = 1_000;

/// The rows of a table, of which each operation's are asked for in turn.
pub(super) struct Rows<T> {
    table: &'static Table,
    sql: String,
    read: fn(&Row<'_>) -> rusqlite::Result<T>,
    /// Those that were read ahead.
    rows: VecDeque<(OperationId, T)>,
    /// The number of the last row that was read.
    after: i64,
    is_over: bool,
}

impl<T> Rows<T> {
    /// Rows of a table whose numbers go up with the operations. `from` is the table, with what it is joined to.
    pub fn new(table: &'static Table, columns: &str, from: &str, read: fn(&Row<'_>) -> rusqlite::Result<T>) -> Self {
        let (name, key) = (table.name, table.columns[0]);
        let sql = format!(
            "SELECT {columns}, {name}.operation, {name}.{key} FROM {from}
             WHERE {name}.{key} > ?1 ORDER BY {name}.{key} LIMIT {AT_A_TIME}"
        );
        Self { table, sql, read, rows: VecDeque::new(), after: i64::MIN, is_over: false }
    }

    /// Rows of a table whose numbers go up otherwise. There are so few that all can be kept.
    pub fn few(table: &'static Table, columns: &str, from: &str, read: fn(&Row<'_>) -> rusqlite::Result<T>) -> Self {
        let (name, key) = (table.name, table.columns[0]);
        let sql = format!(
            "SELECT {columns}, {name}.operation, {name}.{key} FROM {from}
             WHERE {name}.{key} > ?1 ORDER BY {name}.operation, {name}.{key}"
        );
        Self { table, sql, read, rows: VecDeque::new(), after: i64::MIN, is_over: false }
    }

    /// The rows of an operation. Operations are asked for in their order.
    pub fn of(&mut self, connection: &Connection, operation: OperationId) -> Result<Vec<T>, LedgerError> {
        let mut all = Vec::new();
        loop {
            if self.rows.is_empty() && !self.is_over {
                self.read_on(connection)?;
            }
            match self.rows.front() {
                Some((own, _)) if *own == operation => all.extend(self.rows.pop_front().map(|(_, row)| row)),
                Some((own, _)) if *own < operation => {
                    let name = self.table.name;
                    return Err(LedgerError::damaged(format!("a row of {name} of operation {own} is out of order")));
                }
                _ => return Ok(all),
            }
        }
    }

    fn read_on(&mut self, connection: &Connection) -> Result<(), LedgerError> {
        let (rows, after, read) = (&mut self.rows, &mut self.after, self.read);
        self.table.for_each(connection, &self.sql, [*after], |row| {
            let columns = row.as_ref().column_count();
            *after = row.get(columns - 1)?;
            rows.push_back((row.get(columns - 2)?, read(row)?));
            Ok(())
        })?;
        let count = self.rows.len() as i64;
        self.is_over = count < AT_A_TIME || !self.sql.contains("LIMIT");
        Ok(())
    }
}
