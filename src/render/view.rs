//! What a command shows to a person: lines and tables, one after another.

use super::look::Look;
use super::sanitize::sanitize;
use super::table::Table;
use super::wrap::wrapped;

/// What a command shows under `--format table`, and, as its first table, under `--format csv`.
#[derive(Debug, Clone, Default)]
pub struct View {
    blocks: Vec<Block>,
}

#[derive(Debug, Clone)]
enum Block {
    Line(String),
    Table(Table),
    Rendered(String),
}

impl View {
    /// Nothing to show yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one line. An empty one sets blocks apart.
    #[must_use]
    pub fn line(mut self, text: impl Into<String>) -> Self {
        self.blocks.push(Block::Line(text.into()));
        self
    }

    /// Adds a table.
    #[must_use]
    pub fn table(mut self, table: Table) -> Self {
        self.blocks.push(Block::Table(table));
        self
    }

    /// Adds text whose own renderer made it safe and gave it its colours, such as annotated source.
    #[must_use]
    pub fn rendered(mut self, text: impl Into<String>) -> Self {
        self.blocks.push(Block::Rendered(text.into()));
        self
    }

    /// The table that `--format csv` prints, unless a command has other rows for it.
    pub fn first_table(self) -> Option<Table> {
        self.blocks.into_iter().find_map(|block| match block {
            Block::Table(table) => Some(table),
            Block::Line(_) | Block::Rendered(_) => None,
        })
    }

    /// Everything as text; each block ends with a newline.
    pub fn render(&self, look: Look) -> String {
        let mut text = String::new();
        for block in &self.blocks {
            match block {
                Block::Line(line) => {
                    let line = sanitize(line);
                    let words = line.trim_start_matches(' ');
                    let indent = line.len() - words.len();
                    text.push_str(&line[..indent]);
                    text.push_str(&wrapped(words, look.width, indent));
                }
                Block::Table(table) => text.push_str(&table.render(look)),
                Block::Rendered(rendered) => text.push_str(rendered),
            }
            if !text.ends_with('\n') || matches!(block, Block::Line(_)) {
                text.push('\n');
            }
        }
        text
    }
}

impl From<Table> for View {
    fn from(table: Table) -> Self {
        Self::new().table(table)
    }
}

impl From<String> for View {
    fn from(line: String) -> Self {
        Self::new().line(line)
    }
}

#[cfg(test)]
mod tests {
    use super::super::table::Column;
    use super::*;

    #[test]
    fn blocks_follow_each_other_and_lines_are_made_safe() {
        let mut table = Table::new(vec![Column::text("asset")]);
        table.row(["USD"]);
        let view = View::new().line("acme\u{1b}\n").line("").table(table).rendered("done\n");
        let text = view.render(Look { width: None, color: false });
        assert_eq!(text, "acme\\u{1b}\\n\n\nasset\n─────\nUSD\ndone\n");
        assert!(view.first_table().is_some());
        assert!(View::from("a line".to_owned()).first_table().is_none());
    }

    #[test]
    fn lines_are_broken_between_words_under_where_they_begin() {
        let view = View::new().line("what is said at length").line("  and in a list");
        let text = view.render(Look { width: Some(12), color: false });
        assert_eq!(text, "what is said\nat length\n  and in a\n  list\n");
    }
}
