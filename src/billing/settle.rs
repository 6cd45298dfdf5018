//! Settling an old fee with a new one: old draws stay up to the new fee, and only the difference moves.

use super::accounts::Accounts;
use super::engine::Engine;
use super::facts::{DenialFact, EventFact, Facts, FeeFact, OverageFact, Status};
use super::failure::LifeError;
use super::fees::{FeeTerms, FeesDue};
use super::life::{Life, Refundable};
use super::take::{Part, Shares, net, to_take};
use super::undone::{Past, UndoneFee, VoidError, mirrored};
use crate::catalog::Overage;
use crate::ids::{AssetId, EventNumber, LotId};
use crate::money::{Decimal, Overflow, Units, decimal_of, round_product};
use crate::wallet::{Draw, Repayment};
use smallvec::{SmallVec, smallvec};

/// The old draws that stay for a new fee.
#[derive(Debug, Clone, Default)]
pub(super) struct Standing {
    /// The draws on its own account.
    own: SmallVec<[Draw; 1]>,
    /// The overage that was charged for the rest, and the draws that paid it.
    overage: Option<OverageFact>,
    instead: Vec<Draw>,
}

/// What settling an event came to.
pub(super) enum Settled {
    /// Its fees were taken.
    Charged,
    /// Its fees were taken, and the part that can't be covered is owed.
    Owed(DenialFact),
    /// The difference to the old fee can't be covered.
    Uncovered(DenialFact),
    /// The old overage stays, and another would be added to it: settle it again without the old one.
    Afresh,
}

/// Which old fees are settled.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Which {
    /// Those whose draws were not returned by this command.
    Steady,
    /// Those of prices whose total may fall. Their draws were returned when the event was taken out.
    Falling,
}

/// What an event was charged before.
pub(super) struct Old<'o> {
    pub fact: &'o EventFact,
    /// The stored record that took it back.
    pub taken_back: Option<&'o EventFact>,
    /// How this command takes its fees back; of no use where a stored record did.
    pub undone: &'o mut [UndoneFee],
}

/// A fee of the old record.
struct OldFee<'f> {
    fee: &'f FeeFact,
    /// Its draws. What a lot got back when the fee was taken back is that lot's, whoever paid it first.
    draws: SmallVec<[Draw; 1]>,
    asset: AssetId,
    overage: Option<(AssetId, Decimal)>,
    may_fall: bool,
    /// The new fee that it stays for.
    into: Option<usize>,
    /// How much of each draw stays.
    stands: SmallVec<[Units; 1]>,
    /// The overage that stays.
    instead: Option<OverageFact>,
}

impl Standing {
    /// How much of the new fee this covers.
    fn amount(&self) -> Units {
        self.own.iter().map(|draw| draw.amount).sum::<Units>() + self.overage.map_or(Units::ZERO, |own| own.units)
    }

    /// The fee's draws: those that stay, and those that were added.
    fn join(&mut self, fee: &mut FeeFact, more: FeeFact) {
        let of_own = more.amount - more.overage.map_or(Units::ZERO, |overage| overage.units);
        let mut rest = of_own;
        let mut instead = std::mem::take(&mut self.instead);
        let mut draws = std::mem::take(&mut self.own);
        for draw in more.draws {
            // What is given back has no order.
            if rest.is_positive() || more.amount.is_negative() {
                draws.push(draw)
            } else {
                instead.push(draw)
            }
            rest -= draw.amount;
        }
        draws.extend(instead);
        fee.draws = draws;
        fee.overage = more.overage.or(self.overage.take());
    }
}

impl Old<'_> {
    /// The draws of one of its fees: at the lots that hold them now, if they have returned.
    fn draws(&self, fee: usize) -> SmallVec<[Draw; 1]> {
        let returned = match self.taken_back {
            Some(back) => back.fees.get(fee).map(|undone| &undone.draws[..]),
            None => self.undone.get(fee).and_then(|undone| undone.draws.as_deref()),
        };
        match returned {
            Some(draws) => draws.iter().map(mirrored).collect(),
            None => self.fact.fees[fee].draws.clone(),
        }
    }
}

