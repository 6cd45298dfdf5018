//! Whether what comes about is what the ledger has, to the last digit.

use super::difference::{Differing, Held, Pair};
use crate::billing::{
    AutoPaidKey, AutoTopupRule, CounterKey, DenialFact, EventFact, Facts, LapseFact, Life, RefundPart, Refundable,
    Subscription,
};
use crate::ids::AssetId;
use crate::money::Units;
use crate::rating::Counter;
use crate::wallet::Lot;

/// The first place at which two lists differ. What one of both has and the other lacks differs too.
fn first<T: PartialEq + Clone>(ledger: &[T], again: &[T]) -> Option<Pair<T>> {
    let place = (0..ledger.len().max(again.len())).find(|&place| ledger.get(place) != again.get(place))?;
    Some(Pair { ledger: ledger.get(place).cloned(), again: again.get(place).cloned() })
}

fn both<T>(ledger: T, again: T) -> Pair<T> {
    Pair { ledger: Some(ledger), again: Some(again) }
}

/// What differs between what an operation has recorded of a customer and what comes about, if something does.
pub(super) fn facts(ledger: &Facts, again: &Facts) -> Option<Differing> {
    let carried = |facts: &Facts| sorted(facts.rollovers.iter().copied(), |rollover| rollover.lot);
    let recovered = |facts: &Facts| sorted(facts.recoveries.iter().copied(), |recovery| recovery.lapse);
    first(&ledger.subscriptions, &again.subscriptions)
        .map(Differing::Subscription)
        .or_else(|| first(&ledger.ends, &again.ends).map(Differing::End))
        .or_else(|| first(&ledger.topups, &again.topups).map(Differing::Topup))
        .or_else(|| first(&ledger.adjustments, &again.adjustments).map(Differing::Adjustment))
        .or_else(|| first(&ledger.charges, &again.charges).map(Differing::Charge))
        .or_else(|| first(&ledger.payments, &again.payments).map(Differing::Payment))
        .or_else(|| first(&ledger.refunds, &again.refunds).map(Differing::Refund))
        .or_else(|| first(&ledger.lots, &again.lots).map(Differing::Grant))
        .or_else(|| first(&carried(ledger), &carried(again)).map(Differing::Rollover))
        .or_else(|| first(&ledger.lapses, &again.lapses).map(Differing::Lapse))
        .or_else(|| first(&recovered(ledger), &recovered(again)).map(Differing::Recovery))
        .or_else(|| first(&ledger.expiries, &again.expiries).map(Differing::Expiry))
        .or_else(|| first(&ledger.repayments, &again.repayments).map(Differing::Repayment))
}

/// What differs between an event as it was recorded and as it comes about, if something does.
pub(super) fn event(
    (ledger, denial): (&EventFact, Option<&DenialFact>),
    (again, denied): (&EventFact, Option<&DenialFact>),
) -> Option<Differing> {
    let is_same = is_one(ledger, again) && denial == denied;
    let pair = || both((ledger.clone(), denial.copied()), (again.clone(), denied.copied()));
    (!is_same).then(|| Differing::Event(ledger.seq, pair()))
}

/// Whether two facts are one. Their shape is the same, by a number that may be another.
fn is_one(one: &EventFact, other: &EventFact) -> bool {
    let told = |fact: &EventFact| {
        (fact.seq, fact.customer, fact.occurred_at, fact.posted_at, fact.status, fact.previous, fact.voids)
    };
    told(one) == told(other) && one.costs == other.costs && one.fees == other.fees
}

/// What differs between a life as it was stored and as it has come about, if something does.
pub(super) fn life(ledger: &Life, again: &Life) -> Option<Differing> {
    let (one, other) = (Standing::new(ledger), Standing::new(again));
    let owned = |(key, stack): (CounterKey, &[Refundable])| (key, stack.to_vec());
    (ledger.clock != again.clock)
        .then(|| Differing::Clock(both(ledger.clock, again.clock)))
        .or_else(|| {
            (ledger.last_event != again.last_event)
                .then(|| Differing::LastEvent(both(ledger.last_event, again.last_event)))
        })
        .or_else(|| first(&one.accounts, &other.accounts).map(Differing::Balance))
        .or_else(|| first(&one.counters, &other.counters).map(Differing::Counter))
        .or_else(|| first(&one.refundable, &other.refundable).map(|pair| Differing::Refundable(pair.map(owned))))
        .or_else(|| first(&one.rules, &other.rules).map(Differing::Rule))
        .or_else(|| first(&one.auto_paid, &other.auto_paid).map(Differing::AutoPaid))
        .or_else(|| first(&one.subscriptions, &other.subscriptions).map(Differing::Terms))
        .or_else(|| first(&one.refunded, &other.refunded).map(Differing::Refunded))
        .or_else(|| first(&one.past_due, &other.past_due).map(Differing::PastDue))
}

/// How a life stands, in orders in which two can be compared.
struct Standing<'l> {
    accounts: Vec<Held>,
    counters: Vec<(CounterKey, Counter)>,
    refundable: Vec<(CounterKey, &'l [Refundable])>,
    rules: Vec<(AssetId, AutoTopupRule)>,
    auto_paid: Vec<(AutoPaidKey, Units)>,
    subscriptions: Vec<Subscription>,
    refunded: Vec<RefundPart>,
    past_due: Vec<LapseFact>,
}

impl<'l> Standing<'l> {
    fn new(life: &'l Life) -> Self {
        let refundable = life.refundable.iter().filter(|(_, stack)| !stack.is_empty());
        let refunded = life.refunded.iter().filter(|part| part.to > life.clock);
        Self {
            accounts: accounts(life),
            counters: sorted(life.counters(), |(key, _)| *key),
            refundable: sorted(refundable.map(|(key, stack)| (*key, stack.as_slice())), |(key, _)| *key),
            rules: sorted(life.rules.iter().map(|(asset, rule)| (*asset, rule.clone())), |(asset, _)| *asset),
            auto_paid: sorted(auto_paid(life), |(key, _)| (key.asset, key.currency, key.month)),
            subscriptions: sorted(life.subscriptions.iter().copied(), |own| own.id),
            refunded: sorted(refunded.copied(), |part| (part.charge, part.from)),
            past_due: sorted(life.past_due.iter().copied(), |lapse| lapse.id),
        }
    }
}

fn sorted<T, K: Ord>(all: impl Iterator<Item = T>, key: impl Fn(&T) -> K) -> Vec<T> {
    let mut all: Vec<T> = all.collect();
    all.sort_by_key(key);
    all
}

/// What is paid in the month that a life has come to counts, and what is to be paid later.
fn auto_paid(life: &Life) -> impl Iterator<Item = (AutoPaidKey, Units)> {
    let month = life.clock.start_of(crate::time::Unit::Month);
    let counted = life.auto_paid.iter().filter(move |(key, paid)| key.month >= month && !paid.is_zero());
    counted.map(|(key, paid)| (*key, *paid))
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
