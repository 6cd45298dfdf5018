//! Usage: records of other people's logs, read into events.
//!
//! A log holds the same few things over and over: an event type, some dimension values, the names of its fields. They
//! are interned once as a [`Shape`]; what differs from event to event is small and lies in a [`Batch`]'s shared buffers.
//! So reading costs no allocation per event, rating can remember what a shape matched, and the ledger stores a
//! shape's number instead of its text.
//!
//! A [`Source`] becomes lines (`lines`), a line becomes the parts of a record, and the parts become an event (`assemble`),
//! whatever they came from. Both formats know by `layout::Columns` what each value is: CSV from its header, JSON from the
//! keys, which are understood once for all objects of one outline (`json_outline`). What is wrong with one record is a
//! [`Rejection`] beside the events; what makes the rest unreadable is a [`ReadError`].

mod assemble;
mod cell;
mod clock;
mod columns;
mod cost_names;
mod csv;
mod deeper;
mod error;
mod event;
mod event_id;
mod guess;
mod gzip;
mod json;
mod json_end;
mod json_event;
mod json_found;
mod json_outline;
mod json_row;
mod json_text;
mod layout;
mod likeness;
mod lines;
mod made;
mod made_id;
mod nested_secrets;
mod parts;
mod reader;
mod records;
mod rows;
mod rules;
mod secrets;
mod shape;
mod single;
mod sink;
mod slot;
mod sort;
mod spelling;
mod twins;
mod units;

pub use assemble::check_name;
pub use cost_names::{currency_key, meant_cost};
pub use error::{Fault, HeaderFault, Problem, ReadError, Rejection};
pub use event::{Cost, UsageEvent};
pub use event_id::EventId;
pub use guess::{Guess, guess};
pub use likeness::likeness;
pub use lines::Source;
pub use reader::LogReader;
pub use rows::{Beside, Form, Rows};
pub use shape::{Batch, BatchEvent, BatchId, Fields, Interest, LeftOut, Passed, Shape, VendorCost, Vocabulary};
pub use single::Typed;
pub use sort::{SortedBatches, sort_by_time};
pub use twins::Twins;
