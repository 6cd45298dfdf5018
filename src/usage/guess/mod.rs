//! How a log is probably read, by looking at its first records.

mod names;
mod sample;

use super::error::ReadError;
use super::lines::Source;
use super::secrets::is_secret;
use crate::catalog::{LogFormat, built_in, built_ins};
use crate::money::parse_cost;
use crate::time::{Instant, formats_of};
use names::Role;
use sample::{Sample, SampleColumn};
use std::collections::{BTreeMap, BTreeSet};
use toml_edit::Value;

/// A mapping that was guessed.
#[derive(Debug, Clone)]
pub struct Guess {
    /// The built-in mapping that reads the log, if its source is known.
    pub known: Option<&'static str>,
    /// Lines of the table: what is written, and what it was guessed by.
    pub lines: Vec<(String, String)>,
    /// The vendor whose costs the log has.
    pub vendor: Option<String>,
    /// What a person should decide.
    pub doubts: Vec<String>,
}

impl Guess {
    /// The table of that name, with a comment for each thing that was guessed.
    pub fn toml(&self, name: &str) -> String {
        let mut text = format!("[mapping.{name}]\n");
        for (line, comment) in &self.lines {
            if !comment.is_empty() {
                text += &format!("# {comment}\n");
            }
            text += &format!("{line}\n");
        }
        text
    }
}

/// Looks at a log's beginning. `vendor` is whose costs it has, if it has some.
///
/// # Errors
/// When it can't be read, or has no records.
pub fn guess(source: Source, vendor: &str) -> Result<Guess, ReadError> {
    let sample = Sample::take(source)?;
    Ok(known(&sample).unwrap_or_else(|| Guessing::new(&sample, vendor).all()))
}

/// The mapping of a source whose fields the log has.
fn known(sample: &Sample) -> Option<Guess> {
    let names: BTreeSet<&str> = sample.columns.iter().flat_map(|column| column.name.split('.')).collect();
    let has_all = |form: &Vec<&str>| form.iter().all(|name| names.contains(name));
    let sources = built_ins().filter_map(built_in);
    let fitting = sources.filter_map(|source| {
        let fit = source.known_by().iter().filter(|form| has_all(form)).map(Vec::len).max()?;
        Some((fit, source))
    });
    let (_, source) = fitting.max_by_key(|(fit, _)| *fit)?;
    let by = source.known_by().into_iter().find(has_all).unwrap_or_default().join(", ");
    let line = (format!("extends = {:?}", source.name), format!("Known by its fields: {by}"));
    let doubts = source.warnings().into_iter().map(str::to_owned).collect();
    Some(Guess { known: Some(source.name), lines: vec![line], vendor: None, doubts })
}

/// What is said of a log while it is looked at.
struct Guessing<'s> {
    sample: &'s Sample,
    vendor: &'s str,
    /// Columns by what they are for.
    roles: BTreeMap<Role, &'s SampleColumn>,
    lines: Vec<(String, String)>,
    doubts: Vec<String>,
}

impl<'s> Guessing<'s> {
    fn new(sample: &'s Sample, vendor: &'s str) -> Self {
        let mut roles: BTreeMap<Role, &SampleColumn> = BTreeMap::new();
        for role in Role::ALL {
            let free = sample.columns.iter().filter(|column| {
                !roles.values().any(|taken| taken.name == column.name) && suits(role, column, sample.count)
            });
            let ranked = free.filter_map(|column| Some((role.rank(&column.name)?, column)));
            if let Some((_, column)) = ranked.min_by_key(|(rank, _)| *rank) {
                roles.insert(role, column);
            }
        }
        Self { sample, vendor, roles, lines: Vec::new(), doubts: Vec::new() }
    }

    fn all(mut self) -> Guess {
        self.shape();
        self.columns();
        self.constants();
        self.time();
        self.id();
        let vendor = self.roles.contains_key(&Role::Cost).then(|| self.vendor.to_owned());
        Guess { known: None, lines: self.lines, vendor, doubts: self.doubts }
    }

