//! Everything that moved a customer's balances, in order.
//!
//! Built from the facts alone, from the first one on, so that its closing balances prove what [`super::balances`] says
//! by another way.

use super::balances::{posted_at, uncountable};
use crate::billing::{AssetId, Engine, EventFact, Life, Reason, TopupFact};
use crate::ledger::{CustomerRow, Ledger, LedgerError, StoredEvent};
use crate::money::Asset;
use crate::time::Instant;
use rustc_hash::FxHashMap;
use serde::Serialize;
use std::collections::BTreeMap;

/// A customer's statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Statement {
    /// The customer's external id.
    pub customer: String,
    /// From this time on; absent is since ever.
    pub from: Option<Instant>,
    /// Before this time. When none was asked for, as far as the ledger has come, and this very instant is in it.
    pub to: Instant,
    /// One for each asset that was ever moved, by code.
    pub accounts: Vec<AccountStatement>,
}

/// One account's movements. Amounts are decimals of the asset.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AccountStatement {
    /// The asset's code.
    pub asset: String,
    /// The balance before the first movement.
    pub opening: String,
    /// In the order in which they happened.
    pub movements: Vec<Movement>,
    /// The balance after the last movement.
    pub closing: String,
}

/// One change of a balance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Movement {
    /// When.
    pub at: Instant,
    /// What it was.
    #[serde(flatten)]
    pub kind: Kind,
    /// By how much.
    pub amount: String,
    /// The balance after it.
    pub balance: String,
}

/// What moved a balance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Kind {
    /// A payment by hand.
    Topup {
        /// The caller's id.
        id: String,
        /// What was paid, as a decimal of the currency.
        paid: String,
        /// The currency's code.
        currency: String,
    },
    /// A payment by rule.
    AutoTopup {
        /// The id of the event that caused it.
        event: String,
        /// What was paid, as a decimal of the currency.
        paid: String,
        /// The currency's code.
        currency: String,
    },
    /// A correction by hand.
    Adjustment {
        /// The caller's id.
        id: String,
        /// Why.
        reason: Reason,
    },
    /// What an event cost.
    Fee {
        /// The event's id.
        event: String,
        /// The price's name.
        price: String,
        /// The product's code.
        product: String,
        /// The product's version.
        version: u32,
    },
    /// The end of a lot.
    Expiry {
        /// The ledger's number of the lot.
        lot: i64,
    },
    /// A lot that paid back what was owed: less is owed and less is left, so the balance stays.
    Repayment {
        /// The ledger's number of the lot.
        lot: i64,
        /// How much, as a decimal of the asset.
        repaid: String,
    },
}

/// A movement before its balance is known.
struct Entry {
    /// What happened at one instant is in this order.
    place: (Instant, Place),
    asset: AssetId,
    amount: i64,
    kind: Kind,
}

/// Where a movement stands among others of its instant: time moves on first, and a payment that an event needed comes
/// before its fees, one that it caused after them.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Expiry,
    ByHand,
    Event(i64, u8),
    Repayment,
}

const BEFORE_FEES: u8 = 0;
const FEES: u8 = 1;
const AFTER_FEES: u8 = 2;

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
    let mut entries = Entries::load(ledger, engine, ledger.life(customer.id, engine)?, last)?;
    entries.retain(|entry| entry.place.0 <= last);
    // Stable: what stands at one place stays in the order in which it was recorded.
    entries.sort_by(|a, b| a.place.cmp(&b.place));
    let mut by_asset: BTreeMap<&str, (&Asset, Vec<Entry>)> = BTreeMap::new();
    for entry in entries {
        let asset = engine.asset(entry.asset);
        by_asset.entry(&asset.code).or_insert_with(|| (asset, Vec::new())).1.push(entry);
    }
    let account = |(asset, entries)| account_statement(asset, entries, from.unwrap_or(Instant::EPOCH));
    let accounts = by_asset.into_values().map(account).collect::<Result<_, _>>()?;
    Ok(Statement { customer: customer.external_id.clone(), from, to: to.unwrap_or(horizon), accounts })
}

fn account_statement(asset: &Asset, entries: Vec<Entry>, from: Instant) -> Result<AccountStatement, LedgerError> {
    let (mut opening, mut balance) = (0, 0i64);
    let mut movements = Vec::new();
    for entry in entries {
        balance = balance.checked_add(entry.amount).ok_or_else(|| uncountable(asset))?;
        let at = entry.place.0;
        if at < from {
            opening = balance;
            continue;
        }
        let (amount, balance) = (asset.format(entry.amount), asset.format(balance));
        movements.push(Movement { at, kind: entry.kind, amount, balance });
    }
    let (opening, closing) = (asset.format(opening), asset.format(balance));
    Ok(AccountStatement { asset: asset.code.clone(), opening, movements, closing })
}

/// All movements of a customer's life, until `last`, in no order.
struct Entries<'a> {
    engine: &'a Engine,
    life: Life,
    /// The asset of each lot.
    lots: FxHashMap<i64, (AssetId, i64)>,
    entries: Vec<Entry>,
}

