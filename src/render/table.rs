//! Tables for people: a rule under the header, a rule above the total, numbers aligned on their points.

use super::sanitize::sanitize;
use comfy_table::{
    Attribute, Cell, CellAlignment, Color, ColumnConstraint, ContentArrangement, LineStyle, TableStyle, Width,
};
use unicode_width::UnicodeWidthStr;

/// How text is shown where it goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// Columns of the terminal; `None` on a pipe, where nothing is wrapped or shortened.
    pub width: Option<u16>,
    /// Whether colours and bold are used.
    pub color: bool,
}

/// One column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// The name in CSV, such as `usage_revenue`; a table shows it with spaces.
    pub name: String,
    /// Whether the cells are numbers, perhaps with a unit: `-1.50`, `20 CREDIT`, `12.5%`.
    pub numeric: bool,
}

impl Column {
    /// A column of texts, on the left.
    pub fn text(name: impl Into<String>) -> Self {
        Self { name: name.into(), numeric: false }
    }

    /// A column of numbers, aligned on their points.
    pub fn number(name: impl Into<String>) -> Self {
        Self { name: name.into(), numeric: true }
    }
}

/// Rows under named columns, with an optional total and notes.
#[derive(Debug, Clone, Default)]
pub struct Table {
    pub(super) columns: Vec<Column>,
    pub(super) rows: Vec<Vec<String>>,
    total: Option<Vec<String>>,
    notes: Vec<String>,
}

/// Between two columns.
const GAP: u16 = 2;
/// A text column is not squeezed below this, lest it become a column of letters.
const NARROWEST_TEXT: usize = 8;
/// Drawn between any two rows and taken out again, so that rows can be told apart when their cells are wrapped.
/// No cell has it, since cells are sanitised.
const ROW_MARK: char = '\u{1}';

impl Table {
    /// A table without rows.
    pub fn new(columns: Vec<Column>) -> Self {
        Self { columns, ..Self::default() }
    }

    /// Adds a row with one cell for each column, in their order.
    pub fn row(&mut self, cells: Vec<String>) {
        self.rows.push(cells);
    }

    /// Sets the last row, under a rule of its own.
    pub fn total(&mut self, cells: Vec<String>) {
        self.total = Some(cells);
    }

    /// Adds a line below the table.
    pub fn note(&mut self, text: impl Into<String>) {
        self.notes.push(text.into());
    }

    /// The table as text, each line ending with a newline.
    pub fn render(&self, look: Look) -> String {
        let mut text = String::new();
        let mut rows_below = self.rows.len() + usize::from(self.total.is_some());
        for line in self.drawn(look).lines() {
            let mark = line.starts_with(ROW_MARK);
            rows_below -= usize::from(mark);
            if mark && (self.total.is_none() || rows_below > 1) {
                continue;
            }
            text.push_str(line.replace(ROW_MARK, "─").trim_end());
            text.push('\n');
        }
        for note in &self.notes {
            text.push_str(&sanitize(note));
            text.push('\n');
        }
        text
    }

    fn drawn(&self, look: Look) -> comfy_table::Table {
        let columns: Vec<Vec<String>> = (0..self.columns.len()).map(|index| self.cells(index)).collect();
        let mut drawn = comfy_table::Table::new();
        drawn.load_style(
            TableStyle::new()
                .header_separator(LineStyle::none().fill('─'))
                .row_separator(LineStyle::none().fill(ROW_MARK)),
        );
        drawn.force_no_tty().style_text_only();
        if look.color {
            drawn.enforce_styling();
        }
        drawn.set_header(self.columns.iter().map(|column| header_cell(column, look)));
        for row in 0..self.rows.len() + usize::from(self.total.is_some()) {
            drawn
                .add_row(self.columns.iter().zip(&columns).map(|(column, cells)| body_cell(column, &cells[row], look)));
        }
        self.arrange(&mut drawn, &columns, look);
        drawn
    }

