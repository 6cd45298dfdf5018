//! The words for where a ledger's history comes out otherwise than it is recorded.

use crate::billing::{
    AdjustmentFact, AutoPaidKey, AutoTopupRule, ChargeFact, CostFact, CounterKey, DenialFact, EndFact, Engine,
    EventFact, FeeFact, LapseFact, LotFact, PaymentFact, RecoveryFact, RefundFact, RefundPart, Refundable,
    RolloverFact, Subscription, SubscriptionFact, TopupFact,
};
use crate::ids::AssetId;
use crate::ledger::{Difference, Differing, Held, Pair, UsageSums};
use crate::money::{Precise, Total, Units, Value};
use crate::rating::Counter;
use crate::wallet::{Draw, Expired, Repayment};
use std::fmt::Debug;

/// For whom something differs, what it is, and what the ledger has and what comes about instead.
pub(super) fn told(difference: &Difference) -> String {
    let what = what(&difference.what, Words(&difference.terms));
    match &difference.customer {
        Some(customer) => format!("first for {customer}: {what}"),
        None => format!("first in what all customers come to: {what}"),
    }
}

fn what(what: &Differing, words: Words) -> String {
    match what {
        Differing::Refused(step, reason) => format!("{step}: the ledger has it; billed again it is refused: {reason}"),
        Differing::Records { ledger, again } => {
            format!("events billed again: the ledger has {ledger} records of it; billed again there are {again}")
        }
        Differing::Event(number, pair) => pair.told(&format!("event number {number}"), |own| words.event(own)),
        Differing::Usage { month, ledger, again } => {
            let [ledger, again] = words.usage(ledger, again);
            format!("the usage of the month from {month}: the ledger reports {ledger}; billed again it is {again}")
        }
        Differing::Subscription(pair) => pair.told("a subscription", begun),
        Differing::End(pair) => pair.told("the end of a subscription", end),
        Differing::Topup(pair) => pair.told("a top-up", |own| words.topup(own)),
        Differing::Adjustment(pair) => pair.told("an adjustment", |own| words.adjustment(own)),
        Differing::Charge(pair) => pair.told("a charge", |own| words.charge(own)),
        Differing::Payment(pair) => pair.told("a payment", |own| words.payment(own)),
        Differing::Refund(pair) => pair.told("a refund", |own| words.refund(own)),
        Differing::Grant(pair) => pair.told("a grant", |own| words.lot(own)),
        Differing::Rollover(pair) => pair.told("what is carried on", |own| words.rollover(own)),
        Differing::Lapse(pair) => pair.told("a renewal that could not be paid", |own| words.lapse(own)),
        Differing::Recovery(pair) => pair.told("a renewal that was paid late", recovery),
        Differing::Expiry(pair) => pair.told("what expired", |own| words.expired(own)),
        Differing::Repayment(pair) => pair.told("what was paid back of a deficit", |own| words.repaid(own)),
        Differing::Clock(pair) => pair.told("the customer's time", ToString::to_string),
        Differing::LastEvent(pair) => pair.told("the customer's events", ToString::to_string),
        Differing::Balance(pair) => pair.told("the balance", |own| words.held(*own)),
        Differing::Counter(pair) => pair.told("a quantity so far", counter),
        Differing::Refundable(pair) => pair.told("what may be given back", refundable),
        Differing::Rule(pair) => pair.told("a rule for automatic payments", |own| words.rule(own)),
        Differing::AutoPaid(pair) => pair.told("what was paid automatically", |own| words.auto_paid(own)),
        Differing::Terms(pair) => pair.told("a subscription", terms),
        Differing::Refunded(pair) => pair.told("what charges earn less", part),
        Differing::PastDue(pair) => pair.told("what is past due", |own| words.lapse(own)),
    }
}

impl<T: Debug> Pair<T> {
    /// What both have, in words; and all of it, if they differ in what the words don't say.
    fn told(&self, what: &str, words: impl Fn(&T) -> String) -> String {
        let all = [&self.ledger, &self.again];
        let nothing = || "nothing".to_owned();
        let [mut ledger, mut again] = all.map(|own| own.as_ref().map_or_else(nothing, &words));
        if ledger == again {
            [ledger, again] = all.map(|own| own.as_ref().map_or_else(nothing, |own| format!("{own:?}")));
        }
        format!("{what}: the ledger has {ledger}; billed again it is {again}")
    }
}

/// Amounts are told with the assets that these terms know.
#[derive(Clone, Copy)]
struct Words<'d>(&'d Engine);

