//! What a customer holds, from when until when, and the renewals that were not paid in time.

use crate::billing::seats::Seats;
use crate::ids::{AssetId, CustomerId, LapseId, SubscriptionId, VersionId};
use crate::money::Units;
use crate::time::Instant;

/// A customer's hold on one product version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubscriptionFact {
    /// Its number in the ledger.
    pub id: SubscriptionId,
    /// The customer it belongs to.
    pub customer: CustomerId,
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
    /// When it was planned, if it was not made at once: as things stood then, it could be.
    pub planned_at: Option<Instant>,
}

/// When a subscription ends. The latest one holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EndFact {
    /// The subscription that ends.
    pub subscription: SubscriptionId,
    /// When; `None` takes an end back.
    pub ended_at: Option<Instant>,
    /// The instant whose period's end that is, if it was asked for so; or when an end was taken back.
    pub asked_at: Option<Instant>,
}

/// A renewal that the wallet could not pay: the subscription is past due from then on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LapseFact {
    /// Its number in the ledger.
    pub id: LapseId,
    /// The customer it belongs to.
    pub customer: CustomerId,
    /// The subscription, by its origin.
    pub origin: SubscriptionId,
    /// When the renewal was due.
    pub at: Instant,
    /// The asset that was short.
    pub asset: AssetId,
    /// What the renewal needed, in units of the asset.
    pub needed: Units,
    /// What the account could give.
    pub available: Units,
}

/// The end of a lapse.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecoveryFact {
    /// The lapse that it ends.
    pub lapse: LapseId,
    /// When the wallet paid.
    pub at: Instant,
}
