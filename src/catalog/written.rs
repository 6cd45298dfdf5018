//! Tables of a catalog as they could be written, each with its declaration: numbers can be looked up by the names of their
//! keys, changed, and read again by the rules that any catalog is read by.

use super::Place;
use super::keys::{Key, Table, Told};
use super::range::NumberRange;
use super::value::DimensionValue;
use crate::money::{Decimal, parse_long_decimal};
use std::fmt::Write;
use std::ops::Range;

/// What stands at a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Written {
    /// A text, or one of a few words.
    Text(String),
    /// A number.
    Number(Decimal),
    /// An amount of an asset: `"20 USD"`.
    Payment(Decimal, String),
    /// What stands without quotes: a time, or a number or boolean that a row is for.
    Bare(String),
    /// A range of numbers that a row is for.
    Range(NumberRange),
    /// `true` or `false`.
    Flag(bool),
    /// A list.
    List(Vec<Written>),
    /// A table.
    Table(WrittenTable),
}

/// A table: its declaration, and what stands in it.
#[derive(Debug, Clone)]
pub struct WrittenTable {
    /// Which keys it may have.
    pub table: &'static Table,
    /// Where it stands, if it was read from a file.
    pub place: Option<Place>,
    /// What stands in it, in its order.
    pub entries: Vec<Entry>,
}

/// A key, and what stands at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The key as it is written; in a row it may be a dimension.
    pub name: String,
    /// Where the value stands, if it was read from a file.
    pub place: Option<Place>,
    /// The value as it is written, with its own entries if it is a table.
    pub value: Written,
}

/// From a table to something in it: numbers of entries, and of items in lists.
pub type Address = Vec<usize>;

impl PartialEq for WrittenTable {
    fn eq(&self, other: &Self) -> bool {
        self.table.name == other.table.name && self.entries == other.entries
    }
}

impl Eq for WrittenTable {}

impl WrittenTable {
    /// A table without keys.
    pub(super) fn new(table: &'static Table) -> Self {
        Self { table, place: None, entries: Vec::new() }
    }

    /// Adds what stands at a key.
    pub(super) fn with(self, key: &Key, value: impl Into<Written>) -> Self {
        self.named(key.name, value)
    }

    /// Adds what stands at a key, if anything does.
    pub(super) fn maybe(self, key: &Key, value: Option<impl Into<Written>>) -> Self {
        match value {
            Some(value) => self.with(key, value),
            None => self,
        }
    }

    /// Adds what stands at a key of the user's own.
    pub(super) fn named(mut self, name: &str, value: impl Into<Written>) -> Self {
        self.entries.push(Entry { name: name.to_owned(), place: None, value: value.into() });
        self
    }

    /// What stands at a key.
    pub fn get(&self, name: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.name == name)
    }

    /// The name or code that tells it from the others of a list.
    pub fn name(&self) -> Option<&str> {
        let Told::ByName(key) = self.table.told else { return None };
        match &self.get(key.name)?.value {
            Written::Text(name) => Some(name),
            _ => None,
        }
    }

    /// Puts `value` at a key, instead of what stands there.
    pub fn set(&mut self, name: &str, value: Written) {
        match self.entries.iter_mut().find(|entry| entry.name == name) {
            Some(entry) => entry.value = value,
            None => self.entries.push(Entry { name: name.to_owned(), place: None, value }),
        }
    }

    /// The table at an address.
    pub fn at(&mut self, address: &[usize]) -> Option<&mut Self> {
        let Some((&first, rest)) = address.split_first() else { return Some(self) };
        match (&mut self.entries.get_mut(first)?.value, rest) {
            (Written::Table(table), rest) => table.at(rest),
            (Written::List(items), [index, rest @ ..]) => match items.get_mut(*index)? {
                Written::Table(table) => table.at(rest),
                _ => None,
            },
            _ => None,
        }
    }

    /// The lists of tables in it, and where each begins.
    pub fn lists(&self) -> impl Iterator<Item = (&Entry, Vec<(Address, &Self)>)> {
        self.entries.iter().enumerate().filter_map(|(index, entry)| {
            let Written::List(items) = &entry.value else { return None };
            let tables = items.iter().enumerate().filter_map(|(item, value)| match value {
                Written::Table(table) => Some((vec![index, item], table)),
                _ => None,
            });
            let tables: Vec<_> = tables.collect();
            (!tables.is_empty()).then_some((entry, tables))
        })
    }

    /// Its text as a file, and where in it each value stands that is no table, with its key.
    pub fn to_toml(&self) -> (String, Vec<(Range<usize>, Address)>) {
        let mut text = Text::default();
        for (index, entry) in self.entries.iter().enumerate() {
            text.entry(index, entry);
            text.text.push('\n');
        }
        (text.text, text.values)
    }
}

