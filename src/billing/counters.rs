//! A customer's quantities so far.

use crate::ids::{PriceIndex, RowIndex, SubscriptionId};
use crate::money::{Decimal, DecimalSum, Total, Units};
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
    /// The start of the tier period; the epoch when it never ends, and [`Self::ONE_EVENT`] where each event is one.
    pub period: Instant,
}

impl CounterKey {
    /// The period of prices that rate each event by itself: of such a quantity nothing is kept.
    pub const ONE_EVENT: Instant = Instant::MAX;

    /// Whether a quantity is kept from event to event.
    #[inline]
    pub fn is_kept(&self) -> bool {
        self.period != Self::ONE_EVENT
    }
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

/// A quantity so far, in as few bytes as it needs, and whether it differs from what is stored. Billing waits for them in
/// memory. Nearly all count either events or a volume that one decimal holds, and have charged what they were rated at.
#[derive(Debug, Clone)]
enum Kept {
    Count { is_changed: bool, count: u64, sum: Units },
    Volume { is_changed: bool, volume: Decimal, sum: Units },
    Other { is_changed: bool, counter: Box<Counter> },
}

impl Kept {
    fn new(counter: Counter, is_changed: bool) -> Self {
        let Counter { quantity: Quantity { count, volume }, rated, charged } = counter;
        match (rated.try_into(), count, volume.short()) {
            (Ok(sum), 0, Some(volume)) if charged == rated => Self::Volume { is_changed, volume, sum },
            (Ok(sum), count, Some(volume)) if charged == rated && is_none(&volume) => {
                Self::Count { is_changed, count, sum }
            }
            _ => Self::Other { is_changed, counter: Box::new(counter) },
        }
    }

    #[inline]
    fn counter(&self) -> Counter {
        let of = |quantity, sum| Counter { quantity, rated: Total::from(sum), charged: Total::from(sum) };
        match *self {
            Self::Count { count, sum, .. } => of(Quantity { count, volume: DecimalSum::ZERO }, sum),
            Self::Volume { volume, sum, .. } => of(Quantity { count: 0, volume: volume.into() }, sum),
            Self::Other { ref counter, .. } => **counter,
        }
    }

    fn is_changed(&mut self) -> &mut bool {
        let (Self::Count { is_changed, .. } | Self::Volume { is_changed, .. } | Self::Other { is_changed, .. }) = self;
        is_changed
    }
}

/// Whether a price has counted no volume: then it has no decimals either.
fn is_none(volume: &Decimal) -> bool {
    volume.is_zero() && volume.scale() == 0
}

/// Bits that a row takes in a packed key, and a price. A catalog with more rows is refused.
const ROW_BITS: u32 = RowIndex::MOST.ilog2();
const PRICE_BITS: u32 = u16::BITS;

fn pack(place: usize, key: &CounterKey) -> u64 {
    assert!(key.row.place() < RowIndex::MOST, "a price has at most {} rows", RowIndex::MOST);
    ((place as u64) << PRICE_BITS | u64::from(key.price.number())) << ROW_BITS | u64::from(key.row.number())
}

/// The key that [`pack`] has packed, of a customer with these terms.
fn key(terms: &[(SubscriptionId, Instant)], packed: u64) -> CounterKey {
    let (subscription, period) = terms[(packed >> (PRICE_BITS + ROW_BITS)) as usize];
    let price = PriceIndex::from_number((packed >> ROW_BITS) as u16);
    let row = RowIndex::from_number((packed % RowIndex::MOST as u64) as u32);
    CounterKey { subscription, price, row, period }
}

impl Counters {
    /// None yet, and room for so many.
    pub fn with_room(count: usize) -> Self {
        Self { terms: SmallVec::new(), kept: FxHashMap::with_capacity_and_hasher(count, Default::default()) }
    }

    /// One of the quantities, unread: where it is found is what the others are found by.
    pub fn any(&self) -> Option<&u64> {
        self.kept.keys().next()
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
        kept.map_or_else(Counter::default, Kept::counter)
    }

    pub fn set(&mut self, key: &CounterKey, counter: Counter) {
        if !key.is_kept() {
            return;
        }
        let (packed, kept) = (self.pack(key), Kept::new(counter, true));
        // Nearly always it is there, and finding is less work than inserting.
        match self.kept.get_mut(&packed) {
            Some(before) => *before = kept,
            None => drop(self.kept.insert(packed, kept)),
        }
    }

    /// Sets what is stored.
    pub fn load(&mut self, key: &CounterKey, counter: Counter) {
        let packed = self.pack(key);
        self.kept.insert(packed, Kept::new(counter, false));
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
            *kept.is_changed() = true;
        }
    }

    /// All of them, in no order.
    pub fn iter(&self) -> impl Iterator<Item = (CounterKey, Counter)> {
        self.kept.iter().map(|(&packed, kept)| (key(&self.terms, packed), kept.counter()))
    }

    /// See [`super::Life::take_changed_counters`].
    pub fn take_changed(&mut self) -> Vec<(CounterKey, Counter, bool)> {
        let mut all: Vec<(u64, &mut Kept)> = self.kept.iter_mut().map(|(&packed, kept)| (packed, kept)).collect();
        all.sort_unstable_by_key(|(packed, _)| *packed);
        let mut taken = Vec::new();
        for group in all.chunk_by_mut(|a, b| a.0 >> ROW_BITS == b.0 >> ROW_BITS) {
            if group.iter_mut().any(|(_, kept)| *kept.is_changed()) {
                let take = |(packed, kept): &mut (u64, &mut Kept)| {
                    (key(&self.terms, *packed), kept.counter(), std::mem::take(kept.is_changed()))
                };
                taken.extend(group.iter_mut().map(take));
            }
        }
        taken
    }
}
