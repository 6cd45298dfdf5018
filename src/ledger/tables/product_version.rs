//! `product_version`: what was published. A published version never changes.

use super::append::append;
use super::seal::Seals;
use super::table::Table;
use crate::catalog::{Product, Published};
use crate::ids::{OperationId, VersionId, VersionNumber};
use crate::ledger::LedgerError;
use crate::ledger::sql::cells;
use crate::time::Instant;
use rusqlite::Connection;

/// All of its columns are facts. The body is JSON.
pub(in crate::ledger) const PRODUCT_VERSION: Table = Table {
    name: "product_version",
    create: "
CREATE TABLE product_version (
  id INTEGER PRIMARY KEY, product TEXT NOT NULL, number INTEGER NOT NULL, applied_at INTEGER NOT NULL,
  body TEXT NOT NULL, operation INTEGER NOT NULL, UNIQUE (product, number)) STRICT;
",
    columns: &["id", "product", "number", "applied_at", "body"],
    facts: 5,
    counted: None,
    is_setting: false,
};

/// A published version as stored.
#[derive(Clone)]
pub(in crate::ledger) struct StoredVersion {
    pub id: VersionId,
    pub number: VersionNumber,
    pub product: Product,
}

impl StoredVersion {
    /// Its product under the names that are published. A name change alone makes no version: the default one goes by the
    /// names it has now.
    pub fn named(&self, published: &Published) -> Product {
        let current = published.product(&self.product.code).filter(|current| current.version == self.number);
        current.map_or(&self.product, |current| &current.product).clone()
    }
}

/// All of them, in the order in which they were published.
pub(in crate::ledger) fn all(connection: &Connection) -> Result<Vec<StoredVersion>, LedgerError> {
    Ok(with_operations(connection)?.into_iter().map(|(_, version)| version).collect())
}

/// The same, each with the operation that published it.
pub(in crate::ledger) fn with_operations(
    connection: &Connection,
) -> Result<Vec<(OperationId, StoredVersion)>, LedgerError> {
    let sql = "SELECT id, number, body, operation FROM product_version ORDER BY id";
    let rows: Vec<(VersionId, VersionNumber, String, OperationId)> =
        PRODUCT_VERSION.rows(connection, sql, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?;
    let read = |(id, number, body, operation): (VersionId, VersionNumber, String, OperationId)| {
        let product = serde_json::from_str(&body).map_err(|error| unreadable(&error))?;
        Ok((operation, StoredVersion { id, number, product }))
    };
    rows.into_iter().map(read).collect()
}

/// Publishes a version.
pub(in crate::ledger) fn publish(
    connection: &Connection,
    seals: &mut Seals,
    product: &Product,
    number: VersionNumber,
    at: Instant,
) -> Result<(), LedgerError> {
    let body = serde_json::to_string(product).map_err(|error| unreadable(&error))?;
    let id: VersionId = PRODUCT_VERSION.next_id(connection)?;
    let row = cells![id, product.code.as_str(), number, at, body.as_str()];
    append(connection, seals, &PRODUCT_VERSION, &row)
}

fn unreadable(error: &serde_json::Error) -> LedgerError {
    LedgerError::damaged(format!("a product version can't be read: {error}"))
}