impl Written {
    /// Whether it is what a text means: for a number or a boolean, any spelling of it.
    pub fn is(&self, text: &str) -> bool {
        match self {
            Self::Text(own) => own == text,
            Self::Bare(own) => own == text || DimensionValue::value(own).equals(text),
            Self::Number(own) => parse_long_decimal(text).is_ok_and(|number| number == *own),
            Self::Range(own) => own.to_string() == text,
            Self::Flag(own) => own.to_string() == text,
            Self::Payment(..) | Self::List(_) | Self::Table(_) => false,
        }
    }

    /// What it says, as a text that [`Written::is`] recognises. `None` of a list or a table.
    pub fn as_text(&self) -> Option<String> {
        match self {
            Self::Text(text) | Self::Bare(text) => Some(text.clone()),
            Self::Number(number) => Some(number.to_string()),
            Self::Range(range) => Some(range.to_string()),
            Self::Flag(flag) => Some(flag.to_string()),
            Self::Payment(..) | Self::List(_) | Self::Table(_) => None,
        }
    }
}

/// TOML that is being written. All tables stand within their line, and every number in quotes, so that its digits stay.
#[derive(Default)]
struct Text {
    text: String,
    values: Vec<(Range<usize>, Address)>,
    address: Address,
}

impl Text {
    fn entry(&mut self, index: usize, entry: &Entry) {
        let start = self.text.len();
        self.quoted(&entry.name);
        self.text.push_str(" = ");
        self.within(index, |text| text.value(start, &entry.value));
    }

    fn within(&mut self, index: usize, write: impl FnOnce(&mut Self)) {
        self.address.push(index);
        write(self);
        self.address.pop();
    }

    /// A value that begins at `start`, with its key if it has one.
    fn value(&mut self, start: usize, value: &Written) {
        match value {
            Written::Text(text) => self.quoted(text),
            Written::Number(number) => self.quoted(&number.to_string()),
            Written::Payment(number, asset) => self.quoted(&format!("{number} {asset}")),
            Written::Bare(text) => self.text.push_str(text),
            Written::Range(range) => self.range(range),
            Written::Flag(flag) => self.text.push_str(if *flag { "true" } else { "false" }),
            Written::List(items) => self.list(['[', ']'], items, |text, index, item| {
                text.within(index, |text| text.value(text.text.len(), item));
            }),
            Written::Table(table) => self.list(['{', '}'], &table.entries, Self::entry),
        }
        if !matches!(value, Written::List(_) | Written::Table(_)) {
            self.values.push((start..self.text.len(), self.address.clone()));
        }
    }

    fn range(&mut self, range: &NumberRange) {
        let bounds = [("over", range.over), ("up_to", range.up_to)].into_iter();
        let bounds: Vec<_> = bounds.filter_map(|(key, bound)| Some((key, bound?))).collect();
        self.list(['{', '}'], &bounds, |text, _, (key, bound)| {
            text.text.push_str(key);
            text.text.push_str(" = ");
            text.quoted(&bound.to_string());
        });
    }

    fn list<T>(&mut self, [open, close]: [char; 2], items: &[T], write: impl Fn(&mut Self, usize, &T)) {
        self.text.push(open);
        for (index, item) in items.iter().enumerate() {
            if index > 0 {
                self.text.push_str(", ");
            }
            write(self, index, item);
        }
        self.text.push(close);
    }

    /// A text in quotes, with everything escaped that could end it.
    fn quoted(&mut self, text: &str) {
        self.text.push('"');
        for c in text.chars() {
            match c {
                '"' | '\\' => self.text.extend(['\\', c]),
                c if c.is_control() => drop(write!(self.text, "\\U{:08X}", u32::from(c))),
                c => self.text.push(c),
            }
        }
        self.text.push('"');
    }
}

impl From<&str> for Written {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<Decimal> for Written {
    fn from(number: Decimal) -> Self {
        Self::Number(number)
    }
}

impl From<bool> for Written {
    fn from(flag: bool) -> Self {
        Self::Flag(flag)
    }
}

impl From<WrittenTable> for Written {
    fn from(table: WrittenTable) -> Self {
        Self::Table(table)
    }
}

impl From<&DimensionValue> for Written {
    fn from(value: &DimensionValue) -> Self {
        match value {
            DimensionValue::Text(text) => Self::Text(text.clone()),
            DimensionValue::Value { value } => Self::Bare(value.clone()),
            DimensionValue::Prefix { .. } => Self::Text(value.as_text().into_owned()),
            DimensionValue::Range(range) => Self::Range(*range),
        }
    }
}

impl<T: Into<Self>> FromIterator<T> for Written {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        Self::List(items.into_iter().map(Into::into).collect())
    }
}
