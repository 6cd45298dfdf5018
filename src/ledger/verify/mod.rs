//! Is the ledger what the facts say? Everything that is stored beside the facts is recomputed from them, and the facts
//! themselves are checked against their seals.

mod book;
mod charges;
mod check;
mod events;
mod grants;
mod lives;
mod money;
mod places;
mod refundable;
mod refunds;
mod rollups;
mod taken;

pub use check::Check;

use super::schema;
use super::tables;
use super::tables::customer_month::CUSTOMER_MONTH;
use super::tables::meta::{self, META};
use super::tables::operation::{self, OPERATION};
use super::tables::seal::{seal_of, stored};
use super::tables::shape_month::SHAPE_MONTH;
use super::{Ledger, LedgerError};
use book::Book;
use check::{Faults, counted};
use events::Tally;
use rusqlite::Connection;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// What was found out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verification {
    /// Whether every check passed.
    pub ok: bool,
    /// The checks, in the order in which they were made.
    pub checks: Vec<Check>,
}

impl Ledger {
    /// Recomputes every balance, quantity and revenue from the facts, and checks the facts against their seals and the
    /// file against SQLite's own rules.
    ///
    /// # Errors
    /// When the ledger can't even be read; a ledger that contradicts itself is no error but a failed check.
    pub fn verify(&self) -> Result<Verification, LedgerError> {
        self.read(|ledger| {
            let connection = &ledger.connection;
            let mut checks = vec![check_file(connection)?];
            if checks[0].ok {
                checks.push(check_tables(connection)?);
            }
            if checks.iter().all(|check| check.ok) {
                checks.extend(readable("seals", check_seals(connection).map(|check| vec![check]))?);
                checks.extend(readable("operations", check_operations(connection).map(|check| vec![check]))?);
                checks.extend(readable("facts", check_facts(connection))?);
            }
            Ok(Verification { ok: checks.iter().all(|check| check.ok), checks })
        })
    }
}

fn check_facts(connection: &Connection) -> Result<Vec<Check>, LedgerError> {
    let mut book = Book::load(connection)?;
    let tally = book.as_mut().map_or_else(|| Ok(Tally::default()), |book| events::tally(connection, book))?;
    let mut checks = events::checks(connection, &tally)?;
    // Before anything has been applied nobody subscribes to anything.
    if let Some(book) = &book {
        checks.push(refundable::check(connection, book, &tally)?);
        let (grants, fresh) = grants::check(connection, book)?;
        checks.push(grants);
        checks.extend(lives::checks(connection, book, &fresh)?);
    }
    checks.extend(money::checks(connection, &tally)?);
    Ok(checks)
}

/// Facts that can't even be read are a finding, not a failure of the command.
fn readable(name: &'static str, checks: Result<Vec<Check>, LedgerError>) -> Result<Vec<Check>, LedgerError> {
    match checks {
        Err(LedgerError::Damaged(what)) => Ok(vec![Check { name, ok: false, detail: what }]),
        Err(LedgerError::Raw(
            error @ (rusqlite::Error::InvalidColumnType(..)
            | rusqlite::Error::FromSqlConversionFailure(..)
            | rusqlite::Error::IntegralValueOutOfRange(..)
            | rusqlite::Error::QueryReturnedNoRows),
        )) => Ok(vec![Check { name, ok: false, detail: format!("a row can't be read: {error}") }]),
        other => other,
    }
}

fn check_file(connection: &Connection) -> Result<Check, LedgerError> {
    let mut faults = Faults::default();
    let mut statement = connection.prepare("PRAGMA integrity_check")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let line: String = row.get(0)?;
        if line != "ok" {
            faults.add(|| line);
        }
    }
    Ok(faults.check("file", || "SQLite finds no damage".into()))
}

/// The tables and indexes must be those that this program makes; triggers would write behind its back.
fn check_tables(connection: &Connection) -> Result<Check, LedgerError> {
    let made = Connection::open_in_memory()?;
    schema::create(&made)?;
    let (expected, found) = (objects(&made)?, objects(connection)?);
    let mut faults = Faults::default();
    for object in expected.difference(&found) {
        faults.add(|| format!("the {} {} is missing or is another one", object.0, object.1));
    }
    for object in found.difference(&expected).filter(|object| object.0 == "trigger") {
        faults.add(|| format!("there is a trigger {:?}", object.1));
    }
    Ok(faults.check("tables", || format!("{} tables and indexes are as they were made", expected.len())))
}

/// Type, name and definition of everything in a database.
fn objects(connection: &Connection) -> Result<BTreeSet<(String, String, Option<String>)>, LedgerError> {
    let mut statement = connection.prepare("SELECT type, name, sql FROM sqlite_schema")?;
    let objects = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    Ok(objects.collect::<Result<_, _>>()?)
}

/// Every fact belongs to an operation that is there.
fn check_operations(connection: &Connection) -> Result<Check, LedgerError> {
    let mut faults = Faults::default();
    for table in tables::ALL.into_iter().filter(|table| table.has_operations()) {
        for id in operation::missing(connection, table)? {
            faults.add(|| format!("a row of {} belongs to operation {id}, which is not there", table.name));
        }
    }
    Ok(faults.check("operations", || "every fact belongs to the command that made it".into()))
}

fn check_seals(connection: &Connection) -> Result<Check, LedgerError> {
    let mut seals: BTreeMap<_, _> = stored(connection)?.into_iter().collect();
    let key = meta::hash_key(connection)?;
    let mut faults = Faults::default();
    let mut facts = 0;
    for table in tables::ALL.into_iter().filter(|table| table.facts > 0) {
        let (stored, found) = (seals.remove(table.name).unwrap_or_default(), seal_of(connection, table, &key)?);
        // Settings are no facts, operations are how these were made, and rollups repeat what the events say.
        let is_fact = [META, OPERATION, CUSTOMER_MONTH, SHAPE_MONTH].iter().all(|other| other.name != table.name);
        facts += if is_fact { found.facts } else { 0 };
        if stored.facts != found.facts {
            faults.add(|| format!("{} has {} facts, {} were recorded", table.name, found.facts, stored.facts));
        } else if stored.digest != found.digest {
            faults.add(|| format!("a row of {} was changed after it was recorded", table.name));
        }
    }
    for name in seals.into_keys() {
        faults.add(|| format!("{name:?} is sealed, but no table of facts"));
    }
    Ok(faults.check("seals", || counted(facts, "fact is as it was recorded", "facts are as they were recorded")))
}

#[cfg(test)]
mod tests;
