//! The first records of a log, as columns of texts.

use super::super::error::{Problem, ReadError};
use super::super::json_text::{Scanner, check, elements, entries};
use super::super::lines::{Lines, Source};
use crate::catalog::LogFormat;
use std::collections::BTreeMap;
use std::sync::Arc;

/// As many records are looked at, and as many bytes of a document.
const MOST_RECORDS: usize = 500;
const MOST_BYTES: usize = 4 << 20;
/// As many lines may stand before a CSV log's header.
const MOST_BEFORE: usize = 20;
/// So deep in a record are columns looked for. Nobody bills by what lies deeper, and a hostile line has no end of levels.
const DEEPEST: usize = 16;
/// What may stand between the values of a CSV row.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// The first records of a log.
pub(in super::super) struct Sample {
    pub format: LogFormat,
    /// Between the values of a CSV row.
    pub delimiter: u8,
    /// Lines before a CSV log's header.
    pub skip_lines: usize,
    /// Where the records are in a JSON document.
    pub records: Option<String>,
    pub columns: Vec<SampleColumn>,
    /// How many records there are.
    pub count: usize,
}

/// A column with the values that are not empty.
pub(in super::super) struct SampleColumn {
    /// As the log names it, nested ones by their path.
    pub name: String,
    pub values: Vec<String>,
}

impl Sample {
    /// Looks at the beginning of a log.
    ///
    /// # Errors
    /// When it can't be read, or has no records.
    pub fn take(source: Source) -> Result<Self, ReadError> {
        let mut lines = Lines::open(source, Arc::default())?;
        let mut text = String::new();
        let mut count = 0;
        while count <= MOST_RECORDS + MOST_BEFORE && text.len() < MOST_BYTES && lines.begin()? {
            let Ok(line) = std::str::from_utf8(&lines.buffer) else {
                return Err(lines.fail(Problem::Foreign("not UTF-8 text")));
            };
            text.push_str(line);
            count += 1;
        }
        let empty = || lines.fail(Problem::Empty);
        match text.trim_start().chars().next() {
            None => Err(ReadError { line: None, ..empty() }),
            Some('{' | '[') => json(&text).ok_or_else(|| ReadError { line: None, ..empty() }),
            Some(_) => csv(&text).ok_or_else(|| ReadError { line: None, ..empty() }),
        }
    }
}

/// Columns in the order in which they come up.
#[derive(Default)]
struct Columns {
    places: BTreeMap<String, usize>,
    columns: Vec<SampleColumn>,
}

impl Columns {
    fn add(&mut self, name: &str, value: &str) {
        let place = *self.places.entry(name.to_owned()).or_insert_with(|| {
            self.columns.push(SampleColumn { name: name.to_owned(), values: Vec::new() });
            self.columns.len() - 1
        });
        if !value.trim().is_empty() {
            self.columns[place].values.push(value.to_owned());
        }
    }
}

/// The delimiter and the header are where most rows have as many values as the header.
fn csv(text: &str) -> Option<Sample> {
    let tried = DELIMITERS.into_iter().filter_map(|delimiter| {
        let rows: Vec<Vec<String>> = rows(text, delimiter);
        let width = rows.iter().map(Vec::len).max().filter(|width| *width > 1)?;
        let header = rows.iter().position(|row| row.len() == width)?;
        let alike = rows[header..].iter().filter(|row| row.len() == width).count();
        (header <= MOST_BEFORE).then_some((alike, width, delimiter, header, rows))
    });
    let (_, _, delimiter, header, rows) = tried.max_by_key(|(alike, width, ..)| alike * width)?;
    let names = rows[header].iter().map(|name| name.trim().to_owned());
    let mut columns: Vec<SampleColumn> = names.map(|name| SampleColumn { name, values: Vec::new() }).collect();
    let all = rows[header + 1..].iter().filter(|row| row.len() == columns.len());
    let all: Vec<&Vec<String>> = all.take(MOST_RECORDS).collect();
    for row in &all {
        for (column, value) in columns.iter_mut().zip(row.iter()).filter(|(_, value)| !value.trim().is_empty()) {
            column.values.push(value.clone());
        }
    }
    let count = all.len();
    Some(Sample { format: LogFormat::Csv, delimiter, skip_lines: header, records: None, columns, count })
}

