//! A table on its way to text.
//!
//! `comfy-table` wraps the cells, aligns them and makes lines of them. It measures everything that is in a cell, so marks
//! without a width stand for colours until the lines are there.

use super::cell::Cell;
use super::column::Column;
use super::fit::{DATE, GAP, NARROW, NARROWEST, Need, shorten_times, side_by_side};
use super::numbers::{align_points, is_negative};
use crate::render::sanitize::sanitize;
use anstyle::{AnsiColor, Style};
use comfy_table::ColumnConstraint::Absolute;
use comfy_table::{CellAlignment, TableStyle, Width};
use unicode_width::UnicodeWidthStr;

const HEADER: Style = Style::new().bold();
const NEGATIVE: Style = AnsiColor::Red.on_default();

/// Of a table of a million rows, no more is in memory twice.
const ROWS_AT_ONCE: usize = 1_000;

/// Characters without a width that [`sanitize`] leaves in no cell.
mod mark {
    pub const HEADER: char = '\u{2066}';
    pub const NEGATIVE: char = '\u{2067}';
    /// Ends [`HEADER`] and [`NEGATIVE`].
    pub const END: char = '\u{2069}';
}

/// Marks words for colours, unless there are none.
#[derive(Debug, Clone, Copy)]
pub(super) struct Marks {
    pub color: bool,
}

impl Marks {
    /// A column's header. Its words are marked one by one, since they may come to stand on lines of their own.
    pub fn header(self, header: &str) -> String {
        let words: Vec<String> = header.split(' ').map(|word| self.mark(word, mark::HEADER)).collect();
        words.join(" ")
    }

    /// A number below zero.
    pub fn negative(self, cell: &str) -> String {
        self.mark(cell, mark::NEGATIVE)
    }

    fn mark(self, text: &str, style: char) -> String {
        let (shown, spaces) = text.split_at(text.trim_end().len());
        if self.color && !shown.is_empty() { format!("{style}{shown}{}{spaces}", mark::END) } else { text.to_owned() }
    }

    /// The text with colours in the place of marks.
    pub fn with_styles(self, text: &str) -> String {
        if !self.color {
            return text.to_owned();
        }
        let text = text.replace(mark::HEADER, &HEADER.render().to_string());
        let text = text.replace(mark::NEGATIVE, &NEGATIVE.render().to_string());
        text.replace(mark::END, &HEADER.render_reset().to_string())
    }
}

/// A cell's text, exact but for costs of more decimals than a currency has.
pub(super) fn shown(cell: &Cell) -> String {
    match cell {
        Cell::Amount(amount) => amount.shown().to_string(),
        other => other.to_string(),
    }
}

/// One column with its cells from top to bottom, the total's last: safe to show, and numbers aligned.
struct Strip {
    header: String,
    numeric: bool,
    /// Whether all of its cells are times.
    times: bool,
    cells: Vec<String>,
}

impl Strip {
    fn new(column: &Column, cells: &[&Cell]) -> Self {
        let header = column.header();
        let times = cells.iter().all(|cell| cell.is_empty() || matches!(cell, Cell::Time(_)));
        let mut cells: Vec<String> = cells.iter().map(|cell| sanitize(&shown(cell)).into_owned()).collect();
        if column.numeric {
            align_points(&mut cells);
        }
        Self { header, numeric: column.numeric, times, cells }
    }

    /// What the column needs when its cells are not squeezed below `narrow`.
    fn need(&self, narrow: usize) -> Need {
        let narrow = if self.times { DATE } else { narrow };
        Need::new(&self.header, &self.cells, (!self.numeric).then_some(narrow))
    }

    /// Numbers on the right, texts on the left.
    fn aligned(&self, text: String) -> comfy_table::Cell {
        let alignment = if self.numeric { CellAlignment::Right } else { CellAlignment::Left };
        comfy_table::Cell::new_owned(text).set_alignment(alignment)
    }
}

/// Where the columns stand.
enum Layout {
    /// Next to each other, each so wide.
    SideBySide(Vec<usize>),
    /// Each row's cells below each other, between rules so wide.
    Records(usize),
}

/// All columns of a table, and where they stand.
pub(super) struct Drawing {
    strips: Vec<Strip>,
    rows: usize,
    has_total: bool,
    marks: Marks,
    layout: Layout,
}

impl Drawing {
    /// Every column, and as wide as it is.
    pub fn new(columns: &[Column], rows: &[Vec<Cell>], total: Option<&[Cell]>, color: bool) -> Self {
        let all = || rows.iter().map(Vec::as_slice).chain(total);
        let strip = |(index, column): (usize, &Column)| {
            let cells: Vec<&Cell> = all().map(|row| row.get(index).unwrap_or(&Cell::Empty)).collect();
            Strip::new(column, &cells)
        };
        let strips: Vec<Strip> = columns.iter().enumerate().map(strip).collect();
        let layout = Layout::SideBySide(strips.iter().map(|strip| strip.need(NARROW).whole).collect());
        Self { strips, rows: all().count(), has_total: total.is_some(), marks: Marks { color }, layout }
    }

