//! Codes that have numbers: what `asset` and `vendor` have in common.

use super::append::append;
use super::seal::Seals;
use super::table::Table;
use crate::ledger::LedgerError;
use crate::ledger::sql::{Cell, cells};
use rusqlite::Connection;
use rusqlite::types::FromSql;

/// All codes with their numbers, in the order of the numbers.
pub(super) fn all<Id: FromSql>(connection: &Connection, table: &Table) -> Result<Vec<(Id, String)>, LedgerError> {
    let sql = format!("SELECT id, code FROM {} ORDER BY id", table.name);
    table.rows(connection, &sql, [], |row| Ok((row.get(0)?, row.get(1)?)))
}

/// The number of a code, given out if it is new.
pub(super) fn number<Id>(
    connection: &Connection,
    seals: &mut Seals,
    table: &Table,
    code: &str,
) -> Result<Id, LedgerError>
where
    Id: FromSql + Copy + for<'a> Cell<'a>,
{
    let sql = format!("SELECT id FROM {} WHERE code = ?1", table.name);
    if let Some(known) = table.row(connection, &sql, [code], |row| row.get(0))? {
        return Ok(known);
    }
    let id: Id = table.next_id(connection)?;
    append(connection, seals, table, &cells![id, code])?;
    Ok(id)
}
