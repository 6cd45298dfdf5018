//! `seal`: for every table of facts the number of its facts and the sum of its rows' keyed hashes.
//!
//! A seal costs one hash per row to keep and lets `verify` find a row that was edited, added or deleted by something other
//! than this program. It is a guard against slips and meddling, not against somebody who studies this file: the key lies in
//! the ledger.

use super::meta;
use super::table::Table;
use crate::ids::OperationId;
use crate::ledger::LedgerError;
use crate::ledger::sql::Cell;
use rusqlite::Connection;
use rusqlite::types::ValueRef;
use siphasher::sip::SipHasher13;
use std::hash::Hasher;

/// Derived: it is what the other tables come to.
pub(in crate::ledger) const SEAL: Table = Table {
    name: "seal",
    create: "
CREATE TABLE seal (name TEXT PRIMARY KEY, facts INTEGER NOT NULL, digest INTEGER NOT NULL) STRICT, WITHOUT ROWID;
",
    columns: &["name", "facts", "digest"],
    facts: 0,
    counted: None,
    is_setting: false,
};

/// What a table's rows come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::ledger) struct Seal {
    pub facts: i64,
    pub digest: i64,
}

impl Seal {
    /// Adds a row with that hash. `counted` is what its counting column says, if its table has one.
    fn add(&mut self, hash: RowHasher, counted: Option<ValueRef<'_>>) {
        let facts = match counted {
            None => 1,
            Some(ValueRef::Integer(facts)) => facts,
            // Then the hash is another one, too.
            Some(_) => 0,
        };
        self.facts = self.facts.wrapping_add(facts);
        self.digest = self.digest.wrapping_add(hash.finish());
    }
}

/// The seals of all tables, as of the running transaction.
#[derive(Debug)]
pub(in crate::ledger) struct Seals {
    key: [u8; 16],
    /// What the rows that are added belong to.
    operation: OperationId,
    of: Vec<TableSeal>,
}

#[derive(Debug)]
struct TableSeal {
    table: String,
    seal: Seal,
    /// Whether it differs from what is stored.
    is_changed: bool,
}

impl Seals {
    /// `operation` is what the rows that will be added belong to.
    pub fn load(connection: &Connection, operation: OperationId) -> Result<Self, LedgerError> {
        let stored = stored(connection)?.into_iter();
        let of = stored.map(|(table, seal)| TableSeal { table, seal, is_changed: false }).collect();
        Ok(Self { key: meta::hash_key(connection)?, operation, of })
    }

    pub fn store(&mut self, connection: &Connection) -> Result<(), LedgerError> {
        // Settings change in place, so they are sealed anew, as they are when the transaction ends.
        let settings = seal_of(connection, &meta::META, &self.key)?;
        let own = self.of_mut(&meta::META);
        (own.seal, own.is_changed) = (settings, true);
        let mut statement = connection.prepare_cached("INSERT OR REPLACE INTO seal VALUES (?1, ?2, ?3)")?;
        for own in self.of.iter_mut().filter(|own| own.is_changed) {
            own.is_changed = false;
            statement.execute((&own.table, own.seal.facts, own.seal.digest))?;
        }
        Ok(())
    }

    fn of_mut(&mut self, table: &Table) -> &mut TableSeal {
        let place = self.of.iter().position(|own| own.table == table.name).unwrap_or_else(|| {
            self.of.push(TableSeal { table: table.name.to_owned(), seal: Seal::default(), is_changed: false });
            self.of.len() - 1
        });
        &mut self.of[place]
    }

    /// Adds rows: `values` holds them one after the other.
    pub(super) fn add(&mut self, table: &Table, values: &[ValueRef<'_>]) {
        if values.is_empty() {
            return;
        }
        let (key, operation) = (self.key, self.operation);
        let own = self.of_mut(table);
        own.is_changed = true;
        for row in values.chunks_exact(table.columns.len()) {
            let mut hasher = RowHasher::new(&key);
            row[..table.facts].iter().for_each(|value| hasher.add(*value));
            hasher.add(operation.cell());
            own.seal.add(hasher, table.counted.map(|column| row[column]));
        }
    }

    pub fn key(&self) -> [u8; 16] {
        self.key
    }

    /// What the rows of the running transaction belong to.
    pub fn operation(&self) -> OperationId {
        self.operation
    }
}

/// The stored seals, by the names of their tables.
pub(in crate::ledger) fn stored(connection: &Connection) -> Result<Vec<(String, Seal)>, LedgerError> {
    SEAL.rows(connection, "SELECT name, facts, digest FROM seal ORDER BY name", [], |row| {
        Ok((row.get(0)?, Seal { facts: row.get(1)?, digest: row.get(2)? }))
    })
}

/// What the rows of a table come to as they are now.
pub(in crate::ledger) fn seal_of(connection: &Connection, table: &Table, key: &[u8; 16]) -> Result<Seal, LedgerError> {
    let mut statement = connection.prepare(&format!("SELECT * FROM {}", table.name))?;
    let mut rows = statement.query([])?;
    let mut seal = Seal::default();
    while let Some(row) = rows.next()? {
        let mut hasher = RowHasher::new(key);
        let operation = table.has_operations().then_some(table.columns.len());
        for column in (0..table.facts).chain(operation) {
            hasher.add(row.get_ref(column)?);
        }
        seal.add(hasher, table.counted.map(|column| row.get_ref(column)).transpose()?);
    }
    Ok(seal)
}

/// The keyed hash of a row's fact columns, value by value.
struct RowHasher(SipHasher13);

impl RowHasher {
    fn new(key: &[u8; 16]) -> Self {
        Self(SipHasher13::new_with_key(key))
    }

    fn add(&mut self, value: ValueRef<'_>) {
        match value {
            ValueRef::Null => self.0.write_u8(0),
            ValueRef::Integer(integer) => {
                self.0.write_u8(1);
                self.0.write_u64(integer.cast_unsigned().to_le());
            }
            // No table holds a REAL; STRICT refuses one in all columns but ANY, where it breaks the seal.
            ValueRef::Real(real) => self.0.write_u64(real.to_bits().to_le()),
            ValueRef::Text(bytes) => write_bytes(&mut self.0, 2, bytes),
            ValueRef::Blob(bytes) => write_bytes(&mut self.0, 3, bytes),
        }
    }

    fn finish(self) -> i64 {
        self.0.finish().cast_signed()
    }
}

fn write_bytes(hasher: &mut SipHasher13, tag: u8, bytes: &[u8]) {
    hasher.write_u8(tag);
    hasher.write_u64((bytes.len() as u64).to_le());
    hasher.write(bytes);
}
