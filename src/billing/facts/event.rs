//! What became of a usage event.

use crate::ids::{AssetId, CustomerId, EventNumber, PriceIndex, RowIndex, ShapeId, SubscriptionId, VendorId};
use crate::money::{Cost, Units, Value};
use crate::rating::Quantity;
use crate::time::Instant;
use crate::wallet::Draw;
use serde::Serialize;
use smallvec::SmallVec;

/// What became of one usage event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventFact {
    /// Its number in the ledger.
    pub seq: EventNumber,
    /// The customer it belongs to.
    pub customer: CustomerId,
    /// The ledger's number of its shape.
    pub shape: ShapeId,
    /// When the event happened, whenever it was recorded.
    pub occurred_at: Instant,
    /// When it was paid, if that was later: the event came late.
    pub posted_at: Option<Instant>,
    /// Whether it was charged, denied or unpriced.
    pub status: Status,
    /// The customer's event before this one: their events form a chain, newest first. [`EventNumber::NONE`] at its end.
    pub previous: EventNumber,
    /// What it cost us, by vendor; what it would have cost if it was denied.
    pub costs: SmallVec<[CostFact; 1]>,
    /// What it owes; what it would have owed if it was denied.
    pub fees: SmallVec<[FeeFact; 1]>,
    /// The event that it takes back. Then its costs, fees and draws are those of that event with the other sign, and it has
    /// that event's time, shape and status.
    pub voids: Option<EventNumber>,
}

impl EventFact {
    /// The same with the other sign: what it takes back, or what takes it back.
    pub fn mirrored(&self) -> Self {
        let mut mirrored = self.clone();
        for cost in &mut mirrored.costs {
            cost.amount = -cost.amount;
        }
        for fee in &mut mirrored.fees {
            (fee.amount, fee.value) = (-fee.amount, -fee.value);
            fee.overage = fee.overage.map(|overage| overage.mirrored());
            for draw in &mut fee.draws {
                (draw.amount, draw.earned) = (-draw.amount, -draw.earned);
            }
        }
        mirrored
    }
}

/// What one event cost us at one vendor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CostFact {
    /// The ledger's number of the vendor.
    pub vendor: VendorId,
    /// In the reporting currency.
    pub amount: Cost,
}

/// What one event owes under one price.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeeFact {
    /// The subscription, which names product and version.
    pub subscription: SubscriptionId,
    /// Index of the price in its version.
    pub price: PriceIndex,
    /// Index of the row in its price.
    pub row: RowIndex,
    /// The counter's quantity before this event.
    pub before: Quantity,
    /// In units of the price's asset.
    pub amount: Units,
    /// Its list value in units of the reporting currency, at the rate valid when the event happened.
    pub value: Value,
    /// The part of the amount that the account could not cover, and what was charged for it instead.
    pub overage: Option<OverageFact>,
    /// Where it was taken from; empty if the event was denied or nothing was owed. What the overage took comes last.
    pub draws: SmallVec<[Draw; 1]>,
}

/// What was charged instead of what an account could not cover.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OverageFact {
    /// The part of the fee that was not taken from the price's asset, in units of it.
    pub units: Units,
    /// What was taken instead, in units of the overage's asset.
    pub amount: Units,
}

impl OverageFact {
    /// The same with the other sign.
    pub fn mirrored(self) -> Self {
        Self { units: -self.units, amount: -self.amount }
    }
}

/// What became of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Every price that matched made its fee, and the fees were taken.
    Charged,
    /// The fees could not be covered; nothing was taken.
    Denied,
    /// No price made a fee of it.
    Unpriced(Unpriced),
}

impl Status {
    /// The word for people and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Charged => "charged",
            Self::Denied => "denied",
            Self::Unpriced(_) => "unpriced",
        }
    }
}

/// Why no price made a fee of an event. The order is by how close it came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Unpriced {
    /// The customer never had a subscription.
    NoSubscription,
    /// All subscriptions start later.
    SubscriptionNotStarted,
    /// No subscription was active any more.
    SubscriptionEnded,
    /// No price of an active subscription has this event type.
    NoPrice,
    /// No row matches the event's dimensions.
    NoDimensionRow,
    /// The price's `volume_field` is missing.
    NoVolume,
    /// The volume is below zero.
    NegativeVolume,
}

impl Unpriced {
    /// All reasons with their words.
    pub const NAMES: [(&'static str, Self); 7] = [
        ("no_subscription", Self::NoSubscription),
        ("subscription_not_started", Self::SubscriptionNotStarted),
        ("subscription_ended", Self::SubscriptionEnded),
        ("no_price", Self::NoPrice),
        ("no_dimension_row", Self::NoDimensionRow),
        ("no_volume", Self::NoVolume),
        ("negative_volume", Self::NegativeVolume),
    ];

    /// The word for people and JSON.
    pub fn name(self) -> &'static str {
        Self::NAMES[self as usize].0
    }
}

/// Which account could not cover an event, and why nothing helped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DenialFact {
    /// The event that was denied.
    pub event: EventNumber,
    /// The account's asset.
    pub asset: AssetId,
    /// What all fees of the event in this asset came to.
    pub needed: Units,
    /// What the account could give.
    pub available: Units,
    /// Why nothing helped.
    pub reason: DenialReason,
}

/// Why an account could not cover its fees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DenialReason {
    /// Not enough credit, and no rule to get more.
    InsufficientFunds,
    /// The automatic top-up rule has reached its monthly limit, or would before it had covered the fee.
    AutoTopupLimit,
    /// The automatic top-up rule buys nothing: the asset has no rate in the paid currency at that time.
    AutoTopupNoRate,
    /// The overdraft would go beyond its limit.
    OverdraftLimit,
    /// The subscription's renewal has not been paid.
    PastDue,
    /// The account can't hold what the automatic top-up would buy.
    AutoTopupFull,
}

impl DenialReason {
    /// All reasons with their words.
    pub const NAMES: [(&'static str, Self); 6] = [
        ("insufficient_funds", Self::InsufficientFunds),
        ("auto_topup_limit", Self::AutoTopupLimit),
        ("auto_topup_no_rate", Self::AutoTopupNoRate),
        ("overdraft_limit", Self::OverdraftLimit),
        ("past_due", Self::PastDue),
        ("auto_topup_full", Self::AutoTopupFull),
    ];

    /// The word for people and JSON.
    pub fn name(self) -> &'static str {
        Self::NAMES[self as usize].0
    }
}
