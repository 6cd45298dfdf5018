//! `shape`: what repeats from event to event, numbered.

use super::append::append;
use super::seal::Seals;
use super::table::Table;
use crate::ids::ShapeId;
use crate::ledger::LedgerError;
use crate::ledger::sql::cells;
use crate::usage::Shape;
use rusqlite::Connection;

/// All of its columns are facts. The body is JSON.
pub(in crate::ledger) const SHAPE: Table = Table {
    name: "shape",
    create: "
CREATE TABLE shape (id INTEGER PRIMARY KEY, body TEXT NOT NULL UNIQUE, operation INTEGER NOT NULL) STRICT;
",
    columns: &["id", "body"],
    facts: 2,
    counted: None,
    is_setting: false,
};

/// The shape of that number.
pub(in crate::ledger) fn of(connection: &Connection, id: ShapeId) -> Result<Shape, LedgerError> {
    let sql = "SELECT id, body FROM shape WHERE id = ?1";
    let body: Option<String> = SHAPE.row(connection, sql, [id], |row| row.get(1))?;
    let body = body.ok_or_else(|| LedgerError::damaged(format!("shape {id} is not there")))?;
    serde_json::from_str(&body).map_err(|e| LedgerError::damaged(format!("shape {id} can't be read: {e}")))
}

/// All shapes with their numbers.
pub(in crate::ledger) fn all(connection: &Connection) -> Result<Vec<(ShapeId, Shape)>, LedgerError> {
    let ids: Vec<ShapeId> = SHAPE.rows(connection, "SELECT id FROM shape ORDER BY id", [], |row| row.get(0))?;
    ids.into_iter().map(|id| Ok((id, of(connection, id)?))).collect()
}

/// The number of a shape, given out if it is new.
pub(in crate::ledger) fn number(
    connection: &Connection,
    seals: &mut Seals,
    shape: &Shape,
) -> Result<ShapeId, LedgerError> {
    let body = serde_json::to_string(shape).map_err(|error| LedgerError::damaged(error.to_string()))?;
    let known = SHAPE.row(connection, "SELECT id FROM shape WHERE body = ?1", [&body], |row| row.get(0))?;
    if let Some(id) = known {
        return Ok(id);
    }
    let id: ShapeId = SHAPE.next_id(connection)?;
    append(connection, seals, &SHAPE, &cells![id, body.as_str()])?;
    Ok(id)
}
