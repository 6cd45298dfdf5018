//! `refund`: money that went back. What charges earn less because of it stands in `refund_part`.

use super::append::append;
use super::refund_part;
use super::seal::Seals;
use super::table::{Table, whose};
use crate::billing::{RefundFact, RefundOf};
use crate::ids::{CustomerId, LotId, PaymentId};
use crate::ledger::LedgerError;
use crate::ledger::sql::cells;
use crate::money::{Units, Value};
use crate::wallet::Taken;
use rusqlite::{Connection, Row};

/// All of its columns are facts. A refund of a top-up has the lot that it took from, and what it took of it; one of a payment
/// for charges has the payment, and took nothing.
pub(in crate::ledger) const REFUND: Table = Table {
    name: "refund",
    create: "
CREATE TABLE refund (
  id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, customer INTEGER NOT NULL, at INTEGER NOT NULL,
  currency INTEGER NOT NULL, amount INTEGER NOT NULL, value INTEGER NOT NULL, payment INTEGER, lot INTEGER,
  taken INTEGER NOT NULL, basis INTEGER NOT NULL, next_charge INTEGER NOT NULL,
  named INTEGER, operation INTEGER NOT NULL) STRICT;
CREATE INDEX refund_customer ON refund (customer);
",
    columns: &[
        "id",
        "key",
        "customer",
        "at",
        "currency",
        "amount",
        "value",
        "payment",
        "lot",
        "taken",
        "basis",
        "next_charge",
        "named",
    ],
    facts: 13,
    counted: None,
    is_setting: false,
};

/// The columns that [`read_row`] reads.
pub(in crate::ledger) const READ: &str =
    "id, key, customer, at, currency, amount, value, payment, lot, taken, basis, next_charge, named";

/// Appends refunds with their parts.
pub(in crate::ledger) fn write(
    connection: &Connection,
    seals: &mut Seals,
    facts: &[RefundFact],
) -> Result<(), LedgerError> {
    for r in facts {
        let (payment, lot, taken, basis) = match &r.of {
            RefundOf::Topup(taken) => (None, Some(taken.lot), taken.amount, taken.basis),
            RefundOf::Charges(payment, _) => (Some(*payment), None, Units::ZERO, Value::ZERO),
        };
        let row = [
            &cells![r.id, r.key.as_str(), r.customer, r.at, r.currency, r.amount, r.value][..],
            &cells![payment, lot, taken, basis, r.next_charge, r.named],
        ];
        append(connection, seals, &REFUND, &row.concat())?;
        refund_part::write(connection, seals, r)?;
    }
    Ok(())
}

/// The refund that a row says, without its parts.
pub(in crate::ledger) fn read_row(row: &Row<'_>) -> rusqlite::Result<RefundFact> {
    let (payment, lot): (Option<PaymentId>, Option<LotId>) = (row.get(7)?, row.get(8)?);
    let of = match (payment, lot) {
        (Some(payment), None) => RefundOf::Charges(payment, Vec::new()),
        (None, Some(lot)) => RefundOf::Topup(Taken { lot, amount: row.get(9)?, basis: row.get(10)? }),
        _ => {
            return Err(rusqlite::Error::FromSqlConversionFailure(
                7,
                row.get_ref(7)?.data_type(),
                "of no payment".into(),
            ));
        }
    };
    Ok(RefundFact {
        id: row.get(0)?,
        key: row.get(1)?,
        customer: row.get(2)?,
        at: row.get(3)?,
        currency: row.get(4)?,
        amount: row.get(5)?,
        named: row.get(12)?,
        value: row.get(6)?,
        of,
        next_charge: row.get(11)?,
    })
}

/// Refunds to one customer, or to all, with their parts, in the order in which they were made.
pub(in crate::ledger) fn read(
    connection: &Connection,
    customer: Option<CustomerId>,
) -> Result<Vec<RefundFact>, LedgerError> {
    let sql = format!("SELECT {READ} FROM refund WHERE {} ORDER BY id", whose(customer));
    let mut all = REFUND.rows(connection, &sql, [customer], read_row)?;
    for refund in &mut all {
        add_parts(connection, refund)?;
    }
    Ok(all)
}

/// The refund that was recorded under that id, if one was.
pub(in crate::ledger) fn recorded(connection: &Connection, key: &str) -> Result<Option<RefundFact>, LedgerError> {
    let sql = format!("SELECT {READ} FROM refund WHERE key = ?1");
    let mut found = REFUND.row(connection, &sql, [key], read_row)?;
    found.as_mut().map_or(Ok(()), |refund| add_parts(connection, refund))?;
    Ok(found)
}

/// Adds what charges earn less because of a refund.
pub(in crate::ledger) fn add_parts(connection: &Connection, refund: &mut RefundFact) -> Result<(), LedgerError> {
    if let RefundOf::Charges(_, parts) = &mut refund.of {
        *parts = refund_part::of(connection, refund.id)?;
    }
    Ok(())
}

/// Visits what refunds took from lots: the lot, how much, how much of its cost basis, and what the money was worth that
/// went back for it.
pub(in crate::ledger) fn for_each_taking(
    connection: &Connection,
    mut visit: impl FnMut(LotId, Units, Value, Value),
) -> Result<(), LedgerError> {
    let sql = "SELECT id, lot, taken, basis, value FROM refund WHERE lot IS NOT NULL";
    REFUND.for_each(connection, sql, [], |row| {
        visit(row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?);
        Ok(())
    })
}
