//! What a caller's id stands for already, and ids for callers who gave none.

use super::LedgerError;
use super::open::Writer;
use super::tables::adjustment::RecordedAdjustment;
use super::tables::table::Table;
use super::tables::topup::RecordedTopup;
use super::tables::{adjustment, topup};

impl Writer<'_> {
    /// The payment that was recorded under that id, if one was.
    ///
    /// # Errors
    /// When the ledger can't be read.
    pub fn recorded_topup(&self, key: &str) -> Result<Option<RecordedTopup>, LedgerError> {
        topup::recorded(&self.tx, key).map_err(|e| e.at(self.path))
    }

    /// The correction that was recorded under that id, if one was.
    ///
    /// # Errors
    /// When the ledger can't be read.
    pub fn recorded_adjustment(&self, key: &str) -> Result<Option<RecordedAdjustment>, LedgerError> {
        adjustment::recorded(&self.tx, key).map_err(|e| e.at(self.path))
    }

    /// An id for a payment whose caller gave none: `topup-12`. The same ledger always makes the same one.
    ///
    /// # Errors
    /// When the ledger can't be read.
    pub fn new_topup_key(&self) -> Result<String, LedgerError> {
        self.new_key(&topup::TOPUP)
    }

    /// An id for a correction whose caller gave none: `adjustment-3`. The same ledger always makes the same one.
    ///
    /// # Errors
    /// When the ledger can't be read.
    pub fn new_adjustment_key(&self) -> Result<String, LedgerError> {
        self.new_key(&adjustment::ADJUSTMENT)
    }

    fn new_key(&self, table: &Table) -> Result<String, LedgerError> {
        let find = || {
            let name = table.name;
            let mut statement = self.tx.prepare_cached(&format!("SELECT 1 FROM {name} WHERE key = ?1"))?;
            let mut number: i64 = table.next_id(&self.tx)?;
            // A caller may have taken it.
            while statement.exists([format!("{name}-{number}")])? {
                number += 1;
            }
            Ok(format!("{name}-{number}"))
        };
        find().map_err(|e: LedgerError| e.at(self.path))
    }
}
