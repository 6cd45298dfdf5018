//! One customer's state.

use super::engine::{AssetId, VersionId};
use crate::rating::Counter;
use crate::time::Instant;
use crate::wallet::Account;
use rustc_hash::FxHashMap;

/// The ledger's number of a customer.
pub type CustomerId = i64;
/// The ledger's number of a subscription.
pub type SubscriptionId = i64;

/// A customer as the engine sees them: what they hold and how far their life has come.
#[derive(Debug, Clone)]
pub struct Life {
    /// Who.
    pub customer: CustomerId,
    /// How far their time has moved on. An event before it is late.
    pub clock: Instant,
    /// The newest of their events; 0 before the first.
    pub last_event: i64,
    /// All their subscriptions, past and future ones too, in the order in which they were made.
    pub subscriptions: Vec<Subscription>,
    /// Their accounts, one for each asset they ever held or owed.
    pub accounts: FxHashMap<AssetId, Account>,
    /// Their rated quantities so far.
    pub counters: FxHashMap<CounterKey, Counter>,
    /// Their own automatic top-up rules by asset, which go before the catalog's.
    pub rules: FxHashMap<AssetId, AutoTopupRule>,
    /// What their rules have paid, in units of the currency.
    pub auto_paid: FxHashMap<AutoPaidKey, i64>,
    /// When time next changes something by itself.
    pub(super) due: Instant,
    /// The counters that differ from what is stored.
    pub(super) changed_counters: Vec<CounterKey>,
}

/// A customer's hold on one product version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Subscription {
    /// The ledger's number.
    pub id: SubscriptionId,
    /// The product version.
    pub version: VersionId,
    /// From when on.
    pub started_at: Instant,
    /// Until when (exclusive); [`Instant::MAX`] while it has no end.
    pub ended_at: Instant,
}

impl Subscription {
    /// Whether an event at `at` belongs to it.
    pub fn is_active(&self, at: Instant) -> bool {
        self.started_at <= at && at < self.ended_at
    }
}

/// What a quantity so far is kept for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CounterKey {
    /// The subscription, which names product and version.
    pub subscription: SubscriptionId,
    /// Index of the price in its version.
    pub price: u16,
    /// Index of the row in its price.
    pub row: u16,
}

/// What automatic payments are added up by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct AutoPaidKey {
    /// The asset that was topped up.
    pub asset: AssetId,
    /// What was paid in.
    pub currency: AssetId,
    /// The start of the calendar month.
    pub month: Instant,
}

/// A customer's own rule for one asset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AutoTopupRule {
    /// Never, whatever the catalog says.
    Off,
    /// Below `threshold`, pay.
    On {
        /// In units of the asset.
        threshold: i64,
        /// What one payment is, in units of `currency`.
        amount: i64,
        /// What is paid in.
        currency: AssetId,
        /// The most in a calendar month, in units of `currency`.
        limit: Option<i64>,
    },
}

impl Life {
    /// A customer to whom nothing has happened yet.
    pub fn new(customer: CustomerId) -> Self {
        Self {
            customer,
            clock: Instant::EPOCH,
            last_event: 0,
            subscriptions: Vec::new(),
            accounts: FxHashMap::default(),
            counters: FxHashMap::default(),
            rules: FxHashMap::default(),
            auto_paid: FxHashMap::default(),
            due: Instant::MAX,
            changed_counters: Vec::new(),
        }
    }

    /// Says again when time next changes something. To be called after `accounts` was set from outside.
    pub fn refresh_due(&mut self) {
        self.due = self.accounts.values().map(Account::next_due).min().unwrap_or(Instant::MAX);
    }

    /// When time next changes something by itself.
    pub fn due(&self) -> Instant {
        self.due
    }

    /// The counters that differ from what is stored, which is what the caller is about to store.
    pub fn take_changed_counters(&mut self) -> Vec<(CounterKey, Counter)> {
        let mut keys = std::mem::take(&mut self.changed_counters);
        keys.sort_unstable();
        keys.dedup();
        keys.into_iter().map(|key| (key, self.counters[&key])).collect()
    }

    /// What can be used of an asset at `at`.
    pub fn available(&self, asset: AssetId, at: Instant) -> i64 {
        self.accounts.get(&asset).map_or(0, |account| account.available(at))
    }
}
