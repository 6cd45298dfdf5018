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
    let lives = needs.iter().fold(0, |sum, need| {
        sum ^ touch_life(need.life) ^ touch_rollup(ready, need.event.customer) ^ touch_event(batch, need.event)
    });
    needs.iter().for_each(|need| need.life.touch_counters());
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

/// Reads what an event has of its own, which another thread has written.
fn touch_event(batch: &Batch, event: &BatchEvent) -> i64 {
    let number = batch.numbers.get(event.numbers as usize).map_or(0, |number| number.scale());
    let text = batch.text.as_bytes().get(event.values.start as usize).copied();
    i64::from(number) ^ i64::from(text.unwrap_or_default())
}
