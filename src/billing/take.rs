//! Taking what an event owes: all of its fees or none, each from its account or, where that can't, as overage.

use super::authorise::{Authorisation, Plan};
use super::engine::Engine;
use super::facts::{DenialFact, DenialReason, Facts, FeeFact, OverageFact, Status};
use super::failure::{Broken, LifeError};
use super::fees::{FeeTerms, FeesDue, Needs, sums};
use super::life::{Life, Refundable};
use super::stress::Declined;
use crate::ids::{AssetId, EventNumber};
use crate::money::{Overflow, Rounding, Units, decimal_of, round_product};
use crate::time::Instant;
use crate::wallet::Draw;
use smallvec::SmallVec;

/// How an event's fees will be covered.
#[derive(Default)]
struct Cover {
    /// The automatic payments that each account needs.
    payments: SmallVec<[(AssetId, Plan); 1]>,
    /// Which fees are charged as overage, and how far.
    overages: SmallVec<[(usize, OverageFact); 1]>,
}

/// A part of a fee, and what is taken for it.
pub(super) struct Part {
    /// In units of the price's asset.
    pub units: Units,
    /// In units of the account's asset.
    pub amount: Units,
}

impl Part {
    /// What a fee's own account pays.
    pub fn own(amount: Units) -> Self {
        Self { units: amount, amount }
    }
}

impl From<OverageFact> for Part {
    fn from(OverageFact { units, amount }: OverageFact) -> Self {
        Self { units, amount }
    }
}

impl Engine {
    /// Takes all of an event's fees, or none. What is given back comes first: it may pay for the rest.
    pub(super) fn take_fees(
        &mut self,
        life: &mut Life,
        due: &mut FeesDue,
        needs: Needs,
        now: Instant,
        event: EventNumber,
        facts: &mut Facts,
    ) -> Result<Status, LifeError> {
        if let Some((asset, reason)) = self.past_due(life, due) {
            return Ok(self.deny(life, (asset, net(&needs, asset), reason), now, event, facts));
        }
        self.take_all(life, due, needs, now, event, facts)
    }

    /// The same, whether or not a renewal is to be paid.
    pub(super) fn take_all(
        &mut self,
        life: &mut Life,
        due: &mut FeesDue,
        mut needs: Needs,
        now: Instant,
        event: EventNumber,
        facts: &mut Facts,
    ) -> Result<Status, LifeError> {
        let before = due.gives_back().then(|| (life.clone(), due.clone(), needs.clone()));
        let mut ended = None;
        if before.is_some() {
            ended = Some(self.give_all_back(life, due)?);
            needs = to_take(due).map_err(|overflow| LifeError::Overflow(life.customer, overflow))?;
        }
        let mut cover = None;
        // Nearly always the accounts hold enough, and there is nothing to plan.
        if !needs.iter().all(|&(asset, need)| life.covers(asset, need, now)) {
            let mut declined = Declined::new();
            match self.cover(life, due, &needs, now, &mut declined)? {
                Ok(planned) => cover = Some(planned),
                Err((asset, reason)) => {
                    if let Some((life_before, due_before, needs_before)) = before {
                        (*life, *due, needs) = (life_before, due_before, needs_before);
                    }
                    self.note_declined(life, &declined, now);
                    return Ok(self.deny(life, (asset, net(&needs, asset), reason), now, event, facts));
                }
            }
            self.note_declined(life, &declined, now);
        }
        if let Some(ended) = ended {
            facts.append(ended);
        }
        if let Some(cover) = cover {
            self.use_cover(life, due, cover, now, event, facts)?;
        }
        self.draw_all(life, due, now);
        let overages = due.iter().filter_map(|(fee, terms)| fee.overage.and(terms.overage)).map(|(asset, _)| asset);
        for asset in needs.iter().map(|(asset, _)| *asset).chain(overages) {
            self.top_up_below_threshold(life, asset, now, Some(event), facts)?;
        }
        Ok(Status::Charged)
    }

    /// Makes the payments of a cover, and charges its overages.
    fn use_cover(
        &mut self,
        life: &mut Life,
        due: &mut FeesDue,
        Cover { payments, overages }: Cover,
        now: Instant,
        event: EventNumber,
        facts: &mut Facts,
    ) -> Result<(), LifeError> {
        for (asset, plan) in payments {
            self.pay(life, asset, plan, now, Some(event), facts)?;
        }
        for (index, overage) in overages {
            due.fees[index].overage = Some(overage);
        }
        Ok(())
    }