impl<'a> Entries<'a> {
    fn load(ledger: &Ledger, engine: &'a Engine, life: Life, last: Instant) -> Result<Vec<Entry>, LedgerError> {
        let customer = Some(life.customer);
        let lots = ledger.lots(customer)?.into_iter().map(|row| (row.lot.id, (row.asset, row.lot.amount))).collect();
        let mut this = Self { engine, life, lots, entries: Vec::new() };
        let (automatic, by_hand): (Vec<_>, Vec<_>) =
            ledger.topups(customer)?.into_iter().partition(|topup| topup.event.is_some());
        by_hand.iter().for_each(|topup| this.topup(topup));
        this.adjustments(ledger)?;
        let mut caused: FxHashMap<i64, Vec<TopupFact>> = FxHashMap::default();
        for topup in automatic {
            caused.entry(topup.event.unwrap_or_default()).or_default().push(topup);
        }
        ledger.for_each_event_of(this.life.customer, |event| {
            this.event(&event, caused.remove(&event.fact.seq).unwrap_or_default());
            true
        })?;
        this.passing_of_time(ledger, last)?;
        Ok(this.entries)
    }

    fn push(&mut self, at: Instant, place: Place, asset: AssetId, amount: i64, kind: Kind) {
        self.entries.push(Entry { place: (at, place), asset, amount, kind });
    }

    /// A lot's asset and amount. One that is not there moved nothing; `verify` tells of it.
    fn lot(&self, id: i64) -> Option<(AssetId, i64)> {
        self.lots.get(&id).copied()
    }

    fn paid(&self, topup: &TopupFact) -> (String, String) {
        let currency = self.engine.asset(topup.currency);
        (currency.format(topup.paid), currency.code.clone())
    }

    fn topup(&mut self, topup: &TopupFact) {
        let Some((asset, amount)) = self.lot(topup.lot) else { return };
        let (paid, currency) = self.paid(topup);
        let kind = Kind::Topup { id: topup.key.clone().unwrap_or_default(), paid, currency };
        self.push(topup.at, Place::ByHand, asset, amount, kind);
    }

    fn adjustments(&mut self, ledger: &Ledger) -> Result<(), LedgerError> {
        for adjustment in ledger.adjustments(Some(self.life.customer))? {
            let kind = Kind::Adjustment { id: adjustment.key, reason: adjustment.reason };
            self.push(adjustment.at, Place::ByHand, adjustment.asset, adjustment.amount, kind);
        }
        Ok(())
    }

    fn event(&mut self, event: &StoredEvent, caused: Vec<TopupFact>) {
        let fact = &event.fact;
        let at = posted_at(fact);
        for topup in caused {
            let Some((asset, amount)) = self.lot(topup.lot) else { continue };
            let (paid, currency) = self.paid(&topup);
            let side = if draws_from(fact, topup.lot) { BEFORE_FEES } else { AFTER_FEES };
            let kind = Kind::AutoTopup { event: event.id.clone(), paid, currency };
            self.push(topup.at, Place::Event(fact.seq, side), asset, amount, kind);
        }
        for fee in fact.fees.iter().filter(|fee| !fee.draws.is_empty()) {
            let Some(subscription) = self.life.subscriptions.iter().find(|s| s.id == fee.subscription) else {
                continue;
            };
            let version = self.engine.version(subscription.version);
            let (asset, price) = &version.prices[usize::from(fee.price)];
            let kind = Kind::Fee {
                event: event.id.clone(),
                price: price.name.clone(),
                product: version.product.clone(),
                version: version.number,
            };
            self.push(at, Place::Event(fact.seq, FEES), *asset, -fee.amount, kind);
        }
    }

    /// Expiries and repayments: those that were recorded, and those that fall due until `last`.
    fn passing_of_time(&mut self, ledger: &Ledger, last: Instant) -> Result<(), LedgerError> {
        let customer = Some(self.life.customer);
        let facts = self.engine.project(&mut self.life, last);
        let recorded = ledger.expiries(customer)?.into_iter().map(|e| (e.lot, e.at, e.amount));
        for (lot, at, amount) in recorded.chain(facts.expiries.iter().map(|e| (e.lot, e.at, e.amount))) {
            if let Some((asset, _)) = self.lot(lot) {
                self.push(at, Place::Expiry, asset, -amount, Kind::Expiry { lot });
            }
        }
        let recorded = ledger.repayments(customer)?.into_iter().map(|r| (r.lot, r.at, r.amount));
        for (lot, at, amount) in recorded.chain(facts.repayments.iter().map(|r| (r.lot, r.at, r.amount))) {
            if let Some((asset, _)) = self.lot(lot) {
                let repaid = self.engine.asset(asset).format(amount);
                self.push(at, Place::Repayment, asset, 0, Kind::Repayment { lot, repaid });
            }
        }
        Ok(())
    }
}

fn draws_from(event: &EventFact, lot: i64) -> bool {
    event.fees.iter().flat_map(|fee| &fee.draws).any(|draw| draw.lot == Some(lot))
}
