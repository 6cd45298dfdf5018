//! The tables, and how old ledgers become new ones.
//!
//! Every table is either *facts* (append-only: sealed by a digest of its rows, see [`super::append`]) or *derived* (may be
//! updated: verified against the facts). A table may have both: then the fact columns come first.

use super::LedgerError;
use rusqlite::Connection;

/// `PRAGMA application_id`: "draw".
pub(super) const APPLICATION_ID: i64 = 0x6472_6177;
/// The latest ledger format; `PRAGMA user_version`.
pub(super) const FORMAT: i64 = MIGRATIONS.len() as i64;

/// Each entry leads from the format of its index to the next.
const MIGRATIONS: [&str; 1] = [FORMAT_1];

const FORMAT_1: &str = "
-- Derived and settings: hash_key, horizon, moved_to (how far `advance` and replays moved everybody) and moved_customers
-- (the last customer there was then: who came later has not been through it).
CREATE TABLE meta (name TEXT PRIMARY KEY, value ANY) STRICT, WITHOUT ROWID;
CREATE TABLE seal (name TEXT PRIMARY KEY, facts INTEGER NOT NULL, digest INTEGER NOT NULL) STRICT, WITHOUT ROWID;

-- What was applied: the latest row is in force. body is JSON.
CREATE TABLE terms (id INTEGER PRIMARY KEY, applied_at INTEGER NOT NULL, body TEXT NOT NULL) STRICT;
CREATE TABLE product_version (
  id INTEGER PRIMARY KEY, product TEXT NOT NULL, number INTEGER NOT NULL, applied_at INTEGER NOT NULL,
  body TEXT NOT NULL, UNIQUE (product, number)) STRICT;

