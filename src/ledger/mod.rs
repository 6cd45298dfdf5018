//! The ledger: one SQLite file. Facts are appended and never edited; what is stored beside them for speed (what is left
//! of a lot, quantities so far) is derived, and [`verify`](Ledger::verify) recomputes it.
//!
//! Every writing command is one transaction, durable when it returns. This module never formats for people.

mod book;
mod chain;
mod corrected;
mod customer;
mod error;
mod facts;
mod history;
mod holders;
mod import;
mod life;
mod loading;
mod names;
mod near;
mod of_asset;
mod once;
mod open;
mod operations;
mod packed;
mod query;
mod read;
mod rebill;
mod refund;
mod rerun;
mod schema;
mod selection;
mod sql;
mod subscription;
mod tables;
#[cfg(test)]
mod testing;
mod threads;
mod unsubscribe;
mod varint;
mod verify;
mod void;

pub use chain::Linked;
pub use error::{LedgerError, TermsError};
pub use holders::Holders;
pub use import::{
    BillingFailure, Conflict, Import, ImportError, ImportOptions, ImportSummary, LaneEnd, Lanes, Later, MostUnpriced,
    NewLane, OnRecorded, Otherwise, ReadAgain, Refusal, Unbillable, Unrecordable, Witness,
};
pub use life::{Advanced, Holder};
pub use open::{Access, Ledger, NewOperation, Writer};
pub use operations::RecordedIn;
pub use query::RuleRow;
pub use read::StoredEvent;
pub use rebill::{NotCovered, Older, Rebills};
pub use refund::{Named, PaymentRow, Refunded, Unrefunded, Whereabouts};
pub use rerun::{
    Counts, Difference, Differing, Held, LatestTerms, LeftOut, NewScenario, Pair, Rerun, RerunEnd, ScenarioTerms,
    Since, UsageSums, WhyLeftOut,
};
pub use selection::{EventStatus, Selected, Selection};
pub use subscription::{Change, When, resolve_version};
pub use tables::adjustment::RecordedAdjustment;
pub use tables::customer::CustomerRow;
pub use tables::lot::LotRow;
pub use tables::operation::Operation;
pub use tables::rebilled::WhichTerms;
pub use tables::subscription::SubscriptionRow;
pub use tables::topup::RecordedTopup;
pub use threads::side_by_side;
pub use verify::{Check, Verification};
pub use void::Voided;
