//! One customer's state.

use super::accounts::Accounts;
use super::counters::{CounterKey, Counters};
use super::facts::{ChargeFact, LapseFact, RefundPart};
use super::failure::Broken;
use super::seats::Seats;
use super::stress::Stress;
use crate::ids::{AssetId, ChargeId, CustomerId, EventNumber, LotId, SubscriptionId, VersionId};
use crate::money::{Units, Value};
use crate::rating::Counter;
use crate::time::Instant;
use crate::wallet::{BurnOrder, GrantedBy, Lot};
use rustc_hash::{FxHashMap, FxHashSet};
use smallvec::SmallVec;

/// A customer as the engine sees them: what they hold and how far their life has come.
#[derive(Debug, Clone)]
pub struct Life {
    /// The customer's number in the ledger.
    pub customer: CustomerId,
    /// How far their time has moved on. An event before it is late.
    pub clock: Instant,
    /// The newest of their events; [`EventNumber::NONE`] before the first.
    pub last_event: EventNumber,
    /// All their subscriptions, past and future ones too, in the order in which they were made.
    pub subscriptions: SmallVec<[Subscription; 1]>,
    /// Their fixed charges whose service period is not over.
    pub charges: Vec<ChargeFact>,
    /// By how much less these earn, because money for them went back.
    pub refunded: Vec<RefundPart>,
    /// Their fixed charges that the wallet paid by overdraft, as far as they are still owed or not over, oldest first.
    pub owed_charges: Vec<OwedCharge>,
    /// The lots that credits of changes went into: they pay for what payments collect, before any payment does.
    pub credits: Vec<LotId>,
    /// Their subscriptions that wait for a renewal to be paid.
    pub past_due: Vec<LapseFact>,
    /// Their accounts, one for each asset they ever held or owed.
    pub accounts: Accounts,
    /// Their rated quantities so far.
    pub(super) counters: Counters,
    /// Their own automatic top-up rules by asset, which go before the catalog's.
    pub rules: FxHashMap<AssetId, AutoTopupRule>,
    /// What was drawn under each quantity of a price that may give back, oldest first.
    pub refundable: FxHashMap<CounterKey, Vec<Refundable>>,
    /// What their rules have paid, in units of the currency.
    pub auto_paid: FxHashMap<AutoPaidKey, Units>,
    /// How their accounts fare in a what-if. It is never stored.
    #[expect(clippy::box_collection, reason = "nearly no life has any, and all are waited for in memory")]
    pub(super) stress: Option<Box<Vec<Stress>>>,
    /// When time next changes something by itself.
    pub(super) due: Instant,
}

/// A customer's hold on one product version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Subscription {
    /// Its number in the ledger.
    pub id: SubscriptionId,
    /// The product version whose prices and entitlements it has.
    pub version: VersionId,
    /// How many seats it has, at least 1.
    pub quantity: Seats,
    /// When it begins, inclusive.
    pub started_at: Instant,
    /// What its periods are counted from.
    pub anchor: Instant,
    /// The subscription that it goes on with under other terms; itself when it is new.
    pub origin: SubscriptionId,
    /// Until when (exclusive); [`Instant::MAX`] while it has no end.
    pub ended_at: Instant,
}

impl Subscription {
    /// A new subscription of one seat, without an end.
    pub fn new(id: SubscriptionId, version: VersionId, started_at: Instant) -> Self {
        Self { id, version, quantity: Seats::ONE, started_at, anchor: started_at, origin: id, ended_at: Instant::MAX }
    }

    /// Whether an event at `at` belongs to it.
    pub fn is_active(&self, at: Instant) -> bool {
        self.started_at <= at && at < self.ended_at
    }
}

/// A fixed charge that the wallet paid by overdraft.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OwedCharge {
    /// The charge.
    pub charge: ChargeId,
    /// The account that owes it.
    pub asset: AssetId,
    /// What is still owed, in units of the asset.
    pub amount: Units,
    /// What lots that repaid it had cost, in units of the reporting currency.
    pub earned: Value,
}

