//! `subscription_end`: when subscriptions end. The latest one of a subscription is in force; NULL takes the one before it
//! back.

use super::append::append;
use super::seal::Seals;
use super::table::Table;
use crate::billing::EndFact;
use crate::ledger::LedgerError;
use crate::ledger::sql::cells;
use rusqlite::Connection;

/// All of its columns are facts.
pub(in crate::ledger) const SUBSCRIPTION_END: Table = Table {
    name: "subscription_end",
    create: "
CREATE TABLE subscription_end (
  id INTEGER PRIMARY KEY, subscription INTEGER NOT NULL, ended_at INTEGER, asked_at INTEGER, operation INTEGER NOT NULL) STRICT;
CREATE INDEX subscription_end_subscription ON subscription_end (subscription);
",
    columns: &["id", "subscription", "ended_at", "asked_at"],
    facts: 4,
    counted: None,
    is_setting: false,
};

pub(in crate::ledger) fn write(
    connection: &Connection,
    seals: &mut Seals,
    facts: &[EndFact],
) -> Result<(), LedgerError> {
    for end in facts {
        let id: i64 = SUBSCRIPTION_END.next_id(connection)?;
        append(connection, seals, &SUBSCRIPTION_END, &cells![id, end.subscription, end.ended_at, end.asked_at])?;
    }
    Ok(())
}
