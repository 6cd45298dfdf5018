//! The two doors between a life and the ledger: a life is checked after it was loaded, and again before it is stored, with
//! what happened to it. In between, billing may rely on what was checked. What fails at the first door is a damaged ledger; what fails
//! at the second is a bug in this program, which may stop it but never becomes a balance.

use super::engine::Engine;
use super::facts::{
    AdjustmentFact, ChargeFact, EndFact, EventFact, Facts, FeeFact, LapseFact, LotFact, OverageFact, PaymentFact,
    RefundFact, RefundOf, RefundPart, RolloverFact, Status, SubscriptionFact, TopupFact,
};
use super::failure::Broken;
use super::life::{AutoTopupRule, Life, Subscription, line};
use super::subscription::NewTerms;
use super::version::Version;
use crate::catalog::UsagePrice;
use crate::ids::{AssetId, CustomerId, EventNumber, LotId};
use crate::money::{Rounding, Total, Units, Value};
use crate::rating::Rater;
use crate::time::Instant;
use crate::wallet::{Expired, Repayment};
use rustc_hash::{FxHashMap, FxHashSet};

impl Engine {
    /// Whether every row of a price, and of a vendor's cost rule, has what its model needs.
    ///
    /// # Errors
    /// A price that has not. The ledger is damaged.
    pub fn check_prices(&self) -> Result<(), Broken> {
        let versions = self.versions().flat_map(|(_, version)| version.prices.iter().map(|(_, price)| &price.usage));
        let mut prices = versions.chain(self.cost_rules.iter().map(|own| &*own.rule));
        let broken = prices.find(|price| !can_rate(price));
        broken.map_or(Ok(()), |price| Err(Broken::Price(price.event_type.clone(), price.asset.clone())))
    }

    /// Whether a life is one that billing can go on with.
    ///
    /// # Errors
    /// What can't be. The ledger that it was loaded from is damaged; or the program is wrong, if the life is to be stored.
    pub fn check_life(&self, life: &Life) -> Result<(), Broken> {
        check_accounts(life)?;
        if let Some((asset, _)) = life.accounts.iter().find(|(asset, _)| !self.knows(*asset)) {
            return Err(Broken::Account(life.customer, asset));
        }
        for subscription in &life.subscriptions {
            self.check_terms(life, subscription)?;
        }
        life.charges.iter().try_for_each(|charge| self.check_charge(life, charge))?;
        if let Some(part) = life.refunded.iter().find(|part| !is_possible(part)) {
            return Err(Broken::Charge(part.charge));
        }
        for lapse in &life.past_due {
            if !self.knows(lapse.asset) || !is_named(lapse.at) || life.lapsed(lapse).is_none() {
                return Err(Broken::Lapse(life.customer));
            }
        }
        for (&asset, rule) in &life.rules {
            self.check_rule(life, asset, rule)?;
        }
        check_sums(life)?;
        self.check_refundable(life)
    }

    /// Terms that somebody can have, of a line that goes on without a gap.
    fn check_terms(&self, life: &Life, own: &Subscription) -> Result<(), Broken> {
        let is_known = self.versions.get(&own.version).is_some_and(|version| self.knows_assets(version));
        let is_known = is_known && own.quantity.number() > 0;
        let terms = NewTerms { version: own.version, quantity: own.quantity, at: own.started_at };
        let is_timed = [own.started_at, own.anchor, own.ended_at].into_iter().all(is_named);
        if !is_known || !is_timed || self.check_amounts(&terms).is_err() {
            return Err(Broken::Terms(own.id));
        }
        // Terms that were taken back before they began follow nothing.
        let is_held = own.started_at < own.ended_at;
        let follows = |before: &Subscription| before.id < own.id && before.ended_at == own.started_at;
        if own.origin != own.id && is_held && !line(life, own.origin).any(follows) {
            return Err(Broken::Line(own.id));
        }
        Ok(())
    }

    /// Whether all that a version charges and grants is in assets that the terms have. Those that were archived are not.
    fn knows_assets(&self, version: &Version) -> bool {
        let fixed = version.fixed_prices.iter().map(|(asset, _)| asset);
        let used = version.prices.iter().map(|(asset, _)| asset);
        let granted = version.entitlements.iter().map(|(asset, _)| asset);
        fixed.chain(used).chain(granted).all(|asset| self.knows(*asset))
    }

