//! `payment`: payments that collected fixed charges.

use super::append::append;
use super::seal::Seals;
use super::table::{Table, whose};
use crate::billing::PaymentFact;
use crate::ids::CustomerId;
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
    let sql = format!("SELECT id, customer, at, currency, paid, value FROM payment WHERE {filter} ORDER BY id");
    PAYMENT.rows(connection, &sql, [customer], fact)
}

/// The payment that a row says.
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

/// What payments brought, in units of the reporting currency.
pub(in crate::ledger) fn sum_of_values(connection: &Connection) -> Result<Total<Value>, LedgerError> {
    PAYMENT.sum(connection, "value")
}
