//! What everybody holds, as a table: `balance` and `report balances`.

use super::format::Format;
use crate::render::{Column, Table};
use crate::report::balances::Balances;

/// A row for each account of each customer; people are told of what is owed where something is.
pub(super) fn everybody(balances: &Balances, format: Format) -> Table {
    let owed = format == Format::Csv || balances.rows.iter().any(|row| is_owed(&row.owed));
    let mut columns = vec![Column::text("customer"), Column::text("asset"), Column::number("available")];
    columns.extend(owed.then(|| Column::number("owed")));
    columns.push(Column::number("lots"));
    let mut table = Table::new(columns);
    for row in &balances.rows {
        let mut cells = vec![row.customer.clone(), row.asset.clone(), row.available.clone()];
        cells.extend(owed.then(|| row.owed.clone()));
        cells.push(row.lots.to_string());
        table.row(cells);
    }
    table.note(format!("as of {}", balances.at));
    table
}

/// Whether a decimal, which is never below zero, is not zero.
pub(super) fn is_owed(owed: &str) -> bool {
    owed.contains(|c| matches!(c, '1'..='9'))
}