    fn check_charge(&self, life: &Life, charge: &ChargeFact) -> Result<(), Broken> {
        let own = life.subscriptions.iter().find(|own| own.id == charge.subscription);
        let prices = own.map(|own| &self.version(own.version).fixed_prices);
        let price = prices.and_then(|prices| prices.get(charge.price.place()));
        let is_priced = price.is_some_and(|(asset, _)| *asset == charge.asset);
        if is_priced && is_possible_charge(charge) { Ok(()) } else { Err(Broken::Charge(charge.id)) }
    }

    fn check_rule(&self, life: &Life, asset: AssetId, rule: &AutoTopupRule) -> Result<(), Broken> {
        let AutoTopupRule::On { amount, currency, limit, .. } = *rule else { return Ok(()) };
        let pays = amount.is_positive() && limit.is_none_or(|limit| !limit.is_negative());
        let is_known = self.knows(asset) && self.knows(currency);
        if pays && is_known { Ok(()) } else { Err(Broken::Rule(life.customer, asset)) }
    }

    /// What may be given back was taken from lots that are there.
    fn check_refundable(&self, life: &Life) -> Result<(), Broken> {
        if life.refundable.is_empty() {
            return Ok(());
        }
        let lots: FxHashSet<(AssetId, LotId)> =
            life.accounts.iter().flat_map(|(asset, account)| account.all().map(move |lot| (asset, lot.id))).collect();
        for (key, stack) in &life.refundable {
            let is_there = |lot: Option<LotId>, asset| lot.is_none_or(|lot| lots.contains(&(asset, lot)));
            // A lot may have paid a fraction of a unit, which is rounded up with what was drawn before it.
            let is_right = |units: Units, amount: Units| !units.is_negative() && !amount.is_negative();
            let all = stack.iter().all(|own| is_right(own.units, own.amount) && is_there(own.lot, own.asset));
            if !all || Units::checked_sum(stack.iter().map(|own| own.units)).is_none() {
                return Err(Broken::Refundable(key.subscription));
            }
        }
        Ok(())
    }
}

/// Whether every row of a price has what its model needs.
fn can_rate(price: &UsagePrice) -> bool {
    // What it is rounded to is no matter here.
    let units = (0, Rounding::Down);
    price.rows.iter().all(|row| Rater::of_row(row, price.usage_type, price.pricing_model, units).is_some())
}

/// Whether nothing has come below zero that only adds up.
fn check_sums(life: &Life) -> Result<(), Broken> {
    if let Some((key, _)) = life.auto_paid.iter().find(|(_, paid)| paid.is_negative()) {
        return Err(Broken::Rule(life.customer, key.asset));
    }
    let below = life.counters().find(|(_, counter)| counter.charged.is_negative());
    below.map_or(Ok(()), |(key, _)| Err(Broken::Counter(key.subscription)))
}

fn check_accounts(life: &Life) -> Result<(), Broken> {
    for (asset, account) in life.accounts.iter() {
        account.check().map_err(|lot| lot.map_or(Broken::Account(life.customer, asset), Broken::Lot))?;
    }
    Ok(())
}

/// Whether an instant is one that the calendar has.
pub(super) fn is_named(at: Instant) -> bool {
    (Instant::EPOCH..=Instant::MAX).contains(&at)
}

/// Whether a charge is for a time that the calendar has, and adds up.
fn is_possible_charge(charge: &ChargeFact) -> bool {
    let is_timed = [charge.at, charge.from, charge.to].into_iter().all(is_named) && charge.from <= charge.to;
    is_timed && is_signed(charge)
}

/// Whether a charge's amount, value and draws have one sign: a credit gives up what it would have earned.
fn is_signed(charge: &ChargeFact) -> bool {
    let drawn = Units::total(charge.draws.iter().map(|draw| draw.amount));
    let is_credit = charge.amount.is_negative() && !charge.value.is_positive() && charge.draws.is_empty();
    let is_charge = charge.amount.is_positive() && !charge.value.is_negative() && !drawn.is_negative();
    is_credit || is_charge
}

