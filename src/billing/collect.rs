//! How fixed charges are collected: by payment or from the wallet, all that are due together or none.

use super::authorise::{Authorisation, Plan};
use super::engine::Engine;
use super::facts::{ChargeFact, Facts, LapseFact, PaymentFact};
use super::failure::LifeError;
use super::life::{Life, Subscription};
use super::stress::Declined;
use crate::catalog::{Collection, FixedPrice};
use crate::ids::{AssetId, FixedPriceIndex, PaymentId};
use crate::money::{ConvertError, Overflow, Rounding, Units, Value, minor_step};
use crate::time::{Instant, Period};
use crate::wallet::{Draw, Lot};
use smallvec::SmallVec;

/// A fixed charge that is due, before it is collected.
#[derive(Debug, Clone, Copy)]
pub(super) struct Due {
    pub price: FixedPriceIndex,
    pub asset: AssetId,
    pub collection: Collection,
    pub amount: Units,
    /// The time that the charge pays for.
    pub service: Period,
}

/// What collecting took: the payment, or the draws, and what they are worth.
pub(super) struct Collected {
    pub payment: Option<PaymentId>,
    pub draws: SmallVec<[Draw; 1]>,
    pub value: Value,
}

impl Collected {
    /// Nothing was collected, but the charge earns `value` all the same.
    pub fn nothing(value: Value) -> Self {
        Self { payment: None, draws: SmallVec::new(), value }
    }
}

/// Why charges were not collected.
pub(super) enum Unpaid {
    /// The wallet can't pay. Nothing has changed.
    Short(Short),
    /// The wallet can't hold what is credited to it. Nothing has changed.
    Full(Short),
    /// The life can't go on.
    Failed(LifeError),
}

impl From<LifeError> for Unpaid {
    fn from(error: LifeError) -> Self {
        Self::Failed(error)
    }
}

/// What a wallet lacks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Short {
    pub asset: AssetId,
    pub needed: Units,
    pub available: Units,
}

impl Engine {
    /// Collects charges, all or none.
    pub(super) fn charge(
        &mut self,
        life: &mut Life,
        subscription: &Subscription,
        due: &[Due],
        at: Instant,
        now: Instant,
        facts: &mut Facts,
    ) -> Result<(), Unpaid> {
        let mut own: Vec<&Due> = due.iter().filter(|due| due.amount.is_positive()).collect();
        // What the wallet has been seen to hold goes first: a payment can make up for what it lacks.
        own.sort_by_key(|due| due.collection == Collection::Payment);
        let from_balance = own.iter().filter(|due| due.collection == Collection::Balance);
        let mut needs: SmallVec<[(AssetId, Units); 2]> = SmallVec::new();
        for due in from_balance {
            match needs.iter_mut().find(|(asset, _)| *asset == due.asset) {
                Some((_, need)) => {
                    let sum = need.checked_add(due.amount);
                    *need = sum.ok_or(LifeError::Overflow(life.customer, Overflow))?;
                }
                None => needs.push((due.asset, due.amount)),
            }
        }
        self.make_room(life, &needs, now, facts)?;
        let mut drawn: SmallVec<[AssetId; 2]> = needs.iter().map(|(asset, _)| *asset).collect();
        for due in own {
            let collected = match due.collection {
                Collection::Payment => self.collect_payment(life, due.asset, due.amount, at, facts)?,
                Collection::Balance => self.collect_balance(life, due.asset, due.amount, now)?,
            };
            if !collected.draws.is_empty() && !drawn.contains(&due.asset) {
                drawn.push(due.asset);
            }
            self.note_charge(life, subscription, due, at, collected, facts);
        }
        for asset in drawn {
            self.top_up_below_threshold(life, asset, now, None, facts)?;
        }
        Ok(())
    }

    /// Sees to it that every account can give what is needed: makes the automatic payments that it takes, if it can.
    pub(super) fn make_room(
        &mut self,
        life: &mut Life,
        needs: &[(AssetId, Units)],
        now: Instant,
        facts: &mut Facts,
    ) -> Result<(), Unpaid> {
        let mut payments: SmallVec<[(AssetId, Plan); 2]> = SmallVec::new();
        let mut declined = Declined::new();
        for &(asset, needed) in needs {
            let authorised = self.authorise(life, asset, needed, now, &mut declined);
            self.note_declined(life, &declined, now);
            declined.clear();
            match authorised {
                Ok(Authorisation::AfterPayments(plan)) => payments.push((asset, plan)),
                Ok(Authorisation::Overdraft) | Err(_) if self.pays_what_is_missing => {
                    payments.extend(self.missing_payment(life, asset, needed, now)?.map(|plan| (asset, plan)));
                }
                Ok(Authorisation::Covered | Authorisation::Overdraft) => {}
                Err(_) => {
                    let available = life.available(asset, now);
                    return Err(Unpaid::Short(Short { asset, needed, available }));
                }
            }
        }
        for (asset, plan) in payments {
            self.pay(life, asset, plan, now, None, facts)?;
        }
        Ok(())
    }

