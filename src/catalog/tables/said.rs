//! How the values of keys are said to people, in plans and lists alike.

use crate::catalog::keys::Key;
use crate::money::{Book, Units};
use crate::time::Interval;
use serde_json::Value;

/// What a plan says of something: its keys, each with its value in words. What a key is worth to people alone, such as a
/// name, is not among them.
pub(in crate::catalog) type Said = Vec<(&'static Key, String)>;

/// What one key of a price says, to people in plans and lists, and to scripts.
#[derive(Debug, Clone)]
pub struct Shown {
    /// The key that it is the value of.
    pub key: &'static Key,
    /// In a column of its own; `None` where the key is absent.
    pub text: Option<String>,
    /// In a plan, where that is told otherwise.
    in_plan: Option<String>,
    /// Whether plans say it at all.
    is_planned: bool,
    /// Above a column of its own, where that is not the key.
    pub heading: &'static str,
    /// The value that scripts read.
    pub value: Value,
    /// Whether people read it among the price's terms instead of in a column of its own.
    pub is_term: bool,
    /// What they read there, if anything. One that begins with a space or a colon goes on with the term before it.
    pub term: Option<String>,
}

impl Shown {
    pub(super) fn new(key: &'static Key, text: Option<String>) -> Self {
        let value = text.clone().map_or(Value::Null, Value::String);
        Self { key, text, in_plan: None, is_planned: true, heading: key.name, value, is_term: false, term: None }
    }

    /// Says it otherwise in plans.
    pub(super) fn in_plan(self, text: String) -> Self {
        Self { in_plan: Some(text), ..self }
    }

    /// Plans don't say it: they name what it belongs to by it, or say it with another key.
    pub(super) fn unplanned(self) -> Self {
        Self { is_planned: false, ..self }
    }

    /// Says something else than the key above a column.
    pub(super) fn headed(self, heading: &'static str) -> Self {
        Self { heading, ..self }
    }

    /// Gives scripts more than the text.
    pub(super) fn value(self, value: impl Into<Value>) -> Self {
        Self { value: value.into(), ..self }
    }

    /// Says it among the terms.
    pub(super) fn term(self, term: Option<String>) -> Self {
        Self { is_term: true, term, ..self }
    }
}

/// The same as a plan says it.
pub(super) fn planned(shown: Vec<Shown>) -> Said {
    let said = |shown: Shown| (shown.key, shown.in_plan.or(shown.text).unwrap_or_else(|| NONE.to_owned()));
    shown.into_iter().filter(|shown| shown.is_planned).map(said).collect()
}

/// An amount of an asset, without its code.
pub fn amount(book: &Book, code: &str, units: Units) -> String {
    book.asset(code).map_or_else(|_| format!("{units} units"), |asset| asset.format(units))
}

/// `1 month`, `3 months`.
pub fn span(interval: Interval) -> String {
    let plural = if interval.count == 1 { "" } else { "s" };
    format!("{} {}{plural}", interval.count, interval.unit.name())
}

/// `every month`, `every 3 months`.
pub fn every(interval: Interval) -> String {
    if interval.count == 1 { format!("every {}", interval.unit.name()) } else { format!("every {}", span(interval)) }
}

/// `20.00 USD per seat`.
pub(super) fn each(units: Units, asset: &str, per_seat: bool, book: &Book) -> String {
    format!("{} {asset}{}", amount(book, asset, units), if per_seat { " per seat" } else { "" })
}

pub(super) const NONE: &str = "none";

pub(super) fn or_none<T>(value: Option<&T>, show: impl Fn(&T) -> String) -> String {
    value.map_or_else(|| NONE.to_owned(), show)
}

pub(super) fn joined<T>(values: &[T], show: impl Fn(&T) -> String) -> String {
    if values.is_empty() { NONE.to_owned() } else { values.iter().map(show).collect::<Vec<_>>().join(", ") }
}

pub(super) fn word<T: PartialEq>(names: &[(&'static str, T)], value: &T) -> String {
    names.iter().find(|(_, v)| v == value).map_or_else(String::new, |(name, _)| (*name).to_owned())
}

pub(super) fn yes_or_no(value: bool) -> String {
    if value { "yes" } else { "no" }.to_owned()
}
