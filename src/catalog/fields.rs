//! TOML values with their places, read into checked Rust values.
//!
//! Readers return `None` for a value that is not there or not right, and say so in the findings. Callers carry on with
//! a stand-in: a catalog with an error is never used, so all that counts is to find the other errors too.

use super::codes::Code;
use super::finding::{Findings, Spot, quoted};
use super::keys::Key;
use super::number;
use super::sum::Sum;
use super::value::DimensionValue;
use crate::money::{Decimal, parse_decimal};
use crate::time::Instant;
use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;
use toml::de::{DeTable, DeValue};

/// A value, the key it stands at, and where it is.
#[derive(Clone, Copy)]
pub(super) struct Node<'a> {
    pub key: &'a str,
    pub key_spot: Spot,
    pub spot: Spot,
    value: &'a DeValue<'a>,
}

/// A table that is being read. What nobody has asked for when it is finished is an unknown key.
pub(super) struct Fields<'a> {
    table: &'a DeTable<'a>,
    pub spot: Spot,
    asked: Vec<String>,
}

impl<'a> Fields<'a> {
    pub fn new(table: &'a DeTable<'a>, spot: Spot) -> Self {
        Self { table, spot, asked: Vec::new() }
    }

    /// The value at `key`, if there is one. A key that is declared as needed is reported when it is missing.
    pub fn get(&mut self, key: &Key, findings: &mut Findings) -> Option<Node<'a>> {
        if key.needed { self.need(key, findings) } else { self.named(key.name) }
    }

    /// The value at a key of the user's own, if there is one.
    pub fn named(&mut self, name: &str) -> Option<Node<'a>> {
        if !self.known().any(|asked| asked == name) {
            self.asked.push(name.to_owned());
        }
        self.entries().find(|node| node.key == name)
    }

    /// The value at `key`, which must be there because of what else the table holds.
    pub fn need(&mut self, key: &Key, findings: &mut Findings) -> Option<Node<'a>> {
        let found = self.named(key.name);
        if found.is_none() {
            let message = format!("the key {} is missing", quoted(key.name));
            findings.add(Code::MissingKey, self.spot, message).help(format!("add `{} = ...`", key.name));
        }
        found
    }

    /// All keys and values, for tables whose keys are the user's own.
    pub fn entries(&self) -> impl Iterator<Item = Node<'a>> + use<'a> {
        let file = self.spot.file;
        self.table.iter().map(move |(key, value)| Node {
            key: key.get_ref(),
            key_spot: Spot::new(file, key.span()),
            spot: Spot::new(file, value.span()),
            value: value.get_ref(),
        })
    }

    /// The keys that nobody has asked for.
    pub fn unasked(&self) -> Vec<Node<'a>> {
        self.entries().filter(|node| !self.asked.iter().any(|asked| asked == node.key)).collect()
    }

    /// The keys that were asked for: those that may stand here.
    pub fn known(&self) -> impl Iterator<Item = &str> {
        self.asked.iter().map(String::as_str)
    }

    /// Reports every key that nobody has asked for.
    pub fn finish(self, findings: &mut Findings) {
        self.finish_beside(&Foreign::NONE, findings);
    }

    /// Reports every key that nobody has asked for, and says more of those that belong to a table of another kind.
    pub fn finish_beside(self, foreign: &Foreign, findings: &mut Findings) {
        for node in self.unasked() {
            if foreign.report(node, findings) {
                continue;
            }
            let message = format!("the key {} is unknown here", quoted(node.key));
            let home = findings.home(node.key);
            let finding = findings.add(Code::UnknownKey, node.key_spot, message);
            let home = home.map(|home| format!("{} belongs in {home}; ", quoted(node.key))).unwrap_or_default();
            finding.help(format!("{home}these keys may stand here: {}", self.asked.join(", ")));
            finding.suggest(node.key, self.known());
        }
    }

    /// A tables' list at `key` (`[[key]]`); empty when absent.
    pub fn tables(&mut self, key: &Key, findings: &mut Findings) -> Vec<Fields<'a>> {
        self.get(key, findings).map(|node| node.tables(findings)).unwrap_or_default()
    }

    /// The table at `key`, if there is one.
    pub fn table(&mut self, key: &Key, findings: &mut Findings) -> Option<Fields<'a>> {
        self.get(key, findings)?.fields(findings)
    }

    /// A text for people at `key`, if there is one.
    pub fn name(&mut self, key: &Key, findings: &mut Findings) -> Option<String> {
        self.get(key, findings)?.name(findings)
    }

    /// A number that is not negative at `key`, if there is one; 0 when it is not right, so that it does not count as
    /// missing too.
    pub fn amount(&mut self, key: &Key, findings: &mut Findings) -> Option<(Decimal, Node<'a>)> {
        let node = self.get(key, findings)?;
        Some((node.amount(findings).unwrap_or_default(), node))
    }

    /// One of a few words at `key`, if there is one.
    pub fn choice<T: Copy>(&mut self, key: &Key, names: &[(&str, T)], findings: &mut Findings) -> Option<T> {
        self.get(key, findings)?.choice(names, findings)
    }

    /// Whether `key` is there and `true`.
    pub fn flag(&mut self, key: &Key, findings: &mut Findings) -> bool {
        self.get(key, findings).and_then(|node| node.boolean(findings)).unwrap_or(false)
    }
}

