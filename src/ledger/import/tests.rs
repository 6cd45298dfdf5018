//! How often a log asks something of SQLite. Counts are the same on every machine; times are measured in `benches`.

use super::{Import, ImportOptions};
use crate::billing::Engine;
use crate::catalog::{Catalog, SourceFile, plan, read};
use crate::ledger::{Access, Ledger};
use crate::time::Instant;
use crate::usage::{Batch, LogReader, Source};
use rusqlite::trace::{TraceEvent, TraceEventCodes};
use std::io::Cursor;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

const CATALOG: &str = r#"
[catalog]
name = "test"
reporting_currency = "USD"
[policy]
insufficient_funds = "overdraft"
[[product]]
code = "api"
name = "API"
[[product.price]]
name = "Tokens"
type = "usage_based"
event_type = "tokens"
usage_type = "volume"
volume_field = "n"
asset = "USD"
billable_dimensions = ["model"]
values = [{ model = "small", volume_rate = 0.001 }, { model = "large", volume_rate = 0.003 }]
"#;

const CUSTOMERS: u64 = 50;

fn catalog() -> Catalog {
    let reading = read(&[SourceFile { name: "test.toml".into(), text: CATALOG.into() }]);
    reading.catalog.unwrap_or_else(|| panic!("{:?}", reading.findings))
}

/// A log of so many events from one number on.
fn log(from: u64, events: u64) -> LogReader {
    let mut text = "id,customer,event_type,occurred_at,model,n,cost.gpu\n".to_owned();
    for n in from..from + events {
        let (customer, model) = (n % CUSTOMERS, if n % 3 == 0 { "large" } else { "small" });
        text += &format!("e{n},c{customer},tokens,2026-07-01T00:00:00Z,{model},{},0.0001\n", n % 97);
    }
    let vocabulary = Engine::of_catalog(&catalog()).vocabulary();
    LogReader::new(vec![Source::new("log", Cursor::new(text.into_bytes()))], Arc::new(vocabulary), None)
}

/// How many statements recording a log takes, all batches of it.
fn statements(ledger: &mut Ledger, mut log: LogReader) -> u64 {
    let count = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&count);
    let trace = move |_: TraceEvent<'_>| {
        counted.fetch_add(1, Ordering::Relaxed);
    };
    ledger.connection.trace_v2(TraceEventCodes::SQLITE_TRACE_STMT, Some(trace)).unwrap();
    let mut writer = ledger.write().unwrap();
    let mut engine = writer.engine().unwrap();
    let enroll = engine.versions().next().map(|(version, _)| version);
    let mut on_recorded = |_: &Batch, refusals| assert_eq!(refusals, []);
    let options = ImportOptions { enroll, is_trial: false };
    let mut import = Import::new(&mut writer, &mut engine, options, &mut on_recorded);
    while let Some(batch) = log.next_batch(8_192).unwrap() {
        import.batch(batch).unwrap();
    }
    import.finish(true).unwrap();
    writer.commit().unwrap();
    count.load(Ordering::Relaxed)
}

/// Some twenty-five events stand in a row, forty rows in a statement, and 366 ids in one. Rests of each slice, lookups and
/// rollups come to about as much again.
#[test]
fn statements_are_for_batches_and_customers_and_few_for_events() {
    let folder = tempfile::tempdir().unwrap();
    let mut ledger = Ledger::open(&folder.path().join("ledger.db"), Access::Create, Duration::ZERO).unwrap();
    let catalog = catalog();
    let mut writer = ledger.write().unwrap();
    writer.apply(&catalog, &plan(None, &catalog), Instant::EPOCH).unwrap();
    writer.commit().unwrap();
    statements(&mut ledger, log(0, CUSTOMERS));
    let few = statements(&mut ledger, log(CUSTOMERS, 8_192));
    let many = statements(&mut ledger, log(10_000, 8_192 * 5));
    assert!(many < few + 8_192 * 4 / 80, "{few} statements for 8192 events, {many} for five times as many");
    let again = statements(&mut ledger, log(10_000, 8_192 * 5));
    assert!(again < many / 2, "{many} statements the first time, {again} the second");
}
