//! Additions to a catalog's text: where new tables go, and what is new about the findings.
//!
//! Text is only ever put in between lines. So comments, layout, line ends and the spelling of numbers stay to the byte,
//! and what is shown of an addition is the whole difference.

use super::{Finding, SourceFile};
use std::ops::Range;
use toml_edit::{Document, Item, Table};

/// Where new tables belong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Under<'a> {
    /// Among those of the same kind, such as `[[asset]]`.
    Root(&'static str),
    /// Behind everything else.
    End,
    /// In the entry of `section` with this code, such as a `price` of a `product`.
    Entry {
        /// `product` or `vendor`.
        section: &'static str,
        /// The code of the product or vendor.
        code: &'a str,
        /// `price` or `cost`.
        key: &'static str,
    },
}

/// Why there is no place for an addition.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// The file can't be read as TOML.
    #[error("it is not TOML: {0}")]
    Syntax(String),
    /// `asset = [...]`, to which no table can be added.
    #[error("it has `{0} = ...` instead of tables")]
    Inline(&'static str),
    /// No entry with that code.
    #[error("there is no such entry in it")]
    Missing,
}

/// Text that stands between two lines of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Addition {
    /// The byte of the old text that it stands before.
    pub start: usize,
    /// What is put there: the tables, and the empty lines that set them apart.
    pub text: String,
}

/// The tables that may stand before a new one of their kind, the nearest first.
const ORDER: [&str; 5] = ["product", "vendor", "asset", "policy", "catalog"];

impl Addition {
    /// Finds the place for `tables`, lines of TOML, in the text of one file.
    ///
    /// # Errors
    /// See [`EditError`].
    pub fn new(source: &str, under: Under<'_>, tables: &str) -> Result<Self, EditError> {
        let document = parse(source)?;
        let root = document.as_table();
        let end = match under {
            Under::Root(section) => {
                entries(root, section)?;
                let before = ORDER.iter().skip_while(|kind| **kind != section);
                before.filter_map(|kind| end(root.get(kind)?)).next().unwrap_or(source.len())
            }
            Under::End => source.len(),
            Under::Entry { section, code, key } => {
                let found = entries(root, section)?.into_iter().find(|table| code_of(table) == Some(code));
                let table = found.ok_or(EditError::Missing)?;
                entries(table, key)?;
                end_of_table(table).unwrap_or(source.len())
            }
        };
        Ok(Self::between(source, after_its_comments(source, end), tables))
    }

    fn between(source: &str, start: usize, tables: &str) -> Self {
        let (before, after) = source.split_at(start);
        let lead = match before {
            "" => "",
            text if text.ends_with('\n') => "\n",
            _ => "\n\n",
        };
        let tail = if after.is_empty() || after.starts_with(['\n', '\r']) { "" } else { "\n" };
        let text = format!("{lead}{tables}{tail}");
        let text = if source.contains("\r\n") { text.replace('\n', "\r\n") } else { text };
        Self { start, text }
    }

    /// The new text of the file.
    pub fn applied(&self, source: &str) -> String {
        let (before, after) = source.split_at(self.start);
        [before, &self.text, after].concat()
    }

    /// The lines of the tables, each with its number in the new text.
    pub fn lines(&self, source: &str) -> Vec<(usize, String)> {
        let first = 1 + source[..self.start].matches('\n').count();
        let numbered = (first..).zip(self.text.lines().map(str::to_owned));
        let lines: Vec<_> = numbered.skip_while(|(_, line)| line.is_empty()).collect();
        let kept = lines.iter().rposition(|(_, line)| !line.is_empty()).map_or(0, |last| last + 1);
        lines.into_iter().take(kept).collect()
    }
}

/// Those of `after` that were not there `before` the addition to the file of that name.
pub fn new_findings(before: &[Finding], after: Vec<Finding>, file: &str, addition: &Addition) -> Vec<Finding> {
    let moved = |finding: &Finding| {
        let is_behind = finding.file == file && finding.span.start >= addition.start;
        finding.span.start + if is_behind { addition.text.len() } else { 0 }
    };
    let mut known: Vec<_> = before.iter().map(|finding| (finding.code, &finding.file, moved(finding))).collect();
    let is_new = |finding: &Finding| {
        let same = known.iter().position(|known| *known == (finding.code, &finding.file, finding.span.start));
        same.map(|index| known.swap_remove(index)).is_none()
    };
    after.into_iter().filter(is_new).collect()
}

/// The codes of all `section` tables of one file, in their order.
///
/// # Errors
/// When the file is no TOML, or has them as one value.
pub fn codes(source: &SourceFile, section: &'static str) -> Result<Vec<String>, EditError> {
    let document = parse(&source.text)?;
    let tables = entries(document.as_table(), section)?;
    Ok(tables.into_iter().filter_map(|table| code_of(table).map(str::to_owned)).collect())
}

/// Whether one file has a table of that name.
pub fn has_table(source: &SourceFile, name: &str) -> bool {
    parse(&source.text).is_ok_and(|document| document.as_table().contains_key(name))
}

fn parse(text: &str) -> Result<Document<&str>, EditError> {
    Document::parse(text).map_err(|error| EditError::Syntax(error.message().to_owned()))
}

fn entries<'t>(parent: &'t Table, key: &'static str) -> Result<Vec<&'t Table>, EditError> {
    match parent.get(key) {
        None => Ok(Vec::new()),
        Some(Item::ArrayOfTables(tables)) => Ok(tables.iter().collect()),
        Some(_) => Err(EditError::Inline(key)),
    }
}

fn code_of(table: &Table) -> Option<&str> {
    table.get("code")?.as_str()
}

