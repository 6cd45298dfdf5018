//! Who reads which fields of events as numbers.

use crate::catalog::Catalog;

/// A field that is read as a number.
pub(super) struct Reader<'c> {
    /// The type of the events.
    pub event_type: &'c str,
    /// The field of these.
    pub field: &'c str,
    /// Which price or cost reads it, in words.
    pub who: String,
}

/// All fields that a scenario's catalog reads as numbers.
pub(super) fn readers<'c>(scenario: &str, catalog: &'c Catalog) -> impl Iterator<Item = Reader<'c>> {
    let prices = catalog.products.iter().flat_map(|product| &product.prices);
    let prices =
        prices.map(move |price| (&price.usage, format!("the price {:?} of the scenario {scenario:?}", price.name)));
    let costs = catalog.terms.vendors.iter().flat_map(|vendor| vendor.costs.iter().map(move |cost| (vendor, cost)));
    let costs =
        costs.map(move |(vendor, cost)| (cost, format!("a cost of {} in the scenario {scenario:?}", vendor.code)));
    prices.chain(costs).flat_map(|(usage, who)| {
        usage.volume_fields().map(move |field| Reader { event_type: &usage.event_type, field, who: who.clone() })
    })
}
