//! The customers and shapes of a log, by the numbers that the reader gave them.

use super::super::open::Writer;
use super::super::tables::{customer, shape, vendor};
use crate::billing::EventInput;
use crate::ids::{CustomerId, CustomerIndex, ShapeId, ShapeIndex, VendorId};
use crate::ledger::LedgerError;
use crate::usage::{Batch, BatchEvent, Shape, UsageEvent};
use std::sync::Arc;

/// Everybody and everything that a log has named so far.
#[derive(Default)]
pub(in crate::ledger) struct Names {
    customers: Vec<LogCustomer>,
    shapes: Vec<LogShape>,
}

/// A customer of the log.
pub(in crate::ledger) struct LogCustomer {
    /// As the log has it.
    pub name: String,
    /// The ledger's number, once it is known.
    pub id: Option<CustomerId>,
    /// Whether billing has their life.
    pub is_loaded: bool,
}

/// A shape of the log, with the ledger's numbers of it and of its vendors.
#[derive(Clone)]
pub(in crate::ledger) struct LogShape {
    pub id: ShapeId,
    pub shape: Arc<Shape>,
    pub vendors: Vec<VendorId>,
}

impl LogShape {
    /// An event of this shape, as billing needs it.
    pub fn input<'b>(&'b self, batch: &'b Batch, event: &BatchEvent) -> EventInput<'b> {
        EventInput {
            shape_id: self.id,
            shape: &self.shape,
            vendors: &self.vendors,
            occurred_at: event.occurred_at,
            volumes: batch.volumes(event, &self.shape),
            costs: batch.costs(event, &self.shape),
        }
    }
}

impl Names {
    /// Numbers the customers and shapes that are new in a batch. Returns those shapes.
    pub fn learn(&mut self, writer: &mut Writer<'_>, batch: &Batch) -> Result<Vec<LogShape>, LedgerError> {
        let numbers = customer::numbers(&writer.tx, &batch.new_customers)?;
        let new = batch.new_customers.iter().zip(numbers);
        self.customers.extend(new.map(|(name, id)| LogCustomer { name: name.clone(), id, is_loaded: false }));
        let mut shapes = Vec::with_capacity(batch.new_shapes.len());
        for shape in &batch.new_shapes {
            let vendors = shape.vendors.iter().map(|v| vendor::number(&writer.tx, &mut writer.seals, &v.vendor));
            let vendors = vendors.collect::<Result<_, _>>()?;
            let id = shape::number(&writer.tx, &mut writer.seals, shape)?;
            shapes.push(LogShape { id, shape: Arc::clone(shape), vendors });
        }
        self.shapes.extend_from_slice(&shapes);
        Ok(shapes)
    }

    /// The customer that the reader gave this number.
    pub fn customer(&self, index: CustomerIndex) -> &LogCustomer {
        &self.customers[index.place()]
    }

    /// The same, to note what is known of them now.
    pub fn customer_mut(&mut self, index: CustomerIndex) -> &mut LogCustomer {
        &mut self.customers[index.place()]
    }

    /// The shape that the reader gave this number.
    pub fn shape(&self, index: ShapeIndex) -> &LogShape {
        &self.shapes[index.place()]
    }

    /// The customers that the ledger has numbers for.
    pub fn into_customers(self) -> Vec<(CustomerId, String)> {
        self.customers.into_iter().filter_map(|customer| Some((customer.id?, customer.name))).collect()
    }

    /// The full form of an event.
    pub fn expand(&self, batch: &Batch, event: &BatchEvent) -> UsageEvent {
        batch.expand(event, &self.shape(event.shape).shape, &self.customer(event.customer).name)
    }
}
