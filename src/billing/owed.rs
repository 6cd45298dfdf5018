//! Fixed charges that the wallet paid by overdraft: what of them is still owed, and what those that were repaid are worth
//! (docs/decisions.md, "Revenue").

use super::collect::share;
use super::facts::ChargeFact;
use super::life::{Life, OwedCharge};
use crate::ids::{AssetId, ChargeId};
use crate::money::{Units, Value};
use crate::wallet::Repayment;
use smallvec::SmallVec;

impl Life {
    /// Notes what of a new charge the wallet owes.
    pub(super) fn owe_charge(&mut self, charge: &ChargeFact) {
        let amount: Units = charge.draws.iter().filter(|draw| draw.lot.is_none()).map(|draw| draw.amount).sum();
        if amount.is_positive() {
            let (charge, asset) = (charge.id, charge.asset);
            self.owed_charges.push(OwedCharge { charge, asset, amount, earned: Value::ZERO });
        }
    }

    /// Forgets the charges that are repaid and over.
    pub(super) fn forget_repaid(&mut self) {
        let charges = &self.charges;
        self.owed_charges.retain(|own| own.amount.is_positive() || charges.iter().any(|c| c.id == own.charge));
    }

    /// What an account owes for fixed charges.
    pub(super) fn owed_for_charges(&self, asset: AssetId) -> Units {
        self.owed_charges.iter().filter(|own| own.asset == asset).map(|own| own.amount).sum()
    }

    /// What lots that repaid a charge had cost, which it earns beside its own value.
    pub(super) fn repaid_of(&self, charge: ChargeId) -> Value {
        self.owed_charges.iter().find(|own| own.charge == charge).map_or(Value::ZERO, |own| own.earned)
    }

    /// Divides a repayment: fixed charges are repaid first, the oldest before others, and then usage.
    pub(super) fn divide(&mut self, asset: AssetId, repaid: Repayment) -> SmallVec<[Repayment; 1]> {
        let (mut parts, mut rest) = (SmallVec::new(), repaid);
        for own in self.owed_charges.iter_mut().filter(|own| own.asset == asset && own.amount.is_positive()) {
            let amount = rest.amount.min(own.amount);
            if !amount.is_positive() {
                break;
            }
            let earned = share(rest.earned, amount, rest.amount);
            parts.push(Repayment { charge: Some(own.charge), amount, earned, ..rest });
            (own.amount, own.earned) = (own.amount - amount, own.earned + earned);
            (rest.amount, rest.earned) = (rest.amount - amount, rest.earned - earned);
        }
        if rest.amount.is_positive() {
            parts.push(rest);
        }
        parts
    }

    /// Owes again what was repaid of a charge.
    pub(super) fn owe_charge_again(&mut self, asset: AssetId, charge: ChargeId, amount: Units, earned: Value) {
        let place = self.owed_charges.partition_point(|own| own.charge < charge);
        match self.owed_charges.get_mut(place).filter(|own| own.charge == charge) {
            Some(own) => (own.amount, own.earned) = (own.amount + amount, own.earned - earned),
            // It is over, so that nothing will be credited of it.
            None => self.owed_charges.insert(place, OwedCharge { charge, asset, amount, earned: Value::ZERO }),
        }
    }
}
