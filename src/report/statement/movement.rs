//! What a statement says.

use crate::billing::Reason;
use crate::ids::{LotId, VersionNumber};
use crate::money::Amount;
use crate::time::Instant;
use serde::Serialize;

/// A fixed charge that a payment collected, or the credit for the unused part of one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FixedCharge {
    /// When it was charged.
    pub at: Instant,
    /// The price that it was charged for.
    #[serde(flatten)]
    pub of: PriceName,
    /// The service period's first instant.
    pub from: Instant,
    /// The first instant after it; `from` again for what is charged once.
    pub to: Instant,
    /// Below zero for a credit.
    pub amount: Amount,
    /// The currency's code.
    pub asset: String,
    /// What was paid, where a payment was made: less than the amount after a credit. One payment may collect several
    /// charges, and stands at the first. Below zero is what went back, and stands at the first charge that it is taken from.
    pub paid: Option<Amount>,
    /// The id of the refund that takes from the charge.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refund: Option<String>,
}

/// A price of a product version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PriceName {
    /// The price's name.
    pub price: String,
    /// The product's code.
    pub product: String,
    /// The product's version.
    pub version: VersionNumber,
}

/// One change of a balance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Movement {
    /// When the balance changed.
    pub at: Instant,
    /// What moved the balance.
    #[serde(flatten)]
    pub kind: Kind,
    /// By how much the balance changed; below zero if something was taken.
    pub amount: Amount,
    /// The balance after it.
    pub balance: Amount,
}

/// What moved a balance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Kind {
    /// A payment by hand.
    Topup {
        /// The caller's id.
        id: String,
        /// What was paid.
        paid: Amount,
        /// The currency's code.
        currency: String,
    },
    /// A payment by rule.
    AutoTopup {
        /// The id of the event that caused it; absent when a renewal did.
        #[serde(skip_serializing_if = "Option::is_none")]
        event: Option<String>,
        /// What was paid.
        paid: Amount,
        /// The currency's code.
        currency: String,
    },
    /// A correction by hand.
    Adjustment {
        /// The caller's id.
        id: String,
        /// What kind of correction it was.
        reason: Reason,
    },
    /// Money of a top-up that went back, and credit with it.
    Refund {
        /// The caller's id.
        id: String,
        /// What went back.
        paid_back: Amount,
        /// The currency's code.
        currency: String,
    },
    /// What a subscription includes.
    Grant {
        /// The ledger's number of the lot.
        lot: LotId,
        /// The entitlement's name.
        entitlement: String,
        /// The product's code.
        product: String,
        /// The product's version.
        version: VersionNumber,
    },
    /// What was left of a lot and went into another: the balance stays.
    Rollover {
        /// The ledger's number of the lot that ended.
        lot: LotId,
        /// The ledger's number of the lot that it went into.
        into: LotId,
        /// How much went on into another lot.
        carried_on: Amount,
    },
    /// A fixed charge that the wallet paid.
    Charge {
        /// The price that it was charged for.
        #[serde(flatten)]
        of: PriceName,
        /// The service period's first instant.
        from: Instant,
        /// The first instant after it; `from` again for what is charged once.
        to: Instant,
    },
    /// The unused part of a fixed charge; of one that was paid by payment, what new charges left of it.
    Credit {
        /// The price that it was charged for.
        #[serde(flatten)]
        of: PriceName,
    },
    /// What an event cost.
    Fee {
        /// The event's id.
        event: String,
        /// The price that it was charged for.
        #[serde(flatten)]
        of: PriceName,
    },
    /// What an event cost instead of what the price's own account could not cover.
    Overage {
        /// The event's id.
        event: String,
        /// The price that it was charged for.
        #[serde(flatten)]
        of: PriceName,
    },
    /// What an event gave back, because it made earlier ones cheaper.
    GiveBack {
        /// The event's id.
        event: String,
        /// The price that it was charged for.
        #[serde(flatten)]
        of: PriceName,
    },
    /// What an event cost, which was taken back.
    Void {
        /// The event's id.
        event: String,
        /// The price that it was charged for.
        #[serde(flatten)]
        of: PriceName,
    },
    /// The end of a lot.
    Expiry {
        /// The ledger's number of the lot.
        lot: LotId,
        /// Why it was lost before its time; absent when its time was over.
        #[serde(skip_serializing_if = "Option::is_none")]
        reason: Option<LostEarly>,
    },
    /// A lot that paid back what was owed: less is owed and less is left, so the balance stays.
    Repayment {
        /// The ledger's number of the lot.
        lot: LotId,
        /// How much of the deficit was paid back.
        repaid: Amount,
    },
}

/// Why a lot that was granted was lost before its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LostEarly {
    /// The subscription that granted it has ended.
    SubscriptionEnded,
    /// Other terms of the subscription, which count their periods anew, have replaced those that granted it.
    TermsChanged,
    /// The account can't hold more than it does.
    AccountFull,
}

impl LostEarly {
    /// The same for people.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::SubscriptionEnded => "the subscription has ended",
            Self::TermsChanged => "other terms have begun",
            Self::AccountFull => "the account can't hold more",
        }
    }
}
