//! Facts to movements.

use super::movement::{FixedCharge, Kind, LostEarly, PriceName};
use super::span::{Accounts, Span};
use crate::billing::{ChargeFact, Engine, EventFact, Facts, FeeFact, Life, RefundFact, RefundOf, TopupFact, Version};
use crate::catalog::Collection;
use crate::ids::{AssetId, ChargeId, EventNumber, LotId, OperationId, PaymentId, SubscriptionId};
use crate::ledger::{CustomerRow, Ledger, LedgerError, Linked, LotRow, RecordedIn};
use crate::money::{Amount, Counted, Total, Units};
use crate::report::balances::{drawn_at, posted_at, uncountable};
use crate::time::Instant;
use crate::wallet::{Expired, Repayment};
use rustc_hash::{FxHashMap, FxHashSet};
use smallvec::SmallVec;
use std::ops::ControlFlow;
use std::{iter, mem};

/// A movement before its balance is known.
#[derive(Clone)]
pub(super) struct Entry {
    pub at: Instant,
    /// What recorded it.
    pub by: By,
    /// What one operation did at one instant is in this order.
    pub place: Place,
    pub asset: AssetId,
    pub amount: Units,
    pub kind: Kind,
}

impl Entry {
    /// What movements are ordered by: as they happened, and those of one instant as the ledger recorded them.
    pub fn order(&self) -> (Instant, By, &Place) {
        (self.at, self.by, &self.place)
    }
}

/// What recorded a movement, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum By {
    Operation(OperationId),
    /// Nothing yet: it falls due by the end of the statement.
    Nothing,
}

/// Where a movement stands among others of its instant and operation: time moves on first; what draws on a lot comes after it
/// came in; and a payment that an event needed comes before its fees, one that it caused after them.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Place {
    Ending,
    Lot(LotId, u8),
    Event(EventNumber, u8),
    Last,
}

/// The place of what no lot goes with: before all of them.
const NOTHING: LotId = LotId::from_number(0);
/// The place of what only an overdraft paid: after all lots.
const OVERDRAFT: LotId = LotId::from_number(i64::MAX);

const COMES_IN: u8 = 0;
const IS_DRAWN: u8 = 1;

const BEFORE_FEES: u8 = 0;
const FEES: u8 = 1;
const AFTER_FEES: u8 = 2;

/// The movements of a customer's life within a span, without those of their events, and what it takes to tell these.
pub(super) struct Entries<'a> {
    pub ledger: &'a Ledger,
    pub engine: &'a Engine,
    pub life: Life,
    pub span: Span,
    lots: FxHashMap<LotId, LotRow>,
    /// Payments that events caused.
    caused: FxHashMap<EventNumber, Vec<TopupFact>>,
    /// Lots that an event gave something back to.
    given_back: FxHashSet<LotId>,
    /// What recorded lots and charges; what is not in it falls due by the end.
    lots_by: FxHashMap<LotId, By>,
    charges_by: FxHashMap<ChargeId, By>,
    /// When what was past due was paid, and the event whose return at that instant paid it, if one did.
    recovered: FxHashMap<Instant, Option<EventNumber>>,
    pub accounts: Accounts,
    pub entries: Vec<Entry>,
    pub charges: Vec<(By, FixedCharge)>,
}

impl<'a> Entries<'a> {
    /// Until the span's end everything counts for what accounts hold. `visit` is told, newest first, which events have
    /// moved them within it.
    pub fn load(
        ledger: &'a Ledger,
        engine: &'a Engine,
        customer: &CustomerRow,
        span: Span,
        mut visit: impl FnMut(EventNumber),
    ) -> Result<Self, LedgerError> {
        let mut life = ledger.life(customer.id, engine)?;
        let mut facts = history(ledger, engine, &mut life, span.last)?;
        let recorded = ledger.recorded_in(customer.id)?;
        let mut this = Self::new(ledger, engine, life, span, &facts, &recorded)?;
        for topup in mem::take(&mut facts.topups) {
            match topup.event {
                Some(event) => this.caused.entry(event).or_default().push(topup),
                None => this.topup(&topup)?,
            }
        }
        ledger.for_each_event_of(customer.id, |event| {
            if this.count_event(event)? {
                visit(event.fact.seq);
            }
            Ok(ControlFlow::Continue(()))
        })?;
        this.adjustments(&facts, &recorded);
        this.refunds(&facts, &recorded)?;
        this.grants(&facts)?;
        this.charges(&facts)?;
        this.passing_of_time(&facts, &recorded)?;
        // Stable: what stands at one place stays in the order in which it was recorded.
        this.entries.sort_by(|a, b| a.order().cmp(&b.order()));
        Ok(this)
    }

