//! What is appended to the ledger. Facts are never edited; balances are sums of them.

use super::seats::Seats;
use crate::ids::{
    AdjustmentId, AssetId, ChargeId, CustomerId, EventNumber, FixedPriceIndex, LapseId, LotId, PaymentId, PriceIndex,
    RefundId, RowIndex, ShapeId, SubscriptionId, VendorId, VersionId,
};
use crate::money::{Cost, Units, Value};
use crate::rating::Quantity;
use crate::time::Instant;
use crate::wallet::{Draw, Expired, GrantedBy, Lot, Priority, Purpose, Repayment};
use serde::Serialize;
use smallvec::SmallVec;

/// Everything that a step of a life produced, in the order in which it happened within each kind.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// Usage events with their fees, draws and costs.
    pub events: Vec<EventFact>,
    /// Why events were denied.
    pub denials: Vec<DenialFact>,
    /// Lots that were granted.
    pub lots: Vec<LotFact>,
    /// Top-ups, by hand and by rule.
    pub topups: Vec<TopupFact>,
    /// Corrections by hand.
    pub adjustments: Vec<AdjustmentFact>,
    /// Lots that ended with something left in them.
    pub expiries: Vec<Expired>,
    /// Deficits paid back.
    pub repayments: Vec<Repayment>,
    /// New subscriptions, and new terms of old ones.
    pub subscriptions: Vec<SubscriptionFact>,
    /// Ends of subscriptions that were set or taken back.
    pub ends: Vec<EndFact>,
    /// Charges for fixed prices, and credits for what was not used of them.
    pub charges: Vec<ChargeFact>,
    /// Payments that collected fixed charges.
    pub payments: Vec<PaymentFact>,
    /// Money that went back.
    pub refunds: Vec<RefundFact>,
    /// Rests of lots that were carried on.
    pub rollovers: Vec<RolloverFact>,
    /// Renewals that the wallet could not pay.
    pub lapses: Vec<LapseFact>,
    /// Renewals that it could pay after all.
    pub recoveries: Vec<RecoveryFact>,
}

impl Facts {
    /// Adds what happened after these.
    pub fn append(&mut self, later: Self) {
        self.events.extend(later.events);
        self.denials.extend(later.denials);
        self.lots.extend(later.lots);
        self.topups.extend(later.topups);
        self.adjustments.extend(later.adjustments);
        self.expiries.extend(later.expiries);
        self.repayments.extend(later.repayments);
        self.subscriptions.extend(later.subscriptions);
        self.ends.extend(later.ends);
        self.charges.extend(later.charges);
        self.payments.extend(later.payments);
        self.refunds.extend(later.refunds);
        self.rollovers.extend(later.rollovers);
        self.lapses.extend(later.lapses);
        self.recoveries.extend(later.recoveries);
    }

    /// Whether time has changed nothing.
    pub fn is_empty(&self) -> bool {
        self.expiries.is_empty()
            && self.repayments.is_empty()
            && self.lots.is_empty()
            && self.charges.is_empty()
            && self.lapses.is_empty()
            && self.recoveries.is_empty()
    }
}

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

/// A fixed charge, or the credit for the unused part of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChargeFact {
    /// Its number in the ledger.
    pub id: ChargeId,
    /// The customer it belongs to.
    pub customer: CustomerId,
    /// The subscription, which names product and version.
    pub subscription: SubscriptionId,
    /// Index of the fixed price in its version.
    pub price: FixedPriceIndex,
    /// When it was charged.
    pub at: Instant,
    /// The service period's first instant.
    pub from: Instant,
    /// The first instant after the service period; `from` again for what is earned at once.
    pub to: Instant,
    /// The asset that was charged.
    pub asset: AssetId,
    /// In units of the asset; below zero for a credit.
    pub amount: Units,
    /// What it earns over its service period, in units of the reporting currency; below zero for a credit.
    pub value: Value,
    /// The payment that collected it; `None` when the wallet paid, or nothing was due.
    pub payment: Option<PaymentId>,
    /// The lot that a credit went into.
    pub lot: Option<LotId>,
    /// What was taken from the wallet.
    pub draws: SmallVec<[Draw; 1]>,
}

/// A payment that collected fixed charges.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentFact {
    /// Its number in the ledger.
    pub id: PaymentId,
    /// The customer who paid.
    pub customer: CustomerId,
    /// When it was paid.
    pub at: Instant,
    /// The currency that was paid.
    pub currency: AssetId,
    /// How much, in units of that currency.
    pub paid: Units,
    /// The same in units of the reporting currency.
    pub value: Value,
}

impl PaymentFact {
    /// What people call it.
    pub fn name(&self) -> String {
        format!("payment-{}", self.id)
    }
}

/// Money of a payment that went back to the customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefundFact {
    /// Its number in the ledger.
    pub id: RefundId,
    /// The caller's id, which makes it happen once.
    pub key: String,
    /// The customer who got it.
    pub customer: CustomerId,
    /// When.
    pub at: Instant,
    /// The currency of the payment.
    pub currency: AssetId,
    /// How much went back, in units of that currency.
    pub amount: Units,
    /// The amount that was named; none for all that could go back.
    pub named: Option<Units>,
    /// The same in units of the reporting currency, at what the payment was worth.
    pub value: Value,
    /// Which payment.
    pub of: RefundOf,
    /// The first charge that was made after it.
    pub next_charge: ChargeId,
}

