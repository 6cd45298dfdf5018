//! Looking at lives before they are needed.
//!
//! Ten thousand lives are more than a processor's caches hold, and billing an event waits for each piece of its customer's
//! life in turn: the life, its subscription, its account, its lot, its quantity. Pieces of several lives that are asked for
//! one after the other are fetched side by side instead, and are there when their events are billed.

use super::charge::{EventInput, tier_period};
use super::engine::Engine;
use super::life::{CounterKey, Life};

impl Life {
    /// Reads what lies in the life itself. The number means nothing.
    pub fn touch(&self) -> i64 {
        let counts = self.subscriptions.len() + self.accounts.len() + self.counters.len() + self.rules.len();
        self.clock.micros() ^ self.due.micros() ^ counts as i64 ^ self.past_due.len() as i64
    }

    /// Reads what the life points at. The number means nothing.
    pub fn touch_holdings(&self) -> i64 {
        let subscription = self.subscriptions.first().map_or(0, |subscription| subscription.version);
        let lots = self.accounts.values().next().and_then(|account| account.lots().first());
        subscription ^ lots.map_or(0, |lot| lot.left)
    }
}

impl Engine {
    /// Reads the quantity that an event will be rated on top of. The number means nothing.
    pub fn touch_counter(&self, life: &Life, input: &EventInput<'_>) -> i64 {
        let Some(subscription) = life.subscriptions.first() else { return 0 };
        let matched = self.matches.get(&(subscription.version, input.shape_id));
        let Some(price) = matched.and_then(|matched| matched.prices.first()) else { return 0 };
        let version = &self.versions[&subscription.version];
        let usage = &version.prices[usize::from(price.price)].1.usage;
        let period = tier_period(usage.tier_period, version.cycle, subscription.anchor, input.occurred_at);
        let key = CounterKey { subscription: subscription.id, price: price.price, row: price.row, period };
        life.counter(&key).rated
    }
}