impl Facts {
    /// Whether what happened can have happened.
    ///
    /// # Errors
    /// What can't be. The program is wrong.
    pub fn check(&self) -> Result<(), Broken> {
        // All of them are named, so that none is forgotten.
        let Self {
            events,
            denials,
            lots,
            topups,
            adjustments,
            expiries,
            repayments,
            subscriptions,
            ends,
            charges,
            payments,
            refunds,
            rollovers,
            lapses,
            recoveries,
        } = self;
        let granted: FxHashSet<LotId> = lots.iter().map(|lot| lot.id).collect();
        let is_granted = |lot: Option<LotId>| lot.is_none_or(|lot| granted.contains(&lot));
        events.iter().try_for_each(EventFact::check)?;
        // What it needed and had says nothing: what it would have given back elsewhere, or been charged as overage, counts too.
        each(denials, |denial| denial.event != EventNumber::NONE, |denial| Broken::Denial(denial.event))?;
        each(lots, is_grant, |lot| Broken::Lot(lot.id))?;
        each(topups, |own| buys(own) && is_granted(Some(own.lot)), |own| Broken::Topup(own.customer))?;
        each(adjustments, |own| is_what_it_took(own) && is_granted(own.lot), |own| Broken::Adjustment(own.id))?;
        each(subscriptions, is_held, |own| Broken::Terms(own.id))?;
        each(ends, is_end, |end| Broken::End(end.subscription))?;
        each(payments, pays, |payment| Broken::Payment(payment.customer))?;
        let is_right = |charge: &ChargeFact| is_possible_charge(charge) && is_granted(charge.lot);
        each(charges, is_right, |charge| Broken::Charge(charge.id))?;
        each(refunds, is_what_it_gave_up, |refund| Broken::Refund(refund.id))?;
        each(lapses, is_lapse, |lapse| Broken::Lapse(lapse.customer))?;
        each(recoveries, |own| is_named(own.at), |own| Broken::Recovery(own.lapse))?;
        each(expiries, is_lost, |own| Broken::Left(own.lot))?;
        each(repayments, is_repaid, |own| Broken::Left(own.lot))?;
        each(rollovers, |own| is_carried(own) && is_granted(Some(own.into)), |own| Broken::Left(own.lot))?;
        self.check_charges_are_paid()
    }

    /// Whether what is charged, less what is credited, is what payments and the wallet gave. What a credit leaves over is a
    /// lot.
    fn check_charges_are_paid(&self) -> Result<(), Broken> {
        let mut open: FxHashMap<(CustomerId, AssetId), Total<Units>> = FxHashMap::default();
        for charge in &self.charges {
            let drawn = Units::total(charge.draws.iter().map(|draw| draw.amount));
            *open.entry((charge.customer, charge.asset)).or_default() += Total::from(charge.amount) - drawn;
        }
        for payment in &self.payments {
            *open.entry((payment.customer, payment.currency)).or_default() -= payment.paid;
        }
        let credited: FxHashSet<LotId> = self.charges.iter().filter_map(|charge| charge.lot).collect();
        for lot in self.lots.iter().filter(|lot| credited.contains(&lot.id)) {
            *open.entry((lot.customer, lot.asset)).or_default() += lot.amount;
        }
        let unpaid = open.into_iter().filter(|(_, open)| !open.is_zero()).map(|((customer, _), _)| customer);
        unpaid.min().map_or(Ok(()), |customer| Err(Broken::Unpaid(customer)))
    }
}

/// The first of some facts that can't be, as what is wrong.
fn each<T>(facts: &[T], is_right: impl Fn(&T) -> bool, broken: impl Fn(&T) -> Broken) -> Result<(), Broken> {
    facts.iter().find(|fact| !is_right(fact)).map_or(Ok(()), |fact| Err(broken(fact)))
}

fn is_grant(lot: &LotFact) -> bool {
    lot.amount.is_positive() && !lot.basis.is_negative()
}

fn buys(topup: &TopupFact) -> bool {
    is_named(topup.at) && topup.paid.is_positive() && !topup.value.is_negative()
}

fn pays(payment: &PaymentFact) -> bool {
    is_named(payment.at) && payment.paid.is_positive() && !payment.value.is_negative()
}

