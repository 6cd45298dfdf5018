//! Refunds (docs/decisions.md, "Taking things back"): of a top-up what its lot has left, of a payment for fixed charges what
//! is not earned yet, or the amount that is named.

use super::engine::Engine;
use super::facts::{ChargeFact, Facts, PaymentFact, RefundFact, RefundOf, RefundPart, TopupFact};
use super::failure::{Broken, LifeError};
use super::flow::{Flow, Held, Moved};
use super::life::Life;
use super::unearned::Unearned;
use crate::catalog::Collection;
use crate::ids::{AssetId, ChargeId, FixedPriceIndex, PaymentId, SubscriptionId, VersionId};
use crate::money::{Amount, Overflow, Rounding, Total, Units, Value, minor_step};
use crate::time::Instant;
use crate::wallet::Taken;
use thiserror::Error;

/// A refund to be made.
#[derive(Debug, Clone)]
pub struct NewRefund {
    /// The id that the caller gave, by which it is recorded once.
    pub key: String,
    /// When the money goes back.
    pub at: Instant,
    /// How much, in units of the payment's currency; `None` for all that a top-up's lot has left, or all that is not earned
    /// yet.
    pub amount: Option<Units>,
}

/// The payment that is refunded.
#[derive(Debug, Clone, Copy)]
pub enum Refunding<'a> {
    /// A top-up. Its lot must be in the life, even with nothing left.
    Topup(&'a TopupFact),
    /// A payment for fixed charges.
    Charges(&'a PaymentFact),
}

/// The part of a customer's past that a refund depends on.
#[derive(Debug, Clone, Default)]
pub struct RefundHistory {
    /// All charges, in their order, with what they drew.
    pub charges: Vec<ChargeFact>,
    /// All refunds, in their order.
    pub refunds: Vec<RefundFact>,
}

/// How much of a payment can go back, in units of its currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RefundRest {
    /// What was paid.
    pub paid: Units,
    /// What went back before.
    pub refunded: Units,
    /// This payment's share of what changes of terms credited to the wallet and no later charge has taken since.
    pub credited: Units,
    /// The most that can go back.
    pub most: Units,
    /// How much goes back if no amount is named.
    pub unnamed: Units,
}

