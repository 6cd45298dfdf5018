//! What is wrong with a catalog, and where.

use super::codes::{Code, Severity};
use super::homes::home;
use super::keys::Table;
use serde::Serialize;
use std::ops::Range;

/// One catalog file, as its reader found it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFile {
    /// The file as the user named it.
    pub name: String,
    /// The file's whole text.
    pub text: String,
}

/// A place in a catalog file.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Place {
    /// The file as the user named it.
    pub file: String,
    /// The number of the line, from 1.
    pub line: usize,
    /// The place in the line, from 1, in characters.
    pub column: usize,
}

/// One thing that is wrong with a catalog.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What kind of finding it is.
    pub code: Code,
    /// Error or warning: its kind's.
    pub severity: Severity,
    /// What is wrong, in one line.
    pub message: String,
    /// The file as the user named it.
    pub file: String,
    /// The number of the line, from 1.
    pub line: usize,
    /// The place in the line, from 1, in characters.
    pub column: usize,
    /// Where it ends: the line, from 1, and the column after the last character; where it begins, if it is about no text.
    #[serde(skip)]
    pub end: (usize, usize),
    /// The bytes of the file's text that the finding is about.
    #[serde(skip)]
    pub span: Range<usize>,
    /// What to do about it.
    pub help: Option<String>,
}

impl Finding {
    /// A finding about no text in particular, without help.
    pub fn new(code: Code, message: impl Into<String>, place: Place) -> Self {
        let Place { file, line, column } = place;
        let (severity, message, end) = (code.severity(), message.into(), (line, column));
        Self { code, severity, message, file, line, column, end, span: 0..0, help: None }
    }

    pub(super) fn help(&mut self, help: impl Into<String>) {
        self.help = Some(help.into());
    }

    /// Adds `did you mean ...?` when one of the candidates is close to `word`.
    pub(super) fn suggest<'a>(&mut self, word: &str, candidates: impl IntoIterator<Item = &'a str>) {
        if let Some(close) = closest(word, candidates) {
            self.help(format!("did you mean {}?", quoted(close)));
        }
    }
}

/// Some bytes of one of the catalog's files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Spot {
    pub file: usize,
    pub start: usize,
    pub end: usize,
}

impl Spot {
    pub fn new(file: usize, span: Range<usize>) -> Self {
        Self { file, start: span.start, end: span.end }
    }
}

/// The findings so far, and what it takes to say where they are.
pub(super) struct Findings<'s> {
    files: &'s [SourceFile],
    /// For each file, where its lines start.
    lines: Vec<Vec<usize>>,
    /// The table that all others stand below.
    root: Option<&'static Table>,
    list: Vec<(usize, Finding)>,
}

/// Findings that may only be due to another file that could not be read to its end.
const CROSS_FILE: [Code; 5] =
    [Code::UnknownAsset, Code::UnknownProduct, Code::UnknownPrice, Code::UnknownEventType, Code::UnknownVendor];

