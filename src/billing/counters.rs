//! A customer's quantities so far.

use crate::ids::{PriceIndex, RowIndex, SubscriptionId};
use crate::money::{Decimal, Total, Units};
use crate::rating::{Counter, Quantity};
use crate::time::Instant;
use rustc_hash::FxHashMap;
use smallvec::SmallVec;

/// What a quantity so far is kept for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CounterKey {
    /// The first subscription of the line that has this quantity, which names product and version: see `carry`.
    pub subscription: SubscriptionId,
    /// Index of the price in its version.
    pub price: PriceIndex,
    /// Index of the row in its price.
    pub row: RowIndex,
    /// The start of the tier period; the epoch when it never ends.
    pub period: Instant,
}

/// Rated quantities by their keys. There may be one for each model and tier, so they are kept small: what their keys have
/// in common stands once.
#[derive(Debug, Clone, Default)]
pub(super) struct Counters {
    /// Subscriptions and tier periods; a quantity's is told by its place.
    terms: SmallVec<[(SubscriptionId, Instant); 1]>,
    /// By place in `terms`, price and row.
    kept: FxHashMap<u64, Kept>,
}

/// A quantity so far, and whether it differs from what is stored.
#[derive(Debug, Clone)]
struct Kept {
    sums: Sums,
    is_changed: bool,
}

/// A counter in as few bytes as it needs. Nearly all are of numbers that one decimal and one amount hold.
#[derive(Debug, Clone)]
enum Sums {
    Short { count: u64, volume: Decimal, rated: Units, charged: Units },
    Long(Box<Counter>),
}

impl Sums {
    fn new(counter: Counter) -> Self {
        let Counter { quantity: Quantity { count, volume }, rated, charged } = counter;
        match (volume.short(), rated.try_into(), charged.try_into()) {
            (Some(volume), Ok(rated), Ok(charged)) => Self::Short { count, volume, rated, charged },
            _ => Self::Long(Box::new(counter)),
        }
    }

    #[inline]
    fn counter(&self) -> Counter {
        match *self {
            Self::Short { count, volume, rated, charged } => {
                let quantity = Quantity { count, volume: volume.into() };
                Counter { quantity, rated: Total::from(rated), charged: Total::from(charged) }
            }
            Self::Long(ref counter) => **counter,
        }
    }
}

fn pack(place: usize, key: &CounterKey) -> u64 {
    (place as u64) << 32 | u64::from(key.price.number()) << 16 | u64::from(key.row.number())
}

/// The key that [`pack`] has packed, of a customer with these terms.
fn key(terms: &[(SubscriptionId, Instant)], packed: u64) -> CounterKey {
    let (subscription, period) = terms[(packed >> 32) as usize];
    let (price, row) = (PriceIndex::from_number((packed >> 16) as u16), RowIndex::from_number(packed as u16));
    CounterKey { subscription, price, row, period }
}

impl Counters {
    /// None yet, and room for so many.
    pub fn with_room(count: usize) -> Self {
        Self { terms: SmallVec::new(), kept: FxHashMap::with_capacity_and_hasher(count, Default::default()) }
    }

    pub fn len(&self) -> usize {
        self.kept.len()
    }

    /// The place of a key's terms. The latest are asked for most.
    #[inline]
    fn place(&self, key: &CounterKey) -> Option<usize> {
        self.terms.iter().rposition(|terms| *terms == (key.subscription, key.period))
    }

    /// Zero before the first event.
    #[inline]
    pub fn get(&self, key: &CounterKey) -> Counter {
        let kept = self.place(key).and_then(|place| self.kept.get(&pack(place, key)));
        kept.map_or_else(Counter::default, |kept| kept.sums.counter())
    }

    pub fn set(&mut self, key: &CounterKey, counter: Counter) {
        let (packed, kept) = (self.pack(key), Kept { sums: Sums::new(counter), is_changed: true });
        // Nearly always it is there, and finding is less work than inserting.
        match self.kept.get_mut(&packed) {
            Some(before) => *before = kept,
            None => drop(self.kept.insert(packed, kept)),
        }
    }

    /// Sets what is stored.
    pub fn load(&mut self, key: &CounterKey, counter: Counter) {
        let packed = self.pack(key);
        self.kept.insert(packed, Kept { sums: Sums::new(counter), is_changed: false });
    }

    /// A key as it is kept, with terms that may be new.
    fn pack(&mut self, key: &CounterKey) -> u64 {
        let place = self.place(key).unwrap_or_else(|| {
            self.terms.push((key.subscription, key.period));
            self.terms.len() - 1
        });
        pack(place, key)
    }

    /// Notes that what goes with a quantity differs from what is stored.
    pub fn mark(&mut self, key: &CounterKey) {
        if let Some(kept) = self.place(key).and_then(|place| self.kept.get_mut(&pack(place, key))) {
            kept.is_changed = true;
        }
    }

    /// All of them, in no order.
    pub fn iter(&self) -> impl Iterator<Item = (CounterKey, Counter)> {
        self.kept.iter().map(|(&packed, kept)| (key(&self.terms, packed), kept.sums.counter()))
    }

    /// See [`super::Life::take_changed_counters`].
    pub fn take_changed(&mut self) -> Vec<(CounterKey, Counter, bool)> {
        let mut all: Vec<(u64, &mut Kept)> = self.kept.iter_mut().map(|(&packed, kept)| (packed, kept)).collect();
        all.sort_unstable_by_key(|(packed, _)| *packed);
        let mut taken = Vec::new();
        for group in all.chunk_by_mut(|a, b| a.0 >> 16 == b.0 >> 16) {
            if group.iter().any(|(_, kept)| kept.is_changed) {
                let take = |(packed, kept): &mut (u64, &mut Kept)| {
                    (key(&self.terms, *packed), kept.sums.counter(), std::mem::take(&mut kept.is_changed))
                };
                taken.extend(group.iter_mut().map(take));
            }
        }
        taken
    }
}
