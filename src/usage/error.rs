//! What can be wrong with a log: one record ([`Fault`], [`Rejection`]) or all of it ([`ReadError`]).

use crate::time::Instant;
use serde::Serialize;
use std::fmt;
use thiserror::Error;

/// Why a record can't be an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Which kind, stable: `invalid_row` or `future`.
    pub code: &'static str,
    /// The column or JSON key at fault, when it is one.
    pub column: Option<String>,
    /// What is wrong and what would be right.
    pub reason: String,
}

impl Fault {
    pub(super) fn new(reason: impl Into<String>) -> Self {
        Self { code: "invalid_row", column: None, reason: reason.into() }
    }

    pub(super) fn at(column: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { column: Some(column.into()), ..Self::new(reason) }
    }

    /// A time that has not come yet.
    pub(super) fn future(at: Instant) -> Self {
        let reason = format!("{at} is in the future; correct it, or add --future if you mean it");
        Self { code: "future", ..Self::at("occurred_at", reason) }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.column {
            Some(column) => write!(f, "{}: {}", shown(column), self.reason),
            None => f.write_str(&self.reason),
        }
    }
}

impl std::error::Error for Fault {}

/// A record that can't be an event, where it is, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Rejection {
    /// The file as the user named it.
    pub file: String,
    /// The number of the line, from 1.
    pub line: u64,
    /// Which kind, stable: `invalid_row` or `future`.
    pub code: &'static str,
    /// The column or JSON key at fault, when it is one, as the log names it.
    pub column: Option<String>,
    /// What is wrong and what would be right.
    pub reason: String,
    /// The record as the log has it, where records are kept.
    #[serde(skip)]
    pub row: Option<Box<[u8]>>,
}

/// Why the rest of a log can't be read.
#[derive(Debug, Error)]
#[error("{file}{}: {problem}", .line.map(|line| format!(":{line}")).unwrap_or_default())]
pub struct ReadError {
    /// The file as the user named it.
    pub file: String,
    /// Where, from 1, when it is one place.
    pub line: Option<u64>,
    /// What is wrong.
    pub problem: Problem,
}

/// What a [`ReadError`] is about.
#[derive(Debug, Error)]
pub enum Problem {
    /// The operating system says no.
    #[error("can't be read: {0}")]
    Io(std::io::Error),
    /// Compressed data that ends before its end.
    #[error("the compressed data ends too early: the file was cut off; copy or download it again")]
    CutOff,
    /// Bytes after the compressed data.
    #[error("something that is no gzip follows the compressed data; `gzip -dc FILE > LOG` writes the log without it")]
    Trailing,
    /// Compressed data that is not what it should be.
    #[error("the compressed data is damaged ({0}); copy or download the file again")]
    Damaged(std::io::Error),
    /// Nothing, or nothing but white space.
    #[error("the file is empty; a CSV log starts with a header such as id,customer,event_type,occurred_at")]
    Empty,
    /// Another kind of file.
    #[error("this is {0}; usage logs are CSV or JSON lines in UTF-8, plain or compressed with gzip or zstd")]
    Foreign(&'static str),
    /// A header that can't be used.
    #[error(transparent)]
    Header(#[from] HeaderFault),
    /// A quoted CSV value without an end.
    #[error("a quoted value that starts in this row is never closed; write a quote inside a value as \"\"")]
    UnclosedQuote,
    /// Nothing but empty lines.
    #[error("a million empty lines follow each other; this is no log")]
    Empties,
    /// More kinds of events than can be held: how many there are of what.
    #[error(
        "its events are of more than a million kinds, which is more than memory is taken for: {0}; charge by a dimension only \
         where prices name its values, or divide the log"
    )]
    Kinds(String),
    /// More names of fields than can be held.
    #[error(
        "its records have more than 100,000 different keys; a key is the name of a field, so write what differs as its value"
    )]
    Keys,
    /// A single record of unreasonable length.
    #[error("a line is longer than 16 MiB; a log has one record on each line")]
    LongLine,
    /// A JSON document of unreasonable length.
    #[error(
        "a JSON document that spans lines is read whole, and this one is larger than 256 MiB; write one event on each line"
    )]
    LongDocument,
    /// A key of the mapping that says nothing of a log of this kind.
    #[error("this is a {kind} log, of which `{key}` says nothing; the mapping is for another kind of log")]
    IdleKey {
        /// The key, as the catalog spells it.
        key: &'static str,
        /// What kind of log it is.
        kind: &'static str,
    },
    /// A JSON document without the list that the mapping reads.
    #[error("the document has no list at {0}[], where the mapping's records are")]
    NoRecords(String),
    /// JSON without anything that could be a record.
    #[error("it has no records: JSON objects, or a list of them")]
    NoObjects,
    /// A JSON document that is not JSON.
    #[error("{0}")]
    Json(String),
}

