//! The same work through the library alone.

use drawdown::catalog::{Reading, SourceFile, plan, read};
use drawdown::ledger::{Access, Ledger, LedgerError, NewOperation};
use drawdown::time::Instant;
use drawdown::usage::{LogReader, Source, Vocabulary};
use std::io::Cursor;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// What a measurement does.
pub const BENCH: NewOperation<'static> = NewOperation { ran_at: Instant::EPOCH, command: "bench", did: "something" };

/// What is read from a catalog's text.
pub fn reading(text: String) -> Reading {
    read(&[SourceFile { name: "catalog.toml".to_owned(), text }])
}

/// A reader of a log in memory.
pub fn reader(log: &Arc<[u8]>, vocabulary: &Arc<Vocabulary>) -> LogReader {
    let source = Source::new("usage", Cursor::new(Arc::clone(log)));
    LogReader::new(vec![source], Arc::clone(vocabulary), None)
}

/// A ledger in which a catalog is in force.
///
/// # Errors
/// When it can't be written.
pub fn ledger(path: &Path, catalog: &drawdown::catalog::Catalog) -> Result<Ledger, LedgerError> {
    let mut ledger = Ledger::open(path, Access::Create, Duration::ZERO)?;
    let mut writer = ledger.write()?;
    writer.apply(catalog, &plan(None, catalog), Instant::EPOCH)?;
    writer.commit(BENCH)?;
    Ok(ledger)
}
