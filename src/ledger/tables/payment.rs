//! `payment`: payments that collected fixed charges.

use super::append::append;
use super::seal::Seals;
use super::table::{Table, whose};
use crate::billing::PaymentFact;
use crate::ids::{CustomerId, PaymentId};
use crate::ledger::LedgerError;
use crate::ledger::sql::cells;
use crate::money::{Total, Value};
use rusqlite::{Connection, Row};

/// All of its columns are facts.
pub(in crate::ledger) const PAYMENT: Table = Table {
    name: "payment",
    create: "
CREATE TABLE payment (
  id INTEGER PRIMARY KEY, customer INTEGER NOT NULL, at INTEGER NOT NULL, currency INTEGER NOT NULL,
  paid INTEGER NOT NULL, value INTEGER NOT NULL, operation INTEGER NOT NULL) STRICT;
CREATE INDEX payment_customer ON payment (customer);
",
    columns: &["id", "customer", "at", "currency", "paid", "value"],
    facts: 6,
    counted: None,
    is_setting: false,
};

pub(in crate::ledger) fn write(
    connection: &Connection,
    seals: &mut Seals,
    facts: &[PaymentFact],
) -> Result<(), LedgerError> {
    let row = |p: &PaymentFact| cells![p.id, p.customer, p.at, p.currency, p.paid, p.value];
    append(connection, seals, &PAYMENT, &facts.iter().flat_map(row).collect::<Vec<_>>())
}

/// Payments of one customer, or of all, in the order in which they were made.
pub(in crate::ledger) fn read(
    connection: &Connection,
    customer: Option<CustomerId>,
) -> Result<Vec<PaymentFact>, LedgerError> {
    let filter = whose(customer);
    PAYMENT.rows(connection, &format!("SELECT {READ} FROM payment WHERE {filter} ORDER BY id"), [customer], fact)
}

/// The columns that [`fact`] reads.
const READ: &str = "id, customer, at, currency, paid, value";

/// What a row says.
pub(in crate::ledger) fn fact(row: &Row<'_>) -> rusqlite::Result<PaymentFact> {
    Ok(PaymentFact {
        id: row.get(0)?,
        customer: row.get(1)?,
        at: row.get(2)?,
        currency: row.get(3)?,
        paid: row.get(4)?,
        value: row.get(5)?,
    })
}

/// The latest payments, so many of them.
pub(in crate::ledger) fn latest(connection: &Connection, many: i64) -> Result<Vec<PaymentFact>, LedgerError> {
    PAYMENT.rows(connection, &format!("SELECT {READ} FROM payment ORDER BY id DESC LIMIT ?1"), [many], fact)
}

/// The payment of that number, if there is one.
pub(in crate::ledger) fn find(connection: &Connection, id: PaymentId) -> Result<Option<PaymentFact>, LedgerError> {
    PAYMENT.row(connection, &format!("SELECT {READ} FROM payment WHERE id = ?1"), [id], fact)
}

/// What payments brought, in units of the reporting currency.
pub(in crate::ledger) fn sum_of_values(connection: &Connection) -> Result<Total<Value>, LedgerError> {
    PAYMENT.sum(connection, "value")
}