    /// Collects by payment what earlier credits of changes don't cover.
    pub(super) fn collect_payment(
        &mut self,
        life: &mut Life,
        asset: AssetId,
        amount: Units,
        at: Instant,
        facts: &mut Facts,
    ) -> Result<Collected, LifeError> {
        let draws = self.draw_credits(life, asset, amount);
        let drawn: Units = draws.iter().map(|draw| draw.amount).sum();
        let overflow = || LifeError::Overflow(life.customer, Overflow);
        let earned = Value::checked_sum(draws.iter().map(|draw| draw.earned)).ok_or_else(overflow)?;
        if drawn == amount {
            return Ok(Collected { payment: None, draws, value: earned });
        }
        let (payment, paid) = self.pay_charge(life, asset, amount - drawn, at, facts)?;
        let value = paid.checked_add(earned).ok_or_else(overflow)?;
        Ok(Collected { payment: Some(payment), draws, value })
    }

    /// Takes what changes of terms have credited, as much as leaves something that can be paid.
    fn draw_credits(&self, life: &mut Life, asset: AssetId, amount: Units) -> SmallVec<[Draw; 1]> {
        let (now, credits) = (life.clock, &life.credits);
        let is_credit = |lot: &Lot| credits.contains(&lot.id);
        let account = life.accounts.get_mut(asset).filter(|_| !credits.is_empty());
        let Some(account) = account else { return SmallVec::new() };
        let live = account.lots().iter().filter(|lot| lot.is_live(now) && is_credit(lot));
        let left: Units = live.map(|lot| lot.left).sum();
        let currency = self.asset(asset);
        let usable = left.min(amount).in_whole_steps(minor_step(currency.precision, currency.payment_digits()));
        account.draw_credit(usable, now, is_credit)
    }

    /// Records a payment. Returns it and what it is worth.
    fn pay_charge(
        &mut self,
        life: &Life,
        asset: AssetId,
        amount: Units,
        at: Instant,
        facts: &mut Facts,
    ) -> Result<(PaymentId, Value), LifeError> {
        let value = match self.value(amount, asset, at) {
            Ok(value) => value,
            // `check` refuses a payment in a currency without a rate; before the first rate it is worth nothing.
            Err(ConvertError::NoRate { .. } | ConvertError::UnknownAsset { .. }) => Value::ZERO,
            Err(ConvertError::TooLarge(error)) => return Err(LifeError::TooLarge(life.customer, error)),
        };
        let id = self.numbers.payment.take_next();
        let customer = life.customer;
        facts.payments.push(PaymentFact { id, customer, at, currency: asset, paid: amount, value });
        Ok((id, value))
    }

    /// Takes from the wallet, which has been seen to hold enough.
    pub(super) fn collect_balance(
        &self,
        life: &mut Life,
        asset: AssetId,
        amount: Units,
        now: Instant,
    ) -> Result<Collected, LifeError> {
        let draws = life.accounts.of(asset).draw(amount, now, &self.order);
        life.note_deficit(asset);
        let value = Value::checked_sum(draws.iter().map(|draw| draw.earned));
        let value = value.ok_or(LifeError::Overflow(life.customer, Overflow))?;
        Ok(Collected { payment: None, draws, value })
    }

    /// Records a charge.
    pub(super) fn note_charge(
        &mut self,
        life: &mut Life,
        subscription: &Subscription,
        due: &Due,
        at: Instant,
        collected: Collected,
        facts: &mut Facts,
    ) {
        let Collected { payment, draws, value } = collected;
        let charge = ChargeFact {
            id: self.numbers.charge.take_next(),
            customer: life.customer,
            subscription: subscription.id,
            price: due.price,
            at,
            from: due.service.from,
            to: due.service.to,
            asset: due.asset,
            amount: due.amount,
            value,
            payment,
            lot: None,
            draws,
        };
        life.charges.retain(|charge| charge.to > life.clock);
        life.refunded.retain(|part| part.to > life.clock);
        life.charges.push(charge.clone());
        life.forget_repaid();
        life.owe_charge(&charge);
        facts.charges.push(charge);
    }

    /// Notes that a subscription is past due from `at` on.
    pub(super) fn lapse(
        &mut self,
        life: &mut Life,
        subscription: &Subscription,
        short: Short,
        at: Instant,
        facts: &mut Facts,
    ) {
        let Short { asset, needed, available } = short;
        let id = self.numbers.lapse.take_next();
        let lapse =
            LapseFact { id, customer: life.customer, origin: subscription.origin, at, asset, needed, available };
        facts.lapses.push(lapse);
        life.past_due.push(lapse);
    }

    /// What a charge comes to for a part of its period: by exact time, in the currency's minor units, or the asset's
    /// smallest where the wallet pays.
    pub(super) fn prorated(&self, due: &Due, part: Period, whole: Period) -> Units {
        let asset = self.asset(due.asset);
        let step = match due.collection {
            Collection::Payment => minor_step(asset.precision, asset.payment_digits()),
            Collection::Balance => Units::from_count(1),
        };
        let length = |period: Period| period.to.micros() - period.from.micros();
        let part = due.amount.portion_in_steps(step, length(part), length(whole), asset.rounding);
        part.expect("a part is never more than the whole")
    }
}

/// A charge for all seats.
pub(super) fn due(
    subscription: &Subscription,
    price: FixedPriceIndex,
    asset: AssetId,
    fixed: &FixedPrice,
    service: Period,
) -> Due {
    let amount = fixed.total(subscription.quantity.number());
    let amount = amount.expect("terms are taken only when their amounts can be counted");
    Due { price, asset, collection: fixed.collection, amount, service }
}

/// Part of `value` that goes with `amount` out of `whole`, rounded down.
pub(super) fn share(value: Value, amount: Units, whole: Units) -> Value {
    value.portion(amount, whole, Rounding::Down).expect("a part is never more than the whole")
}