/// Why a payment can't be refunded.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RefundError {
    /// It was not paid yet.
    #[error("it is paid at {0}, so nothing can go back before")]
    TooEarly(Instant),
    /// More decimals than the currency's minor unit, or nothing.
    #[error("money goes back in steps of {0}")]
    NotPayable(Amount),
    /// More than can go back; `None` when all of it should.
    #[error("that is more than can go back")]
    TooMuch(RefundRest),
    /// The customer's life can't go on.
    #[error(transparent)]
    Life(#[from] LifeError),
    /// An amount left its range.
    #[error(transparent)]
    Overflow(#[from] Overflow),
}

impl From<Broken> for RefundError {
    fn from(broken: Broken) -> Self {
        Self::Life(broken.into())
    }
}

/// What tells charges apart: the line, its version, the price, and the end of the period.
type Period = (SubscriptionId, VersionId, FixedPriceIndex, Instant);

impl Engine {
    /// Refunds a payment at `new.at`, or at the life's clock if that is later. The refund is the last of `facts.refunds`. What
    /// it takes from the wallet starts no automatic payment.
    ///
    /// # Errors
    /// See [`RefundError`]; nothing has changed except that time may have moved on.
    pub fn refund(
        &mut self,
        life: &mut Life,
        payment: Refunding<'_>,
        new: NewRefund,
        mut history: RefundHistory,
        facts: &mut Facts,
    ) -> Result<(), RefundError> {
        let (paid_at, currency, value) = payment.terms();
        if new.at < paid_at {
            return Err(RefundError::TooEarly(paid_at));
        }
        self.advance(life, new.at, facts)?;
        let at = life.clock;
        history.charges.extend(facts.charges.iter().cloned());
        let rest = self.refund_rest(life, payment, &history)?;
        let amount = self.payable(new.amount.unwrap_or(rest.unnamed), currency, &rest)?;
        let value = share(value, rest.refunded, amount, rest.paid)?;
        let of = match payment {
            Refunding::Topup(topup) => RefundOf::Topup(take(life, topup, new.amount)?),
            Refunding::Charges(payment) => {
                let split = self.split(life, payment, &history, at)?.parts(amount, value)?;
                life.refunded.extend(split.iter().filter(|part| part.to > at));
                RefundOf::Charges(payment.id, split)
            }
        };
        // A lot may be worth a fraction less than its share, which was rounded down before.
        let value = if let RefundOf::Topup(taken) = &of { value.min(taken.basis) } else { value };
        let (id, next_charge) = (self.numbers.refund.take_next(), self.numbers.charge);
        facts.refunds.push(RefundFact {
            id,
            key: new.key,
            customer: life.customer,
            at,
            currency,
            amount,
            named: new.amount,
            value,
            of,
            next_charge,
        });
        self.refresh_due(life);
        Ok(())
    }

    /// An amount that can go back: above zero, in the currency's minor units, and no more than there is.
    fn payable(&self, amount: Units, currency: AssetId, rest: &RefundRest) -> Result<Units, RefundError> {
        let step = self.step(currency);
        if amount > rest.most || (amount.is_zero() && rest.unnamed.is_zero()) {
            return Err(RefundError::TooMuch(*rest));
        }
        if !amount.is_positive() || !amount.is_multiple_of(step) {
            return Err(RefundError::NotPayable(self.asset(currency).amount(step)));
        }
        Ok(amount)
    }

    fn step(&self, currency: AssetId) -> Units {
        let currency = self.asset(currency);
        minor_step(currency.precision, currency.payment_digits())
    }

    /// How much of a payment can go back, as of the life's clock.
    fn refund_rest(
        &self,
        life: &Life,
        payment: Refunding<'_>,
        history: &RefundHistory,
    ) -> Result<RefundRest, RefundError> {
        let refunded = refunded(payment, &history.refunds)?;
        match payment {
            Refunding::Topup(topup) => {
                let (_, lot) = life.accounts.find(topup.lot).ok_or(Broken::Lot(topup.lot))?;
                let worth = topup.paid.portion(lot.left, lot.amount, Rounding::Down)?;
                let most = worth.in_whole_steps(self.step(topup.currency));
                Ok(RefundRest { paid: topup.paid, refunded, credited: Units::ZERO, most, unnamed: most })
            }
            Refunding::Charges(payment) => {
                let split = self.split(life, payment, history, life.clock)?;
                let step = self.step(payment.currency);
                let credited = Units::try_from(split.in_wallet)?;
                let most = (Total::from(payment.paid) - refunded - credited).max(Total::ZERO);
                let unearned = split.unearned()?.min(most);
                // Usage may have left a fraction of a credit, which a charge took with another's.
                let whole = |amount: Total<Units>| Units::try_from(amount).map(|a| a.in_whole_steps(step));
                let (most, unnamed) = (whole(most)?, whole(unearned)?);
                Ok(RefundRest { paid: payment.paid, refunded, credited, most, unnamed })
            }
        }
    }

    /// What a payment brought, as it stands at `at`.
    fn split<'h>(
        &self,
        life: &Life,
        payment: &PaymentFact,
        history: &'h RefundHistory,
        at: Instant,
    ) -> Result<Split<'h>, RefundError> {
        let mut charges = Vec::new();
        for charge in &history.charges {
            charges.push((charge, self.period(life, charge)?));
        }
        let same = charges.iter().filter(|(charge, _)| charge.asset == payment.currency);
        let moved = same.map(|&(charge, period)| {
            let by_payment = self.is_collected_by_payment(life, charge);
            Moved { charge, period, line: period.0, by_payment }
        });
        let flow = Flow::of(moved, &history.refunds, self.step(payment.currency))?;
        let held = flow.held(payment.id, at)?;
        if held.is_empty() {
            return Err(Broken::Payment(payment.customer).into());
        }
        let parts = history.refunds.iter().flat_map(RefundFact::parts).copied().collect();
        Ok(Split { at, charges, held, in_wallet: flow.in_wallet(payment.id), parts })
    }

    /// What a refund takes from each charge, computed again for `verify`.
    ///
    /// # Errors
    /// As [`Engine::refund`].
    pub fn refund_parts(
        &self,
        life: &Life,
        payment: &PaymentFact,
        refund: &RefundFact,
        history: &RefundHistory,
    ) -> Result<Vec<RefundPart>, RefundError> {
        self.split(life, payment, history, refund.at)?.parts(refund.amount, refund.value)
    }

    fn period(&self, life: &Life, charge: &ChargeFact) -> Result<Period, Broken> {
        let own = life.subscriptions.iter().find(|own| own.id == charge.subscription);
        let own = own.ok_or(Broken::Charge(charge.id))?;
        Ok((own.origin, own.version, charge.price, charge.to))
    }

    fn is_collected_by_payment(&self, life: &Life, charge: &ChargeFact) -> bool {
        let own = life.subscriptions.iter().find(|own| own.id == charge.subscription);
        let price = own.and_then(|own| self.version(own.version).fixed_prices.get(charge.price.place()));
        price.is_some_and(|(_, price)| price.collection == Collection::Payment)
    }
}

