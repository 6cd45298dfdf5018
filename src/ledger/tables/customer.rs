//! `customer`: who there is, and how far their time has come.

use super::append::append;
use super::seal::Seals;
use super::table::{Among, Table};
use crate::billing::Life;
use crate::ids::{CustomerId, EventNumber, VersionId};
use crate::ledger::LedgerError;
use crate::ledger::sql::cells;
use crate::time::Instant;
use rusqlite::{CachedStatement, Connection, OptionalExtension, Row};

/// Facts, and derived: the clock, the newest event, and when time next changes something by itself (NULL for never).
pub(in crate::ledger) const CUSTOMER: Table = Table {
    name: "customer",
    create: "
CREATE TABLE customer (
  id INTEGER PRIMARY KEY, external_id TEXT NOT NULL UNIQUE, name TEXT, created_at INTEGER NOT NULL,
  clock INTEGER NOT NULL, last_event INTEGER NOT NULL, due INTEGER, operation INTEGER NOT NULL) STRICT;
CREATE INDEX customer_due ON customer (due) WHERE due IS NOT NULL;
",
    columns: &["id", "external_id", "name", "created_at", "clock", "last_event", "due"],
    facts: 4,
    counted: None,
    is_setting: false,
};

/// A customer as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomerRow {
    /// Its number in the ledger.
    pub id: CustomerId,
    /// The id that logs and commands use.
    pub external_id: String,
    /// The name people see.
    pub name: Option<String>,
    /// When the customer was added.
    pub created_at: Instant,
}

fn read(row: &Row<'_>) -> rusqlite::Result<CustomerRow> {
    Ok(CustomerRow { id: row.get(0)?, external_id: row.get(1)?, name: row.get(2)?, created_at: row.get(3)? })
}

/// The customer of that external id, if there is one.
pub(in crate::ledger) fn find(connection: &Connection, external_id: &str) -> Result<Option<CustomerRow>, LedgerError> {
    let sql = "SELECT id, external_id, name, created_at FROM customer WHERE external_id = ?1";
    CUSTOMER.row(connection, sql, [external_id], read)
}

/// The numbers of these external ids, of those that are there.
pub(in crate::ledger) fn numbers(
    connection: &Connection,
    external_ids: &[String],
) -> Result<Vec<Option<CustomerId>>, LedgerError> {
    let mut statement = connection.prepare_cached("SELECT id FROM customer WHERE external_id = ?1")?;
    let mut number = |id: &String| Ok(statement.query_row([id], |row| row.get(0)).optional()?);
    external_ids.iter().map(&mut number).collect()
}

/// All customers, in the order in which they were added.
pub(in crate::ledger) fn all(connection: &Connection) -> Result<Vec<CustomerRow>, LedgerError> {
    CUSTOMER.rows(connection, "SELECT id, external_id, name, created_at FROM customer ORDER BY id", [], read)
}

/// The first `most` customers after one, in the order in which they were added.
pub(in crate::ledger) fn after(
    connection: &Connection,
    before: CustomerId,
    most: usize,
) -> Result<Vec<CustomerRow>, LedgerError> {
    let sql = "SELECT id, external_id, name, created_at FROM customer WHERE id > ?1 ORDER BY id LIMIT ?2";
    CUSTOMER.rows(connection, sql, (before, most as i64), read)
}

/// The first `most` external ids that begin with `prefix`, in their order.
pub(in crate::ledger) fn like(connection: &Connection, prefix: &str, most: u32) -> Result<Vec<String>, LedgerError> {
    // The index on ids leads to the first one; where the prefix ends, so does the reading.
    let sql = "SELECT id, external_id FROM customer WHERE external_id >= ?1 ORDER BY external_id LIMIT ?2";
    let ids: Vec<String> = CUSTOMER.rows(connection, sql, (prefix, most), |row| row.get(1))?;
    Ok(ids.into_iter().take_while(|id| id.starts_with(prefix)).collect())
}

/// Customers whose external ids have signs beyond ASCII, in the order in which they were added.
pub(in crate::ledger) fn beyond_ascii(connection: &Connection) -> Result<Vec<(CustomerId, String)>, LedgerError> {
    let sql = "SELECT id, external_id FROM customer WHERE external_id GLOB '*[^ -~]*' ORDER BY id";
    CUSTOMER.rows(connection, sql, [], |row| Ok((row.get(0)?, row.get(1)?)))
}

/// The external id of a customer.
pub(in crate::ledger) fn name_of(connection: &Connection, id: CustomerId) -> Result<String, LedgerError> {
    let sql = "SELECT id, external_id FROM customer WHERE id = ?1";
    CUSTOMER.row(connection, sql, [id], |row| row.get(1))?.ok_or_else(|| missing(id))
}

/// The first `most` customers who were ever subscribed to a product, and how many they all are.
pub(in crate::ledger) fn subscribed_to(
    connection: &Connection,
    product: &str,
    most: usize,
) -> Result<(Vec<String>, u64), LedgerError> {
    let whose = "SELECT customer FROM subscription s JOIN product_version v ON v.id = s.version WHERE v.product = ?1";
    first_of(connection, whose, product, most)
}

