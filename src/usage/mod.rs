//! Usage: records of other people's logs, read into events.
//!
//! A log holds the same few things over and over: an event type, some dimension values, the names of its fields. They
//! are interned once as a [`Shape`]; what differs from event to event is small and lies in a [`Batch`]'s shared buffers.
//! So reading costs no allocation per event, rating can remember what a shape matched, and the ledger stores a
//! shape's number instead of its text.

mod event;
mod shape;

pub use event::{Cost, UsageEvent};
pub use shape::{Batch, BatchEvent, Fields, Interest, Rejection, Shape, VendorCost, Vocabulary};
