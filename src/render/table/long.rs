//! A table that is too long to be kept, on a pipe: its rows are written down once, in lines that nobody sees, to learn how
//! wide the columns are, and then drawn.

use super::cell::Cell;
use super::column::Column;
use super::drawing::{Marks, rule, shown};
use super::fit::GAP;
use super::numbers::{Points, is_negative};
use crate::render::sanitize::sanitize;
use std::iter;
use unicode_width::UnicodeWidthStr;

/// Between the cells of a row that is written down. No cell that is safe to show has one.
const BETWEEN: char = '\t';

/// The columns of a long table.
#[derive(Debug)]
pub struct LongTable {
    columns: Vec<Width>,
    /// The row below all others, as one that is written down.
    total: Option<String>,
    marks: Marks,
}

#[derive(Debug)]
struct Width {
    name: String,
    header: String,
    numeric: bool,
    widest: usize,
    points: Points,
    is_shown: bool,
}

impl Width {
    fn whole(&self) -> usize {
        self.header.width().max(self.widest).max(self.points.width())
    }

    /// The cell as wide as the column: numbers on the right, texts on the left.
    fn aligned(&self, shown: &str, marked: &str) -> String {
        let room = " ".repeat(self.whole().saturating_sub(shown.width()));
        if self.numeric { room + marked } else { format!("{marked}{room}") }
    }
}

impl LongTable {
    /// A table without rows.
    pub fn new(columns: &[Column], color: bool) -> Self {
        let column = |column: &Column| Width {
            name: column.name.clone(),
            header: column.header(),
            numeric: column.numeric,
            widest: 0,
            points: Points::default(),
            is_shown: true,
        };
        Self { columns: columns.iter().map(column).collect(), total: None, marks: Marks { color } }
    }

    /// A row to write down, on a line of its own.
    pub fn row(&mut self, cells: &[Cell]) -> String {
        let mut line = String::new();
        for (column, cell) in self.columns.iter_mut().zip(cells.iter().chain(iter::repeat(&Cell::Empty))) {
            let cell = shown(cell);
            let cell = sanitize(&cell);
            if column.numeric {
                column.points.measure(&cell)
            } else {
                column.widest = column.widest.max(cell.width())
            }
            line.push_str(&cell);
            line.push(BETWEEN);
        }
        line.pop();
        line.push('\n');
        line
    }

    /// Sets the row below all others.
    pub fn total(&mut self, cells: &[Cell]) {
        self.total = Some(self.row(cells));
    }

    /// Leaves out a column.
    pub fn leave_out(&mut self, name: &str) {
        self.columns.iter_mut().filter(|column| column.name == name).for_each(|column| column.is_shown = false);
    }

    /// The header and the rule below it.
    pub fn head(&self) -> String {
        let headers = self.shown().map(|column| column.aligned(&column.header, &self.marks.header(&column.header)));
        self.line(headers) + &self.rule()
    }

    /// The total, if there is one, and the rule above it.
    pub fn foot(&self) -> String {
        self.total.as_ref().map(|total| self.rule() + &self.draw(total)).unwrap_or_default()
    }

    fn rule(&self) -> String {
        let widths: Vec<usize> = self.shown().map(Width::whole).collect();
        rule(widths.iter().sum::<usize>() + GAP * widths.len().saturating_sub(1))
    }

    /// A row that was written down, drawn.
    pub fn draw(&self, written: &str) -> String {
        let cells = written.trim_end_matches('\n').split(BETWEEN);
        let shown = self.columns.iter().zip(cells).filter(|(column, _)| column.is_shown);
        self.line(shown.map(|(column, cell)| {
            let cell = if column.numeric { column.points.align(cell) } else { cell.into() };
            let is_negative = column.numeric && is_negative(&cell);
            column.aligned(&cell, &if is_negative { self.marks.negative(&cell) } else { cell.to_string() })
        }))
    }

    fn shown(&self) -> impl Iterator<Item = &Width> {
        self.columns.iter().filter(|column| column.is_shown)
    }

    fn line(&self, cells: impl Iterator<Item = String>) -> String {
        let line = cells.collect::<Vec<_>>().join(&" ".repeat(GAP));
        self.marks.with_styles(line.trim_end()) + "\n"
    }
}

#[cfg(test)]
mod tests {
    use super::super::Table;
    use super::*;
    use crate::render::look::Look;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn it_is_drawn_as_a_table_that_is_kept(
            cells in proptest::collection::vec((any::<String>(), "-?[0-9]{0,20}(\\.[0-9]{0,9})?( [A-Z]{0,4})?", "[a-z]{0,3}"), 0..6),
            color: bool,
            without: bool,
            total: bool,
        ) {
            let columns = vec![Column::text("a_name"), Column::number("amount"), Column::text("at")];
            let mut long = LongTable::new(&columns, color);
            let rows: Vec<Vec<Cell>> =
                cells.into_iter().map(|(a, b, c)| vec![a.into(), b.into(), c.into()]).collect();
            let written: Vec<String> = rows.iter().map(|row| long.row(row)).collect();
            let sum: Vec<Cell> = ["total", "-123456.5", ""].map(Cell::from).into();
            if total {
                long.total(&sum);
            }
            let mut table = Table::new(columns);
            rows.into_iter().for_each(|row| table.row(row));
            if total {
                table.total(sum);
            }
            if without {
                table.leave_out("amount");
                long.leave_out("amount");
            }
            let drawn: String = written.iter().map(|row| long.draw(row)).collect();
            prop_assert_eq!(long.head() + &drawn + &long.foot(), table.render(Look { width: None, color }));
        }
    }
}
