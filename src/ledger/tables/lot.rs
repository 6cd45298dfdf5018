//! `lot`: grants of credit, and what is left of them.

use super::append::append;
use super::seal::Seals;
use super::table::{Among, Table, whose};
use crate::billing::LotFact;
use crate::ids::{AssetId, CustomerId, LotId};
use crate::ledger::LedgerError;
use crate::ledger::sql::{Numbered, cells, numbered};
use crate::money::{Units, Value};
use crate::time::Instant;
use crate::wallet::{GrantedBy, Lot, Purpose};
use rusqlite::types::Type;
use rusqlite::{CachedStatement, Connection, Row};

/// Facts, and derived: what is left, and what has left the cost basis. `subscription` and `entitlement` say what granted it,
/// if an entitlement did.
pub(in crate::ledger) const LOT: Table = Table {
    name: "lot",
    create: "
CREATE TABLE lot (
  id INTEGER PRIMARY KEY, customer INTEGER NOT NULL, asset INTEGER NOT NULL, purpose INTEGER NOT NULL,
  priority INTEGER NOT NULL, granted_at INTEGER NOT NULL, effective_at INTEGER NOT NULL, expires_at INTEGER,
  amount INTEGER NOT NULL, basis INTEGER NOT NULL, subscription INTEGER, entitlement INTEGER,
  left_over INTEGER NOT NULL, released INTEGER NOT NULL, operation INTEGER NOT NULL) STRICT;
CREATE INDEX lot_customer ON lot (customer);
CREATE INDEX lot_open ON lot (customer) WHERE left_over > 0;
",
    columns: &[
        "id",
        "customer",
        "asset",
        "purpose",
        "priority",
        "granted_at",
        "effective_at",
        "expires_at",
        "amount",
        "basis",
        "subscription",
        "entitlement",
        "left_over",
        "released",
    ],
    facts: 12,
    counted: None,
    is_setting: false,
};

numbered!(Purpose { Promotion = 0, Bundled = 1, Paid = 2 });

/// What a row has in the place of a lot, where an overdraft was drawn.
pub(in crate::ledger) const NO_LOT: LotId = LotId::from_number(0);

/// A lot with its asset and owner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LotRow {
    /// Whose it is.
    pub customer: CustomerId,
    /// What it holds.
    pub asset: AssetId,
    /// Its amounts, times and what it came from, as the wallet sees them.
    pub lot: Lot,
}

impl LotRow {
    /// The lot as it was granted.
    pub fn fact(self) -> LotFact {
        let Self { customer, asset, lot } = self;
        LotFact {
            id: lot.id,
            customer,
            asset,
            purpose: lot.purpose,
            priority: lot.priority,
            granted_at: lot.granted_at,
            effective_at: lot.effective_at,
            expires_at: lot.expires_at,
            amount: lot.amount,
            basis: lot.basis,
            granted_by: lot.granted_by,
        }
    }
}

/// Appends lots as they are granted. What is left of them is stored with the life that holds them when it changes.
pub(in crate::ledger) fn write(
    connection: &Connection,
    seals: &mut Seals,
    facts: &[LotFact],
) -> Result<(), LedgerError> {
    let mut rows = Vec::with_capacity(facts.len() * LOT.columns.len());
    for lot in facts {
        let (subscription, entitlement) = lot.granted_by.map(|by| (by.subscription, by.entitlement)).unzip();
        rows.extend(cells![lot.id, lot.customer, lot.asset, lot.purpose, lot.priority]);
        rows.extend(cells![lot.granted_at, lot.effective_at, lot.expires_at, lot.amount, lot.basis]);
        rows.extend(cells![subscription, entitlement, lot.amount, Value::ZERO]);
    }
    append(connection, seals, &LOT, &rows)
}

/// The columns that [`read`] reads.
pub(in crate::ledger) const READ: &str = "id, customer, asset, purpose, priority, granted_at, effective_at, expires_at, amount, basis, \
     subscription, entitlement, left_over, released";

/// The entitlement that granted a lot: both of its columns say it, or neither does.
fn granted_by(row: &Row<'_>) -> rusqlite::Result<Option<GrantedBy>> {
    let half = |column| rusqlite::Error::FromSqlConversionFailure(column, Type::Null, "only half of a grant".into());
    match (row.get(10)?, row.get(11)?) {
        (Some(subscription), Some(entitlement)) => Ok(Some(GrantedBy { subscription, entitlement })),
        (None, None) => Ok(None),
        (None, Some(_)) => Err(half(10)),
        (Some(_), None) => Err(half(11)),
    }
}

/// A lot that a row says, with its owner.
pub(in crate::ledger) fn read(row: &Row<'_>) -> rusqlite::Result<LotRow> {
    let lot = Lot {
        id: row.get(0)?,
        purpose: row.get(3)?,
        priority: row.get(4)?,
        granted_at: row.get(5)?,
        effective_at: row.get(6)?,
        expires_at: row.get(7)?,
        amount: row.get(8)?,
        basis: row.get(9)?,
        granted_by: granted_by(row)?,
        left: row.get(12)?,
        released: row.get(13)?,
        changed: false,
    };
    Ok(LotRow { customer: row.get(1)?, asset: row.get(2)?, lot })
}

