//! Taking a recorded event back (docs/decisions.md, "Taking things back").
//!
//! What takes an event back is an event itself, with the other sign: whatever adds events up is right by adding it too. Its
//! draws return to the lots that they came from, the latest first, and quantities so far fall by what the event counted.
//! Later events keep what they were charged. What automatic payments brought in stays in the wallet.

use super::carry::Counted;
use super::charge::BillError;
use super::counters::CounterKey;
use super::engine::Engine;
use super::facts::{EventFact, Facts, FeeFact, Status};
use super::failure::{Broken, LifeError};
use super::life::{Life, Refundable, Subscription};
use super::take::push_refundable;
use super::{tier_period, version::Version};
use crate::catalog::UsagePrice;
use crate::ids::{AssetId, LotId};
use crate::money::{Overflow, Rounding, Units};
use crate::rating::{Quantity, Rater};
use crate::time::Instant;
use crate::wallet::{Draw, Expired, Lot, Repayment};
use thiserror::Error;

/// A recorded event that is to be taken back.
#[derive(Debug)]
pub struct Voidable<'a> {
    /// What became of it. It takes no other event back, and none takes it back.
    pub fact: &'a EventFact,
    /// What each of its fees counted.
    pub quantities: &'a [Quantity],
    /// What lots of the customer have paid back of overdrafts, in all assets, and still stands: the oldest first.
    pub repayments: &'a mut Vec<Repayment>,
}

/// Why an event can't be taken back.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum VoidError {
    /// A later event made it cheaper.
    #[error("a later event has given back a part of what it took; take that one back first")]
    GivenBack,
    /// It made earlier events cheaper, and what it gave back is gone.
    #[error("what it gave back has been used since")]
    Spent,
    /// A quantity or an amount left its range.
    #[error(transparent)]
    Overflow(#[from] Overflow),
    /// It can't be billed again.
    #[error(transparent)]
    Bill(#[from] BillError),
    /// The customer's life can't go on.
    #[error(transparent)]
    Life(#[from] LifeError),
}

impl From<Broken> for VoidError {
    fn from(broken: Broken) -> Self {
        Self::Life(broken.into())
    }
}

/// Where a fee belongs.
pub(super) struct Place<'e> {
    counted: Counted,
    /// The counter that the fee is counted under.
    pub key: CounterKey,
    pub asset: AssetId,
    pub usage: &'e UsagePrice,
}

impl Engine {
    /// Takes an event back at the instant that the life has come to. What does so is the last of `facts.events`. The lots
    /// that the event drew on must be in the life, also those that have nothing left.
    ///
    /// # Errors
    /// See [`VoidError`]; nothing has changed.
    pub fn void(&mut self, life: &mut Life, voidable: &mut Voidable<'_>, facts: &mut Facts) -> Result<(), VoidError> {
        let (before, numbers, repayments) = (life.clone(), self.numbers, voidable.repayments.clone());
        let mut own = Facts::default();
        let done = self.take_back_event(life, voidable, &mut own);
        match done {
            Ok(()) => facts.append(own),
            Err(_) => (*life, self.numbers, *voidable.repayments) = (before, numbers, repayments),
        }
        done
    }

    fn take_back_event(
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
                self.return_draws(life, &place, (fee, undone), voidable.repayments, facts)?;
            }
            self.expire_returned(life, facts);
        }
        undone.seq = self.numbers.event.take_next();
        undone.voids = Some(fact.seq);
        undone.posted_at = Some(now).filter(|now| *now > fact.occurred_at);
        undone.previous = std::mem::replace(&mut life.last_event, undone.seq);
        facts.events.push(undone);
        for asset in life.accounts.assets() {
            self.repay(life, asset, facts);
        }
        Ok(self.use_credit(life, facts)?)
    }

    /// Where a fee of an event at `at` belongs.
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

    /// Takes what a fee counted out of its quantity so far. Returns that quantity as it was before.
    pub(super) fn uncount(
        &self,
        life: &mut Life,
        place: &Place<'_>,
        fee: &FeeFact,
        quantity: &Quantity,
    ) -> Result<Quantity, VoidError> {
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

    /// Returns a fee's draws, the latest first. What an event gave back is taken again.
    pub(super) fn return_draws(
        &self,
        life: &mut Life,
        place: &Place<'_>,
        (fee, undone): (&FeeFact, &mut FeeFact),
        repayments: &mut [Repayment],
        facts: &mut Facts,
    ) -> Result<(), VoidError> {
        let may_fall = place.usage.pricing_model.may_fall();
        let units = units_of_draws(fee)?;
        for ((draw, undone), units) in fee.draws.iter().zip(&mut undone.draws).zip(units).rev() {
            let asset = draw.lot.map_or(Ok(place.asset), |lot| asset_of(life, lot))?;
            if draw.amount.is_negative() {
                let again = life.accounts.of(asset).draw_again(draw.lot, -draw.amount);
                *undone = again.ok_or(VoidError::Spent)?;
                if may_fall {
                    refund_again(life, place, (fee, undone), asset)?;
                }
                continue;
            }
            if may_fall {
                forget_refundable(life, place, asset, draw, units)?;
            }
            *undone = self.return_draw(life, place.asset, draw, repayments, facts)?;
        }
        Ok(())
    }

    /// Returns a draw of a fee in `own` to where it came from.
    pub(super) fn return_draw(
        &self,
        life: &mut Life,
        own: AssetId,
        draw: &Draw,
        repayments: &mut [Repayment],
        facts: &mut Facts,
    ) -> Result<Draw, VoidError> {
        let asset = draw.lot.map_or(Ok(own), |lot| asset_of(life, lot))?;
        if draw.lot.is_none() {
            self.undo_repayments(life, asset, draw.amount, repayments, facts)?;
        }
        let given = life.accounts.of(asset).give_back(draw.lot, draw.amount, &self.order);
        given.ok_or(VoidError::GivenBack)
    }

    /// Takes back as many repayments, the latest first, as it needs for an account to owe `amount`.
    fn undo_repayments(
        &self,
        life: &mut Life,
        asset: AssetId,
        amount: Units,
        repayments: &mut [Repayment],
        facts: &mut Facts,
    ) -> Result<(), Broken> {
        let now = life.clock;
        for repaid in repayments.iter_mut().rev() {
            let account = life.accounts.of(asset);
            let missing = amount - account.deficit();
            if !missing.is_positive() {
                break;
            }
            if !account.all().any(|lot| lot.id == repaid.lot) {
                // In another asset.
                continue;
            }
            let back = missing.min(repaid.amount);
            if back.is_positive() {
                let earned = account.owe_again(repaid.lot, back, &self.order).ok_or(Broken::Lot(repaid.lot))?;
                let undone = Repayment { at: now, amount: -back, earned: -earned, ..*repaid };
                facts.repayments.push(undone);
                repaid.amount -= back;
            }
        }
        Ok(())
    }

    /// What came back to lots that are over is lost again, as of their ends.
    pub(super) fn expire_returned(&self, life: &mut Life, facts: &mut Facts) {
        let mut lost = Facts::default();
        self.expire(life, &mut lost);
        let dated = |expired: Expired| {
            let lot = life.accounts.iter().flat_map(|(_, account)| account.all()).find(|lot| lot.id == expired.lot);
            Expired { dated: lot.map_or(expired.at, |lot| end_of(life, lot).min(expired.at)), ..expired }
        };
        facts.expiries.extend(lost.expiries.into_iter().map(dated));
    }
}

