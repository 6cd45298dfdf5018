//! Fixed charges of one customer: what each should come to, whether every period has its own, and what collected them.

use super::check::Faults;
use super::grants::Fresh;
use super::lives::{Lapsed, Record};
use crate::billing::{ChargeFact, Engine, RefundFact, Subscription, Unearned};
use crate::catalog::{Collection, FixedPrice};
use crate::ids::{AssetId, ChargeId, EntitlementIndex, FixedPriceIndex, LotId, PaymentId, SubscriptionId, VersionId};
use crate::money::{Rounding, Total, Units, Value, minor_step};
use crate::time::{Instant, Interval, Period};
use crate::wallet::Repayment;
use rustc_hash::{FxHashMap, FxHashSet};

/// What has been charged for one period of a price and not been credited yet.
#[derive(Default)]
struct Charged<'r> {
    charges: Vec<&'r ChargeFact>,
}

impl Charged<'_> {
    /// What a credit for `unused` of it comes to, and what that would have earned; `None` when nothing was charged, or more
    /// than can be counted. Of what money went back for, no more is credited than is still to be earned. `repaid` is the worth
    /// of what an overdraft paid and was repaid by then.
    fn credit(
        &self,
        unused: Units,
        repaid: Total<Value>,
        refunds: &[RefundFact],
        credit: &ChargeFact,
        step: Units,
    ) -> Option<(Units, Value)> {
        let amount = Units::try_from(Units::total(self.charges.iter().map(|charge| charge.amount))).ok()?;
        let value = Value::total(self.charges.iter().map(|charge| charge.value)) + repaid;
        let value = Value::try_from(value.max(Total::ZERO)).ok()?;
        let unused = unused.min(amount);
        let before = refunds.iter().filter(|refund| refund.next_charge <= credit.id).flat_map(RefundFact::parts);
        let mut refunded = before.filter(|part| part.to > credit.at && self.has(part.charge)).peekable();
        let (unused, value) = if refunded.peek().is_none() {
            (unused, value.portion(unused, amount, Rounding::Down).ok()?)
        } else {
            let left = Unearned::of(self.charges.iter().copied(), refunded, credit.at).ok()?;
            left.credit(unused, step).ok()?
        };
        Some((unused.checked_neg()?, value.checked_neg()?))
    }

    /// What was repaid of it may be worth when it is credited at an instant: what was repaid at that very instant may have been
    /// repaid before or after.
    fn repaid(&self, repaid: &[Repayment], at: Instant) -> Vec<Total<Value>> {
        let own = || repaid.iter().filter(|own| own.charge.is_some_and(|charge| self.has(charge)));
        let mut sum = Value::total(own().filter(|own| own.at < at).map(|own| own.earned));
        let mut all = vec![sum];
        for own in own().filter(|own| own.at == at) {
            sum += own.earned;
            all.push(sum);
        }
        all
    }

    fn has(&self, id: ChargeId) -> bool {
        self.charges.iter().any(|charge| charge.id == id)
    }
}

/// What a charge could come to.
type Amounts = Vec<Units>;

