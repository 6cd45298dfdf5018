//! What was done to a ledger, one command after the other.

use super::tables::customer_month::CUSTOMER_MONTH;
use super::tables::operation::{OPERATION, Operation};
use super::tables::shape_month::SHAPE_MONTH;
use super::tables::table::Table;
use super::tables::{self, operation};
use super::{Ledger, LedgerError};
use crate::ids::OperationId;

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

/// Whether a table tells of operations themselves, or repeats what events say.
fn is_second_hand(table: &Table) -> bool {
    [OPERATION.name, CUSTOMER_MONTH.name, SHAPE_MONTH.name].contains(&table.name)
}
