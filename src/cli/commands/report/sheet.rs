//! A report's table, made column by column, so that columns that say nothing are never added.

use crate::render::{Cell, Column, Table};
use crate::report::profit::Row;

/// Columns with their cells.
pub(super) struct Sheet {
    columns: Vec<(Column, Vec<Cell>, Cell)>,
    has_total: bool,
}

impl Sheet {
    /// A sheet of rows under their names. `absent` stands for a name that is not there. The whole in one row needs no
    /// total.
    pub fn new<F>(by: &[String], rows: &[Row<F>], absent: &str) -> Self {
        let column = |(index, name): (usize, &String)| {
            let cell = |row: &Row<F>| row.keys[index].as_deref().unwrap_or(absent).into();
            let total = if index == 0 { "total" } else { "" };
            (Column::text(name.clone()), rows.iter().map(cell).collect(), total.into())
        };
        Self { columns: by.iter().enumerate().map(column).collect(), has_total: !by.is_empty() }
    }

    /// Adds a column; the last of `cells` is the total's.
    pub fn add(&mut self, column: Column, mut cells: Vec<Cell>) {
        let total = cells.pop().unwrap_or_default();
        self.columns.push((column, cells, total));
    }

    /// All columns that were added, as rows, with the total below them.
    pub fn table(self) -> Table {
        let rows = self.columns.first().map_or(0, |(_, cells, _)| cells.len());
        let (mut columns, mut strips, mut total) = (Vec::new(), Vec::new(), Vec::new());
        for (column, cells, last) in self.columns {
            columns.push(column);
            strips.push(cells.into_iter());
            total.push(last);
        }
        let mut table = Table::new(columns);
        for _ in 0..rows {
            table.row(strips.iter_mut().map(|cells| cells.next().unwrap_or_default()));
        }
        if self.has_total {
            table.total(total);
        }
        table
    }
}
