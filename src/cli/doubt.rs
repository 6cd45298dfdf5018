//! What looks like a slip although every event could be billed: a column that prices ask for and no event has.

use crate::billing::Engine;
use crate::catalog::{DimensionValue, MadeId, Mapping, Price, PriceRow, Rank, Sum, UsagePrice, UsageType, closest};
use crate::ledger::ImportSummary;
use crate::render::{counted, either};
use crate::usage::{Shape, meant_cost};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

/// The shapes of a log with how many events have each.
type Shapes = [(Arc<Shape>, u64)];

/// What a person should know of a log, a sentence each.
pub(super) fn doubts(summary: &ImportSummary, engine: &Engine) -> Vec<String> {
    let missing = missing(summary, engine);
    missing.iter().map(Missing::to_string).chain(cost_as_data(&summary.shapes)).collect()
}

/// What a person should know of one event: slips alone, since a field that one event does not have is no doubt.
pub(super) fn slips(summary: &ImportSummary, engine: &Engine) -> Vec<String> {
    let missing = missing(summary, engine);
    let slips = missing.iter().filter(|missing| missing.meant.is_some());
    slips.map(Missing::to_string).chain(cost_as_data(&summary.shapes)).collect()
}

fn cost_as_data(shapes: &Shapes) -> Option<String> {
    let is_cost = |(shape, _): &(Arc<Shape>, u64)| shape.vendors.is_empty() && shape.fields.iter().any(|f| f == "cost");
    let told = "the column `cost` counts as data; call it cost.VENDOR if it is what an event cost you";
    shapes.iter().any(is_cost).then(|| told.to_owned())
}

/// Of fields that may be meant to be costs, those that are called as one nearly is, a sentence each.
pub(super) fn costs_as_data<'a>(fields: impl IntoIterator<Item = &'a String>, vendors: &[&str]) -> Vec<String> {
    let meant = fields.into_iter().filter_map(|field| Some((field, meant_cost(field, vendors)?)));
    meant.map(|(field, meant)| format!("the column `{field}` counts as data; did you mean `{meant}`?")).collect()
}

/// Warnings about prices that counted less than nothing in events that others charged.
pub(super) fn below_zero(engine: &Engine) -> Vec<String> {
    let told = |(price, count): (&Price, u64)| {
        let quantity = price.usage.volume_field.as_ref().map(Sum::to_string).unwrap_or_default();
        format!(
            "{} {} less than nothing of `{quantity}`, so the price {:?} charged nothing for {}: does the log count as it \
             expects? (`drawdown explain` shows each)",
            counted(count, "event"),
            either(&count, "has", "have"),
            price.name,
            either(&count, "it", "them")
        )
    };
    engine.below_zero().into_iter().map(told).collect()
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
    named
        .chain(
            (more > 0).then(|| {
                format!("{} {} others", counted(more, "more customer"), either(&more, "looks like", "look like"))
            }),
        )
        .collect()
}

/// The fields that decide a price: its volume, and the dimensions that some row names.
fn wanted(price: &UsagePrice) -> impl Iterator<Item = &str> {
    let volume = price.volume_fields().filter(|_| price.usage_type != UsageType::Unit);
    let named = |index: usize| price.rows.iter().any(|row| row.dimensions.get(index).is_some_and(Option::is_some));
    let dimensions = price.billable_dimensions.iter().enumerate().filter(move |(index, _)| named(*index));
    volume.chain(dimensions.map(|(_, name)| name.as_str()))
}