impl Refunding<'_> {
    /// When it was paid, in which currency, and what it is worth.
    fn terms(self) -> (Instant, AssetId, Value) {
        match self {
            Self::Topup(topup) => (topup.at, topup.currency, topup.value),
            Self::Charges(payment) => (payment.at, payment.currency, payment.value),
        }
    }

    /// Whether a refund is of this payment.
    pub fn has(self, refund: &RefundFact) -> bool {
        match (self, &refund.of) {
            (Self::Topup(topup), RefundOf::Topup(taken)) => topup.lot == taken.lot,
            (Self::Charges(payment), RefundOf::Charges(of, _)) => payment.id == *of,
            _ => false,
        }
    }
}

impl RefundFact {
    /// What it takes from charges; nothing of a top-up.
    pub fn parts(&self) -> &[RefundPart] {
        match &self.of {
            RefundOf::Topup(_) => &[],
            RefundOf::Charges(_, parts) => parts,
        }
    }

    /// The payment for charges that it is of.
    pub fn payment(&self) -> Option<PaymentId> {
        if let RefundOf::Charges(payment, _) = self.of { Some(payment) } else { None }
    }
}

/// How much of a payment went back before.
fn refunded(payment: Refunding<'_>, refunds: &[RefundFact]) -> Result<Units, Overflow> {
    let own = refunds.iter().filter(|refund| payment.has(refund));
    Units::checked_sum(own.map(|refund| refund.amount)).ok_or(Overflow)
}

/// What `amount` of a payment is worth after `before` of it went back. Rounded on the running sum, so that the whole payment
/// is worth what was paid.
fn share(value: Value, before: Units, amount: Units, paid: Units) -> Result<Value, Overflow> {
    let until = |amount: Units| value.portion(amount, paid, Rounding::Down);
    Ok(until(before.checked_add(amount).ok_or(Overflow)?)? - until(before)?)
}

/// Takes the refunded credit from a top-up's lot: all that is left without an amount, else its share, rounded up, so that
/// nobody gets money back and keeps the credit.
fn take(life: &mut Life, topup: &TopupFact, amount: Option<Units>) -> Result<Taken, RefundError> {
    let (asset, lot) = life.accounts.find(topup.lot).ok_or(Broken::Lot(topup.lot))?;
    let units = amount.map_or(Ok(lot.left), |amount| lot.amount.portion(amount, topup.paid, Rounding::Up))?;
    let drawn = life.accounts.of(asset).draw_again(Some(topup.lot), units).ok_or(Broken::Lot(topup.lot))?;
    Ok(Taken { lot: topup.lot, amount: drawn.amount, basis: drawn.earned })
}