fn rows(text: &str, delimiter: u8) -> Vec<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new();
    let mut reader = reader.has_headers(false).flexible(true).delimiter(delimiter).from_reader(text.as_bytes());
    reader.records().map_while(Result::ok).map(|row| row.iter().map(str::to_owned).collect()).collect()
}

fn json(text: &str) -> Option<Sample> {
    let text = text.trim();
    let mut columns = Columns::default();
    let (records, found) = match lines_of(text) {
        Some(lines) => (None, lines),
        None => document(text, &mut columns)?,
    };
    let found: Vec<&str> = found.into_iter().filter(|text| text.starts_with('{')).take(MOST_RECORDS).collect();
    found.iter().try_for_each(|text| flatten(text, "", DEEPEST, &mut columns))?;
    let count = found.len();
    let columns = columns.columns;
    (count > 0).then_some(Sample { format: LogFormat::Json, delimiter: b',', skip_lines: 0, records, columns, count })
}

/// The lines, where the first is a record by itself. A record around others is a document.
fn lines_of(text: &str) -> Option<Vec<&str>> {
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| check(line).is_ok()).collect();
    let first = text.lines().next()?.trim();
    let is_record = first.starts_with('{') && check(first).is_ok() && nested(first).is_none();
    is_record.then_some(lines)
}

/// The records of a document, and the path to them. What stands around them becomes columns.
fn document<'a>(text: &'a str, columns: &mut Columns) -> Option<(Option<String>, Vec<&'a str>)> {
    let whole = text.lines().next().map(str::trim).filter(|line| check(line).is_ok()).unwrap_or(text);
    if whole.starts_with('[') {
        return Some((None, elements(whole).ok()?));
    }
    let (path, list) = nested(whole)?;
    let inner = list.first().copied().filter(|first| first.starts_with('{')).and_then(nested);
    match inner {
        Some((inner, _)) => {
            let mut all = Vec::new();
            for element in list {
                let records = nested(element).map(|(_, list)| list).unwrap_or_default();
                for (key, value) in entries(element).ok()?.iter().filter(|(_, value)| !value.starts_with(['{', '['])) {
                    let text = Scanner::new(value).text().ok()?.unwrap_or_default();
                    records.iter().for_each(|_| columns.add(&format!("{path}.{key}"), &text));
                }
                all.extend(records);
            }
            Some((Some(format!("{path}.{inner}")), all))
        }
        None => Some((Some(path), list)),
    }
}

/// The first list of objects in an object, and its path; or the only object in one.
fn nested(object: &str) -> Option<(String, Vec<&str>)> {
    let entries = entries(object).ok()?;
    let list = entries.iter().find_map(|(key, value)| {
        let all = elements(value).ok().filter(|all| all.first().is_some_and(|first| first.starts_with('{')))?;
        Some((format!("{key}[]"), all))
    });
    let only = match entries.as_slice() {
        [(key, value)] if value.starts_with('{') => Some((key.to_string(), vec![*value])),
        _ => None,
    };
    list.or(only)
}

/// Adds an object's values by their paths, down to so many levels of objects.
fn flatten(object: &str, path: &str, levels: usize, columns: &mut Columns) -> Option<()> {
    for (key, value) in entries(object).ok()? {
        let name = if path.is_empty() { key.into_owned() } else { format!("{path}.{key}") };
        match (value.starts_with('{'), levels) {
            (true, 0) => {}
            (true, _) => flatten(value, &name, levels - 1, columns)?,
            (false, _) => columns.add(&name, Scanner::new(value).text().ok()?.as_deref().unwrap_or_default()),
        }
    }
    Some(())
}
