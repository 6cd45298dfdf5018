//! Everything that moved a customer's balances, in order, and what was charged beside them.
//!
//! Built from the facts alone, from the first one on, so that its closing balances prove what [`super::balances`] says
//! by another way.

mod entries;
mod movement;

use super::balances::uncountable;
use crate::billing::Engine;
use crate::ledger::{CustomerRow, Ledger, LedgerError};
use crate::money::{Asset, Units};
use crate::time::Instant;
use entries::{By, Entries, Entry};
use std::collections::BTreeMap;

pub use movement::{AccountStatement, FixedCharge, Kind, LostEarly, Movement, PriceName, Statement};

/// A customer's movements in `[from, to)`; without `to`, as far as the ledger has come.
///
/// # Errors
/// When the ledger can't be read, or a sum can't be counted.
pub fn statement(
    ledger: &Ledger,
    engine: &Engine,
    customer: &CustomerRow,
    from: Option<Instant>,
    to: Option<Instant>,
) -> Result<Statement, LedgerError> {
    let horizon = ledger.horizon()?;
    let last = to.map_or(horizon, |to| Instant::from_micros(to.micros() - 1));
    let Entries { mut entries, mut charges, .. } = Entries::load(ledger, engine, customer, last)?;
    entries.retain(|entry| entry.at <= last);
    charges.retain(|(_, charge)| charge.at <= last && from.is_none_or(|from| from <= charge.at));
    charges.sort_by_key(|(by, charge)| (charge.at, *by));
    let charges = charges.into_iter().map(|(_, charge)| charge).collect();
    sort(ledger, &mut entries)?;
    let mut by_asset: BTreeMap<&str, (&Asset, Vec<Entry>)> = BTreeMap::new();
    for entry in entries {
        let asset = engine.asset(entry.asset);
        by_asset.entry(&asset.code).or_insert_with(|| (asset, Vec::new())).1.push(entry);
    }
    let account = |(asset, entries)| account_statement(asset, entries, from.unwrap_or(Instant::EPOCH));
    let accounts = by_asset.into_values().map(account).collect::<Result<_, _>>()?;
    Ok(Statement { customer: customer.external_id.clone(), from, to: to.unwrap_or(horizon), accounts, charges })
}

/// Orders movements as they happened: those of one instant as the ledger recorded them.
fn sort(ledger: &Ledger, entries: &mut [Entry]) -> Result<(), LedgerError> {
    entries.sort_by_key(|entry| entry.at);
    for same in entries.chunk_by_mut(|a, b| a.at == b.at).filter(|same| same.len() > 1) {
        for entry in same.iter_mut() {
            if let By::OfEvent(event) = entry.by {
                entry.by = ledger.recorded_by(event)?.map_or(By::Nothing, By::Operation);
            }
        }
        // Stable: what stands at one place stays in the order in which it was recorded.
        same.sort_by(|a, b| (a.by, &a.place).cmp(&(b.by, &b.place)));
    }
    Ok(())
}

fn account_statement(asset: &Asset, entries: Vec<Entry>, from: Instant) -> Result<AccountStatement, LedgerError> {
    let (mut opening, mut balance) = (Units::ZERO, Units::ZERO);
    let mut movements = Vec::new();
    for entry in entries {
        balance = balance.checked_add(entry.amount).ok_or_else(|| uncountable(asset))?;
        let at = entry.at;
        if at < from {
            opening = balance;
            continue;
        }
        let (amount, balance) = (asset.amount(entry.amount), asset.amount(balance));
        movements.push(Movement { at, kind: entry.kind, amount, balance });
    }
    let (opening, closing) = (asset.amount(opening), asset.amount(balance));
    Ok(AccountStatement { asset: asset.code.clone(), opening, movements, closing })
}
