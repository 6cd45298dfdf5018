//! `subscription`: what customers hold. Other terms are another row, whose origin is the first of the line; anchor is what
//! periods are counted from.

use super::append::append;
use super::seal::Seals;
use super::table::{Among, Table, whose};
use crate::billing::{Seats, Subscription, SubscriptionFact};
use crate::ids::{CustomerId, SubscriptionId, VersionId, VersionNumber};
use crate::ledger::LedgerError;
use crate::ledger::sql::cells;
use crate::time::Instant;
use rusqlite::{Connection, Row};
use std::collections::BTreeMap;

/// All of its columns are facts.
pub(in crate::ledger) const SUBSCRIPTION: Table = Table {
    name: "subscription",
    create: "
CREATE TABLE subscription (
  id INTEGER PRIMARY KEY, customer INTEGER NOT NULL, version INTEGER NOT NULL, quantity INTEGER NOT NULL,
  started_at INTEGER NOT NULL, anchor INTEGER NOT NULL, origin INTEGER NOT NULL,
  planned_at INTEGER, operation INTEGER NOT NULL) STRICT;
CREATE INDEX subscription_customer ON subscription (customer);
",
    columns: &["id", "customer", "version", "quantity", "started_at", "anchor", "origin", "planned_at"],
    facts: 8,
    counted: None,
    is_setting: false,
};

pub(in crate::ledger) fn write(
    connection: &Connection,
    seals: &mut Seals,
    facts: &[SubscriptionFact],
) -> Result<(), LedgerError> {
    for s in facts {
        let row = cells![s.id, s.customer, s.version, s.quantity, s.started_at, s.anchor, s.origin, s.planned_at];
        append(connection, seals, &SUBSCRIPTION, &row)?;
    }
    Ok(())
}

/// The columns that [`fact`] reads.
pub(in crate::ledger) const FACT: &str = "id, customer, version, quantity, started_at, anchor, origin, planned_at";

/// The subscription that a row says.
pub(in crate::ledger) fn fact(row: &Row<'_>) -> rusqlite::Result<SubscriptionFact> {
    Ok(SubscriptionFact {
        id: row.get(0)?,
        customer: row.get(1)?,
        version: row.get(2)?,
        quantity: row.get(3)?,
        started_at: row.get(4)?,
        anchor: row.get(5)?,
        origin: row.get(6)?,
        planned_at: row.get(7)?,
    })
}

/// A stored subscription, with the end that is in force, and whose it is.
pub(in crate::ledger) struct Held {
    pub customer: CustomerId,
    pub subscription: Subscription,
}

/// All subscriptions, in the order in which they were made.
pub(in crate::ledger) fn all(connection: &Connection) -> Result<Vec<Held>, LedgerError> {
    SUBSCRIPTION.rows(connection, &format!("{READ} ORDER BY id"), [], read)
}

/// The subscriptions of these customers, in the order in which they were made.
pub(in crate::ledger) fn held(connection: &Connection, among: &Among) -> Result<Vec<Held>, LedgerError> {
    let sql = format!("{READ} WHERE customer {} ORDER BY id", Among::CONDITION);
    SUBSCRIPTION.rows(connection, &sql, [among], read)
}

/// What [`read`] reads.
const READ: &str = "SELECT id, customer, version, quantity, started_at, anchor, origin,
  (SELECT ended_at FROM subscription_end e WHERE e.subscription = subscription.id ORDER BY e.id DESC LIMIT 1)
  FROM subscription";

fn read(row: &Row<'_>) -> rusqlite::Result<Held> {
    let ended_at: Option<Instant> = row.get(7)?;
    let subscription = Subscription {
        id: row.get(0)?,
        version: row.get(2)?,
        quantity: row.get(3)?,
        started_at: row.get(4)?,
        anchor: row.get(5)?,
        origin: row.get(6)?,
        ended_at: ended_at.unwrap_or(Instant::MAX),
    };
    Ok(Held { customer: row.get(1)?, subscription })
}

/// A subscription as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubscriptionRow {
    /// Its number in the ledger.
    pub id: SubscriptionId,
    /// The customer's external id.
    pub customer: String,
    /// The product version's number in the ledger.
    pub version_id: VersionId,
    /// The product's code.
    pub product: String,
    /// The product version.
    pub version: VersionNumber,
    /// How many seats it has.
    pub quantity: Seats,
    /// The first subscription of the line that this one goes on with; itself when it is new.
    pub origin: SubscriptionId,
    /// When it begins, inclusive.
    pub started_at: Instant,
    /// Until when, if it ends.
    pub ended_at: Option<Instant>,
}

impl SubscriptionRow {
    /// Whether it is held at `at`.
    pub fn is_active(&self, at: Instant) -> bool {
        self.started_at <= at && self.ended_at.is_none_or(|end| at < end)
    }
}

/// Subscriptions of one customer, or of all, without those that were taken back before they began.
pub(in crate::ledger) fn of(
    connection: &Connection,
    customer: Option<CustomerId>,
) -> Result<Vec<SubscriptionRow>, LedgerError> {
    let sql = format!(
        "SELECT * FROM (SELECT s.id, c.external_id, s.version, v.product, v.number, s.quantity, s.origin, s.started_at,
           (SELECT ended_at FROM subscription_end e WHERE e.subscription = s.id ORDER BY e.id DESC LIMIT 1) AS ended_at
         FROM subscription s JOIN customer c ON c.id = s.customer JOIN product_version v ON v.id = s.version
         WHERE {}) WHERE ended_at IS NULL OR ended_at > started_at ORDER BY id",
        whose(customer)
    );
    SUBSCRIPTION.rows(connection, &sql, [customer], |row| {
        Ok(SubscriptionRow {
            id: row.get(0)?,
            customer: row.get(1)?,
            version_id: row.get(2)?,
            product: row.get(3)?,
            version: row.get(4)?,
            quantity: row.get(5)?,
            origin: row.get(6)?,
            started_at: row.get(7)?,
            ended_at: row.get(8)?,
        })
    })
}

/// How many subscriptions each product has that have no end.
pub(in crate::ledger) fn endless(connection: &Connection) -> Result<BTreeMap<String, u64>, LedgerError> {
    let sql = "SELECT product, count(*) FROM subscription s JOIN product_version v ON v.id = version
         WHERE (SELECT ended_at FROM subscription_end e WHERE e.subscription = s.id ORDER BY e.id DESC LIMIT 1) IS NULL
         GROUP BY product";
    let counts =
        SUBSCRIPTION.rows(connection, sql, [], |row| Ok((row.get(0)?, row.get::<_, i64>(1)?.unsigned_abs())))?;
    Ok(counts.into_iter().collect())
}

/// The product version of every subscription there ever was, also of those that were replaced as they began.
pub(in crate::ledger) fn versions(connection: &Connection) -> Result<Vec<(SubscriptionId, VersionId)>, LedgerError> {
    SUBSCRIPTION
        .rows(connection, "SELECT id, version FROM subscription ORDER BY id", [], |row| Ok((row.get(0)?, row.get(1)?)))
}
