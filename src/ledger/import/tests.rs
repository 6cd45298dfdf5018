//! How often a log asks something of SQLite. Counts are the same on every machine; times are measured in `benches`.

use crate::catalog::testing::catalog;
use crate::ledger::Ledger;
use crate::ledger::testing::{import, new_ledger};
use crate::time::Instant;
use rusqlite::trace::{TraceEvent, TraceEventCodes};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

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

/// A log of so many events from one number on.
fn log(from: u64, events: u64) -> String {
    let mut text = "id,customer,event_type,occurred_at,model,n,cost.gpu\n".to_owned();
    for n in from..from + events {
        let (customer, model) = (n % CUSTOMERS, if n % 3 == 0 { "large" } else { "small" });
        text += &format!("e{n},c{customer},tokens,2026-07-01T00:00:00Z,{model},{},0.0001\n", n % 97);
    }
    text
}

/// How many statements recording a log takes, all batches of it.
fn statements(ledger: &mut Ledger, log: &str) -> u64 {
    let count = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&count);
    let trace = move |_: TraceEvent<'_>| {
        counted.fetch_add(1, Ordering::Relaxed);
    };
    ledger.connection.trace_v2(TraceEventCodes::SQLITE_TRACE_STMT, Some(trace)).unwrap();
    import(ledger, log, true);
    count.load(Ordering::Relaxed)
}

/// Some twenty-five events stand in a row, forty rows in a statement, and 366 ids in one. Rests of each slice, lookups and
/// rollups come to about as much again.
#[test]
fn statements_are_for_batches_and_customers_and_few_for_events() {
    let (mut ledger, _folder) = new_ledger(&catalog(CATALOG), Instant::EPOCH);
    statements(&mut ledger, &log(0, CUSTOMERS));
    let few = statements(&mut ledger, &log(CUSTOMERS, 8_192));
    let many = statements(&mut ledger, &log(10_000, 8_192 * 5));
    assert!(many < few + 8_192 * 4 / 80, "{few} statements for 8192 events, {many} for five times as many");
    let again = statements(&mut ledger, &log(10_000, 8_192 * 5));
    assert!(again < many / 2, "{many} statements the first time, {again} the second");
}
