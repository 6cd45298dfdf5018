//! One grant of credit, and how it compares with others.

use crate::ids::{EntitlementIndex, LotId, SubscriptionId};
use crate::money::{Rounding, Units, Value};
use crate::time::Instant;
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;
use std::fmt;

/// When a lot is used among others: lower is first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Priority(i64);

impl Priority {
    /// That of lots that nobody gave one.
    pub const DEFAULT: Self = Self(100);

    /// The priority of that number.
    pub const fn from_number(number: i64) -> Self {
        Self(number)
    }

    /// Its number, as the ledger stores it.
    pub const fn number(self) -> i64 {
        self.0
    }
}

impl From<i32> for Priority {
    fn from(number: i32) -> Self {
        Self(number.into())
    }
}

impl fmt::Display for Priority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Why a lot was granted. The order is the burn order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// A gift: earns nothing.
    Promotion,
    /// Included in a product.
    Bundled,
    /// Bought: earns its share of what was paid.
    Paid,
}

impl Purpose {
    /// All purposes with their words.
    pub const NAMES: [(&'static str, Self); 3] =
        [("promotion", Self::Promotion), ("bundled", Self::Bundled), ("paid", Self::Paid)];

    /// The word for people and JSON.
    pub fn name(self) -> &'static str {
        Self::NAMES[self as usize].0
    }
}

/// Where a lot of an entitlement comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GrantedBy {
    /// The ledger's number of the subscription.
    pub subscription: SubscriptionId,
    /// Index of the entitlement in the subscription's version.
    pub entitlement: EntitlementIndex,
}

/// One grant of credit in an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lot {
    /// The ledger's number; decides last in the burn order.
    pub id: LotId,
    /// Why it was granted.
    pub purpose: Purpose,
    /// Lower is used first.
    pub priority: Priority,
    /// When it was granted: the burn order's `granted_at`.
    pub granted_at: Instant,
    /// From when on it can be used.
    pub effective_at: Instant,
    /// Until when (exclusive) it can be used; `None` is for ever.
    pub expires_at: Option<Instant>,
    /// The entitlement that granted it; `None` for credit that was bought or given.
    pub granted_by: Option<GrantedBy>,
    /// What was granted, in units of the asset.
    pub amount: Units,
    /// What is left of it, in units of the asset.
    pub left: Units,
    /// What the whole lot cost its buyer.
    pub basis: Value,
    /// How much of `basis` has left the lot: earned by draws, given back, or lost by expiry.
    pub released: Value,
    /// Whether `left` and `released` differ from what is stored.
    pub changed: bool,
}

impl Lot {
    /// Whether it can be used at `at`: live in `[effective_at, expires_at)` with something left.
    pub fn is_live(&self, at: Instant) -> bool {
        self.left.is_positive() && self.effective_at <= at && self.expires_at.is_none_or(|end| at < end)
    }

    /// Whether it holds no more than it was granted, has released its share of the cost basis, and begins in the calendar.
    pub fn can_be(&self) -> bool {
        let is_within = self.amount.is_positive() && (Units::ZERO..=self.amount).contains(&self.left);
        let times = [Some(self.granted_at), Some(self.effective_at), self.expires_at];
        let is_timed = times.into_iter().flatten().all(|at| (Instant::EPOCH..=Instant::MAX).contains(&at));
        is_within && is_timed && !self.basis.is_negative() && self.released == self.share_of_basis()
    }

    /// What part of the cost basis goes with what has been taken: cut on the cumulative amount, rounded down, so that a
    /// used-up lot has released exactly its basis.
    fn share_of_basis(&self) -> Value {
        let taken = self.amount - self.left;
        if self.basis.count() == self.amount.count() {
            return Value::from_count(taken.count());
        }
        self.basis.portion(taken, self.amount, Rounding::Down).expect("a part is never more than the whole")
    }

    /// Takes `amount` out and returns its share of the cost basis.
    pub(super) fn take(&mut self, amount: Units) -> Value {
        debug_assert!(
            amount.is_positive() && amount <= self.left,
            "lot {} has {} left, not {amount}",
            self.id,
            self.left
        );
        self.left -= amount;
        self.release()
    }

