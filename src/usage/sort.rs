//! Events in the order in which they happened.

use super::event_id::EventId;
use super::shape::{Batch, BatchEvent, BatchId, Shape};
use crate::time::Instant;
use std::sync::Arc;

/// Batches with all events of a run in the order of their times; see [`sort_by_time`].
pub struct SortedBatches {
    batches: Vec<Batch>,
    shapes: Vec<Arc<Shape>>,
    /// When, and which event of which batch.
    order: std::vec::IntoIter<(Instant, u32, u32)>,
    max: usize,
    /// Names, shapes and rejections, for the first batch.
    first: Option<Batch>,
}

/// Orders all events by time, and events of one instant as they stand in the log; gives them again in batches of `max`.
///
/// `batches` are all that a reader gave, so the whole run is in memory: its ids and values, and about 100 bytes more for
/// each event. The first of the new batches has all names, shapes and rejections.
pub fn sort_by_time(mut batches: Vec<Batch>, max: usize) -> SortedBatches {
    let mut first = Batch::default();
    let mut order = Vec::with_capacity(batches.iter().map(|batch| batch.events.len()).sum());
    for (index, batch) in (0..).zip(&mut batches) {
        first.new_customers.append(&mut batch.new_customers);
        first.new_shapes.append(&mut batch.new_shapes);
        first.rejections.append(&mut batch.rejections);
        first.forms.append(&mut batch.forms);
        first.passed.join(std::mem::take(&mut batch.passed));
        first.bytes_read = batch.bytes_read;
        order.extend((0..).zip(&batch.events).map(|(event, it)| (it.occurred_at, index, event)));
    }
    order.sort_unstable();
    let shapes = first.new_shapes.clone();
    SortedBatches { batches, shapes, order: order.into_iter(), max: max.max(1), first: Some(first) }
}

impl Iterator for SortedBatches {
    type Item = Batch;

    fn next(&mut self) -> Option<Batch> {
        let first = self.first.take();
        if self.order.len() == 0 && first.as_ref().is_none_or(Batch::is_empty) {
            return None;
        }
        let last_read = self.batches.last().map_or(0, |batch| batch.bytes_read);
        let mut batch = first.unwrap_or_else(|| Batch { bytes_read: last_read, ..Batch::default() });
        while batch.events.len() < self.max && !batch.is_full() {
            let Some((_, source, event)) = self.order.next() else { break };
            let source = &self.batches[source as usize];
            if let Some(row) = source.rows.get(event as usize) {
                batch.rows.push(row);
            }
            let event = &source.events[event as usize];
            copy(&mut batch, source, event, self.shapes[event.shape.place()].number_count());
        }
        Some(batch)
    }
}

/// Appends an event of one batch to another.
fn copy(batch: &mut Batch, source: &Batch, event: &BatchEvent, number_count: usize) {
    let numbers = event.numbers as usize;
    let copied = BatchEvent {
        values: append(&mut batch.text, source.values(event)),
        id: match source.id(event) {
            EventId::Uuid(bytes) => BatchId::Uuid(bytes),
            EventId::Text(text) => BatchId::Text(append(&mut batch.text, text)),
        },
        numbers: batch.numbers.len() as u32,
        ..event.clone()
    };
    batch.numbers.extend_from_slice(&source.numbers[numbers..numbers + number_count]);
    batch.events.push(copied);
}

fn append(text: &mut String, part: &str) -> std::ops::Range<u32> {
    let start = text.len() as u32;
    text.push_str(part);
    start..text.len() as u32
}
