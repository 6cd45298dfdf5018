//! Appending facts, many rows a statement, and sealing them.
//!
//! A seal is the number of a table's facts and the sum of its rows' keyed hashes. It costs one hash per row to keep and lets
//! `verify` find a row that was edited, added or deleted by something other than this program. It is a guard against
//! slips and meddling, not against somebody who studies this file: the key lies in the ledger.

use super::LedgerError;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Statement};
use siphasher::sip::SipHasher13;
use std::hash::Hasher;

/// Rows a statement. Past some forty the gain per row is gone.
const ROWS_A_STATEMENT: usize = 40;

/// A table whose rows are appended.
#[derive(Debug, Clone, Copy)]
pub(super) struct Table {
    pub name: &'static str,
    /// The fact columns, which are sealed: the first ones.
    pub facts: usize,
    /// All columns.
    pub columns: usize,
    /// Which column says how many facts a row holds, where it may hold several.
    pub counted: Option<usize>,
}

macro_rules! tables {
    ($($constant:ident = $name:literal, $facts:literal of $columns:literal $(, counted in $counted:literal)?;)*) => {
        $(pub(super) const $constant: Table =
            Table { name: $name, facts: $facts, columns: $columns, counted: [$($counted)?].first().copied() };)*
        /// Every table that holds facts, and the settings.
        pub(super) const TABLES: &[Table] = &[$($constant),*];
    };
}

tables! {
    META = "meta", 2 of 2;
    TERMS = "terms", 3 of 3;
    PRODUCT_VERSION = "product_version", 5 of 5;
    ASSET = "asset", 2 of 2;
    VENDOR = "vendor", 2 of 2;
    SHAPE = "shape", 2 of 2;
    CUSTOMER = "customer", 4 of 7;
    SUBSCRIPTION = "subscription", 7 of 7;
    SUBSCRIPTION_END = "subscription_end", 3 of 3;
    PAYMENT = "payment", 6 of 6;
    CHARGE = "charge", 12 of 12;
    CHARGE_DRAW = "charge_draw", 6 of 6;
    LAPSE = "lapse", 7 of 7;
    RECOVERY = "recovery", 2 of 2;
    AUTO_TOPUP_RULE = "auto_topup_rule", 8 of 8;
    LOT = "lot", 12 of 14;
    TOPUP = "topup", 9 of 9;
    ADJUSTMENT = "adjustment", 8 of 8;
    TAKEN = "taken", 5 of 5;
    EXPIRY = "expiry", 5 of 5;
    ROLLOVER = "rollover", 5 of 5;
    REPAYMENT = "repayment", 5 of 5;
    EVENT = "event", 3 of 3, counted in 1;
    DENIAL = "denial", 5 of 5;
    CUSTOMER_MONTH = "customer_month", 13 of 13;
    SHAPE_MONTH = "shape_month", 13 of 13;
}

/// What a table's rows come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Seal {
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
pub(super) struct Seals {
    key: [u8; 16],
    seals: Vec<Seal>,
    changed: Vec<bool>,
}

impl Seals {
    pub fn load(connection: &Connection) -> Result<Self, LedgerError> {
        let key = hash_key(connection)?;
        let mut seals = vec![Seal::default(); TABLES.len()];
        let mut statement = connection.prepare_cached("SELECT name, facts, digest FROM seal")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let name: String = row.get(0)?;
            let index = TABLES.iter().position(|t| t.name == name);
            let index =
                index.ok_or_else(|| LedgerError::damaged(format!("{name:?} is sealed, but no table of facts")))?;
            seals[index] = Seal { facts: row.get(1)?, digest: row.get(2)? };
        }
        Ok(Self { key, changed: vec![false; seals.len()], seals })
    }

    pub fn store(&mut self, connection: &Connection) -> Result<(), LedgerError> {
        // Settings change in place, so they are sealed anew, as they are when the transaction ends.
        let settings = index_of(&META);
        self.seals[settings] = seal_of(connection, &META, &self.key)?;
        self.changed[settings] = true;
        let mut statement = connection.prepare_cached("INSERT OR REPLACE INTO seal VALUES (?1, ?2, ?3)")?;
        for (index, table) in TABLES.iter().enumerate() {
            if std::mem::take(&mut self.changed[index]) {
                statement.execute((table.name, self.seals[index].facts, self.seals[index].digest))?;
            }
        }
        Ok(())
    }

    pub fn of(&self, table: &Table) -> Seal {
        self.seals[index_of(table)]
    }

    fn add(&mut self, index: usize, row: &[ValueRef<'_>]) {
        let mut hasher = RowHasher::new(&self.key);
        row.iter().for_each(|value| hasher.add(*value));
        self.seals[index].add(hasher, TABLES[index].counted.map(|column| row[column]));
        self.changed[index] = true;
    }

    pub fn key(&self) -> [u8; 16] {
        self.key
    }
}

