//! Taking a recorded event back (docs/decisions.md, "Taking things back").
//!
//! An event is taken back by another event with the opposite sign, so every sum of events stays right. Its draws return to
//! the lots they came from, latest first, and its quantities no longer count. Later events keep what they were charged, and
//! automatic payments stay in the wallet.

use super::carry::Counted;
use super::counters::CounterKey;
use super::engine::Engine;
use super::facts::{EventFact, Facts, FeeFact, Status};
use super::failure::{Broken, LifeError};
use super::life::{Life, Refundable, Subscription};
use super::take::{Part, Shares};
use super::tier_period;
use super::undone::{Past, VoidError};
use super::version::Version;
use crate::catalog::UsagePrice;
use crate::ids::{AssetId, LotId};
use crate::money::{Overflow, Units};
use crate::rating::{Quantity, Rater};
use crate::time::Instant;
use crate::wallet::{Draw, Expired, Lot, Repayment};
use smallvec::SmallVec;

/// A recorded event that is to be taken back.
#[derive(Debug)]
pub struct Voidable<'a> {
    /// What became of it. It is not itself a void, and it was not voided.
    pub fact: &'a EventFact,
    /// What each of its fees counted.
    pub quantities: &'a [Quantity],
    /// What the customer's lots have repaid and lost.
    pub past: &'a mut Past,
}

/// The counter of a fee, with its price.
pub(super) struct Place<'e> {
    pub counted: Counted,
    /// The counter that the fee is counted under.
    pub key: CounterKey,
    pub asset: AssetId,
    pub usage: &'e UsagePrice,
}

impl Engine {
    /// Takes an event back, as of the life's clock. The event that takes it back becomes the last of `facts.events`. All lots
    /// that the event drew on must be in the life, even those with nothing left.
    ///
    /// # Errors
    /// See [`VoidError`]; nothing has changed.
    pub fn void(&mut self, life: &mut Life, voidable: &mut Voidable<'_>, facts: &mut Facts) -> Result<(), VoidError> {
        let (before, numbers, past) = (life.clone(), self.numbers, voidable.past.clone());
        let mut own = Facts::default();
        let done = self.try_void(life, voidable, &mut own);
        match done {
            Ok(()) => facts.append(own),
            Err(_) => (*life, self.numbers, *voidable.past) = (before, numbers, past),
        }
        done
    }

    /// The same, without a copy of the life: for many events in a row.
    ///
    /// # Errors
    /// See [`VoidError`]. Life, facts, past and numbers are of no use then.
    pub fn try_void(
        &mut self,
        life: &mut Life,
        voidable: &mut Voidable<'_>,
        facts: &mut Facts,
    ) -> Result<(), VoidError> {
        let now = life.clock;
        self.advance(life, now, facts)?;
        let fact = voidable.fact;
        let mut undone = fact.mirrored();
        if fact.status == Status::Charged {
            let fees = fact.fees.iter().zip(&mut undone.fees).zip(voidable.quantities);
            for ((fee, undone), quantity) in fees.rev() {
                let place = self.place(life, fee, fact.occurred_at)?;
                undone.before = self.uncount(life, &place, fee, quantity)?;
                self.return_draws(life, &place, (fee, undone), voidable.past, facts)?;
            }
            self.expire_returned(life, voidable.past, facts)?;
        }
        undone.seq = self.numbers.event.take_next();
        undone.voids = Some(fact.seq);
        undone.posted_at = Some(now).filter(|now| *now > fact.occurred_at);
        undone.previous = std::mem::replace(&mut life.last_event, undone.seq);
        facts.events.push(undone);
        self.use_returned(life, facts)
    }

    /// What came back repays what is owed, and is used like any credit.
    pub(super) fn use_returned(&mut self, life: &mut Life, facts: &mut Facts) -> Result<(), VoidError> {
        for asset in life.accounts.assets() {
            self.repay(life, asset, facts);
        }
        // The sum of an account must stay countable, or no balance could be shown.
        let full = life.accounts.iter().find(|(_, account)| !account.has_room(Units::ZERO));
        if let Some((asset, _)) = full {
            return Err(VoidError::Full(self.asset(asset).limit()));
        }
        Ok(self.use_credit(life, facts)?)
    }

