//! What everybody holds, as a table: `balance` and `report balances`.

use super::context::Context;
use super::error::Failure;
use super::long::{Around, Rows, Visit};
use crate::ledger::Access;
use crate::render::{Cell, Column};
use crate::report::balances::{BalanceRow, balances};
use crate::time::Instant;
use std::cell::Cell as Flag;

/// Prints a row for each account of each customer; people are told of what is owed where something is.
///
/// # Errors
/// When the ledger can't be read, or standard output can't be written.
pub(super) fn print(command: &str, at: Option<Instant>, context: &Context) -> Result<(), Failure> {
    let is_owed = Flag::new(false);
    let (written, at) = context.ledger(Access::Read)?.read(|ledger| {
        let engine = ledger.engine()?;
        let balances = balances(ledger, &engine, at)?;
        let shown = |visit: Visit<'_>| {
            balances.for_each(|row| {
                is_owed.set(is_owed.get() || !row.owed.is_zero());
                visit(cells(row))
            })
        };
        let rows = |visit: Visit<'_>| balances.for_each(|row| visit(cells(row)));
        let (shown, rows) = (Rows::new(columns(), &shown), Rows::new(columns(), &rows));
        Ok((context.out.write_down(command, &balances, shown, rows), balances.at))
    })?;
    let mut written = written?;
    if !is_owed.get() {
        written.leave_out(OWED);
    }
    context.out.print_written(written, Around { notes: vec![as_of(at)], ..Around::default() })
}

const OWED: &str = "owed";

fn columns() -> Vec<Column> {
    let name = [Column::text("customer"), Column::text("asset")];
    name.into_iter().chain(["available", OWED, "lots"].map(Column::number)).collect()
}

fn cells(row: BalanceRow) -> Vec<Cell> {
    vec![row.customer.into(), row.asset.into(), row.available.into(), row.owed.into(), row.lots.into()]
}

/// The time that balances are of, in words. A ledger that has processed nothing has no time yet.
pub(super) fn as_of(at: Instant) -> String {
    if at == Instant::EPOCH { "nothing has happened yet".to_owned() } else { format!("as of {at}") }
}
