//! What a caller's id stands for already, and ids for callers who gave none.

use super::LedgerError;
use super::open::Writer;
use super::tables::adjustment::RecordedAdjustment;
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
        topup::TOPUP.new_key(&self.tx).map_err(|e| e.at(self.path))
    }

    /// An id for a correction whose caller gave none: `adjustment-3`. The same ledger always makes the same one.
    ///
    /// # Errors
    /// When the ledger can't be read.
    pub fn new_adjustment_key(&self) -> Result<String, LedgerError> {
        adjustment::ADJUSTMENT.new_key(&self.tx).map_err(|e| e.at(self.path))
    }
}
