//! What a log's values mean, and which of its records and columns are left out.

use crate::catalog::codes::Code;
use crate::catalog::fields::{Fields, Node};
use crate::catalog::finding::{Findings, quoted};
use crate::catalog::keys::{Key, Kind};
use crate::catalog::value::DimensionValue;
use std::collections::BTreeMap;

const VALUES: Key = Key::new(
    "values",
    Kind::Maps,
    "drawdown's name for a field, and a table of what the log writes there and what it means. A text that ends in `*` stands \
     for all that begin so. `cost` is for all costs. Other values stay as they are.",
);
const SKIP_WHEN_EMPTY: Key = Key::new(
    "skip_when_empty",
    Kind::Names,
    "Columns of the log: records that have nothing in one of them, such as totals, are left out and counted.",
);
const SKIP_WHEN: Key = Key::new(
    "skip_when",
    Kind::Map,
    "Columns of the log and a value: records that have it, such as those that failed, are left out and counted. As in rows of \
     prices, a text that ends in `*` stands for all that begin so, and a number or a boolean for each of its spellings.",
);
const DROP: Key = Key::new(
    "drop",
    Kind::Names,
    "Columns of the log that are not kept. A name that ends in `*` stands for all that begin so. Columns whose names look like \
     secrets are not kept either, unless `keep`, a price or this mapping names them.",
);
const KEEP: Key = Key::new(
    "keep",
    Kind::Names,
    "Columns of the log that are kept although their names look like secrets, or `drop` of the extended mapping names them.",
);
pub(super) const KEYS: &[Key] = &[VALUES, SKIP_WHEN_EMPTY, SKIP_WHEN, DROP, KEEP];

/// A text, or with a `*` at its end all that begin so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern(String);

impl Pattern {
    /// From how it is written.
    pub fn new(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// Whether this is one of the texts.
    pub fn matches(&self, text: &str) -> bool {
        match self.0.strip_suffix('*') {
            Some(start) => text.starts_with(start),
            None => text == self.0,
        }
    }

    /// As it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What some texts of a log mean.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Translation {
    exact: BTreeMap<String, String>,
    /// What texts begin with, the longest first.
    prefixes: Vec<(String, String)>,
}

impl Translation {
    /// What this text means, if it is said: by itself, or by its longest beginning.
    pub fn of(&self, text: &str) -> Option<&str> {
        let by_prefix = || self.prefixes.iter().find(|(start, _)| text.starts_with(start)).map(|(_, meaning)| meaning);
        self.exact.get(text).or_else(by_prefix).map(String::as_str)
    }

    fn add(&mut self, text: &str, meaning: String) {
        let Some(start) = text.strip_suffix('*') else {
            self.exact.insert(text.to_owned(), meaning);
            return;
        };
        self.prefixes.retain(|(known, _)| known != start);
        let place = self.prefixes.partition_point(|(known, _)| known.len() >= start.len());
        self.prefixes.insert(place, (start.to_owned(), meaning));
    }
}

/// What values mean and what is left out.
#[derive(Debug, Clone, Default)]
pub(super) struct Values {
    pub values: BTreeMap<String, Translation>,
    pub skip_when_empty: Vec<String>,
    pub skip_when: BTreeMap<String, DimensionValue>,
    pub drop: Vec<Pattern>,
    pub base_drop: Vec<Pattern>,
    pub keep: Vec<Pattern>,
    pub own_patterns: Vec<Pattern>,
}

impl Values {
    /// Reads what a table says, over what it extends.
    pub fn take(&mut self, table: &mut Fields<'_>, findings: &mut Findings) {
        for field in table.table(&VALUES, findings).into_iter().flat_map(|table| table.entries()) {
            let Some(meanings) = field.fields(findings) else { continue };
            let translation = self.values.entry(field.key.to_owned()).or_default();
            for entry in meanings.entries() {
                if let Some(meaning) = entry.scalar(findings) {
                    translation.add(entry.key, meaning);
                }
            }
        }
        for entry in table.table(&SKIP_WHEN, findings).into_iter().flat_map(|table| table.entries()) {
            // Unlike in a row, a text may be empty.
            let value = match entry.is_empty_text() {
                true => Some(DimensionValue::Text(String::new())),
                false => entry.dimension(findings),
            };
            if let Some(value) = value {
                self.skip_when.insert(entry.key.to_owned(), value);
            }
        }
        if let Some(node) = table.get(&SKIP_WHEN_EMPTY, findings) {
            self.skip_when_empty = names(node, findings);
        }
        let mut patterns = |key| {
            let node = table.get(key, findings)?;
            Some(names(node, findings).iter().map(|name| Pattern::new(name)).collect::<Vec<_>>())
        };
        let (drop, keep) = (patterns(&DROP), patterns(&KEEP));
        self.own_patterns = drop.iter().chain(&keep).flatten().cloned().collect();
        match (drop, &keep) {
            (Some(drop), _) => (self.drop, self.base_drop) = (drop, Vec::new()),
            (None, Some(_)) => self.base_drop.append(&mut self.drop),
            (None, None) => {}
        }
        self.keep = keep.unwrap_or_else(|| std::mem::take(&mut self.keep));
    }
}

/// A name, or a list of names in which none stands twice.
pub(super) fn names(node: Node<'_>, findings: &mut Findings) -> Vec<String> {
    let nodes = if node.is_array() { node.items(findings) } else { vec![node] };
    let mut names: Vec<String> = Vec::new();
    for node in nodes {
        let Some(name) = node.name(findings) else { continue };
        if names.contains(&name) {
            let message = format!("{} stands twice in {}", quoted(&name), quoted(node.key));
            findings.add(Code::DuplicateName, node.spot, message).help("remove one of them");
        } else {
            names.push(name);
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_beginning_counts_and_the_whole_text_most() {
        let mut translation = Translation::default();
        for (text, meaning) in [("openai/*", "other"), ("openai/gpt-5*", "five"), ("openai/gpt-5.1", "exact")] {
            translation.add(text, meaning.to_owned());
        }
        for (text, meaning) in [
            ("openai/gpt-5.1", Some("exact")),
            ("openai/gpt-5.1-2026", Some("five")),
            ("openai/o9", Some("other")),
            ("gpt-5", None),
        ] {
            assert_eq!(translation.of(text), meaning, "{text}");
        }
    }
}
