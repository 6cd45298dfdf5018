//! Looking at lives before they are needed.
//!
//! Ten thousand lives are more than a processor's caches hold, and billing an event would wait for each piece of its
//! customer's life in turn. Pieces of several lives that are asked for one after the other, with little else to do in
//! between, are fetched side by side instead, and are there when their events are billed.

use super::charge::EventInput;
use super::counters::CounterKey;
use super::engine::Engine;
use super::life::Life;

impl Life {
    /// Reads a little of everything that an event needs of the life itself. The number means nothing.
    pub fn touch(&self) -> i64 {
        let subscription = self.subscriptions.first().map_or(0, |held| held.version.number() ^ held.ended_at.micros());
        let lot = self.accounts.iter().next().and_then(|(_, account)| account.lots().first());
        let counts = self.counters.len() ^ self.rules.len() ^ self.past_due.len();
        let lot = lot.map_or(0, |lot| {
            lot.released.count() ^ lot.left.count() ^ lot.id.number() ^ i64::from(lot.expires_at.is_some())
        });
        self.clock.micros() ^ self.due.micros() ^ subscription ^ lot ^ counts as i64
    }

    /// Reads a quantity so far. The number means nothing.
    pub fn touch_counter(&self, key: &CounterKey) -> i64 {
        self.counters.get(key).rated.count()
    }
}

impl Engine {
    /// The first quantity that an event will be rated on top of, as far as that is known without looking far.
    pub fn first_counter(&self, life: &Life, input: &EventInput<'_>) -> Option<CounterKey> {
        let subscription = life.subscriptions.first()?;
        let price = self.known_match(subscription.version, input.shape_id)?.prices.first()?;
        Some(Self::counter_key(life, subscription, price, input.occurred_at))
    }
}