impl<'s> Findings<'s> {
    pub fn new(files: &'s [SourceFile]) -> Self {
        let starts =
            |file: &SourceFile| std::iter::once(0).chain(file.text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self { files, lines: files.iter().map(starts).collect(), root: None, list: Vec::new() }
    }

    /// Also says of a key in the wrong table in which one below `root` it belongs.
    pub fn among(self, root: &'static Table) -> Self {
        Self { root: Some(root), ..self }
    }

    /// Where a key belongs that is unknown where it stands.
    pub fn home(&self, key: &str) -> Option<String> {
        home(self.root?, key)
    }

    pub fn add(&mut self, code: Code, spot: Spot, message: impl Into<String>) -> &mut Finding {
        let end = self.place(Spot { start: spot.end.max(spot.start), ..spot });
        let mut finding = Finding::new(code, message, self.place(spot));
        (finding.end, finding.span) = ((end.line, end.column), spot.start..spot.end);
        let index = self.list.len();
        self.list.push((spot.file, finding));
        &mut self.list[index].1
    }

    /// Where a spot is, for people.
    pub fn place(&self, spot: Spot) -> Place {
        let Some(file) = self.files.get(spot.file) else {
            return Place { file: String::new(), line: 1, column: 1 };
        };
        let lines = &self.lines[spot.file];
        let line = lines.partition_point(|&start| start <= spot.start).max(1);
        let before = file.text.get(lines[line - 1]..spot.start).unwrap_or_default();
        Place { file: file.name.clone(), line, column: before.chars().count() + 1 }
    }

    pub fn count(&self) -> usize {
        self.list.len()
    }

    pub fn has_errors(&self) -> bool {
        self.list.iter().any(|(_, f)| f.severity == Severity::Error)
    }

    /// Whether some file is not TOML, so that parts of the catalog may be missing.
    pub fn has_syntax_errors(&self) -> bool {
        self.list.iter().any(|(_, f)| f.code == Code::TomlSyntax)
    }

    /// All findings, by file and place. What follows from a file that is not TOML is left out: a file with such an
    /// error has no other findings, and no name counts as unknown.
    pub fn finish(mut self) -> Vec<Finding> {
        let broken: Vec<usize> =
            self.list.iter().filter(|(_, f)| f.code == Code::TomlSyntax).map(|&(file, _)| file).collect();
        if !broken.is_empty() {
            self.list.retain(|(file, f)| {
                f.code == Code::TomlSyntax || !(broken.contains(file) || CROSS_FILE.contains(&f.code))
            });
        }
        self.list.sort_by_key(|(file, f)| (*file, f.span.start));
        self.list.into_iter().map(|(_, finding)| finding).collect()
    }
}

/// A text from a file, safe and short enough to stand in a message.
pub fn quoted(text: &str) -> String {
    const MOST: usize = 60;
    let mut shown: String = text.chars().take(MOST).flat_map(escaped).collect();
    if text.chars().nth(MOST).is_some() {
        shown.push('…');
    }
    format!("`{shown}`")
}

fn escaped(c: char) -> impl Iterator<Item = char> {
    let (plain, escape) = if c.is_control() { (None, Some(c.escape_default())) } else { (Some(c), None) };
    plain.into_iter().chain(escape.into_iter().flatten())
}

/// The candidate that `word` is most likely a slip of, if any is close. Never an empty one.
pub fn closest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase();
    let length = word.chars().count();
    if length > 100 {
        return None;
    }
    let distance = |candidate: &str| strsim::osa_distance(&word, &candidate.to_lowercase());
    let named = candidates.into_iter().filter(|candidate| !candidate.is_empty());
    let ranked = named.map(|candidate| (distance(candidate), candidate));
    // Words of which nothing is the same are not close, however short they are.
    let is_close = |&(distance, _): &(usize, &str)| distance <= length.div_ceil(3) && distance < length;
    ranked.filter(is_close).min_by_key(|&(d, _)| d).map(|(_, c)| c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_columns_count_characters() {
        let files = [SourceFile { name: "a".into(), text: "x\r\né = 1\n".into() }];
        let findings = Findings::new(&files);
        let at = |start| {
            let place = findings.place(Spot { file: 0, start, end: start });
            (place.line, place.column)
        };
        assert_eq!([at(0), at(3), at(6), at(10)], [(1, 1), (2, 1), (2, 3), (3, 1)]);
    }

    #[test]
    fn only_close_words_are_suggested() {
        let keys = ["unit_price", "volume_rate", "name"];
        assert_eq!(closest("unit_prise", keys), Some("unit_price"));
        assert_eq!(closest("Name", keys), Some("name"));
        assert_eq!(closest("colour", keys), None);
        assert_eq!(closest("", keys), None);
        assert_eq!(closest("m", ["n"]), None);
        assert_eq!(closest("N", ["n"]), Some("n"));
        assert_eq!(closest("a", [""]), None);
    }

    #[test]
    fn quoted_texts_hold_no_control_characters() {
        assert_eq!(quoted("a\u{1b}[31mb"), "`a\\u{1b}[31mb`");
        assert_eq!(quoted(&"x".repeat(61)).chars().count(), 63);
    }
}
