//! What is earned as time goes by: fixed charges over their service periods, less what entitlements take from them to be
//! earned by use (docs/decisions.md, "Revenue").
//!
//! Everything is told cumulatively, as what has been earned until an instant, rounded down in magnitude. What a window
//! earned is the difference of two instants, so windows add up to the last digit.

use super::door::is_named;
use super::facts::{ChargeFact, Facts, LotFact, RefundOf, RefundPart};
use super::failure::Broken;
use crate::ids::{ChargeId, CustomerId, FixedPriceIndex, LotId, SubscriptionId};
use crate::money::{Rounding, Total, Units, Value};
use crate::time::{Instant, Interval, Unit};
use crate::wallet::Repayment;
use rustc_hash::{FxHashMap, FxHashSet};

/// How far things are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Until {
    /// Time goes by until this instant, and everything before it has happened.
    pub at: Instant,
    /// Whether what happens at this very instant has happened too.
    pub inclusive: bool,
}

impl Until {
    /// Everything before `at`.
    pub fn before(at: Instant) -> Self {
        Self { at, inclusive: false }
    }

    /// Everything up to `at`, and what happens then.
    pub fn with(at: Instant) -> Self {
        Self { at, inclusive: true }
    }

    /// Whether what happens at `at` is counted.
    pub fn covers(self, at: Instant) -> bool {
        at < self.at || (self.inclusive && at == self.at)
    }
}

/// A value that is earned evenly over a span of time, by exact time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Accrual {
    /// Below zero it takes from what others earn.
    pub value: Value,
    /// When earning begins.
    pub from: Instant,
    /// The first instant after it; `from` again for what is earned at once.
    pub to: Instant,
    /// When it came to be, if later than that: until then nothing is earned, and then at once what would have been by then.
    pub since: Instant,
    /// When all that was left of it was earned at once, if it ended early.
    pub ended_at: Option<Instant>,
}

impl Accrual {
    /// What a charge earns over its service period.
    ///
    /// # Errors
    /// When the charge is not possible.
    pub fn of_charge(charge: &ChargeFact) -> Result<Self, Broken> {
        Self::of_service(charge, charge.value, charge.from)
    }

    /// What a repayment of a charge that was owed earns: the same as if it had been paid at once, but not before.
    fn of_repayment(charge: &ChargeFact, repaid: &Repayment) -> Result<Self, Broken> {
        Self::of_service(charge, repaid.earned, repaid.dated)
    }

    fn of_service(charge: &ChargeFact, value: Value, since: Instant) -> Result<Self, Broken> {
        let accrual = Self { value, from: charge.from, to: charge.to, since, ended_at: None };
        accrual.is_timed().then_some(accrual).ok_or(Broken::Charge(charge.id))
    }

    /// By how much less a charge earns because money for it went back.
    fn of_refund(part: &RefundPart) -> Result<Self, Broken> {
        let accrual = part.value.checked_neg().map(|value| Self::over(value, part.from, part.to, None));
        accrual.filter(Self::is_timed).ok_or(Broken::Charge(part.charge))
    }

    /// What the grant of an entitlement takes from fixed revenue over its own life, so that its draws can earn it: at once
    /// when it never expires, and all that is left when it ends early.
    fn of_grant(lot: &LotFact, ended_at: Option<Instant>) -> Result<Self, Broken> {
        let (from, to) = (lot.granted_at, lot.expires_at.unwrap_or(lot.granted_at));
        let accrual = lot.basis.checked_neg().map(|value| Self::over(value, from, to, ended_at));
        accrual.filter(Self::is_timed).ok_or(Broken::Lot(lot.id))
    }

    fn over(value: Value, from: Instant, to: Instant, ended_at: Option<Instant>) -> Self {
        Self { value, from, to, since: from, ended_at }
    }

    /// When the first of it is earned.
    pub fn begins(&self) -> Instant {
        self.from.max(self.since)
    }

    /// Whether it begins and ends in the calendar, so that its length can be counted.
    fn is_timed(&self) -> bool {
        [self.from, self.to, self.since].into_iter().all(is_named)
    }