    /// Takes the fees that are not given back, which have been seen to be covered.
    fn draw_all(&self, life: &mut Life, due: &mut FeesDue, now: Instant) {
        for (fee, terms) in due.iter_mut().filter(|(fee, _)| !fee.amount.is_negative()) {
            self.draw(life, fee, terms, now);
        }
        let accounts = due.terms.iter().filter_map(|terms| life.accounts.get(terms.asset));
        for owing in accounts.filter(|account| account.deficit().is_positive()) {
            // It is paid back as the next lot begins.
            life.due = life.due.min(owing.next_due());
        }
    }

    /// Takes all of an event's fees, whether or not they can be covered: what an account lacks, it owes.
    pub(super) fn owe(
        &self,
        life: &mut Life,
        due: &mut FeesDue,
        now: Instant,
        facts: &mut Facts,
    ) -> Result<(), LifeError> {
        facts.append(self.give_all_back(life, due)?);
        for (fee, terms) in due.iter_mut().filter(|(fee, _)| !fee.amount.is_negative()) {
            self.draw(life, fee, terms, now);
        }
        Ok(())
    }

    /// Notes why nothing was taken.
    fn deny(
        &self,
        life: &Life,
        (asset, needed, reason): (AssetId, Units, DenialReason),
        now: Instant,
        event: EventNumber,
        facts: &mut Facts,
    ) -> Status {
        let available = life.available(asset, now);
        facts.denials.push(DenialFact { event, asset, needed, available, reason });
        Status::Denied
    }

    /// The first fee whose subscription waits for a renewal to be paid: then the event is denied.
    pub(super) fn past_due(&self, life: &Life, due: &FeesDue) -> Option<(AssetId, DenialReason)> {
        if life.past_due.is_empty() {
            return None;
        }
        let waits = |(fee, _): &(&FeeFact, &FeeTerms)| {
            let own = life.subscriptions.iter().find(|s| s.id == fee.subscription);
            own.is_some_and(|s| life.is_past_due(s.origin))
        };
        due.iter().find(waits).map(|(_, terms)| (terms.asset, DenialReason::PastDue))
    }

    /// Which fees would be charged as overage.
    pub(super) fn overages(
        &self,
        life: &Life,
        due: &FeesDue,
        needs: &Needs,
        now: Instant,
    ) -> Result<impl Iterator<Item = usize> + use<>, LifeError> {
        let cover = self.cover(life, due, needs, now, &mut Declined::new())?.ok().unwrap_or_default();
        Ok(cover.overages.into_iter().map(|(index, _)| index))
    }

    /// How all fees can be covered: from what the accounts hold, else by automatic payments, else as overage, else by going
    /// below zero; or the account that can't cover them, and why.
    fn cover(
        &self,
        life: &Life,
        due: &FeesDue,
        needs: &Needs,
        now: Instant,
        declined: &mut Declined,
    ) -> Result<Result<Cover, (AssetId, DenialReason)>, LifeError> {
        let mut cover = Cover::default();
        let mut short: SmallVec<[(AssetId, Units, Option<DenialReason>); 1]> = SmallVec::new();
        for &(asset, need) in needs {
            match self.authorise(life, asset, need, now, declined) {
                Ok(Authorisation::Covered) => {}
                Ok(Authorisation::AfterPayments(plan)) => cover.payments.push((asset, plan)),
                Ok(Authorisation::Overdraft) => short.push((asset, need, None)),
                Err(reason) => short.push((asset, need, Some(reason))),
            }
        }
        for (asset, need, refused) in short {
            if self.cover_by_overage(life, due, needs, (asset, need), now, (&mut cover, declined))? {
                continue;
            }
            if self.pays_what_is_missing {
                cover.payments.extend(self.missing_payment(life, asset, need, now)?.map(|plan| (asset, plan)));
            } else if let Some(reason) = refused {
                return Ok(Err((asset, reason)));
            }
        }
        Ok(Ok(cover))
    }