/// What can be wrong with the header of a CSV log.
#[derive(Debug, Error)]
pub enum HeaderFault {
    /// It is not a row of CSV.
    #[error("in the header, {0}")]
    Malformed(String),
    /// One column, with what looks like another separator in it.
    #[error("the header's columns seem to be separated by `{sign}`; a mapping with delimiter = \"{sign}\" reads it", sign = .0.escape_default())]
    Separator(char),
    /// A line for Excel, which says the separator, before the header.
    #[error(
        "the first line only says what separates the columns; a mapping with skip_lines = 1 and delimiter = \"{}\" reads the log",
        .0.escape_default()
    )]
    ExcelSeparator(char),
    /// Lines that end as they did on old machines.
    #[error("the log's lines end with CR alone; save it with LF or CRLF at their ends")]
    CarriageReturns,
    /// More columns than a log can have.
    #[error("the header has more than 10,000 columns; leave out those that nothing is charged by")]
    TooMany,
    /// A column without a name: which one, from 1.
    #[error("column {0} of the header has no name; name it or leave it out")]
    NoName(usize),
    /// Two columns of the same name.
    #[error("the header has the column {} twice; rename one or leave it out", shown(.0))]
    Twice(String),
    /// A column that only the mapping has.
    #[error("the header has no column {}, which the mapping reads as {}{}", shown(theirs), shown(ours), meant(near))]
    NotThere {
        /// Its name by the mapping.
        theirs: String,
        /// What the mapping reads it as.
        ours: String,
        /// A column of a similar name.
        near: Option<String>,
    },
    /// A column that may be the currency of the costs, or something else.
    #[error("the column {} {}", shown(.0), unsure_currency(.0))]
    Currency(String),
    /// Columns that every event needs.
    #[error("the header has no {}", missing_columns(.missing, *.is_mapped))]
    Missing {
        /// Their names, each with a column of a similar name.
        missing: Vec<(&'static str, Option<String>)>,
        /// Whether the log is read by a mapping.
        is_mapped: bool,
    },
}

/// Said of a name that may stand for the currency of a record's costs: how to say that it does, or that it does not.
pub(super) fn unsure_currency(name: &str) -> String {
    format!(
        "may be the currency of the costs; call it cost_currency, or read the log with a [mapping.NAME] that says so, \
         columns = {{ cost_currency = {} }}, or that says theirs, constants = {{ cost_currency = \"USD\" }}",
        quoted(name)
    )
}

fn meant(near: &Option<String>) -> String {
    near.as_ref().map(|near| format!("; did you mean {}?", shown(near))).unwrap_or_default()
}

fn missing_columns(missing: &[(&str, Option<String>)], is_mapped: bool) -> String {
    let names: Vec<&str> = missing.iter().map(|(name, _)| *name).collect();
    let mut text = format!("{} {}", if names.len() == 1 { "column" } else { "columns" }, names.join(", "));
    for (name, near) in missing.iter().filter_map(|(name, near)| Some((name, near.as_ref()?))) {
        text += &format!("; is {} meant to be {name}?", shown(near));
    }
    text += match is_mapped {
        true => "; give the mapping a column or a constant for it",
        false => "; a log that names things otherwise is read with a [mapping.NAME] in the catalog and --map NAME",
    };
    text
}

/// A value for a message: quoted, shortened, and with control characters written as escapes.
pub(super) fn quoted(value: &str) -> String {
    format!("\"{}\"", shown(value))
}

/// The same without quotes, for names.
pub(super) fn shown(value: &str) -> String {
    const LONGEST: usize = 40;
    let mut text = String::new();
    for c in value.chars().take(LONGEST) {
        match c {
            '\'' => text.push(c),
            _ => text.extend(c.escape_debug()),
        }
    }
    if value.chars().nth(LONGEST).is_some() {
        text.push('…');
    }
    text
}

/// `; did you mean ...?` when one of the candidates is close to the name, else nothing.
pub(super) fn did_you_mean<'a>(name: &str, candidates: impl Iterator<Item = &'a str>) -> String {
    closest(name, candidates).map(|near| format!("; did you mean {}?", shown(near))).unwrap_or_default()
}

/// The candidate that looks like a misspelling of the name, if one does. Names too long to be anyone's are not compared.
pub(super) fn closest<'a>(name: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let plain = |text: &str| text.trim().to_lowercase().replace([' ', '-'], "_");
    let wanted = plain(name);
    candidates
        .filter(|candidate| candidate.len() <= 100 && wanted.len() <= 100)
        .map(|candidate| (strsim::osa_distance(&wanted, &plain(candidate)), candidate))
        .filter(|(distance, candidate)| *distance * 3 <= candidate.chars().count().max(wanted.chars().count()))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_shown_harmlessly() {
        assert_eq!(quoted("1,5"), "\"1,5\"");
        assert_eq!(quoted("a\u{1b}[31m\n\u{202e}\""), "\"a\\u{1b}[31m\\n\\u{202e}\\\"\"");
        assert_eq!(shown("it's"), "it's");
        assert_eq!(shown(&"é".repeat(41)), "é".repeat(40) + "…");
    }

    #[test]
    fn close_names_are_found() {
        let names = || ["id", "customer", "event_type", "occurred_at"].into_iter();
        for (typed, meant) in [("custmer", "customer"), ("Event Type", "event_type"), ("occured-at", "occurred_at")] {
            assert_eq!(closest(typed, names()), Some(meant), "{typed}");
        }
        assert_eq!(closest("tokens", names()), None);
    }
}