impl Record<'_> {
    /// Every charge is what its price says: the whole of it, or a part of its period by exact time.
    pub fn check_amounts(&self, faults: &mut Faults) {
        let mut charged: FxHashMap<(SubscriptionId, VersionId, FixedPriceIndex, Instant), Charged<'_>> =
            FxHashMap::default();
        for charge in &self.charges {
            let what = || format!("charge {}", charge.id);
            let Some((subscription, price)) = self.priced(charge) else {
                faults.add(|| format!("{}: its price is not there", what()));
                continue;
            };
            let of_period = (subscription.origin, subscription.version, charge.price, charge.to);
            let so_far = charged.entry(of_period).or_default();
            if charge.amount.is_negative() {
                self.check_credit(subscription, price, charge, so_far, faults);
            } else {
                let expected = self.expected(subscription, price, charge);
                if !expected.contains(&charge.amount) {
                    let known: Vec<String> = expected.iter().map(Units::to_string).collect();
                    let known = if known.is_empty() { "nothing".to_owned() } else { known.join(" or ") };
                    faults.compare(|| format!("{}: in units", what()), &charge.amount.to_string(), &known);
                }
            }
            so_far.charges.push(charge);
        }
    }

    /// A credit is the unused part of what was charged for its period and not credited before, with what that part would
    /// have earned; and other terms begin.
    fn check_credit(
        &self,
        subscription: &Subscription,
        price: &FixedPrice,
        charge: &ChargeFact,
        charged: &Charged<'_>,
        faults: &mut Faults,
    ) {
        let what = || format!("charge {}", charge.id);
        let currency = self.engine.asset(charge.asset);
        let step = minor_step(currency.precision, currency.payment_digits());
        let unused = self.prorated(subscription, price, charge);
        let credit = |repaid| unused.and_then(|unused| charged.credit(unused, repaid, &self.refunds, charge, step));
        let mut credits = charged.repaid(&self.repaid, charge.at).into_iter().filter_map(credit).peekable();
        let first = credits.peek().copied();
        match credits.find(|credit| *credit == (charge.amount, charge.value)).or(first) {
            Some((amount, value)) => {
                faults.compare(|| format!("{}: what is credited", what()), &charge.amount, &amount);
                faults.compare(|| format!("{}: what the credit would have earned", what()), &charge.value, &value);
            }
            None => faults.add(|| format!("{}: it credits what was not charged", what())),
        }
        if !self.has_successor(subscription, charge.from) {
            faults.add(|| format!("{}: it credits what nothing replaced", what()));
        }
    }

    /// The subscription and the price of a charge, if it is in that price's asset and was made as its time began.
    fn priced(&self, charge: &ChargeFact) -> Option<(&Subscription, &FixedPrice)> {
        let subscription = self.life.subscriptions.iter().find(|s| s.id == charge.subscription)?;
        let (asset, price) = self.engine.version(subscription.version).fixed_prices.get(charge.price.place())?;
        (*asset == charge.asset && charge.at == charge.from).then_some((subscription, price))
    }

    /// What a charge may come to: the whole price when its period begins, or when it is paid late; and the part of the period
    /// that is left when other terms begin, or are paid late.
    fn expected(&self, subscription: &Subscription, price: &FixedPrice, charge: &ChargeFact) -> Amounts {
        let ChargeFact { from, to, .. } = *charge;
        let is_new = subscription.origin == subscription.id;
        let recovered = self.recovers(subscription, from);
        let begins = recovered || subscription.started_at == from;
        let mut amounts = Amounts::new();
        match price.interval.map(|interval| interval.period(subscription.anchor, from)) {
            Some(Some(whole)) if whole.to == to => {
                if whole.from == from || recovered {
                    amounts.extend(full(subscription, price));
                }
                if !is_new && begins {
                    amounts.extend(self.prorated(subscription, price, charge));
                }
            }
            None if to == from && is_new && begins => amounts.extend(full(subscription, price)),
            _ => {}
        }
        amounts
    }

    /// Whether what a line owed was paid at `at`.
    fn recovers(&self, subscription: &Subscription, at: Instant) -> bool {
        self.lapses.iter().any(|lapse| lapse.origin == subscription.origin && lapse.recovered_at == Some(at))
    }

    /// What the price comes to for the rest of the period that the charge is in.
    fn prorated(&self, subscription: &Subscription, price: &FixedPrice, charge: &ChargeFact) -> Option<Units> {
        let whole = price.interval?.period(subscription.anchor, charge.from)?;
        if whole.to != charge.to {
            return None;
        }
        rest(self.engine, subscription, price, charge.asset, charge.from, whole)
    }

    /// Whether other terms of the same line begin at `at`, or have begun before and are paid then.
    fn has_successor(&self, subscription: &Subscription, at: Instant) -> bool {
        let begun = |s: &Subscription| s.started_at == at || (s.started_at < at && self.recovers(s, at));
        let line = self.life.subscriptions.iter().filter(|s| s.origin == subscription.origin);
        line.into_iter().any(|s| s.id > subscription.id && begun(s))
    }

    /// Every period that a customer's time has come to has been charged once, unless it waits for a payment. What was
    /// charged after an end that was told later stays.
    pub fn check_periods(&self, faults: &mut Faults) -> usize {
        let mut own: FxHashSet<(SubscriptionId, FixedPriceIndex, Instant)> = FxHashSet::default();
        for charge in self.charges.iter().filter(|charge| charge.amount.is_positive()) {
            if !own.insert((charge.subscription, charge.price, charge.from)) {
                faults.add(|| format!("charge {}: its period was charged before", charge.id));
            }
        }
        let mut count = 0;
        for subscription in self.life.subscriptions.iter().filter(|s| s.started_at < s.ended_at) {
            for (price, (asset, fixed)) in
                FixedPriceIndex::each(&self.engine.version(subscription.version).fixed_prices)
            {
                for at in self.begins(subscription, fixed, *asset) {
                    count += 1;
                    if !self.waits(subscription, at) && !own.contains(&(subscription.id, price, at)) {
                        let id = subscription.id;
                        faults.add(|| format!("subscription {id}: {:?} was not charged at {at}", fixed.name));
                    }
                }
            }
        }
        count
    }

    /// Every refresh that a customer's time has come to was made, unless it waits for a payment.
    pub fn check_refreshes(&self, fresh: &Fresh, faults: &mut Faults) -> usize {
        let mut count = 0;
        for subscription in self.life.subscriptions.iter().filter(|s| s.started_at < s.ended_at) {
            for (index, (_, entitlement)) in
                EntitlementIndex::each(&self.engine.version(subscription.version).entitlements)
            {
                let refreshed = entitlement.lifecycle.filter(|lifecycle| lifecycle.refresh.is_some());
                let is_new = subscription.origin == subscription.id;
                let first = is_new.then_some(subscription.started_at);
                let turns = refreshed.into_iter().flat_map(|lifecycle| self.turns(subscription, lifecycle.interval));
                for at in first.into_iter().chain(turns) {
                    count += 1;
                    if !self.waits(subscription, at) && !fresh.contains(&(subscription.id, index, at)) {
                        let id = subscription.id;
                        faults.add(|| format!("subscription {id}: {:?} was not granted at {at}", entitlement.name));
                    }
                }
            }
        }
        count
    }

    /// Whether what comes round for a subscription at `at` waits for a payment.
    fn waits(&self, subscription: &Subscription, at: Instant) -> bool {
        self.lapses.iter().any(|lapse| lapse.origin == subscription.origin && lapse.covers(at))
    }

    /// When something is charged for a price, as far as the customer's time has come.
    fn begins(&self, subscription: &Subscription, price: &FixedPrice, asset: AssetId) -> Vec<Instant> {
        let start = subscription.started_at;
        let is_new = subscription.origin == subscription.id;
        // What can't be counted is not nothing.
        let costs_something = full(subscription, price).is_none_or(Units::is_positive);
        let first = match price.interval.and_then(|interval| interval.period(subscription.anchor, start)) {
            // New terms are charged for the rest of the period, once time has come to them.
            Some(whole) if !is_new => {
                let rest = rest(self.engine, subscription, price, asset, start, whole);
                start <= self.life.clock && rest.is_some_and(Units::is_positive)
            }
            _ => is_new && costs_something,
        };
        let renewals = price.interval.filter(|_| costs_something).into_iter();
        let renewals = renewals.flat_map(|interval| self.turns(subscription, interval));
        first.then_some(start).into_iter().chain(renewals).collect()
    }

    /// The turns of an interval within a subscription, after its start.
    fn turns(&self, subscription: &Subscription, interval: Interval) -> impl Iterator<Item = Instant> {
        let Subscription { anchor, started_at, ended_at, .. } = *subscription;
        let clock = self.life.clock;
        let turns = (1..).map(move |n| interval.nth(anchor, n));
        // Beyond the calendar every turn is the same.
        turns.take_while(move |&at| at <= clock && at < ended_at.min(Instant::MAX)).filter(move |&at| at > started_at)
    }

    /// A charge that payments collect takes nothing but what changes of terms have credited, and one that the wallet pays has no
    /// payment.
    fn is_collected_as_priced(&self, charge: &ChargeFact) -> bool {
        let is_credit = |lot: LotId| self.credits.iter().any(|credit| credit.lot.id == lot);
        match self.priced(charge).map(|(_, price)| price.collection) {
            Some(Collection::Payment) => charge.draws.iter().all(|draw| draw.lot.is_some_and(is_credit)),
            _ => charge.payment.is_none(),
        }
    }

    /// What charges come to at each instant is what was paid, drawn and credited then, in amounts and in value.
    pub fn check_collection(&self, faults: &mut Faults) {
        let mut owed: FxHashMap<(Instant, AssetId), Total<Units>> = FxHashMap::default();
        let mut values: FxHashMap<Instant, Total<Value>> = FxHashMap::default();
        let mut enter = |at: Instant, asset: AssetId, amount: Total<Units>, value: Total<Value>| {
            *owed.entry((at, asset)).or_default() += amount;
            *values.entry(at).or_default() += value;
        };
        let payments: FxHashMap<PaymentId, Instant> = self.payments.iter().map(|p| (p.id, p.at)).collect();
        for charge in &self.charges {
            enter(charge.at, charge.asset, charge.amount.into(), charge.value.into());
            for draw in &charge.draws {
                enter(charge.at, charge.asset, -Total::from(draw.amount), -Total::from(draw.earned));
            }
            if !self.is_collected_as_priced(charge) {
                faults.add(|| format!("charge {}: it took from the wallet what payments collect", charge.id));
            }
            if charge.payment.is_some_and(|payment| payments.get(&payment) != Some(&charge.at)) {
                faults.add(|| format!("charge {}: its payment is not there", charge.id));
            }
        }
        let used: FxHashSet<PaymentId> = self.charges.iter().filter_map(|charge| charge.payment).collect();
        for payment in &self.payments {
            enter(payment.at, payment.currency, -Total::from(payment.paid), -Total::from(payment.value));
            if !used.contains(&payment.id) {
                faults.add(|| format!("payment {}: it collected nothing", payment.id));
            }
        }
        for lot in &self.credits {
            enter(lot.lot.granted_at, lot.asset, lot.lot.amount.into(), lot.lot.basis.into());
        }
        let mut wrong: Vec<Instant> = owed.iter().filter(|(_, rest)| !rest.is_zero()).map(|((at, _), _)| *at).collect();
        wrong.extend(values.iter().filter(|(_, rest)| !rest.is_zero()).map(|(at, _)| *at));
        wrong.sort_unstable();
        wrong.dedup();
        for at in wrong {
            let customer = self.life.customer;
            faults.add(|| format!("customer number {customer} at {at}: what was collected is not what was charged"));
        }
    }
}

impl Lapsed {
    /// Whether what comes round at `at` waits for a payment.
    fn covers(&self, at: Instant) -> bool {
        self.at <= at && self.recovered_at.is_none_or(|recovered| at <= recovered)
    }
}

/// The whole price, for all seats; `None` when it can't be counted.
fn full(subscription: &Subscription, price: &FixedPrice) -> Option<Units> {
    price.total(subscription.quantity.number())
}

/// What the price comes to from `from` to the end of a period, by exact time: in the currency's minor units, or the asset's
/// smallest where the wallet pays.
fn rest(
    engine: &Engine,
    subscription: &Subscription,
    price: &FixedPrice,
    asset: AssetId,
    from: Instant,
    whole: Period,
) -> Option<Units> {
    let asset = engine.asset(asset);
    let step = match price.collection {
        Collection::Payment => minor_step(asset.precision, asset.payment_digits()),
        Collection::Balance => Units::from_count(1),
    };
    let left = whole.to.micros().checked_sub(from.micros())?;
    let length = whole.to.micros().checked_sub(whole.from.micros())?;
    full(subscription, price)?.portion_in_steps(step, left, length, asset.rounding).ok()
}