    fn say(&mut self, key: &str, value: impl Into<Value>, comment: impl Into<String>) {
        self.lines.push((format!("{key} = {}", value.into()), comment.into()));
    }

    /// What the file is made of.
    fn shape(&mut self) {
        let sample = self.sample;
        if let Some(records) = &sample.records {
            self.say("records", records.as_str(), "The list in the document");
        }
        if sample.format != LogFormat::Csv {
            return;
        }
        if sample.skip_lines > 0 {
            self.say("skip_lines", sample.skip_lines as i64, "Lines before the header");
        }
        if sample.delimiter != b',' {
            self.say(
                "delimiter",
                char::from(sample.delimiter).to_string(),
                "Most rows have as many values as the header",
            );
        }
        let numbers: Vec<&String> = sample.columns.iter().flat_map(|column| &column.values).collect();
        let with_comma = numbers.iter().find(|text| is_with_comma(text));
        if let Some(example) =
            numbers.iter().find(|text| is_grouped(text)).filter(|_| sample.delimiter != b',' && with_comma.is_none())
        {
            self.doubts.push(format!(
                "{example} may be a number with a point between thousands; say so with `decimal` and `thousands`"
            ));
        }
        if let Some(example) = with_comma.filter(|_| sample.delimiter != b',') {
            self.say("decimal", ",", format!("As in {example}"));
            if let Some(example) = numbers.iter().find(|text| text.contains('.') && is_with_comma(text)) {
                self.say("thousands", ".", format!("As in {example}"));
            }
        }
    }

    fn columns(&mut self) {
        let mut columns = toml_edit::InlineTable::new();
        let mut told = Vec::new();
        for (role, column) in &self.roles {
            let theirs = self.theirs(*role, column);
            let ours = role.ours(self.vendor);
            // It is taken off another column, and counts by itself too.
            let is_taken_off = *role == Role::CachedTokens && self.cached_are_included();
            if ours != theirs || is_taken_off {
                told.push(format!("{ours} from {theirs}"));
                columns.insert(&ours, theirs.into());
            }
        }
        if !columns.is_empty() {
            self.say("columns", Value::InlineTable(columns), format!("By their names: {}", told.join(", ")));
        }
        let secrets: Vec<&str> =
            self.sample.columns.iter().map(|column| column.name.as_str()).filter(|n| is_secret(n)).collect();
        if !secrets.is_empty() {
            self.doubts.push(format!("not kept, because of their names: {}", secrets.join(", ")));
        }
    }

    /// What is read of a column. Tokens that include the cached ones are told by what they are part of.
    fn theirs(&self, role: Role, column: &SampleColumn) -> String {
        match (role, self.roles.get(&Role::CachedTokens)) {
            (Role::InputTokens, Some(cached)) if self.cached_are_included() => {
                format!("{} - {}", column.name, cached.name)
            }
            _ => column.name.clone(),
        }
    }

    /// Whether the cached tokens are among those of the prompt.
    fn cached_are_included(&self) -> bool {
        let includes = |name: &str| name.rsplit('.').next().is_some_and(|last| last.contains("prompt_tokens"));
        self.roles.get(&Role::InputTokens).is_some_and(|column| includes(&column.name))
    }

    /// What every event needs and no column has.
    fn constants(&mut self) {
        let mut constants = toml_edit::InlineTable::new();
        let is_model = [Role::InputTokens, Role::OutputTokens].iter().any(|role| self.roles.contains_key(role));
        if !self.roles.contains_key(&Role::EventType) {
            constants.insert("event_type", if is_model { "completion" } else { "usage" }.into());
        }
        if !self.roles.contains_key(&Role::Customer) {
            constants.insert("customer", "nobody".into());
            self.doubts
                .push("no column looks like the customer; name it in `columns`, or keep the constant".to_owned());
        }
        if !constants.is_empty() {
            self.say("constants", Value::InlineTable(constants), "No column looks like it");
        }
        let has_gaps = |column: &&SampleColumn| column.values.len() < self.sample.count;
        let timeless = self.roles.get(&Role::OccurredAt).copied().filter(has_gaps);
        if let Some(column) = timeless {
            self.say("skip_when_empty", column.name.as_str(), "Some records have no time, as totals have none");
        }
        if timeless.is_none() && self.roles.get(&Role::Customer).copied().is_some_and(|column| has_gaps(&column)) {
            let mut defaults = toml_edit::InlineTable::new();
            defaults.insert("customer", "nobody".into());
            self.say("defaults", Value::InlineTable(defaults), "Some records name no customer");
        }
    }