/// The same of those who were ever subscribed to one of some product versions.
pub(in crate::ledger) fn subscribed_to_any(
    connection: &Connection,
    versions: &[VersionId],
    most: usize,
) -> Result<(Vec<String>, u64), LedgerError> {
    let versions: Vec<String> = versions.iter().map(|version| version.number().to_string()).collect();
    let whose = "SELECT customer FROM subscription WHERE version IN (SELECT value FROM json_each(?1))";
    first_of(connection, whose, &format!("[{}]", versions.join(",")), most)
}

/// The same of those whose wallets ever held or owed an asset.
pub(in crate::ledger) fn ever_held(
    connection: &Connection,
    asset: &str,
    most: usize,
) -> Result<(Vec<String>, u64), LedgerError> {
    let whose = "SELECT customer FROM (SELECT customer, asset FROM lot UNION SELECT customer, asset FROM deficit)
                 WHERE asset = (SELECT id FROM asset WHERE code = ?1)";
    first_of(connection, whose, asset, most)
}

/// The customers whose numbers a query with one parameter finds.
fn first_of(
    connection: &Connection,
    whose: &str,
    parameter: &str,
    most: usize,
) -> Result<(Vec<String>, u64), LedgerError> {
    let found = format!("FROM customer WHERE id IN ({whose})");
    let count: i64 = connection.query_row(&format!("SELECT count(*) {found}"), [parameter], |row| row.get(0))?;
    let sql = format!("SELECT id, external_id {found} ORDER BY id LIMIT {most}");
    Ok((CUSTOMER.rows(connection, &sql, [parameter], |row| row.get(1))?, count.unsigned_abs()))
}

/// How far a customer's time has come.
#[derive(Debug, Clone, Copy)]
pub(in crate::ledger) struct State {
    pub clock: Instant,
    pub last_event: EventNumber,
    /// [`Instant::MAX`] for never.
    pub due: Instant,
}

/// How far a customer's time has come.
pub(in crate::ledger) fn state(connection: &Connection, id: CustomerId) -> Result<State, LedgerError> {
    let sql = format!("SELECT {STATE} FROM customer WHERE id = ?1");
    CUSTOMER.row(connection, &sql, [id], read_state)?.map(|(_, state)| state).ok_or_else(|| missing(id))
}

/// The columns that [`read_state`] reads.
const STATE: &str = "id, clock, last_event, due";

fn read_state(row: &Row<'_>) -> rusqlite::Result<(CustomerId, State)> {
    let due: Option<Instant> = row.get(3)?;
    let state = State { clock: row.get(1)?, last_event: row.get(2)?, due: due.unwrap_or(Instant::MAX) };
    Ok((row.get(0)?, state))
}

/// How far the time of each of these customers has come.
pub(in crate::ledger) fn states(
    connection: &Connection,
    among: &Among,
) -> Result<Vec<(CustomerId, State)>, LedgerError> {
    let sql = format!("SELECT {STATE} FROM customer WHERE id {}", Among::CONDITION);
    CUSTOMER.rows(connection, &sql, [among], read_state)
}

pub(in crate::ledger) fn missing(id: CustomerId) -> LedgerError {
    LedgerError::damaged(format!("customer number {id} is not there"))
}

/// Customers to whom time alone brings something until `to`.
pub(in crate::ledger) fn due_until(connection: &Connection, to: Instant) -> Result<Vec<CustomerId>, LedgerError> {
    CUSTOMER.rows(connection, "SELECT id FROM customer WHERE due <= ?1 ORDER BY id", [to], |row| row.get(0))
}

/// Adds customers by their external ids, with their names and when they were added. Returns the first one's number.
pub(in crate::ledger) fn add(
    connection: &Connection,
    seals: &mut Seals,
    new: &[(&str, Option<&str>, Instant)],
) -> Result<CustomerId, LedgerError> {
    let first: CustomerId = CUSTOMER.next_id(connection)?;
    let mut rows = Vec::with_capacity(new.len() * CUSTOMER.columns.len());
    for (id, &(external_id, name, at)) in first.and_following().zip(new) {
        rows.extend(cells![id, external_id, name, at, Instant::EPOCH, EventNumber::NONE, None::<Instant>]);
    }
    append(connection, seals, &CUSTOMER, &rows)?;
    Ok(first)
}

/// Moves the clocks of all customers who came after `moved` on to `to`.
pub(in crate::ledger) fn move_clocks(
    connection: &Connection,
    moved: CustomerId,
    to: Instant,
) -> Result<(), LedgerError> {
    let sql = "UPDATE customer SET clock = ?1 WHERE id > ?2 AND clock < ?1";
    connection.prepare_cached(sql)?.execute((to, moved))?;
    Ok(())
}

/// Stores how far lives have come.
pub(in crate::ledger) struct Storing<'c>(CachedStatement<'c>);

impl<'c> Storing<'c> {
    pub fn new(connection: &'c Connection) -> Result<Self, LedgerError> {
        let sql = "UPDATE customer SET clock = ?2, last_event = ?3, due = ?4 WHERE id = ?1";
        Ok(Self(connection.prepare_cached(sql)?))
    }

    pub fn store(&mut self, life: &Life) -> Result<(), LedgerError> {
        let due = Some(life.due()).filter(|due| *due < Instant::MAX);
        self.0.execute((life.customer, life.clock, life.last_event, due))?;
        Ok(())
    }
}
