//! One customer's life: time moves on, events are charged, money comes in. Pure: it turns what happens into facts,
//! which the ledger appends.
//!
//! [`Life`] is a customer's state, loaded once and stored once however many events come between. [`Engine`] is what is
//! the same for everybody: assets, policy, and the published versions that subscriptions point to.

mod advance;
mod authorise;
mod charge;
mod engine;
mod facts;
mod life;
mod matching;
mod money_in;

pub use authorise::Authorisation;
pub use charge::{BillError, EventInput, FeeDue, FeesDue};
pub use engine::{AssetId, Engine, EngineAsset, Numbers, Version, VersionId};
pub use facts::{
    AdjustmentFact, CostFact, DenialFact, DenialReason, EventFact, Facts, FeeFact, LotFact, Reason, Status, TopupFact,
    Unpriced,
};
pub use life::{AutoPaidKey, AutoTopupRule, CounterKey, CustomerId, Life, Subscription, SubscriptionId};
pub use money_in::{Adjustment, MoneyError, NewTopup};
