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
    fn add(&mut self, hash: i64, counted: Option<ValueRef<'_>>) {
        let facts = match counted {
            None => 1,
            Some(ValueRef::Integer(facts)) => facts,
            // Then the hash is another one, too.
            Some(_) => 0,
        };
        self.facts = self.facts.wrapping_add(facts);
        self.digest = self.digest.wrapping_add(hash);
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
        let (mut hasher, operation) = (RowHasher::new(&self.key), self.operation);
        let own = self.of_mut(table);
        own.is_changed = true;
        for row in values.chunks_exact(table.columns.len()) {
            row[..table.facts].iter().for_each(|value| hasher.add(*value));
            hasher.add(operation.cell());
            own.seal.add(hasher.finish_row(), table.counted.map(|column| row[column]));
        }
    }

    /// Whether the rows of these tables are what was recorded, as `verify` finds out of all tables.
    ///
    /// # Errors
    /// When they are not. The ledger is damaged.
    pub fn check(&self, connection: &Connection, tables: &[&Table]) -> Result<(), LedgerError> {
        for table in tables {
            let recorded = self.of.iter().find(|own| own.table == table.name).map(|own| own.seal);
            if seal_of(connection, table, &self.key)? != recorded.unwrap_or_default() {
                return Err(LedgerError::damaged(format!(
                    "the rows of {} are not those that were recorded",
                    table.name
                )));
            }
        }
        Ok(())
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
    let (mut seal, mut hasher) = (Seal::default(), RowHasher::new(key));
    while let Some(row) = rows.next()? {
        let operation = table.has_operations().then_some(table.columns.len());
        for column in (0..table.facts).chain(operation) {
            hasher.add(row.get_ref(column)?);
        }
        seal.add(hasher.finish_row(), table.counted.map(|column| row.get_ref(column)).transpose()?);
    }
    Ok(seal)
}

/// Makes the keyed hashes of rows' fact columns, row by row.
struct RowHasher {
    hasher: SipHasher13,
    /// The row's values so far: hashed together, they take half the time.
    bytes: Vec<u8>,
}

impl RowHasher {
    fn new(key: &[u8; 16]) -> Self {
        Self { hasher: SipHasher13::new_with_key(key), bytes: Vec::new() }
    }

    fn add(&mut self, value: ValueRef<'_>) {
        match value {
            ValueRef::Null => self.bytes.push(0),
            ValueRef::Integer(integer) => {
                self.bytes.push(1);
                self.bytes.extend(integer.to_le_bytes());
            }
            // No table holds a REAL; STRICT refuses one in all columns but ANY, where it breaks the seal.
            ValueRef::Real(real) => self.bytes.extend(real.to_bits().to_le_bytes()),
            ValueRef::Text(bytes) => self.add_bytes(2, bytes),
            ValueRef::Blob(bytes) => self.add_bytes(3, bytes),
        }
    }

    fn add_bytes(&mut self, tag: u8, bytes: &[u8]) {
        self.bytes.push(tag);
        self.bytes.extend((bytes.len() as u64).to_le_bytes());
        self.bytes.extend_from_slice(bytes);
    }

    /// The hash of the values that were added since the last row.
    fn finish_row(&mut self) -> i64 {
        let hash = self.hasher.hash(&self.bytes);
        self.bytes.clear();
        hash.cast_signed()
    }
}
