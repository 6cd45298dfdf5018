//! What is appended to the ledger. Facts are never edited; balances are sums of them.

mod charge;
mod credit;
mod event;
mod held;

pub use charge::{ChargeFact, PaymentFact, RefundFact, RefundOf, RefundPart};
pub use credit::{AdjustmentFact, LotFact, Reason, RolloverFact, TopupFact};
pub use event::{CostFact, DenialFact, DenialReason, EventFact, FeeFact, OverageFact, Status, Unpriced};
pub use held::{EndFact, LapseFact, RecoveryFact, SubscriptionFact};

use crate::wallet::{Expired, Repayment};

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
        // All of them are named, so that none is forgotten.
        let Self {
            events,
            denials,
            lots,
            topups,
            adjustments,
            expiries,
            repayments,
            subscriptions,
            ends,
            charges,
            payments,
            refunds,
            rollovers,
            lapses,
            recoveries,
        } = later;
        self.events.extend(events);
        self.denials.extend(denials);
        self.lots.extend(lots);
        self.topups.extend(topups);
        self.adjustments.extend(adjustments);
        self.expiries.extend(expiries);
        self.repayments.extend(repayments);
        self.subscriptions.extend(subscriptions);
        self.ends.extend(ends);
        self.charges.extend(charges);
        self.payments.extend(payments);
        self.refunds.extend(refunds);
        self.rollovers.extend(rollovers);
        self.lapses.extend(lapses);
        self.recoveries.extend(recoveries);
    }

    /// Whether nothing here came of time passing by itself: nothing expired, was repaid, granted or charged.
    pub fn is_still(&self) -> bool {
        self.expiries.is_empty()
            && self.repayments.is_empty()
            && self.lots.is_empty()
            && self.charges.is_empty()
            && self.lapses.is_empty()
            && self.recoveries.is_empty()
    }
}
