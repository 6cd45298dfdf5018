//! Settling an old fee with a new one: old draws stay up to the new fee, and only the difference moves.

use super::charge::{FeeTerms, FeesDue};
use super::engine::Engine;
use super::facts::{DenialFact, EventFact, Facts, FeeFact, OverageFact, Status};
use super::failure::LifeError;
use super::life::{Life, Refundable};
use super::take::{net, push_refundable, to_take};
use super::undone::{Past, UndoneFee};
use super::void::VoidError;
use crate::catalog::Overage;
use crate::ids::{AssetId, EventNumber};
use crate::money::{Decimal, Units, decimal_of, round_product};
use crate::wallet::Draw;
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

/// A fee of the old record.
struct OldFee<'f> {
    fee: &'f FeeFact,
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
        self.fee.draws.iter().take_while(is_own).count()
    }

    /// Keeps the first draws in `range`, up to `amount`.
    fn keep(&mut self, range: std::ops::Range<usize>, mut amount: Units) {
        for place in range {
            let stands = amount.min(self.fee.draws[place].amount);
            self.stands[place] = stands;
            amount -= stands;
        }
    }
}

impl Engine {
    /// Keeps the draws of old fees for new ones, as far as they go. The rest is returned, latest first. Fees that had been
    /// returned, by the record `back` if that is stored, are taken again, up to what stays.
    pub(super) fn let_stand(
        &self,
        life: &mut Life,
        (old, undone): (&EventFact, Option<&mut [UndoneFee]>),
        due: &FeesDue,
        (which, keeps_overages): (Which, bool),
        (back, past): (Option<EventNumber>, &mut Past),
        facts: &mut Facts,
    ) -> Result<SmallVec<[Standing; 1]>, VoidError> {
        let mut standing: SmallVec<[Standing; 1]> = smallvec![Standing::default(); due.fees.len()];
        if old.status != Status::Charged {
            return Ok(standing);
        }
        let mut olds = self.old_fees(life, old)?;
        for (index, (fee, terms)) in due.iter().enumerate() {
            self.pair(&mut olds, index, fee, terms, keeps_overages)?;
        }
        let mut undone = undone.filter(|_| which == Which::Steady);
        let meant = |(_, old): &(usize, &OldFee<'_>)| old.may_fall == (which == Which::Falling);
        for (place, old) in olds.iter().enumerate().rev().filter(meant) {
            let stands = match &mut undone {
                Some(undone) => self.return_rest(life, old, &mut undone[place], past, facts)?,
                None => self.take_again(life, old, due, (back, past), facts)?,
            };
            if let Some(into) = old.into {
                standing[into] = stands;
            }
        }
        Ok(standing)
    }

    /// The fees that were taken, before anything of them is kept.
    fn old_fees<'f>(&self, life: &Life, old: &'f EventFact) -> Result<SmallVec<[OldFee<'f>; 1]>, LifeError> {
        let one = |fee: &'f FeeFact| {
            let place = self.place(life, fee, old.occurred_at)?;
            let rate = |overage: &Overage| Some((self.asset_id(&overage.asset)?, overage.rate));
            Ok(OldFee {
                fee,
                asset: place.asset,
                overage: place.usage.overage.as_ref().and_then(rate),
                may_fall: place.usage.pricing_model.may_fall(),
                into: None,
                stands: smallvec![Units::ZERO; fee.draws.len()],
                instead: None,
            })
        };
        old.fees.iter().map(one).collect()
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
        let stands = keeps_overages && !terms.may_fall && old.overage == terms.overage && rest.is_positive();
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
        let mut kept = old.fee.draws.clone();
        for (place, &stands) in old.stands.iter().enumerate().rev() {
            let draw = old.fee.draws[place];
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
        let mut stands = Standing::default();
        let count = old.own_draws();
        for (draw, &amount) in old.fee.draws[..count].iter().zip(&old.stands) {
            stands.own.extend(match draw.lot {
                Some(_) => self.draw_returned(life, draw, amount, (back, past), facts)?,
                None => self.owe_repaid(life, (old.asset, draw), amount, (back, past), facts)?,
            });
        }
        if let Some(terms) = old.into.map(|into| &due.terms[into]).filter(|terms| terms.may_fall) {
            let stack = life.refundable.entry(terms.counter.0).or_default();
            for Draw { lot, amount, .. } in &stands.own {
                push_refundable(stack, Refundable { units: *amount, asset: terms.asset, lot: *lot, amount: *amount });
            }
        }
        // An overage is rounded as a whole, so it stays whole or not at all.
        let instead = || old.fee.draws[count..].iter().zip(&old.stands[count..]);
        let is_there = |(draw, amount): (&Draw, &Units)| Ok(self.returnable(life, draw.lot, back, past)? >= *amount);
        let all: Vec<bool> = instead().map(is_there).collect::<Result<_, VoidError>>()?;
        if let Some(overage) = old.instead.filter(|_| all.into_iter().all(|is_there| is_there)) {
            stands.overage = Some(overage);
            for (draw, &amount) in instead() {
                stands.instead.extend(self.draw_returned(life, draw, amount, (back, past), facts)?);
            }
        }
        Ok(stands)
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
