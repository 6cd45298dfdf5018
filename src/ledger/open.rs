//! Opening a ledger, and the one transaction a writing command is.

use super::LedgerError;
use super::schema::{APPLICATION_ID, FIRST_RELEASED, FORMAT, create, migrate};
use super::tables::operation;
use super::tables::seal::Seals;
use crate::files::{fill_new, touch_new};
use crate::time::Instant;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, TransactionBehavior};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How a ledger in memory is named where it is at fault.
const IN_MEMORY: &str = "the ledger in memory";

/// What a command needs the ledger for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// To look at it.
    Read,
    /// To append to it.
    Write,
    /// To append to it; it is made if there is none.
    Create,
}

/// An open ledger.
#[derive(Debug)]
pub struct Ledger {
    path: PathBuf,
    pub(super) connection: Connection,
    /// Now, and the latest time that can have come.
    now: Option<(Instant, Instant)>,
}

/// An open ledger in a write transaction. Dropped without [`Writer::commit`], nothing has happened.
pub struct Writer<'l> {
    pub(super) path: &'l Path,
    pub(super) tx: rusqlite::Transaction<'l>,
    pub(super) seals: Seals,
    /// How far it has moved everybody on, if it has.
    pub(super) moved_to: Option<Instant>,
    /// What the connection had changed before.
    changes_before: u64,
}

/// The command that a transaction carries out, for `ledger log`.
#[derive(Debug, Clone, Copy)]
pub struct NewOperation<'a> {
    /// When it runs, by the clock.
    pub ran_at: Instant,
    /// The command as it was given.
    pub command: &'a str,
    /// What it did, in a line.
    pub did: &'a str,
}

impl Ledger {
    /// Opens a ledger. A command that finds another process writing waits up to `patience`.
    ///
    /// # Errors
    /// When the file is missing, is no ledger, is newer than this program, or can't be reached.
    pub fn open(path: &Path, access: Access, patience: Duration) -> Result<Self, LedgerError> {
        refuse_what_is_no_file(path, access)?;
        let opened = match Self::connect(path, access, patience) {
            // Only a writer may undo what a killed process left, so a reader becomes one for a moment.
            Err(e) if e.is_unfinished_write() => {
                let undone = undo_unfinished_write(path, patience).map_err(|e| match e.at(path) {
                    LedgerError::Unreachable { path, .. } => {
                        let reason = "a command was killed while it wrote, and undoing that needs a file and a folder \
                                      that can be written; run any command as somebody who may write there";
                        LedgerError::Unreachable { path, reason: reason.to_owned() }
                    }
                    other => other,
                });
                undone.and_then(|()| Self::connect(path, access, patience))
            }
            other => other,
        };
        opened.map_err(|e| e.at(path))
    }

