//! Fetches memory before billing waits for it.
//!
//! Ten thousand lives are more than a processor's caches hold, and billing an event would wait for each piece of its
//! customer's life in turn. The pieces of several lives, asked for one after the other with little work in between, are
//! fetched side by side, and are there when their events are billed. The sums below mean nothing: they keep the compiler
//! from leaving the reads out.

use super::names::LogShape;
use super::ready::Ready;
use crate::billing::{CounterKey, Engine, Life};
use crate::ids::CustomerIndex;
use crate::rating::Counter;
use crate::usage::{Batch, BatchEvent};
use smallvec::SmallVec;

/// Events whose customers are looked at together.
pub(super) const NEAR: u32 = 32;

/// What billing an event will need.
pub(super) struct Need<'a> {
    pub event: &'a BatchEvent,
    pub shape: &'a LogShape,
    pub life: &'a Life,
}

/// Looks at what billing these events of a batch will need.
pub(super) fn warm(engine: &Engine, ready: &Ready, batch: &Batch, needs: &[Need<'_>]) {
    let events = needs.iter().fold(0, |sum, need| sum ^ touch_numbers(batch, need));
    // Where one customer's events follow each other, their life is looked at once.
    let owners = needs.chunk_by(|a, b| a.event.customer == b.event.customer).map(|same| &same[0]);
    let lives =
        owners.clone().fold(events, |sum, need| sum ^ touch_life(need.life) ^ touch_rollup(ready, need.event.customer));
    owners.for_each(|need| need.life.touch_counters());
    let key = |need: &Need<'_>| engine.first_counter_key(need.life, &need.shape.input(batch, need.event));
    let keys: SmallVec<[Option<CounterKey>; NEAR as usize]> = needs.iter().map(key).collect();
    let counters =
        needs.iter().zip(&keys).filter_map(|(need, key)| Some(touch_counter(&need.life.counter(key.as_ref()?))));
    std::hint::black_box(counters.fold(lives, |sum, counter| sum ^ counter));
}

/// Reads all of a counter, which seldom lies in one line of a cache.
fn touch_counter(counter: &Counter) -> i64 {
    let volume = counter.quantity.volume.short().map_or(0, |volume| volume.scale());
    counter.quantity.count.cast_signed() ^ i64::from(volume) ^ (counter.rated.count() ^ counter.charged.count()) as i64
}

/// Reads the month that the customer's next event will be added to.
fn touch_rollup(ready: &Ready, customer: CustomerIndex) -> i64 {
    ready.latest_rollup_of(customer).map_or(0, |latest| {
        let part = latest.sums.parts.first().map_or(0, |part| part.denied_cost.count() as i64 ^ part.fees.count());
        latest.month.micros() ^ latest.sums.events ^ part
    })
}

/// Reads a little of everything that an event needs of the life itself.
fn touch_life(life: &Life) -> i64 {
    let subscription = life.subscriptions.first().map_or(0, |held| held.version.number() ^ held.ended_at.micros());
    let lot = life.accounts.iter().next().and_then(|(_, account)| account.lots().first());
    let lot = lot.map_or(0, |lot| {
        lot.released.count() ^ lot.left.count() ^ lot.id.number() ^ i64::from(lot.expires_at.is_some())
    });
    let counts = life.rules.len() ^ life.past_due.len();
    life.clock.micros() ^ life.due().micros() ^ subscription ^ lot ^ counts as i64
}

/// Looks at events, which another thread has written, and which may stand far apart.
pub(super) fn touch_events(events: &[&BatchEvent]) {
    std::hint::black_box(events.iter().fold(0, |sum, event| sum ^ event.numbers));
}

/// Reads the first and the last number of an event.
fn touch_numbers(batch: &Batch, Need { event, shape, .. }: &Need<'_>) -> i64 {
    let first = event.numbers as usize;
    let last = (first + shape.shape.volumes.len() + shape.vendors.len()).saturating_sub(1);
    [first, last]
        .into_iter()
        .filter_map(|place| batch.numbers.get(place))
        .fold(0, |sum, number| sum ^ i64::from(number.scale()))
}
