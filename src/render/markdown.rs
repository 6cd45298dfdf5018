//! Tables and words as GitHub's Markdown, in which data can't become markup, a mention or a link.

use super::sanitize::sanitize;
use super::table::{Cell, Column, Table};
use std::fmt::Write;

/// What Markdown or HTML would read as markup; the rest of a sentence means itself.
const MARKUP: &str = "\\`*_[]<>#!|~&$^";

/// Data in a code span, in which nothing is markup, a mention, a link or an emoji. A span can't hold a `|` in a table, so
/// such a name is written as HTML instead.
pub(super) fn code(data: &str) -> String {
    let data = sanitize(data);
    if data.contains('|') {
        return html_code(&data);
    }
    let fence = "`".repeat(longest_run(&data) + 1);
    // A span loses one space at each end, and a backquote there would belong to its fence.
    let needs_pad = data.starts_with(['`', ' ']) || data.ends_with(['`', ' ']);
    let pad = if needs_pad { " " } else { "" };
    if data.is_empty() { String::new() } else { format!("{fence}{pad}{data}{pad}{fence}") }
}

/// Data as code where HTML stands, or where HTML is the only way.
pub(super) fn html_code(data: &str) -> String {
    let is_markup = |c: char| c.is_ascii_punctuation() && !"-/=,".contains(c);
    let entity = |c: char| if is_markup(c) { format!("&#{};", u32::from(c)) } else { c.to_string() };
    format!("<code>{}</code>", sanitize(data).chars().map(entity).collect::<String>())
}

/// A sentence of the program's own, whatever is named in it.
pub(super) fn prose(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in sanitize(text).chars() {
        match c {
            // A mention ends where a comment begins.
            '@' => safe.push_str("@<!-- -->"),
            c if MARKUP.contains(c) => safe.extend(['\\', c]),
            c => safe.push(c),
        }
    }
    safe
}

fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

impl Table {
    /// The table as Markdown, with its notes below; without rows there are only these. The texts in columns called as one of
    /// `own` are words of the program; those in others are names.
    pub(super) fn markdown(&self, own: &[&str]) -> String {
        let mut text = String::new();
        if !self.rows.is_empty() {
            text += &line(self.columns.iter().map(header));
            text += &line(self.columns.iter().map(|column| if column.numeric { "--:" } else { "---" }.to_owned()));
        }
        let cell =
            |(column, cell): (&Column, &Cell)| shown(cell, column.numeric || own.contains(&column.name.as_str()));
        for row in &self.rows {
            text += &line(self.columns.iter().zip(row).map(cell));
        }
        if let Some(total) = &self.total {
            let bold = |cell: &Cell| if cell.is_empty() { String::new() } else { format!("**{}**", shown(cell, true)) };
            text += &line(total.iter().map(bold));
        }
        for note in &self.notes {
            // Writing to a string can't fail.
            let _ = write!(text, "\n{}\n", prose(note));
        }
        text
    }
}

fn line(cells: impl Iterator<Item = String>) -> String {
    format!("| {} |\n", cells.collect::<Vec<_>>().join(" | "))
}

/// A name of a column that is more than words is one of somebody else's.
fn header(column: &Column) -> String {
    let is_word = |c: char| c.is_ascii_alphanumeric() || [' ', '%', ','].contains(&c);
    if column.name.chars().all(is_word) { column.name.clone() } else { code(&column.name) }
}

/// A cell; what is set in stays so.
fn shown(cell: &Cell, is_own: bool) -> String {
    let text = cell.to_string();
    let words = text.trim_start_matches(' ');
    match (is_own, text.len() - words.len()) {
        (true, 0) => prose(words),
        (true, _) => format!("&emsp;{}", prose(words)),
        (false, _) => code(&text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_are_code() {
        for (name, written) in [
            ("acme", "`acme`"),
            ("", ""),
            ("@ops <b>", "`@ops <b>`"),
            ("two\nlines", "`two\\nlines`"),
            ("a`b``c", "```a`b``c```"),
            ("`", "`` ` ``"),
            ("a|@b`", "<code>a&#124;&#64;b&#96;</code>"),
        ] {
            assert_eq!(code(name), written);
        }
    }

    #[test]
    fn sentences_stay_sentences() {
        assert_eq!(prose("-5.0% of *all* <b>, @ops: a|b"), "-5.0% of \\*all\\* \\<b\\>, @<!-- -->ops: a\\|b");
    }

    #[test]
    fn a_table_has_its_numbers_on_the_right_and_its_notes_below() {
        let mut table = Table::new(vec![Column::text("what"), Column::text("customer"), Column::number("a/b=1")]);
        table.row(["  change", "acme", "-1.50"]);
        table.total(["total", "", "-1.50"]);
        table.note("in _USD_");
        let expected = "\
| what | customer | `a/b=1` |
| --- | --- | --: |
| &emsp;change | `acme` | -1.50 |
| **total** |  | **-1.50** |

in \\_USD\\_
";
        assert_eq!(table.markdown(&["what"]), expected);
    }

    proptest! {
        #[test]
        fn every_row_is_one_line_with_one_cell_for_each_column(name in any::<String>(), other in any::<String>()) {
            let mut table = Table::new(vec![Column::text("customer"), Column::text("what"), Column::text(&other)]);
            table.row([&name, &other, &name]);
            let text = table.markdown(&["what"]);
            prop_assert_eq!(text.lines().count(), 3);
            for line in text.lines() {
                let bare = line.replace("\\\\", "").replace("\\|", "");
                prop_assert_eq!(bare.matches('|').count(), 4, "{}", line);
            }
        }
    }
}
