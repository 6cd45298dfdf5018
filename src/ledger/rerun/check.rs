//! Whether what comes about is what the ledger has, to the last digit.

use crate::billing::{
    AdjustmentFact, AutoTopupRule, ChargeFact, CostFact, CounterKey, DenialFact, EndFact, Engine, EventFact, Facts,
    FeeFact, LapseFact, Life, LotFact, PaymentFact, RecoveryFact, RefundFact, RefundPart, Refundable, RolloverFact,
    Subscription, SubscriptionFact, TopupFact,
};
use crate::ids::{AssetId, ChargeId, LapseId, LotId, SubscriptionId};
use crate::money::{Total, Units, Value};
use crate::rating::Counter;
use crate::time::Instant;
use crate::wallet::{Draw, Expired, Lot, Repayment};
use std::fmt::{self, Debug};

/// Where billing a ledger's history again came out otherwise than the ledger has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The customer's external id, if it is of one.
    pub customer: Option<String>,
    /// What differs, with what the ledger has and what comes out.
    pub what: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.customer {
            Some(customer) => write!(f, "first for {customer}: {}", self.what),
            None => write!(f, "first in what all customers come to: {}", self.what),
        }
    }
}

/// Says what differs, if something does: what one of both has and the other lacks differs too.
fn first<T: PartialEq + Debug>(what: &str, ledger: &[T], again: &[T], told: impl Fn(&T) -> String) -> Option<String> {
    let place = (0..ledger.len().max(again.len())).find(|&place| ledger.get(place) != again.get(place))?;
    let nothing = || "nothing".to_owned();
    let [one, other] = [ledger, again].map(|all| all.get(place).map_or_else(nothing, &told));
    if one != other {
        return Some(both(what, &one, &other));
    }
    // They differ in what isn't told, so all of it is shown.
    let whole = |own: &T| format!("{own:?}");
    let [one, other] = [ledger, again].map(|all| all.get(place).map_or_else(nothing, whole));
    Some(both(what, &one, &other))
}

fn both(what: &str, ledger: &str, again: &str) -> String {
    format!("{what}: the ledger has {ledger}; billed again it is {again}")
}

/// What differs between what an operation has recorded of a customer and what comes about, if something does.
pub(super) fn facts(engine: &Engine, ledger: &Facts, again: &Facts) -> Option<String> {
    let amount = |units: Units, asset: AssetId| told_amount(engine, units, asset);
    let worth = |value: Value| worth(engine, value);
    let rest = |amount: Units, value: Value| format!("{amount} units worth {}", worth(value));
    let lot = |l: &LotFact| format!("lot {} of {} at {}", l.id, amount(l.amount, l.asset), l.granted_at);
    let topup = |t: &TopupFact| {
        format!("{} worth {} at {} for lot {}", amount(t.paid, t.currency), worth(t.value), t.at, t.lot)
    };
    let adjustment = |a: &AdjustmentFact| format!("{} at {}", amount(a.amount, a.asset), a.at);
    let subscription = |s: &SubscriptionFact| format!("subscription {} from {} on", s.id, s.started_at);
    let end = |e: &EndFact| match e.ended_at {
        Some(at) => format!("subscription {} until {at}", e.subscription),
        None => format!("subscription {} without an end", e.subscription),
    };
    let payment = |p: &PaymentFact| format!("{} at {}", amount(p.paid, p.currency), p.at);
    let refund = |r: &RefundFact| format!("{} at {}", amount(r.amount, r.currency), r.at);
    let charge = |c: &ChargeFact| format!("{} from {} to {}", amount(c.amount, c.asset), c.from, c.to);
    let rollover = |r: &RolloverFact| format!("{} from lot {}", rest(r.amount, r.basis), r.lot);
    let recovery = |r: &RecoveryFact| format!("paid at {}", r.at);
    let expired = |e: &Expired| format!("{} of lot {} at {}", rest(e.amount, e.breakage), e.lot, e.at);
    let repaid = |r: &Repayment| format!("{} by lot {} at {}", rest(r.amount, r.earned), r.lot, r.at);
    let carried = |facts: &Facts| {
        let mut all = facts.rollovers.clone();
        all.sort_by_key(|rollover| rollover.lot);
        all
    };
    let recovered = |facts: &Facts| {
        let mut all = facts.recoveries.clone();
        all.sort_by_key(|recovery| recovery.lapse);
        all
    };
    first("a subscription", &ledger.subscriptions, &again.subscriptions, subscription)
        .or_else(|| first("the end of a subscription", &ledger.ends, &again.ends, end))
        .or_else(|| first("a top-up", &ledger.topups, &again.topups, topup))
        .or_else(|| first("an adjustment", &ledger.adjustments, &again.adjustments, adjustment))
        .or_else(|| first("a charge", &ledger.charges, &again.charges, charge))
        .or_else(|| first("a payment", &ledger.payments, &again.payments, payment))
        .or_else(|| first("a refund", &ledger.refunds, &again.refunds, refund))
        .or_else(|| first("a grant", &ledger.lots, &again.lots, lot))
        .or_else(|| first("what is carried on", &carried(ledger), &carried(again), rollover))
        .or_else(|| first("a renewal that could not be paid", &ledger.lapses, &again.lapses, |l| told_lapse(engine, l)))
        .or_else(|| first("a renewal that was paid late", &recovered(ledger), &recovered(again), recovery))
        .or_else(|| first("what expired", &ledger.expiries, &again.expiries, expired))
        .or_else(|| first("what was paid back of a deficit", &ledger.repayments, &again.repayments, repaid))
}

