//! How credit comes into a wallet and is moved in it: grants, top-ups, corrections, and what is carried over.

use crate::ids::{AdjustmentId, AssetId, CustomerId, EventNumber, LotId};
use crate::money::{Units, Value};
use crate::time::Instant;
use crate::wallet::{GrantedBy, Lot, Priority, Purpose, Taken};
use serde::Serialize;

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
    /// All reasons with their words.
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
    pub taken: Vec<Taken>,
}
