//! `recovery`: when the wallet could pay a renewal after all.

use super::append::append;
use super::seal::Seals;
use super::table::Table;
use crate::billing::RecoveryFact;
use crate::ids::SubscriptionId;
use crate::ledger::LedgerError;
use crate::ledger::sql::cells;
use crate::time::Instant;
use rusqlite::Connection;

/// All of its columns are facts.
pub(in crate::ledger) const RECOVERY: Table = Table {
    name: "recovery",
    create: "
CREATE TABLE recovery (lapse INTEGER PRIMARY KEY, at INTEGER NOT NULL, operation INTEGER NOT NULL) STRICT;
",
    columns: &["lapse", "at"],
    facts: 2,
    counted: None,
    is_setting: false,
};

pub(in crate::ledger) fn write(
    connection: &Connection,
    seals: &mut Seals,
    facts: &[RecoveryFact],
) -> Result<(), LedgerError> {
    let row = |r: &RecoveryFact| cells![r.lapse, r.at];
    append(connection, seals, &RECOVERY, &facts.iter().flat_map(row).collect::<Vec<_>>())
}

/// When what lines of subscriptions owed was paid late, by their origins.
pub(in crate::ledger) fn by_origin(connection: &Connection) -> Result<Vec<(SubscriptionId, Instant)>, LedgerError> {
    let sql = "SELECT lapse, subscription, recovery.at FROM recovery JOIN lapse ON lapse.id = lapse";
    RECOVERY.rows(connection, sql, [], |row| Ok((row.get(1)?, row.get(2)?)))
}
