//! Fetches memory before billing waits for it.
//!
//! Ten thousand lives are more than a processor's caches hold, and billing an event would wait for each piece of its
//! customer's life in turn. The pieces of several lives, asked for one after the other with little work in between, are
//! fetched side by side, and are there when their events are billed. The sums below mean nothing: they keep the compiler
//! from leaving the reads out.

use crate::billing::{CounterKey, Engine, EventInput, Life, Rollup};
use crate::ids::CustomerIndex;
use crate::rating::Counter;
use crate::usage::BatchEvent;
use smallvec::SmallVec;

/// Events whose customers are looked at together.
pub(in crate::ledger) const NEAR: usize = 32;

/// What billing an event will need.
pub(in crate::ledger) struct Need<'a> {
    pub customer: CustomerIndex,
    pub life: &'a Life,
    pub input: EventInput<'a>,
}

/// Looks at what billing these events will need; `latest` is the rollup that a customer's next event will be added to.
pub(in crate::ledger) fn warm<'r>(
    engine: &Engine,
    latest: impl Fn(CustomerIndex) -> Option<&'r Rollup>,
    needs: &[Need<'_>],
) {
    let events = needs.iter().fold(0, |sum, need| sum ^ touch_numbers(&need.input));
    // Where one customer's events follow each other, their life is looked at once.
    let owners = needs.chunk_by(|a, b| a.customer == b.customer).map(|same| &same[0]);
    let lives =
        owners.clone().fold(events, |sum, need| sum ^ touch_life(need.life) ^ touch_rollup(latest(need.customer)));
    owners.for_each(|need| need.life.touch_counters());
    let key = |need: &Need<'_>| engine.first_counter_key(need.life, &need.input);
    let keys: SmallVec<[Option<CounterKey>; NEAR]> = needs.iter().map(key).collect();
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
fn touch_rollup(latest: Option<&Rollup>) -> i64 {
    latest.map_or(0, |latest| {
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
fn touch_numbers(input: &EventInput<'_>) -> i64 {
    let (first, last) = (input.volumes.first().or(input.costs.first()), input.costs.last().or(input.volumes.last()));
    [first, last].into_iter().flatten().fold(0, |sum, number| sum ^ i64::from(number.scale()))
}
