//! How a log is probably read, by looking at its first records.

mod json;
mod look;
mod names;
mod numbers;
mod sample;

use super::cost_names::is_near_currency;
use super::error::ReadError;
use super::lines::Source;
use super::made::plain_number;
use super::secrets::is_secret;
use super::spelling::{bare, mend_cost, spellings};
use crate::catalog::{LogFormat, NumberFormat, built_in, built_ins};
use crate::money::parse_cost;
use crate::time::{Instant, TimeForm, formats_of};
use look::look;
use names::{Role, is_among, is_beside};
use numbers::{Written, count_is_written};
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
    let sample = look(source)?;
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
    /// How a CSV log writes numbers.
    numbers: Option<NumberFormat>,
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
        if !roles.contains_key(&Role::OccurredAt) {
            roles.extend(time_by_name(sample, &roles).map(|column| (Role::OccurredAt, column)));
        }
        Self { sample, vendor, roles, numbers: None, lines: Vec::new(), doubts: Vec::new() }
    }

    fn all(mut self) -> Guess {
        self.shape();
        self.columns();
        self.costs();
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
        self.numbers();
    }

    /// How numbers are written, if not as ours are.
    fn numbers(&mut self) {
        let sample = self.sample;
        let counts = [Role::InputTokens, Role::CachedTokens, Role::CacheWriteTokens, Role::OutputTokens];
        let is_count = |name: &str| counts.iter().any(|role| role.rank(name).is_some());
        let (counted, others) = sample.columns.iter().partition::<Vec<&SampleColumn>, _>(|it| is_count(&it.name));
        let texts =
            |columns: Vec<&'s SampleColumn>| columns.into_iter().flat_map(|it| it.values.iter().map(String::as_str));
        let written = Written::new(texts(counted).collect(), texts(others).collect(), sample.delimiter == b',');
        let decimal = if written.decimal_comma.is_some() { ',' } else { '.' };
        self.numbers = Some(NumberFormat { decimal, thousands: written.thousands.map(|(sign, _)| sign) });
        if let Some(example) = written.decimal_comma {
            self.say("decimal", ",", format!("As in {example}"));
        }
        if let Some((sign, example)) = written.thousands {
            self.say("thousands", sign.to_string(), format!("As in {example}"));
        }
        self.doubts.extend(written.doubt);
    }

    /// Costs that are no numbers as the log writes them, and columns of which each may be their currency.
    fn costs(&mut self) {
        let is_read = |text: &str| {
            parse_cost(text).is_ok() || self.numbers.is_some_and(|format| plain_number(text, format).is_some())
        };
        let costs = self.roles.get(&Role::Cost).into_iter().flat_map(|column| &column.values);
        let unread = costs.map(String::as_str).find(|text| !is_read(text));
        self.doubts.extend(unread.map(|text| format!("{text:?} is no cost; {}", mend_cost(text))));
        let Some(own) = self.roles.get(&Role::CostCurrency) else { return };
        let others =
            self.sample.columns.iter().filter(|column| is_near_currency(&column.name) && column.name != own.name);
        let others: Vec<&str> = others.map(|column| column.name.as_str()).collect();
        if !others.is_empty() {
            let doubt = format!(
                "{} is read as the currency of the costs, which may be another column's: {}",
                own.name,
                others.join(", ")
            );
            self.doubts.push(doubt);
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
            (Role::OutputTokens, _) => match self.sample.columns.iter().find(|it| is_beside(&it.name, &column.name)) {
                Some(thoughts) => format!("{} + {}", column.name, thoughts.name),
                None => column.name.clone(),
            },
            _ => column.name.clone(),
        }
    }

    /// Whether the cached tokens are among those of the prompt.
    fn cached_are_included(&self) -> bool {
        let names =
            [Role::InputTokens, Role::CachedTokens].map(|role| self.roles.get(&role).map(|it| it.name.as_str()));
        matches!(names, [Some(input), Some(cached)] if is_among(cached, input))
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
            let how = "%Y a year, %m a month, %d a day, %H:%M:%S a time of day; then take the # away";
            let comment = format!("No common layout reads {example:?}: say how it is written, with {how}");
            self.lines.push(("# time_format = \"\"".to_owned(), comment));
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
        if TimeForm::parse(first).is_ok_and(|form| !form.has_offsets()) {
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
            all(&|text| count_is_written(text))
        }
        Role::Cost => column
            .values
            .iter()
            .filter_map(|text| bare(text))
            .any(|text| parse_cost(text).is_ok() || !spellings(text).is_empty()),
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

/// The column that is called as a time is, though nothing reads its values.
fn time_by_name<'s>(sample: &'s Sample, roles: &BTreeMap<Role, &SampleColumn>) -> Option<&'s SampleColumn> {
    let is_taken = |name: &str| roles.values().any(|taken| taken.name == name);
    let free = sample.columns.iter().filter(|column| !column.values.is_empty() && !is_taken(&column.name));
    let ranked = free.filter_map(|column| Some((Role::OccurredAt.rank(&column.name)?, column)));
    ranked.min_by_key(|(rank, _)| *rank).map(|(_, column)| column)
}
