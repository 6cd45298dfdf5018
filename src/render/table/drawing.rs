//! A table on its way to text.

use super::fit::{GAP, NARROW, NARROWEST, Need, shorten_times, side_by_side, wrap};
use super::numbers::{align_points, is_negative};
use super::{Column, Table, sanitize};
use anstyle::{AnsiColor, Style};
use unicode_width::UnicodeWidthStr;

const HEADER: Style = Style::new().bold();
const NEGATIVE: Style = AnsiColor::Red.on_default();

/// One column with its cells from top to bottom, the total's last: safe to show, and numbers aligned.
struct Strip {
    header: String,
    numeric: bool,
    cells: Vec<String>,
}

impl Strip {
    fn new(column: &Column, mut cells: Vec<String>) -> Self {
        let header = sanitize(&column.name.replace('_', " ")).into_owned();
        if column.numeric {
            align_points(&mut cells);
        }
        Self { header, numeric: column.numeric, cells }
    }

    /// What the column needs when its cells are not squeezed below `narrow`.
    fn need(&self, narrow: usize) -> Need {
        Need::new(&self.header, &self.cells, (!self.numeric).then_some(narrow))
    }

    fn style(&self, row: usize) -> Style {
        if self.numeric && is_negative(self.cells[row].trim_start()) { NEGATIVE } else { Style::new() }
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
    color: bool,
    layout: Layout,
}

impl Drawing {
    /// Every column, and as wide as it is.
    pub fn new(table: &Table, color: bool) -> Self {
        let rows = || table.rows.iter().chain(&table.total);
        let strip = |(index, column): (usize, &Column)| {
            let cell = |row: &Vec<String>| row.get(index).map_or_else(String::new, |cell| sanitize(cell).into_owned());
            Strip::new(column, rows().map(cell).collect())
        };
        let strips: Vec<Strip> = table.columns.iter().enumerate().map(strip).collect();
        let layout = Layout::SideBySide(strips.iter().map(|strip| strip.need(NARROW).whole).collect());
        Self { strips, rows: rows().count(), has_total: table.total.is_some(), color, layout }
    }

    /// Makes do with so much room. Gives the headers of the columns that are left out for it, of `optional` as many as
    /// must be; of empty columns nobody is told.
    pub fn fit(&mut self, room: usize, optional: &[&str]) -> Vec<String> {
        let Layout::SideBySide(whole) = &self.layout else { return Vec::new() };
        if whole.iter().map(|width| width + GAP).sum::<usize>() <= room + GAP {
            return Vec::new();
        }
        if self.rows > 0 {
            self.strips.retain(|strip| strip.cells.iter().any(|cell| !cell.is_empty()));
        }
        let times: Vec<Option<usize>> = self.strips.iter_mut().map(|strip| shorten_times(&mut strip.cells)).collect();
        let there = |name: &String| self.strips.iter().any(|strip| strip.header == *name);
        let optional: Vec<String> = optional.iter().map(|name| name.replace('_', " ")).filter(there).collect();
        let tries = (0..=optional.len()).map(|count| (count, NARROW)).chain([(optional.len(), NARROWEST)]);
        for (count, narrow) in tries {
            let missing = &optional[..count];
            let kept = |strip: &Strip| !missing.contains(&strip.header);
            let needs = self.strips.iter().zip(&times).filter(|(strip, _)| kept(strip));
            let needs: Vec<Need> = needs.map(|(strip, time)| strip.need(time.unwrap_or(narrow))).collect();
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
        let mut text = String::new();
        match &self.layout {
            Layout::SideBySide(widths) => self.side_by_side(widths, &mut text),
            Layout::Records(room) => self.records(*room, &mut text),
        }
        text
    }

    fn side_by_side(&self, widths: &[usize], text: &mut String) {
        let rule = "─".repeat(widths.iter().sum::<usize>() + GAP * widths.len().saturating_sub(1)) + "\n";
        self.line(widths, |strip| (&strip.header, HEADER), text);
        text.push_str(&rule);
        for row in 0..self.rows {
            if self.has_total && row + 1 == self.rows {
                text.push_str(&rule);
            }
            self.line(widths, |strip| (&strip.cells[row], strip.style(row)), text);
        }
    }

    /// One cell of each column, on as many lines as the one that needs most.
    fn line<'d>(&'d self, widths: &[usize], cell: impl Fn(&'d Strip) -> (&'d str, Style), text: &mut String) {
        let cells = self.strips.iter().zip(widths);
        let cells: Vec<_> = cells
            .map(|(strip, width)| {
                let (cell, style) = cell(strip);
                (strip, *width, wrap(cell, *width), style)
            })
            .collect();
        for index in 0..cells.iter().map(|(_, _, lines, _)| lines.len()).max().unwrap_or(0) {
            let start = text.len();
            for (strip, width, lines, style) in &cells {
                let shown = lines.get(index).copied().unwrap_or_default();
                let fill = " ".repeat(width.saturating_sub(shown.width()));
                let (before, after) = if strip.numeric { (fill.as_str(), "") } else { ("", fill.as_str()) };
                text.push_str(before);
                self.push(shown, *style, text);
                text.push_str(after);
                text.push_str(&" ".repeat(GAP));
            }
            text.truncate(start + text[start..].trim_end().len());
            text.push('\n');
        }
    }

    /// For a terminal on which columns find no room: each row's cells below each other, without the empty ones.
    fn records(&self, room: usize, text: &mut String) {
        let names = self.strips.iter().map(|strip| strip.header.width()).max().unwrap_or(0);
        let rule = "─".repeat(room) + "\n";
        for row in 0..self.rows {
            text.push_str(&rule);
            for strip in self.strips.iter().filter(|strip| !strip.cells[row].trim().is_empty()) {
                self.push(&strip.header, HEADER, text);
                let mut indent = names.saturating_sub(strip.header.width()) + GAP;
                let value = strip.cells[row].trim();
                let lines = if strip.numeric { vec![value] } else { wrap(value, room.saturating_sub(names + GAP)) };
                for line in lines {
                    text.push_str(&" ".repeat(indent));
                    self.push(line, strip.style(row), text);
                    text.push('\n');
                    indent = names + GAP;
                }
            }
        }
        text.push_str(&rule);
    }

    fn push(&self, shown: &str, style: Style, text: &mut String) {
        if self.color && !shown.is_empty() {
            text.push_str(&format!("{style}{shown}{style:#}"));
        } else {
            text.push_str(shown);
        }
    }
}
