//! What recorded events hold, as billing takes them: for the engines of a what-if, which may want to know more of them than
//! was wanted when they were recorded.

use super::super::LedgerError;
use super::super::import::names::LogShape;
use super::super::packed::PackedEvent;
use super::super::tables::{shape, vendor};
use crate::ids::{ShapeId, ShapeIndex, VendorId};
use crate::money::{Decimal, parse_cost, parse_quantity};
use crate::usage::{Fields, Shape, VendorCost, Vocabulary};
use rusqlite::Connection;
use rustc_hash::FxHashMap;
use smallvec::SmallVec;
use std::borrow::Cow;
use std::sync::Arc;

/// Shapes that are only made here have numbers from here on.
const MADE: i64 = 1 << 48;

/// An event's content: the place of its shape among those of the reader, and where its numbers begin.
#[derive(Debug, Clone, Copy)]
pub(super) struct Content {
    pub shape: ShapeIndex,
    pub numbers: u32,
}

/// The places of shapes, by stored shape and what else decides them.
type Made = FxHashMap<(ShapeId, Vec<String>), ShapeIndex>;

/// Reads the contents of events.
pub(super) struct Contents {
    vocabulary: Vocabulary,
    vendors: FxHashMap<String, VendorId>,
    plans: FxHashMap<ShapeId, Plan>,
    /// Shapes by what decides them, where that is more than the stored shape.
    made: Made,
    /// All shapes so far.
    pub shapes: Vec<LogShape>,
    /// Of the event that was read last: fields that are numbers now and in which it has a text, each with that.
    pub texts: Vec<(String, String)>,
}

/// How the events of a stored shape are read.
struct Plan {
    stored: Shape,
    vendors: Vec<VendorId>,
    /// Places in `fields` that are dimensions now.
    dimensions: Vec<usize>,
    /// Fields that are numbers now.
    volumes: Vec<(String, Source)>,
    /// Those in which the shape has a text, each with that.
    texts: Vec<(String, String)>,
    /// How many of the values, the first ones, are looked at.
    wanted: usize,
    /// The shape of nearly all of its events, once there was one.
    usual: Option<ShapeIndex>,
}

/// Where a number stands.
#[derive(Clone, Copy)]
enum Source {
    /// Among the values.
    Value(usize),
    /// In the shape.
    Shape(Decimal),
}

impl Plan {
    fn new(stored: Shape, vendors: Vec<VendorId>, vocabulary: &Vocabulary) -> Self {
        let first = usize::from(stored.has_subject);
        let (mut dimensions, mut volumes, mut texts) = (Vec::new(), Vec::new(), Vec::new());
        if let Some(interest) = vocabulary.get(&stored.event_type) {
            dimensions.extend((0..stored.fields.len()).filter(|&f| interest.dimensions.contains(&stored.fields[f])));
            for name in interest.volumes.union(&interest.ranged) {
                let value = stored.fields.iter().position(|field| field == name).map(|f| Source::Value(f + first));
                let of_shape = stored.dimension(name).map(|text| (text, parse_quantity(text)));
                match (value, of_shape) {
                    (Some(source), _) => volumes.push((name.clone(), source)),
                    (None, Some((_, Ok(number)))) => volumes.push((name.clone(), Source::Shape(number))),
                    (None, Some((text, Err(_)))) => texts.push((name.clone(), text.to_owned())),
                    (None, None) => {}
                }
            }
        }
        let read = volumes.iter().filter_map(|(_, source)| match source {
            Source::Value(place) => Some(place + 1),
            Source::Shape(_) => None,
        });
        let wanted = read.chain(dimensions.iter().map(|f| f + first + 1)).max().unwrap_or(0);
        let wanted = if stored.keeps_costs() { stored.value_count() } else { wanted };
        Self { stored, vendors, dimensions, volumes, texts, wanted, usual: None }
    }

    /// The shape of an event that has these volumes, and these values for its further dimensions.
    fn shape(&self, volumes: Vec<String>, texts: &[Cow<'_, str>]) -> Shape {
        let first = usize::from(self.stored.has_subject);
        let mut shape = Shape { volumes, ..self.stored.clone() };
        shape.fields = (0..self.stored.fields.len())
            .filter(|f| !self.dimensions.contains(f))
            .map(|f| self.stored.fields[f].clone())
            .collect();
        let further = self.dimensions.iter().map(|&f| (self.stored.fields[f].clone(), texts[f + first].to_string()));
        shape.dimensions.extend(further);
        shape.dimensions.sort();
        shape
    }
}

impl Contents {
    /// Of events that engines with this vocabulary bill.
    pub fn new(connection: &Connection, vocabulary: Vocabulary) -> Result<Self, LedgerError> {
        Ok(Self {
            vocabulary,
            vendors: vendor::all(connection)?.into_iter().map(|(id, code)| (code, id)).collect(),
            plans: FxHashMap::default(),
            made: FxHashMap::default(),
            shapes: Vec::new(),
            texts: Vec::new(),
        })
    }