    fn new(
        ledger: &'a Ledger,
        engine: &'a Engine,
        life: Life,
        span: Span,
        facts: &Facts,
        recorded: &RecordedIn,
    ) -> Result<Self, LedgerError> {
        let customer = life.customer;
        let due = facts.lots.iter().map(|lot| LotRow { customer, asset: lot.asset, lot: lot.lot() });
        let own = ledger.lots(Some(customer))?;
        let lots_by = own.iter().map(|row| row.lot.id).zip(by(&recorded.lots)).collect();
        let charges_by = facts.charges.iter().map(|charge| charge.id).zip(by(&recorded.charges)).collect();
        let lots: FxHashMap<_, _> = own.into_iter().chain(due).map(|row| (row.lot.id, row)).collect();
        let lots_in = lots.values().map(|row| row.asset);
        let facts_in =
            facts.topups.iter().map(|topup| topup.currency).chain(facts.charges.iter().map(|charge| charge.asset));
        let adjusted_in = facts.adjustments.iter().map(|adjustment| adjustment.asset);
        let adjusted_in = adjusted_in.chain(facts.refunds.iter().map(|refund| refund.currency));
        if let Some(unknown) = lots_in.chain(facts_in).chain(adjusted_in).find(|&asset| !engine.knows(asset)) {
            let what = format!("something of customer number {customer} is in asset number {unknown}");
            return Err(LedgerError::Damaged(what));
        }
        let lapses = ledger.lapses_of(customer)?;
        let recovered = lapses.into_iter().filter_map(|(_, paid)| Some((paid?, None))).collect();
        Ok(Self {
            ledger,
            engine,
            life,
            span,
            lots,
            caused: FxHashMap::default(),
            given_back: FxHashSet::default(),
            lots_by,
            charges_by,
            recovered,
            accounts: Accounts::default(),
            entries: Vec::new(),
            charges: Vec::new(),
        })
    }

    fn push(&mut self, at: Instant, (by, place): (By, Place), asset: AssetId, amount: Units, kind: Kind) {
        if self.accounts.add(&self.span, at, asset, amount) {
            self.entries.push(Entry { at, by, place, asset, amount, kind });
        }
    }

    fn lot_by(&self, lot: LotId) -> By {
        self.lots_by.get(&lot).copied().unwrap_or(By::Nothing)
    }

    fn charge_by(&self, charge: &ChargeFact) -> By {
        self.charges_by.get(&charge.id).copied().unwrap_or(By::Nothing)
    }

    fn lot(&self, id: LotId) -> Result<&LotRow, LedgerError> {
        self.lots.get(&id).ok_or_else(|| self.damaged(&format!("lot {id}")))
    }

    fn damaged(&self, what: &str) -> LedgerError {
        LedgerError::Damaged(format!("customer number {}: {what} is not there", self.life.customer))
    }

    fn amount(&self, asset: AssetId, units: impl Counted) -> Amount {
        self.engine.asset(asset).amount(units)
    }