/// Whether terms are for somebody, from times that the calendar has.
fn is_held(own: &SubscriptionFact) -> bool {
    let is_timed = [own.started_at, own.anchor].into_iter().chain(own.planned_at).all(is_named);
    own.quantity.number() > 0 && own.origin <= own.id && is_timed
}

fn is_end(end: &EndFact) -> bool {
    end.ended_at.into_iter().chain(end.asked_at).all(is_named)
}

/// Whether a renewal needed more than there was.
fn is_lapse(lapse: &LapseFact) -> bool {
    is_named(lapse.at) && lapse.needed > lapse.available
}

/// What was lost comes back with the other sign, dated when it was lost.
fn is_lost(lost: &Expired) -> bool {
    let is_back = lost.amount.is_negative() && lost.dated <= lost.at;
    if is_back { !lost.breakage.is_positive() } else { lost.amount.is_positive() && !lost.breakage.is_negative() }
}

/// What takes a repayment back has the other sign, and is dated when that was made.
fn is_repaid(repaid: &Repayment) -> bool {
    let is_back = repaid.amount.is_negative() && repaid.dated <= repaid.at;
    if is_back { !repaid.earned.is_positive() } else { repaid.amount.is_positive() && !repaid.earned.is_negative() }
}

fn is_carried(rollover: &RolloverFact) -> bool {
    rollover.amount.is_positive() && !rollover.basis.is_negative()
}

/// A correction upwards grants that much; one downwards takes it from lots.
fn is_what_it_took(adjustment: &AdjustmentFact) -> bool {
    let taken = Units::total(adjustment.taken.iter().map(|taken| taken.amount));
    let is_sound = adjustment.taken.iter().all(|taken| taken.amount.is_positive() && !taken.basis.is_negative());
    match adjustment.lot {
        Some(_) => adjustment.amount.is_positive() && adjustment.taken.is_empty(),
        None => adjustment.amount.is_negative() && is_sound && (taken + adjustment.amount).is_zero(),
    }
}

/// Money that goes back is taken from a lot, whose cost basis covers it, or from what charges earn.
fn is_what_it_gave_up(refund: &RefundFact) -> bool {
    let is_right = refund.amount.is_positive() && !refund.value.is_negative();
    is_right
        && match &refund.of {
            RefundOf::Topup(taken) => taken.amount.is_positive() && taken.basis >= refund.value,
            RefundOf::Charges(_, parts) => {
                parts.iter().all(|part| is_possible(part) && part.from == refund.at)
                    && Units::total(parts.iter().map(|part| part.amount)) == refund.amount.into()
                    && Value::total(parts.iter().map(|part| part.value)) == refund.value.into()
            }
        }
}

/// Whether a refund takes something from a charge, in a time that the calendar has.
fn is_possible(part: &RefundPart) -> bool {
    let is_timed = is_named(part.from) && is_named(part.to) && part.from <= part.to;
    is_timed && !part.amount.is_negative() && !part.value.is_negative()
}

impl EventFact {
    /// Whether its fees were taken whole, or not at all.
    ///
    /// # Errors
    /// When they were not. The program is wrong.
    pub fn check(&self) -> Result<(), Broken> {
        if self.voids.is_some() {
            let voided = EventFact { voids: None, ..self.mirrored() };
            return voided.check();
        }
        let is_taken = |fee: &FeeFact| match self.status {
            Status::Charged => drawn(fee) == owed(fee),
            Status::Denied | Status::Unpriced(_) => fee.draws.is_empty(),
        };
        if self.fees.iter().all(is_taken) { Ok(()) } else { Err(Broken::Event(self.seq)) }
    }
}

fn drawn(fee: &FeeFact) -> Total<Units> {
    Units::total(fee.draws.iter().map(|draw| draw.amount))
}

/// What must be drawn for a fee. What is charged as overage is drawn in another asset, and the draws say it in that.
fn owed(fee: &FeeFact) -> Total<Units> {
    let instead = |overage: OverageFact| Total::from(overage.amount) - overage.units;
    fee.overage.map_or(Total::ZERO, instead) + fee.amount
}

#[cfg(test)]
mod tests;