    /// Fits the table into so much room. Returns the headers of the columns that were left out, of `optional` as many as
    /// must be; empty columns are left out without a word.
    pub fn fit(&mut self, room: usize, optional: &[&str]) -> Vec<String> {
        let Layout::SideBySide(whole) = &self.layout else { return Vec::new() };
        if whole.iter().map(|width| width + GAP).sum::<usize>() <= room + GAP {
            return Vec::new();
        }
        if self.rows > 0 {
            self.strips.retain(|strip| strip.cells.iter().any(|cell| !cell.is_empty()));
        }
        self.strips.iter_mut().filter(|strip| strip.times).for_each(|strip| shorten_times(&mut strip.cells));
        let there = |name: &String| self.strips.iter().any(|strip| strip.header == *name);
        let optional: Vec<String> = optional.iter().map(|name| name.replace('_', " ")).filter(there).collect();
        let tries = (0..=optional.len()).map(|count| (count, NARROW)).chain([(optional.len(), NARROWEST)]);
        for (count, narrow) in tries {
            let missing = &optional[..count];
            let kept = |strip: &Strip| !missing.contains(&strip.header);
            let needs: Vec<Need> = self.strips.iter().filter(|strip| kept(strip)).map(|s| s.need(narrow)).collect();
            if let Some(widths) = side_by_side(&needs, room) {
                self.strips.retain(kept);
                self.layout = Layout::SideBySide(widths);
                return missing.to_vec();
            }
        }
        self.layout = Layout::Records(room);
        Vec::new()
    }

    /// The lines, each ending with a newline.
    pub fn text(&self) -> String {
        self.marks.with_styles(&match &self.layout {
            Layout::SideBySide(widths) => self.side_by_side(widths),
            Layout::Records(room) => self.records(*room),
        })
    }

    fn side_by_side(&self, widths: &[usize]) -> String {
        let rule = rule(widths.iter().sum::<usize>() + GAP * widths.len().saturating_sub(1));
        let total = self.rows - usize::from(self.has_total);
        let header = self.strips.iter().map(|strip| strip.aligned(self.marks.header(&strip.header)));
        let mut text = lines([header.collect()], widths) + &rule;
        for start in (0..total).step_by(ROWS_AT_ONCE) {
            let rows = start..total.min(start + ROWS_AT_ONCE);
            text += &lines(rows.map(|row| self.row(row)), widths);
        }
        if self.has_total {
            text += &rule;
            text += &lines([self.row(total)], widths);
        }
        text
    }

    /// For a terminal on which columns find no room: each row's cells below each other, without the empty ones.
    fn records(&self, room: usize) -> String {
        let rule = rule(room);
        let names = self.strips.iter().map(|strip| strip.header.width()).max().unwrap_or(0);
        let numbers = self.strips.iter().filter(|strip| strip.numeric).flat_map(|strip| &strip.cells);
        let widest = numbers.map(|number| number.trim().width()).max().unwrap_or(0);
        let widths = [names, room.saturating_sub(names + GAP).max(widest)];
        let mut text = String::new();
        for row in 0..self.rows {
            let filled = self.strips.iter().filter(|strip| !strip.cells[row].trim().is_empty());
            let record = filled.map(|strip| {
                vec![self.marks.header(&strip.header).into(), self.cell(strip, strip.cells[row].trim()).into()]
            });
            text += &rule;
            text += &lines(record, &widths);
        }
        text + &rule
    }

    fn row(&self, row: usize) -> Vec<comfy_table::Cell> {
        self.strips.iter().map(|strip| strip.aligned(self.cell(strip, &strip.cells[row]))).collect()
    }

    fn cell(&self, strip: &Strip, cell: &str) -> String {
        if strip.numeric && is_negative(cell) { self.marks.negative(cell) } else { cell.to_owned() }
    }
}

/// Rows of cells in columns so wide, without spaces at the lines' ends.
fn lines(rows: impl IntoIterator<Item = Vec<comfy_table::Cell>>, widths: &[usize]) -> String {
    let mut table = comfy_table::Table::new();
    table.load_style(TableStyle::new()).add_rows(rows);
    let last = widths.len().saturating_sub(1);
    for (index, (column, width)) in table.column_iter_mut().zip(widths).enumerate() {
        let gap = if index == last { 0 } else { GAP };
        let columns = |width: usize| u16::try_from(width).unwrap_or(u16::MAX);
        column.set_padding((0, columns(gap))).set_constraint(Absolute(Width::Fixed(columns(width + gap))));
    }
    let mut text = String::new();
    for line in table.lines() {
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

pub(super) fn rule(width: usize) -> String {
    "─".repeat(width) + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::sanitize::is_unsafe;

    #[test]
    fn marks_have_no_width_and_are_in_no_cell() {
        for mark in [mark::HEADER, mark::NEGATIVE, mark::END] {
            assert!(is_unsafe(mark) && mark.to_string().width() == 0);
        }
    }
}
