//! What a log's file is made of.

use crate::catalog::codes::Code;
use crate::catalog::fields::{Fields, Node};
use crate::catalog::finding::{Findings, quoted};
use crate::catalog::keys::{Key, Kind, Word, plain_words};
use std::fmt;

const FORMAT: Key = Key::new(
    "format",
    Kind::Words(&FORMATS),
    "What kind of log it is. It is found out by looking where it isn't said.",
);
pub(super) const RECORDS: Key = Key::new(
    "records",
    Kind::Text,
    "Where the records are in JSON: a path such as \"data[].results[]\", in which [] stands for each element of a list. \
     `columns` may name what stands around a record by its path, such as \"data[].start_time\".",
);
pub(super) const DELIMITER: Key =
    Key::new("delimiter", Kind::Text, "What stands between the values of a CSV row: `,`, `;`, `|` or a tab (\"\\t\").");
pub(super) const DECIMAL: Key =
    Key::new("decimal", Kind::Text, "The sign before the decimals of a CSV log's numbers: `.` or `,`.");
const THOUSANDS: Key = Key::new(
    "thousands",
    Kind::Text,
    "The sign between groups of three digits in a CSV log's numbers: `.`, `,`, `'`, `_` or a space.",
);
pub(super) const SKIP_LINES: Key =
    Key::new("skip_lines", Kind::Whole(0, MOST_SKIPPED), "Lines that stand before a CSV log's header.");
pub(super) const HEADER: Key =
    Key::new("header", Kind::List(&Kind::Text), "The names of the columns of a CSV log that has no header.");
/// What only a CSV log has.
const OF_CSV: [&Key; 5] = [&DELIMITER, &DECIMAL, &THOUSANDS, &SKIP_LINES, &HEADER];
pub(super) const KEYS: &[Key] = &[FORMAT, RECORDS, DELIMITER, DECIMAL, THOUSANDS, SKIP_LINES, HEADER];

/// The most lines before a header.
const MOST_SKIPPED: i64 = 1_000;

/// What kind of log it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// Rows of values below a header.
    Csv,
    /// Objects, by the line, in a list, or within a document.
    Json,
}

impl LogFormat {
    /// The words that name them.
    pub const NAMES: [(&str, Self); 2] = [("csv", Self::Csv), ("json", Self::Json)];
}

static FORMATS: [Word; 2] = plain_words(&LogFormat::NAMES);

/// How a CSV log writes numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NumberFormat {
    /// Stands before the decimals.
    pub decimal: char,
    /// Stands between groups of three digits.
    pub thousands: Option<char>,
}

/// Where the records are in a JSON document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordPath {
    /// From the outside to the records.
    pub steps: Vec<PathStep>,
}

/// One step of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathStep {
    /// The key; empty for the document itself.
    pub key: String,
    /// Whether each element of a list is meant.
    pub is_list: bool,
}

impl RecordPath {
    /// Reads a path such as `data[].results[]`.
    fn parse(text: &str) -> Option<Self> {
        let step = |(index, part): (usize, &str)| {
            let (key, is_list) = part.strip_suffix("[]").map_or((part, false), |key| (key, true));
            let is_key = !key.contains(['[', ']']) && (!key.is_empty() || index == 0 && is_list);
            is_key.then(|| PathStep { key: key.to_owned(), is_list })
        };
        let steps = text.split('.').enumerate().map(step).collect::<Option<Vec<_>>>()?;
        Some(Self { steps })
    }
}

impl fmt::Display for RecordPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, PathStep { key, is_list }) in self.steps.iter().enumerate() {
            let point = if index == 0 { "" } else { "." };
            write!(f, "{point}{key}{}", if *is_list { "[]" } else { "" })?;
        }
        Ok(())
    }
}

/// What is said of a log's file.
#[derive(Debug, Clone, Default)]
pub(super) struct Log {
    pub format: Option<LogFormat>,
    pub records: Option<RecordPath>,
    pub delimiter: Option<char>,
    pub decimal: Option<char>,
    pub thousands: Option<char>,
    pub skip_lines: Option<u32>,
    pub header: Option<Vec<String>>,
}

impl Log {
    /// Reads what a table says, over what it extends.
    pub fn take(&mut self, table: &mut Fields<'_>, findings: &mut Findings) {
        let format = table.choice(&FORMAT, &LogFormat::NAMES, findings);
        let records = table.get(&RECORDS, findings);
        let of_csv: Vec<_> = OF_CSV.into_iter().filter_map(|key| table.get(key, findings)).collect();
        self.format = format.or(self.format);
        match (self.format, records, of_csv.first()) {
            (Some(LogFormat::Csv), Some(node), _) | (None, Some(node), Some(_)) => idle(node, "CSV", findings),
            (Some(LogFormat::Json), _, Some(node)) => idle(*node, "JSON", findings),
            _ => {}
        }
        if let Some(node) = records {
            self.records = node.name(findings).and_then(|text| {
                let path = RecordPath::parse(&text);
                if path.is_none() {
                    let finding =
                        findings.add(Code::UnknownValue, node.spot, format!("{} is not a path", quoted(&text)));
                    finding
                        .help("write keys with points between them, and [] behind a list, as in \"data[].results[]\"");
                }
                path
            });
        }
        let sign = |key: &Key, signs: &str, table: &mut Fields<'_>, findings: &mut Findings| {
            table.get(key, findings).and_then(|node| sign(node, signs, findings))
        };
        self.delimiter = sign(&DELIMITER, ",;|\t", table, findings).or(self.delimiter);
        self.decimal = sign(&DECIMAL, ".,", table, findings).or(self.decimal);
        self.thousands = sign(&THOUSANDS, ".,'_ \u{a0}\u{202f}", table, findings).or(self.thousands);
        if let Some(node) =
            table.get(&THOUSANDS, findings).filter(|_| self.thousands == Some(self.decimal.unwrap_or('.')))
        {
            let message = "`thousands` and `decimal` are the same sign";
            findings
                .add(Code::ConflictingKeys, node.spot, message)
                .help("say both, as in decimal = \",\" and thousands = \".\"");
        }
        let skipped = table.get(&SKIP_LINES, findings).and_then(|node| node.whole(0..=MOST_SKIPPED as u32, findings));
        self.skip_lines = skipped.or(self.skip_lines);
        if let Some(node) = table.get(&HEADER, findings) {
            self.header = Some(node.items(findings).into_iter().filter_map(|item| item.name(findings)).collect());
        }
    }

    /// How numbers are written, if not plainly.
    pub fn numbers(&self) -> Option<NumberFormat> {
        let format = NumberFormat { decimal: self.decimal.unwrap_or('.'), thousands: self.thousands };
        (format.decimal != '.' || format.thousands.is_some()).then_some(format)
    }
}

fn idle(node: Node<'_>, kind: &str, findings: &mut Findings) {
    let message = format!("{} has no effect on a {kind} log", quoted(node.key));
    findings.add(Code::ConflictingKeys, node.key_spot, message).help("remove it, or correct `format`");
}

/// One of a few signs.
fn sign(node: Node<'_>, signs: &str, findings: &mut Findings) -> Option<char> {
    let text = node.separator(findings)?;
    let found = signs.chars().find(|sign| sign.to_string() == text);
    if found.is_none() {
        let message = format!("{} can't be {}", quoted(node.key), quoted(&text));
        let all: Vec<String> = signs.chars().map(|sign| format!("{:?}", sign.to_string())).collect();
        findings.add(Code::UnknownValue, node.spot, message).help(format!("use one of: {}", all.join(", ")));
    }
    found
}