/// Keys that belong to a table of another kind: people write them on purpose, so they are told why they are wrong here.
pub(super) struct Foreign {
    pub keys: &'static [&'static [Key]],
    /// What the table is, and why the keys say nothing in it; follows `... stands in`.
    pub why: &'static str,
    pub help: &'static str,
}

impl Foreign {
    const NONE: Self = Self { keys: &[], why: "", help: "" };

    /// Reports the key if it is one of these.
    pub fn report(&self, node: Node<'_>, findings: &mut Findings) -> bool {
        let is_foreign = self.keys.iter().copied().flatten().any(|key| key.name == node.key);
        if is_foreign {
            let message = format!("{} does not belong in {}", quoted(node.key), self.why);
            findings.add(Code::ConflictingKeys, node.key_spot, message).help(self.help);
        }
        is_foreign
    }
}

impl<'a> Node<'a> {
    fn wrong_type(self, wanted: &str, findings: &mut Findings) {
        let (key, found) = (quoted(self.key), article(self.value.type_str()));
        findings.add(Code::WrongType, self.spot, format!("{key} is {found}; it should be {wanted}"));
    }

    fn string(self, wanted: &str, findings: &mut Findings) -> Option<&'a str> {
        let text = self.value.as_str();
        if text.is_none() {
            self.wrong_type(wanted, findings);
        }
        text
    }

    /// A text for people: not empty, no control characters.
    pub fn name(self, findings: &mut Findings) -> Option<String> {
        let text = self.string("a string", findings)?;
        self.clean(text, findings)
    }

    /// A sign that separates, which may be a tab.
    pub fn separator(self, findings: &mut Findings) -> Option<String> {
        match self.value.as_str() {
            Some("\t") => Some("\t".to_owned()),
            _ => self.name(findings),
        }
    }

    /// A field, or a sum and difference of fields.
    pub fn sum(self, findings: &mut Findings) -> Option<Sum> {
        let sum = Sum::parse(&self.name(findings)?);
        sum.map_err(|error| _ = findings.add(Code::BadField, self.spot, format!("{}: {error}", quoted(self.key)))).ok()
    }

    fn clean(self, text: &str, findings: &mut Findings) -> Option<String> {
        let key = quoted(self.key);
        if text.is_empty() {
            findings.add(Code::BadName, self.spot, format!("{key} holds an empty string"));
        } else if text.chars().any(char::is_control) {
            findings.add(Code::BadName, self.spot, format!("{key} holds control characters")).help("remove them");
        } else {
            return Some(text.to_owned());
        }
        None
    }

    /// A code that commands and logs can hold: letters, digits, `_`, `-` and `.`.
    pub fn code(self, findings: &mut Findings) -> Option<String> {
        let text = self.string("a string", findings)?;
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
        if text.is_empty() || !text.chars().all(allowed) {
            let message = format!("{} {} is not a code", quoted(self.key), quoted(text));
            findings.add(Code::BadCode, self.spot, message).help("use only letters, digits, `_`, `-` and `.`");
            return None;
        }
        Some(text.to_owned())
    }

    /// A string, number or boolean as its text: what an event's `data` is compared with.
    pub fn scalar(self, findings: &mut Findings) -> Option<String> {
        match self.value {
            DeValue::Boolean(value) => Some(value.to_string()),
            DeValue::String(text) => self.clean(text, findings),
            DeValue::Integer(number) if number.radix() == 10 => Some(number.as_str().to_owned()),
            DeValue::Float(number) => self.number(number.as_str(), findings).map(|_| number.as_str().to_owned()),
            _ => {
                self.wrong_type("a string, a decimal number or a boolean", findings);
                None
            }
        }
    }

    /// What a row says of a dimension, if that is no table: a text or its beginning, or a number or a boolean by its value.
    pub fn dimension(self, findings: &mut Findings) -> Option<DimensionValue> {
        let text = self.scalar(findings)?;
        Some(match self.value {
            DeValue::String(_) => DimensionValue::text(text),
            _ => DimensionValue::value(text.trim_start_matches('+')),
        })
    }

    /// An exact number, bare or quoted.
    pub fn decimal(self, findings: &mut Findings) -> Option<Decimal> {
        match self.value {
            DeValue::Integer(number) if number.radix() == 10 => self.number(number.as_str(), findings),
            DeValue::Integer(_) => {
                let message = format!("{} is not written in decimal", quoted(self.key));
                findings.add(Code::BadNumber, self.spot, message).help("write decimal digits, as in 255 for 0xff");
                None
            }
            DeValue::Float(number) => self.number(number.as_str(), findings),
            DeValue::String(text) => self.number(text, findings),
            _ => {
                self.wrong_type("a number", findings);
                None
            }
        }
    }

    fn number(self, text: &str, findings: &mut Findings) -> Option<Decimal> {
        let read = parse_decimal(text);
        if let Err(error) = read {
            let finding = findings.add(Code::BadNumber, self.spot, format!("{}: {error}", quoted(self.key)));
            number::meant(text).into_iter().for_each(|meant| finding.help(meant.help));
        }
        read.ok()
    }

    /// A number that is not negative.
    pub fn amount(self, findings: &mut Findings) -> Option<Decimal> {
        let value = self.decimal(findings)?;
        if value.is_sign_negative() && !value.is_zero() {
            let message = format!("{} is negative", quoted(self.key));
            findings.add(Code::NegativeNumber, self.spot, message).help("use 0 or more");
            return None;
        }
        Some(value)
    }

    /// A number above zero.
    pub fn positive(self, findings: &mut Findings) -> Option<Decimal> {
        let value = self.amount(findings)?;
        if value.is_zero() {
            let message = format!("{} is zero", quoted(self.key));
            findings.add(Code::ZeroNumber, self.spot, message).help("use a number above 0");
            return None;
        }
        Some(value)
    }

    /// A whole number in `range`.
    pub fn whole<T>(self, range: RangeInclusive<T>, findings: &mut Findings) -> Option<T>
    where
        T: FromStr + PartialOrd + fmt::Display,
    {
        let value = self.decimal(findings)?;
        let whole = value.to_string().parse().ok().filter(|n| range.contains(n));
        if whole.is_none() {
            let (least, most) = (range.start(), range.end());
            let message = format!("{} must be a whole number from {least} to {most}", quoted(self.key));
            findings.add(Code::OutOfRange, self.spot, message);
        }
        whole
    }

    /// `true` or `false`.
    fn boolean(self, findings: &mut Findings) -> Option<bool> {
        let value = self.value.as_bool();
        if value.is_none() {
            self.wrong_type("true or false", findings);
        }
        value
    }

    /// A point in time: a TOML date-time or RFC 3339 in quotes, with an offset.
    pub fn instant(self, findings: &mut Findings) -> Option<Instant> {
        let text = match self.value {
            DeValue::Datetime(value) => value.to_string(),
            DeValue::String(text) => text.to_string(),
            _ => {
                self.wrong_type("a date and time, as in 2026-07-01T00:00:00Z", findings);
                return None;
            }
        };
        let read = Instant::parse(&text);
        if let Err(error) = &read {
            let finding = findings.add(Code::BadTime, self.spot, format!("{}: {error}", quoted(self.key)));
            // A date begins at midnight.
            let mut in_utc = [format!("{text}T00:00:00Z"), format!("{text}Z")].into_iter();
            if let Some(utc) = in_utc.find(|time| Instant::parse(time).is_ok()) {
                finding.help(format!("write `{utc}` if it is UTC"));
            }
        }
        read.ok()
    }

    /// One of a few words.
    pub fn choice<T: Copy>(self, names: &[(&str, T)], findings: &mut Findings) -> Option<T> {
        let text = self.string("a string", findings)?;
        let found = names.iter().find(|(name, _)| *name == text);
        if found.is_none() {
            let message = format!("{} can't be {}", quoted(self.key), quoted(text));
            let words = || names.iter().map(|&(name, _)| name);
            let finding = findings.add(Code::UnknownValue, self.spot, message);
            finding.help(format!("use one of: {}", words().collect::<Vec<_>>().join(", ")));
            finding.suggest(text, words());
        }
        found.map(|&(_, value)| value)
    }

    /// Whether it is a text without letters.
    pub fn is_empty_text(self) -> bool {
        matches!(self.value, DeValue::String(text) if text.is_empty())
    }

    /// Whether it is an array.
    pub fn is_array(self) -> bool {
        self.value.as_array().is_some()
    }

    /// Whether it is a table.
    pub fn is_table(self) -> bool {
        self.value.as_table().is_some()
    }

    /// The items of an array.
    pub fn items(self, findings: &mut Findings) -> Vec<Node<'a>> {
        let Some(items) = self.value.as_array() else {
            self.wrong_type("an array", findings);
            return Vec::new();
        };
        let node = |item: &'a toml::Spanned<DeValue<'a>>| Node {
            spot: Spot::new(self.spot.file, item.span()),
            value: item.get_ref(),
            ..self
        };
        items.iter().map(node).collect()
    }

    /// A table.
    pub fn fields(self, findings: &mut Findings) -> Option<Fields<'a>> {
        let table = self.value.as_table();
        if table.is_none() {
            self.wrong_type("a table", findings);
        }
        Some(Fields::new(table?, self.spot))
    }

    /// The tables that stand in an array, as far as it is one; what is wrong with it is told by [`Node::tables`].
    pub fn tables_within(self) -> Vec<Fields<'a>> {
        let items = self.value.as_array().into_iter().flat_map(|items| items.iter());
        let table = |item: &'a toml::Spanned<DeValue<'a>>| {
            Some(Fields::new(item.get_ref().as_table()?, Spot::new(self.spot.file, item.span())))
        };
        items.filter_map(table).collect()
    }

    /// An array of tables.
    pub fn tables(self, findings: &mut Findings) -> Vec<Fields<'a>> {
        if self.value.as_array().is_none() {
            self.wrong_type("an array of tables, each with its own header in double brackets", findings);
            return Vec::new();
        }
        self.items(findings).into_iter().filter_map(|item| item.fields(findings)).collect()
    }
}

fn article(noun: &str) -> String {
    let article = if noun.starts_with(['a', 'i']) { "an" } else { "a" };
    format!("{article} {noun}")
}
