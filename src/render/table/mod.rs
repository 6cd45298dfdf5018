//! Tables for people: a rule under the header, a rule above the total, numbers aligned on their points.
//!
//! On a pipe every cell stands whole on one line. A terminal that is too narrow gets shorter times first, then wrapped
//! texts, then fewer columns, and at last the rows one below the other.

mod cell;
mod column;
mod drawing;
mod fit;
mod long;
mod numbers;

use super::look::Look;
use super::sanitize::sanitize;
use super::wrap::wrapped;
use drawing::Drawing;

pub use cell::Cell;
pub use column::Column;
pub use long::LongTable;

/// Rows under named columns, with an optional total and notes.
#[derive(Debug, Clone, Default)]
pub struct Table {
    pub(super) columns: Vec<Column>,
    pub(super) rows: Vec<Vec<Cell>>,
    pub(super) total: Option<Vec<Cell>>,
    pub(super) notes: Vec<String>,
    optional: Vec<&'static str>,
}

impl Table {
    /// A table without rows.
    pub fn new(columns: Vec<Column>) -> Self {
        Self { columns, ..Self::default() }
    }

    /// Adds a row with one cell for each column, in their order.
    pub fn row<C: Into<Cell>>(&mut self, cells: impl IntoIterator<Item = C>) {
        self.rows.push(cells.into_iter().map(Into::into).collect());
    }

    /// Sets the last row, under a rule of its own.
    pub fn total<C: Into<Cell>>(&mut self, cells: impl IntoIterator<Item = C>) {
        self.total = Some(cells.into_iter().map(Into::into).collect());
    }

    /// Adds a line below the table.
    pub fn note(&mut self, text: impl Into<String>) {
        self.notes.push(text.into());
    }

    /// Names the columns that a terminal goes without when it is too narrow, the first one first. A note says which were
    /// left out.
    pub fn optional(&mut self, names: &[&'static str]) {
        self.optional = names.to_vec();
    }

    /// Leaves out a column.
    pub fn leave_out(&mut self, name: &str) {
        if let Some(index) = self.columns.iter().position(|column| column.name == name) {
            self.columns.remove(index);
            for row in self.rows.iter_mut().chain(&mut self.total).filter(|row| index < row.len()) {
                row.remove(index);
            }
        }
    }

    /// The table as text, each line ending with a newline.
    pub fn render(&self, look: Look) -> String {
        let mut drawing = Drawing::new(&self.columns, &self.rows, self.total.as_deref(), look.color);
        let missing = match look.width {
            None => Vec::new(),
            Some(width) => drawing.fit(usize::from(width), &self.optional),
        };
        let mut text = drawing.text();
        for note in &self.notes {
            text.push_str(&wrapped(&sanitize(note), look.width, 0));
            text.push('\n');
        }
        if !missing.is_empty() {
            let missing = missing.join(", ").replace('_', " ");
            text += &format!("left out to fit: {missing}; --format csv has all columns\n");
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Instant;
    use proptest::prelude::*;
    use unicode_width::UnicodeWidthStr;

    const PIPE: Look = Look { width: None, color: false };

    fn balances() -> Table {
        let mut table =
            Table::new(vec![Column::text("customer"), Column::number("usage_revenue"), Column::text("since")]);
        table.row(["acme", "1234.5", "2026-07-01"]);
        table.row(["日本", "-0.000000001", ""]);
        table.row(["a\u{1b}[2Jb", "7", "a\nb"]);
        table
    }

    #[test]
    fn points_stand_under_each_other_and_the_total_under_a_rule() {
        let mut table = balances();
        table.total(["total", "1241.499999999"]);
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
    fn only_colour_makes_a_negative_red() {
        let colored = balances().render(Look { color: true, ..PIPE });
        let red: Vec<&str> = colored.lines().filter(|line| line.contains("\u{1b}[31m")).collect();
        assert_eq!(red.len(), 1);
        assert!(red[0].contains("-0.000000001"));
        assert!(!balances().render(PIPE).contains('\u{1b}'));
    }

    #[test]
    fn colours_end_where_words_and_numbers_do() {
        let mut table = Table::new(vec![Column::text("customer"), Column::number("usage_revenue")]);
        table.row(["a long name", "-1.5"]);
        table.row(["b", "20"]);
        let text = table.render(Look { width: Some(17), color: true });
        let text = text.replace("\u{1b}[1m", "<b>").replace("\u{1b}[31m", "<red>").replace("\u{1b}[0m", "</>");
        let expected = "\
<b>customer</>    <b>usage</>
          <b>revenue</>
─────────────────
a long       <red>-1.5</>
name
b            20
";
        assert_eq!(text, expected);
    }

    #[test]
    fn a_pipe_gets_every_letter_on_one_line() {
        let mut table = balances();
        let long = "word ".repeat(100) + "end";
        table.row([long.as_str(), "1", ""]);
        assert!(table.render(PIPE).lines().any(|line| line.starts_with(&long)));
    }

    #[test]
    fn a_narrow_terminal_wraps_texts_and_never_numbers() {
        let mut table = balances();
        table.row(["a customer with quite a long name", "1234567.000000001", "2026-07-01"]);
        table.total(["total", "1"]);
        let text = table.render(Look { width: Some(44), color: false });
        assert!(text.lines().all(|line| line.width() <= 44), "{text}");
        assert!(text.contains("1234567.000000001"), "{text}");
        assert_eq!(text.lines().filter(|line| line.starts_with('─')).count(), 2, "{text}");
    }

    #[test]
    fn what_finds_no_room_is_left_out_as_far_as_it_may_be_and_then_rows_stand_one_below_the_other() {
        let mut table = Table::new(vec![
            Column::text("customer"),
            Column::number("fees"),
            Column::number("cost"),
            Column::text("at"),
        ]);
        table.optional(&["breakage", "fees"]);
        let day = Instant::parse_argument("2026-07-01").unwrap();
        table.row([Cell::from("acme"), "1.50".into(), "20.00".into(), day.into()]);
        table.row(["日本", "", "-1.00", ""]);
        let within = |width| table.render(Look { width: Some(width), color: false });
        assert!(within(43).starts_with("customer  fees   cost  at\n"));
        assert!(within(43).contains("T00:00:00Z"));
        assert!(within(42).starts_with("customer  fees   cost  at\n"));
        assert!(within(42).contains("20.00  2026-07-01\n"));
        let note = "left out to fit: fees; --format csv has all columns\n";
        let left_out =
            "customer   cost  at\n───────────────────────────\nacme      20.00  2026-07-01\n日本      -1.00\n";
        assert_eq!(within(30), format!("{left_out}{note}"));
        let rule = "────────────────────────\n";
        let acme = "customer  acme\nfees      1.50\ncost      20.00\nat        2026-07-01\n";
        assert_eq!(within(24), format!("{rule}{acme}{rule}customer  日本\ncost      -1.00\n{rule}"));
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
                table.row([name.clone(), amount.clone(), name.clone()]);
            }
            if total {
                table.total(["total"]);
            }
            let text = table.render(Look { width, color: false });
            let colored = table.render(Look { width, color: true });
            prop_assert_eq!(anstream::adapter::strip_str(&colored).to_string(), text.clone());
            prop_assert!(text.chars().all(|c| c == '\n' || !crate::render::sanitize::is_unsafe(c)), "{:?}", text);
            let rules = text.lines().filter(|line| line.starts_with('─') && line.ends_with('─')).count();
            let least = if total && !cells.is_empty() { 2 } else { 1 };
            prop_assert!(rules >= least);
        }
    }
}
