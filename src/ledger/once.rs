//! What a caller's id stands for already, and ids for callers who gave none.

use super::LedgerError;
use super::book::next_id;
use super::open::Writer;
use crate::billing::Reason;
use crate::money::Units;
use crate::time::Instant;
use rusqlite::{OptionalExtension, Row};

/// A payment that was recorded under a caller's id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedTopup {
    /// The customer's external id.
    pub customer: String,
    /// When.
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

/// A correction that was recorded under a caller's id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedAdjustment {
    /// The customer's external id.
    pub customer: String,
    /// When.
    pub at: Instant,
    /// The code of the asset.
    pub asset: String,
    /// By how much, in units of the asset.
    pub amount: Units,
    /// Why.
    pub reason: Reason,
    /// When the lot that it granted expires.
    pub expires_at: Option<Instant>,
    /// The priority of the lot that it granted.
    pub priority: Option<i64>,
}

impl Writer<'_> {
    /// The payment that was recorded under that id, if one was.
    ///
    /// # Errors
    /// When the ledger can't be read.
    pub fn recorded_topup(&self, key: &str) -> Result<Option<RecordedTopup>, LedgerError> {
        let sql = "SELECT c.external_id, t.at, paid_in.code, t.paid, bought.code, lot.amount
             FROM topup t JOIN customer c ON c.id = t.customer JOIN asset paid_in ON paid_in.id = t.currency
             JOIN lot ON lot.id = t.lot JOIN asset bought ON bought.id = lot.asset WHERE t.key = ?1";
        self.recorded(sql, key, |row| {
            Ok(RecordedTopup {
                customer: row.get(0)?,
                at: row.get(1)?,
                currency: row.get(2)?,
                paid: row.get(3)?,
                target: row.get(4)?,
                credited: row.get(5)?,
            })
        })
    }

    /// The correction that was recorded under that id, if one was.
    ///
    /// # Errors
    /// When the ledger can't be read.
    pub fn recorded_adjustment(&self, key: &str) -> Result<Option<RecordedAdjustment>, LedgerError> {
        let sql = "SELECT c.external_id, a.at, asset.code, a.amount, a.reason, lot.expires_at, lot.priority
             FROM adjustment a JOIN customer c ON c.id = a.customer JOIN asset ON asset.id = a.asset
             LEFT JOIN lot ON lot.id = a.lot WHERE a.key = ?1";
        self.recorded(sql, key, |row| {
            let reason = usize::from(row.get::<_, u8>(4)?);
            Ok(RecordedAdjustment {
                customer: row.get(0)?,
                at: row.get(1)?,
                asset: row.get(2)?,
                amount: row.get(3)?,
                reason: Reason::NAMES.get(reason).map_or(Reason::Other, |(_, reason)| *reason),
                expires_at: row.get(5)?,
                priority: row.get(6)?,
            })
        })
    }

    fn recorded<T>(
        &self,
        sql: &str,
        key: &str,
        read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Option<T>, LedgerError> {
        let query = || Ok(self.tx.prepare_cached(sql)?.query_row([key], read).optional()?);
        query().map_err(|e: LedgerError| e.at(self.path))
    }

    /// An id for a payment whose caller gave none: `topup-12`. The same ledger always makes the same one.
    ///
    /// # Errors
    /// When the ledger can't be read.
    pub fn new_topup_key(&self) -> Result<String, LedgerError> {
        self.new_key("topup")
    }

    /// An id for a correction whose caller gave none: `adjustment-3`. The same ledger always makes the same one.
    ///
    /// # Errors
    /// When the ledger can't be read.
    pub fn new_adjustment_key(&self) -> Result<String, LedgerError> {
        self.new_key("adjustment")
    }

    fn new_key(&self, table: &str) -> Result<String, LedgerError> {
        let find = || {
            let mut statement = self.tx.prepare_cached(&format!("SELECT 1 FROM {table} WHERE key = ?1"))?;
            let mut number: i64 = next_id(&self.tx, table)?;
            // A caller may have taken it.
            while statement.exists([format!("{table}-{number}")])? {
                number += 1;
            }
            Ok(format!("{table}-{number}"))
        };
        find().map_err(|e: LedgerError| e.at(self.path))
    }
}
