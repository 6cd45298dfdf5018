//! What was done to a ledger, one command after the other.

use super::tables::adjustment::ADJUSTMENT;
use super::tables::charge::CHARGE;
use super::tables::customer_month::CUSTOMER_MONTH;
use super::tables::expiry::EXPIRY;
use super::tables::lot::LOT;
use super::tables::operation::{OPERATION, Operation};
use super::tables::refund::REFUND;
use super::tables::repayment::REPAYMENT;
use super::tables::shape_month::SHAPE_MONTH;
use super::tables::table::Table;
use super::tables::{self, operation};
use super::{Ledger, LedgerError};
use crate::ids::{CustomerId, OperationId};

impl Ledger {
    /// All operations, in their order.
    ///
    /// # Errors
    /// When the ledger can't be read.
    pub fn operations(&self) -> Result<Vec<Operation>, LedgerError> {
        operation::all(&self.connection).map_err(|e| e.at(self.path()))
    }

    /// The operation of that number.
    ///
    /// # Errors
    /// [`LedgerError::Unknown`] when there is none.
    pub fn operation(&self, id: OperationId) -> Result<Operation, LedgerError> {
        let found = operation::find(&self.connection, id).map_err(|e| e.at(self.path()))?;
        let unknown = || LedgerError::Unknown { kind: "operation", name: id.to_string(), known: Vec::new() };
        found.ok_or_else(unknown)
    }

    /// How many facts an operation appended to each table that it appended any to.
    ///
    /// # Errors
    /// When the ledger can't be read.
    pub fn facts_of(&self, id: OperationId) -> Result<Vec<(&'static str, i64)>, LedgerError> {
        let mut counts = Vec::new();
        for table in tables::ALL.into_iter().filter(|table| table.has_operations() && !is_second_hand(table)) {
            counts.push((table.name, operation::count_in(&self.connection, table, id).map_err(|e| e.at(self.path()))?));
        }
        counts.retain(|(_, count)| *count > 0);
        Ok(counts)
    }
}

/// Which operations recorded what there is of a customer beside events, each list in the order of [`Ledger::lots`] and the
/// others.
#[derive(Debug)]
pub struct RecordedIn {
    /// The lots.
    pub lots: Vec<OperationId>,
    /// The corrections.
    pub adjustments: Vec<OperationId>,
    /// What was paid back.
    pub refunds: Vec<OperationId>,
    /// The fixed charges.
    pub charges: Vec<OperationId>,
    /// The ends of lots.
    pub expiries: Vec<OperationId>,
    /// The deficits that were paid back.
    pub repayments: Vec<OperationId>,
}

impl Ledger {
    /// Which operations recorded what there is of a customer beside events.
    ///
    /// # Errors
    /// When the ledger can't be read.
    pub fn recorded_in(&self, customer: CustomerId) -> Result<RecordedIn, LedgerError> {
        let of = |table: &Table, from: &str, order: &str| {
            operation::of_rows(&self.connection, table, from, order, customer).map_err(|e| e.at(self.path()))
        };
        Ok(RecordedIn {
            lots: of(&LOT, "lot", "id")?,
            adjustments: of(&ADJUSTMENT, "adjustment", "id")?,
            refunds: of(&REFUND, "refund", "id")?,
            charges: of(&CHARGE, "charge", "id")?,
            expiries: of(&EXPIRY, "lot CROSS JOIN expiry ON expiry.lot = lot.id", "at, expiry.id")?,
            repayments: of(&REPAYMENT, "lot JOIN repayment ON repayment.lot = lot.id", "repayment.id")?,
        })
    }
}

/// Whether a table tells of operations themselves, or repeats what events say.
fn is_second_hand(table: &Table) -> bool {
    [OPERATION.name, CUSTOMER_MONTH.name, SHAPE_MONTH.name].contains(&table.name)
}
