//! Which of a log's columns are read as what.

use super::known::Known;
use crate::catalog::codes::Code;
use crate::catalog::fields::{Fields, Node};
use crate::catalog::finding::{Findings, quoted};
use crate::catalog::keys::{Key, Kind};
use crate::catalog::sum::{Operand, Sum};
use crate::time::{TimeForm, TimeFormat, zone};
use std::collections::{BTreeMap, BTreeSet};

const COLUMNS: Key = Key::new(
    "columns",
    Kind::Map,
    "drawdown's name for a field, and what of the log is read: a column, a path in nested JSON such as \
     \"usage.prompt_tokens\", or a sum and difference such as \"prompt_tokens - cached_tokens\"; of names, such as the customer's, the \
     first that is there. Other columns keep their \
     names. \"*\" = \"payload.*\" reads all fields of a JSON object under their own names.",
);
const CONSTANTS: Key = Key::new("constants", Kind::Map, "Fields that every record has, and their values.");
const DEFAULTS: Key = Key::new("defaults", Kind::Map, "Values for fields that a record does not have, or has empty.");
const TIME_FORMAT: Key = Key::new(
    "time_format",
    Kind::Text,
    "How `occurred_at` is written, if not as in 2026-07-01T00:00:00Z: `unix`, `unix_ms`, `unix_us` or `unix_ns` for numbers \
     since 1970, or a layout as for strptime, such as \"%Y-%m-%d %H:%M:%S%.f\". A layout without an offset (%z) or zone (%Q) \
     is read in `time_zone`, or as UTC.",
)
.note("a layout, or unix, unix_ms, unix_us or unix_ns");
const TIME_ZONE: Key = Key::new(
    "time_zone",
    Kind::Text,
    "The time zone of times without an offset, such as \"Europe/Berlin\". A time that its clocks show twice is the earlier; \
     one that they skip is refused.",
);
pub(super) const KEYS: &[Key] = &[COLUMNS, CONSTANTS, DEFAULTS, TIME_FORMAT, TIME_ZONE];

/// Stands for our name where all fields of an object keep theirs.
pub(super) const ALL: &str = "*";
/// The end of a path that stands for all fields of an object.
const ALL_BELOW: &str = ".*";

/// What a mapping reads of a log.
#[derive(Debug, Clone, Default)]
pub(super) struct Columns {
    pub columns: BTreeMap<String, Sum>,
    pub optional: BTreeSet<String>,
    pub spread: Option<String>,
    pub constants: BTreeMap<String, String>,
    pub defaults: BTreeMap<String, String>,
}

impl Columns {
    /// Reads what a table says, over what it extends.
    pub fn take(&mut self, table: &mut Fields<'_>, known: Option<&Known<'_>>, findings: &mut Findings) {
        let columns = texts(table.get(&COLUMNS, findings), known, findings);
        let constants_node = table.get(&CONSTANTS, findings);
        let constants = texts(constants_node, known, findings);
        for (node, _) in columns.iter().filter(|(node, _)| constants.iter().any(|(other, _)| other.key == node.key)) {
            let message = format!("{} is both a column and a constant", quoted(node.key));
            let spot = constants_node.map_or(table.spot, |node| node.spot);
            findings.add(Code::ConflictingKeys, spot, message).help("keep one of them");
        }
        for (node, text) in columns {
            self.constants.remove(node.key);
            self.read(node.key, &text, node, findings);
        }
        for (node, text) in constants {
            self.columns.remove(node.key);
            self.constants.insert(node.key.to_owned(), text);
        }
        let defaults = texts(table.get(&DEFAULTS, findings), known, findings);
        for (node, text) in defaults {
            if self.constants.contains_key(node.key) {
                let message = format!("{} is a constant, so a default for it has no effect", quoted(node.key));
                findings.add(Code::ConflictingKeys, node.key_spot, message).help("keep one of them");
            }
            self.defaults.insert(node.key.to_owned(), text);
        }
    }

    /// Whether this name of ours is given to something.
    pub fn has(&self, ours: &str) -> bool {
        self.columns.contains_key(ours) || self.constants.contains_key(ours)
    }

