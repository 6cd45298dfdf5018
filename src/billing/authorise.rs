//! Whether an account can cover what an event owes in its asset, and what it takes.

use super::engine::Engine;
use super::facts::{DenialReason, Facts, LotFact, TopupFact};
use super::failure::LifeError;
use super::life::{AutoPaidKey, AutoTopupRule, Life};
use super::stress::{Declined, Luck};
use crate::catalog::InsufficientFunds;
use crate::ids::{AssetId, EventNumber, LotId};
use crate::money::{ConvertError, Overflow, Units, Value};
use crate::time::{Instant, Unit};
use crate::wallet::{Account, Payments, Priority, Purpose, payments_to_cover, payments_to_reach};
use smallvec::smallvec;

/// How an account covers a fee.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Authorisation {
    /// From what it holds.
    Covered,
    /// After automatic payments.
    AfterPayments(Plan),
    /// By going below zero.
    Overdraft,
}

/// Automatic payments that are to be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    payment: Payment,
    /// How many of them.
    count: i64,
}

/// One payment of a rule, worked out for an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Payment {
    amount: Units,
    currency: AssetId,
    /// What it is worth in the reporting currency.
    value: Value,
    payments: Payments,
}

impl Payment {
    /// How many of `count` payments the account can hold.
    fn fitting(&self, life: &Life, asset: AssetId, count: i64) -> i64 {
        let room = life.accounts.get(asset).map_or(Units::MAX, Account::room);
        // One that buys nothing always fits.
        room.count().checked_div(self.payments.credited.count()).map_or(count, |most| most.min(count))
    }
}

impl Plan {
    /// How many payments it is.
    pub(super) fn count(self) -> i64 {
        self.count
    }

    /// As many of them, at most.
    pub(super) fn at_most(self, count: i64) -> Self {
        Self { count: self.count.min(count), ..self }
    }
}

impl Engine {
    /// Whether `need` can be taken from an account at `now`: from what it holds, else the automatic top-up rule, else the
    /// overdraft. A payment that would have been made and is declined is added to `declined`.
    ///
    /// # Errors
    /// Why not. Nothing has been changed either way.
    pub(super) fn authorise(
        &self,
        life: &Life,
        asset: AssetId,
        need: Units,
        now: Instant,
        declined: &mut Declined,
    ) -> Result<Authorisation, DenialReason> {
        if life.covers(asset, need, now) {
            return Ok(Authorisation::Covered);
        }
        let available = life.available(asset, now);
        let refused = match self.payment(life, asset, now) {
            Ok(None) => DenialReason::InsufficientFunds,
            Ok(Some(payment)) => match payments_to_cover(need, available, payment.payments) {
                Some(count) if payment.fitting(life, asset, count) < count => DenialReason::AutoTopupFull,
                Some(count) => match self.luck(life, asset) {
                    Luck::Paid => return Ok(Authorisation::AfterPayments(Plan { payment, count })),
                    Luck::Declined => {
                        if declined.iter().all(|(own, _)| *own != asset) {
                            declined.push((asset, count));
                        }
                        DenialReason::InsufficientFunds
                    }
                    Luck::Waits => DenialReason::InsufficientFunds,
                },
                None => DenialReason::AutoTopupLimit,
            },
            Err(reason) => reason,
        };
        if self.insufficient_funds == InsufficientFunds::Deny {
            return Err(refused);
        }
        // Without a limit it ends where the ledger does.
        let limit = self.asset(asset).overdraft_limit.unwrap_or(Units::MAX);
        let within = available.checked_sub(need).is_some_and(|after| after >= -limit);
        if within { Ok(Authorisation::Overdraft) } else { Err(DenialReason::OverdraftLimit) }
    }

    /// The payment that covers exactly what an account lacks. `None` when the asset is worth nothing: that becomes a deficit.
    pub(super) fn missing_payment(
        &self,
        life: &Life,
        asset: AssetId,
        need: Units,
        now: Instant,
    ) -> Result<Option<Plan>, LifeError> {
        let missing = need.checked_sub(life.available(asset, now));
        let missing = missing.ok_or(LifeError::Overflow(life.customer, Overflow))?;
        let value = self.list_value(missing, asset, now);
        let value = value.map_err(|error| LifeError::TooLarge(life.customer, error))?;
        let payment = Payment {
            amount: Units::from_count(value.count()),
            currency: self.reporting,
            value,
            payments: Payments { credited: missing, allowed: 1 },
        };
        Ok(value.is_positive().then_some(Plan { payment, count: 1 }))
    }

