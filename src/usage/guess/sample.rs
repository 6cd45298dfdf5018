//! The first records of a log, as columns of texts.

use crate::catalog::LogFormat;
use std::collections::BTreeMap;

/// As many records are looked at.
pub(super) const MOST_RECORDS: usize = 500;

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

/// Columns in the order in which they come up.
#[derive(Default)]
pub(super) struct Columns {
    places: BTreeMap<String, usize>,
    pub columns: Vec<SampleColumn>,
}

impl Columns {
    pub fn add(&mut self, name: &str, value: &str) {
        let place = *self.places.entry(name.to_owned()).or_insert_with(|| {
            self.columns.push(SampleColumn { name: name.to_owned(), values: Vec::new() });
            self.columns.len() - 1
        });
        if !value.trim().is_empty() {
            self.columns[place].values.push(value.to_owned());
        }
    }
}
