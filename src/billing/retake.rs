//! Taking again what was returned (docs/decisions.md, "Taking things back"): what its lots have left of it, what they have lost
//! at their ends, and what they have paid back with it as it returned, which is owed again.

use super::engine::Engine;
use super::facts::Facts;
use super::life::Life;
use super::undone::{Past, VoidError};
use crate::catalog::InsufficientFunds;
use crate::ids::{AssetId, EventNumber, LotId};
use crate::money::{Overflow, Units, Value};
use crate::wallet::{Draw, Expired, Repayment};
use smallvec::SmallVec;

impl Engine {
    /// Takes up to `amount` from the lot that a draw was returned to, by the record `back` if by one that was stored.
    pub(super) fn draw_returned(
        &self,
        life: &mut Life,
        draw: &Draw,
        amount: Units,
        (back, past): (Option<EventNumber>, &mut Past),
        facts: &mut Facts,
    ) -> Result<Option<Draw>, VoidError> {
        let amount = amount.min(self.returnable(life, draw.lot, back, past)?);
        let Some(lot) = draw.lot.filter(|_| amount.is_positive()) else { return Ok(None) };
        let asset = life.asset_of(lot)?;
        let left = life.accounts.of(asset).left(lot);
        let missing = amount - left.min(amount);
        let lost = missing.min(past.lost.get(&lot).map_or(Units::ZERO, |lost| lost.amount));
        if lost.is_positive() {
            self.find_lost(life, (asset, lot), lost, past, facts)?;
        }
        if missing > lost {
            self.owe_paid_back(life, (asset, lot), missing - lost, (back, past), facts)?;
        }
        let again = life.accounts.of(asset).draw_again(Some(lot), amount).ok_or(VoidError::Spent)?;
        Ok(Some(Draw { decided_by: draw.decided_by, ..again }))
    }

    /// How much of a returned draw can be taken again.
    pub(super) fn returnable(
        &self,
        life: &Life,
        lot: Option<LotId>,
        back: Option<EventNumber>,
        past: &Past,
    ) -> Result<Units, VoidError> {
        let Some(lot) = lot else { return Ok(Units::ZERO) };
        let asset = life.asset_of(lot)?;
        let Some(account) = life.accounts.get(asset) else { return Ok(Units::ZERO) };
        let lost = past.lost.get(&lot).map_or(Units::ZERO, |lost| lost.amount);
        let paid_back: Units = past.repayments.iter().filter(|own| is_of(own, lot, back)).map(|own| own.amount).sum();
        // No more may be owed for it than the account may owe.
        let room = self.may_owe(asset) - account.deficit();
        Ok(account.left(lot) + lost + paid_back.min(room.max(Units::ZERO)))
    }

    /// Puts back into a lot what it has lost.
    fn find_lost(
        &self,
        life: &mut Life,
        (asset, lot): (AssetId, LotId),
        lost: Units,
        past: &mut Past,
        facts: &mut Facts,
    ) -> Result<(), VoidError> {
        let found = life.accounts.of(asset).give_back(Some(lot), lost, &self.order).ok_or(VoidError::Spent)?;
        let dated = past.lost.get(&lot).map_or(life.clock, |lost| lost.dated);
        let found = Expired { lot, at: life.clock, dated, amount: found.amount, breakage: found.earned };
        past.lose(&found)?;
        facts.expiries.push(found);
        Ok(())
    }

    /// Owes again what a lot has paid back with what `back` returned to it, which comes back to the lot.
    fn owe_paid_back(
        &self,
        life: &mut Life,
        (asset, lot): (AssetId, LotId),
        amount: Units,
        (back, past): (Option<EventNumber>, &mut Past),
        facts: &mut Facts,
    ) -> Result<(), VoidError> {
        let (now, mut rest) = (life.clock, amount);
        for own in past.repayments.iter_mut().rev().filter(|own| is_of(own, lot, back)) {
            let part = rest.min(own.amount);
            if !part.is_positive() {
                continue;
            }
            let earned = life.accounts.of(asset).owe_again(lot, part, &self.order).ok_or(VoidError::Spent)?;
            if let Some(charge) = own.charge {
                life.owe_charge_again(asset, charge, part, earned);
            }
            facts.repayments.push(Repayment { at: now, amount: -part, earned: -earned, ..*own });
            past.unpaid.push(Repayment { amount: part, earned, ..*own });
            (own.amount, rest) = (own.amount - part, rest - part);
        }
        past.repayments.retain(|own| own.amount.is_positive());
        if rest.is_zero() { Ok(()) } else { Err(VoidError::Spent) }
    }