    /// What one payment of the account's rule would do now; `None` without a rule.
    fn payment(&self, life: &Life, asset: AssetId, now: Instant) -> Result<Option<Payment>, DenialReason> {
        let Some(&AutoTopupRule::On { amount, currency, limit, .. }) = self.rule(life, asset) else { return Ok(None) };
        let uncovered = |error| match error {
            ConvertError::TooLarge(_) => DenialReason::AutoTopupFull,
            ConvertError::NoRate { .. } | ConvertError::UnknownAsset { .. } => DenialReason::AutoTopupNoRate,
        };
        let credited = self.purchase((amount, currency), asset, now).map_err(uncovered)?;
        let value = self.value(amount, currency, now).map_err(uncovered)?;
        let paid = life.auto_paid.get(&paid_key(asset, currency, now)).copied().unwrap_or(Units::ZERO);
        // Without a limit a month's payments must still be countable. A limit that was lowered may have been passed.
        let left = (limit.unwrap_or(Units::MAX) - paid).max(Units::ZERO);
        let allowed = left.count() / amount.count();
        Ok(Some(Payment { amount, currency, value, payments: Payments { credited, allowed } }))
    }

    /// Makes automatic payments.
    pub(super) fn pay(
        &mut self,
        life: &mut Life,
        asset: AssetId,
        plan: Plan,
        now: Instant,
        event: Option<EventNumber>,
        facts: &mut Facts,
    ) -> Result<(), LifeError> {
        let Plan { payment, count } = plan;
        let mut paid = Units::ZERO;
        for _ in 0..count {
            let lot = self.paid_lot(life, asset, payment.payments.credited, payment.value, now);
            facts.topups.push(TopupFact {
                key: None,
                customer: life.customer,
                at: now,
                currency: payment.currency,
                paid: payment.amount,
                value: payment.value,
                lot: lot.id,
                event,
            });
            self.put(life, lot, facts)?;
            paid += payment.amount;
        }
        *life.auto_paid.entry(paid_key(asset, payment.currency, now)).or_default() += paid;
        self.note_paid(life, asset);
        Ok(())
    }

    /// Tops up by the rule if the balance is strictly below its threshold.
    pub(super) fn top_up_below_threshold(
        &mut self,
        life: &mut Life,
        asset: AssetId,
        now: Instant,
        event: Option<EventNumber>,
        facts: &mut Facts,
    ) -> Result<(), LifeError> {
        let Some(&AutoTopupRule::On { threshold, .. }) = self.rule(life, asset) else { return Ok(()) };
        if life.accounts.get(asset).is_some_and(|account| account.covers(threshold, now)) {
            return Ok(());
        }
        let Some(Plan { payment, .. }) = self.rule_plan(life, asset, now) else { return Ok(()) };
        let count = payments_to_reach(threshold, life.available(asset, now), payment.payments);
        let count = payment.fitting(life, asset, count);
        // Without a payment nothing is repaid either: a lot that begins after the customer's clock repays when it begins.
        if count > 0 {
            match self.luck(life, asset) {
                Luck::Paid => self.pay(life, asset, Plan { payment, count }, now, event, facts)?,
                Luck::Declined => self.note_declined(life, &smallvec![(asset, count)], now),
                Luck::Waits => {}
            }
        }
        Ok(())
    }

    /// All payments that the account's rule allows now, and that it can hold; none where it has no rule, or one without a rate,
    /// which buys nothing.
    pub(super) fn rule_plan(&self, life: &Life, asset: AssetId, now: Instant) -> Option<Plan> {
        let payment = self.payment(life, asset, now).ok().flatten()?;
        Some(Plan { payment, count: payment.fitting(life, asset, payment.payments.allowed) })
    }

    /// A bought lot, effective from `at`, which lives as long as its asset says.
    pub(super) fn paid_lot(
        &mut self,
        life: &Life,
        asset: AssetId,
        amount: Units,
        basis: Value,
        at: Instant,
    ) -> LotFact {
        let expires_at = self.asset(asset).expires_after.map(|life| life.after(at));
        LotFact {
            id: self.next_lot(),
            customer: life.customer,
            asset,
            purpose: Purpose::Paid,
            priority: Priority::DEFAULT,
            granted_at: at,
            effective_at: at,
            expires_at,
            amount,
            basis,
            granted_by: None,
        }
    }

    pub(super) fn next_lot(&mut self) -> LotId {
        self.numbers.lot.take_next()
    }
}

fn paid_key(asset: AssetId, currency: AssetId, now: Instant) -> AutoPaidKey {
    AutoPaidKey { asset, currency, month: now.start_of(Unit::Month) }
}
