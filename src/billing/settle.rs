//! Settling what an event owed with what it owes: as much of the old draws stands as goes into the new fees.

use super::charge::{FeeTerms, FeesDue, Needs};
use super::engine::Engine;
use super::facts::{EventFact, Facts, FeeFact, OverageFact, Status};
use super::failure::LifeError;
use super::life::Life;
use super::void::VoidError;
use crate::catalog::Overage;
use crate::ids::{AssetId, EventNumber};
use crate::money::{Decimal, Overflow, Units, Value, decimal_of, round_product};
use crate::wallet::{Draw, Repayment};
use smallvec::SmallVec;

/// An event as it was recorded.
pub(super) struct Old<'o> {
    pub fact: &'o EventFact,
    /// What takes it back; none where that has happened, so that nothing of it stands.
    pub undone: Option<&'o mut EventFact>,
}

/// One of its fees, and as much of it as stands.
struct Standing<'f> {
    fee: &'f FeeFact,
    asset: AssetId,
    overage: Option<(AssetId, Decimal)>,
    may_fall: bool,
    /// Which new fee it goes into.
    into: Option<usize>,
    /// How much of each draw stands, and what it has earned.
    draws: SmallVec<[(Units, Value); 1]>,
    /// The overage that stands.
    instead: OverageFact,
}

const NOTHING: OverageFact = OverageFact { units: Units::ZERO, amount: Units::ZERO };

impl Standing<'_> {
    /// What its own account paid of it.
    fn own(&self) -> Units {
        self.fee.amount - self.fee.overage.map_or(Units::ZERO, |overage| overage.units)
    }

    /// How many of its draws, the first ones, are of its own account.
    fn own_draws(&self) -> usize {
        let mut rest = self.own();
        let is_own = |draw: &&Draw| {
            let is_own = rest.is_positive();
            rest -= draw.amount;
            is_own
        };
        self.fee.draws.iter().take_while(is_own).count()
    }

    /// As much of the draws in `range` stands as `amount`, the first ones.
    fn keep(&mut self, range: std::ops::Range<usize>, mut amount: Units) {
        for place in range {
            let draw = &self.fee.draws[place];
            let stands = amount.min(draw.amount);
            self.draws[place] = (stands, draw.earned);
            amount -= stands;
        }
    }

    /// What stands of the fee.
    fn amount(&self) -> Units {
        self.draws[..self.own_draws()].iter().map(|(stands, _)| *stands).sum::<Units>() + self.instead.units
    }
}

