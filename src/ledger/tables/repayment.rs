//! `repayment`: deficits that lots paid back.

use super::append::append;
use super::lot::NO_LOT;
use super::seal::Seals;
use super::table::{Table, whose};
use crate::ids::{AssetId, ChargeId, CustomerId, LotId};
use crate::ledger::LedgerError;
use crate::ledger::sql::cells;
use crate::money::{Units, Value};
use crate::wallet::Repayment;
use rusqlite::{Connection, Row};

/// All of its columns are facts.
pub(in crate::ledger) const REPAYMENT: Table = Table {
    name: "repayment",
    create: "
CREATE TABLE repayment (
  id INTEGER PRIMARY KEY, lot INTEGER NOT NULL, at INTEGER NOT NULL, dated INTEGER NOT NULL, amount INTEGER NOT NULL,
  earned INTEGER NOT NULL, after INTEGER NOT NULL, charge INTEGER, operation INTEGER NOT NULL) STRICT;
CREATE INDEX repayment_lot ON repayment (lot);
CREATE INDEX repayment_charge ON repayment (charge) WHERE charge IS NOT NULL;
",
    columns: &["id", "lot", "at", "dated", "amount", "earned", "after", "charge"],
    facts: 8,
    counted: None,
    is_setting: false,
};

pub(in crate::ledger) fn write(
    connection: &Connection,
    seals: &mut Seals,
    facts: &[Repayment],
) -> Result<(), LedgerError> {
    if facts.is_empty() {
        return Ok(());
    }
    let first: i64 = REPAYMENT.next_id(connection)?;
    let row = |(id, r): (i64, &Repayment)| cells![id, r.lot, r.at, r.dated, r.amount, r.earned, r.after, r.charge];
    append(connection, seals, &REPAYMENT, &(first..).zip(facts).flat_map(row).collect::<Vec<_>>())
}

/// What one customer, or all, paid back, in the order in which it was recorded.
pub(in crate::ledger) fn read(
    connection: &Connection,
    customer: Option<CustomerId>,
) -> Result<Vec<Repayment>, LedgerError> {
    let sql = format!(
        "SELECT r.id, lot, at, dated, r.amount, earned, after, charge FROM lot JOIN repayment r ON r.lot = lot.id WHERE {} ORDER BY r.id",
        whose(customer)
    );
    REPAYMENT.rows(connection, &sql, [customer], fact)
}

/// The repayment that a row says.
pub(in crate::ledger) fn fact(row: &Row<'_>) -> rusqlite::Result<Repayment> {
    Ok(Repayment {
        lot: row.get(1)?,
        at: row.get(2)?,
        dated: row.get(3)?,
        amount: row.get(4)?,
        earned: row.get(5)?,
        after: row.get(6)?,
        charge: row.get(7)?,
    })
}

/// Visits what repayments took: the lot, how much, and how much of its cost basis.
pub(in crate::ledger) fn for_each_taking(
    connection: &Connection,
    visit: impl FnMut(LotId, Units, Value),
) -> Result<(), LedgerError> {
    REPAYMENT.for_each_taking(connection, ["lot", "amount", "earned"], visit)
}

/// Visits what was repaid: the customer, the asset, and how much.
pub(in crate::ledger) fn for_each_repaid(
    connection: &Connection,
    mut visit: impl FnMut(CustomerId, AssetId, Units),
) -> Result<(), LedgerError> {
    let sql = "SELECT r.id, lot.customer, lot.asset, r.amount FROM repayment r JOIN lot ON lot.id = r.lot";
    REPAYMENT.for_each(connection, sql, [], |row| {
        visit(row.get(1)?, row.get(2)?, row.get(3)?);
        Ok(())
    })
}

/// Visits what was repaid of each charge that an overdraft paid: how much, how much the overdraft took, and whether all of it
/// came from the charge's own account.
pub(in crate::ledger) fn for_each_repaid_charge(
    connection: &Connection,
    mut visit: impl FnMut(ChargeId, Units, Units, bool),
) -> Result<(), LedgerError> {
    let sql = format!(
        "SELECT max(r.id), r.charge, sum(r.amount),
           coalesce((SELECT sum(drawn) FROM charge_draw d WHERE d.charge = r.charge AND d.lot = {NO_LOT}), 0),
           sum(c.customer IS NOT lot.customer OR c.asset IS NOT lot.asset)
         FROM repayment r JOIN lot ON lot.id = r.lot LEFT JOIN charge c ON c.id = r.charge
         WHERE r.charge IS NOT NULL GROUP BY r.charge"
    );
    REPAYMENT.for_each(connection, &sql, [], |row| {
        visit(row.get(1)?, row.get(2)?, row.get(3)?, row.get::<_, i64>(4)? == 0);
        Ok(())
    })
}