    /// One column's cells from top to bottom, the total's last; numbers padded so that their points align.
    fn cells(&self, index: usize) -> Vec<String> {
        let rows = self.rows.iter().chain(&self.total);
        let cells =
            rows.map(|row| row.get(index).map_or_else(String::new, |cell| sanitize(cell).into_owned())).collect();
        if self.columns[index].numeric { align_points(cells) } else { cells }
    }

    /// On a terminal that is too narrow, texts and headers are wrapped, and numbers never are.
    fn arrange(&self, drawn: &mut comfy_table::Table, columns: &[Vec<String>], look: Look) {
        if let Some(width) = look.width {
            drawn.set_width(width).set_content_arrangement(ContentArrangement::Dynamic);
        }
        let last = columns.len().saturating_sub(1);
        for (index, (column, drawn)) in self.columns.iter().zip(drawn.column_iter_mut()).enumerate() {
            let gap = if index == last { 0 } else { GAP };
            drawn.set_padding((0, gap));
            if look.width.is_none() {
                continue;
            }
            let widest = |texts: &mut dyn Iterator<Item = &str>| texts.map(UnicodeWidthStr::width).max().unwrap_or(0);
            let cells = widest(&mut columns[index].iter().map(String::as_str));
            let word = widest(&mut column.name.split(['_', ' ']));
            let least = if column.numeric { cells.max(word) } else { cells.max(word).min(NARROWEST_TEXT) };
            let least = u16::try_from(least).unwrap_or(u16::MAX).saturating_add(gap);
            let least = Width::Fixed(least);
            // A number's column is never wider than it must be: what room there is belongs to the texts.
            let absolute = column.numeric.then_some(ColumnConstraint::Absolute(least));
            drawn.set_constraint(absolute.unwrap_or(ColumnConstraint::LowerBoundary(least)));
        }
    }
}

/// The columns of the terminal that standard output is, or `None` when it isn't one or doesn't know.
pub fn terminal_width() -> Option<u16> {
    comfy_table::Table::new().width().filter(|width| *width > 0)
}

fn header_cell(column: &Column, look: Look) -> Cell {
    let cell = aligned(column, sanitize(&column.name.replace('_', " ")).into_owned());
    if look.color { cell.add_attribute(Attribute::Bold) } else { cell }
}

fn body_cell(column: &Column, text: &str, look: Look) -> Cell {
    let negative = column.numeric && text.trim_start().starts_with('-') && number_parts(text.trim_start()).is_some();
    let cell = aligned(column, text.to_owned());
    if negative && look.color { cell.fg(Color::Red) } else { cell }
}

fn aligned(column: &Column, text: String) -> Cell {
    let alignment = if column.numeric { CellAlignment::Right } else { CellAlignment::Left };
    Cell::new_owned(text).set_alignment(alignment)
}

/// Splits `-12.50 USD` into what stands before the point, the point and its digits, and the unit with its space.
/// `None` when the text does not start with a number.
fn number_parts(text: &str) -> Option<(&str, &str, &str)> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let sign = text.len() - digits.len();
    let run = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let whole = run(digits);
    let fraction = digits[whole..].strip_prefix('.').map_or(0, |rest| run(rest) + 1);
    let (number, unit) = text.split_at(sign + whole + fraction);
    let number_alone = unit.is_empty() || unit.starts_with([' ', '%']);
    (whole > 0 && fraction != 1 && number_alone).then(|| (&number[..sign + whole], &number[sign + whole..], unit))
}

