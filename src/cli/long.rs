//! Answers that may be longer than memory: rows that are told one after another.
//!
//! What is printed is written down first, in a temporary file where it is long. So the ledger is let go before anybody
//! reads the answer, who may be a pager: nobody who writes waits for that. And an answer that fails half-way prints nothing.

use super::error::Failure;
use super::output::{OfData, Output};
use crate::ledger::LedgerError;
use crate::render::{Cell, Column, CsvWriter, LongTable, Table, View, counted, write_envelope};
use serde::Serialize;
use std::io::{self, BufRead, BufReader, BufWriter, Seek, Write};
use std::ops::ControlFlow;
use tempfile::SpooledTempFile;

/// So much of an answer is kept in memory.
const IN_MEMORY: usize = 8 << 20;
/// So many rows are shown on a terminal.
const ON_TERMINAL: usize = 1_000;

/// Whoever is told rows.
pub(super) type Visit<'v> = &'v mut dyn FnMut(Vec<Cell>) -> ControlFlow<()>;
/// Tells all rows, until whoever is told them breaks off.
pub(super) type Tell<'t> = &'t dyn Fn(Visit<'_>) -> Result<(), LedgerError>;

/// Rows under their columns.
pub(super) struct Rows<'r> {
    pub columns: Vec<Column>,
    pub tell: Tell<'r>,
    /// A row below all others, under a rule of its own. A spreadsheet gets none.
    pub total: Option<Vec<Cell>>,
    /// Columns that a terminal goes without when it is too narrow, the first one first.
    pub optional: &'static [&'static str],
}

impl<'r> Rows<'r> {
    pub fn new(columns: Vec<Column>, tell: Tell<'r>) -> Self {
        Self { columns, tell, total: None, optional: &[] }
    }
}

/// What people see beside a table.
#[derive(Default)]
pub(super) struct Around {
    pub above: View,
    /// Lines right below it.
    pub notes: Vec<String>,
    pub below: View,
}

/// An answer that is written down.
pub(super) enum Written {
    /// As it is printed.
    Text(SpooledTempFile),
    /// The rows of a table, for a pipe.
    Rows(LongTable, SpooledTempFile),
    /// A table for a terminal, and whether that is not all.
    Table { table: Table, is_cut: bool },
}

impl Output {
    /// Writes down an answer in the format asked for: for people what is `shown`, for spreadsheets `rows`.
    ///
    /// # Errors
    /// When the ledger can't be read, or a temporary file can't be written.
    pub(super) fn write_down<T: Serialize>(
        &self,
        command: &str,
        value: &T,
        shown: Rows<'_>,
        rows: Rows<'_>,
    ) -> Result<Written, Failure> {
        let format = self.of_data()?;
        if format == OfData::Table && self.look().width.is_some() {
            return table(shown);
        }
        let mut to = BufWriter::new(SpooledTempFile::new(IN_MEMORY));
        let columns = match format {
            OfData::Json => {
                write_envelope(&mut to, command, value).map_err(unwritten_json)?;
                None
            }
            OfData::Csv => {
                csv(&mut to, rows)?;
                None
            }
            OfData::Table => Some(lines(&mut to, shown, self.look().color)?),
        };
        let mut written = to.into_inner().map_err(|error| unwritten(error.error()))?;
        written.rewind().map_err(|error| unwritten(&error))?;
        Ok(match columns {
            Some(columns) => Written::Rows(columns, written),
            None => Written::Text(written),
        })
    }

    /// Prints an answer that was written down, and for people what stands around its table.
    ///
    /// # Errors
    /// When standard output can't be written.
    pub(super) fn print_written(&self, written: Written, around: Around) -> Result<(), Failure> {
        let Around { above, notes, below } = around;
        let text = |view: &View| view.render(self.look());
        match written {
            Written::Text(mut text) => self.stream(|out| io::copy(&mut text, out).map(drop)),
            Written::Rows(columns, rows) => {
                let below = notes.into_iter().fold(View::new(), View::line).render(self.look()) + &text(&below);
                self.stream(|out| {
                    let mut out = BufWriter::new(out);
                    out.write_all((text(&above) + &columns.head()).as_bytes())?;
                    for row in BufReader::new(rows).lines() {
                        out.write_all(columns.draw(&row?).as_bytes())?;
                    }
                    out.write_all((columns.foot() + &below).as_bytes())?;
                    out.flush()
                })
            }
            Written::Table { mut table, is_cut } => {
                if is_cut {
                    let rows = counted(ON_TERMINAL, "row");
                    table.note(format!("the first {rows}; `| less` shows all of them, and --format csv has them"));
                }
                notes.into_iter().for_each(|note| table.note(note));
                self.raw(&(text(&above) + &text(&table.into()) + &text(&below)))
            }
        }
    }
}

