//! One customer's life: time moves on, events are charged, money comes in. Pure: it turns what happens into facts,
//! which the ledger appends.
//!
//! [`Life`] is a customer's state, loaded once and stored once however many events come between. [`Engine`] is what is
//! the same for everybody: assets, policy, and the published versions that subscriptions point to.

mod accounts;
mod advance;
mod authorise;
mod carry;
mod change;
mod charge;
mod collect;
mod costs;
mod counters;
mod decline;
mod door;
mod earn;
mod engine;
mod entitle;
mod facts;
mod failure;
mod fees;
mod fell_due;
mod flow;
mod held;
mod kinds;
mod life;
mod lots;
mod matching;
mod money_in;
mod owed;
mod places;
mod quantities;
mod rates;
mod rebill;
mod refund;
mod renew;
mod retake;
mod rollup;
mod seats;
mod settle;
mod step;
mod stress;
mod subscription;
mod switch;
mod take;
mod undone;
mod unearned;
mod version;
mod void;

pub use accounts::Accounts;
pub use authorise::Authorisation;
pub use counters::CounterKey;
pub use earn::{Accrual, FixedRevenue, FixedSource, Until, fixed_revenue};
pub use engine::{Engine, EngineAsset, Numbers};
pub use facts::{
    AdjustmentFact, ChargeFact, CostFact, DenialFact, DenialReason, EndFact, EventFact, Facts, FeeFact, LapseFact,
    LotFact, OverageFact, PaymentFact, Reason, RecoveryFact, RefundFact, RefundOf, RefundPart, RolloverFact, Status,
    SubscriptionFact, TopupFact, Unpriced,
};
pub use failure::{Broken, LifeError};
pub use fees::{BillError, EventInput, FeeTerms, FeesDue, tier_period};
pub use fell_due::FellDue;
pub use held::RebillTerms;
pub use life::{AutoPaidKey, AutoTopupRule, Life, OwedCharge, Refundable, Subscription};
pub use money_in::{Adjustment, Full, MoneyError, NewTopup};
pub use rebill::{NotRebilled, Rebilled, Record};
pub use refund::{NewRefund, RefundError, RefundHistory, RefundRest, Refunding};
pub use rollup::{Part, Rollup, RollupBy, RollupOf, Rollups, SumError, Sums};
pub use seats::Seats;
pub use step::{Step, StepError};
pub use stress::Stress;
pub use subscription::{Lacking, NewTerms, SubscriptionError};
pub use undone::{Ends, Lost, Past, Rebillable, VoidError};
pub use unearned::Unearned;
pub use version::Version;
pub use void::Voidable;