    /// Charges as overage what an account lacks; the last fees first. `false`, and `cover` stays, when it lacks more than
    /// the fees with an overage, or the other account can't cover that either.
    fn cover_by_overage(
        &self,
        life: &Life,
        due: &FeesDue,
        needs: &Needs,
        (asset, need): (AssetId, Units),
        now: Instant,
        (cover, declined): (&mut Cover, &mut Declined),
    ) -> Result<bool, LifeError> {
        // Neither is below zero, so it fits.
        let mut missing = need - life.available(asset, now).max(Units::ZERO);
        let mut overages = cover.overages.clone();
        let own = |(_, (fee, terms)): &(usize, (&FeeFact, &FeeTerms))| terms.asset == asset && fee.amount.is_positive();
        for (index, (fee, terms)) in due.iter().enumerate().rev().filter(own) {
            let (Some((other, rate)), true) = (terms.overage, missing.is_positive()) else { continue };
            let units = missing.min(fee.amount);
            let (from, to) = (self.asset(asset), self.asset(other));
            let factors = [decimal_of(units, from.precision), rate];
            let Ok(amount) = round_product(&factors, &[], to.precision, to.rounding) else { return Ok(false) };
            overages.push((index, OverageFact { units, amount }));
            missing -= units;
        }
        if missing.is_positive() {
            return Ok(false);
        }
        let mut payments = cover.payments.clone();
        let others: SmallVec<[AssetId; 1]> =
            overages.iter().filter_map(|(index, _)| due.terms[*index].overage).map(|(other, _)| other).collect();
        for other in others {
            let Ok(total) = total_in(other, due, needs, &overages) else { return Ok(false) };
            payments.retain(|(asset, _)| *asset != other);
            match self.authorise(life, other, total, now, declined) {
                Ok(Authorisation::Covered) => {}
                Ok(Authorisation::AfterPayments(plan)) => payments.push((other, plan)),
                Ok(Authorisation::Overdraft) | Err(_) if self.pays_what_is_missing => {
                    match self.missing_payment(life, other, total, now)? {
                        Some(plan) => payments.push((other, plan)),
                        None => return Ok(false),
                    }
                }
                Ok(Authorisation::Overdraft) | Err(_) => return Ok(false),
            }
        }
        *cover = Cover { payments, overages };
        Ok(true)
    }

    /// Takes one fee, which has been seen to be covered.
    fn draw(&self, life: &mut Life, fee: &mut FeeFact, terms: &FeeTerms, now: Instant) {
        let (key, after) = terms.counter;
        life.counters.set(&key, after);
        let own = fee.amount - fee.overage.map_or(Units::ZERO, |overage| overage.units);
        if own.is_positive() {
            self.draw_from(life, (fee, terms), terms.asset, Part::own(own), now);
        }
        if let (Some(OverageFact { units, amount }), Some((asset, _))) = (fee.overage, terms.overage)
            && amount.is_positive()
        {
            self.draw_from(life, (fee, terms), asset, Part { units, amount }, now);
        }
    }

    /// Takes `amount` of one account, which pays for `units` of the fee.
    fn draw_from(
        &self,
        life: &mut Life,
        (fee, terms): (&mut FeeFact, &FeeTerms),
        asset: AssetId,
        Part { units, amount }: Part,
        now: Instant,
    ) {
        let before = fee.draws.len();
        life.accounts.of(asset).draw_into(&mut fee.draws, amount, now, &self.order);
        life.note_deficit(asset);
        if terms.may_fall {
            let stack = life.refundable.entry(terms.counter.0).or_default();
            let shared = Shares::new(Part { units, amount }).note(stack, asset, &fee.draws[before..]);
            shared.expect("a part is never more than the whole");
        }
    }

    /// Gives back what falling totals have made too much. What a lot gets that is over, it loses at once, and what is owed
    /// is paid back: returns both.
    fn give_all_back(&self, life: &mut Life, due: &mut FeesDue) -> Result<Facts, Broken> {
        let mut facts = Facts::default();
        for (fee, terms) in due.iter_mut().filter(|(fee, _)| fee.amount.is_negative()) {
            self.give_back(life, fee, terms)?;
        }
        self.expire(life, &mut facts);
        for asset in life.accounts.assets() {
            self.repay(life, asset, &mut facts);
        }
        Ok(facts)
    }

