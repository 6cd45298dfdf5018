//! What looks like a slip although every event could be billed: a column that prices ask for and no event has.

use crate::billing::{Engine, Version};
use crate::catalog::{MadeId, Mapping, UsagePrice, UsageType, closest};
use crate::usage::Shape;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The shapes of a log with how many events have each.
type Shapes = [(Arc<Shape>, u64)];

/// What a person should know of a log, a sentence each.
pub(super) fn doubts(shapes: &Shapes, engine: &Engine) -> Vec<String> {
    let mut doubts = Vec::new();
    for version in latest(engine).values() {
        for (_, price) in &version.prices {
            let own: Vec<&(Arc<Shape>, u64)> = shapes
                .iter()
                .filter(|(shape, count)| shape.event_type == price.usage.event_type && *count > 0)
                .collect();
            if !own.is_empty() {
                doubts.extend(wanted(&price.usage).filter_map(|name| missing(name, &price.name, &own)));
            }
        }
    }
    let is_cost = |(shape, _): &(Arc<Shape>, u64)| shape.vendors.is_empty() && shape.fields.iter().any(|f| f == "cost");
    if shapes.iter().any(is_cost) {
        doubts.push("the column `cost` counts as data; call it cost.VENDOR if it is what an event cost you".into());
    }
    doubts
}

/// A warning when prices ask for fields that a mapping's ids are not made of.
pub(super) fn left_out_of_ids(shapes: &Shapes, mapping: Option<&Mapping>) -> Option<String> {
    let mapping = mapping.filter(|mapping| mapping.id == Some(MadeId::Content))?;
    let shapes = shapes.iter().filter(|(_, count)| *count > 0).map(|(shape, _)| shape);
    let asked = shapes.flat_map(|shape| shape.volumes.iter().chain(shape.dimensions.iter().map(|(name, _)| name)));
    let is_named = |name: &String| mapping.columns.contains_key(name) || mapping.constants.contains_key(name);
    let left_out: BTreeSet<String> = asked.filter(|name| !is_named(name)).map(|name| format!("`{name}`")).collect();
    let names = left_out.into_iter().collect::<Vec<_>>().join(", ");
    (!names.is_empty()).then(|| {
        format!(
            "prices ask for {names}, which the mapping's ids are not made of: rows that differ in nothing else are told apart \
             by their order in the file; name it in `columns`"
        )
    })
}

/// Most look-alikes that are named.
const MOST_ALIKE: usize = 5;

/// Warnings about customers who were added and look like others, each with the signs that can't be told apart.
pub(super) fn look_alikes(pairs: &[(String, String)]) -> Vec<String> {
    let signs = |id: &str| -> String {
        let sign = |c: char| if c.is_ascii() { c.to_string() } else { c.escape_unicode().to_string() };
        id.chars().map(sign).collect()
    };
    let named = pairs.iter().take(MOST_ALIKE).map(|(first, other)| {
        format!(
            "\"{}\" and \"{}\" look alike and are two customers; write the id in one way",
            signs(first),
            signs(other)
        )
    });
    let more = pairs.len().saturating_sub(MOST_ALIKE);
    named.chain((more > 0).then(|| format!("{more} more customers look like others"))).collect()
}

/// Of each product, the version that new subscriptions get.
fn latest(engine: &Engine) -> BTreeMap<&str, &Version> {
    let mut latest: BTreeMap<&str, &Version> = BTreeMap::new();
    for (_, version) in engine.versions() {
        let known = latest.entry(&version.product).or_insert(version);
        if known.number < version.number {
            *known = version;
        }
    }
    latest
}

/// The fields that decide a price: its volume, and the dimensions that some row names.
fn wanted(price: &UsagePrice) -> impl Iterator<Item = &str> {
    let volume = price.volume_field.as_deref().filter(|_| price.usage_type != UsageType::Unit);
    let named = |index: usize| price.rows.iter().any(|row| row.dimensions.get(index).is_some_and(Option::is_some));
    let dimensions = price.billable_dimensions.iter().enumerate().filter(move |(index, _)| named(*index));
    volume.into_iter().chain(dimensions.map(|(_, name)| name.as_str()))
}

/// Says so when no event at all has a field that a price asks for.
fn missing(name: &str, price: &str, shapes: &[&(Arc<Shape>, u64)]) -> Option<String> {
    let has = |shape: &Shape| shape.dimension(name).is_some() || shape.fields.iter().any(|field| field == name);
    if shapes.iter().any(|(shape, _)| has(shape)) {
        return None;
    }
    let count: u64 = shapes.iter().map(|(_, count)| count).sum();
    let event_type = &shapes[0].0.event_type;
    let fields = shapes.iter().flat_map(|(shape, _)| shape.fields.iter().map(String::as_str));
    let meant = closest(name, fields).map_or(String::new(), |field| format!("; is it the column `{field}`?"));
    Some(format!("none of {count} {event_type} events has `{name}`, which the price {price:?} asks for{meant}"))
}
