//! What customers can spend, at any instant.
//!
//! The ledger stores how each customer stands at their own clock. A later instant is reached by moving a copy of their
//! life on; an earlier one by taking what happened after it out again.

use super::told::Told;
use crate::billing::{Broken, ChargeFact, Engine, EventFact, FeeFact, Life, RefundOf};
use crate::ids::{AssetId, LotId};
use crate::ledger::{CustomerRow, Holder, Ledger, LedgerError, LotRow};
use crate::money::{Amount, Asset, Units};
use crate::time::Instant;
use crate::wallet::{Draw, Lot, Priority, Purpose};
use rustc_hash::FxHashMap;
use serde::ser::{Serialize, SerializeStruct, Serializer};
use std::collections::BTreeMap;
use std::ops::ControlFlow;

/// What one customer holds.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Balance {
    /// The customer's external id.
    pub customer: String,
    /// As of when; what happened at this very instant is in it.
    pub at: Instant,
    /// One for each asset that they ever held or owed, by code.
    pub accounts: Vec<AccountBalance>,
}

/// What one account holds, in its asset.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct AccountBalance {
    /// The asset's code.
    pub asset: String,
    /// What can be used, less what is owed; below zero under overdraft.
    pub available: Amount,
    /// What an overdraft took and nothing has paid back yet.
    pub owed: Amount,
    /// The lots that have something left, in burn order.
    pub lots: Vec<LotBalance>,
}

/// What is left of one lot.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct LotBalance {
    /// Its number in the ledger.
    pub id: LotId,
    /// Why it was granted.
    pub purpose: Purpose,
    /// Lower is used first.
    pub priority: Priority,
    /// What was granted, from the start.
    pub amount: Amount,
    /// What is left of it.
    pub available: Amount,
    /// From when on it can be used.
    pub effective_at: Instant,
    /// Until when; absent is for ever. What a subscription granted ends with it.
    pub expires_at: Option<Instant>,
}

/// What everybody holds.
pub struct Balances<'a> {
    /// The instant that the balances are for.
    pub at: Instant,
    ledger: &'a Ledger,
    engine: &'a Engine,
}

/// One account of one customer.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct BalanceRow {
    /// The customer's external id.
    pub customer: String,
    /// The asset's code.
    pub asset: String,
    /// What can be used, less what is owed.
    pub available: Amount,
    /// What an overdraft took and nothing has paid back yet.
    pub owed: Amount,
    /// How many lots have something left.
    pub lots: usize,
}

/// One account at an instant.
#[derive(Default)]
struct Account {
    /// The lots as they were then, each with when it ends.
    lots: Vec<(Lot, Option<Instant>)>,
    owed: Units,
}

/// What a customer holds at `at`, or as far as the ledger has come.
///
/// # Errors
/// When the ledger can't be read, or a sum can't be counted.
pub fn balance(
    ledger: &Ledger,
    engine: &Engine,
    customer: &CustomerRow,
    at: Option<Instant>,
) -> Result<Balance, LedgerError> {
    let at = at.map_or_else(|| ledger.stands_at(), Ok)?;
    balance_of(ledger, engine, ledger.holder(customer.clone(), engine)?, at)
}

fn balance_of(ledger: &Ledger, engine: &Engine, holder: Holder, at: Instant) -> Result<Balance, LedgerError> {
    let customer = holder.customer.external_id.clone();
    let mut accounts = Vec::new();
    for (asset, account) in accounts_at(ledger, engine, holder, at)? {
        accounts.push(account.balance(engine, engine.asset(asset))?);
    }
    accounts.sort_by(|a, b| a.asset.cmp(&b.asset));
    Ok(Balance { customer, at, accounts })
}

/// What everybody holds at `at`, or as far as the ledger has come.
///
/// # Errors
/// When the ledger can't be read.
pub fn balances<'a>(ledger: &'a Ledger, engine: &'a Engine, at: Option<Instant>) -> Result<Balances<'a>, LedgerError> {
    Ok(Balances { at: at.map_or_else(|| ledger.stands_at(), Ok)?, ledger, engine })
}