impl OldFee<'_> {
    /// The part of it that its own account paid.
    fn own(&self) -> Units {
        self.fee.amount - self.fee.overage.map_or(Units::ZERO, |overage| overage.units)
    }

    /// How many of its draws, counted from the first, are on its own account.
    fn own_draws(&self) -> usize {
        let mut rest = self.own();
        let is_own = |draw: &&Draw| {
            let is_own = rest.is_positive();
            rest -= draw.amount;
            is_own
        };
        self.draws.iter().take_while(is_own).count()
    }

    /// Keeps the first draws in `range`, up to `amount`.
    fn keep(&mut self, range: std::ops::Range<usize>, mut amount: Units) {
        for place in range {
            let stands = amount.min(self.draws[place].amount);
            self.stands[place] = stands;
            amount -= stands;
        }
    }
}

/// A customer's accounts from before the draws of an event that was taken back are taken again.
pub(super) struct Before {
    accounts: Accounts,
    past: Past,
    repayments: usize,
    expiries: usize,
}

impl Before {
    pub fn of(life: &Life, past: &Past, facts: &Facts) -> Self {
        let (repayments, expiries) = (facts.repayments.len(), facts.expiries.len());
        Self { accounts: life.accounts.clone(), past: past.clone(), repayments, expiries }
    }

    pub fn restore(self, life: &mut Life, past: &mut Past, facts: &mut Facts) {
        (life.accounts, *past) = (self.accounts, self.past);
        facts.repayments.truncate(self.repayments);
        facts.expiries.truncate(self.expiries);
    }
}