    fn time(&mut self) {
        let Some(column) = self.roles.get(&Role::OccurredAt) else {
            self.doubts.push("no column looks like a time; name it in `columns` as occurred_at".to_owned());
            return;
        };
        if column.values.iter().all(|text| Instant::parse(text).is_ok()) {
            return;
        }
        let formats = formats_of_all(&column.values);
        let example = column.values.first().cloned().unwrap_or_default();
        let Some(first) = formats.first() else {
            self.doubts.push(format!("{example:?} is a time that no common layout reads; write its `time_format`"));
            return;
        };
        let other = formats.iter().find(|other| is_month_first(other) != is_month_first(first));
        if let Some(other) = other {
            self.doubts.push(format!(
                "{example:?} could also be {other:?}, with the month first: no day in the log is above 12"
            ));
        }
        self.say("time_format", *first, format!("As in {example}"));
        if !first.starts_with("unix") && !first.contains("%z") {
            self.doubts.push("times have no offset and are read as UTC; `time_zone` says another zone".to_owned());
        }
    }

    fn id(&mut self) {
        if !self.roles.contains_key(&Role::Id) {
            self.say("id", "content", "No column has an id of its own for each record");
        }
    }
}

/// Whether a column's values can be what it is taken for.
fn suits(role: Role, column: &SampleColumn, count: usize) -> bool {
    let all = |test: &dyn Fn(&String) -> bool| !column.values.is_empty() && column.values.iter().all(test);
    match role {
        Role::OccurredAt => all(&|text| Instant::parse(text).is_ok() || !formats_of(text).is_empty()),
        Role::Id => column.values.len() == count && column.values.iter().collect::<BTreeSet<_>>().len() == count,
        Role::EventType => column.values.len() == count && column.values.iter().collect::<BTreeSet<_>>().len() <= 50,
        Role::InputTokens | Role::CachedTokens | Role::CacheWriteTokens | Role::OutputTokens => {
            all(&|text| text.bytes().all(|byte| byte.is_ascii_digit() || b".,".contains(&byte)))
        }
        Role::Cost => column.values.iter().any(|text| parse_cost(&text.replace(',', ".")).is_ok()),
        Role::CostCurrency => all(&|text| text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_alphabetic())),
        Role::Customer | Role::Subject | Role::Model => !column.values.is_empty(),
    }
}

/// The formats that read all of some texts.
fn formats_of_all(texts: &[String]) -> Vec<&'static str> {
    let mut formats = texts.first().map(|text| formats_of(text)).unwrap_or_default();
    for text in texts {
        let own = formats_of(text);
        formats.retain(|format| own.contains(format));
    }
    formats
}

fn is_month_first(format: &str) -> bool {
    format.starts_with("%m")
}

/// Whether a text may be a number with points between groups of three digits.
fn is_grouped(text: &str) -> bool {
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    text.split_once('.').is_some_and(|(first, rest)| {
        matches!(first.len(), 1..=3)
            && first != "0"
            && is_digits(first)
            && rest.split('.').all(|group| group.len() == 3 && is_digits(group))
    })
}

/// Whether a text is a number with a comma before its decimals.
fn is_with_comma(text: &str) -> bool {
    let Some((whole, decimals)) = text.split_once(',') else { return false };
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_digits(decimals) && whole.trim_start_matches('-').split('.').all(is_digits)
}