    /// What has been earned of it.
    pub fn earned(&self, until: Until) -> Value {
        if !until.covers(self.begins()) {
            return Value::ZERO;
        }
        if self.to <= until.at || self.ended_at.is_some_and(|end| until.covers(end)) {
            return self.value;
        }
        let length = |to: Instant| to.micros() - self.from.micros();
        let earned = self.value.portion(length(until.at), length(self.to), Rounding::Down);
        earned.expect("a part is never more than the whole")
    }

    /// What has been earned of it between two instants in each calendar day or month: the start of each in which anything
    /// was, and how much. Cut at their borders exactly.
    pub fn parts(&self, since: Until, until: Until, unit: Unit) -> Vec<(Instant, Value)> {
        let mut parts = Vec::new();
        let mut start = self.begins().max(since.at).start_of(unit);
        let mut so_far = self.earned(since);
        loop {
            let next = Interval { unit, count: 1 }.after(start);
            // At the end of the calendar nothing comes after.
            let cut = if start < next { Until::before(next).min(until) } else { until };
            let earned = self.earned(cut);
            if earned != so_far {
                parts.push((start, earned - so_far));
            }
            if cut == until || self.to <= next {
                return parts;
            }
            (start, so_far) = (next, earned);
        }
    }
}

/// What earns fixed revenue, or takes from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FixedSource {
    /// A charge of the fixed price of that index in its version.
    Price(FixedPriceIndex),
    /// An entitlement with a revenue basis, which takes from fixed revenue.
    Entitlement,
}

/// A part of fixed revenue, and whose it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FixedRevenue {
    /// The customer who was charged or granted something.
    pub customer: CustomerId,
    /// The subscription, which names product and version.
    pub subscription: SubscriptionId,
    /// The price or the entitlement that it comes from.
    pub source: FixedSource,
    /// How much it is, and over which time it is earned.
    pub accrual: Accrual,
}

/// All fixed revenue of what happened: that of charges, less what went back of it, and what the grants of entitlements take.
/// What a rollover carries on was taken when it was first granted.
///
/// # Errors
/// When a charge or a lot is not possible.
pub fn fixed_revenue(facts: &Facts) -> Result<Vec<FixedRevenue>, Broken> {
    let carried: FxHashSet<LotId> = facts.rollovers.iter().map(|rollover| rollover.into).collect();
    // A lot has ended early if it has lost something at its end that it has not got back since.
    let mut ends: FxHashMap<LotId, (Total<Units>, Instant)> = FxHashMap::default();
    for expired in &facts.expiries {
        let (lost, end) = ends.entry(expired.lot).or_insert((Total::ZERO, expired.dated));
        *lost += expired.amount;
        *end = expired.dated.min(*end);
    }
    let ended_at = |lot: LotId| ends.get(&lot).filter(|(lost, _)| lost.is_positive()).map(|(_, end)| *end);
    let charged = facts.charges.iter().map(|charge| Ok(fixed_of(charge, Accrual::of_charge(charge)?)));
    let granted = facts.lots.iter().filter(|lot| !lot.basis.is_zero() && !carried.contains(&lot.id));
    let granted = granted.filter_map(|lot| Some((lot, lot.granted_by?.subscription))).map(|(lot, subscription)| {
        Ok(FixedRevenue {
            customer: lot.customer,
            subscription,
            source: FixedSource::Entitlement,
            accrual: Accrual::of_grant(lot, ended_at(lot.id))?,
        })
    });
    charged.chain(refunded(facts)).chain(repaid(facts)).chain(granted).collect()
}

/// What was repaid of charges that were owed.
fn repaid(facts: &Facts) -> impl Iterator<Item = Result<FixedRevenue, Broken>> {
    let repaid = facts.repayments.iter().filter_map(|repaid| Some((repaid, repaid.charge?)));
    let charges = charges(facts, repaid.clone().next().is_some());
    repaid.map(move |(repaid, id)| {
        let charge = charges.get(&id).ok_or(Broken::Charge(id))?;
        Ok(fixed_of(charge, Accrual::of_repayment(charge, repaid)?))
    })
}