    pub(super) fn connect(path: &Path, access: Access, patience: Duration) -> Result<Self, LedgerError> {
        let flags = match access {
            Access::Read => OpenFlags::SQLITE_OPEN_READ_ONLY,
            Access::Write => OpenFlags::SQLITE_OPEN_READ_WRITE,
            Access::Create => OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE,
        };
        if access == Access::Create {
            touch_new(path)?;
        }
        let connection = Connection::open_with_flags(as_file(path), flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
        connection.busy_timeout(patience)?;
        let ledger = Self { path: path.to_path_buf(), connection, now: None };
        if access == Access::Create {
            ledger.connection.execute_batch("PRAGMA page_size = 8192")?;
            if ledger.is_blank()? {
                ledger.create()?;
            }
        }
        ledger.check_format(access)?;
        // A kept rollback journal appends faster than WAL and starts and ends a process faster.
        ledger.connection.execute_batch(
            "PRAGMA journal_mode = PERSIST; PRAGMA journal_size_limit = 1048576; PRAGMA synchronous = FULL;
             PRAGMA cache_size = -32768; PRAGMA temp_store = MEMORY;",
        )?;
        ledger.cache_statements()?;
        Ok(ledger)
    }

    /// A ledger in memory, which is gone with this value.
    ///
    /// # Errors
    /// When there is no memory for it.
    pub fn in_memory() -> Result<Self, LedgerError> {
        let ledger = Self { path: PathBuf::from(IN_MEMORY), connection: Connection::open_in_memory()?, now: None };
        ledger.create()?;
        ledger.cache_statements()?;
        Ok(ledger)
    }

    /// Says what time it is, and the latest that it can be.
    pub fn set_now(&mut self, now: Instant, latest: Instant) {
        self.now = Some((now, latest));
    }

    /// Where it stands for whoever names no time: at the latest instant that it has processed, but not after now. What was
    /// recorded for a later time has not happened yet.
    ///
    /// # Errors
    /// When the ledger can't be read.
    pub fn stands_at(&self) -> Result<Instant, LedgerError> {
        let horizon = self.horizon()?;
        Ok(self.now.filter(|(_, latest)| *latest < horizon).map_or(horizon, |(now, _)| now))
    }

    fn cache_statements(&self) -> Result<(), LedgerError> {
        self.connection.set_prepared_statement_cache_capacity(128);
        // Plans do not depend on bound values, so a cached statement is not prepared again for each of them.
        self.connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        Ok(())
    }

    fn create(&self) -> Result<(), LedgerError> {
        self.connection.execute_batch("BEGIN EXCLUSIVE")?;
        // Another process may have been first.
        if self.is_blank()? {
            create(&self.connection)?;
        }
        self.connection.execute_batch("COMMIT")?;
        Ok(())
    }

    /// Whether it is a file without a byte, or a database that was never used.
    fn is_blank(&self) -> Result<bool, LedgerError> {
        Ok(self.pragma("application_id")? == 0 && self.pragma("user_version")? == 0 && self.is_empty()?)
    }

    fn is_empty(&self) -> Result<bool, LedgerError> {
        Ok(self.connection.query_row("SELECT count(*) = 0 FROM sqlite_schema", [], |row| row.get(0))?)
    }

    fn check_format(&self, access: Access) -> Result<(), LedgerError> {
        if self.pragma("application_id")? != APPLICATION_ID {
            self.refuse_foreign()?;
        }
        let found = self.pragma("user_version")?;
        if found < FIRST_RELEASED {
            return Err(LedgerError::Unreleased { path: self.path.clone(), found });
        }
        if found > FORMAT {
            return Err(LedgerError::Newer { path: self.path.clone(), found, known: FORMAT });
        }
        if found < FORMAT && access != Access::Read {
            self.connection.execute_batch("BEGIN IMMEDIATE")?;
            // Another process may have been first.
            migrate(&self.connection, self.pragma("user_version")?)?;
            self.connection.execute_batch("COMMIT")?;
        }
        Ok(())
    }

    /// Refuses a file that does not say that it is a ledger, unless another process has been making one of it.
    fn refuse_foreign(&self) -> Result<(), LedgerError> {
        // Asked first: what is blank now is no other program's file in a moment.
        let is_blank = self.is_blank()?;
        if self.pragma("application_id")? == APPLICATION_ID {
            return Ok(());
        }
        Err(if is_blank {
            LedgerError::Blank(self.path.clone())
        } else {
            LedgerError::NotALedger { path: self.path.clone(), detail: ", but another program's SQLite file" }
        })
    }

    pub(super) fn pragma(&self, name: &str) -> Result<i64, LedgerError> {
        Ok(self.connection.query_row(&format!("PRAGMA {name}"), [], |row| row.get(0))?)
    }

    /// The ledger's file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Runs a question against one consistent state of the ledger. A question within a question is about the same state.
    ///
    /// # Errors
    /// What the question returns, with the file's name.
    pub fn read<T>(&self, question: impl FnOnce(&Self) -> Result<T, LedgerError>) -> Result<T, LedgerError> {
        if !self.connection.is_autocommit() {
            return question(self);
        }
        let ask = || {
            let tx = self.connection.unchecked_transaction()?;
            let answer = question(self)?;
            tx.finish()?;
            Ok(answer)
        };
        ask().map_err(|e: LedgerError| e.at(&self.path))
    }

    /// Begins the transaction of a writing command. From here on no other process writes.
    ///
    /// # Errors
    /// When another process goes on writing longer than the patience.
    pub fn write(&mut self) -> Result<Writer<'_>, LedgerError> {
        let path = &self.path;
        // IMMEDIATE: a transaction that reads first and writes later could fail in between.
        let tx = self.connection.transaction_with_behavior(TransactionBehavior::Immediate);
        let tx = tx.map_err(|e| LedgerError::from(e).at(path))?;
        let seals = operation::next_id(&tx).and_then(|id| Seals::load(&tx, id)).map_err(|e| e.at(path))?;
        let changes_before = tx.total_changes();
        Ok(Writer { path, tx, seals, moved_to: None, changes_before })
    }

