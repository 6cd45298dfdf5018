//! What fixed prices charge, the payments that collect it, and the money of payments that goes back.

use crate::ids::{AssetId, ChargeId, CustomerId, FixedPriceIndex, LotId, PaymentId, RefundId, SubscriptionId};
use crate::money::{Units, Value};
use crate::time::Instant;
use crate::wallet::{Draw, Taken};
use smallvec::SmallVec;

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
    /// When the money went back.
    pub at: Instant,
    /// The currency of the payment.
    pub currency: AssetId,
    /// How much went back, in units of that currency.
    pub amount: Units,
    /// The amount that was named; none for all that could go back.
    pub named: Option<Units>,
    /// The same in units of the reporting currency, at what the payment was worth.
    pub value: Value,
    /// The payment that it is of.
    pub of: RefundOf,
    /// The first charge that was made after it.
    pub next_charge: ChargeId,
}

/// Of which payment money goes back, and what is given up for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RefundOf {
    /// A top-up, by the lot that it bought: credit is taken from that. What was taken of its cost basis may be more than
    /// the money that goes back, and is earned then.
    Topup(Taken),
    /// A payment for fixed charges, which earn less. The values of the parts add up to the money's.
    Charges(PaymentId, Vec<RefundPart>),
}

/// How much less a charge earns because money for it went back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RefundPart {
    /// The charge that earns less.
    pub charge: ChargeId,
    /// The first instant at which it earns less.
    pub from: Instant,
    /// Until when: the end of the charge's service period, or `from` again for what had been earned.
    pub to: Instant,
    /// In units of the currency.
    pub amount: Units,
    /// In units of the reporting currency.
    pub value: Value,
}