    /// The counter of a fee of an event at `at`.
    pub(super) fn place(&self, life: &Life, fee: &FeeFact, at: Instant) -> Result<Place<'_>, LifeError> {
        let own: Option<&Subscription> = life.subscriptions.iter().find(|own| own.id == fee.subscription);
        let own = own.ok_or(Broken::Counter(fee.subscription))?;
        let version: &Version = self.version(own.version);
        let (asset, price) = version.prices.get(fee.price.place()).ok_or(Broken::Counter(own.id))?;
        let usage = &price.usage;
        let period = tier_period(usage.tier_period, version.cycle, own.anchor, at);
        let counted = self.counted(life, own, (fee.price, fee.row), period)?;
        Ok(Place { key: counted.own, counted, asset: *asset, usage })
    }

    /// Takes the fee's quantity out of its counter, if one is kept. Returns the counter's quantity from before that.
    pub(super) fn uncount(
        &self,
        life: &mut Life,
        place: &Place<'_>,
        fee: &FeeFact,
        quantity: &Quantity,
    ) -> Result<Quantity, VoidError> {
        if !place.key.is_kept() {
            return Ok(Quantity::default());
        }
        let rater = Rater::new(place.usage, fee.row, self.asset(place.asset));
        let rater = rater.ok_or(Broken::Counter(place.key.subscription))?;
        let counter = place.counted.counter(life, &rater)?;
        let rated = rater.uncharge(&counter, quantity, fee.amount)?;
        if rated.charged.is_negative() {
            return Err(VoidError::GivenBack);
        }
        let after = place.counted.after(life, rated, |own| own.minus(quantity))?;
        life.counters.set(&place.key, after);
        Ok(counter.quantity)
    }

    /// Returns a fee's draws, latest first. What an event gave back is taken again.
    pub(super) fn return_draws(
        &self,
        life: &mut Life,
        place: &Place<'_>,
        (fee, undone): (&FeeFact, &mut FeeFact),
        past: &mut Past,
        facts: &mut Facts,
    ) -> Result<(), VoidError> {
        let units = units_of_draws(fee)?;
        // What an overage had given back, and what is taken again of it, is shared out as a whole.
        let given = fee.overage.filter(|overage| overage.amount.is_negative());
        let mut overage = given.map(|given| Shares::new(given.mirrored().into()));
        let mut returned: SmallVec<[Draw; 1]> = SmallVec::new();
        for (draw, units) in fee.draws.iter().zip(units).rev() {
            let asset = draw.lot.map_or(Ok(place.asset), |lot| life.asset_of(lot))?;
            if draw.amount.is_negative() {
                let again = self.draw_again(life, place.asset, asset, draw, past, facts)?;
                let stack = life.refundable.entry(place.key).or_default();
                let mut own = Shares::new(Part::own(again.iter().map(|draw| draw.amount).sum()));
                overage.as_mut().filter(|_| asset != place.asset).unwrap_or(&mut own).note(stack, asset, &again)?;
                returned.extend(again.into_iter().rev());
            } else if place.usage.may_fall() {
                for (lot, amount) in forget_refundable(life, place, asset, draw, units)? {
                    let part = Draw { lot, amount, ..*draw };
                    returned.push(self.return_draw(life, place.asset, &part, past, facts)?);
                }
            } else {
                returned.push(self.return_draw(life, place.asset, draw, past, facts)?);
            }
        }
        returned.reverse();
        undone.draws = returned;
        Ok(())
    }

    /// What each account owes.
    pub fn owed(&self, life: &Life) -> Vec<(AssetId, Units)> {
        life.accounts.iter().map(|(asset, account)| (asset, account.deficit())).collect()
    }

    /// Whether an account owes more than it did, and more than it may.
    pub fn owes_too_much(&self, life: &Life, before: &[(AssetId, Units)]) -> bool {
        let owed_before = |asset| before.iter().find(|(own, _)| *own == asset).map_or(Units::ZERO, |(_, owed)| *owed);
        self.owed(life).into_iter().any(|(asset, owed)| owed > owed_before(asset).max(self.may_owe(asset)))
    }

    /// Returns a draw of a fee in `own` to where it came from.
    pub(super) fn return_draw(
        &self,
        life: &mut Life,
        own: AssetId,
        draw: &Draw,
        past: &mut Past,
        facts: &mut Facts,
    ) -> Result<Draw, VoidError> {
        let asset = draw.lot.map_or(Ok(own), |lot| life.asset_of(lot))?;
        if draw.lot.is_none() {
            self.undo_repayments(life, asset, draw.amount, past, facts)?;
        }
        let given = life.accounts.of(asset).give_back(draw.lot, draw.amount, &self.order);
        given.ok_or(VoidError::GivenBack)
    }

    /// Takes back repayments, latest first, until the account owes `amount` on top of what it owes for fees that may be given
    /// back.
    fn undo_repayments(
        &self,
        life: &mut Life,
        asset: AssetId,
        amount: Units,
        past: &mut Past,
        facts: &mut Facts,
    ) -> Result<(), Broken> {
        let now = life.clock;
        let owed = life.refundable.values().flatten().filter(|own| own.asset == asset && own.lot.is_none());
        let owed: Units = owed.map(|own| own.amount).sum();
        for repaid in past.repayments.iter_mut().rev() {
            let is_other = repaid.charge.is_some() || life.asset_of(repaid.lot)? != asset;
            let owed_for_charges = life.owed_for_charges(asset);
            let account = life.accounts.of(asset);
            let missing = amount + owed + owed_for_charges - account.deficit();
            if !missing.is_positive() {
                break;
            }
            if is_other {
                continue;
            }
            let back = missing.min(repaid.amount);
            if back.is_positive() {
                let earned = account.owe_again(repaid.lot, back, &self.order).ok_or(Broken::Lot(repaid.lot))?;
                let undone = Repayment { at: now, amount: -back, earned: -earned, ..*repaid };
                facts.repayments.push(undone);
                repaid.amount -= back;
                past.unpaid.push(Repayment { amount: back, earned, ..*repaid });
            }
        }
        Ok(())
    }

    /// Expires what came back to lots that have ended, as of their ends.
    pub(super) fn expire_returned(&self, life: &mut Life, past: &mut Past, facts: &mut Facts) -> Result<(), VoidError> {
        let mut lost = Facts::default();
        self.expire(life, &mut lost);
        for expired in lost.expiries {
            let (_, lot) = life.accounts.find(expired.lot).ok_or(Broken::Lot(expired.lot))?;
            let dated = end_of(life, lot).min(expired.at);
            let expired = Expired { dated, ..expired };
            past.lose(&expired)?;
            facts.expiries.push(expired);
        }
        Ok(())
    }
}