    fn version(&self, id: SubscriptionId) -> Result<&'a Version, LedgerError> {
        let own = self.life.subscriptions.iter().find(|s| s.id == id);
        let own = own.ok_or_else(|| self.damaged(&format!("subscription {id}")))?;
        Ok(self.engine.version(own.version))
    }

    fn paid(&self, topup: &TopupFact) -> (Amount, String) {
        (self.amount(topup.currency, topup.paid), self.engine.asset(topup.currency).code.clone())
    }

    /// A payment by hand, or one that a renewal caused.
    fn topup(&mut self, topup: &TopupFact) -> Result<(), LedgerError> {
        let LotRow { asset, ref lot, .. } = *self.lot(topup.lot)?;
        let amount = lot.amount;
        let (paid, currency) = self.paid(topup);
        let kind = match topup.key.clone() {
            Some(id) => Kind::Topup { id, paid, currency },
            None => Kind::AutoTopup { event: None, paid, currency },
        };
        let place = (self.lot_by(topup.lot), Place::Lot(topup.lot, COMES_IN));
        self.push(topup.at, place, asset, amount, kind);
        Ok(())
    }

    /// Corrections, each after those that were made before it.
    fn adjustments(&mut self, facts: &Facts, recorded: &RecordedIn) {
        let mut latest = NOTHING;
        for (adjustment, by) in facts.adjustments.iter().zip(by(&recorded.adjustments)) {
            let kind = Kind::Adjustment { id: adjustment.key.clone(), reason: adjustment.reason };
            latest = adjustment.taken.iter().map(|taken| taken.lot).chain(adjustment.lot).fold(latest, LotId::max);
            let side = if adjustment.amount.is_negative() { IS_DRAWN } else { COMES_IN };
            self.push(adjustment.at, (by, Place::Lot(latest, side)), adjustment.asset, adjustment.amount, kind);
        }
    }

    /// Money that went back: of a top-up with credit, of charges beside the accounts.
    fn refunds(&mut self, facts: &Facts, recorded: &RecordedIn) -> Result<(), LedgerError> {
        for (refund, by) in facts.refunds.iter().zip(by(&recorded.refunds)) {
            let RefundOf::Topup(taken) = &refund.of else {
                self.refunded_charges((refund, by), facts)?;
                continue;
            };
            let asset = self.lot(taken.lot)?.asset;
            let (paid_back, currency) = (refund.amount, self.engine.asset(refund.currency).code.clone());
            let kind =
                Kind::Refund { id: refund.key.clone(), paid_back: self.amount(refund.currency, paid_back), currency };
            let amount = self.opposite(asset, taken.amount)?;
            self.push(refund.at, (by, Place::Last), asset, amount, kind);
        }
        Ok(())
    }

    fn refunded_charges(&mut self, (refund, by): (&RefundFact, By), facts: &Facts) -> Result<(), LedgerError> {
        let mut paid = Some(self.amount(refund.currency, -Total::from(refund.amount)));
        for part in refund.parts().iter().filter(|part| !part.amount.is_zero()) {
            let charge = facts.charges.iter().find(|charge| charge.id == part.charge);
            let charge = charge.ok_or_else(|| self.damaged(&format!("charge {}", part.charge)))?;
            let version = self.version(charge.subscription)?;
            let price = version.fixed_prices.get(charge.price.place());
            let (_, price) = price.ok_or_else(|| self.damaged(&format!("the price of charge {}", charge.id)))?;
            let charge = FixedCharge {
                at: refund.at,
                of: name(version, &price.name),
                from: part.from,
                to: part.to,
                amount: self.amount(charge.asset, -Total::from(part.amount)),
                asset: self.engine.asset(charge.asset).code.clone(),
                paid: paid.take(),
                refund: Some(refund.key.clone()),
            };
            self.charges.push((by, charge));
        }
        Ok(())
    }

    /// Takes an event in. Says whether it has moved something within the span.
    fn count_event(&mut self, event: &Linked<'_>) -> Result<bool, LedgerError> {
        let (seq, at) = (event.fact.seq, posted_at(event.fact));
        let mut is_within = false;
        for topup in self.caused.get(&seq).into_iter().flatten() {
            let LotRow { asset, ref lot, .. } = *self.lot(topup.lot)?;
            let amount = lot.amount;
            is_within |= self.accounts.add_of_event(&self.span, topup.at, asset, amount);
        }
        for fee in &event.fact.fees {
            for draw in fee.draws.iter().filter(|draw| draw.amount.is_negative()) {
                self.given_back.extend(draw.lot);
            }
            for (asset, amount) in self.taken(event.fact, fee)? {
                if amount.is_negative() {
                    self.recovered.entry(at).and_modify(|by| *by = Some(seq));
                }
                let amount = self.opposite(asset, amount)?;
                is_within |= self.accounts.add_of_event(&self.span, at, asset, amount);
            }
        }
        Ok(is_within)
    }

    /// What an event moved in an account, in order: payments that it caused, and its fees.
    pub fn of_event(&self, event: &Linked<'_>, asset: AssetId) -> Result<SmallVec<[Entry; 1]>, LedgerError> {
        let (fact, by) = (event.fact, By::Operation(event.operation));
        let mut entries: SmallVec<[Entry; 1]> = SmallVec::new();
        for topup in self.caused.get(&fact.seq).into_iter().flatten() {
            let LotRow { asset: own, ref lot, .. } = *self.lot(topup.lot)?;
            if own != asset {
                continue;
            }
            let (paid, currency) = self.paid(topup);
            let side = if draws_from(fact, topup.lot) { BEFORE_FEES } else { AFTER_FEES };
            let kind = Kind::AutoTopup { event: Some(event.id()), paid, currency };
            let place = Place::Event(fact.seq, side);
            entries.push(Entry { at: topup.at, by, place, asset, amount: lot.amount, kind });
        }
        for fee in &fact.fees {
            let taken = self.taken(fact, fee)?;
            let Some((_, amount)) = taken.iter().find(|(own, _)| *own == asset) else { continue };
            let kind = self.kind(event, fee, asset, *amount)?;
            let (place, amount) = (Place::Event(fact.seq, FEES), self.opposite(asset, *amount)?);
            entries.push(Entry { at: posted_at(fact), by, place, asset, amount, kind });
        }
        entries.sort_by(|a, b| a.order().cmp(&b.order()));
        Ok(entries)
    }

    /// What it is that a fee took from an account: its own, or another one as overage.
    fn kind(&self, event: &Linked<'_>, fee: &FeeFact, asset: AssetId, taken: Units) -> Result<Kind, LedgerError> {
        let (own, price, version) = self.price(event.fact, fee)?;
        let (event_id, of) = (event.id(), name(version, price));
        Ok(match taken {
            _ if event.fact.voids.is_some() => Kind::Void { event: event_id, of },
            _ if taken.is_negative() => Kind::GiveBack { event: event_id, of },
            _ if asset == own => Kind::Fee { event: event_id, of },
            _ => Kind::Overage { event: event_id, of },
        })
    }

    /// What a fee took, by account.
    fn taken(&self, event: &EventFact, fee: &FeeFact) -> Result<SmallVec<[(AssetId, Units); 2]>, LedgerError> {
        let (own, ..) = self.price(event, fee)?;
        let mut taken: SmallVec<[(AssetId, Units); 2]> = SmallVec::new();
        for draw in &fee.draws {
            let asset = draw.lot.map_or(Ok(own), |lot| self.lot(lot).map(|row| row.asset))?;
            match taken.iter_mut().find(|(other, _)| *other == asset) {
                Some((_, sum)) => *sum = sum.checked_add(draw.amount).ok_or_else(|| self.uncountable(asset))?,
                None => taken.push((asset, draw.amount)),
            }
        }
        Ok(taken)
    }

    /// The asset and the name of the price that a fee is for, and the version that it is of.
    fn price(&self, event: &EventFact, fee: &FeeFact) -> Result<(AssetId, &'a str, &'a Version), LedgerError> {
        let version = self.version(fee.subscription)?;
        let price = version.prices.get(fee.price.place());
        let (own, price) = price.ok_or_else(|| self.damaged(&format!("the price of event number {}", event.seq)))?;
        Ok((*own, &price.name, version))
    }

    /// What entitlements granted. What was carried on from another lot was there before.
    fn grants(&mut self, facts: &Facts) -> Result<(), LedgerError> {
        let rests: FxHashSet<LotId> = facts.rollovers.iter().map(|rollover| rollover.into).collect();
        let granted: Vec<LotRow> = self
            .lots
            .values()
            .filter(|row| row.lot.granted_by.is_some() && !rests.contains(&row.lot.id))
            .cloned()
            .collect();
        for LotRow { asset, lot, .. } in granted {
            let Some(granted_by) = lot.granted_by else { continue };
            let version = self.version(granted_by.subscription)?;
            let entitlement = version.entitlements.get(granted_by.entitlement.place());
            let (_, entitlement) =
                entitlement.ok_or_else(|| self.damaged(&format!("the entitlement of lot {}", lot.id)))?;
            let kind = Kind::Grant {
                lot: lot.id,
                entitlement: entitlement.name.clone(),
                product: version.product.clone(),
                version: version.number,
            };
            let place = (self.lot_by(lot.id), Place::Lot(lot.id, COMES_IN));
            self.push(lot.granted_at, place, asset, lot.amount, kind);
        }
        Ok(())
    }

    /// Fixed charges: those that the wallet paid move it; those that payments collected stand beside it, and what their
    /// credits left over goes into it.
    fn charges(&mut self, facts: &Facts) -> Result<(), LedgerError> {
        let mut payments: FxHashMap<PaymentId, Units> = facts.payments.iter().map(|p| (p.id, p.paid)).collect();
        let mut credited: FxHashSet<LotId> = FxHashSet::default();
        for charge in &facts.charges {
            let version = self.version(charge.subscription)?;
            let price = version.fixed_prices.get(charge.price.place());
            let (_, price) = price.ok_or_else(|| self.damaged(&format!("the price of charge {}", charge.id)))?;
            let of = name(version, &price.name);
            if price.collection == Collection::Balance {
                self.wallet_charge(charge, of)?;
                continue;
            }
            if let Some(id) = charge.lot.filter(|lot| credited.insert(*lot)) {
                let LotRow { asset, ref lot, .. } = *self.lot(id)?;
                let amount = lot.amount;
                let place = (self.charge_by(charge), Place::Lot(id, COMES_IN));
                self.push(charge.at, place, asset, amount, Kind::Credit { of: of.clone() });
            }
            if !charge.draws.is_empty() {
                self.drawn_charge(charge, of.clone())?;
            }
            let paid = charge.payment.and_then(|payment| payments.remove(&payment));
            let fixed = FixedCharge {
                at: charge.at,
                of,
                from: charge.from,
                to: charge.to,
                amount: self.amount(charge.asset, charge.amount),
                asset: self.engine.asset(charge.asset).code.clone(),
                paid: paid.map(|paid| self.amount(charge.asset, paid)),
                refund: None,
            };
            self.charges.push((self.charge_by(charge), fixed));
        }
        Ok(())
    }

    /// What a charge that payments collect took of earlier credits.
    fn drawn_charge(&mut self, charge: &ChargeFact, of: PriceName) -> Result<(), LedgerError> {
        let drawn = Units::checked_sum(charge.draws.iter().map(|draw| draw.amount));
        let drawn = drawn.ok_or_else(|| self.uncountable(charge.asset))?;
        let lot = charge.draws.iter().filter_map(|draw| draw.lot).max().unwrap_or(OVERDRAFT);
        let at = drawn_at(charge, |lot| Some(self.lots.get(&lot)?.lot.effective_at));
        let kind = Kind::Charge { of, from: charge.from, to: charge.to };
        let place = (self.charge_by(charge), self.paid_by_return(at).unwrap_or(Place::Lot(lot, IS_DRAWN)));
        self.push(at, place, charge.asset, self.opposite(charge.asset, drawn)?, kind);
        Ok(())
    }

    /// The place of charges that were past due until an event gave something back.
    fn paid_by_return(&self, at: Instant) -> Option<Place> {
        let event = self.recovered.get(&at).copied().flatten()?;
        Some(Place::Event(event, AFTER_FEES))
    }

    /// A credit comes before the charges that it is settled with.
    fn wallet_charge(&mut self, charge: &ChargeFact, of: PriceName) -> Result<(), LedgerError> {
        let at = drawn_at(charge, |lot| Some(self.lots.get(&lot)?.lot.effective_at));
        let drawn = charge.draws.iter().filter_map(|draw| draw.lot).max();
        let (place, kind) = if charge.amount.is_negative() {
            (Place::Lot(charge.lot.unwrap_or(NOTHING), COMES_IN), Kind::Credit { of })
        } else {
            let place = Place::Lot(drawn.unwrap_or(OVERDRAFT), IS_DRAWN);
            (self.paid_by_return(at).unwrap_or(place), Kind::Charge { of, from: charge.from, to: charge.to })
        };
        let place = (self.charge_by(charge), place);
        self.push(at, place, charge.asset, self.opposite(charge.asset, charge.amount)?, kind);
        Ok(())
    }

    /// Rests that were carried on, lots that ended, and deficits that were paid back.
    fn passing_of_time(&mut self, facts: &Facts, recorded: &RecordedIn) -> Result<(), LedgerError> {
        for rollover in &facts.rollovers {
            let asset = self.lot(rollover.lot)?.asset;
            let carried_on = self.amount(asset, rollover.amount);
            let kind = Kind::Rollover { lot: rollover.lot, into: rollover.into, carried_on };
            self.push(rollover.at, (self.lot_by(rollover.into), Place::Ending), asset, Units::ZERO, kind);
        }
        for (&Expired { lot, at, amount, .. }, by) in facts.expiries.iter().zip(by(&recorded.expiries)) {
            let row = self.lot(lot)?;
            let reason = self.lost_early(row, at);
            // A lot that was over before it was granted was never there after its end; one that got something back was.
            let (at, place) = match row.lot.expires_at {
                _ if self.given_back.contains(&lot) => (at, Place::Last),
                end => (end.map_or(at, |end| end.min(at)), Place::Ending),
            };
            let asset = row.asset;
            self.push(at, (by, place), asset, self.opposite(asset, amount)?, Kind::Expiry { lot, reason });
        }
        for (&Repayment { lot, at, amount, .. }, by) in facts.repayments.iter().zip(by(&recorded.repayments)) {
            let asset = self.lot(lot)?.asset;
            let repaid = self.amount(asset, amount);
            self.push(at, (by, Place::Last), asset, Units::ZERO, Kind::Repayment { lot, repaid });
        }
        Ok(())
    }

    /// Why a lot ended before its time, if it did at `at`.
    fn lost_early(&self, row: &LotRow, at: Instant) -> Option<LostEarly> {
        let granted = row.lot.granted_by.filter(|_| row.lot.expires_at.is_none_or(|end| at < end))?;
        if self.life.end_of(granted) > at {
            return Some(LostEarly::AccountFull);
        }
        let own = self.life.subscriptions.iter().find(|own| own.id == granted.subscription)?;
        let has_ended = self.life.line_end(own.origin) <= at;
        Some(if has_ended { LostEarly::SubscriptionEnded } else { LostEarly::TermsChanged })
    }

    /// What leaves a wallet.
    fn opposite(&self, asset: AssetId, amount: Units) -> Result<Units, LedgerError> {
        amount.checked_neg().ok_or_else(|| self.uncountable(asset))
    }

    fn uncountable(&self, asset: AssetId) -> LedgerError {
        uncountable(self.engine.asset(asset))
    }
}

