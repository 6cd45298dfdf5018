//! What looks like a slip although every event could be billed: a column that prices ask for and no event has.

use crate::billing::{Engine, Version};
use crate::catalog::{MadeId, Mapping, UsagePrice, UsageType, closest};
use crate::usage::Shape;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

/// The shapes of a log with how many events have each.
type Shapes = [(Arc<Shape>, u64)];

/// What a person should know of a log, a sentence each.
pub(super) fn doubts(shapes: &Shapes, engine: &Engine) -> Vec<String> {
    let versions = latest(engine);
    let missing = missing(shapes, versions.values().copied());
    missing.iter().map(Missing::to_string).chain(cost_as_data(shapes)).collect()
}

/// What a person should know of one event that these versions were asked to price: slips alone, since a field that one
/// event does not have is no doubt where a row is for any value.
pub(super) fn slips<'a>(shapes: &'a Shapes, versions: impl Iterator<Item = &'a Version>) -> Vec<String> {
    let missing = missing(shapes, versions);
    let slips = missing.iter().filter(|missing| missing.meant.is_some());
    slips.map(Missing::to_string).chain(cost_as_data(shapes)).collect()
}

fn cost_as_data(shapes: &Shapes) -> Option<String> {
    let is_cost = |(shape, _): &(Arc<Shape>, u64)| shape.vendors.is_empty() && shape.fields.iter().any(|f| f == "cost");
    let told = "the column `cost` counts as data; call it cost.VENDOR if it is what an event cost you";
    shapes.iter().any(is_cost).then(|| told.to_owned())
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

/// A field that prices ask for and no event of their type has.
struct Missing<'a> {
    field: &'a str,
    event_type: &'a str,
    events: u64,
    prices: BTreeSet<&'a str>,
    /// The field that it is probably called.
    meant: Option<&'a str>,
}

impl fmt::Display for Missing<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { field, event_type, events, .. } = self;
        match events {
            1 => write!(f, "the {event_type} event has no `{field}`")?,
            _ => write!(f, "none of {events} {event_type} events has `{field}`")?,
        }
        let prices: Vec<_> = self.prices.iter().map(|price| format!("{price:?}")).collect();
        match prices.as_slice() {
            [price] => write!(f, ", which the price {price} asks for")?,
            prices => write!(f, ", which the prices {} ask for", prices.join(", "))?,
        }
        self.meant.map_or(Ok(()), |meant| write!(f, "; is it the column `{meant}`?"))
    }
}

/// The fields that prices ask for and no event at all has, each once.
fn missing<'a>(shapes: &'a Shapes, versions: impl Iterator<Item = &'a Version>) -> Vec<Missing<'a>> {
    let mut found: Vec<Missing<'a>> = Vec::new();
    for (_, price) in versions.flat_map(|version| &version.prices) {
        let event_type = price.usage.event_type.as_str();
        let own = || shapes.iter().filter(|(shape, count)| shape.event_type == event_type && *count > 0);
        let has = |shape: &Shape, name: &str| {
            shape.dimension(name).is_some() || shape.fields.iter().any(|field| field == name)
        };
        let events: u64 = own().map(|(_, count)| count).sum();
        for field in wanted(&price.usage).filter(|name| events > 0 && !own().any(|(shape, _)| has(shape, name))) {
            match found.iter_mut().find(|known| (known.event_type, known.field) == (event_type, field)) {
                Some(known) => _ = known.prices.insert(&price.name),
                None => {
                    let meant = closest(field, own().flat_map(|(shape, _)| shape.fields.iter().map(String::as_str)));
                    found.push(Missing {
                        field,
                        event_type,
                        events,
                        prices: BTreeSet::from([price.name.as_str()]),
                        meant,
                    });
                }
            }
        }
    }
    found
}