/// Fills up fractions and units with spaces, so that right-aligned numbers have their points in one column.
fn align_points(cells: Vec<String>) -> Vec<String> {
    let parts = || cells.iter().filter_map(|cell| number_parts(cell));
    let fraction_width = parts().map(|(_, fraction, _)| fraction.len()).max().unwrap_or(0);
    let unit_width = parts().map(|(_, _, unit)| unit.width()).max().unwrap_or(0);
    let align = |cell: &String| match number_parts(cell) {
        Some((whole, fraction, unit)) => {
            let after_unit = " ".repeat(unit_width - unit.width());
            format!("{whole}{fraction:fraction_width$}{unit}{after_unit}")
        }
        None => cell.clone(),
    };
    cells.iter().map(align).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const PIPE: Look = Look { width: None, color: false };

    fn balances() -> Table {
        let mut table =
            Table::new(vec![Column::text("customer"), Column::number("usage_revenue"), Column::text("since")]);
        table.row(vec!["acme".into(), "1234.5".into(), "2026-07-01".into()]);
        table.row(vec!["日本".into(), "-0.000000001".into(), "".into()]);
        table.row(vec!["a\u{1b}[2Jb".into(), "7".into(), "a\nb".into()]);
        table
    }

    #[test]
    fn points_stand_under_each_other_and_the_total_under_a_rule() {
        let mut table = balances();
        table.total(vec!["total".into(), "1241.499999999".into()]);
        table.note("2 events were unpriced");
        let expected = "\
customer      usage revenue  since
───────────────────────────────────────
acme         1234.5          2026-07-01
日本           -0.000000001
a\\u{1b}[2Jb     7            a\\nb
───────────────────────────────────────
total        1241.499999999
2 events were unpriced
";
        assert_eq!(table.render(PIPE), expected);
    }

    #[test]
    fn units_and_percents_align_too() {
        let cells = ["20.00 USD", "-3 CREDIT", "n/a", "1,5", "12."].map(String::from).to_vec();
        assert_eq!(align_points(cells), ["20.00 USD   ", "-3    CREDIT", "n/a", "1,5", "12."]);
        assert_eq!(align_points(vec!["12.5%".into(), "-100%".into()]), ["12.5%", "-100  %"]);
    }

    #[test]
    fn only_colour_makes_a_negative_red() {
        let colored = balances().render(Look { color: true, ..PIPE });
        let red: Vec<&str> = colored.lines().filter(|line| line.contains("\u{1b}[38;5;9m")).collect();
        assert_eq!(red.len(), 1);
        assert!(red[0].contains("-0.000000001"));
        assert!(!balances().render(PIPE).contains('\u{1b}'));
    }

    #[test]
    fn a_pipe_gets_every_letter_on_one_line() {
        let mut table = balances();
        let long = "word ".repeat(100) + "end";
        table.row(vec![long.clone(), "1".into(), "".into()]);
        assert!(table.render(PIPE).lines().any(|line| line.starts_with(&long)));
    }

    #[test]
    fn a_narrow_terminal_wraps_texts_and_never_numbers() {
        let mut table = balances();
        table.row(vec!["a customer with quite a long name".into(), "1234567.000000001".into(), "2026-07-01".into()]);
        table.total(vec!["total".into(), "1".into()]);
        let text = table.render(Look { width: Some(44), color: false });
        assert!(text.lines().all(|line| line.width() <= 44), "{text}");
        assert!(text.contains("1234567.000000001"), "{text}");
        assert_eq!(text.lines().filter(|line| line.starts_with('─')).count(), 2, "{text}");
    }

    proptest! {
        #[test]
        fn any_text_at_any_width_is_drawn_safely(
            cells in proptest::collection::vec((any::<String>(), "-?[0-9]{0,20}(\\.[0-9]{0,9})?( [A-Z]{0,4})?"), 0..6),
            width in proptest::option::of(1u16..120),
            total in any::<bool>(),
        ) {
            let mut table = Table::new(vec![Column::text("name"), Column::number("amount"), Column::text("name")]);
            for (name, amount) in &cells {
                table.row(vec![name.clone(), amount.clone(), name.clone()]);
            }
            if total {
                table.total(vec!["total".into()]);
            }
            let text = table.render(Look { width, color: false });
            prop_assert!(text.chars().all(|c| c == '\n' || !super::super::sanitize::is_unsafe(c)), "{:?}", text);
            let rules = text.lines().filter(|line| line.starts_with('─') && line.ends_with('─')).count();
            let least = if total && !cells.is_empty() { 2 } else { 1 };
            prop_assert!(rules >= least);
        }
    }
}
