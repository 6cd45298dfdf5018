//! What everybody holds, as a table: `balance` and `report balances`.

use super::error::Failure;
use super::output::Output;
use crate::render::{Cell, Column, Table};
use crate::report::balances::Balances;
use crate::time::Instant;

/// Prints a row for each account of each customer; people are told of what is owed where something is.
///
/// # Errors
/// When standard output can't be written.
pub(super) fn print(command: &str, balances: &Balances, out: &Output) -> Result<(), Failure> {
    let owed = balances.rows.iter().any(|row| !row.owed.is_zero());
    out.data_with_rows(command, balances, || table(balances, owed).into(), || table(balances, true))
}

fn table(balances: &Balances, owed: bool) -> Table {
    let mut columns = vec![Column::text("customer"), Column::text("asset"), Column::number("available")];
    columns.extend(owed.then(|| Column::number("owed")));
    columns.push(Column::number("lots"));
    let mut table = Table::new(columns);
    for row in &balances.rows {
        let mut cells = vec![Cell::from(&row.customer), (&row.asset).into(), row.available.into()];
        cells.extend(owed.then(|| row.owed.into()));
        cells.push(row.lots.into());
        table.row(cells);
    }
    table.note(as_of(balances.at));
    table
}

/// The time that balances are of, in words. A ledger that has processed nothing has no time yet.
pub(super) fn as_of(at: Instant) -> String {
    if at == Instant::EPOCH { "nothing has happened yet".to_owned() } else { format!("as of {at}") }
}
