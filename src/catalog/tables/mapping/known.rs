//! The names that a mapping can give to a log's fields.

use super::super::product::Product;
use super::super::vendor::Vendor;
use crate::catalog::codes::Code;
use crate::catalog::fields::Node;
use crate::catalog::finding::{Findings, quoted};
use std::collections::BTreeSet;

/// The names that an event has, beside its costs and what its `data` holds.
const EVENT_FIELDS: [&str; 6] = ["id", "customer", "event_type", "occurred_at", "subject", "cost_currency"];

/// What prices, costs and events ask for.
pub(super) struct Known<'c> {
    vendors: BTreeSet<&'c str>,
    fields: BTreeSet<&'c str>,
    /// What each price and each cost reads, by the type of its events.
    read: Vec<(&'c str, Vec<&'c str>)>,
}

impl<'c> Known<'c> {
    pub fn new(vendors: &'c [Vendor], products: &'c [Product]) -> Self {
        let prices = products.iter().flat_map(|product| product.prices.iter().map(|price| &price.usage));
        let costs = vendors.iter().flat_map(|vendor| &vendor.costs);
        let read = prices.chain(costs).map(|usage| (usage.event_type.as_str(), usage.fields().collect::<Vec<_>>()));
        let read: Vec<_> = read.collect();
        let fields = read.iter().flat_map(|(_, fields)| fields).copied().chain(EVENT_FIELDS).collect();
        Self { vendors: vendors.iter().map(|vendor| vendor.code.as_str()).collect(), fields, read }
    }

    /// The fields that prices and costs of a mapping's events read and the mapping does not name. A mapping that says no type of
    /// event is for those of which it names something.
    pub fn unnamed(&self, event_type: Option<&str>, is_named: impl Fn(&str) -> bool) -> BTreeSet<&'c str> {
        let is_for = |(own, fields): &&(&str, Vec<&str>)| match event_type {
            Some(event_type) => event_type == *own,
            None => fields.iter().any(|field| is_named(field)),
        };
        let read = self.read.iter().filter(is_for).flat_map(|(_, fields)| fields);
        read.filter(|field| !is_named(field) && !EVENT_FIELDS.contains(field)).copied().collect()
    }

    /// A vendor must be declared. Any other name is data, and worth a warning when no price asks for it.
    pub fn check(&self, entry: Node<'_>, findings: &mut Findings) {
        if let Some(vendor) = entry.key.strip_prefix("cost.") {
            if !self.vendors.contains(vendor) {
                let message = format!("there is no vendor {}", quoted(vendor));
                let finding = findings.add(Code::UnknownVendor, entry.key_spot, message);
                finding.help("declare it with [[vendor]]");
                finding.suggest(vendor, self.vendors.iter().copied());
            }
        } else if !self.fields.contains(entry.key) {
            let message = format!("no price or cost asks for {}", quoted(entry.key));
            let finding = findings.add(Code::UnusedField, entry.key_spot, message);
            finding.help("it will be kept with the event as plain data");
            finding.suggest(entry.key, self.fields.iter().copied());
        }
    }
}
