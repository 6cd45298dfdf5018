//! What a table is, and how its rows are asked for.

use crate::ids::{CustomerId, LotId};
use crate::ledger::LedgerError;
use crate::money::{Count, Total, Units, Value};
use rusqlite::types::{FromSql, ToSqlOutput, ValueRef};
use rusqlite::{Connection, Params, Row, ToSql};

/// What a table is.
#[derive(Debug)]
pub(in crate::ledger) struct Table {
    pub name: &'static str,
    /// The statements that make it and its indexes.
    pub create: &'static str,
    /// All columns but the last of a table of facts, `operation`. The first one or ones tell a row from the others.
    pub columns: &'static [&'static str],
    /// How many of the columns, the first ones, are facts, which are sealed. None in a derived table.
    pub facts: usize,
    /// Which column says how many facts a row holds, where it may hold several.
    pub counted: Option<usize>,
    /// Whether its rows change in place, so that they belong to no operation.
    pub is_setting: bool,
}

impl Table {
    /// Whether each of its rows says, in its last column, which operation it belongs to.
    pub fn has_operations(&self) -> bool {
        self.facts > 0 && !self.is_setting
    }

    /// The number that the next row gets, in a table whose rows are numbered.
    pub fn next_id<Id: FromSql>(&self, connection: &Connection) -> Result<Id, LedgerError> {
        let sql = format!("SELECT coalesce(max(id), 0) + 1 FROM {}", self.name);
        Ok(connection.prepare_cached(&sql)?.query_row([], |row| row.get(0))?)
    }

    /// A key that no row has yet, in a table with keys: `topup-12`, by the number that the next row gets.
    pub fn new_key(&self, connection: &Connection) -> Result<String, LedgerError> {
        let name = self.name;
        let mut statement = connection.prepare_cached(&format!("SELECT 1 FROM {name} WHERE key = ?1"))?;
        let mut number: i64 = self.next_id(connection)?;
        // A caller may have taken it.
        while statement.exists([format!("{name}-{number}")])? {
            number += 1;
        }
        Ok(format!("{name}-{number}"))
    }

    /// How many rows there are.
    pub fn count(&self, connection: &Connection) -> Result<i64, LedgerError> {
        Ok(connection.query_row(&format!("SELECT count(*) FROM {}", self.name), [], |row| row.get(0))?)
    }

    /// The sum of a column, in 128 bits because SQLite's own has 64.
    pub fn sum<A: Count + FromSql>(&self, connection: &Connection, column: &str) -> Result<Total<A>, LedgerError> {
        let mut sum = Total::ZERO;
        let sql = format!("SELECT {}, {column} FROM {}", self.columns[0], self.name);
        self.for_each(connection, &sql, [], |row| {
            sum += row.get::<_, A>(1)?;
            Ok(())
        })?;
        Ok(sum)
    }

    /// Visits what the rows took from lots: the lot, how much, and how much of its cost basis, from these
    /// columns.
    pub fn for_each_taking(
        &self,
        connection: &Connection,
        [lot, amount, basis]: [&str; 3],
        mut visit: impl FnMut(LotId, Units, Value),
    ) -> Result<(), LedgerError> {
        let sql = format!("SELECT {}, {lot}, {amount}, {basis} FROM {}", self.columns[0], self.name);
        self.for_each(connection, &sql, [], |row| {
            visit(row.get(1)?, row.get(2)?, row.get(3)?);
            Ok(())
        })
    }

    /// The rows that a question about this table finds. The first column that it asks for tells which row it is.
    pub fn rows<T>(
        &self,
        connection: &Connection,
        sql: &str,
        params: impl Params,
        read: impl Fn(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, LedgerError> {
        let mut all = Vec::new();
        self.for_each(connection, sql, params, |row| {
            all.push(read(row)?);
            Ok(())
        })?;
        Ok(all)
    }

    /// The only row that a question about this table finds, if it finds one.
    pub fn row<T>(
        &self,
        connection: &Connection,
        sql: &str,
        params: impl Params,
        read: impl Fn(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Option<T>, LedgerError> {
        let mut statement = connection.prepare_cached(sql)?;
        let mut rows = statement.query(params)?;
        let Some(row) = rows.next()? else { return Ok(None) };
        read(row).map(Some).map_err(|error| self.unreadable(row, error))
    }

    /// Visits the rows that a question about this table finds, as [`Table::rows`].
    pub fn for_each(
        &self,
        connection: &Connection,
        sql: &str,
        params: impl Params,
        mut visit: impl FnMut(&Row<'_>) -> rusqlite::Result<()>,
    ) -> Result<(), LedgerError> {
        let mut statement = connection.prepare_cached(sql)?;
        let mut rows = statement.query(params)?;
        while let Some(row) = rows.next()? {
            visit(row).map_err(|error| self.unreadable(row, error))?;
        }
        Ok(())
    }

    /// What is wrong with a row that can't be read: which one it is, and which column.
    pub fn unreadable(&self, row: &Row<'_>, error: rusqlite::Error) -> LedgerError {
        let (column, what) = match &error {
            rusqlite::Error::InvalidColumnType(column, _, found) => (*column, format!("it holds a {found}")),
            rusqlite::Error::FromSqlConversionFailure(column, _, source) => (*column, source.to_string()),
            rusqlite::Error::IntegralValueOutOfRange(column, number) => (*column, format!("{number} is out of range")),
            _ => return error.into(),
        };
        let name = row.as_ref().column_name(column).unwrap_or("?").to_owned();
        let key = match row.get_ref(0) {
            Ok(ValueRef::Integer(number)) => number.to_string(),
            Ok(ValueRef::Text(text)) => format!("{:?}", String::from_utf8_lossy(text)),
            _ => "?".to_owned(),
        };
        LedgerError::damaged(format!("table {}, row {key}, column {name}: {what}", self.name))
    }
}

/// Customers whose rows are asked for together.
#[derive(Debug)]
pub(in crate::ledger) struct Among(String);

impl Among {
    /// What the column that names a customer is compared with; [`Among`] is the first parameter.
    pub const CONDITION: &'static str = "IN (SELECT value FROM json_each(?1))";

    pub fn new(customers: &[CustomerId]) -> Self {
        let numbers: Vec<String> = customers.iter().map(CustomerId::to_string).collect();
        Self(format!("[{}]", numbers.join(",")))
    }
}

impl ToSql for Among {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        self.0.to_sql()
    }
}

/// The condition for rows of one customer, who is the first parameter, or of all when that is NULL.
pub(in crate::ledger) fn whose(customer: Option<CustomerId>) -> &'static str {
    if customer.is_some() { "customer = ?1" } else { "?1 IS NULL" }
}