impl Words<'_> {
    fn amount(self, units: Units, asset: AssetId) -> String {
        match self.0.knows(asset) {
            true => format!("{} {}", self.0.asset(asset).format(units), self.0.asset(asset).code),
            false => format!("{units} of asset number {asset}"),
        }
    }

    fn worth(self, value: impl Into<Total<Value>>) -> String {
        let currency = self.0.reporting_currency();
        format!("{} {}", currency.format(value.into()), currency.code)
    }

    fn precise(self, cost: Precise) -> String {
        let currency = self.0.reporting_currency();
        format!("{} {}", currency.precise(cost), currency.code)
    }

    fn rest(self, amount: Units, value: Value) -> String {
        format!("{amount} units worth {}", self.worth(value))
    }

    fn lot(self, lot: &LotFact) -> String {
        format!("lot {} of {} at {}", lot.id, self.amount(lot.amount, lot.asset), lot.granted_at)
    }

    fn topup(self, own: &TopupFact) -> String {
        let (paid, worth) = (self.amount(own.paid, own.currency), self.worth(own.value));
        format!("{paid} worth {worth} at {} for lot {}", own.at, own.lot)
    }

    fn adjustment(self, own: &AdjustmentFact) -> String {
        format!("{} at {}", self.amount(own.amount, own.asset), own.at)
    }

    fn charge(self, own: &ChargeFact) -> String {
        format!("{} from {} to {}", self.amount(own.amount, own.asset), own.from, own.to)
    }

    fn payment(self, own: &PaymentFact) -> String {
        format!("{} at {}", self.amount(own.paid, own.currency), own.at)
    }

    fn refund(self, own: &RefundFact) -> String {
        format!("{} at {}", self.amount(own.amount, own.currency), own.at)
    }

    fn rollover(self, own: &RolloverFact) -> String {
        format!("{} from lot {}", self.rest(own.amount, own.basis), own.lot)
    }

    fn lapse(self, own: &LapseFact) -> String {
        format!("{} needed at {}", self.amount(own.needed, own.asset), own.at)
    }

    fn expired(self, own: &Expired) -> String {
        format!("{} of lot {} at {}", self.rest(own.amount, own.breakage), own.lot, own.at)
    }

    fn repaid(self, own: &Repayment) -> String {
        format!("{} by lot {} at {}", self.rest(own.amount, own.earned), own.lot, own.at)
    }

    fn held(self, held: Held) -> String {
        match held {
            Held::Lot { asset, lot, left, released } => {
                let left = self.amount(left, asset);
                format!("{left} left in lot {lot}, of which {} is earned", self.worth(released))
            }
            Held::Owed { asset, amount } => format!("{} owed", self.amount(amount, asset)),
        }
    }

    fn rule(self, (asset, rule): &(AssetId, AutoTopupRule)) -> String {
        match rule {
            AutoTopupRule::Off => format!("none for asset number {asset}"),
            AutoTopupRule::On { threshold, amount, currency, .. } => {
                format!("{} below {}", self.amount(*amount, *currency), self.amount(*threshold, *asset))
            }
        }
    }

    fn auto_paid(self, (key, paid): &(AutoPaidKey, Units)) -> String {
        self.amount(*paid, key.currency)
    }

    fn event(self, (event, _): &(EventFact, Option<DenialFact>)) -> String {
        let fee = |fee: &FeeFact| format!("{} from {} on", self.rest(fee.amount, fee.value), fee.before);
        let cost = |cost: &CostFact| self.precise(cost.amount.into());
        let fees: Vec<String> = event.fees.iter().map(fee).collect();
        let costs: Vec<String> = event.costs.iter().map(cost).collect();
        let draws: Vec<String> = event.fees.iter().flat_map(|fee| &fee.draws).map(|draw| self.draw(draw)).collect();
        let mut told = event.status.name().to_owned();
        for (what, all) in [("fees", fees), ("costs", costs), ("draws", draws)] {
            if !all.is_empty() {
                told += &format!(", {what} {}", all.join(", "));
            }
        }
        told
    }

    fn draw(self, Draw { amount, lot, earned, .. }: &Draw) -> String {
        match lot {
            Some(lot) => format!("{amount} units from lot {lot} that earned {}", self.worth(*earned)),
            None => format!("{amount} units owed"),
        }
    }

    /// Those sums that differ.
    fn usage(self, ledger: &UsageSums, again: &UsageSums) -> [String; 2] {
        let told = |sums: &UsageSums| {
            let UsageSums { events, denied, unpriced, fees, revenue, cost, denied_cost } = *sums;
            [
                format!("events {events}"),
                format!("denied {denied}"),
                format!("unpriced {unpriced}"),
                format!("fees {}", self.worth(fees)),
                format!("revenue {}", self.worth(revenue)),
                format!("cost {}", self.precise(cost)),
                format!("refused cost {}", self.precise(denied_cost)),
            ]
        };
        let (ledger, again): (Vec<_>, Vec<_>) =
            told(ledger).into_iter().zip(told(again)).filter(|(ledger, again)| ledger != again).unzip();
        [ledger.join(", "), again.join(", ")]
    }
}

fn begun(own: &SubscriptionFact) -> String {
    format!("subscription {} from {} on", own.id, own.started_at)
}

fn end(own: &EndFact) -> String {
    match own.ended_at {
        Some(at) => format!("subscription {} until {at}", own.subscription),
        None => format!("subscription {} without an end", own.subscription),
    }
}

fn recovery(own: &RecoveryFact) -> String {
    format!("paid at {}", own.at)
}

fn counter((key, counter): &(CounterKey, Counter)) -> String {
    let Counter { quantity, rated, charged } = counter;
    let CounterKey { subscription, price, row, period } = key;
    format!(
        "{quantity} of price {price} row {row} of subscription {subscription} since {period}, rated {rated} units, \
         charged {charged}"
    )
}

fn refundable((key, draws): &(CounterKey, Vec<Refundable>)) -> String {
    let units = Units::total(draws.iter().map(|own| own.units));
    let CounterKey { subscription, price, row, .. } = key;
    format!("{} draws of {units} units under price {price} row {row} of subscription {subscription}", draws.len())
}

fn terms(own: &Subscription) -> String {
    let Subscription { id, version, quantity, started_at, ended_at, .. } = own;
    format!("subscription {id} to version number {version}, {quantity} seats, from {started_at} until {ended_at}")
}

fn part(part: &RefundPart) -> String {
    format!("{} units less of charge {} from {} on", part.amount, part.charge, part.from)
}
