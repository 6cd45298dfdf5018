//! Names in a ledger that begin with what somebody has typed: few, and found at once in a ledger of any size.

use super::error::LedgerError;
use super::open::{Access, Ledger};
use super::tables::{customer, event, payment, topup};
use crate::billing::{PaymentFact, TopupFact};
use crate::ids::EventNumber;
use std::path::Path;
use std::time::Duration;

/// How many of the latest events are looked at.
const RECENT: i64 = 1000;

impl Ledger {
    /// Opens a ledger for a glance: waits for nobody, and writes not even what would mend it.
    ///
    /// # Errors
    /// When it can't be read right now.
    pub fn peek(path: &Path) -> Result<Self, LedgerError> {
        Self::connect(path, Access::Read, Duration::ZERO)
    }

    /// The first `most` customers whose id begins with `prefix`, in the order of their ids.
    ///
    /// # Errors
    /// When the ledger can't be read.
    pub fn customers_like(&self, prefix: &str, most: u32) -> Result<Vec<String>, LedgerError> {
        customer::like(&self.connection, prefix, most)
    }

    /// The latest `most` payments, of each of two kinds the last thousand, whose id begins with `prefix`, the latest first.
    ///
    /// # Errors
    /// When the ledger can't be read.
    pub fn recent_payments_like(&self, prefix: &str, most: usize) -> Result<Vec<String>, LedgerError> {
        let topups = topup::latest(&self.connection, RECENT)?;
        let payments = payment::latest(&self.connection, RECENT)?;
        let topups = topups.iter().map(|topup| (topup.at, TopupFact::name(topup)));
        let mut all: Vec<_> = topups.chain(payments.iter().map(|p| (p.at, PaymentFact::name(p)))).collect();
        all.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
        Ok(all.into_iter().map(|(_, name)| name).filter(|name| name.starts_with(prefix)).take(most).collect())
    }

    /// The latest `most` events among the last thousand whose id begins with `prefix`, the latest first.
    ///
    /// # Errors
    /// When the ledger can't be read.
    pub fn recent_events_like(&self, prefix: &str, most: usize) -> Result<Vec<String>, LedgerError> {
        let next = event::next_number(&self.connection)?;
        let mut ids = Vec::new();
        let first = EventNumber::from_number(next.number() - RECENT);
        event::for_each(&self.connection, first, next, |event| {
            ids.push(event.text.id.text());
            Ok(())
        })?;
        Ok(ids.into_iter().rev().filter(|id| id.starts_with(prefix)).take(most).collect())
    }
}