fn index_of(table: &Table) -> usize {
    TABLES.iter().position(|t| t.name == table.name).unwrap_or_default()
}

/// What the rows of a table come to as they are now.
pub(super) fn seal_of(connection: &Connection, table: &Table, key: &[u8; 16]) -> Result<Seal, LedgerError> {
    let mut statement = connection.prepare(&format!("SELECT * FROM {}", table.name))?;
    let mut rows = statement.query([])?;
    let mut seal = Seal::default();
    while let Some(row) = rows.next()? {
        let mut hasher = RowHasher::new(key);
        for column in 0..table.facts {
            hasher.add(row.get_ref(column)?);
        }
        seal.add(hasher, table.counted.map(|column| row.get_ref(column)).transpose()?);
    }
    Ok(seal)
}

/// The key of this ledger's hashes, drawn when it was made: ids can be hostile.
pub(super) fn hash_key(connection: &Connection) -> Result<[u8; 16], LedgerError> {
    Ok(connection.query_row("SELECT value FROM meta WHERE name = 'hash_key'", [], |row| row.get(0))?)
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

/// Appends rows to a table: `values` holds them one after the other.
pub(super) fn append(
    connection: &Connection,
    seals: &mut Seals,
    table: &Table,
    values: &[ValueRef<'_>],
) -> Result<(), LedgerError> {
    debug_assert!(values.len().is_multiple_of(table.columns), "{} has {} columns", table.name, table.columns);
    let index = index_of(table);
    for row in values.chunks_exact(table.columns) {
        seals.add(index, &row[..table.facts]);
    }
    // A statement that fails undoes nothing by itself, for which it would keep copies of pages: the whole transaction ends.
    insert(connection, "INSERT OR FAIL", table, values)
}

/// Puts rows into a derived table, in the place of those with the same keys.
pub(super) fn replace(connection: &Connection, table: &Table, values: &[ValueRef<'_>]) -> Result<(), LedgerError> {
    insert(connection, "INSERT OR REPLACE", table, values)
}

fn insert(connection: &Connection, verb: &str, table: &Table, values: &[ValueRef<'_>]) -> Result<(), LedgerError> {
    let mut blocks = values.chunks_exact(table.columns * ROWS_A_STATEMENT);
    if blocks.len() > 0 {
        let mut statement = connection.prepare_cached(&insert_sql(verb, table, ROWS_A_STATEMENT))?;
        for block in blocks.by_ref() {
            execute(&mut statement, block)?;
        }
    }
    let rest = blocks.remainder();
    if !rest.is_empty() {
        let mut statement = connection.prepare_cached(&insert_sql(verb, table, 1))?;
        for row in rest.chunks_exact(table.columns) {
            execute(&mut statement, row)?;
        }
    }
    Ok(())
}

fn insert_sql(verb: &str, table: &Table, rows: usize) -> String {
    let row = format!("(?{})", ",?".repeat(table.columns - 1));
    [verb, " INTO ", table.name, " VALUES ", &vec![row; rows].join(",")].concat()
}

fn execute(statement: &mut Statement<'_>, values: &[ValueRef<'_>]) -> Result<(), LedgerError> {
    for (index, value) in values.iter().enumerate() {
        statement.raw_bind_parameter(index + 1, rusqlite::types::ToSqlOutput::Borrowed(*value))?;
    }
    statement.raw_execute()?;
    Ok(())
}
