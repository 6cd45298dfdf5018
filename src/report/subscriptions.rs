//! What customers subscribe to, and how it stands.

use super::past_due::PastDue;
use crate::billing::{Engine, Life, Seats, Subscription};
use crate::ids::{CustomerId, SubscriptionId, VersionNumber};
use crate::ledger::{CustomerRow, Ledger, LedgerError, SubscriptionRow};
use crate::time::Instant;
use serde::Serialize;
use std::collections::BTreeMap;

/// Subscriptions at an instant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Subscriptions {
    /// As of when: the ledger's horizon.
    pub at: Instant,
    /// In the order in which they were made.
    pub rows: Vec<SubscriptionState>,
}

/// One subscription under one set of terms, and how it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SubscriptionState {
    /// Its number in the ledger.
    pub id: SubscriptionId,
    /// The customer's external id.
    pub customer: String,
    /// The product's code.
    pub product: String,
    /// The product's version.
    pub version: VersionNumber,
    /// How many seats it has.
    pub quantity: Seats,
    /// How it stands.
    pub state: State,
    /// When it begins, inclusive.
    pub started_at: Instant,
    /// Until when (exclusive), if it ends or its terms change.
    pub ended_at: Option<Instant>,
    /// When it is next charged, if it is.
    pub next_renewal: Option<Instant>,
    /// When it is next granted something, if it is.
    pub next_refresh: Option<Instant>,
    /// What it waits for, while it is past due.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub past_due: Option<PastDue>,
}

/// How a subscription stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It starts later.
    Scheduled,
    /// It goes on.
    Active,
    /// Other terms follow it later.
    Changing,
    /// It ends later.
    Ending,
    /// Its renewal waits to be paid.
    PastDue,
    /// Other terms have followed it.
    Changed,
    /// It has ended.
    Ended,
}

impl State {
    /// The word for people and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Scheduled => "scheduled",
            Self::Active => "active",
            Self::Changing => "changing",
            Self::Ending => "ending",
            Self::PastDue => "past_due",
            Self::Changed => "changed",
            Self::Ended => "ended",
        }
    }
}

/// The subscriptions of one customer, or of all, as of where the ledger stands, without those that were taken back before they
/// began.
///
/// # Errors
/// When the ledger can't be read.
pub fn subscriptions(ledger: &Ledger, customer: Option<&CustomerRow>) -> Result<Subscriptions, LedgerError> {
    let stored = ledger.subscriptions(customer.map(|customer| customer.id))?;
    let at = ledger.stands_at()?;
    let mut rows = Vec::new();
    if !stored.is_empty() {
        let engine = ledger.engine()?;
        let mut lives: BTreeMap<String, Life> = BTreeMap::new();
        for row in stored {
            if !lives.contains_key(&row.customer) {
                let id = ledger.customer(&row.customer)?.id;
                lives.insert(row.customer.clone(), life_at(ledger, &engine, id, at)?);
            }
            rows.push(SubscriptionState::new(&engine, &lives[&row.customer], row, at));
        }
    }
    Ok(Subscriptions { at, rows })
}

/// A customer's life as it will be at `at`, if nothing else happens.
fn life_at(ledger: &Ledger, engine: &Engine, customer: CustomerId, at: Instant) -> Result<Life, LedgerError> {
    let mut life = ledger.life(customer, engine)?;
    engine.project(&mut life, at)?;
    Ok(life)
}

impl SubscriptionState {
    fn new(engine: &Engine, life: &Life, row: SubscriptionRow, at: Instant) -> Self {
        let state = state(life, &row, at);
        let own = life.subscriptions.iter().find(|s| s.id == row.id);
        let (next_renewal, next_refresh) = match (state, own) {
            (State::Ended | State::Changed | State::PastDue, _) | (_, None) => (None, None),
            // Other terms begin with a charge and what they grant; a subscription of its own has been charged for its start.
            (State::Scheduled, Some(own)) if own.origin != own.id => {
                let version = engine.version(own.version);
                let renews = version.fixed_prices.iter().any(|(_, price)| price.interval.is_some());
                let grants = !version.entitlements.is_empty();
                (renews.then_some(own.started_at), grants.then_some(own.started_at))
            }
            (_, Some(own)) => {
                let after = at.max(own.started_at);
                (engine.next_renewal(own, after), engine.next_refresh(own, after))
            }
        };
        let lapse = life.past_due.iter().find(|lapse| state == State::PastDue && lapse.origin == row.origin);
        let past_due = lapse.map(|lapse| PastDue::new(engine, life, &row.customer, lapse));
        let SubscriptionRow { id, customer, product, version, quantity, started_at, ended_at, .. } = row;
        Self {
            id,
            customer,
            product,
            version,
            quantity,
            state,
            started_at,
            ended_at,
            next_renewal,
            next_refresh,
            past_due,
        }
    }
}

fn state(life: &Life, row: &SubscriptionRow, at: Instant) -> State {
    let is_next = |s: &Subscription| {
        s.origin == row.origin && s.id > row.id && s.ended_at > s.started_at && Some(s.started_at) == row.ended_at
    };
    let changes = life.subscriptions.iter().any(is_next);
    match row.ended_at {
        _ if at < row.started_at => State::Scheduled,
        Some(end) if end <= at => {
            if changes {
                State::Changed
            } else {
                State::Ended
            }
        }
        _ if life.is_past_due(row.origin) => State::PastDue,
        Some(_) => {
            if changes {
                State::Changing
            } else {
                State::Ending
            }
        }
        None => State::Active,
    }
}
