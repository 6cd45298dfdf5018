//! The beginning of a log, looked at.

use super::super::error::{Problem, ReadError};
use super::super::lines::{Lines, Source};
use super::json;
use super::sample::{MOST_RECORDS, Sample, SampleColumn};
use crate::catalog::LogFormat;
use std::sync::Arc;

/// As many bytes are looked at.
const MOST_BYTES: usize = 4 << 20;
/// As many lines may stand before a CSV log's header.
const MOST_BEFORE: usize = 20;
/// What may stand between the values of a CSV row.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// Looks at the beginning of a log.
///
/// # Errors
/// When it can't be read, or has no records.
pub(super) fn look(source: Source) -> Result<Sample, ReadError> {
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
    let fail = |problem| ReadError { line: None, ..lines.fail(problem) };
    match text.trim_start().chars().next() {
        None => Err(fail(Problem::Empty)),
        Some('{' | '[') => json::sample(&text).map_err(|(line, problem)| ReadError { line, ..fail(problem) }),
        Some(_) => csv(&text).ok_or_else(|| fail(Problem::Foreign("no table of two columns or more"))),
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