/// The lots of one customer, or of all, in the order in which they were granted.
pub(in crate::ledger) fn all(
    connection: &Connection,
    customer: Option<CustomerId>,
) -> Result<Vec<LotRow>, LedgerError> {
    LOT.rows(connection, &format!("SELECT {READ} FROM lot WHERE {} ORDER BY id", whose(customer)), [customer], read)
}

/// All lots of these customers, in the order in which they were granted.
pub(in crate::ledger) fn of(connection: &Connection, among: &Among) -> Result<Vec<LotRow>, LedgerError> {
    let sql = format!("SELECT {READ} FROM lot WHERE customer {} ORDER BY id", Among::CONDITION);
    LOT.rows(connection, &sql, [among], read)
}

/// The lots of these customers that have something left.
pub(in crate::ledger) fn open(connection: &Connection, among: &Among) -> Result<Vec<LotRow>, LedgerError> {
    let sql = format!("SELECT {READ} FROM lot WHERE customer {} AND left_over > 0", Among::CONDITION);
    LOT.rows(connection, &sql, [among], read)
}

/// A lot, if it is used up.
pub(in crate::ledger) fn used_up(connection: &Connection, id: LotId) -> Result<Option<LotRow>, LedgerError> {
    LOT.row(connection, &format!("SELECT {READ} FROM lot WHERE id = ?1 AND left_over = 0"), [id], read)
}

/// All lots that entitlements granted, in the order in which they did.
pub(in crate::ledger) fn entitled(connection: &Connection) -> Result<Vec<LotRow>, LedgerError> {
    LOT.rows(connection, &format!("SELECT {READ} FROM lot WHERE subscription IS NOT NULL ORDER BY id"), [], read)
}

/// The lots that the net credits of a customer's changes went into.
pub(in crate::ledger) fn credited(connection: &Connection, customer: CustomerId) -> Result<Vec<LotRow>, LedgerError> {
    let sql = format!("SELECT {READ} FROM lot WHERE id IN (SELECT lot FROM charge WHERE customer = ?1)");
    LOT.rows(connection, &sql, [customer], read)
}

/// Whether a customer has a used-up lot that ends at that instant.
pub(in crate::ledger) fn is_used_up_at(
    connection: &Connection,
    customer: CustomerId,
    end: Instant,
) -> Result<bool, LedgerError> {
    let sql = "SELECT 1 FROM lot WHERE customer = ?1 AND left_over = 0 AND expires_at = ?2";
    Ok(connection.prepare_cached(sql)?.exists((customer, end))?)
}

/// What was granted with a lot, and what is left of it.
pub(in crate::ledger) struct Rest {
    pub id: LotId,
    pub amount: Units,
    pub basis: Value,
    pub left: Units,
    pub released: Value,
}

/// Visits what is left of all lots.
pub(in crate::ledger) fn for_each_rest(
    connection: &Connection,
    mut visit: impl FnMut(Rest),
) -> Result<(), LedgerError> {
    LOT.for_each(connection, "SELECT id, amount, basis, left_over, released FROM lot", [], |row| {
        let (id, amount, basis) = (row.get(0)?, row.get(1)?, row.get(2)?);
        visit(Rest { id, amount, basis, left: row.get(3)?, released: row.get(4)? });
        Ok(())
    })
}

/// Stores what is left of lots.
pub(in crate::ledger) struct Storing<'c>(CachedStatement<'c>);

impl<'c> Storing<'c> {
    pub fn new(connection: &'c Connection) -> Result<Self, LedgerError> {
        Ok(Self(connection.prepare_cached("UPDATE lot SET left_over = ?2, released = ?3 WHERE id = ?1")?))
    }

    pub fn store(&mut self, lot: &Lot) -> Result<(), LedgerError> {
        match self.0.execute((lot.id, lot.left, lot.released))? {
            0 => Err(LedgerError::damaged(format!("lot {} is drawn from, but not there", lot.id))),
            _ => Ok(()),
        }
    }
}

/// Visits the cost bases of the lots that entitlements granted, but not of those that carry on what others had left.
pub(in crate::ledger) fn for_each_granted(
    connection: &Connection,
    mut visit: impl FnMut(Value),
) -> Result<(), LedgerError> {
    let sql = "SELECT id, basis FROM lot
               WHERE subscription IS NOT NULL AND id NOT IN (SELECT into_lot FROM rollover)";
    LOT.for_each(connection, sql, [], |row| {
        visit(row.get(1)?);
        Ok(())
    })
}

/// Visits the paid lots for which there is no top-up, no correction and no credit of a change of terms.
pub(in crate::ledger) fn for_each_unpaid(
    connection: &Connection,
    mut visit: impl FnMut(LotId),
) -> Result<(), LedgerError> {
    let sql = "SELECT id FROM lot
               WHERE purpose = ? AND subscription IS NULL AND id NOT IN (SELECT lot FROM topup)
                 AND id NOT IN (SELECT lot FROM adjustment WHERE lot IS NOT NULL)
                 AND id NOT IN (SELECT lot FROM charge WHERE lot IS NOT NULL)";
    LOT.for_each(connection, sql, [Purpose::Paid.number()], |row| {
        visit(row.get(0)?);
        Ok(())
    })
}