/// Whether an event of this shape is charged otherwise, or not at all, because it lacks the field.
fn counts(price: &UsagePrice, field: &str, shape: &Shape) -> bool {
    let cells = |row: &'_ PriceRow| -> Vec<Option<bool>> {
        let cells = price.billable_dimensions.iter().zip(&row.dimensions);
        cells.filter_map(|(name, wanted)| Some(fits(shape, name, wanted.as_ref()?))).collect()
    };
    let matching = price.rows.iter().filter(|row| cells(row).iter().all(|fits| *fits == Some(true)));
    let best = matching.map(|row| Rank::of(&row.dimensions)).max();
    let Some(index) = price.billable_dimensions.iter().position(|name| name == field) else { return best.is_some() };
    let names = |row: &&PriceRow| row.dimensions.get(index).is_some_and(Option::is_some);
    let is_better = |row: &&PriceRow| best.is_none_or(|best| Rank::of(&row.dimensions) > best);
    let mut better = price.rows.iter().filter(names).filter(is_better);
    better.any(|row| cells(row).iter().all(|fits| *fits != Some(false)))
}

/// Whether events of a shape have what a row wants of a field, as far as shapes tell: not which number they have. `None` when
/// they lack the field.
fn fits(shape: &Shape, name: &str, wanted: &DimensionValue) -> Option<bool> {
    match shape.dimension(name) {
        Some(value) => Some(wanted.equals(value)),
        None => shape.fields.iter().any(|field| field == name).then_some(true),
    }
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

/// Shapes that a price is held against: where the first few are charged as they would be, the others are, too.
const MOST_COMPARED: usize = 100;

/// What a log's events of one type have.
#[derive(Default)]
struct Own<'a> {
    events: u64,
    fields: BTreeSet<&'a str>,
    compared: BTreeMap<(&'a str, &'a str), usize>,
}

/// The fields that no event of a type has, and that prices which were asked would have charged by, each once.
fn missing<'a>(summary: &'a ImportSummary, engine: &'a Engine) -> Vec<Missing<'a>> {
    let mut types: BTreeMap<&str, Own<'a>> = BTreeMap::new();
    for (shape, count) in summary.shapes.iter().filter(|(_, count)| *count > 0) {
        let own = types.entry(&shape.event_type).or_default();
        own.events += count;
        let dimensions = shape.dimensions.iter().map(|(name, _)| name);
        own.fields.extend(dimensions.chain(&shape.fields).map(String::as_str));
    }
    let mut found: Vec<Missing<'a>> = Vec::new();
    for (place, version) in &summary.asked {
        let shape = &summary.shapes[*place].0;
        let Some(own) = types.get_mut(shape.event_type.as_str()) else { continue };
        let prices = engine.version(*version).prices.iter().map(|(_, price)| price);
        for price in prices.filter(|price| price.usage.event_type == shape.event_type) {
            for field in wanted(&price.usage).filter(|field| !own.fields.contains(field)).collect::<Vec<_>>() {
                own.hold(price, field, shape, engine, &mut found);
            }
        }
    }
    found
}

impl<'a> Own<'a> {
    /// Notes a field that no event has, if events of this shape are charged otherwise for it.
    fn hold(
        &mut self,
        price: &'a Price,
        field: &'a str,
        shape: &'a Shape,
        engine: &Engine,
        found: &mut Vec<Missing<'a>>,
    ) {
        let compared = self.compared.entry((&price.name, field)).or_default();
        *compared += 1;
        let event_type = shape.event_type.as_str();
        let known = found.iter_mut().find(|known| (known.event_type, known.field) == (event_type, field));
        if *compared > MOST_COMPARED || known.as_ref().is_some_and(|known| known.prices.contains(&*price.name)) {
            return;
        }
        if !counts(&price.usage, field, shape) {
            return;
        }
        match known {
            Some(known) => _ = known.prices.insert(&price.name),
            None => {
                let asked = engine.vocabulary().remove(event_type).unwrap_or_default();
                // What another price asks for is called what it is.
                let free = |name: &&str| !asked.dimensions.contains(*name) && !asked.volumes.contains(*name);
                let meant = closest(field, self.fields.iter().copied().filter(free));
                let prices = BTreeSet::from([price.name.as_str()]);
                found.push(Missing { field, event_type, events: self.events, prices, meant });
            }
        }
    }
}
