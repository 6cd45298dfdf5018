//! The figures as tables, exactly: what JSON and CSV say.

use super::amounts::{self, parts};
use super::markup::Markup;
use super::name::{Place, name};
use crate::money::{Asset, Precise};
use crate::render::margin::margin_in_percent;
use crate::render::words::row_noun;
use crate::report::profit::{Figures, Row};

/// Of longer tables both ends are shown and the rest is summed up, so that a browser can show them.
const MOST: usize = 1000;
/// Longer tables are closed at first.
const OPEN: usize = 24;

/// What a table is about.
pub(super) struct Table<'a> {
    /// What the names in its rows are of.
    pub by: &'a [String],
    /// What the amounts are in.
    pub currency: &'a Asset,
    /// From top to bottom.
    pub rows: &'a [Row<Figures>],
    /// Everything, counted once.
    pub total: &'a Figures,
}

/// One row: of the report, or the sum of those that are left out.
enum Line<'a> {
    Row(&'a Row<Figures>),
    Others(usize, Figures),
}

impl Line<'_> {
    fn figures(&self) -> &Figures {
        match self {
            Self::Row(row) => &row.figures,
            Self::Others(_, figures) => figures,
        }
    }
}

impl Table<'_> {
    /// The table under a line that opens it.
    pub fn draw(&self, m: &mut Markup) {
        let count = self.rows.len();
        m.raw(if count <= OPEN { "<details open=\"\">" } else { "<details>" });
        m.raw("<summary>Table: ")
            .text(amounts::count(count))
            .raw(" ")
            .text(row_noun(self.by, count))
            .raw("</summary>\n");
        m.raw("<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Table, ").text(&self.currency.code);
        m.raw("\">\n<table><thead><tr><th scope=\"col\">").text(self.by.join(" / ").replace('_', " ")).raw("</th>");
        let lines = lines(self.rows);
        let columns = self.columns(&lines);
        for column in &columns {
            m.raw("<th scope=\"col\">").text(&column.title).raw("</th>");
        }
        m.raw("</tr></thead>\n<tbody>\n");
        for (index, line) in lines.iter().enumerate() {
            m.raw("<tr><th scope=\"row\">");
            match line {
                Line::Row(row) => name(m, Place::Element, self.by, &row.keys),
                Line::Others(count, _) => {
                    m.raw("<i>").text(amounts::count(count)).raw(" others</i>");
                }
            }
            m.raw("</th>");
            columns.iter().for_each(|column| column.cell(m, index));
            m.raw("</tr>\n");
        }
        m.raw("</tbody>\n<tfoot><tr><th scope=\"row\">total</th>");
        columns.iter().for_each(|column| column.cell(m, lines.len()));
        m.raw("</tr></tfoot></table>\n</div>\n");
        if count > lines.len() {
            m.raw("<p class=\"note\">The table has both ends and sums up what is between; ");
            m.prose("`drawdown report profit --format csv` lists everything.").raw("</p>\n");
        }
        m.raw("</details>\n");
    }

    /// The columns after the names. Counts and parts of revenue are left out where there are none.
    fn columns(&self, lines: &[Line]) -> Vec<Column> {
        let figures = || lines.iter().map(Line::figures).chain([self.total]);
        let count = |title: &str, of: fn(&Figures) -> i64| {
            (of(self.total) > 0).then(|| Column::new(title, figures().map(|f| of(f).to_string())))
        };
        let amount = |title: &str, of: &dyn Fn(&Figures) -> Precise| {
            Column::new(title, figures().map(|f| self.currency.precise(of(f)).to_string()))
        };
        let several = parts(self.total).count() > 1;
        let mut columns = Vec::new();
        columns.extend(count("events", |f| f.events));
        columns.extend(count("denied", |f| f.denied));
        columns.extend(count("unpriced", |f| f.unpriced));
        columns.push(amount("fees", &|f| f.fees));
        columns.extend(parts(self.total).filter(|_| several).map(|part| amount(part.name, &part.of)));
        columns.push(amount("revenue", &Figures::revenue));
        columns.push(amount("cost", &|f| f.cost));
        columns.push(amount("profit", &Figures::profit).signed());
        columns.push(
            Column::new("margin", figures().map(|figures| margin_in_percent(figures).unwrap_or("–".to_owned())))
                .signed(),
        );
        columns
    }
}

/// All rows, or the first and the last with the sum of the others between.
fn lines(rows: &[Row<Figures>]) -> Vec<Line<'_>> {
    if rows.len() <= MOST {
        return rows.iter().map(Line::Row).collect();
    }
    let (first, rest) = rows.split_at(MOST / 2);
    let (others, last) = rest.split_at(rest.len() - MOST / 2);
    let mut sum = Figures::default();
    others.iter().for_each(|row| sum += row.figures);
    let others = Line::Others(others.len(), sum);
    first.iter().map(Line::Row).chain([others]).chain(last.iter().map(Line::Row)).collect()
}

/// A column of numbers.
pub(super) struct Column {
    title: String,
    /// From top to bottom, then the total.
    cells: Vec<String>,
    /// What the widest of them takes from its point on; see [`after_point`].
    after_point: usize,
    /// Whether what is below zero is a loss.
    signed: bool,
}

impl Column {
    /// Under a title, from top to bottom, then the total.
    pub fn new(title: &str, cells: impl Iterator<Item = String>) -> Self {
        let cells: Vec<String> = cells.collect();
        let after_point = cells.iter().map(|cell| after_point(cell)).max().unwrap_or(0);
        Self { title: title.to_owned(), cells, after_point, signed: false }
    }

    /// The same, where what is below zero is a loss.
    pub fn signed(self) -> Self {
        Self { signed: true, ..self }
    }

    /// One cell, padded so that the points of the column are below each other.
    pub fn cell(&self, m: &mut Markup, index: usize) {
        let cell = &self.cells[index];
        m.raw(if self.signed && cell.starts_with('-') { "<td class=\"loss\"" } else { "<td" });
        match self.after_point - after_point(cell) {
            0 => m.raw(">"),
            pad => m.raw(" style=\"--pad:").text(pad).raw("\">"),
        };
        m.text(cell).raw("</td>");
    }

    /// The text of one cell.
    pub fn shown(&self, index: usize) -> &str {
        &self.cells[index]
    }
}

/// How wide a number is from its point on, in halves of a digit: a point is about half as wide as one.
fn after_point(number: &str) -> usize {
    number.find('.').map_or(0, |point| 2 * (number.len() - point) - 1)
}
