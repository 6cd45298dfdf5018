//! A table that other formats print too, on the page.

use super::amounts::count;
use super::markup::Markup;
use super::tables::Column;
use crate::render::table::Table;
use crate::render::words::either;

/// Longer tables are closed at first.
const OPEN: usize = 24;

/// The table with its notes, under a line that opens it; without rows there are only these.
pub(super) fn sheet(m: &mut Markup, title: &'static str, table: &Table) {
    let rows = table.rows.len();
    if rows > 0 {
        m.raw(if rows <= OPEN { "<details open=\"\">" } else { "<details>" }).raw("<summary>Table: ").raw(title);
        m.raw(", ").text(count(rows)).raw(either(&rows, " row", " rows")).raw("</summary>\n");
        m.raw("<div class=\"scroll\"");
        grid(m, title, table);
        m.raw("</details>\n");
    }
    notes(m, table);
}

/// The table with its notes, all of its rows in sight.
pub(super) fn whole_sheet(m: &mut Markup, title: &'static str, table: &Table) {
    m.raw("<div class=\"scroll whole\"");
    grid(m, title, table);
    notes(m, table);
}

fn notes(m: &mut Markup, table: &Table) {
    for note in &table.notes {
        m.raw("<p class=\"note\">").text(note).raw("</p>\n");
    }
}

/// The rest of the box that scrolls, with the table in it.
fn grid(m: &mut Markup, title: &'static str, table: &Table) {
    m.raw(" tabindex=\"0\" role=\"region\" aria-label=\"Table: ").raw(title).raw("\">\n");
    m.raw("<table class=\"sheet\"><thead><tr>");
    for column in &table.columns {
        m.raw(if column.numeric { "<th scope=\"col\">" } else { "<th class=\"text\" scope=\"col\">" });
        m.text(&column.name).raw("</th>");
    }
    m.raw("</tr></thead>\n<tbody>\n");
    let cells = || table.rows.iter().chain(&table.total);
    let text = |place: usize| cells().map(move |row| row[place].to_string());
    let columns: Vec<Column> =
        table.columns.iter().enumerate().map(|(place, own)| Column::new(&own.name, text(place)).signed()).collect();
    let line = |m: &mut Markup, index: usize| {
        m.raw("<tr>");
        for (place, column) in columns.iter().enumerate() {
            if place == 0 {
                m.raw("<th scope=\"row\">").text(column.shown(index)).raw("</th>");
            } else if table.columns[place].numeric {
                column.cell(m, index);
            } else {
                m.raw("<td class=\"text\">").text(column.shown(index)).raw("</td>");
            }
        }
        m.raw("</tr>\n");
    };
    (0..table.rows.len()).for_each(|index| line(m, index));
    m.raw("</tbody>\n");
    if table.total.is_some() {
        m.raw("<tfoot>");
        line(m, table.rows.len());
        m.raw("</tfoot>\n");
    }
    m.raw("</table>\n</div>\n");
}
