//! `adjustment`: corrections by hand. What a negative one took stands in `taken`.

use super::append::append;
use super::seal::Seals;
use super::table::{Table, whose};
use super::taken;
use crate::billing::{AdjustmentFact, Reason};
use crate::ids::CustomerId;
use crate::ledger::LedgerError;
use crate::ledger::sql::{Numbered, cells, numbered};
use crate::money::{Units, Value};
use crate::time::Instant;
use crate::wallet::Priority;
use rusqlite::{Connection, Row};

/// All of its columns are facts.
pub(in crate::ledger) const ADJUSTMENT: Table = Table {
    name: "adjustment",
    create: "
CREATE TABLE adjustment (
  id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, customer INTEGER NOT NULL, at INTEGER NOT NULL,
  asset INTEGER NOT NULL, amount INTEGER NOT NULL, reason INTEGER NOT NULL, lot INTEGER, operation INTEGER NOT NULL) STRICT;
CREATE INDEX adjustment_customer ON adjustment (customer);
",
    columns: &["id", "key", "customer", "at", "asset", "amount", "reason", "lot"],
    facts: 8,
    counted: None,
    is_setting: false,
};

numbered!(Reason { Gift = 0, ExternalTopup = 1, ExternalRefund = 2, Other = 3 });

/// Appends adjustments with what they took.
pub(in crate::ledger) fn write(
    connection: &Connection,
    seals: &mut Seals,
    facts: &[AdjustmentFact],
) -> Result<(), LedgerError> {
    for a in facts {
        let row = cells![a.id, a.key.as_str(), a.customer, a.at, a.asset, a.amount, a.reason, a.lot];
        append(connection, seals, &ADJUSTMENT, &row)?;
        taken::write(connection, seals, a)?;
    }
    Ok(())
}

/// Adjustments of one customer, or of all, with what they took, in the order in which they were recorded.
pub(in crate::ledger) fn read(
    connection: &Connection,
    customer: Option<CustomerId>,
) -> Result<Vec<AdjustmentFact>, LedgerError> {
    let sql = format!(
        "SELECT id, key, customer, at, asset, amount, reason, lot FROM adjustment WHERE {} ORDER BY id",
        whose(customer)
    );
    let mut all = ADJUSTMENT.rows(connection, &sql, [customer], fact)?;
    for adjustment in all.iter_mut().filter(|adjustment| adjustment.amount.is_negative()) {
        adjustment.taken = taken::of(connection, adjustment.id)?;
    }
    Ok(all)
}

/// The adjustment that a row says, without what it took.
pub(in crate::ledger) fn fact(row: &Row<'_>) -> rusqlite::Result<AdjustmentFact> {
    Ok(AdjustmentFact {
        id: row.get(0)?,
        key: row.get(1)?,
        customer: row.get(2)?,
        at: row.get(3)?,
        asset: row.get(4)?,
        amount: row.get(5)?,
        reason: row.get(6)?,
        lot: row.get(7)?,
        taken: Vec::new(),
    })
}

/// A correction that was recorded under a caller's id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedAdjustment {
    /// The customer's external id.
    pub customer: String,
    /// When it takes effect.
    pub at: Instant,
    /// The code of the asset.
    pub asset: String,
    /// By how much, in units of the asset.
    pub amount: Units,
    /// What kind of correction it is.
    pub reason: Reason,
    /// When the lot that it granted expires.
    pub expires_at: Option<Instant>,
    /// The priority of the lot that it granted.
    pub priority: Option<Priority>,
}

/// The correction that was recorded under that id, if one was.
pub(in crate::ledger) fn recorded(
    connection: &Connection,
    key: &str,
) -> Result<Option<RecordedAdjustment>, LedgerError> {
    let sql = "SELECT a.id, c.external_id, a.at, asset.code, a.amount, a.reason, lot.expires_at, lot.priority
         FROM adjustment a JOIN customer c ON c.id = a.customer JOIN asset ON asset.id = a.asset
         LEFT JOIN lot ON lot.id = a.lot WHERE a.key = ?1";
    ADJUSTMENT.row(connection, sql, [key], |row| {
        Ok(RecordedAdjustment {
            customer: row.get(1)?,
            at: row.get(2)?,
            asset: row.get(3)?,
            amount: row.get(4)?,
            reason: row.get(5)?,
            expires_at: row.get(6)?,
            priority: row.get(7)?,
        })
    })
}

/// Visits the cost bases of the lots that adjustments for a reason granted.
pub(in crate::ledger) fn for_each_basis(
    connection: &Connection,
    reason: Reason,
    mut visit: impl FnMut(Value),
) -> Result<(), LedgerError> {
    let sql = "SELECT adjustment.id, basis FROM adjustment JOIN lot ON lot.id = lot WHERE reason = ?";
    ADJUSTMENT.for_each(connection, sql, [reason.number()], |row| {
        visit(row.get(1)?);
        Ok(())
    })
}