/// The money of a payment at an instant, among all charges of the customer.
struct Split<'h> {
    at: Instant,
    charges: Vec<(&'h ChargeFact, Period)>,
    /// Its money in charges, its own and those that took over what changes of terms credited.
    held: Vec<Held>,
    in_wallet: Total<Units>,
    /// What went back before, for all charges.
    parts: Vec<RefundPart>,
}

impl Split<'_> {
    /// What a charge still earns of the payment's money, less what was credited or refunded.
    fn unearned_of(&self, held: &Held) -> Result<Unearned, RefundError> {
        let (charge, period) = self.charge(held)?;
        let same = self.charges.iter().filter(|(_, other)| *other == period).map(|(charge, _)| *charge);
        let is_same = |part: &&RefundPart| same.clone().any(|charge| charge.id == part.charge);
        let all = Unearned::of(same.clone(), self.parts.iter().filter(is_same), self.at)?;
        let refunded = self.parts.iter().filter(|part| part.charge == charge.id);
        let own = Unearned::of(std::iter::once(charge), refunded, self.at)?;
        let left = Unearned { amount: own.amount.min(all.amount), value: own.value.min(all.value) };
        Ok(left.part(held.unearned)?)
    }

    fn charge(&self, held: &Held) -> Result<(&ChargeFact, Period), Broken> {
        self.charges.iter().find(|(charge, _)| charge.id == held.charge).copied().ok_or(Broken::Charge(held.charge))
    }

    /// The money of the payment that charges still earn.
    fn unearned(mut self) -> Result<Total<Units>, RefundError> {
        let known = self.parts.len();
        self.take_unearned(None)?;
        Ok(Units::total(self.parts[known..].iter().map(|part| part.amount)))
    }

    /// Takes money from the charges: first from what is not earned yet, then from what was earned.
    fn parts(mut self, amount: Units, value: Value) -> Result<Vec<RefundPart>, RefundError> {
        let known = self.parts.len();
        let mut open = Unearned { amount: amount.into(), value: value.into() };
        self.take_unearned(Some(&mut open))?;
        for held in self.held.clone() {
            let charge = self.charge(&held)?.0;
            let all = Unearned { amount: charge.amount.into(), value: charge.value.into() };
            let taken = self.parts[known..].iter().filter(|part| part.charge == held.charge);
            let rest = held.amount - Units::total(taken.map(|part| part.amount));
            self.take(held.charge, all.part(rest)?, &mut open, self.at)?;
        }
        let (first, everything) = (self.held[0].charge, open);
        self.take(first, everything, &mut open, self.at)?;
        Ok(self.parts.split_off(known))
    }

    /// Takes what the charges still earn, up to what is `open`, or all of it. One after the other: the charges of one period
    /// share what it earns, so each has what those before it left.
    fn take_unearned(&mut self, mut open: Option<&mut Unearned>) -> Result<(), RefundError> {
        for held in self.held.clone() {
            let (mut left, to) = (self.unearned_of(&held)?, self.charge(&held)?.0.to);
            let all = left;
            self.take(held.charge, all, open.as_deref_mut().unwrap_or(&mut left), to)?;
        }
        Ok(())
    }

    /// Takes what a charge has, up to what is still `open`.
    fn take(&mut self, charge: ChargeId, left: Unearned, open: &mut Unearned, to: Instant) -> Result<(), Overflow> {
        let (amount, value) = left.at_most(*open)?;
        (open.amount, open.value) = (open.amount - amount, open.value - value);
        if amount.is_positive() || value.is_positive() {
            self.parts.push(RefundPart { charge, from: self.at, to, amount, value });
        }
        Ok(())
    }
}