/// Charges by their numbers, if anybody asks for them.
fn charges(facts: &Facts, are_needed: bool) -> FxHashMap<ChargeId, &ChargeFact> {
    let charges = if are_needed { &facts.charges[..] } else { &[] };
    charges.iter().map(|charge| (charge.id, charge)).collect()
}

/// A part of the revenue of a charge.
fn fixed_of(charge: &ChargeFact, accrual: Accrual) -> FixedRevenue {
    FixedRevenue {
        customer: charge.customer,
        subscription: charge.subscription,
        source: FixedSource::Price(charge.price),
        accrual,
    }
}

/// What went back of charges.
fn refunded(facts: &Facts) -> impl Iterator<Item = Result<FixedRevenue, Broken>> {
    let charges = charges(facts, !facts.refunds.is_empty());
    let parts = facts.refunds.iter().flat_map(|refund| match &refund.of {
        RefundOf::Topup(_) => &[][..],
        RefundOf::Charges(_, parts) => parts,
    });
    parts.map(move |part| {
        let charge = charges.get(&part.charge).ok_or(Broken::Charge(part.charge))?;
        Ok(fixed_of(charge, Accrual::of_refund(part)?))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::AssetId;
    use crate::wallet::{Priority, Purpose};
    use proptest::prelude::*;

    fn at(text: &str) -> Instant {
        Instant::parse_argument(text).unwrap()
    }

    fn accrual(value: i64, from: &str, to: &str) -> Accrual {
        Accrual::over(Value::from_count(value), at(from), at(to), None)
    }

    #[test]
    fn evenly_by_exact_time_and_rounded_down() {
        let month = accrual(31_000, "2026-07-01", "2026-08-01");
        for (date, earned) in [
            ("2026-06-30", 0),
            ("2026-07-01", 0),
            ("2026-07-02", 1_000),
            ("2026-07-16T12:00:00Z", 15_500),
            ("2026-07-31T23:59:59.999999Z", 30_999),
            ("2026-08-01", 31_000),
            ("2027-01-01", 31_000),
        ] {
            for until in [Until::before(at(date)), Until::with(at(date))] {
                assert_eq!(month.earned(until).count(), earned, "{date}");
                let opposite = Accrual { value: -month.value, ..month };
                assert_eq!(opposite.earned(until).count(), -earned, "{date}");
            }
        }
    }

    #[test]
    fn what_has_no_length_is_earned_at_its_instant() {
        let once = accrual(5, "2026-07-01", "2026-07-01");
        let earned = [Until::before(at("2026-07-01")), Until::with(at("2026-07-01")), Until::before(at("2026-07-02"))];
        assert_eq!(earned.map(|until| once.earned(until).count()), [0, 5, 5]);
    }

    #[test]
    fn an_early_end_earns_the_rest() {
        let cut = Accrual { ended_at: Some(at("2026-07-11")), ..accrual(310, "2026-07-01", "2026-08-01") };
        let end = at("2026-07-11");
        assert_eq!([Until::before(end), Until::with(end)].map(|until| cut.earned(until).count()), [100, 310]);
    }

    #[test]
    fn what_comes_late_is_earned_as_if_it_had_come_in_time() {
        let month = Accrual { since: at("2026-07-11"), ..accrual(310, "2026-07-01", "2026-08-01") };
        let (since, later) = (at("2026-07-11"), at("2026-07-12"));
        let untils = [Until::before(since), Until::with(since), Until::before(later)];
        assert_eq!(untils.map(|until| month.earned(until).count()), [0, 100, 110]);
        let afterwards = Accrual { since: at("2026-10-01"), ..month };
        let (since, end) = (at("2026-10-01"), Until::with(at("2026-12-01")));
        assert_eq!([Until::before(since), Until::with(since)].map(|until| afterwards.earned(until).count()), [0, 310]);
        let parts = afterwards.parts(Until::before(Instant::EPOCH), end, Unit::Month);
        assert_eq!(parts, [(since, Value::from_count(310))]);
    }

    #[test]
    fn months_are_cut_at_their_borders() {
        let quarter = accrual(920, "2026-07-15", "2026-10-15");
        let all = quarter.parts(Until::before(Instant::EPOCH), Until::with(at("2027-01-01")), Unit::Month);
        let parts = [("2026-07-01", 170), ("2026-08-01", 310), ("2026-09-01", 300), ("2026-10-01", 140)];
        assert_eq!(all, parts.map(|(month, part)| (at(month), Value::from_count(part))));
        let within = quarter.parts(Until::before(at("2026-08-10")), Until::before(at("2026-09-03")), Unit::Month);
        assert_eq!(
            within,
            [("2026-08-01", 220), ("2026-09-01", 20)].map(|(month, part)| (at(month), Value::from_count(part)))
        );
        let one_time = accrual(7, "2026-08-01", "2026-08-01");
        let all = one_time.parts(Until::before(Instant::EPOCH), Until::with(at("2026-08-01")), Unit::Day);
        assert_eq!(all, [(at("2026-08-01"), Value::from_count(7))]);
    }

    #[test]
    fn times_that_make_no_sense_are_refused() {
        let lot = |from: i64, to: i64, basis: i64| LotFact {
            id: LotId::FIRST,
            customer: CustomerId::FIRST,
            asset: AssetId::FIRST,
            purpose: Purpose::Bundled,
            priority: Priority::DEFAULT,
            granted_at: Instant::from_micros(from),
            effective_at: Instant::from_micros(from),
            expires_at: Some(Instant::from_micros(to)),
            amount: Units::from_count(1),
            basis: Value::from_count(basis),
            granted_by: None,
        };
        let last = Instant::MAX.micros();
        for (from, to, basis) in [(-1, 0, 1), (0, last + 1, 1), (i64::MIN, i64::MAX, 1), (0, last, i64::MIN)] {
            assert_eq!(
                Accrual::of_grant(&lot(from, to, basis), None),
                Err(Broken::Lot(LotId::FIRST)),
                "{from} to {to}"
            );
        }
        let longest = Accrual::of_grant(&lot(0, last, i64::MAX), None).unwrap();
        for until in [i64::MIN, -1, 0, last / 2, last, i64::MAX] {
            let earned = longest.earned(Until::with(Instant::from_micros(until)));
            assert!((longest.value..=Value::ZERO).contains(&earned), "{until}");
        }
    }

    #[test]
    fn what_ends_with_the_calendar_has_parts_until_then() {
        let last = Instant::from_micros(Instant::MAX.micros() - 30 * 86_400_000_000);
        let endless = Accrual::over(Value::from_count(1), last, Instant::MAX, None);
        assert_eq!(endless.parts(Until::before(Instant::EPOCH), Until::with(Instant::MAX), Unit::Day).len(), 1);
    }

    proptest! {
        #[test]
        fn windows_add_up(
            value in -1_000_000_000i64..1_000_000_000,
            from in 0..200i64,
            length in 0..200i64,
            late in prop_oneof![Just(0i64), 0..300i64],
            ended in proptest::option::of(0..400i64),
            mut cuts in proptest::collection::vec(0..400i64, 2..8),
        ) {
            let day = |n: i64| Instant::from_micros(n * 86_400_000_000);
            let value = Value::from_count(value);
            let accrual = Accrual::over(value, day(from), day(from + length), ended.map(day));
            let accrual = Accrual { since: day(from + late), ..accrual };
            cuts.sort_unstable();
            let (first, last) = (Until::before(day(cuts[0])), Until::before(day(cuts[cuts.len() - 1])));
            let whole = accrual.earned(last) - accrual.earned(first);
            let windows = cuts.windows(2).map(|w| [w[0], w[1]].map(|n| accrual.earned(Until::before(day(n)))));
            prop_assert_eq!(windows.map(|[since, until]| until - since).sum::<Value>(), whole);
            for unit in [Unit::Day, Unit::Month] {
                let parts = accrual.parts(first, last, unit);
                prop_assert_eq!(parts.iter().map(|(_, part)| *part).sum::<Value>(), whole);
                prop_assert!(parts.iter().all(|(start, part)| start.start_of(unit) == *start && !part.is_zero()));
            }
            prop_assert_eq!(accrual.earned(Until::with(day(from + length.max(late)))), value);
        }
    }
}