/// A draw under a volume price, which may be given back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refundable {
    /// How much of the fee it paid, in units of the price's asset.
    pub units: Units,
    /// The account it was taken from.
    pub asset: AssetId,
    /// The lot; `None` for the overdraft.
    pub lot: Option<LotId>,
    /// How much was taken, in units of `asset`.
    pub amount: Units,
}

/// What automatic payments are added up by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct AutoPaidKey {
    /// The asset that was topped up.
    pub asset: AssetId,
    /// The currency of the payments.
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
        threshold: Units,
        /// What one payment is, in units of `currency`.
        amount: Units,
        /// The currency of each payment.
        currency: AssetId,
        /// The most in a calendar month, in units of `currency`.
        limit: Option<Units>,
    },
}

impl Life {
    /// A customer to whom nothing has happened yet.
    pub fn new(customer: CustomerId) -> Self {
        Self {
            customer,
            clock: Instant::EPOCH,
            last_event: EventNumber::NONE,
            subscriptions: SmallVec::new(),
            charges: Vec::new(),
            refunded: Vec::new(),
            owed_charges: Vec::new(),
            credits: Vec::new(),
            past_due: Vec::new(),
            refundable: FxHashMap::default(),
            accounts: Accounts::default(),
            counters: Counters::default(),
            rules: FxHashMap::default(),
            auto_paid: FxHashMap::default(),
            stress: None,
            due: Instant::MAX,
        }
    }

    /// Whether a subscription waits for a renewal to be paid.
    pub fn is_past_due(&self, origin: SubscriptionId) -> bool {
        self.past_due.iter().any(|lapse| lapse.origin == origin)
    }

    /// The subscription whose renewal a lapse is of: the latest terms of its line that had begun.
    pub fn lapsed(&self, lapse: &LapseFact) -> Option<&Subscription> {
        self.subscriptions.iter().rfind(|own| own.origin == lapse.origin && own.started_at <= lapse.at)
    }

    /// When nothing of a subscription's line is there any more or will come; [`Instant::MAX`] while it has no end.
    pub fn line_end(&self, origin: SubscriptionId) -> Instant {
        self.line(origin).map(|s| s.ended_at).max().unwrap_or(Instant::EPOCH)
    }

    /// When what a subscription's terms granted is over, whatever its own time: with the line, or when that is counted anew.
    pub fn end_of(&self, granted: GrantedBy) -> Instant {
        let own = self.subscriptions.iter().find(|s| s.id == granted.subscription);
        own.map_or(Instant::EPOCH, |own| {
            let is_anew = |s: &&Subscription| s.id > own.id && s.anchor != own.anchor;
            let anew = self.line(own.origin).filter(is_anew).map(|s| s.started_at);
            anew.chain([self.line_end(own.origin)]).min().unwrap_or(Instant::MAX)
        })
    }

    /// The terms that a line has had and will have, without those that were taken back before they began.
    fn line(&self, origin: SubscriptionId) -> impl Iterator<Item = &Subscription> {
        self.subscriptions.iter().filter(move |s| s.origin == origin && s.ended_at > s.started_at)
    }

    /// Whether what a subscription's terms granted is over at `at`.
    pub(super) fn has_ended(&self, granted: GrantedBy, at: Instant) -> bool {
        self.end_of(granted) <= at
    }

    /// When time next changes something by itself.
    pub fn due(&self) -> Instant {
        self.due
    }

    /// A quantity so far; zero before the first event.
    #[inline]
    pub fn counter(&self, key: &CounterKey) -> Counter {
        self.counters.get(key)
    }

    /// Looks at what quantities are found by: for whoever fetches memory ahead.
    pub fn touch_counters(&self) {
        std::hint::black_box(self.counters.any());
    }

