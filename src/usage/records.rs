//! Where the records are in a JSON document, and what is read of what stands around them.

use super::json_text::{Scanner, Syntax, entries};
use crate::catalog::{Mapping, PathStep};
use std::fmt;

/// The way to the records.
#[derive(Default)]
pub(super) struct Records {
    /// From the outside to the records. None where each value is a record.
    pub steps: Vec<PathStep>,
    /// Paths, as the mapping has them, of what is read around the records.
    pub around: Vec<String>,
    /// Whether a value that does not lead on is a record itself.
    pub are_optional: bool,
}

impl Records {
    pub fn new(mapping: Option<&Mapping>) -> Self {
        let Some((mapping, path)) = mapping.and_then(|mapping| Some((mapping, mapping.records.as_ref()?))) else {
            return Self::default();
        };
        let mut records =
            Self { steps: path.steps.clone(), around: Vec::new(), are_optional: !mapping.optional.is_empty() };
        let outside: Vec<String> = records.outside().map(|(prefix, _)| prefix).collect();
        let fields = mapping.columns.values().flat_map(|sum| sum.fields());
        let around = fields.filter(|field| outside.iter().any(|prefix| field.starts_with(prefix)));
        records.around = around.map(str::to_owned).collect();
        records.around.sort_unstable();
        records.around.dedup();
        records
    }

    /// The beginnings of paths that lead to what stands around a record, each with the steps that are left behind it.
    fn outside(&self) -> impl Iterator<Item = (String, usize)> {
        let lists = (1..self.steps.len()).filter(|count| self.steps[count - 1].is_list);
        lists.map(|count| (format!("{}.", Steps(&self.steps[..count])), self.steps.len() - count))
    }

    /// What begins the paths of what is read of the object behind so many steps; none where nothing can be read of it.
    pub fn prefix(&self, steps: usize) -> Option<String> {
        let left = self.steps.len() - steps;
        self.outside().find(|(_, found)| *found == left).map(|(prefix, _)| prefix)
    }

    /// The texts around what is in `element`, to which these steps are left; `before` are those found further out.
    pub fn around_of(&self, element: &str, left: &[PathStep], before: &[String]) -> Result<Vec<String>, Syntax> {
        if self.around.is_empty() {
            return Ok(Vec::new());
        }
        let mut around = before.to_vec();
        around.resize(self.around.len(), String::new());
        let Some((prefix, _)) = self.outside().find(|(_, steps)| *steps == left.len()) else { return Ok(around) };
        for (text, path) in around.iter_mut().zip(&self.around) {
            // Of two prefixes, the longer is further in.
            let Some(path) = path.strip_prefix(&prefix).filter(|path| !path.contains("[].")) else { continue };
            *text = text_at(element, path)?;
        }
        Ok(around)
    }
}

impl fmt::Display for Records {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Steps(&self.steps).fmt(f)
    }
}

struct Steps<'a>(&'a [PathStep]);

impl fmt::Display for Steps<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, PathStep { key, is_list }) in self.0.iter().enumerate() {
            let point = if index == 0 { "" } else { "." };
            write!(f, "{point}{key}{}", if *is_list { "[]" } else { "" })?;
        }
        Ok(())
    }
}

/// The texts of the values at this key of an object, which should be one; none in what is no object.
pub(super) fn values_at<'a>(object: &'a str, key: &str) -> Result<impl Iterator<Item = &'a str>, Syntax> {
    let entries = if object.starts_with('{') { entries(object)? } else { Vec::new() };
    Ok(entries.into_iter().filter(move |(name, _)| name == key).map(|(_, value)| value))
}

/// What stands at a path of an object, as our data has it; nothing where there is nothing.
fn text_at(object: &str, path: &str) -> Result<String, Syntax> {
    let (key, rest) = path.split_once('.').unwrap_or((path, ""));
    match values_at(object, key)?.next() {
        None => Ok(String::new()),
        Some(value) if rest.is_empty() => {
            let text = Scanner::new(value).text()?;
            Ok(text.unwrap_or_default().into_owned())
        }
        Some(value) => text_at(value, rest),
    }
}
