//! How an account fares in a what-if: how far below zero it gets, and which of its automatic payments are declined.

use crate::ids::{AssetId, CustomerId};
use crate::money::Units;
use crate::time::Instant;
use crate::wallet::{Try, tried_again};
use smallvec::SmallVec;

/// How an account has fared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stress {
    /// What the account holds.
    pub asset: AssetId,
    /// The most that was owed at once.
    pub deepest: Units,
    /// Automatic payments that were declined, each as often as it was.
    pub declined: u64,
    /// Needs whose payments are made or given up.
    done: u64,
    waits: Option<Waiting>,
}

/// Payments that were declined, and are to be tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Waiting {
    /// When they were tried first.
    first: Instant,
    /// How often they were tried.
    tries: usize,
    /// How many payments of the rule they are.
    pub count: i64,
    /// When they are tried again.
    pub next: Instant,
}

/// What was declined: for which account, and how many payments of its rule.
pub(super) type Declined = SmallVec<[(AssetId, i64); 1]>;

/// What becomes of the payments that an account needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Luck {
    /// They go through.
    Paid,
    /// They are declined.
    Declined,
    /// Earlier ones wait to be tried again, and until then there are no others.
    Waits,
}

impl Stress {
    /// An account that has not been under any.
    pub(super) fn new(asset: AssetId) -> Self {
        Self { asset, deepest: Units::ZERO, declined: 0, done: 0, waits: None }
    }

    /// What waits to be tried again.
    pub(super) fn waits(&self) -> Option<Waiting> {
        self.waits
    }

    /// The try that is next: of what waits, or of what would be needed now.
    pub(super) fn next_try(&self, customer: CustomerId) -> Try {
        Try { customer, asset: self.asset, payment: self.done, before: self.waits.map_or(0, |waits| waits.tries) }
    }

    /// What was needed is paid, or given up.
    pub(super) fn finish(&mut self) {
        (self.done, self.waits) = (self.done + 1, None);
    }

    /// So many payments are declined at an instant: they wait, or have been tried often enough.
    pub(super) fn decline(&mut self, count: i64, now: Instant) {
        self.declined += count.unsigned_abs();
        let (first, before) = self.waits.map_or((now, 0), |waits| (waits.first, waits.tries));
        match tried_again(first, before + 1) {
            Some(next) => self.waits = Some(Waiting { first, tries: before + 1, count, next }),
            None => self.finish(),
        }
    }
}