/// When a lot is over: by itself, or with the terms that granted it.
fn end_of(life: &Life, lot: &Lot) -> Instant {
    let terms = lot.granted_by.map_or(Instant::MAX, |granted| life.end_of(granted));
    lot.expires_at.unwrap_or(Instant::MAX).min(terms)
}

/// The account that a lot is in.
fn asset_of(life: &Life, lot: LotId) -> Result<AssetId, Broken> {
    let mut accounts = life.accounts.iter();
    let own = accounts.find(|(_, account)| account.all().any(|own| own.id == lot));
    own.map(|(asset, _)| asset).ok_or(Broken::Lot(lot))
}

/// What returns of a fee may not be given back once more: `units` of it, which a draw stands for.
fn forget_refundable(
    life: &mut Life,
    place: &Place<'_>,
    asset: AssetId,
    draw: &Draw,
    mut units: Units,
) -> Result<(), VoidError> {
    let stack = life.refundable.entry(place.key).or_default();
    let mut rest = draw.amount;
    // What an overdraft took stands under the lot that has repaid it since.
    for own in stack.iter_mut().rev().filter(|own| own.asset == asset && (draw.lot.is_none() || own.lot == draw.lot)) {
        let (amount, part) = (rest.min(own.amount), units.min(own.units));
        (own.amount, own.units) = (own.amount - amount, own.units - part);
        (rest, units) = (rest - amount, units - part);
        if rest.is_zero() {
            break;
        }
    }
    // Fractions of a unit stand with what was drawn before them, maybe from another lot.
    for own in stack.iter_mut().rev().filter(|own| own.asset == asset) {
        let part = units.min(own.units);
        (own.units, units) = (own.units - part, units - part);
    }
    stack.retain(|own| own.units.is_positive() || own.amount.is_positive());
    if rest.is_positive() || units.is_positive() { Err(VoidError::GivenBack) } else { Ok(()) }
}

/// What each draw of a fee stands for, in units of the fee: as they were noted when they were made.
fn units_of_draws(fee: &FeeFact) -> Result<Vec<Units>, Overflow> {
    let overage = fee.overage.filter(|overage| overage.amount.is_positive());
    let own = fee.amount - fee.overage.map_or(Units::ZERO, |overage| overage.units);
    let (mut rest, mut drawn, mut paid) = (own, Units::ZERO, Units::ZERO);
    let mut all = Vec::with_capacity(fee.draws.len());
    for draw in &fee.draws {
        if rest.is_positive() {
            rest -= draw.amount;
            all.push(draw.amount);
            continue;
        }
        let Some(overage) = overage else {
            all.push(draw.amount);
            continue;
        };
        drawn += draw.amount;
        let so_far = overage.units.portion(drawn, overage.amount, Rounding::Up)?;
        all.push(so_far - paid);
        paid = so_far;
    }
    Ok(all)
}

/// What is taken again may be given back again.
fn refund_again(
    life: &mut Life,
    place: &Place<'_>,
    (fee, again): (&FeeFact, &Draw),
    asset: AssetId,
) -> Result<(), VoidError> {
    let overage = fee.overage.filter(|_| asset != place.asset);
    let units = match overage {
        None => again.amount,
        Some(overage) => overage.units.portion(again.amount, -overage.amount, Rounding::Up)?,
    };
    let units = if units.is_negative() { -units } else { units };
    let stack = life.refundable.entry(place.key).or_default();
    push_refundable(stack, Refundable { units, asset, lot: again.lot, amount: again.amount });
    Ok(())
}
