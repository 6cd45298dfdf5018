//! Revenue and what is deferred at any instant, slowly: from all facts so far, with fractions of integers of any size.
//!
//! Cash in - refunds = revenue + deferred, always.

use super::run::{Run, at};
use drawdown::billing::{ChargeFact, Facts, LotFact, Reason};
use drawdown::ids::{ChargeId, LotId};
use drawdown::money::Value;
use drawdown::time::Instant;
use num_bigint::BigInt;
use std::collections::BTreeMap;

/// A sum of fractions: numerators by their denominator.
#[derive(Default)]
struct Sum(BTreeMap<i64, BigInt>);

impl Sum {
    fn add(&mut self, amount: Value) {
        self.part(amount, 1, 1);
    }

    /// Adds `amount * part / whole`.
    fn part(&mut self, amount: Value, part: i64, whole: i64) {
        *self.0.entry(whole).or_default() += BigInt::from(amount.count()) * part;
    }

    /// The sum, when it is whole.
    fn whole(&self) -> BigInt {
        let mut fraction = (BigInt::from(0), BigInt::from(1));
        for (denominator, numerator) in &self.0 {
            fraction = (fraction.0 * denominator + numerator * &fraction.1, fraction.1 * denominator);
        }
        assert_eq!(&fraction.0 % &fraction.1, BigInt::from(0), "revenue and deferred do not come to whole units");
        fraction.0 / fraction.1
    }
}

/// Looks at some instants up to now and beyond.
pub fn check(run: &Run<'_>) {
    let now = run.life.clock.micros();
    let hash = (run.facts.lots.len() as i64 * 7_919 + run.facts.events.len() as i64 * 104_729) % 1_000;
    let instants =
        [now, now - hash * 43_200_000_000 / 9, at(0).micros() + hash * 1_000_003, now + hash * 86_400_000_017];
    for micros in instants {
        let instant = Instant::from_micros(micros.max(0));
        let mut earned_and_deferred = revenue(&run.facts, instant);
        for (whole, part) in deferred(&run.facts, instant).0 {
            *earned_and_deferred.0.entry(whole).or_default() += part;
        }
        let cash = BigInt::from(cash(&run.facts, instant));
        assert_eq!(cash, earned_and_deferred.whole(), "cash in - refunds, and revenue + deferred at {instant}");
    }
}

fn basis(facts: &Facts, lot: LotId) -> Value {
    facts.lots.iter().find(|other| other.id == lot).unwrap().basis
}

/// What was paid in, less what was paid back.
fn cash(facts: &Facts, by: Instant) -> i128 {
    let topups = facts.topups.iter().filter(|t| t.at <= by).map(|t| i128::from(t.value));
    let payments = facts.payments.iter().filter(|p| p.at <= by).map(|p| i128::from(p.value));
    let elsewhere = facts.adjustments.iter().filter(|a| a.at <= by && a.reason == Reason::ExternalTopup);
    let elsewhere = elsewhere.map(|a| i128::from(basis(facts, a.lot.unwrap())));
    let refunds = facts.adjustments.iter().filter(|a| a.at <= by && a.reason == Reason::ExternalRefund);
    let refunds = refunds.flat_map(|a| &a.taken).map(|taken| i128::from(-taken.basis));
    topups.chain(payments).chain(elsewhere).chain(refunds).sum()
}

fn revenue(facts: &Facts, by: Instant) -> Sum {
    let mut sum = Sum::default();
    for event in facts.events.iter().filter(|event| event.posted_at.unwrap_or(event.occurred_at) <= by) {
        event.fees.iter().flat_map(|fee| &fee.draws).for_each(|draw| sum.add(draw.earned));
    }
    for repaid in facts.repayments.iter().filter(|r| r.at <= by) {
        let (earned, whole) = repaid.charge.map_or((1, 1), |id| earned(charge(facts, id), by));
        sum.part(repaid.earned, earned, whole);
    }
    facts.expiries.iter().filter(|e| e.at <= by).for_each(|expired| sum.add(expired.breakage));
    let forfeited = facts.adjustments.iter().filter(|a| a.at <= by && a.reason != Reason::ExternalRefund);
    forfeited.flat_map(|a| &a.taken).for_each(|taken| sum.add(taken.basis));
    for charge in facts.charges.iter().filter(|charge| charge.at <= by) {
        let (earned, whole) = earned(charge, by);
        sum.part(charge.value, earned, whole);
    }
    for lot in entitled(facts) {
        let (carved, whole) = carved(facts, lot, by);
        sum.part(-lot.basis, carved, whole);
    }
    sum
}

fn deferred(facts: &Facts, by: Instant) -> Sum {
    let mut sum = Sum::default();
    facts.lots.iter().filter(|lot| lot.granted_at <= by).for_each(|lot| sum.add(lot.basis));
    for event in facts.events.iter().filter(|event| event.posted_at.unwrap_or(event.occurred_at) <= by) {
        event.fees.iter().flat_map(|fee| &fee.draws).for_each(|draw| sum.add(-draw.earned));
    }
    for repaid in facts.repayments.iter().filter(|r| r.at <= by) {
        let (earned, whole) = repaid.charge.map_or((1, 1), |id| earned(charge(facts, id), by));
        sum.part(-repaid.earned, earned, whole);
    }
    facts.expiries.iter().filter(|e| e.at <= by).for_each(|expired| sum.add(-expired.breakage));
    facts.rollovers.iter().filter(|r| r.at <= by).for_each(|rollover| sum.add(-rollover.basis));
    let taken = facts.adjustments.iter().filter(|a| a.at <= by).flat_map(|a| &a.taken);
    taken.for_each(|taken| sum.add(-taken.basis));
    for charge in facts.charges.iter().filter(|charge| charge.at <= by) {
        charge.draws.iter().for_each(|draw| sum.add(-draw.earned));
        let (earned, whole) = earned(charge, by);
        sum.part(charge.value, whole - earned, whole);
    }
    for lot in entitled(facts).filter(|lot| lot.granted_at <= by) {
        let (carved, whole) = carved(facts, lot, by);
        sum.part(-lot.basis, whole - carved, whole);
    }
    sum
}

fn charge(facts: &Facts, id: ChargeId) -> &ChargeFact {
    facts.charges.iter().find(|charge| charge.id == id).unwrap()
}

/// How much of a charge's service period is over.
fn earned(charge: &ChargeFact, by: Instant) -> (i64, i64) {
    let (from, to, by) = (charge.from.micros(), charge.to.micros(), by.micros());
    if from == to { (i64::from(by >= from), 1) } else { (by.clamp(from, to) - from, to - from) }
}

/// Lots that entitlements granted, whose basis is carved out of fixed revenue.
fn entitled(facts: &Facts) -> impl Iterator<Item = &LotFact> {
    let is_carried = |lot: &LotFact| facts.rollovers.iter().any(|rollover| rollover.into == lot.id);
    facts.lots.iter().filter(move |lot| lot.granted_by.is_some() && !is_carried(lot))
}

/// How much of a lot's basis has been carved out: evenly over its own life, all of it once it has ended.
fn carved(facts: &Facts, lot: &LotFact, by: Instant) -> (i64, i64) {
    if by < lot.granted_at {
        return (0, 1);
    }
    let has_ended = facts.expiries.iter().any(|expired| expired.lot == lot.id && expired.at <= by);
    match lot.expires_at {
        Some(end) if !has_ended => {
            let (from, to) = (lot.granted_at.micros(), end.micros());
            (by.micros().min(to) - from, to - from)
        }
        _ => (1, 1),
    }
}