/// A value in the reporting currency.
pub(super) fn worth(engine: &Engine, value: impl Into<Total<Value>>) -> String {
    let currency = engine.reporting_currency();
    format!("{} {}", currency.format(value.into()), currency.code)
}

fn told_amount(engine: &Engine, units: Units, asset: AssetId) -> String {
    match engine.knows(asset) {
        true => format!("{} {}", engine.asset(asset).format(units), engine.asset(asset).code),
        false => format!("{units} of asset number {asset}"),
    }
}

fn told_lapse(engine: &Engine, lapse: &LapseFact) -> String {
    format!("{} needed at {}", told_amount(engine, lapse.needed, lapse.asset), lapse.at)
}

/// What differs between an event as it was recorded and as it comes about, if something does.
pub(super) fn event(
    engine: &Engine,
    (ledger, denial): (&EventFact, Option<&DenialFact>),
    (again, denied): (&EventFact, Option<&DenialFact>),
) -> Option<String> {
    let is_same = is_one(ledger, again) && denial == denied;
    (!is_same).then(|| {
        let what = format!("event number {}", ledger.seq);
        both(&what, &told_event(engine, ledger), &told_event(engine, again))
    })
}

/// Whether two facts are one. Their shape is the same, by a number that may be another.
fn is_one(one: &EventFact, other: &EventFact) -> bool {
    let told = |fact: &EventFact| {
        (fact.seq, fact.customer, fact.occurred_at, fact.posted_at, fact.status, fact.previous, fact.voids)
    };
    told(one) == told(other) && one.costs == other.costs && one.fees == other.fees
}

fn told_event(engine: &Engine, event: &EventFact) -> String {
    let fee = |fee: &FeeFact| format!("{} units worth {} from {} on", fee.amount, worth(engine, fee.value), fee.before);
    let currency = engine.reporting_currency();
    let cost = |cost: &CostFact| format!("{} {}", currency.precise(cost.amount), currency.code);
    let fees: Vec<String> = event.fees.iter().map(fee).collect();
    let costs: Vec<String> = event.costs.iter().map(cost).collect();
    let mut told = event.status.name().to_owned();
    for (what, all) in [("fees", fees), ("costs", costs)] {
        if !all.is_empty() {
            told += &format!(", {what} {}", all.join(", "));
        }
    }
    let draws: Vec<String> = event.fees.iter().flat_map(|fee| &fee.draws).map(|draw| told_draw(engine, draw)).collect();
    if draws.is_empty() { told } else { format!("{told}, draws {}", draws.join(", ")) }
}

fn told_draw(engine: &Engine, draw: &Draw) -> String {
    let Draw { amount, earned, .. } = draw;
    match draw.lot {
        Some(lot) => format!("{amount} units from lot {lot} that earned {}", worth(engine, *earned)),
        None => format!("{amount} units owed"),
    }
}

/// What differs between a life as it was stored and as it has come about, if something does.
pub(super) fn life(engine: &Engine, ledger: &Life, again: &Life) -> Option<String> {
    let (one, other) = (Standing::new(ledger), Standing::new(again));
    let amount = |units: Units, asset: AssetId| told_amount(engine, units, asset);
    first("the customer's time", &[ledger.clock], &[again.clock], |at| at.to_string())
        .or_else(|| first("the customer's events", &[ledger.last_event], &[again.last_event], |e| e.to_string()))
        .or_else(|| first("the balance", &one.accounts, &other.accounts, |held| held.told(engine)))
        .or_else(|| first("a quantity so far", &one.counters, &other.counters, told_counter))
        .or_else(|| first("what may be given back", &one.refundable, &other.refundable, told_refundable))
        .or_else(|| first("a rule for automatic payments", &one.rules, &other.rules, |rule| told_rule(engine, rule)))
        .or_else(|| {
            first("what was paid automatically", &one.auto_paid, &other.auto_paid, |(key, paid)| amount(*paid, key.1))
        })
        .or_else(|| first("a subscription", &one.subscriptions, &other.subscriptions, told_subscription))
        .or_else(|| first("what charges earn less", &one.refunded, &other.refunded, |(_, part)| told_part(part)))
        .or_else(|| first("what is past due", &one.past_due, &other.past_due, |(_, lapse)| told_lapse(engine, lapse)))
}