-- Names, numbered.
CREATE TABLE asset (id INTEGER PRIMARY KEY, code TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE vendor (id INTEGER PRIMARY KEY, code TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE shape (id INTEGER PRIMARY KEY, body TEXT NOT NULL UNIQUE) STRICT;

-- clock, last_event and due (when time next changes something by itself; NULL for never) are derived.
CREATE TABLE customer (
  id INTEGER PRIMARY KEY, external_id TEXT NOT NULL UNIQUE, name TEXT, created_at INTEGER NOT NULL,
  clock INTEGER NOT NULL, last_event INTEGER NOT NULL, due INTEGER) STRICT;
CREATE INDEX customer_due ON customer (due) WHERE due IS NOT NULL;
-- Other terms are another row, whose origin is the first of the line; anchor is what periods are counted from.
CREATE TABLE subscription (
  id INTEGER PRIMARY KEY, customer INTEGER NOT NULL, version INTEGER NOT NULL, quantity INTEGER NOT NULL,
  started_at INTEGER NOT NULL, anchor INTEGER NOT NULL, origin INTEGER NOT NULL) STRICT;
CREATE INDEX subscription_customer ON subscription (customer);
-- The latest end of a subscription is in force; NULL takes the one before it back.
CREATE TABLE subscription_end (id INTEGER PRIMARY KEY, subscription INTEGER NOT NULL, ended_at INTEGER) STRICT;
CREATE INDEX subscription_end_subscription ON subscription_end (subscription);
CREATE TABLE payment (
  id INTEGER PRIMARY KEY, customer INTEGER NOT NULL, at INTEGER NOT NULL, currency INTEGER NOT NULL,
  paid INTEGER NOT NULL, value INTEGER NOT NULL) STRICT;
CREATE INDEX payment_customer ON payment (customer);
CREATE TABLE charge (
  id INTEGER PRIMARY KEY, customer INTEGER NOT NULL, subscription INTEGER NOT NULL, price INTEGER NOT NULL,
  at INTEGER NOT NULL, from_at INTEGER NOT NULL, to_at INTEGER NOT NULL, asset INTEGER NOT NULL,
  amount INTEGER NOT NULL, value INTEGER NOT NULL, payment INTEGER, lot INTEGER) STRICT;
CREATE INDEX charge_customer ON charge (customer, to_at);
CREATE TABLE charge_draw (
  charge INTEGER NOT NULL, ordinal INTEGER NOT NULL, lot INTEGER NOT NULL, drawn INTEGER NOT NULL,
  earned INTEGER NOT NULL, decided_by INTEGER NOT NULL, PRIMARY KEY (charge, ordinal)) STRICT, WITHOUT ROWID;
-- A renewal that the wallet could not pay, and when it could after all. subscription is an origin.
CREATE TABLE lapse (
  id INTEGER PRIMARY KEY, customer INTEGER NOT NULL, subscription INTEGER NOT NULL, at INTEGER NOT NULL,
  asset INTEGER NOT NULL, needed INTEGER NOT NULL, available INTEGER NOT NULL) STRICT;
CREATE INDEX lapse_customer ON lapse (customer);
CREATE TABLE recovery (lapse INTEGER PRIMARY KEY, at INTEGER NOT NULL) STRICT;
-- A customer's own rules; the latest for an asset is in force. off = 1 never pays, off = 2 removes the rule.
CREATE TABLE auto_topup_rule (
  id INTEGER PRIMARY KEY, customer INTEGER NOT NULL, asset INTEGER NOT NULL, off INTEGER NOT NULL,
  threshold INTEGER, amount INTEGER, currency INTEGER, monthly_limit INTEGER) STRICT;
CREATE INDEX auto_topup_rule_customer ON auto_topup_rule (customer);

-- subscription and entitlement say what granted it, if an entitlement did; left_over and released are derived.
CREATE TABLE lot (
  id INTEGER PRIMARY KEY, customer INTEGER NOT NULL, asset INTEGER NOT NULL, purpose INTEGER NOT NULL,
  priority INTEGER NOT NULL, granted_at INTEGER NOT NULL, effective_at INTEGER NOT NULL, expires_at INTEGER,
  amount INTEGER NOT NULL, basis INTEGER NOT NULL, subscription INTEGER, entitlement INTEGER,
  left_over INTEGER NOT NULL, released INTEGER NOT NULL) STRICT;
CREATE INDEX lot_customer ON lot (customer);
CREATE INDEX lot_open ON lot (customer) WHERE left_over > 0;
CREATE TABLE topup (
  id INTEGER PRIMARY KEY, key TEXT UNIQUE, customer INTEGER NOT NULL, at INTEGER NOT NULL, currency INTEGER NOT NULL,
  paid INTEGER NOT NULL, value INTEGER NOT NULL, lot INTEGER NOT NULL, event INTEGER) STRICT;
CREATE INDEX topup_customer ON topup (customer, at);
CREATE TABLE adjustment (
  id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, customer INTEGER NOT NULL, at INTEGER NOT NULL,
  asset INTEGER NOT NULL, amount INTEGER NOT NULL, reason INTEGER NOT NULL, lot INTEGER) STRICT;
CREATE INDEX adjustment_customer ON adjustment (customer);
CREATE TABLE taken (
  id INTEGER PRIMARY KEY, adjustment INTEGER NOT NULL, lot INTEGER NOT NULL, amount INTEGER NOT NULL,
  basis INTEGER NOT NULL) STRICT;
CREATE INDEX taken_adjustment ON taken (adjustment);
-- A lot ends twice when something was given back to it after its end.
CREATE TABLE expiry (
  id INTEGER PRIMARY KEY, lot INTEGER NOT NULL, at INTEGER NOT NULL, amount INTEGER NOT NULL,
  breakage INTEGER NOT NULL) STRICT;
CREATE INDEX expiry_lot ON expiry (lot);
CREATE TABLE rollover (
  lot INTEGER PRIMARY KEY, into_lot INTEGER NOT NULL, at INTEGER NOT NULL, amount INTEGER NOT NULL,
  basis INTEGER NOT NULL) STRICT;
CREATE INDEX rollover_into ON rollover (into_lot);
CREATE TABLE repayment (
  id INTEGER PRIMARY KEY, lot INTEGER NOT NULL, at INTEGER NOT NULL, amount INTEGER NOT NULL,
  earned INTEGER NOT NULL) STRICT;
CREATE INDEX repayment_lot ON repayment (lot);

-- Usage events with their costs, fees and draws, some dozens to a row (see packed.rs); first is the number of the first.
CREATE TABLE event (first INTEGER PRIMARY KEY, count INTEGER NOT NULL, body BLOB NOT NULL) STRICT;
CREATE TABLE denial (
  event INTEGER PRIMARY KEY, asset INTEGER NOT NULL, needed INTEGER NOT NULL, available INTEGER NOT NULL,
  reason INTEGER NOT NULL) STRICT;

-- What events come to, for reports (see rollups.rs): by customer, month and version, and by shape, month, price and
-- vendor. Rows of the same add up. Where events is NULL, the row is a further part of the one before.
CREATE TABLE customer_month (
  id INTEGER PRIMARY KEY, customer INTEGER NOT NULL, month INTEGER NOT NULL, version INTEGER, price INTEGER,
  vendor INTEGER, events INTEGER, denied INTEGER, unpriced INTEGER, fees INTEGER NOT NULL, revenue INTEGER NOT NULL,
  cost INTEGER NOT NULL, denied_cost INTEGER NOT NULL) STRICT;
CREATE TABLE shape_month (
  id INTEGER PRIMARY KEY, shape INTEGER NOT NULL, month INTEGER NOT NULL, version INTEGER, price INTEGER,
  vendor INTEGER, events INTEGER, denied INTEGER, unpriced INTEGER, fees INTEGER NOT NULL, revenue INTEGER NOT NULL,
  cost INTEGER NOT NULL, denied_cost INTEGER NOT NULL) STRICT;

-- Derived: quantities so far (packed: see counters.rs), what may be given back of them, deficits, and where each event id is (see keys.rs).
CREATE TABLE counter (
  customer INTEGER NOT NULL, subscription INTEGER NOT NULL, price INTEGER NOT NULL, period INTEGER NOT NULL,
  body BLOB NOT NULL, PRIMARY KEY (customer, subscription, price, period)) STRICT, WITHOUT ROWID;
CREATE TABLE refundable (
  customer INTEGER NOT NULL, subscription INTEGER NOT NULL, price INTEGER NOT NULL, row INTEGER NOT NULL,
  period INTEGER NOT NULL, ordinal INTEGER NOT NULL, units INTEGER NOT NULL, asset INTEGER NOT NULL, lot INTEGER NOT NULL,
  amount INTEGER NOT NULL,
  PRIMARY KEY (customer, subscription, price, row, period, ordinal)) STRICT, WITHOUT ROWID;
CREATE TABLE deficit (
  customer INTEGER NOT NULL, asset INTEGER NOT NULL, amount INTEGER NOT NULL,
  PRIMARY KEY (customer, asset)) STRICT, WITHOUT ROWID;
CREATE TABLE key_run (id INTEGER PRIMARY KEY, level INTEGER NOT NULL, entries INTEGER NOT NULL) STRICT;
CREATE TABLE key_chunk (
  id INTEGER PRIMARY KEY, run INTEGER NOT NULL, first INTEGER NOT NULL, entries BLOB NOT NULL) STRICT;
CREATE INDEX key_chunk_run ON key_chunk (run, first);
";

/// Brings an open ledger from `from` to the latest format, inside the caller's transaction.
pub(super) fn migrate(connection: &Connection, from: i64) -> Result<(), LedgerError> {
    let start = usize::try_from(from).map_err(|_| LedgerError::damaged(format!("ledger format {from}")))?;
    for migration in &MIGRATIONS[start..] {
        connection.execute_batch(migration)?;
    }
    connection.execute_batch(&format!("PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {FORMAT};"))?;
    Ok(())
}
