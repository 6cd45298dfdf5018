//! What can go wrong with a ledger.

use super::import::BillingFailure;
use crate::billing::{LifeError, Seats, SubscriptionError, SumError};
use crate::ids::{EventNumber, VersionNumber};
use crate::money::Limit;
use crate::time::Instant;
use std::io;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// Why the ledger could not do what was asked. Nothing was changed.
#[derive(Debug, Error)]
pub enum LedgerError {
    /// There is no ledger at that path.
    #[error("there is no ledger at {}", .0.display())]
    Missing(PathBuf),
    /// The file is empty, or a database without a table.
    #[error("there is no ledger at {} yet: the file is empty", .0.display())]
    Blank(PathBuf),
    /// The file is a directory, can't be read, or can't be written.
    #[error("can't open the ledger {}: {reason}", .path.display())]
    Unreachable {
        /// The ledger's file.
        path: PathBuf,
        /// What the system says.
        reason: String,
    },
    /// The file is something else.
    #[error("{} is not a drawdown ledger{detail}; it was left alone", .path.display())]
    NotALedger {
        /// The file that was given.
        path: PathBuf,
        /// What it is, if that is known.
        detail: &'static str,
    },
    /// A newer program made the file.
    #[error("{} was made by a newer drawdown (ledger format {found}, this one knows {known}); it was left alone", .path.display())]
    Newer {
        /// The ledger's file.
        path: PathBuf,
        /// The format that the file has.
        found: i64,
        /// The latest format this program knows.
        known: i64,
    },
    /// A program that was never released made the file.
    #[error("{} was made by an unreleased drawdown (ledger format {found}); it was left alone", .path.display())]
    Unreleased {
        /// The ledger's file.
        path: PathBuf,
        /// The format that the file has.
        found: i64,
    },
    /// No catalog has been applied yet, so nothing has a price.
    #[error("no catalog has been applied to this ledger yet")]
    NothingApplied,
    /// No customer has that id.
    #[error("unknown customer {name:?}")]
    UnknownCustomer {
        /// The id that was asked for.
        name: String,
        /// One that is close to it.
        close: Option<String>,
    },
    /// No such asset, product or version is published.
    #[error("unknown {kind} {name:?}")]
    Unknown {
        /// What kind of thing.
        kind: &'static str,
        /// The name that was asked for.
        name: String,
        /// The names there are.
        known: Vec<String>,
    },
    /// A name stands twice where each may stand once.
    #[error("the {kind} {name:?} is named twice")]
    Twice {
        /// What kind of thing.
        kind: &'static str,
        /// Its name.
        name: String,
    },
    /// A subscription can't be made, changed or ended.
    #[error(transparent)]
    Subscription(#[from] Box<NotSubscribed>),
    /// Nobody new can subscribe to an archived product.
    #[error("the product {0} is archived: nobody new can subscribe to it")]
    Archived(String),
    /// Payments of different times add up to more than there ever was room for at one time.
    #[error("a balance is more {asset} than the ledger can count: {limit}")]
    Uncountable {
        /// The asset's code.
        asset: String,
        /// The most that there can be of it.
        limit: Box<Limit>,
    },
    /// Sums of an event are too large for reports.
    #[error("event number {event}: {error}")]
    Sum {
        /// The event.
        event: EventNumber,
        /// Which sum.
        error: SumError,
    },
    /// A history has more customers than can be billed again.
    #[error("there are too many customers")]
    TooManyCustomers,
    /// A scenario has no terms for what was applied.
    #[error(transparent)]
    Terms(#[from] TermsError),
    /// A log can't be billed.
    #[error(transparent)]
    Billing(BillingFailure),
    /// A customer's life can't go on.
    #[error(transparent)]
    Life(#[from] LifeError),
    /// Another process is writing.
    #[error("the ledger {} is busy: another process is writing to it", .0.display())]
    Busy(PathBuf),
    /// The disk is full.
    #[error("no space left for the ledger {}; nothing was recorded", .0.display())]
    Full(PathBuf),
    /// The system could not read or write the file.
    #[error("reading or writing the ledger {} failed: {reason}; nothing was recorded", .path.display())]
    Disk {
        /// The ledger's file.
        path: PathBuf,
        /// What the system says.
        reason: String,
    },
    /// A copy can't be made.
    #[error("can't write the copy {}: {reason}", .path.display())]
    Copy {
        /// The copy's file.
        path: PathBuf,
        /// What the system says.
        reason: String,
    },
    /// The content contradicts itself.
    #[error("the ledger is damaged: {0}")]
    Damaged(String),
    /// The caller's id was used for something else.
    #[error("the id {key:?} was used before, for something else (before: {before}; now: {now})")]
    Conflict {
        /// The caller's id.
        key: String,
        /// What it stands for.
        before: String,
        /// What it should stand for now.
        now: String,
    },
    /// Anything else that SQLite reports.
    #[error("the ledger {} failed: {source}", .path.display())]
    Sqlite {
        /// The ledger's file.
        path: PathBuf,
        /// What SQLite said.
        source: rusqlite::Error,
    },
    /// Something inside was asked of SQLite and failed; the path is added at the border of this module.
    #[error(transparent)]
    Raw(#[from] rusqlite::Error),
    /// The same of the system.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Why a scenario has no terms for what was applied.
#[derive(Debug, Error)]
pub enum TermsError {
    /// It has no such product.
    #[error("the scenario {scenario:?} has no product {product:?}")]
    NoProduct {
        /// The scenario's name.
        scenario: String,
        /// The product's code.
        product: String,
    },
    /// It was made for other terms.
    #[error("the scenario was made for other terms")]
    OtherTerms,
    /// It was made for other versions.
    #[error("the scenario has no such version of {0}")]
    OtherVersion(String),
    /// It reads a text as a number.
    #[error("{field}: {reader} reads it as a number, and the event {event:?} has {text:?} there")]
    Text {
        /// The field.
        field: String,
        /// The price or the cost that reads it, and of which scenario.
        reader: String,
        /// The event's id.
        event: String,
        /// What stands there.
        text: String,
    },
    /// Wallets can't be paid in.
    #[error("in the scenario {scenario:?}: {why}")]
    Unfunded {
        /// The scenario's name.
        scenario: String,
        /// Why they can't.
        why: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// A subscription that can't be made, changed or ended.
#[derive(Debug, Error)]
#[error("{}", .why.told(.customer, .product))]
pub struct NotSubscribed {
    /// The customer's external id.
    pub customer: String,
    /// The product's code.
    pub product: String,
    /// Why not.
    pub why: WhyNot,
}

/// Why a subscription can't be made, changed or ended.
#[derive(Debug)]
pub enum WhyNot {
    /// The customer holds the product then.
    Held {
        /// The version of it that the customer has.
        version: VersionNumber,
        /// For how many seats.
        quantity: Seats,
        /// Since when.
        from: Instant,
        /// Until when, if it ends.
        until: Option<Instant>,
    },
    /// The customer doesn't hold it at that time.
    NotHeld(Instant),
    /// It has other terms from then on, perhaps those of another product.
    GoesOn {
        /// The other terms' product.
        product: String,
        /// Its version.
        version: VersionNumber,
        /// For how many seats.
        quantity: Seats,
        /// When they begin.
        from: Instant,
        /// How they can be ended.
        instead: Ending,
    },
    /// It would end before it begins, or at that instant.
    Begins {
        /// When it begins.
        from: Instant,
        /// The product that changes to it then.
        before: Option<String>,
        /// How it can be ended, if it has periods or something comes before it.
        instead: Option<Ending>,
    },
    /// The customer has another subscription to the product from that time on.
    HeldAlready(Instant),
    /// The customer has another one to it after the end that should be taken back.
    HeldAgain(Instant),
    /// Billing refuses the terms.
    Terms(SubscriptionError),
}

/// How a subscription can be ended.
#[derive(Debug)]
pub struct Ending {
    /// The product's code.
    pub product: String,
    /// The time to give.
    pub at: Instant,
    /// Whether the end of the period at that time is meant.
    pub is_period_end: bool,
}

impl NotSubscribed {
    /// The words of a command that does what is probably meant, without the program's name, and what it does.
    pub fn instead(&self) -> Option<(Vec<String>, &'static str)> {
        let resume = |does| Some((self.words(&["subscription", "resume"], &self.product, &[]), does));
        match &self.why {
            WhyNot::Held { until: Some(_), .. } => resume("takes the end back"),
            WhyNot::Terms(SubscriptionError::Pending(_)) => resume("takes that back"),
            WhyNot::GoesOn { instead, .. } => Some((self.ended_by(instead), "ends that")),
            WhyNot::Begins { before, instead: Some(instead), .. } => {
                let does = if before.is_some() { "ends both then" } else { "ends it with its first period" };
                Some((self.ended_by(instead), does))
            }
            _ => None,
        }
    }

    fn ended_by(&self, ending: &Ending) -> Vec<String> {
        let at = ending.at.to_string();
        let rest = ["--at", &at, "--period-end"];
        self.words(&["unsubscribe"], &ending.product, &rest[..if ending.is_period_end { 3 } else { 2 }])
    }

    fn words(&self, command: &[&str], product: &str, rest: &[&str]) -> Vec<String> {
        [command, &[&self.customer, product], rest].concat().into_iter().map(str::to_owned).collect()
    }
}

impl From<SubscriptionError> for WhyNot {
    fn from(error: SubscriptionError) -> Self {
        Self::Terms(error)
    }
}

impl WhyNot {
    fn told(&self, who: &str, product: &str) -> String {
        match self {
            Self::Held { version, quantity, from, until } => {
                let holds = format!("{who} already holds {product}@{version} (quantity {quantity}) from {from}");
                match until {
                    None => format!("{holds}; use `drawdown subscription change`"),
                    Some(end) => format!("{holds} until {end}; subscribe again --at {end}, or take the end back"),
                }
            }
            Self::NotHeld(at) => format!("{who} holds no {product} at {at}"),
            Self::GoesOn { product: other, version, quantity, from, .. } => {
                format!(
                    "{who}'s subscription to {product} goes on as {other}@{version} (quantity {quantity}) from {from}"
                )
            }
            Self::Begins { from, before: Some(before), .. } => {
                format!("{who} holds {product} only from {from} on, when {before} becomes it")
            }
            Self::Begins { from, .. } => {
                format!("{who} holds {product} from {from} on, so it can end only after that")
            }
            Self::HeldAlready(from) => format!("{who} holds {product} already, from {from}; end that first"),
            Self::HeldAgain(from) => format!("{who} holds {product} again from {from}; end that first"),
            Self::Terms(error) => format!("{who}'s subscription to {product}: {error}"),
        }
    }
}

impl From<BillingFailure> for LedgerError {
    fn from(failure: BillingFailure) -> Self {
        match failure {
            BillingFailure::Life(error) => Self::Life(error),
            failure => Self::Billing(failure),
        }
    }
}

impl LedgerError {
    /// A damaged ledger, in words.
    pub(super) fn damaged(what: impl Into<String>) -> Self {
        Self::Damaged(what.into())
    }

    /// Whether a killed process left the file in the middle of a transaction, which a reader can't undo.
    pub(super) fn is_unfinished_write(&self) -> bool {
        let Self::Raw(rusqlite::Error::SqliteFailure(error, _)) = self else { return false };
        error.extended_code == rusqlite::ffi::SQLITE_READONLY_ROLLBACK
    }

    /// The same error with the file it is about, and SQLite's code turned into what it means.
    pub(super) fn at(self, path: &Path) -> Self {
        use rusqlite::ErrorCode;
        let path = path.to_path_buf();
        let source = match self {
            Self::Raw(source) => source,
            Self::Io(error) => return Self::Unreachable { path, reason: error.to_string() },
            other => return other,
        };
        match source.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy(path),
            Some(ErrorCode::DiskFull) => Self::Full(path),
            Some(ErrorCode::NotADatabase) => Self::NotALedger { path, detail: "" },
            Some(ErrorCode::DatabaseCorrupt) => Self::Damaged(format!("{}: {source}", path.display())),
            Some(ErrorCode::ReadOnly) => {
                Self::Unreachable { path, reason: "the file or its folder can't be written".into() }
            }
            Some(ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
                let reason = why_unreadable(&path).unwrap_or_else(|| source.to_string());
                Self::Unreachable { path, reason }
            }
            Some(ErrorCode::SystemIoFailure) => match why_unreadable(&path) {
                Some(reason) => Self::Unreachable { path, reason },
                None => Self::Disk { path, reason: source.to_string() },
            },
            _ => Self::Sqlite { path, source },
        }
    }
}

/// What the system says when it is asked to read a file that is there. SQLite only says that it can't.
fn why_unreadable(path: &Path) -> Option<String> {
    let error = std::fs::File::open(path).err()?;
    (error.kind() != std::io::ErrorKind::NotFound).then(|| error.to_string())
}
