//! What everybody holds, as a table: `balance` and `report balances`.

use super::format::Format;
use crate::render::{Cell, Column, Table};
use crate::report::balances::Balances;

/// A row for each account of each customer; people are told of what is owed where something is.
pub(super) fn everybody(balances: &Balances, format: Format) -> Table {
    let owed = format == Format::Csv || balances.rows.iter().any(|row| !row.owed.is_zero());
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
    table.note(format!("as of {}", balances.at));
    table
}
