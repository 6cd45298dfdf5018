//! Tables as CSV, safe to open in a spreadsheet.

use super::sanitize::without_controls;
use super::table::{Cell, Column, Table};
use crate::money::parse_decimal;
use std::borrow::Cow;
use std::io::Write;

/// The table as CSV with the columns' names as its header. Totals and notes are left out: whoever reads the rows can
/// add them, and would otherwise add them twice.
///
/// # Errors
/// Never in practice: rows are written to memory.
pub fn csv(table: &Table) -> Result<String, ::csv::Error> {
    let mut writer = CsvWriter::new(Vec::new(), &table.columns)?;
    table.rows.iter().try_for_each(|row| writer.row(row))?;
    let bytes = writer.0.into_inner().map_err(|error| ::csv::Error::from(error.into_error()))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Writes rows as they are made.
pub struct CsvWriter<W: Write>(::csv::Writer<W>);

impl<W: Write> CsvWriter<W> {
    /// Writes the columns' names.
    ///
    /// # Errors
    /// When they can't be written.
    pub fn new(to: W, columns: &[Column]) -> Result<Self, ::csv::Error> {
        let mut writer = ::csv::Writer::from_writer(to);
        writer.write_record(columns.iter().map(|column| csv_cell(&column.name).into_owned()))?;
        Ok(Self(writer))
    }

    /// Writes a row, with one cell for each column.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn row(&mut self, cells: &[Cell]) -> Result<(), ::csv::Error> {
        self.0.write_record(cells.iter().map(|cell| match cell {
            Cell::Text(text) => csv_cell(text).into_owned(),
            number => number.to_string(),
        }))
    }
}

/// A text that a spreadsheet would run as a formula gets an apostrophe in front; numbers and words stay as they are. So
/// does a text that has apostrophes before such a one, so that [`plain_cell`] gives every text back.
pub fn csv_cell(cell: &str) -> Cow<'_, str> {
    let safe = without_controls(cell);
    if is_formula(safe.trim_start_matches('\'')) { Cow::Owned(format!("'{safe}")) } else { safe }
}

/// The text that became this cell.
pub fn plain_cell(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(rest) if is_formula(rest.trim_start_matches('\'')) => rest,
        _ => cell,
    }
}

/// Whether a spreadsheet would run a text: what begins with `=` or `@`, or a sign before more than a number or a word. A
/// word with digits may be the name of a cell.
fn is_formula(text: &str) -> bool {
    let Some(rest) = text.strip_prefix(['+', '-']) else { return text.starts_with(['=', '@']) };
    let all_digits = rest.bytes().all(|byte| byte.is_ascii_digit());
    let is_number = rest.starts_with(|c: char| c.is_ascii_digit()) && (all_digits || parse_decimal(rest).is_ok());
    let is_word = rest.chars().all(|c| c.is_alphabetic() || c == '_');
    !is_number && !is_word
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_are_the_header_and_numbers_stay_numbers() {
        let mut table = Table::new(vec![Column::text("customer"), Column::number("usage_revenue")]);
        table.row(["a, \"b\"", "-1.50"]);
        table.row(["=1+1", "-1e-3"]);
        table.total(["total", "-1.501"]);
        let expected = "customer,usage_revenue\n\"a, \"\"b\"\"\",-1.50\n'=1+1,-1e-3\n";
        assert_eq!(csv(&table).unwrap(), expected);
    }

    #[test]
    fn an_amount_is_no_formula_however_long_it_is() {
        let usd = crate::money::Asset::currency("USD").unwrap();
        let mut table = Table::new(vec![Column::number("cost")]);
        table.row([usd.amount(crate::money::Units::from_count(i64::MIN))]);
        assert_eq!(csv(&table).unwrap(), "cost\n-9223372036.854775808\n");
    }

    #[test]
    fn a_header_is_no_formula_either() {
        let table = Table::new(vec![Column::text("=model\u{1b}"), Column::number("cost")]);
        assert_eq!(csv(&table).unwrap(), "'=model\\u{1b},cost\n");
    }

    #[test]
    fn formulas_are_disarmed() {
        for formula in
            ["=A1", "-1+2", "@SUM(A1)", "-1 USD", "+49 151", "--1", "-A1", "+cmd|' /C calc'!A0", "'=A1", "''@x"]
        {
            assert_eq!(csv_cell(formula), format!("'{formula}"));
        }
        for harmless in [
            "",
            "-",
            "-5",
            "+1",
            "-0.5",
            "12",
            "+4915112345678",
            "-cmd",
            "acme",
            "a=b",
            "2026-07-01",
            "'",
            "'acme",
            "'-1",
        ] {
            assert_eq!(csv_cell(harmless), harmless);
        }
        // A control is shown as an escape, which is no formula.
        assert_eq!(csv_cell("\t=1"), "\\t=1");
    }

    proptest! {
        #[test]
        fn no_cell_is_a_formula_and_every_cell_comes_back(cells in proptest::collection::vec("'{0,2}[=+@\t\r,\"\n0-9a-z\u{202e}\u{feff}. -]{0,6}", 1..5)) {
            let mut table = Table::new(cells.iter().map(|_| Column::text("c")).collect());
            table.row(&cells);
            let text = csv(&table).unwrap();
            let read = ::csv::Reader::from_reader(text.as_bytes()).into_records().next().unwrap().unwrap();
            prop_assert_eq!(read.len(), cells.len());
            for (shown, cell) in read.iter().zip(&cells) {
                let is_run = shown.starts_with(['=', '@', '\t', '\r']) || is_formula(shown);
                prop_assert!(!is_run, "{:?}", shown);
                prop_assert_eq!(plain_cell(shown), without_controls(cell));
            }
        }
    }
}