/// Of which payment money goes back, and what is given up for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RefundOf {
    /// A top-up, by the lot that it bought: credit is taken from that. What was taken of its cost basis may be more than
    /// the money that goes back, and is earned then.
    Topup(crate::wallet::Taken),
    /// A payment for fixed charges, which earn less. The values of the parts add up to the money's.
    Charges(PaymentId, Vec<RefundPart>),
}

/// How much less a charge earns because money for it went back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RefundPart {
    /// The charge.
    pub charge: ChargeId,
    /// From when on.
    pub from: Instant,
    /// Until when: the end of the charge's service period, or `from` again for what had been earned.
    pub to: Instant,
    /// In units of the currency.
    pub amount: Units,
    /// In units of the reporting currency.
    pub value: Value,
}

/// The rest of a lot, carried on into another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RolloverFact {
    /// The lot that ended.
    pub lot: LotId,
    /// The lot that it went into.
    pub into: LotId,
    /// When it was carried over.
    pub at: Instant,
    /// In units of the asset.
    pub amount: Units,
    /// Its share of the cost basis, in units of the reporting currency.
    pub basis: Value,
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
            fee.overage = fee.overage.map(|of| OverageFact { units: -of.units, amount: -of.amount });
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
    /// All reasons with their words; a reason's index is its number in the ledger.
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
    /// All reasons with their words; a reason's index is its number in the ledger.
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

/// A grant of credit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LotFact {
    /// Its number in the ledger.
    pub id: LotId,
    /// The customer it belongs to.
    pub customer: CustomerId,
    /// The asset that it holds.
    pub asset: AssetId,
    /// Why it was granted.
    pub purpose: Purpose,
    /// Lower is used first.
    pub priority: Priority,
    /// When it was granted.
    pub granted_at: Instant,
    /// From when on it can be used.
    pub effective_at: Instant,
    /// Until when; `None` is for ever.
    pub expires_at: Option<Instant>,
    /// In units of the asset.
    pub amount: Units,
    /// What it cost its buyer, in units of the reporting currency.
    pub basis: Value,
    /// The entitlement that granted it.
    pub granted_by: Option<GrantedBy>,
}

impl LotFact {
    /// The lot as it is when it has just been granted.
    pub fn lot(&self) -> Lot {
        Lot {
            id: self.id,
            purpose: self.purpose,
            priority: self.priority,
            granted_at: self.granted_at,
            effective_at: self.effective_at,
            expires_at: self.expires_at,
            granted_by: self.granted_by,
            amount: self.amount,
            left: self.amount,
            basis: self.basis,
            released: Value::ZERO,
            changed: false,
        }
    }
}

/// A payment that bought credit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopupFact {
    /// The caller's id, which makes it happen once; `None` for automatic ones, which have none.
    pub key: Option<String>,
    /// The customer who paid.
    pub customer: CustomerId,
    /// When it was paid.
    pub at: Instant,
    /// The currency that was paid.
    pub currency: AssetId,
    /// How much was paid, in units of that currency.
    pub paid: Units,
    /// The same in units of the reporting currency: the lot's cost basis.
    pub value: Value,
    /// The paid lot that it bought.
    pub lot: LotId,
    /// The event that caused it, for automatic ones; a renewal may cause one too.
    pub event: Option<EventNumber>,
}

impl TopupFact {
    /// What people call it: the caller's id, or a name of its own for one by rule.
    pub fn name(&self) -> String {
        self.key.clone().unwrap_or_else(|| format!("auto-topup-{}", self.lot))
    }
}

/// Why somebody corrected a balance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Credit given away.
    Gift,
    /// A payment that was made elsewhere.
    ExternalTopup,
    /// Money given back elsewhere.
    ExternalRefund,
    /// A correction of any other kind.
    Other,
}

impl Reason {
    /// All reasons with their words; a reason's index is its number in the ledger.
    pub const NAMES: [(&'static str, Self); 4] = [
        ("gift", Self::Gift),
        ("external_topup", Self::ExternalTopup),
        ("external_refund", Self::ExternalRefund),
        ("other", Self::Other),
    ];

    /// The word for people and JSON.
    pub fn name(self) -> &'static str {
        Self::NAMES[self as usize].0
    }
}

/// A signed correction: it either granted a lot or took from several.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdjustmentFact {
    /// Its number in the ledger.
    pub id: AdjustmentId,
    /// The caller's id, which makes it happen once.
    pub key: String,
    /// The customer whose account was corrected.
    pub customer: CustomerId,
    /// When it takes effect.
    pub at: Instant,
    /// What was corrected.
    pub asset: AssetId,
    /// In units of the asset; below zero if something was taken.
    pub amount: Units,
    /// What kind of correction it is.
    pub reason: Reason,
    /// The lot a positive adjustment granted.
    pub lot: Option<LotId>,
    /// What a negative adjustment took, lot by lot.
    pub taken: Vec<crate::wallet::Taken>,
}
