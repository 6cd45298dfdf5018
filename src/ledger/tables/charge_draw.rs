//! `charge_draw`: what fixed charges took from the wallet, lot by lot.

use super::append::append;
use super::lot::NO_LOT;
use super::seal::Seals;
use super::table::{Table, whose};
use crate::billing::ChargeFact;
use crate::ids::{AssetId, ChargeId, CustomerId, LotId};
use crate::ledger::LedgerError;
use crate::ledger::sql::cells;
use crate::money::{Units, Value};
use crate::wallet::Draw;
use rusqlite::{Connection, Row};

/// All of its columns are facts. [`NO_LOT`] is the overdraft.
pub(in crate::ledger) const CHARGE_DRAW: Table = Table {
    name: "charge_draw",
    create: "
CREATE TABLE charge_draw (
  charge INTEGER NOT NULL, ordinal INTEGER NOT NULL, lot INTEGER NOT NULL, drawn INTEGER NOT NULL,
  earned INTEGER NOT NULL, decided_by INTEGER NOT NULL, operation INTEGER NOT NULL, PRIMARY KEY (charge, ordinal)) STRICT, WITHOUT ROWID;
CREATE INDEX charge_draw_owed ON charge_draw (charge) WHERE lot = 0;
",
    columns: &["charge", "ordinal", "lot", "drawn", "earned", "decided_by"],
    facts: 6,
    counted: None,
    is_setting: false,
};

/// Appends the draws of charges.
pub(super) fn write(connection: &Connection, seals: &mut Seals, charges: &[ChargeFact]) -> Result<(), LedgerError> {
    let mut rows = Vec::new();
    for charge in charges {
        for (ordinal, draw) in (0i64..).zip(&charge.draws) {
            let lot = draw.lot.unwrap_or(NO_LOT);
            rows.extend(cells![charge.id, ordinal, lot, draw.amount, draw.earned, draw.decided_by]);
        }
    }
    append(connection, seals, &CHARGE_DRAW, &rows)
}

/// Whether an overdraft ever paid a charge.
pub(in crate::ledger) fn any_is_owed(connection: &Connection) -> Result<bool, LedgerError> {
    let sql = format!("SELECT 1 FROM charge_draw WHERE lot = {NO_LOT} LIMIT 1");
    Ok(connection.prepare_cached(&sql)?.exists([])?)
}

/// The draws of the charges of one customer, or of all, in the order of the charges.
pub(super) fn read(
    connection: &Connection,
    customer: Option<CustomerId>,
) -> Result<Vec<(ChargeId, Draw)>, LedgerError> {
    let sql = format!(
        "SELECT charge, d.lot, drawn, earned, decided_by FROM charge c CROSS JOIN charge_draw d ON d.charge = c.id
         WHERE {} ORDER BY charge, ordinal",
        whose(customer)
    );
    CHARGE_DRAW.rows(connection, &sql, [customer], draw)
}

fn draw(row: &Row<'_>) -> rusqlite::Result<(ChargeId, Draw)> {
    let lot: LotId = row.get(1)?;
    let lot = Some(lot).filter(|lot| *lot != NO_LOT);
    let draw = Draw { lot, amount: row.get(2)?, earned: row.get(3)?, decided_by: row.get(4)? };
    Ok((row.get(0)?, draw))
}

/// The draws of the charges from one number to another.
pub(super) fn between(
    connection: &Connection,
    first: ChargeId,
    last: ChargeId,
) -> Result<Vec<(ChargeId, Draw)>, LedgerError> {
    let sql = "SELECT charge, lot, drawn, earned, decided_by FROM charge_draw
               WHERE charge BETWEEN ?1 AND ?2 ORDER BY charge, ordinal";
    CHARGE_DRAW.rows(connection, sql, [first, last], draw)
}

/// Visits what draws took from lots: the lot, how much, and how much of its cost basis.
pub(in crate::ledger) fn for_each_taking(
    connection: &Connection,
    mut visit: impl FnMut(LotId, Units, Value),
) -> Result<(), LedgerError> {
    CHARGE_DRAW.for_each_taking(connection, ["lot", "drawn", "earned"], |lot, drawn, earned| {
        if lot != NO_LOT {
            visit(lot, drawn, earned);
        }
    })
}

/// Visits what charges took that no lot had: the customer, the asset, and how much.
pub(in crate::ledger) fn for_each_overdraft(
    connection: &Connection,
    mut visit: impl FnMut(CustomerId, AssetId, Units),
) -> Result<(), LedgerError> {
    let sql = "SELECT charge, customer, asset, drawn FROM charge_draw d JOIN charge c ON c.id = charge WHERE d.lot = ?";
    CHARGE_DRAW.for_each(connection, sql, [NO_LOT], |row| {
        visit(row.get(1)?, row.get(2)?, row.get(3)?);
        Ok(())
    })
}