impl Written {
    /// Leaves out a column of what people see.
    pub(super) fn leave_out(&mut self, name: &str) {
        match self {
            Self::Text(_) => {}
            Self::Rows(columns, _) => columns.leave_out(name),
            Self::Table { table, .. } => table.leave_out(name),
        }
    }
}

/// As much as a terminal is shown.
fn table(shown: Rows<'_>) -> Result<Written, Failure> {
    let (mut table, mut count) = (Table::new(shown.columns), 0);
    table.optional(shown.optional);
    if let Some(total) = shown.total {
        table.total(total);
    }
    (shown.tell)(&mut |row| {
        count += 1;
        if count > ON_TERMINAL {
            return ControlFlow::Break(());
        }
        table.row(row);
        ControlFlow::Continue(())
    })?;
    Ok(Written::Table { table, is_cut: count > ON_TERMINAL })
}

fn csv(to: impl Write, rows: Rows<'_>) -> Result<(), Failure> {
    let bad = |error: ::csv::Error| unwritten(&io::Error::from(error));
    let mut writer = CsvWriter::new(to, &rows.columns).map_err(bad)?;
    each(rows.tell, |row| writer.row(&row).map_err(bad))
}

fn lines(mut to: impl Write, shown: Rows<'_>, color: bool) -> Result<LongTable, Failure> {
    let mut columns = LongTable::new(&shown.columns, color);
    each(shown.tell, |row| to.write_all(columns.row(&row).as_bytes()).map_err(|error| unwritten(&error)))?;
    if let Some(total) = &shown.total {
        columns.total(total);
    }
    Ok(columns)
}

/// Visits all rows, until the visitor fails.
fn each(tell: Tell<'_>, mut visit: impl FnMut(Vec<Cell>) -> Result<(), Failure>) -> Result<(), Failure> {
    let mut visited = Ok(());
    tell(&mut |row| {
        visited = visit(row);
        if visited.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    })?;
    visited
}

/// Writing JSON fails where the ledger can't be read on, too.
fn unwritten_json(error: serde_json::Error) -> Failure {
    if error.is_io() { unwritten(&error.into()) } else { Failure::refused("ledger", error.to_string()) }
}

fn unwritten(error: &io::Error) -> Failure {
    let folder = std::env::temp_dir();
    let failure = Failure::refused("io", format!("can't write a temporary file in {}: {error}", folder.display()));
    failure.with_help("make room there, or name another folder in TMPDIR")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::Look;

    /// So many rows, told to whoever goes on.
    fn told(count: i64) -> impl Fn(Visit<'_>) -> Result<(), LedgerError> {
        move |visit| {
            let _ = (1..=count).try_for_each(|number| visit(vec![Cell::from(number)]));
            Ok(())
        }
    }

    #[test]
    fn a_terminal_is_shown_as_many_rows_as_somebody_reads() {
        let shown = |count: usize| {
            let columns = vec![Column::number("number")];
            let Ok(Written::Table { table, is_cut }) = table(Rows::new(columns, &told(count as i64))) else { panic!() };
            (table.render(Look { width: Some(80), color: false }).lines().count() - 2, is_cut)
        };
        assert_eq!(shown(3), (3, false));
        assert_eq!(shown(ON_TERMINAL), (ON_TERMINAL, false));
        assert_eq!(shown(ON_TERMINAL + 1), (ON_TERMINAL, true));
    }

    #[test]
    fn whoever_fails_is_told_no_more() {
        let mut seen = 0;
        let failed = each(&told(9), |_| {
            seen += 1;
            if seen == 3 { Err(Failure::usage("enough")) } else { Ok(()) }
        });
        assert_eq!((seen, failed), (3, Err(Failure::usage("enough"))));
    }
}
