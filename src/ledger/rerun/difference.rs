//! Where a history that was billed again came out otherwise than the ledger has it, as values.

use super::left_out::WhyLeftOut;
use crate::billing::{
    AdjustmentFact, AutoPaidKey, AutoTopupRule, ChargeFact, CounterKey, DenialFact, EndFact, Engine, EventFact,
    LapseFact, LotFact, PaymentFact, RecoveryFact, RefundFact, RefundPart, Refundable, RolloverFact, Subscription,
    SubscriptionFact, TopupFact,
};
use crate::ids::{AssetId, EventNumber, LotId};
use crate::money::{Precise, Total, Units, Value};
use crate::rating::Counter;
use crate::time::Instant;
use crate::wallet::{Expired, Repayment};

/// Where billing a ledger's history again came out otherwise than the ledger has it.
#[derive(Debug)]
pub struct Difference {
    /// The customer's external id, if it is of one.
    pub customer: Option<String>,
    /// What differs.
    pub what: Differing,
    /// The latest terms of the ledger, which know its assets.
    pub terms: Engine,
}

/// What the ledger has, and what comes about when it is billed again: at least one of them is there.
#[derive(Debug)]
pub struct Pair<T> {
    /// What the ledger has.
    pub ledger: Option<T>,
    /// What comes about.
    pub again: Option<T>,
}

impl<T> Pair<T> {
    /// The same of something else.
    pub(super) fn map<U>(self, change: impl Fn(T) -> U) -> Pair<U> {
        Pair { ledger: self.ledger.map(&change), again: self.again.map(&change) }
    }
}

/// What differs.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "there is one at most, and it ends the command")]
pub enum Differing {
    /// Something that the ledger has is refused.
    Refused(&'static str, WhyLeftOut),
    /// How many records there are of an event that was billed again.
    Records {
        /// In the ledger.
        ledger: usize,
        /// Billed again.
        again: usize,
    },
    /// An event, with why it was denied.
    Event(EventNumber, Pair<(EventFact, Option<DenialFact>)>),
    /// A subscription that was made, or its new terms.
    Subscription(Pair<SubscriptionFact>),
    /// The end of a subscription.
    End(Pair<EndFact>),
    /// A top-up.
    Topup(Pair<TopupFact>),
    /// An adjustment.
    Adjustment(Pair<AdjustmentFact>),
    /// A charge.
    Charge(Pair<ChargeFact>),
    /// A payment that collected charges.
    Payment(Pair<PaymentFact>),
    /// Money that went back.
    Refund(Pair<RefundFact>),
    /// A grant.
    Grant(Pair<LotFact>),
    /// What was carried on of a lot.
    Rollover(Pair<RolloverFact>),
    /// A renewal that could not be paid.
    Lapse(Pair<LapseFact>),
    /// A renewal that was paid late.
    Recovery(Pair<RecoveryFact>),
    /// What expired.
    Expiry(Pair<Expired>),
    /// What was paid back of a deficit.
    Repayment(Pair<Repayment>),
    /// The customer's time.
    Clock(Pair<Instant>),
    /// The customer's last event.
    LastEvent(Pair<EventNumber>),
    /// What an account holds or owes.
    Balance(Pair<Held>),
    /// A quantity so far.
    Counter(Pair<(CounterKey, Counter)>),
    /// What may be given back.
    Refundable(Pair<(CounterKey, Vec<Refundable>)>),
    /// A customer's own rule for automatic payments.
    Rule(Pair<(AssetId, AutoTopupRule)>),
    /// What was paid automatically in a month.
    AutoPaid(Pair<(AutoPaidKey, Units)>),
    /// A subscription as the customer has it at the end.
    Terms(Pair<Subscription>),
    /// What a charge earns less.
    Refunded(Pair<RefundPart>),
    /// What is past due.
    PastDue(Pair<LapseFact>),
    /// What reports read of events.
    Usage {
        /// The start of the calendar month.
        month: Instant,
        /// What the ledger reports.
        ledger: UsageSums,
        /// What comes about.
        again: UsageSums,
    },
}

/// What an account holds or owes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Held {
    /// A lot with what is left in it.
    Lot {
        /// The account's asset.
        asset: AssetId,
        /// The lot.
        lot: LotId,
        /// What is left, in units of the asset.
        left: Units,
        /// What of its cost basis is earned, in units of the reporting currency.
        released: Value,
    },
    /// What is owed.
    Owed {
        /// The account's asset.
        asset: AssetId,
        /// How much, in units of the asset.
        amount: Units,
    },
}

/// Sums that reports read. A damaged ledger may have any.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UsageSums {
    /// Usage events.
    pub events: i128,
    /// Those that were denied.
    pub denied: i128,
    /// Those without a price.
    pub unpriced: i128,
    /// The list value of fees, in units of the reporting currency.
    pub fees: Total<Value>,
    /// What was earned of them, in units of the reporting currency.
    pub revenue: Total<Value>,
    /// What vendors take.
    pub cost: Precise,
    /// What vendors take for denied events.
    pub denied_cost: Precise,
}