/// How a life stands, in orders in which two can be compared.
struct Standing<'l> {
    accounts: Vec<Held>,
    counters: Vec<(CounterKey, Counter)>,
    refundable: Vec<(CounterKey, &'l [Refundable])>,
    rules: Vec<(AssetId, &'l AutoTopupRule)>,
    auto_paid: Vec<((AssetId, AssetId, Instant), Units)>,
    subscriptions: Vec<(SubscriptionId, Subscription)>,
    refunded: Vec<((ChargeId, Instant), RefundPart)>,
    past_due: Vec<(LapseId, LapseFact)>,
}

impl<'l> Standing<'l> {
    fn new(life: &'l Life) -> Self {
        let refundable = life.refundable.iter().filter(|(_, stack)| !stack.is_empty());
        let refunded = life.refunded.iter().filter(|part| part.to > life.clock);
        Self {
            accounts: accounts(life),
            counters: sorted(life.counters()),
            refundable: sorted(refundable.map(|(key, stack)| (*key, stack.as_slice()))),
            rules: sorted(life.rules.iter().map(|(asset, rule)| (*asset, rule))),
            auto_paid: sorted(auto_paid(life)),
            subscriptions: sorted(life.subscriptions.iter().map(|own| (own.id, *own))),
            refunded: sorted(refunded.map(|part| ((part.charge, part.from), *part))),
            past_due: sorted(life.past_due.iter().map(|lapse| (lapse.id, *lapse))),
        }
    }
}

fn sorted<K: Ord + Copy, V>(all: impl Iterator<Item = (K, V)>) -> Vec<(K, V)> {
    let mut all: Vec<(K, V)> = all.collect();
    all.sort_by_key(|(key, _)| *key);
    all
}

fn told_counter((key, counter): &(CounterKey, Counter)) -> String {
    let Counter { quantity, rated, charged } = counter;
    let CounterKey { subscription, price, row, period } = key;
    format!(
        "{quantity} of price {price} row {row} of subscription {subscription} since {period}, rated {rated} units, \
         charged {charged}"
    )
}

fn told_refundable((key, stack): &(CounterKey, &[Refundable])) -> String {
    let units = Units::total(stack.iter().map(|own| own.units));
    let CounterKey { subscription, price, row, .. } = key;
    format!("{} draws of {units} units under price {price} row {row} of subscription {subscription}", stack.len())
}

fn told_rule(engine: &Engine, (asset, rule): &(AssetId, &AutoTopupRule)) -> String {
    match rule {
        AutoTopupRule::Off => format!("none for asset number {asset}"),
        AutoTopupRule::On { threshold, amount, currency, .. } => {
            let (amount, below) = (told_amount(engine, *amount, *currency), told_amount(engine, *threshold, *asset));
            format!("{amount} below {below}")
        }
    }
}

fn told_subscription((id, own): &(SubscriptionId, Subscription)) -> String {
    let Subscription { version, quantity, started_at, ended_at, .. } = own;
    format!("subscription {id} to version number {version}, {quantity} seats, from {started_at} until {ended_at}")
}

fn told_part(part: &RefundPart) -> String {
    format!("{} units less of charge {} from {} on", part.amount, part.charge, part.from)
}

/// What is paid in the month that a life has come to counts, and what is to be paid later.
fn auto_paid(life: &Life) -> impl Iterator<Item = ((AssetId, AssetId, Instant), Units)> {
    let month = life.clock.start_of(crate::time::Unit::Month);
    let counted = life.auto_paid.iter().filter(move |(key, paid)| key.month >= month && !paid.is_zero());
    counted.map(|(key, paid)| ((key.asset, key.currency, key.month), *paid))
}

/// What an account holds or owes.
#[derive(Debug, PartialEq, Eq)]
enum Held {
    Lot { asset: AssetId, lot: LotId, left: Units, released: Value },
    Owed { asset: AssetId, amount: Units },
}

impl Held {
    fn told(&self, engine: &Engine) -> String {
        match *self {
            Self::Lot { asset, lot, left, released } => {
                let left = told_amount(engine, left, asset);
                format!("{left} left in lot {lot}, of which {} is earned", worth(engine, released))
            }
            Self::Owed { asset, amount } => format!("{} owed", told_amount(engine, amount, asset)),
        }
    }
}

fn accounts(life: &Life) -> Vec<Held> {
    let mut all = Vec::new();
    for (asset, account) in life.accounts.iter() {
        let held = |lot: &Lot| Held::Lot { asset, lot: lot.id, left: lot.left, released: lot.released };
        all.extend(account.lots().iter().map(held));
        if account.deficit().is_positive() {
            all.push(Held::Owed { asset, amount: account.deficit() });
        }
    }
    all
}