    /// Puts `amount` back in and returns its share of the cost basis, which is no longer earned.
    pub(super) fn put_back(&mut self, amount: Units) -> Value {
        debug_assert!(amount.is_positive() && amount <= self.amount - self.left, "lot {} never gave {amount}", self.id);
        self.left += amount;
        -self.release()
    }

    /// Brings `released` in step with what has been taken, and returns by how much it rose.
    fn release(&mut self) -> Value {
        self.changed = true;
        let released = self.share_of_basis();
        let share = released - self.released;
        self.released = released;
        share
    }
}

/// One key of the burn order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BurnKey {
    /// The lot with the lower number first.
    Priority,
    /// Promotions first, then what is bundled, then what was paid for.
    Purpose,
    /// The lot that ends earlier first; one without an end comes last.
    ExpiresAt,
    /// The lot that was granted earlier first.
    GrantedAt,
}

impl BurnKey {
    /// The catalog's spellings, in the default order.
    pub const NAMES: [(&'static str, Self); 4] = [
        ("priority", Self::Priority),
        ("purpose", Self::Purpose),
        ("expires_at", Self::ExpiresAt),
        ("granted_at", Self::GrantedAt),
    ];
}

/// The declared key list of a catalog's policy; the lot's id decides last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BurnOrder(Vec<BurnKey>);

/// Which key put a lot before the next one that was live.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DecidedBy {
    /// No other lot was live.
    OnlyLot,
    /// Its priority was lower.
    Priority,
    /// Its purpose comes first.
    Purpose,
    /// It expires earlier.
    ExpiresAt,
    /// It was granted earlier.
    GrantedAt,
    /// All else was equal.
    Id,
    /// No lot: the account went below zero.
    Overdraft,
    /// It was drawn last, so what is given back goes there first.
    DrawnLast,
    /// It holds what a change of terms credited, which pays before any payment is made.
    Credit,
}

impl DecidedBy {
    /// All of them with their words.
    pub const NAMES: [(&'static str, Self); 9] = [
        ("only_lot", Self::OnlyLot),
        ("priority", Self::Priority),
        ("purpose", Self::Purpose),
        ("expires_at", Self::ExpiresAt),
        ("granted_at", Self::GrantedAt),
        ("id", Self::Id),
        ("overdraft", Self::Overdraft),
        ("drawn_last", Self::DrawnLast),
        ("credit", Self::Credit),
    ];

    /// The word for people and JSON.
    pub fn name(self) -> &'static str {
        Self::NAMES[self as usize].0
    }
}

impl BurnOrder {
    /// The order by those keys.
    pub fn new(keys: Vec<BurnKey>) -> Self {
        Self(keys)
    }

    /// Which of two lots is burnt first.
    pub fn compare(&self, a: &Lot, b: &Lot) -> Ordering {
        self.0.iter().map(|&key| by_key(key, a, b)).find(|o| o.is_ne()).unwrap_or_else(|| a.id.cmp(&b.id))
    }

    /// The key that puts `first` before `second`.
    pub fn decided_by(&self, first: &Lot, second: &Lot) -> DecidedBy {
        match self.0.iter().find(|&&key| by_key(key, first, second).is_ne()) {
            Some(BurnKey::Priority) => DecidedBy::Priority,
            Some(BurnKey::Purpose) => DecidedBy::Purpose,
            Some(BurnKey::ExpiresAt) => DecidedBy::ExpiresAt,
            Some(BurnKey::GrantedAt) => DecidedBy::GrantedAt,
            None => DecidedBy::Id,
        }
    }
}

fn by_key(key: BurnKey, a: &Lot, b: &Lot) -> Ordering {
    match key {
        BurnKey::Priority => a.priority.cmp(&b.priority),
        BurnKey::Purpose => a.purpose.cmp(&b.purpose),
        BurnKey::ExpiresAt => a.expires_at.unwrap_or(Instant::MAX).cmp(&b.expires_at.unwrap_or(Instant::MAX)),
        BurnKey::GrantedAt => a.granted_at.cmp(&b.granted_at),
    }
}