    /// All quantities so far, in no order.
    pub fn counters(&self) -> impl Iterator<Item = (CounterKey, Counter)> {
        self.counters.iter()
    }

    /// Sets the quantities so far to those that are stored.
    pub fn load_counters(&mut self, stored: impl IntoIterator<Item = (CounterKey, Counter)>) {
        let stored = stored.into_iter();
        self.counters = Counters::with_room(stored.size_hint().0);
        stored.for_each(|(key, counter)| self.counters.load(&key, counter));
    }

    /// The quantities of each subscription, tier period and price of which one has changed, with whether it is that one. The
    /// caller stores them: from then on they count as stored. Grouped by those three, in the order of the rows.
    pub fn take_changed_counters(&mut self) -> Vec<(CounterKey, Counter, bool)> {
        self.counters.take_changed()
    }

    /// Puts the lots into the order of other terms.
    pub fn sort_accounts(&mut self, order: &BurnOrder) {
        self.accounts.iter_mut().for_each(|(_, account)| account.sort(order));
    }

    /// Forgets the lots that have nothing left, but those that may give something back. Events can't be taken back then.
    pub fn forget_used_up(&mut self) {
        let refundable: FxHashSet<LotId> = self.refundable.values().flatten().filter_map(|own| own.lot).collect();
        self.accounts.iter_mut().for_each(|(_, account)| account.forget_used_up(|lot| refundable.contains(&lot)));
    }

    /// Whether at least so much can be used of an asset at `at`.
    pub(super) fn covers(&self, asset: AssetId, need: Units, at: Instant) -> bool {
        need.is_zero() || self.accounts.get(asset).is_some_and(|account| account.covers(need, at))
    }

    /// A lot that the customer holds, or has used up since their life was loaded.
    pub fn lot(&self, id: LotId) -> Option<&Lot> {
        self.accounts.iter().find_map(|(_, account)| account.find(id))
    }

    /// The asset of a lot that the customer holds, or has used up since their life was loaded.
    ///
    /// # Errors
    /// When there is no such lot.
    pub fn asset_of(&self, id: LotId) -> Result<AssetId, Broken> {
        self.accounts.find(id).map(|(asset, _)| asset).ok_or(Broken::Lot(id))
    }

    /// What can be used of an asset at `at`.
    pub fn available(&self, asset: AssetId, at: Instant) -> Units {
        self.accounts.get(asset).map_or(Units::ZERO, |account| account.available(at))
    }

    /// How those accounts have fared that were ever below zero, or that payments were made for.
    pub fn stress(&self) -> &[Stress] {
        self.stress.as_deref().map_or(&[], Vec::as_slice)
    }

    pub(super) fn stress_of(&mut self, asset: AssetId) -> &mut Stress {
        let all = self.stress.get_or_insert_default();
        let place = all.iter().position(|own| own.asset == asset).unwrap_or_else(|| {
            all.push(Stress::new(asset));
            all.len() - 1
        });
        &mut all[place]
    }

    /// Looks at what an account owes after something was taken from it.
    pub(super) fn note_deficit(&mut self, asset: AssetId) {
        let owed = self.accounts.get(asset).map_or(Units::ZERO, |account| account.deficit());
        if owed.is_positive() {
            let own = self.stress_of(asset);
            own.deepest = own.deepest.max(owed);
        }
    }

    /// When something is next tried again.
    pub(super) fn next_try(&self) -> Option<Instant> {
        self.stress().iter().filter_map(|own| Some(own.waits()?.next)).min()
    }
}

/// The line that a subscription belongs to.
pub(super) fn line(life: &Life, origin: SubscriptionId) -> impl Iterator<Item = &Subscription> {
    life.subscriptions.iter().filter(move |s| s.origin == origin)
}

/// Whether an account can hold so much more.
pub(super) fn has_room(life: &Life, asset: AssetId, more: Units) -> bool {
    life.accounts.get(asset).is_none_or(|account| account.has_room(more))
}