    /// The content of an event. Its volumes and costs are added to `numbers`.
    pub fn of(
        &mut self,
        connection: &Connection,
        event: &PackedEvent<'_>,
        numbers: &mut Vec<Decimal>,
    ) -> Result<Content, LedgerError> {
        let id = event.fact.shape;
        if !self.plans.contains_key(&id) {
            let stored = shape::of(connection, id)?;
            let number = |own: &VendorCost| {
                let unknown = || LedgerError::damaged(format!("shape {id} is of an unknown vendor"));
                self.vendors.get(&own.vendor).copied().ok_or_else(unknown)
            };
            let vendors = stored.vendors.iter().map(number).collect::<Result<_, _>>()?;
            self.plans.insert(id, Plan::new(stored, vendors, &self.vocabulary));
        }
        let damaged = || LedgerError::damaged(format!("event number {}: its data can't be read", event.fact.seq));
        let Self { plans, made, shapes, texts: unread, .. } = self;
        let plan = plans.get_mut(&id).ok_or_else(damaged)?;
        unread.clone_from(&plan.texts);
        let mut texts: SmallVec<[Cow<'_, str>; 8]> = SmallVec::new();
        for text in Fields::each(event.text.values).take(plan.wanted) {
            texts.push(text.ok_or_else(damaged)?);
        }
        if texts.len() < plan.wanted {
            return Err(damaged());
        }
        let start = u32::try_from(numbers.len()).map_err(|_| damaged())?;
        let mut missing: SmallVec<[usize; 2]> = SmallVec::new();
        for (index, (name, source)) in plan.volumes.iter().enumerate() {
            match source {
                Source::Shape(number) => numbers.push(*number),
                Source::Value(place) => match parse_quantity(&texts[*place]) {
                    Ok(number) => numbers.push(number),
                    // Nobody wanted it to be a number then.
                    Err(_) => {
                        unread.push((name.clone(), texts[*place].to_string()));
                        missing.push(index);
                    }
                },
            }
        }
        costs(&plan.stored, event, &texts, numbers).ok_or_else(damaged)?;
        let shape = match plan.usual {
            Some(usual) if plan.dimensions.is_empty() && missing.is_empty() => usual,
            _ => made_shape(plan, id, &texts, &missing, (made, shapes)),
        };
        Ok(Content { shape, numbers: start })
    }
}

/// The place of the shape of an event that may not be the usual one.
fn made_shape(
    plan: &mut Plan,
    id: ShapeId,
    texts: &[Cow<'_, str>],
    missing: &[usize],
    (made, shapes): (&mut Made, &mut Vec<LogShape>),
) -> ShapeIndex {
    let first = usize::from(plan.stored.has_subject);
    let mut key: Vec<String> = plan.dimensions.iter().map(|&f| texts[f + first].to_string()).collect();
    key.extend(missing.iter().map(usize::to_string));
    let is_usual = key.is_empty();
    let place = *made.entry((id, key)).or_insert_with(|| {
        let volumes = (0..plan.volumes.len()).filter(|index| !missing.contains(index));
        let shape = plan.shape(volumes.map(|index| plan.volumes[index].0.clone()).collect(), texts);
        let own = if is_usual { id } else { ShapeId::from_number(MADE + shapes.len() as i64) };
        shapes.push(LogShape { id: own, shape: Arc::new(shape), vendors: plan.vendors.clone() });
        ShapeIndex::from_number(shapes.len() as u32 - 1)
    });
    if is_usual {
        plan.usual = Some(place);
    }
    place
}

/// Adds the costs that the log says of an event. `None` where they can't be read.
fn costs(shape: &Shape, event: &PackedEvent<'_>, texts: &[Cow<'_, str>], numbers: &mut Vec<Decimal>) -> Option<()> {
    if shape.vendors.is_empty() {
        return Some(());
    }
    if shape.keeps_costs() {
        for text in &texts[texts.len() - shape.vendors.len()..] {
            numbers.push(parse_cost(text).ok()?);
        }
        return Some(());
    }
    let before = numbers.len();
    for cost in event.fact.costs.iter().take(shape.vendors.len()) {
        numbers.push(cost.amount.decimal()?);
    }
    (numbers.len() - before == shape.vendors.len()).then_some(())
}
