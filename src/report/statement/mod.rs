//! Everything that moved a customer's balances, in order, and what was charged beside them.
//!
//! Built from the facts alone, from the first one on, so that its closing balances prove what [`super::balances`] says
//! by another way. Events are read twice: newest first, to learn what accounts hold at the statement's borders; and then,
//! a segment at a time, in the order of time, as movements are asked for. So a statement may be longer than memory.

mod entries;
mod json;
mod movement;
mod segments;
mod span;

use super::balances::uncountable;
use crate::billing::Engine;
use crate::ids::AssetId;
use crate::ledger::{CustomerRow, Ledger, LedgerError};
use crate::money::{Amount, Asset, Total, Units};
use crate::time::Instant;
use entries::{Entries, Entry};
use segments::Segments;
use span::{Edges, Span};
use std::ops::ControlFlow;

pub use movement::{FixedCharge, Kind, LostEarly, Movement, PriceName};

/// A customer's statement.
pub struct Statement<'a> {
    /// The customer's external id.
    pub customer: String,
    /// From this time on; absent is since ever.
    pub from: Option<Instant>,
    /// Before this time. When none was asked for, as far as the ledger has come, and this very instant is in it.
    pub to: Instant,
    /// One for each asset that was ever moved, by code.
    pub accounts: Vec<AccountStatement>,
    /// Fixed charges that payments collected, which move no account, in time order.
    pub charges: Vec<FixedCharge>,
    entries: Entries<'a>,
    segments: Segments,
}

/// What one account held, in its asset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountStatement {
    /// The asset's code.
    pub asset: String,
    /// The balance before the first movement.
    pub opening: Amount,
    /// The balance after the last movement.
    pub closing: Amount,
    id: AssetId,
    has_events: bool,
    before: Units,
}

/// A customer's movements in `[from, to)`; without `to`, as far as the ledger has come.
///
/// # Errors
/// When the ledger can't be read, or a sum can't be counted.
pub fn statement<'a>(
    ledger: &'a Ledger,
    engine: &'a Engine,
    customer: &CustomerRow,
    from: Option<Instant>,
    to: Option<Instant>,
) -> Result<Statement<'a>, LedgerError> {
    let horizon = ledger.horizon()?;
    let last = to.map_or(horizon, |to| Instant::from_micros(to.micros() - 1));
    let span = Span { first: from.unwrap_or(Instant::EPOCH), last };
    let mut segments = Segments::default();
    let mut entries = Entries::load(ledger, engine, customer, span, |event| segments.add(event))?;
    let mut charges = std::mem::take(&mut entries.charges);
    charges.retain(|(_, charge)| span.contains(charge.at));
    charges.sort_by_key(|(by, charge)| (charge.at, *by));
    let charges = charges.into_iter().map(|(_, charge)| charge).collect();
    let mut accounts = Vec::new();
    for (&id, edges) in &entries.accounts.0 {
        accounts.push(AccountStatement::new(id, engine.asset(id), edges)?);
    }
    accounts.sort_by(|a, b| a.asset.cmp(&b.asset));
    let (customer, to) = (customer.external_id.clone(), to.unwrap_or(horizon));
    Ok(Statement { customer, from, to, accounts, charges, entries, segments })
}

impl AccountStatement {
    fn new(id: AssetId, asset: &Asset, edges: &Edges) -> Result<Self, LedgerError> {
        let units = |total: Total<Units>| i64::try_from(total.count()).map_err(|_| uncountable(asset));
        let (before, after) = (Units::from_count(units(edges.opening)?), Units::from_count(units(edges.closing)?));
        let (opening, closing) = (asset.amount(before), asset.amount(after));
        Ok(Self { asset: asset.code.clone(), opening, closing, id, has_events: edges.has_events, before })
    }
}

impl Statement<'_> {
    /// Visits an account's movements in the order in which they happened, until the visitor breaks off.
    ///
    /// # Errors
    /// When the ledger can't be read, or a balance can't be counted.
    pub fn for_each_movement(
        &self,
        account: &AccountStatement,
        mut visit: impl FnMut(Movement) -> ControlFlow<()>,
    ) -> Result<(), LedgerError> {
        let asset = self.entries.engine.asset(account.id);
        let mut balance = account.before;
        let mut tell = |Entry { at, amount, kind, .. }: Entry| {
            balance = balance.checked_add(amount).ok_or_else(|| uncountable(asset))?;
            let (amount, balance) = (asset.amount(amount), asset.amount(balance));
            Ok(visit(Movement { at, kind, amount, balance }))
        };
        let own = self.entries.entries.iter().filter(|entry| entry.asset == account.id);
        let mut beside = own.cloned().peekable();
        if account.has_events {
            let ended = self.segments.for_each(&self.entries, account.id, |of_event| {
                while let Some(entry) = beside.next_if(|entry| entry.order() < of_event.order()) {
                    if tell(entry)?.is_break() {
                        return Ok(ControlFlow::Break(()));
                    }
                }
                tell(of_event)
            })?;
            if ended.is_break() {
                return Ok(());
            }
        }
        for entry in beside {
            if tell(entry)?.is_break() {
                break;
            }
        }
        Ok(())
    }
}