impl Balances<'_> {
    /// Visits the accounts of each customer, in the order in which customers were added, and by asset, until the visitor
    /// breaks off.
    ///
    /// # Errors
    /// As [`balance`].
    pub fn for_each(&self, mut visit: impl FnMut(BalanceRow) -> ControlFlow<()>) -> Result<(), LedgerError> {
        self.ledger.for_each_holder(self.engine, |holder| {
            let Balance { customer, accounts, .. } = balance_of(self.ledger, self.engine, holder, self.at)?;
            Ok(accounts.into_iter().try_for_each(|account| {
                visit(BalanceRow {
                    customer: customer.clone(),
                    asset: account.asset,
                    available: account.available,
                    owed: account.owed,
                    lots: account.lots.len(),
                })
            }))
        })
    }
}

impl Serialize for Balances<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut json = serializer.serialize_struct("Balances", 2)?;
        json.serialize_field("at", &self.at)?;
        json.serialize_field("rows", &Told::new(|tell| self.for_each(tell)))?;
        json.end()
    }
}

impl Account {
    fn balance(mut self, engine: &Engine, asset: &Asset) -> Result<AccountBalance, LedgerError> {
        let live = Units::checked_sum(self.lots.iter().map(|(lot, _)| lot.left));
        let available = live.and_then(|live| live.checked_sub(self.owed)).ok_or_else(|| uncountable(asset))?;
        self.lots.retain(|(lot, _)| lot.left.is_positive());
        self.lots.sort_by(|(a, _), (b, _)| engine.burn_order().compare(a, b));
        let lots = self.lots.into_iter().map(|(lot, expires_at)| LotBalance {
            id: lot.id,
            purpose: lot.purpose,
            priority: lot.priority,
            amount: asset.amount(lot.amount),
            available: asset.amount(lot.left),
            effective_at: lot.effective_at,
            expires_at,
        });
        let (available, owed) = (asset.amount(available), asset.amount(self.owed));
        Ok(AccountBalance { asset: asset.code.clone(), available, owed, lots: lots.collect() })
    }
}

/// Payments of different times may add up to more than there ever was room for at one time.
pub(super) fn uncountable(asset: &Asset) -> LedgerError {
    LedgerError::Uncountable { asset: asset.code.clone(), limit: Box::new(asset.limit()) }
}

/// A customer's accounts at `at`, with every lot that had begun by then.
fn accounts_at(
    ledger: &Ledger,
    engine: &Engine,
    holder: Holder,
    at: Instant,
) -> Result<BTreeMap<AssetId, Account>, LedgerError> {
    let Holder { mut life, lots, .. } = holder;
    let customer = life.customer;
    let due = engine.project(&mut life, at)?;
    let granted = due.lots.iter().map(|lot| LotRow { customer, asset: lot.asset, lot: lot.lot() });
    let rows: Vec<LotRow> = lots.into_iter().chain(granted).collect();
    // Everything that is recorded is over at the horizon. What falls due may be for a subscription that begins later.
    let is_over = ledger.horizon()? <= at && due.charges.iter().all(|charge| charge.at <= at);
    let later = if is_over { Later::default() } else { Later::load(ledger, engine, &life, &rows, due.charges, at)? };
    let stored = life.accounts.iter().flat_map(|(_, account)| account.lots());
    let left: FxHashMap<LotId, Units> = stored.map(|lot| (lot.id, lot.left)).collect();
    let mut accounts: BTreeMap<AssetId, Account> = BTreeMap::new();
    for mut row in rows {
        if row.lot.effective_at > at {
            continue;
        }
        let account = accounts.entry(row.asset).or_default();
        if row.lot.expires_at.is_none_or(|end| at < end) {
            let id = row.lot.id;
            let of = |lots: &FxHashMap<LotId, Units>| lots.get(&id).copied().unwrap_or_default();
            row.lot.left = of(&left) + of(&later.left);
            let end = end(&life, &row.lot, at);
            account.lots.push((row.lot, end));
        }
    }
    let stored = life.accounts.iter().map(|(asset, account)| (asset, account.deficit()));
    for (asset, owed) in later.owed.into_iter().chain(stored).filter(|(_, owed)| !owed.is_zero()) {
        accounts.entry(asset).or_default().owed += owed;
    }
    Ok(accounts)
}

