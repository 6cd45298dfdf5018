//! A report's table, made column by column, so that columns can be left out.

use crate::render::{Column, Look, Table};
use crate::report::profit::Row;
use unicode_width::UnicodeWidthStr;

/// Columns with their cells.
pub(super) struct Sheet {
    columns: Vec<(Column, Vec<String>, String)>,
    has_total: bool,
}

impl Sheet {
    /// A sheet of rows under their names. `absent` stands for a name that is not there. The whole in one row needs no
    /// total.
    pub fn new<F>(by: &[String], rows: &[Row<F>], absent: &str) -> Self {
        let column = |(index, name): (usize, &String)| {
            let cell = |row: &Row<F>| row.keys[index].clone().unwrap_or_else(|| absent.to_owned());
            let total = if index == 0 { "total" } else { "" };
            (Column::text(name.clone()), rows.iter().map(cell).collect(), total.to_owned())
        };
        Self { columns: by.iter().enumerate().map(column).collect(), has_total: !by.is_empty() }
    }

    /// Adds a column; the last of `cells` is the total's.
    pub fn add(&mut self, column: Column, mut cells: Vec<String>) {
        let total = cells.pop().unwrap_or_default();
        self.columns.push((column, cells, total));
    }

    /// Leaves a column out.
    fn leave_out(&mut self, name: &str) -> bool {
        let before = self.columns.len();
        self.columns.retain(|(column, ..)| column.name != name);
        self.columns.len() < before
    }

    /// The table. On a terminal that is too narrow for it, columns are left out: of `optional` as many as must be, the
    /// first one first. A note says which.
    pub fn table(mut self, width: Option<u16>, optional: &[&str]) -> Table {
        let mut missing = Vec::new();
        for name in optional {
            if width.is_none_or(|width| self.width() <= usize::from(width)) {
                break;
            }
            if self.leave_out(name) {
                missing.push(name.replace('_', " "));
            }
        }
        let mut table = self.draw();
        if !missing.is_empty() {
            table.note(format!("left out for want of room: {}; --format csv has all columns", missing.join(", ")));
        }
        table
    }

    fn width(&self) -> usize {
        let text = self.draw().render(Look { width: None, color: false });
        text.lines().map(UnicodeWidthStr::width).max().unwrap_or(0)
    }

    fn draw(&self) -> Table {
        let mut table = Table::new(self.columns.iter().map(|(column, ..)| column.clone()).collect());
        let rows = self.columns.first().map_or(0, |(_, cells, _)| cells.len());
        for row in 0..rows {
            table.row(self.columns.iter().map(|(_, cells, _)| cells[row].clone()).collect());
        }
        if self.has_total {
            table.total(self.columns.iter().map(|(.., total)| total.clone()).collect());
        }
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sheet() -> Sheet {
        let row = |name: Option<&str>| Row { keys: vec![name.map(str::to_owned)], figures: () };
        let mut sheet = Sheet::new(&["customer".to_owned()], &[row(Some("acme")), row(None)], "-");
        for name in ["fees", "cost"] {
            sheet.add(Column::number(name), ["1.50", "20.00", "21.50"].map(str::to_owned).into());
        }
        sheet
    }

    #[test]
    fn columns_are_left_out_only_where_there_is_no_room() {
        let look = Look { width: None, color: false };
        let wide = "customer   fees   cost\n──────────────────────\nacme       1.50   1.50\n-         20.00  20.00\n";
        let total = "──────────────────────\ntotal     21.50  21.50\n";
        for width in [None, Some(22)] {
            assert_eq!(sheet().table(width, &["fees", "cost"]).render(look), format!("{wide}{total}"));
        }
        let narrow = sheet().table(Some(21), &["breakage", "fees", "cost"]).render(look);
        assert!(narrow.starts_with("customer   cost\n"), "{narrow}");
        assert!(narrow.ends_with("left out for want of room: fees; --format csv has all columns\n"), "{narrow}");
    }
}
