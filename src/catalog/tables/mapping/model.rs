//! What a mapping is once it is read.

use super::columns::ALL;
use super::ids::MadeId;
use super::log::{DECIMAL, DELIMITER, HEADER, LogFormat, NumberFormat, RECORDS, RecordPath, SKIP_LINES};
use super::values::{Pattern, Translation};
use crate::catalog::sum::Sum;
use crate::catalog::value::DimensionValue;
use crate::time::TimeFormat;
use std::collections::{BTreeMap, BTreeSet};

/// How another system's log is read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Mapping {
    /// What kind of log it is; found out by looking where it isn't said.
    pub format: Option<LogFormat>,
    /// Where the records are in a JSON document.
    pub records: Option<RecordPath>,
    /// What stands between the values of a CSV row, if not a comma.
    pub delimiter: Option<char>,
    /// How a CSV log writes numbers, if not as `1234.5`.
    pub numbers: Option<NumberFormat>,
    /// Lines before a CSV log's header.
    pub skip_lines: u32,
    /// The names of the columns of a CSV log without a header.
    pub header: Option<Vec<String>>,
    /// Columns of the log: records that have nothing in one of them are left out.
    pub skip_when_empty: Vec<String>,
    /// Columns of the log with a value: records that have it are left out.
    pub skip_when: BTreeMap<String, DimensionValue>,
    /// Our name to what is read: a column of the log, or a sum of some. Columns that are not named keep their own name.
    pub columns: BTreeMap<String, Sum>,
    /// Our names whose columns a log need not have, because the source has several forms.
    pub optional: BTreeSet<String>,
    /// The path of an object of a JSON record whose fields keep their own names.
    pub spread: Option<String>,
    /// Our name to a value that every record has.
    pub constants: BTreeMap<String, String>,
    /// Our name to the value of records that have none.
    pub defaults: BTreeMap<String, String>,
    /// Our name to what some of the log's values mean; `cost` is for all costs.
    pub values: BTreeMap<String, Translation>,
    /// Columns of the log that are not kept.
    pub drop: Vec<Pattern>,
    /// Columns of the log that are not kept unless `keep` names them: what `drop` of the extended mapping names.
    pub base_drop: Vec<Pattern>,
    /// Columns of the log that are kept although their names look like secrets.
    pub keep: Vec<Pattern>,
    /// What the mapping's own table names in `drop` and `keep`.
    pub own_patterns: Vec<Pattern>,
    /// How `occurred_at` is written.
    pub time: TimeFormat,
    /// How ids are made; `None` when they are read from the log.
    pub id: Option<MadeId>,
    /// Our names of what may grow: a content id is not made from it.
    pub totals: BTreeSet<String>,
    /// What is lost or unsure in logs of the source that it is for, or extends.
    pub warnings: Vec<&'static str>,
}

impl Mapping {
    /// Whether it says itself what this name of ours stands for.
    pub fn names(&self, ours: &str) -> bool {
        self.columns.contains_key(ours) || self.constants.contains_key(ours)
    }

    /// Whether ids are made from this field by its name.
    pub fn makes_ids_of(&self, field: &str) -> bool {
        matches!(&self.id, Some(MadeId::Fields(fields)) if fields.contains(field))
    }

    /// A key that says nothing of a JSON log, or of a CSV log. A source of several forms has such keys.
    pub fn idle_key(&self, is_json: bool) -> Option<&'static str> {
        if !self.optional.is_empty() {
            return None;
        }
        let of_csv = [
            (DELIMITER.name, self.delimiter.is_some()),
            (DECIMAL.name, self.numbers.is_some()),
            (SKIP_LINES.name, self.skip_lines > 0),
            (HEADER.name, self.header.is_some()),
        ];
        let of_json = [(RECORDS.name, self.records.is_some()), (ALL, self.spread.is_some())];
        let keys = if is_json { of_csv.as_slice() } else { &of_json };
        keys.iter().find(|(_, is_said)| *is_said).map(|(key, _)| *key)
    }

    /// What some of the log's values mean for this name of ours.
    pub fn translation(&self, ours: &str) -> Option<&Translation> {
        self.values.get(ours).or_else(|| self.values.get("cost").filter(|_| ours.starts_with("cost.")))
    }
}