/// What recorded facts: these operations, and behind them nothing yet.
fn by(operations: &[OperationId]) -> impl Iterator<Item = By> {
    operations.iter().map(|&operation| By::Operation(operation)).chain(iter::repeat(By::Nothing))
}

/// What was recorded of a customer beside their events, and what falls due until `last`. Only lots that are yet to come
/// are in it.
fn history(ledger: &Ledger, engine: &Engine, life: &mut Life, last: Instant) -> Result<Facts, LedgerError> {
    let customer = life.customer;
    let due = engine.project(life, last)?;
    let mut facts = Facts {
        topups: ledger.topups(Some(customer))?,
        adjustments: ledger.adjustments(Some(customer))?,
        charges: ledger.charges(Some(customer))?,
        payments: ledger.payments(Some(customer))?,
        refunds: ledger.refunds(Some(customer))?,
        rollovers: ledger.rollovers(Some(customer))?,
        expiries: ledger.expiries(Some(customer))?,
        repayments: ledger.repayments(Some(customer))?,
        lots: due.lots,
        ..Facts::default()
    };
    facts.topups.extend(due.topups);
    facts.charges.extend(due.charges);
    facts.payments.extend(due.payments);
    facts.rollovers.extend(due.rollovers);
    facts.expiries.extend(due.expiries);
    facts.repayments.extend(due.repayments);
    Ok(facts)
}

fn name(version: &Version, price: &str) -> PriceName {
    PriceName { price: price.to_owned(), product: version.product.clone(), version: version.number }
}

fn draws_from(event: &EventFact, lot: LotId) -> bool {
    event.fees.iter().flat_map(|fee| &fee.draws).any(|draw| draw.lot == Some(lot))
}
