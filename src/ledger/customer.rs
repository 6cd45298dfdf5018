//! Customers, and their own top-up rules.

use super::append::{AUTO_TOPUP_RULE, CUSTOMER, append};
use super::book::next_id;
use super::open::Writer;
use super::sql::cells;
use super::{Ledger, LedgerError};
use crate::billing::AutoTopupRule;
use crate::ids::{AssetId, CustomerId, EventNumber};
use crate::time::Instant;
use rusqlite::{Connection, OptionalExtension, Row};

/// A customer as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomerRow {
    /// The ledger's number.
    pub id: CustomerId,
    /// The id that logs and commands use.
    pub external_id: String,
    /// The name people see.
    pub name: Option<String>,
    /// When the customer was added.
    pub created_at: Instant,
}

fn customer_row(row: &Row<'_>) -> rusqlite::Result<CustomerRow> {
    Ok(CustomerRow { id: row.get(0)?, external_id: row.get(1)?, name: row.get(2)?, created_at: row.get(3)? })
}

pub(super) fn find_customer(connection: &Connection, external_id: &str) -> Result<Option<CustomerRow>, LedgerError> {
    let sql = "SELECT id, external_id, name, created_at FROM customer WHERE external_id = ?1";
    Ok(connection.prepare_cached(sql)?.query_row([external_id], customer_row).optional()?)
}

pub(super) fn require_customer(connection: &Connection, external_id: &str) -> Result<CustomerRow, LedgerError> {
    find_customer(connection, external_id)?.ok_or_else(|| LedgerError::UnknownCustomer(external_id.to_owned()))
}

impl Ledger {
    /// The customer of that external id.
    ///
    /// # Errors
    /// [`LedgerError::UnknownCustomer`], or when the ledger can't be read.
    pub fn customer(&self, external_id: &str) -> Result<CustomerRow, LedgerError> {
        require_customer(&self.connection, external_id).map_err(|e| e.at(self.path()))
    }

    /// All customers, in the order in which they were added.
    ///
    /// # Errors
    /// When the ledger can't be read.
    pub fn customers(&self) -> Result<Vec<CustomerRow>, LedgerError> {
        let sql = "SELECT id, external_id, name, created_at FROM customer ORDER BY id";
        let list = || {
            let rows = self.connection.prepare_cached(sql)?.query_map([], customer_row)?.collect::<Result<_, _>>()?;
            Ok(rows)
        };
        list().map_err(|e: LedgerError| e.at(self.path()))
    }
}

impl Writer<'_> {
    /// The customer of that external id.
    ///
    /// # Errors
    /// [`LedgerError::UnknownCustomer`], or when the ledger can't be read.
    pub fn customer(&self, external_id: &str) -> Result<CustomerRow, LedgerError> {
        require_customer(&self.tx, external_id).map_err(|e| e.at(self.path))
    }

    /// Adds a customer. `false` when the same customer is there already.
    ///
    /// # Errors
    /// [`LedgerError::Conflict`] when the id is there under another name.
    pub fn add_customer(&mut self, external_id: &str, name: Option<&str>, at: Instant) -> Result<bool, LedgerError> {
        self.step(|writer| {
            if let Some(known) = find_customer(&writer.tx, external_id)? {
                if name.is_none() || known.name.as_deref() == name {
                    return Ok(false);
                }
                let show =
                    |name: Option<&str>| name.map_or("a customer without a name".into(), |n| format!("name {n:?}"));
                return Err(LedgerError::Conflict {
                    key: external_id.to_owned(),
                    before: show(known.name.as_deref()),
                    now: show(name),
                });
            }
            writer.insert_customers(&[(external_id, name, at)])?;
            Ok(true)
        })
    }

    /// Adds customers by their external ids, with their names and when they were added. Returns the first one's number.
    pub(super) fn insert_customers(
        &mut self,
        new: &[(&str, Option<&str>, Instant)],
    ) -> Result<CustomerId, LedgerError> {
        let first: CustomerId = next_id(&self.tx, "customer")?;
        let mut rows = Vec::with_capacity(new.len() * CUSTOMER.columns);
        for (id, &(external_id, name, at)) in first.and_following().zip(new) {
            rows.extend(cells![id, external_id, name, at, Instant::EPOCH, EventNumber::NONE, None::<Instant>]);
        }
        append(&self.tx, &mut self.seals, &CUSTOMER, &rows)?;
        Ok(first)
    }

    /// Sets a customer's own top-up rule for an asset; `None` removes it, so that the catalog's holds again. `false` when
    /// that is how it stands.
    ///
    /// # Errors
    /// When the ledger can't be written.
    pub fn set_rule(
        &mut self,
        customer: &CustomerRow,
        asset: AssetId,
        rule: Option<&AutoTopupRule>,
    ) -> Result<bool, LedgerError> {
        self.step(|writer| {
            if super::life::rules(&writer.tx, customer.id)?.get(&asset) == rule {
                return Ok(false);
            }
            let (off, threshold, amount, currency, limit) = match rule {
                None => (2, None, None, None, None),
                Some(AutoTopupRule::Off) => (1, None, None, None, None),
                Some(AutoTopupRule::On { threshold, amount, currency, limit }) => {
                    (0, Some(*threshold), Some(*amount), Some(*currency), *limit)
                }
            };
            let id: i64 = next_id(&writer.tx, "auto_topup_rule")?;
            let row = cells![id, customer.id, asset, off, threshold, amount, currency, limit];
            append(&writer.tx, &mut writer.seals, &AUTO_TOPUP_RULE, &row)?;
            Ok(true)
        })
    }
}