    /// Copies the ledger, as of one instant, into a new file.
    ///
    /// # Errors
    /// When the target exists or can't be written.
    pub fn backup(&self, target: &Path) -> Result<(), LedgerError> {
        let copy = |beside: &Path| -> Result<(), LedgerError> {
            let text = beside.to_str().ok_or_else(|| std::io::Error::other("the name is not valid UTF-8"))?;
            Ok(self.connection.execute("VACUUM INTO ?1", [text]).map(drop)?)
        };
        fill_new(target, copy).map_err(|error| {
            let path = target.to_path_buf();
            match error {
                LedgerError::Io(error) if error.kind() == ErrorKind::AlreadyExists => {
                    LedgerError::Copy { path, reason: "the file exists already; a backup never overwrites".into() }
                }
                LedgerError::Io(error) => LedgerError::Copy { path, reason: error.to_string() },
                other => other.at(target),
            }
        })
    }
}

/// Opens the file as a writer does, which rolls back what a process that was killed had not committed.
fn undo_unfinished_write(path: &Path, patience: Duration) -> Result<(), LedgerError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(as_file(path), flags)?;
    connection.busy_timeout(patience)?;
    Ok(connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?)
}

/// The name as SQLite takes it for nothing but a file's: some have another meaning to it, such as `:memory:` and `file:x`.
fn as_file(path: &Path) -> PathBuf {
    Path::new(".").join(path)
}

/// Says clearly what SQLite would only say in codes.
fn refuse_what_is_no_file(path: &Path, access: Access) -> Result<(), LedgerError> {
    match std::fs::metadata(path) {
        Err(e) if e.kind() == std::io::ErrorKind::NotFound && access == Access::Create => Ok(()),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Err(LedgerError::Missing(path.to_path_buf())),
        Err(e) => Err(LedgerError::Unreachable { path: path.to_path_buf(), reason: e.to_string() }),
        Ok(meta) if meta.is_dir() => {
            Err(LedgerError::Unreachable { path: path.to_path_buf(), reason: "it is a directory".into() })
        }
        // SQLite takes a file of one byte for an empty one, and would write over that byte.
        Ok(meta) if meta.len() == 1 => Err(LedgerError::NotALedger { path: path.to_path_buf(), detail: "" }),
        Ok(_) => Ok(()),
    }
}

impl Writer<'_> {
    /// Makes everything durable, under the operation that did it. What changes nothing is no operation.
    ///
    /// # Errors
    /// When the disk refuses; then nothing has happened.
    pub fn commit(mut self, new: NewOperation<'_>) -> Result<(), LedgerError> {
        let path = self.path;
        if self.tx.total_changes() > self.changes_before {
            self.step(|writer| {
                let NewOperation { ran_at, command, did } = new;
                operation::write(&writer.tx, &mut writer.seals, (ran_at, command, did), writer.moved_to)?;
                writer.seals.store(&writer.tx)
            })?;
        }
        self.tx.commit().map_err(|e| LedgerError::from(e).at(path))
    }

    /// Runs a step of the command, with the file's name added to its errors.
    ///
    /// # Errors
    /// What the step returns.
    pub(super) fn step<T>(&mut self, step: impl FnOnce(&mut Self) -> Result<T, LedgerError>) -> Result<T, LedgerError> {
        let path = self.path;
        step(self).map_err(|e| e.at(path))
    }
}