    /// Reads a column as this name of ours.
    pub fn read(&mut self, ours: &str, text: &str, node: Node<'_>, findings: &mut Findings) {
        if ours == ALL {
            match text.strip_suffix(ALL_BELOW).filter(|path| !path.is_empty()) {
                Some(path) => self.spread = Some(path.to_owned()),
                None => {
                    let message = format!("{} is not an object's fields", quoted(text));
                    findings.add(Code::UnknownValue, node.spot, message).help("write \"*\" = \"payload.*\"");
                }
            }
            return;
        }
        self.optional.remove(ours);
        match Sum::parse(text) {
            Ok(sum) if !suits(ours, &sum) => {
                let message = format!("{} is no number that could be added up", quoted(ours));
                findings.add(Code::UnknownValue, node.spot, message).help(
                    "name one column, or several with ` + ` between them, of which the first that is there counts; `cost_currency` is one",
                );
            }
            Ok(sum) => drop(self.columns.insert(ours.to_owned(), sum)),
            Err(error) => {
                findings.add(Code::UnknownValue, node.spot, format!("{}: {error}", quoted(ours)));
            }
        }
    }

    /// Our name for a column that is read as one field.
    pub fn ours(&self, theirs: &str) -> Option<String> {
        let is_ours = self.columns.contains_key(theirs);
        let mut columns = self.columns.iter().filter(|_| !is_ours);
        columns.find(|(_, sum)| sum.as_field() == Some(theirs)).map(|(ours, _)| ours.clone())
    }
}

/// Whether a sum can be read as this name of ours: who, what and when are texts, for which it only says which column is read.
fn suits(ours: &str, sum: &Sum) -> bool {
    let chooses = || sum.terms().iter().all(|term| !term.is_minus && matches!(term.operand, Operand::Field(_)));
    match ours {
        "id" | "customer" | "event_type" | "occurred_at" | "subject" => chooses(),
        "cost_currency" => sum.as_field().is_some(),
        _ => true,
    }
}

/// A table from our names to texts.
fn texts<'a>(node: Option<Node<'a>>, known: Option<&Known<'_>>, findings: &mut Findings) -> Vec<(Node<'a>, String)> {
    let Some(table) = node.and_then(|node| node.fields(findings)) else { return Vec::new() };
    let mut texts = Vec::new();
    for entry in table.entries() {
        if let Some(known) = known.filter(|_| entry.key != ALL && entry.key != "cost") {
            known.check(entry, findings);
        }
        if entry.key == "cost" && entry.is_table() {
            let message = "a vendor's cost is one key, and a point in it makes two of it";
            findings
                .add(Code::WrongType, entry.key_spot, message)
                .help("put it in quotes, as in \"cost.openai\" = \"spend\"");
        } else if let Some(text) = entry.scalar(findings) {
            texts.push((entry, text));
        }
    }
    texts
}

/// How times are written: a layout of which every part is used, and a zone that says something.
pub(super) fn time(table: &mut Fields<'_>, base: TimeFormat, findings: &mut Findings) -> TimeFormat {
    let form = table.get(&TIME_FORMAT, findings).and_then(|node| {
        let text = node.name(findings)?;
        let read = TimeForm::parse(&text);
        if let Err(fault) = &read {
            let message = format!("{} {}", quoted(&text), fault.reason);
            findings.add(Code::BadTimeFormat, node.spot, message).help(&fault.help);
        }
        read.ok()
    });
    let zone_node = table.get(&TIME_ZONE, findings);
    let zone = zone_node.and_then(|node| {
        let read = zone(&node.name(findings)?);
        if let Err(error) = &read {
            findings.add(Code::UnknownValue, node.spot, error.to_string());
        }
        read.ok()
    });
    let form = form.unwrap_or(base.form);
    if let Some(node) = zone_node.filter(|_| form.has_offsets()) {
        let message =
            "`time_zone` has no effect: every time of this `time_format` has an offset, says UTC, or counts from 1970";
        findings.add(Code::ConflictingKeys, node.key_spot, message).help("remove it");
    }
    let zone = zone.or(base.zone).filter(|_| !form.has_offsets());
    TimeFormat { form, zone }
}