/// Where an item and all that belongs to it ends; tables may stand apart from each other.
fn end(item: &Item) -> Option<usize> {
    match item {
        Item::None => None,
        Item::Value(value) => value.span().map(|Range { end, .. }| end),
        Item::Table(table) => end_of_table(table),
        Item::ArrayOfTables(tables) => tables.iter().filter_map(end_of_table).max(),
    }
}

fn end_of_table(table: &Table) -> Option<usize> {
    let header = table.span().map(|span| span.end);
    table.iter().filter_map(|(_, item)| end(item)).chain(header).max()
}

/// The start of the line after `end`, and after comments that speak of what ends there: those without an empty line
/// before, and with one behind them.
fn after_its_comments(source: &str, end: usize) -> usize {
    let line = |from: usize| source[from..].find('\n').map_or(source.len(), |length| from + length + 1);
    let start = line(end);
    let mut next = start;
    while source[next..].trim_start_matches([' ', '\t']).starts_with('#') {
        next = line(next);
    }
    let rest = source[next..].trim_start_matches([' ', '\t', '\r']);
    if rest.is_empty() || rest.starts_with('\n') { next } else { start }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Code;

    const SHOP: &str = "\
# The shop.
[catalog]
reporting_currency = \"USD\"

[[product]]
code = \"a\" # first
  # kept with a

[[product.price]]
name = \"A\"
values = [
  { unit_price = 1 }, # one
]

# b is the second
[[product]]
code = 'b'
[[product.price]]
billing_model.type = \"real_time\"
";

    fn added(source: &str, under: Under<'_>) -> String {
        Addition::new(source, under, "[[new]]\n").unwrap().applied(source)
    }

    fn price_of(code: &str) -> Under<'_> {
        Under::Entry { section: "product", code, key: "price" }
    }

    #[test]
    fn a_price_goes_behind_its_products_last_one_and_nothing_else_changes() {
        let expected = SHOP.replace("]\n\n# b is", "]\n\n[[new]]\n\n# b is");
        assert_eq!(added(SHOP, price_of("a")), expected);
        assert_eq!(added(SHOP, price_of("b")), format!("{SHOP}\n[[new]]\n"));
        let addition = Addition::new(SHOP, price_of("a"), "[[new]]\nx = 1\n").unwrap();
        assert_eq!(addition.lines(SHOP), [(15, "[[new]]".to_owned()), (16, "x = 1".to_owned())]);
    }

    #[test]
    fn a_kind_that_is_not_there_yet_goes_behind_what_usually_stands_before_it() {
        let behind_catalog = SHOP.replace("USD\"\n\n", "USD\"\n\n[[new]]\n\n");
        assert_eq!(added(SHOP, Under::Root("asset")), behind_catalog);
        assert_eq!(added(SHOP, Under::Root("product")), format!("{SHOP}\n[[new]]\n"));
        assert_eq!(added("", Under::Root("asset")), "[[new]]\n");
        assert_eq!(added("[[asset]]\ncode = \"C\"", Under::Root("asset")), "[[asset]]\ncode = \"C\"\n\n[[new]]\n");
        assert_eq!(added("# only words", Under::Root("asset")), "# only words\n\n[[new]]\n");
    }

    #[test]
    fn comments_stay_with_what_they_speak_of() {
        let source = "[[asset]]\ncode = \"A\"\n# about A\n\n# about B\n[[product]]\ncode = \"B\"\n";
        let expected = "[[asset]]\ncode = \"A\"\n# about A\n\n[[new]]\n\n# about B\n[[product]]\ncode = \"B\"\n";
        assert_eq!(added(source, Under::Root("asset")), expected);
        let source = "[[asset]]\ncode = \"A\"\n# about B\n[[product]]\n";
        let expected = "[[asset]]\ncode = \"A\"\n\n[[new]]\n\n# about B\n[[product]]\n";
        assert_eq!(added(source, Under::Root("asset")), expected);
    }

    #[test]
    fn line_ends_are_those_of_the_file() {
        let source = SHOP.replace('\n', "\r\n");
        let expected = SHOP.replace("]\n\n# b is", "]\n\n[[new]]\n\n# b is").replace('\n', "\r\n");
        assert_eq!(added(&source, price_of("a")), expected);
    }

    #[test]
    fn tables_that_are_values_are_left_to_people() {
        let error = |source, under| Addition::new(source, under, "").unwrap_err();
        assert_eq!(error("asset = []", Under::Root("asset")), EditError::Inline("asset"));
        assert_eq!(error("[[product]]\ncode = \"a\"\nprice = []", price_of("a")), EditError::Inline("price"));
        assert_eq!(error("[[product]]\ncode = 1", price_of("a")), EditError::Missing);
        assert!(matches!(error("[[product]", price_of("a")), EditError::Syntax(_)));
        assert!(matches!(error(&format!("a = {}", "[".repeat(100_000)), price_of("a")), EditError::Syntax(_)));
    }

    #[test]
    fn a_finding_that_only_moved_is_not_new() {
        let file = |text: String| SourceFile { name: "a.toml".to_owned(), text };
        let old = file(format!("{SHOP}wrong = 1\n"));
        let addition = Addition::new(&old.text, price_of("a"), "[[product.price]]\nname = \"A\"\n").unwrap();
        let before = super::super::read(std::slice::from_ref(&old)).findings;
        let after = super::super::read(&[file(addition.applied(&old.text))]).findings;
        assert!(before.iter().any(|finding| finding.code == Code::UnknownKey));
        let new: Vec<_> = new_findings(&before, after, "a.toml", &addition).into_iter().map(|f| f.code).collect();
        assert_eq!(
            new.iter().filter(|code| **code == Code::MissingKey).count(),
            4,
            "type, event_type, usage_type, asset"
        );
        assert_eq!(new.iter().find(|code| **code != Code::MissingKey), Some(&Code::DuplicateName));
    }
}
