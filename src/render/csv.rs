//! Tables as CSV, safe to open in a spreadsheet.

use super::sanitize::sanitize;
use super::table::{Cell, Table};
use crate::money::parse_decimal;
use std::borrow::Cow;

/// The table as CSV with the columns' names as its header. Totals and notes are left out: whoever reads the rows can
/// add them, and would otherwise add them twice.
///
/// # Errors
/// Never in practice: rows are written to memory.
pub fn csv(table: &Table) -> Result<String, ::csv::Error> {
    let mut writer = ::csv::Writer::from_writer(Vec::new());
    writer.write_record(table.columns.iter().map(|column| csv_cell(&column.name).into_owned()))?;
    for row in &table.rows {
        writer.write_record(row.iter().map(|cell| match cell {
            Cell::Text(text) => csv_cell(text).into_owned(),
            number => number.to_string(),
        }))?;
    }
    let bytes = writer.into_inner().map_err(|error| ::csv::Error::from(error.into_error()))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// A text that a spreadsheet would run as a formula gets an apostrophe in front; numbers stay numbers.
pub fn csv_cell(cell: &str) -> Cow<'_, str> {
    let safe = sanitize(cell);
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) && parse_decimal(cell).is_err() {
        return Cow::Owned(format!("'{safe}"));
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::super::table::Column;
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
        table.row([usd.amount(i64::MIN)]);
        assert_eq!(csv(&table).unwrap(), "cost\n-9223372036.854775808\n");
    }

    #[test]
    fn a_header_is_no_formula_either() {
        let table = Table::new(vec![Column::text("=model\u{1b}"), Column::number("cost")]);
        assert_eq!(csv(&table).unwrap(), "'=model\\u{1b},cost\n");
    }

    #[test]
    fn formulas_are_disarmed() {
        for formula in ["=A1", "+1", "-", "-1+2", "@SUM(A1)", "-1 USD", "-cmd"] {
            assert_eq!(csv_cell(formula), format!("'{formula}"));
        }
        assert_eq!(csv_cell("\t=1"), "'\\t=1");
        assert_eq!(csv_cell("\r=1"), "'\\r=1");
        for harmless in ["", "-5", "-0.5", "12", "acme", "a=b", "2026-07-01"] {
            assert_eq!(csv_cell(harmless), harmless);
        }
    }

    proptest! {
        #[test]
        fn no_cell_is_a_formula_and_every_cell_comes_back(cells in proptest::collection::vec("[=+@\t\r,\"\n0-9a-z. -]{0,6}", 1..5)) {
            let mut table = Table::new(cells.iter().map(|_| Column::text("c")).collect());
            table.row(&cells);
            let text = csv(&table).unwrap();
            let read = ::csv::Reader::from_reader(text.as_bytes()).into_records().next().unwrap().unwrap();
            prop_assert_eq!(read.len(), cells.len());
            for (shown, cell) in read.iter().zip(&cells) {
                let dangerous = shown.starts_with(['=', '+', '-', '@', '\t', '\r']);
                prop_assert!(!dangerous || parse_decimal(shown).is_ok(), "{:?}", shown);
                prop_assert_eq!(shown.strip_prefix('\'').unwrap_or(shown), sanitize(cell));
            }
        }
    }
}