impl Engine {
    /// Whether an event that was taken back may lack something: it owes more than it did, or its lots have not all of what it
    /// drew.
    pub(super) fn lacks(&self, life: &Life, old: &Old<'_>, due: &FeesDue, past: &Past) -> Result<bool, VoidError> {
        let Some(back) = old.taken_back else { return Ok(false) };
        let owed = |fees: &[FeeFact]| fees.iter().map(|fee| fee.amount.max(Units::ZERO)).sum::<Units>();
        if owed(&due.fees) > owed(&old.fact.fees) {
            return Ok(true);
        }
        let mut drawn: SmallVec<[(Option<LotId>, Units); 4]> = SmallVec::new();
        for draw in back.fees.iter().flat_map(|fee| &fee.draws) {
            match drawn.iter_mut().find(|(lot, _)| *lot == draw.lot) {
                Some((_, sum)) => *sum -= draw.amount,
                None => drawn.push((draw.lot, -draw.amount)),
            }
        }
        for (lot, amount) in drawn {
            if amount > self.returnable(life, lot, Some(back.seq), past)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Keeps the draws of old fees for new ones, as far as they go. The rest is returned, latest first. Fees that had been
    /// returned are taken again, up to what stays.
    pub(super) fn let_stand(
        &self,
        life: &mut Life,
        old: Old<'_>,
        due: &FeesDue,
        (which, keeps_overages): (Which, bool),
        past: &mut Past,
        facts: &mut Facts,
    ) -> Result<SmallVec<[Standing; 1]>, VoidError> {
        let mut standing: SmallVec<[Standing; 1]> = smallvec![Standing::default(); due.fees.len()];
        if old.fact.status != Status::Charged {
            return Ok(standing);
        }
        let mut olds = self.old_fees(life, &old)?;
        let back = old.taken_back.map(|back| back.seq);
        for (index, (fee, terms)) in due.iter().enumerate() {
            self.pair(&mut olds, index, fee, terms, keeps_overages)?;
        }
        let mut undone = Some(old.undone).filter(|_| which == Which::Steady && back.is_none());
        let meant = |(_, old): &(usize, &OldFee<'_>)| old.may_fall == (which == Which::Falling);
        for (place, old) in olds.iter().enumerate().rev().filter(meant) {
            let stands = match &mut undone {
                Some(undone) => self.return_rest(life, old, &mut undone[place], past, facts)?,
                None => self.take_again(life, old, due, (back, &mut *past), facts)?,
            };
            if let Some(into) = old.into {
                standing[into] = stands;
            }
        }
        Ok(standing)
    }

    /// The fees that were taken, before anything of them is kept.
    fn old_fees<'f>(&self, life: &Life, old: &Old<'f>) -> Result<SmallVec<[OldFee<'f>; 1]>, LifeError> {
        let one = |(index, fee): (usize, &'f FeeFact)| {
            let place = self.place(life, fee, old.fact.occurred_at)?;
            let rate = |overage: &Overage| Some((self.asset_id(&overage.asset)?, overage.rate));
            Ok(OldFee {
                fee,
                draws: old.draws(index),
                asset: place.asset,
                overage: place.usage.overage.as_ref().and_then(rate),
                may_fall: place.usage.may_fall(),
                into: None,
                stands: smallvec![Units::ZERO; old.draws(index).len()],
                instead: None,
            })
        };
        old.fact.fees.iter().enumerate().map(one).collect()
    }

    /// Finds the old fee for a new one: the one of the same price, else one in the same asset.
    fn pair(
        &self,
        olds: &mut [OldFee<'_>],
        index: usize,
        fee: &FeeFact,
        terms: &FeeTerms,
        keeps_overages: bool,
    ) -> Result<(), VoidError> {
        let is_free = |old: &OldFee<'_>| {
            let is_alike = old.may_fall == terms.may_fall && old.asset == terms.asset;
            old.into.is_none() && is_alike && !old.fee.amount.is_negative()
        };
        let is_same = |old: &OldFee<'_>| (old.fee.subscription, old.fee.price) == (fee.subscription, fee.price);
        let place = olds.iter().position(|old| is_free(old) && is_same(old));
        let Some(place) = place.or_else(|| olds.iter().position(is_free)).filter(|_| fee.amount.is_positive()) else {
            return Ok(());
        };
        let old = &mut olds[place];
        old.into = Some(index);
        let (own, count) = (old.own(), old.own_draws());
        old.keep(0..count, own.min(fee.amount));
        let rest = fee.amount - own.min(fee.amount);
        let stands = keeps_overages && old.overage == terms.overage && rest.is_positive();
        if let (Some(overage), Some((other, rate))) = (old.fee.overage.filter(|_| stands), terms.overage) {
            let units = rest.min(overage.units);
            let (from, to) = (self.asset(terms.asset), self.asset(other));
            let amount = match units == overage.units {
                true => overage.amount,
                false => {
                    let factors = [decimal_of(units, from.precision), rate];
                    round_product(&factors, &[], to.precision, to.rounding)?
                }
            };
            old.instead = Some(OverageFact { units, amount });
            old.keep(count..old.stands.len(), amount);
        }
        Ok(())
    }

    /// Returns what does not stay, latest first.
    fn return_rest(
        &self,
        life: &mut Life,
        old: &OldFee<'_>,
        undone: &mut UndoneFee,
        past: &mut Past,
        facts: &mut Facts,
    ) -> Result<Standing, VoidError> {
        let mut kept = old.draws.clone();
        for (place, &stands) in old.stands.iter().enumerate().rev() {
            let draw = old.draws[place];
            let rest = Draw { amount: draw.amount - stands, ..draw };
            if rest.amount.is_zero() {
                continue;
            }
            let returned = self.return_draw(life, old.asset, &rest, past, facts)?;
            if stands.is_zero() {
                undone.draws_of(old.fee)[place] = returned;
            }
            // A draw that stays in part is taken back whole, and its rest is drawn again.
            (kept[place].amount, kept[place].earned) = (stands, draw.earned + returned.earned);
        }
        let instead = kept.drain(old.own_draws()..).filter(|draw| draw.amount.is_positive()).collect();
        kept.retain(|draw| draw.amount.is_positive());
        Ok(Standing { own: kept, overage: old.instead, instead })
    }

    /// Takes a returned fee again, up to what stays: what its lots have of it, have lost, and have paid back with it.
    fn take_again(
        &self,
        life: &mut Life,
        old: &OldFee<'_>,
        due: &FeesDue,
        (back, past): (Option<EventNumber>, &mut Past),
        facts: &mut Facts,
    ) -> Result<Standing, VoidError> {
        let (mut stands, mut paid) = (Standing::default(), SmallVec::<[Draw; 1]>::new());
        let count = old.own_draws();
        for (draw, &amount) in old.draws[..count].iter().zip(&old.stands) {
            let before = facts.repayments.len();
            let again = match draw.lot {
                Some(_) => self.draw_returned(life, draw, amount, (back, past), facts)?,
                None => self.owe_repaid(life, (old.asset, draw), amount, (back, past), facts)?,
            };
            paid.extend(again.iter().flat_map(|again| payers(again, &facts.repayments[before..])));
            stands.own.extend(again);
        }
        // An overage is rounded as a whole, so it stays whole or not at all.
        let instead = || old.draws[count..].iter().zip(&old.stands[count..]);
        let is_there = |(draw, amount): (&Draw, &Units)| Ok(self.returnable(life, draw.lot, back, past)? >= *amount);
        let all: Vec<bool> = instead().map(is_there).collect::<Result<_, VoidError>>()?;
        if let Some(overage) = old.instead.filter(|_| all.into_iter().all(|is_there| is_there)) {
            stands.overage = Some(overage);
            for (draw, &amount) in instead() {
                stands.instead.extend(self.draw_returned(life, draw, amount, (back, past), facts)?);
            }
        }
        if let Some(terms) = old.into.map(|into| &due.terms[into]).filter(|terms| terms.may_fall) {
            note_refundable(life, terms, &paid, &stands)?;
        }
        Ok(stands)
    }

    /// Has an event that was taken back give back again what it gave back, before it takes anything: that may be what it takes.
    pub(super) fn give_back_again(
        &self,
        life: &mut Life,
        old: &Old<'_>,
        due: &FeesDue,
        past: &mut Past,
        facts: &mut Facts,
    ) -> Result<Vec<(usize, Standing)>, VoidError> {
        let mut all = Vec::new();
        if !due.gives_back() {
            return Ok(all);
        }
        give_back_first(life, old, due);
        if old.taken_back.is_none() {
            return Ok(all);
        }
        for (index, (fee, terms)) in due.iter().enumerate().filter(|(_, (fee, _))| fee.amount.is_negative()) {
            let mut given = FeeFact { draws: SmallVec::new(), overage: None, ..fee.clone() };
            self.give_back(life, &mut given, terms)?;
            let mut stands = Standing { overage: given.overage, ..Standing::default() };
            for draw in given.draws {
                match draw.lot.map_or(Ok(terms.asset), |lot| life.asset_of(lot))? == terms.asset {
                    true => stands.own.push(draw),
                    false => stands.instead.push(draw),
                }
            }
            all.push((index, stands));
        }
        self.expire_returned(life, past, facts)?;
        for asset in life.accounts.assets() {
            self.repay(life, asset, facts);
        }
        Ok(all)
    }

    /// Takes the rest of what an event owes.
    pub(super) fn take_more(
        &mut self,
        life: &mut Life,
        due: &mut FeesDue,
        standing: &mut [Standing],
        may_owe: bool,
        seq: EventNumber,
        facts: &mut Facts,
    ) -> Result<Settled, VoidError> {
        let now = life.clock;
        let mut settled = Settled::Charged;
        let mut more = due.clone();
        for (fee, stands) in more.fees.iter_mut().zip(&*standing) {
            fee.amount -= stands.amount();
        }
        let mut needs = to_take(&more)?;
        needs.retain(|(_, need)| need.is_positive());
        if needs.is_empty() && !more.gives_back() {
            due.terms.iter().for_each(|terms| life.counters.set(&terms.counter.0, terms.counter.1));
        } else {
            let past_due = self.past_due(life, due).filter(|_| !needs.is_empty());
            if let Some((asset, reason)) = past_due {
                let (needed, available) = (net(&needs, asset), life.available(asset, now));
                return Ok(Settled::Uncovered(DenialFact { event: seq, asset, needed, available, reason }));
            }
            let has_overage = |index: usize| standing[index].overage.is_some();
            if (0..standing.len()).any(has_overage) && self.overages(life, &more, &needs, now)?.any(has_overage) {
                return Ok(Settled::Afresh);
            }
            let mut own = Facts::default();
            let status = self.take_all(life, &mut more, needs, now, seq, &mut own)?;
            if let (true, Some(denial)) = (status != Status::Charged, own.denials.pop()) {
                if !may_owe {
                    return Ok(Settled::Uncovered(denial));
                }
                self.owe(life, &mut more, now, &mut own)?;
                settled = Settled::Owed(denial);
            }
            facts.append(own);
        }
        for ((fee, more), stands) in due.fees.iter_mut().zip(more.fees).zip(standing) {
            stands.join(fee, more);
        }
        Ok(settled)
    }
}

/// Who has paid for a draw by now: what was owed and is repaid would be given back to the lots that repaid it.
fn payers(draw: &Draw, repaid: &[Repayment]) -> SmallVec<[Draw; 1]> {
    let mut rest = draw.amount;
    let mut all = SmallVec::new();
    for own in repaid.iter().filter(|own| draw.lot.is_none() && own.amount.is_positive()) {
        rest -= own.amount;
        all.push(Draw { lot: Some(own.lot), amount: own.amount, ..*draw });
    }
    all.extend(Some(Draw { amount: rest, ..*draw }).filter(|draw| draw.amount.is_positive()));
    all
}

/// Notes that what stands of a fee may be given back; `paid` says who paid the part on its own account.
fn note_refundable(life: &mut Life, terms: &FeeTerms, paid: &[Draw], stands: &Standing) -> Result<(), Overflow> {
    let stack = life.refundable.entry(terms.counter.0).or_default();
    let own = paid.iter().map(|draw| draw.amount).sum();
    Shares::new(Part::own(own)).note(stack, terms.asset, paid)?;
    if let (Some(overage), Some((asset, _))) = (stands.overage, terms.overage) {
        Shares::new(overage.into()).note(stack, asset, &stands.instead)?;
    }
    Ok(())
}

/// Has an event that gave something back, and that was taken back, give it back to where it was taken again from.
fn give_back_first(life: &mut Life, old: &Old<'_>, due: &FeesDue) {
    for (fee, terms) in due.iter().filter(|(fee, terms)| terms.may_fall && fee.amount.is_negative()) {
        let is_same = |old: &FeeFact| {
            (old.subscription, old.price, old.row) == (fee.subscription, fee.price, fee.row) && old.amount.is_negative()
        };
        let Some(place) = old.fact.fees.iter().position(is_same) else { continue };
        let stack = life.refundable.entry(terms.counter.0).or_default();
        let mut first = Vec::new();
        for draw in &old.draws(place) {
            lift(stack, draw.lot, -draw.amount, &mut first);
        }
        stack.extend(first.into_iter().rev());
    }
}

/// Takes what was drawn from a lot out of the stack, up to `amount`, the latest first. A part of what stands for other units
/// stays where it is.
fn lift(stack: &mut Vec<Refundable>, lot: Option<LotId>, amount: Units, into: &mut Vec<Refundable>) {
    let mut rest = amount;
    for place in (0..stack.len()).rev() {
        let own = stack[place];
        let is_whole = own.amount <= rest;
        if own.lot != lot || !rest.is_positive() || !is_whole && own.units != own.amount {
            continue;
        }
        let part = own.amount.min(rest);
        rest -= part;
        if is_whole {
            into.push(stack.remove(place));
        } else {
            stack[place] = Refundable { units: own.units - part, amount: own.amount - part, ..own };
            into.push(Refundable { units: part, amount: part, ..own });
        }
    }
}