impl Engine {
    /// Takes what an event owes now. `false` when what is more than what stands can't be covered.
    pub(super) fn settle_with_old(
        &mut self,
        life: &mut Life,
        mut old: Old<'_>,
        due: &mut FeesDue,
        seq: EventNumber,
        repayments: &mut [Repayment],
        facts: &mut Facts,
    ) -> Result<bool, VoidError> {
        let now = life.clock;
        for keeps_overages in [true, false] {
            let before = (life.clone(), repayments.to_vec(), old.undone.as_deref().cloned());
            let mut own = Facts::default();
            let mut standing = self.standing(life, &old)?;
            for (index, (fee, terms)) in due.iter().enumerate() {
                self.stand(&mut standing, index, fee, terms, keeps_overages)?;
            }
            self.return_rest(life, &mut standing, old.undone.as_deref_mut(), repayments, &mut own)?;
            let mut more = due.clone();
            for stands in &standing {
                if let Some(into) = stands.into {
                    more.fees[into].amount -= stands.amount();
                }
            }
            let needs = positive(&more)?;
            if self.take_fees(life, &mut more, needs, now, seq, &mut own)? != Status::Charged {
                return Ok(false);
            }
            let mixes = |old: &Standing<'_>| {
                old.instead.units.is_positive() && old.into.is_some_and(|into| more.fees[into].overage.is_some())
            };
            if standing.iter().any(mixes) {
                // An overage is rounded as a whole.
                let (life_before, repaid, undone) = before;
                *life = life_before;
                repayments.clone_from_slice(&repaid);
                if let (Some(own), Some(undone)) = (old.undone.as_deref_mut(), undone) {
                    *own = undone;
                }
                continue;
            }
            facts.append(own);
            for (index, (fee, more)) in due.fees.iter_mut().zip(more.fees).enumerate() {
                join(fee, more, standing.iter().find(|stands| stands.into == Some(index)));
            }
            return Ok(true);
        }
        Ok(false)
    }

    /// The fees that were taken, of which nothing stands yet.
    fn standing<'f>(&self, life: &Life, old: &Old<'f>) -> Result<Vec<Standing<'f>>, LifeError> {
        if old.undone.is_none() || old.fact.status != Status::Charged {
            return Ok(Vec::new());
        }
        let one = |fee: &'f FeeFact| {
            let place = self.place(life, fee, old.fact.occurred_at)?;
            let rate = |overage: &Overage| Some((self.asset_id(&overage.asset)?, overage.rate));
            Ok(Standing {
                fee,
                asset: place.asset,
                overage: place.usage.overage.as_ref().and_then(rate),
                may_fall: place.usage.pricing_model.may_fall(),
                into: None,
                draws: fee.draws.iter().map(|_| (Units::ZERO, Value::ZERO)).collect(),
                instead: NOTHING,
            })
        };
        old.fact.fees.iter().map(one).collect()
    }

    /// Lets an old fee stand for a new one as far as it goes: that of the same price, else one in the same asset.
    fn stand(
        &self,
        standing: &mut [Standing<'_>],
        index: usize,
        fee: &FeeFact,
        terms: &FeeTerms,
        keeps_overages: bool,
    ) -> Result<(), VoidError> {
        if terms.may_fall {
            return Ok(());
        }
        let is_free = |old: &Standing<'_>| old.into.is_none() && !old.may_fall && old.asset == terms.asset;
        let is_same = |old: &Standing<'_>| (old.fee.subscription, old.fee.price) == (fee.subscription, fee.price);
        let place = standing.iter().position(|old| is_free(old) && is_same(old));
        let Some(place) = place.or_else(|| standing.iter().position(is_free)) else { return Ok(()) };
        let old = &mut standing[place];
        old.into = Some(index);
        let (own, count) = (old.own(), old.own_draws());
        old.keep(0..count, own.min(fee.amount));
        let rest = fee.amount - own.min(fee.amount);
        let overage = old.fee.overage.filter(|_| keeps_overages && old.overage == terms.overage && rest.is_positive());
        if let (Some(overage), Some((other, rate))) = (overage, terms.overage) {
            let units = rest.min(overage.units);
            let (from, to) = (self.asset(terms.asset), self.asset(other));
            let amount = match units == overage.units {
                true => overage.amount,
                false => {
                    let factors = [decimal_of(units, from.precision), rate];
                    Units::from_count(round_product(&factors, &[], to.precision, to.rounding)?)
                }
            };
            old.instead = OverageFact { units, amount };
            old.keep(count..old.draws.len(), amount);
        }
        Ok(())
    }

    /// Returns what does not stand, the latest first.
    fn return_rest(
        &self,
        life: &mut Life,
        standing: &mut [Standing<'_>],
        undone: Option<&mut EventFact>,
        repayments: &mut [Repayment],
        facts: &mut Facts,
    ) -> Result<(), VoidError> {
        let Some(undone) = undone else { return Ok(()) };
        for (old, undone) in standing.iter_mut().zip(&mut undone.fees).rev().filter(|(old, _)| !old.may_fall) {
            for place in (0..old.draws.len()).rev() {
                let draw = old.fee.draws[place];
                let (stands, earned) = old.draws[place];
                let rest = Draw { amount: draw.amount - stands, ..draw };
                if rest.amount.is_zero() {
                    continue;
                }
                let returned = self.return_draw(life, old.asset, &rest, repayments, facts)?;
                if stands.is_zero() {
                    undone.draws[place] = returned;
                } else {
                    // What takes the draw back says the whole of it.
                    old.draws[place].1 = earned + returned.earned;
                }
            }
        }
        Ok(())
    }
}

/// What fees that owe something come to in each asset.
fn positive(due: &FeesDue) -> Result<Needs, Overflow> {
    let mut needs = Needs::new();
    for (fee, terms) in due.iter().filter(|(fee, _)| fee.amount.is_positive()) {
        match needs.iter_mut().find(|(asset, _)| *asset == terms.asset) {
            Some((_, need)) => *need = need.checked_add(fee.amount).ok_or(Overflow)?,
            None => needs.push((terms.asset, fee.amount)),
        }
    }
    Ok(needs)
}

/// What stands and what was taken on top of it make the fee.
fn join(fee: &mut FeeFact, more: FeeFact, stands: Option<&Standing<'_>>) {
    let Some(stands) = stands else {
        (fee.overage, fee.draws) = (more.overage, more.draws);
        return;
    };
    let kept = |range: std::ops::Range<usize>| {
        let old = stands.fee.draws[range.clone()].iter().zip(&stands.draws[range]);
        old.filter(|(_, (amount, _))| amount.is_positive())
            .map(|(draw, (amount, earned))| Draw { amount: *amount, earned: *earned, ..*draw })
            .collect::<Vec<_>>()
    };
    let count = stands.own_draws();
    let own_of_more = more.amount - more.overage.map_or(Units::ZERO, |overage| overage.units);
    let mut rest = own_of_more;
    let (mut own, mut instead) = (kept(0..count), kept(count..stands.draws.len()));
    for draw in more.draws {
        if rest.is_positive() {
            own.push(draw)
        } else {
            instead.push(draw)
        }
        rest -= draw.amount;
    }
    own.append(&mut instead);
    fee.draws = own.into();
    fee.overage = more.overage.or_else(|| Some(stands.instead).filter(|instead| instead.units.is_positive()));
}