    /// Gives back what a falling total has made too much: to where it came from, the latest first.
    pub(super) fn give_back(&self, life: &mut Life, fee: &mut FeeFact, terms: &FeeTerms) -> Result<(), Broken> {
        let (key, after) = terms.counter;
        life.counters.set(&key, after);
        let mut rest = -fee.amount;
        let mut stack = life.refundable.remove(&key).unwrap_or_default();
        while let Some(last) = stack.last_mut().filter(|_| rest.is_positive()) {
            let units = rest.min(last.units);
            // The last unit takes all that is left, so that nothing is lost in between.
            let amount = if units == last.units { last.amount } else { share(last.amount, units, last.units) };
            if amount.is_positive() {
                let given = life.accounts.of(last.asset).give_back(last.lot, amount, &self.order);
                fee.draws.push(given.ok_or(Broken::Refundable(key.subscription))?);
            }
            if last.asset != terms.asset {
                let overage = fee.overage.get_or_insert(OverageFact { units: Units::ZERO, amount: Units::ZERO });
                *overage = OverageFact { units: overage.units - units, amount: overage.amount - amount };
            }
            *last = Refundable { units: last.units - units, amount: last.amount - amount, ..*last };
            rest -= units;
            if last.units.is_zero() {
                stack.pop();
            }
        }
        life.refundable.insert(key, stack);
        Ok(())
    }
}

/// What the fees that are not given back come to in each asset of an event.
pub(super) fn to_take(due: &FeesDue) -> Result<Needs, Overflow> {
    sums(due, |amount| amount.max(Units::ZERO))
}

/// What an event comes to in one asset.
pub(super) fn net(needs: &Needs, asset: AssetId) -> Units {
    needs.iter().find(|(other, _)| *other == asset).map_or(Units::ZERO, |(_, need)| *need)
}

/// What an event comes to in one asset with what is charged in it as overage.
fn total_in(
    asset: AssetId,
    due: &FeesDue,
    needs: &Needs,
    overages: &[(usize, OverageFact)],
) -> Result<Units, Overflow> {
    let charged =
        overages.iter().filter(|(index, _)| due.terms[*index].overage.is_some_and(|(other, _)| other == asset));
    charged.map(|(_, overage)| overage.amount).try_fold(net(needs, asset), Units::checked_add).ok_or(Overflow)
}

fn share(amount: Units, units: Units, of: Units) -> Units {
    amount.portion(units, of, Rounding::Down).expect("a part is never more than the whole")
}

/// Shares the units that a part of a fee stands for out among the draws that pay it.
pub(super) struct Shares {
    of: Part,
    drawn: Units,
    shared: Units,
}

impl Shares {
    pub fn new(of: Part) -> Self {
        Self { of, drawn: Units::ZERO, shared: Units::ZERO }
    }

    /// How many units the next draw stands for.
    pub fn next(&mut self, draw: &Draw) -> Result<Units, Overflow> {
        self.drawn += draw.amount;
        // Rounded up: the last to be drawn, and the first to come back, never stand for more than they are.
        let so_far = self.of.units.portion(self.drawn, self.of.amount, Rounding::Up)?;
        Ok(so_far - std::mem::replace(&mut self.shared, so_far))
    }

    /// Notes that the next draws, which are on one account, may be given back.
    pub fn note(&mut self, stack: &mut Vec<Refundable>, asset: AssetId, draws: &[Draw]) -> Result<(), Overflow> {
        draws.iter().try_for_each(|draw| {
            let units = self.next(draw)?;
            push_refundable(stack, Refundable { units, asset, lot: draw.lot, amount: draw.amount });
            Ok(())
        })
    }
}

/// Notes a draw that may be given back, together with the one before it where that makes no difference: both are of one
/// lot, and all of their units stand for the same.
fn push_refundable(stack: &mut Vec<Refundable>, draw: Refundable) {
    let price = unit_price(&draw);
    match stack.last_mut() {
        Some(last)
            if last.lot == draw.lot && last.asset == draw.asset && price.is_some() && unit_price(last) == price =>
        {
            last.units += draw.units;
            last.amount += draw.amount;
        }
        _ => stack.push(draw),
    }
}

/// What every unit of a draw stands for; `None` where they don't come to whole numbers.
fn unit_price(draw: &Refundable) -> Option<Units> {
    let (units, amount) = (draw.units.count(), draw.amount.count());
    (amount.checked_rem(units) == Some(0)).then(|| Units::from_count(amount / units))
}
