//! Ids that a mapping has made from records.

use super::error::Fault;
use super::parts::{Cells, Parts};
use super::twins::Twins;
use crate::catalog::{MadeId, Mapping};
use crate::ids::VendorIndex;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Makes ids from records.
#[derive(Default)]
pub(super) struct MadeIds {
    /// Only these fields count, and all of them must be there; otherwise who, what and when count too.
    has_only_fields: bool,
    /// The fields that are a part of the id.
    fields: BTreeSet<String>,
    /// The same by the fields' numbers.
    is_part: Vec<bool>,
    twins: Twins,
}

impl MadeIds {
    /// Ids by the rule of a mapping, if it has one.
    pub fn new(mapping: Option<&Mapping>) -> Self {
        let Some((mapping, rule)) = mapping.and_then(|mapping| Some((mapping, mapping.id.as_ref()?))) else {
            return Self::default();
        };
        let (has_only_fields, fields) = match rule {
            MadeId::Content => {
                let named = mapping.columns.keys().chain(mapping.constants.keys());
                (false, named.filter(|name| !mapping.totals.contains(*name)).cloned().collect())
            }
            MadeId::Fields(fields) => (true, fields.clone()),
        };
        Self { has_only_fields, fields, ..Self::default() }
    }

    /// Takes note of a field. Numbers come one after the other.
    pub fn learn(&mut self, number: u32, name: &str) {
        if number as usize == self.is_part.len() {
            self.is_part.push(self.fields.contains(name));
        }
    }

    /// Begins a file.
    pub fn start_file(&mut self) {
        self.twins.start_file();
    }

    /// Whether the record has all that its id needs. `names` are those of the fields.
    pub fn check<'a>(
        &self,
        parts: &Parts<'a, impl Cells<'a, u32>, impl Cells<'a, VendorIndex>>,
        names: &[Arc<str>],
    ) -> Result<(), Fault> {
        let has = |field: &str| match field {
            "customer" | "event_type" | "occurred_at" => true,
            "subject" => parts.subject.is_some(),
            _ => parts.data.clone().any(|(number, _)| *names[number as usize] == *field),
        };
        match self.fields.iter().find(|field| self.has_only_fields && !has(field)) {
            Some(field) => Err(Fault::at(field, "is missing or empty; the mapping makes the id from it")),
            None => Ok(()),
        }
    }

    /// Appends the record's id. `names` are those of the fields.
    pub fn add<'a>(
        &mut self,
        text: &mut String,
        parts: &Parts<'a, impl Cells<'a, u32>, impl Cells<'a, VendorIndex>>,
        names: &[Arc<str>],
    ) {
        match self.has_only_fields {
            true => self.start_fields(parts),
            false => {
                self.twins.content.start(parts.customer, parts.event_type, parts.occurred_at, parts.subject);
            }
        }
        for (number, value) in parts.data.clone().filter(|(number, _)| self.is_part[*number as usize]) {
            self.twins.content.field(&names[number as usize], value);
        }
        match self.has_only_fields {
            true => self.twins.content.add_id(text),
            false => self.twins.add_id(text),
        }
    }

    /// Begins a record of which only fields count, some of which may be those that every event has.
    fn start_fields<'a>(&mut self, parts: &Parts<'a, impl Cells<'a, u32>, impl Cells<'a, VendorIndex>>) {
        let content = &mut self.twins.content;
        content.start_fields();
        let occurred_at = self.fields.contains("occurred_at").then(|| parts.occurred_at.micros().to_string());
        for (name, value) in [
            ("customer", Some(parts.customer)),
            ("event_type", Some(parts.event_type)),
            ("occurred_at", occurred_at.as_deref()),
            ("subject", parts.subject),
        ] {
            if let Some(value) = value.filter(|_| self.fields.contains(name)) {
                content.field(name, value);
            }
        }
    }
}
