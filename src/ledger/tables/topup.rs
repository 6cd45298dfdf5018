//! `topup`: payments for credit.

use super::append::append;
use super::seal::Seals;
use super::table::{Among, Table, whose};
use crate::billing::{AutoPaidKey, TopupFact};
use crate::ids::{CustomerId, LotId, TopupId};
use crate::ledger::LedgerError;
use crate::ledger::sql::cells;
use crate::money::{Total, Units, Value};
use crate::time::{Instant, Unit};
use rusqlite::{Connection, Row};

/// All of its columns are facts. Automatic ones have no key; those that a renewal caused have no event either.
pub(in crate::ledger) const TOPUP: Table = Table {
    name: "topup",
    create: "
CREATE TABLE topup (
  id INTEGER PRIMARY KEY, key TEXT UNIQUE, customer INTEGER NOT NULL, at INTEGER NOT NULL, currency INTEGER NOT NULL,
  paid INTEGER NOT NULL, value INTEGER NOT NULL, lot INTEGER NOT NULL, event INTEGER, operation INTEGER NOT NULL) STRICT;
CREATE INDEX topup_customer ON topup (customer, at);
",
    columns: &["id", "key", "customer", "at", "currency", "paid", "value", "lot", "event"],
    facts: 9,
    counted: None,
    is_setting: false,
};

pub(in crate::ledger) fn write(
    connection: &Connection,
    seals: &mut Seals,
    facts: &[TopupFact],
) -> Result<(), LedgerError> {
    if facts.is_empty() {
        return Ok(());
    }
    let mut rows = Vec::with_capacity(facts.len() * TOPUP.columns.len());
    for (id, t) in TOPUP.next_id::<TopupId>(connection)?.and_following().zip(facts) {
        rows.extend(cells![id, t.key.as_deref(), t.customer, t.at, t.currency, t.paid, t.value, t.lot, t.event]);
    }
    append(connection, seals, &TOPUP, &rows)
}

/// Top-ups of one customer, or of all, in the order in which they were recorded.
pub(in crate::ledger) fn read(
    connection: &Connection,
    customer: Option<CustomerId>,
) -> Result<Vec<TopupFact>, LedgerError> {
    TOPUP.rows(connection, &format!("SELECT {READ} FROM topup WHERE {} ORDER BY id", whose(customer)), [customer], fact)
}

/// The columns that [`fact`] reads.
const READ: &str = "id, key, customer, at, currency, paid, value, lot, event";

/// What a row says.
pub(in crate::ledger) fn fact(row: &Row<'_>) -> rusqlite::Result<TopupFact> {
    Ok(TopupFact {
        key: row.get(1)?,
        customer: row.get(2)?,
        at: row.get(3)?,
        currency: row.get(4)?,
        paid: row.get(5)?,
        value: row.get(6)?,
        lot: row.get(7)?,
        event: row.get(8)?,
    })
}

/// The latest top-ups, so many of them.
pub(in crate::ledger) fn latest(connection: &Connection, many: i64) -> Result<Vec<TopupFact>, LedgerError> {
    TOPUP.rows(connection, &format!("SELECT {READ} FROM topup ORDER BY id DESC LIMIT ?1"), [many], fact)
}

/// The top-up that a caller gave that id, if there is one.
pub(in crate::ledger) fn of_key(connection: &Connection, key: &str) -> Result<Option<TopupFact>, LedgerError> {
    TOPUP.row(connection, &format!("SELECT {READ} FROM topup WHERE key = ?1"), [key], fact)
}

/// The automatic top-up that bought a lot, if one did.
pub(in crate::ledger) fn by_rule(connection: &Connection, lot: LotId) -> Result<Option<TopupFact>, LedgerError> {
    TOPUP.row(connection, &format!("SELECT {READ} FROM topup WHERE lot = ?1 AND key IS NULL"), [lot], fact)
}

/// A payment that was recorded under a caller's id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedTopup {
    /// The customer's external id.
    pub customer: String,
    /// When it takes effect.
    pub at: Instant,
    /// The code of the currency.
    pub currency: String,
    /// In units of that currency.
    pub paid: Units,
    /// The code of the asset it bought.
    pub target: String,
    /// How much of it, in its units.
    pub credited: Units,
}

/// The payment that was recorded under that id, if one was.
pub(in crate::ledger) fn recorded(connection: &Connection, key: &str) -> Result<Option<RecordedTopup>, LedgerError> {
    let sql = "SELECT t.id, c.external_id, t.at, paid_in.code, t.paid, bought.code, lot.amount
         FROM topup t JOIN customer c ON c.id = t.customer JOIN asset paid_in ON paid_in.id = t.currency
         JOIN lot ON lot.id = t.lot JOIN asset bought ON bought.id = lot.asset WHERE t.key = ?1";
    TOPUP.row(connection, sql, [key], |row| {
        Ok(RecordedTopup {
            customer: row.get(1)?,
            at: row.get(2)?,
            currency: row.get(3)?,
            paid: row.get(4)?,
            target: row.get(5)?,
            credited: row.get(6)?,
        })
    })
}

/// What was paid automatically for these customers from an instant on, and what it goes by.
pub(in crate::ledger) fn automatic(
    connection: &Connection,
    among: &Among,
    from: Instant,
) -> Result<Vec<(CustomerId, AutoPaidKey, Units)>, LedgerError> {
    let sql = format!(
        "SELECT topup.id, lot.asset, currency, at, paid, topup.customer FROM topup JOIN lot ON lot.id = topup.lot
         WHERE topup.customer {} AND at >= ?2 AND +key IS NULL",
        Among::CONDITION
    );
    TOPUP.rows(connection, &sql, (among, from), |row| {
        let at: Instant = row.get(3)?;
        let key = AutoPaidKey { asset: row.get(1)?, currency: row.get(2)?, month: at.start_of(Unit::Month) };
        Ok((row.get(5)?, key, row.get(4)?))
    })
}

/// What top-ups brought, in units of the reporting currency.
pub(in crate::ledger) fn sum_of_values(connection: &Connection) -> Result<Total<Value>, LedgerError> {
    TOPUP.sum(connection, "value")
}

/// Visits the top-ups whose lot is another customer's, or has another cost basis than they are worth: the top-up, what it is
/// worth, and the lot's cost basis if there is a lot.
pub(in crate::ledger) fn for_each_mismatch(
    connection: &Connection,
    mut visit: impl FnMut(TopupId, Value, Option<Value>),
) -> Result<(), LedgerError> {
    let sql = "SELECT topup.id, value, basis FROM topup LEFT JOIN lot ON lot.id = lot
               WHERE basis IS NOT value OR lot.customer IS NOT topup.customer";
    TOPUP.for_each(connection, sql, [], |row| {
        visit(row.get(0)?, row.get(1)?, row.get(2)?);
        Ok(())
    })
}
