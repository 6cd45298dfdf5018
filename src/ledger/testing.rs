//! Ledgers for unit tests.

use super::{Access, Import, ImportOptions, Ledger, NewOperation};
use crate::catalog::{Catalog, plan};
use crate::time::Instant;
use crate::usage::{Batch, LogReader, Source};
use std::io::Cursor;
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;

/// What a test does.
pub(crate) const TEST: NewOperation<'static> =
    NewOperation { ran_at: Instant::EPOCH, command: "test", did: "something" };

/// A ledger with a catalog that holds from an instant on, `ledger.db` in a folder of its own.
pub(crate) fn new_ledger(catalog: &Catalog, from: Instant) -> (Ledger, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let mut ledger = Ledger::open(&folder.path().join("ledger.db"), Access::Create, Duration::ZERO).unwrap();
    let mut writer = ledger.write().unwrap();
    writer.apply(catalog, &plan(None, catalog), from).unwrap();
    writer.commit(TEST).unwrap();
    (ledger, folder)
}

/// Imports a log in CSV and moves everybody on to its end. Whoever is new gets the first product if that is asked for.
pub(crate) fn import(ledger: &mut Ledger, log: &str, enrolls: bool) {
    let mut writer = ledger.write().unwrap();
    let mut engine = writer.engine().unwrap();
    let source = Source::new("log", Cursor::new(log.as_bytes().to_vec()));
    let mut reader = LogReader::new(vec![source], Arc::new(engine.vocabulary()), None);
    let enroll = engine.versions().next().map(|(version, _)| version).filter(|_| enrolls);
    let mut on_recorded = |_: &Batch, refusals| assert_eq!(refusals, []);
    let options = ImportOptions { enroll, is_trial: false, ..ImportOptions::default() };
    let mut import = Import::new(&mut writer, &mut engine, options, &mut on_recorded);
    while let Some(batch) = reader.next_batch(8_192).unwrap() {
        import.batch(batch).unwrap();
    }
    import.finish(true).unwrap();
    writer.commit(TEST).unwrap();
}