/// When a lot ends: by itself, or before that with the subscription that granted it.
fn end(life: &Life, lot: &Lot, at: Instant) -> Option<Instant> {
    let terms = lot.granted_by.map(|granted| life.end_of(granted));
    let terms = terms.filter(|&end| end < Instant::MAX && at < end);
    terms.into_iter().chain(lot.expires_at).min()
}

/// What happened to a customer after an instant, or will: what it took from lots, and by how much less they owed because of
/// it.
#[derive(Default)]
struct Later {
    left: FxHashMap<LotId, Units>,
    owed: FxHashMap<AssetId, Units>,
}

impl Later {
    fn load(
        ledger: &Ledger,
        engine: &Engine,
        life: &Life,
        lots: &[LotRow],
        due: Vec<ChargeFact>,
        at: Instant,
    ) -> Result<Self, LedgerError> {
        let customer = life.customer;
        let mut later = Self::default();
        ledger.for_each_event_of(customer, |event| {
            if posted_at(event.fact) <= at {
                return Ok(ControlFlow::Break(()));
            }
            let put_back = later.put_back_fees(engine, life, &event.fact.fees);
            put_back.map_err(|broken| LedgerError::Damaged(broken.to_string()))?;
            Ok(ControlFlow::Continue(()))
        })?;
        let lots: FxHashMap<LotId, &LotRow> = lots.iter().map(|row| (row.lot.id, row)).collect();
        for charge in ledger.charges(Some(customer))?.into_iter().chain(due) {
            if drawn_at(&charge, |lot| Some(lots.get(&lot)?.lot.effective_at)) > at {
                later.put_back(&charge.draws, charge.asset);
            }
        }
        for expiry in ledger.expiries(Some(customer))?.iter().filter(|expiry| expiry.at > at) {
            later.take(expiry.lot, expiry.amount);
        }
        for rollover in ledger.rollovers(Some(customer))?.iter().filter(|rollover| rollover.at > at) {
            later.take(rollover.lot, rollover.amount);
        }
        for repayment in ledger.repayments(Some(customer))?.iter().filter(|repayment| repayment.at > at) {
            later.take(repayment.lot, repayment.amount);
            if let Some(row) = lots.get(&repayment.lot) {
                *later.owed.entry(row.asset).or_default() += repayment.amount;
            }
        }
        for refund in ledger.refunds(Some(customer))?.iter().filter(|refund| refund.at > at) {
            if let RefundOf::Topup(taken) = &refund.of {
                later.take(taken.lot, taken.amount);
            }
        }
        for adjustment in ledger.adjustments(Some(customer))?.iter().filter(|adjustment| adjustment.at > at) {
            adjustment.taken.iter().for_each(|taken| later.take(taken.lot, taken.amount));
        }
        Ok(later)
    }

    /// Something took `amount` from a lot.
    fn take(&mut self, lot: LotId, amount: Units) {
        *self.left.entry(lot).or_default() += amount;
    }

    /// Fees of a customer were drawn.
    fn put_back_fees(&mut self, engine: &Engine, life: &Life, fees: &[FeeFact]) -> Result<(), Broken> {
        for fee in fees {
            self.put_back(&fee.draws, engine.fee_price(life, fee)?.0);
        }
        Ok(())
    }

    /// Draws took from lots, or from the overdraft of an account.
    fn put_back(&mut self, draws: &[Draw], asset: AssetId) {
        for draw in draws {
            match draw.lot {
                Some(lot) => self.take(lot, draw.amount),
                None => *self.owed.entry(asset).or_default() -= draw.amount,
            }
        }
    }
}

/// When a charge took from the wallet. One for a time gone by takes from what there is now, and from no lot before there
/// was any.
pub(super) fn drawn_at(charge: &ChargeFact, effective_at: impl Fn(LotId) -> Option<Instant>) -> Instant {
    charge.draws.iter().filter_map(|draw| effective_at(draw.lot?)).fold(charge.at, Instant::max)
}

/// When an event was paid for, which for a late one is after it happened.
pub(super) fn posted_at(event: &EventFact) -> Instant {
    event.posted_at.unwrap_or(event.occurred_at)
}
