//! One event that was not read from a log but typed.

use super::assemble::{Assembler, Origin};
use super::error::{Fault, quoted};
use super::nested_secrets::NestedSecrets;
use super::parts::Parts;
use super::rules::Rules;
use super::shape::{Batch, Vocabulary};
use super::slot::Slot;
use super::{Cost, UsageEvent};
use crate::money::parse_cost;
use std::collections::btree_map::Entry;
use std::sync::Arc;

impl UsageEvent {
    /// Takes in a typed `KEY=VALUE` by the rules of a CSV log's columns: `subject`, `cost.<vendor>` and, after these,
    /// `cost_currency` are what they are in a log, everything else is data, and an empty value is no value.
    ///
    /// # Errors
    /// When the key was taken in before or is one of those that every event has, or a cost is not a number.
    pub fn set(&mut self, key: &str, value: &str) -> Result<(), Fault> {
        let twice = || Fault::at(key, "is given twice");
        match Slot::of(key) {
            Slot::Id | Slot::Customer | Slot::EventType | Slot::OccurredAt => {
                return Err(Fault::at(key, "is not data; it has a place of its own on the command line"));
            }
            _ if value.is_empty() => {}
            Slot::Subject if self.subject.is_some() => return Err(twice()),
            Slot::Subject => self.subject = Some(value.to_owned()),
            Slot::Cost(vendor) => {
                if self.costs.iter().any(|cost| cost.vendor == vendor) {
                    return Err(twice());
                }
                let amount =
                    parse_cost(value).map_err(|error| Fault::at(key, format!("{} is {error}", quoted(value))))?;
                self.costs.push(Cost { vendor: vendor.to_owned(), amount, currency: None });
            }
            // Said after the costs; without any it is data like any other.
            Slot::CostCurrency if !self.costs.is_empty() => {
                if self.costs.iter().any(|cost| cost.currency.is_some()) {
                    return Err(twice());
                }
                self.costs.iter_mut().for_each(|cost| cost.currency = Some(value.to_owned()));
            }
            Slot::CostCurrency => drop(self.data.insert(key.to_owned(), value.to_owned())),
            Slot::Data(name) => match self.data.entry(name.to_owned()) {
                Entry::Occupied(_) => return Err(twice()),
                Entry::Vacant(entry) => drop(entry.insert(value.to_owned())),
            },
        }
        Ok(())
    }
}

impl UsageEvent {
    /// Takes out what a log's record would not keep either, because it is called as secrets are: columns, and keys within values.
    /// Gives the names.
    pub fn drop_secrets(&mut self, vocabulary: &Vocabulary) -> Vec<String> {
        let (rules, mut nested) = (Rules::new(None, vocabulary), NestedSecrets::default());
        let mut dropped: Vec<String> = self.data.keys().filter(|name| rules.drops(name)).cloned().collect();
        self.data.retain(|name, _| !dropped.contains(name));
        for (name, value) in &mut self.data {
            if let Some(kept) = nested.without(name, value, &rules, &mut dropped) {
                *value = kept;
            }
        }
        dropped
    }
}

/// Makes batches of events that are not read from a log, by the same rules. Names and shapes are told once, in the batch in
/// which they are new.
pub struct Typed {
    assembler: Assembler,
    batch: Batch,
}

impl Typed {
    /// No events yet.
    pub fn new(vocabulary: &Arc<Vocabulary>) -> Self {
        Self { assembler: Assembler::new(vocabulary.clone(), None), batch: Batch::default() }
    }

    /// Adds an event to the batch. Returns its place there.
    ///
    /// # Errors
    /// What would make it a rejected record: an empty name, a volume that is not a number.
    pub fn add(&mut self, event: &UsageEvent) -> Result<usize, Fault> {
        let assembler = &mut self.assembler;
        let full = |(_, value): &(_, &String)| !value.is_empty();
        let data: Vec<_> =
            event.data.iter().filter(full).map(|(name, value)| (assembler.field(name), value.as_str())).collect();
        let mut costs: Vec<_> = event.costs.iter().collect();
        costs.sort_by_key(|cost| (&cost.vendor, &cost.currency));
        let costs: Vec<_> = costs
            .into_iter()
            .map(|cost| (assembler.vendor(&cost.vendor, cost.currency.as_deref()), cost.amount.to_string()))
            .collect();
        let parts = Parts {
            id: Some(&event.id),
            customer: &event.customer,
            event_type: &event.event_type,
            occurred_at: event.occurred_at,
            subject: event.subject.as_deref().filter(|subject| !subject.is_empty()),
            data: data.into_iter(),
            costs: costs.iter().map(|(vendor, amount)| (*vendor, amount.as_str())),
        };
        assembler.add(&mut self.batch, Origin { file: 0, line: 1 }, &parts, None)?;
        Ok(self.batch.events.len() - 1)
    }

    /// The values of the event with this place in the batch, as they will be stored.
    pub fn values(&self, place: usize) -> &str {
        self.batch.values(&self.batch.events[place])
    }

    /// The events that were added since the last batch.
    pub fn take(&mut self) -> Batch {
        std::mem::take(&mut self.batch)
    }
}

impl Batch {
    /// A batch of one event, made by the same rules as those of a log.
    ///
    /// # Errors
    /// What would make it a rejected record: an empty name, a volume that is not a number.
    pub fn single(event: &UsageEvent, vocabulary: &Arc<Vocabulary>) -> Result<Self, Fault> {
        let mut typed = Typed::new(vocabulary);
        typed.add(event)?;
        Ok(typed.take())
    }
}
