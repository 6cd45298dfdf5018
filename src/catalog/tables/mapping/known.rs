//! The names that a mapping can give to a log's fields.

use super::super::product::Product;
use super::super::usage::UsagePrice;
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
}

impl<'c> Known<'c> {
    pub fn new(vendors: &'c [Vendor], products: &'c [Product]) -> Self {
        let prices = products.iter().flat_map(|product| product.prices.iter().map(|price| &price.usage));
        let costs = vendors.iter().flat_map(|vendor| &vendor.costs);
        let fields = prices.chain(costs).flat_map(UsagePrice::fields).chain(EVENT_FIELDS).collect();
        Self { vendors: vendors.iter().map(|vendor| vendor.code.as_str()).collect(), fields }
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