    /// Owes up to `amount` again. What lots repaid once they repay again, as far as they can; those that got it back last go
    /// first.
    pub(super) fn owe_repaid(
        &self,
        life: &mut Life,
        (asset, draw): (AssetId, &Draw),
        amount: Units,
        (back, past): (Option<EventNumber>, &mut Past),
        facts: &mut Facts,
    ) -> Result<Option<Draw>, VoidError> {
        let mut rest = amount;
        for place in (0..past.unpaid.len()).rev() {
            let repaid = past.unpaid[place];
            // What was paid with what `back` returned was not taken back by it, and charges are no usage.
            let is_other = Some(repaid.after) == back || repaid.charge.is_some();
            if !rest.is_positive() || is_other || life.asset_of(repaid.lot)? != asset {
                continue;
            }
            let part = Draw { lot: Some(repaid.lot), ..*draw };
            let most = rest.min(repaid.amount);
            let Some(taken) = self.draw_returned(life, &part, most, (back, past), facts)? else { continue };
            let again = Repayment { at: life.clock, amount: taken.amount, earned: taken.earned, ..repaid };
            facts.repayments.push(again);
            past.repayments.push(again);
            past.unpaid[place].amount -= taken.amount;
            rest -= taken.amount;
        }
        let owed = amount - rest + self.owe_unpaid(life, asset, rest)?;
        let owed = Draw { lot: None, amount: owed, earned: Value::ZERO, ..*draw };
        Ok(Some(owed).filter(|owed| owed.amount.is_positive()))
    }

    /// Owes again what was owed and never repaid: up to `amount`, as far as the account may owe. Otherwise an overage would pay
    /// what it never paid. Credit that has come since repays it at the end.
    fn owe_unpaid(&self, life: &mut Life, asset: AssetId, amount: Units) -> Result<Units, VoidError> {
        let account = life.accounts.of(asset);
        let owed = amount.min(self.may_owe(asset) - account.deficit());
        if !owed.is_positive() {
            return Ok(Units::ZERO);
        }
        Ok(account.draw_again(None, owed).ok_or(Overflow)?.amount)
    }

    /// Takes again what a fee in `own` gave back: from the lot it went to, and then from anything the account has. If that is
    /// not enough, the rest is owed until other events of the selection are taken back: see [`Engine::owed`].
    pub(super) fn draw_again(
        &self,
        life: &mut Life,
        own: AssetId,
        asset: AssetId,
        given: &Draw,
        past: &mut Past,
        facts: &mut Facts,
    ) -> Result<SmallVec<[Draw; 1]>, VoidError> {
        let now = life.clock;
        let mut again: SmallVec<[Draw; 1]> = SmallVec::new();
        again.extend(self.draw_returned(life, given, -given.amount, (None, past), facts)?);
        let rest = -given.amount - again.iter().map(|draw| draw.amount).sum::<Units>();
        let account = life.accounts.of(asset);
        // An overage is never owed.
        if rest.is_positive() && asset != own && !account.covers(rest, now) {
            return Err(VoidError::Spent);
        }
        if rest.is_positive() {
            again.extend(account.draw(rest, now, &self.order));
        }
        Ok(again)
    }

    /// The most that an account may owe.
    pub(super) fn may_owe(&self, asset: AssetId) -> Units {
        match self.insufficient_funds {
            InsufficientFunds::Deny => Units::ZERO,
            InsufficientFunds::Overdraft => self.asset(asset).overdraft_limit.unwrap_or(Units::MAX),
        }
    }
}

/// Whether a repayment was made by a lot with what a record returned to it.
fn is_of(repaid: &Repayment, lot: LotId, back: Option<EventNumber>) -> bool {
    repaid.lot == lot && Some(repaid.after) == back
}