/// When a lot ends: by itself, or with the terms that granted it.
fn end_of(life: &Life, lot: &Lot) -> Instant {
    let terms = lot.granted_by.map_or(Instant::MAX, |granted| life.end_of(granted));
    lot.expires_at.unwrap_or(Instant::MAX).min(terms)
}

/// How much returns to which lot; without a lot, how much is no longer owed.
type Parts = SmallVec<[(Option<LotId>, Units); 1]>;

/// Lowers what may still be given back of a fee by the `units` that return for one of its draws, and says which lots they
/// return to: the draw's own lot, unless it has got them back already, and then those that were drawn on instead.
fn forget_refundable(
    life: &mut Life,
    place: &Place<'_>,
    asset: AssetId,
    draw: &Draw,
    mut units: Units,
) -> Result<Parts, VoidError> {
    let stack = life.refundable.entry(place.key).or_default();
    let mut rest = draw.amount;
    let mut parts = Parts::new();
    for is_first in [true, false] {
        // An overdraft is noted under the lot that has repaid it since.
        let is_own = |own: &&mut Refundable| !is_first || draw.lot.is_none() || own.lot == draw.lot;
        for own in stack.iter_mut().rev().filter(|own| own.asset == asset).filter(is_own) {
            let (amount, part) = (rest.min(own.amount), units.min(own.units));
            (own.amount, own.units) = (own.amount - amount, own.units - part);
            (rest, units) = (rest - amount, units - part);
            let lot = draw.lot.and(own.lot);
            match parts.last_mut().filter(|(before, _)| *before == lot) {
                Some((_, sum)) => *sum += amount,
                None => parts.push((lot, amount)),
            }
        }
    }
    stack.retain(|own| own.units.is_positive() || own.amount.is_positive());
    parts.retain(|(_, amount)| amount.is_positive());
    if rest.is_positive() || units.is_positive() { Err(VoidError::GivenBack) } else { Ok(parts) }
}

/// The part of the fee that each of its draws paid, in units of the fee, as noted when it was drawn.
fn units_of_draws(fee: &FeeFact) -> Result<Vec<Units>, Overflow> {
    let overage = fee.overage.filter(|overage| overage.amount.is_positive());
    let mut rest = fee.amount - fee.overage.map_or(Units::ZERO, |overage| overage.units);
    let mut shares = overage.map(|overage| Shares::new(overage.into()));
    let one = |draw: &Draw| {
        let is_own = rest.is_positive();
        rest -= draw.amount;
        shares.as_mut().filter(|_| !is_own).map_or(Ok(draw.amount), |shares| shares.next(draw))
    };
    fee.draws.iter().map(one).collect()
}
