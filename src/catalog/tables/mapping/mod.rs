//! `[mapping.NAME]`: how another system's log is read.

mod columns;
mod ids;
mod known;
mod log;
mod values;

use super::context::Unique;
use super::product::Product;
use super::vendor::Vendor;
use crate::catalog::codes::Code;
use crate::catalog::fields::{Fields, Node};
use crate::catalog::finding::Findings;
use crate::catalog::keys::Table;
use crate::catalog::sum::Sum;
use crate::time::TimeFormat;
use columns::Columns;
use known::Known;
use log::Log;
use std::collections::BTreeMap;
use values::Values;

pub use ids::MadeId;
pub use log::{LogFormat, NumberFormat, PathStep, RecordPath};
pub use values::{Pattern, Translation};

/// `[mapping.NAME]`.
pub static MAPPING: Table = Table::new("mapping", &[log::KEYS, columns::KEYS, values::KEYS, ids::KEYS]);

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
    pub skip_when: BTreeMap<String, Pattern>,
    /// Our name to what is read: a column of the log, or a sum of some. Columns that are not named keep their own name.
    pub columns: BTreeMap<String, Sum>,
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
    /// Columns of the log that are kept although their names look like secrets.
    pub keep: Vec<Pattern>,
    /// How `occurred_at` is written.
    pub time: TimeFormat,
    /// How ids are made; `None` when they are read from the log.
    pub id: Option<MadeId>,
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

    /// A key that says nothing of a JSON log, or of a CSV log.
    pub fn idle_key(&self, is_json: bool) -> Option<&'static str> {
        let keys = match is_json {
            true => [
                ("delimiter", self.delimiter.is_some()),
                ("decimal", self.numbers.is_some()),
                ("skip_lines", self.skip_lines > 0),
                ("header", self.header.is_some()),
            ],
            false => [("records", self.records.is_some()), ("*", self.spread.is_some()), ("", false), ("", false)],
        };
        keys.into_iter().find(|(_, is_said)| *is_said).map(|(key, _)| key)
    }

    /// What some of the log's values mean for this name of ours.
    pub fn translation(&self, ours: &str) -> Option<&Translation> {
        self.values.get(ours).or_else(|| self.values.get("cost").filter(|_| ours.starts_with("cost.")))
    }
}

/// Reads all mappings.
pub(in crate::catalog) fn mappings(
    nodes: Vec<Node<'_>>,
    vendors: &[Vendor],
    products: &[Product],
    findings: &mut Findings,
) -> BTreeMap<String, Mapping> {
    let known = Known::new(vendors, products);
    let mut names = Unique::new("mapping");
    let mut mappings = BTreeMap::new();
    for node in nodes {
        let Some(table) = node.fields(findings) else { continue };
        names.add(Code::DuplicateCode, node.key, node.key_spot, findings);
        mappings.insert(node.key.to_owned(), mapping(table, Some(&known), findings));
    }
    mappings
}

fn mapping(mut table: Fields<'_>, known: Option<&Known<'_>>, findings: &mut Findings) -> Mapping {
    let (mut log, mut columns, mut values) = (Log::default(), Columns::default(), Values::default());
    log.take(&mut table, findings);
    columns.take(&mut table, known, findings);
    values.take(&mut table, findings);
    let time = columns::time(&mut table, TimeFormat::default(), findings);
    let id = table.get(&ids::ID, findings).and_then(|node| ids::id(node, &mut columns, findings));
    table.finish(findings);
    Mapping {
        numbers: log.numbers(),
        format: log.format,
        records: log.records,
        delimiter: log.delimiter,
        skip_lines: log.skip_lines.unwrap_or_default(),
        header: log.header,
        skip_when_empty: values.skip_when_empty,
        skip_when: values.skip_when,
        columns: columns.columns,
        spread: columns.spread,
        constants: columns.constants,
        defaults: columns.defaults,
        values: values.values,
        drop: values.drop,
        keep: values.keep,
        time,
        id,
    }
}
