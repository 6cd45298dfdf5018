//! Money and credit that come in (or are taken back) by hand.

use super::engine::Engine;
use super::facts::{AdjustmentFact, Facts, LotFact, Reason, TopupFact};
use super::failure::LifeError;
use super::life::{Life, has_room};
use crate::ids::AssetId;
use crate::money::{Amount, ConvertError, Limit, Total, Units, Value, minor_step};
use crate::time::Instant;
use crate::wallet::{Account, Priority, Purpose};
use thiserror::Error;

/// A payment to be made.
#[derive(Debug, Clone)]
pub struct NewTopup {
    /// The id that the caller gave, by which it is recorded once.
    pub key: String,
    /// When it is paid.
    pub at: Instant,
    /// The currency that is paid.
    pub currency: AssetId,
    /// How much, in units of that currency.
    pub paid: Units,
    /// The asset that is bought.
    pub target: AssetId,
}

/// A correction to be made.
#[derive(Debug, Clone)]
pub struct Adjustment {
    /// The id that the caller gave, by which it is recorded once.
    pub key: String,
    /// When it takes effect.
    pub at: Instant,
    /// The asset whose account is corrected.
    pub asset: AssetId,
    /// By how much, in units of the asset; not zero.
    pub amount: Units,
    /// What kind of correction it is.
    pub reason: Reason,
    /// When a granted lot expires.
    pub expires_at: Option<Instant>,
    /// The priority of a granted lot.
    pub priority: Option<Priority>,
}

/// An account that has no room for what should come in.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("with {more} {asset} more the account would hold {sum} {asset}, and the ledger can count {limit}")]
pub struct Full {
    /// What should come in.
    pub more: Amount,
    /// What there would be with it.
    pub sum: Amount,
    /// The asset's code.
    pub asset: String,
    /// The most that there can be.
    pub limit: Limit,
}

/// Why money could not come in.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum MoneyError {
    /// Nothing or less was paid.
    #[error("the amount must be more than zero")]
    NotPositive,
    /// More decimals than the currency's minor unit.
    #[error("{currency} is paid in steps of {step}")]
    NotPayable {
        /// The currency's code.
        currency: String,
        /// The smallest amount that can be paid, such as `0.01`.
        step: Amount,
    },
    /// The payment is less than one smallest unit of what it should buy.
    #[error("that is too little to buy any {0}")]
    BuysNothing(String),
    /// No rate leads to the asset or to the reporting currency.
    #[error(transparent)]
    Convert(#[from] ConvertError),
    /// The account would hold more than the ledger can count.
    #[error(transparent)]
    Full(Box<Full>),
    /// A correction of nothing.
    #[error("an adjustment of zero changes nothing")]
    Zero,
    /// A correction that would take more than there is.
    #[error("only {available} {asset} can be taken back; an adjustment never goes below zero")]
    BelowZero {
        /// What the account has.
        available: Amount,
        /// The asset's code.
        asset: String,
    },
    /// A reason that does not go with the sign.
    #[error("the reason {reason} does not go with {sign} amount")]
    WrongSign {
        /// The reason's name on the command line.
        reason: &'static str,
        /// `a positive` or `a negative`.
        sign: &'static str,
    },
    /// The customer's life can't go on.
    #[error(transparent)]
    Life(#[from] LifeError),
    /// A lot that would be over before it begins.
    #[error("it would expire at {0}, before it is granted")]
    ExpiresBeforeGrant(Instant),
}

impl Engine {
    /// Takes a payment: a paid lot whose cost basis is the money. It takes effect at its own time; time does not move on.
    ///
    /// # Errors
    /// See [`MoneyError`]; nothing has changed.
    pub fn top_up(&mut self, life: &mut Life, new: NewTopup, facts: &mut Facts) -> Result<(), MoneyError> {
        let (currency, target) = (self.asset(new.currency), self.asset(new.target));
        if !new.paid.is_positive() {
            return Err(MoneyError::NotPositive);
        }
        let step = minor_step(currency.precision, currency.payment_digits());
        if !new.paid.is_multiple_of(step) {
            let step = currency.amount(step);
            return Err(MoneyError::NotPayable { currency: currency.code.clone(), step });
        }
        let credited = self.purchase((new.paid, new.currency), new.target, new.at)?;
        if credited.is_zero() {
            return Err(MoneyError::BuysNothing(target.code.clone()));
        }
        self.check_room(life, new.target, credited)?;
        let value = self.value(new.paid, new.currency, new.at)?;
        let lot = self.paid_lot(life, new.target, credited, value, new.at);
        facts.topups.push(TopupFact {
            key: Some(new.key),
            customer: life.customer,
            at: new.at,
            currency: new.currency,
            paid: new.paid,
            value,
            lot: lot.id,
            event: None,
        });
        self.grant(life, lot, facts)?;
        Ok(())
    }

    /// The sum of an account must stay countable, or no balance could be shown.
    fn check_room(&self, life: &Life, asset: AssetId, more: Units) -> Result<(), MoneyError> {
        if has_room(life, asset, more) {
            return Ok(());
        }
        let lots = life.accounts.get(asset).into_iter().flat_map(Account::lots);
        let sum = Units::total(lots.map(|lot| lot.left)) + more;
        let asset = self.asset(asset);
        let [more, sum] = [Total::from(more), sum].map(|units| asset.amount(units));
        let full = Full { more, sum, asset: asset.code.clone(), limit: asset.limit() };
        Err(MoneyError::Full(full.into()))
    }

    /// Corrects a balance. A positive correction grants a lot that takes effect at its own time; a negative one moves
    /// time on to `at` and takes from what is there.
    ///
    /// # Errors
    /// See [`MoneyError`]; nothing has changed except that time may have moved on.
    pub fn adjust(&mut self, life: &mut Life, new: Adjustment, facts: &mut Facts) -> Result<(), MoneyError> {
        let wrong_sign = |sign| MoneyError::WrongSign { reason: new.reason.name(), sign };
        match (new.reason, new.amount.count().signum()) {
            (_, 0) => return Err(MoneyError::Zero),
            (Reason::ExternalRefund, 1) => return Err(wrong_sign("a positive")),
            (Reason::Gift | Reason::ExternalTopup, -1) => return Err(wrong_sign("a negative")),
            _ => {}
        }
        let (lot, taken) = if new.amount.is_positive() {
            (Some(self.adjustment_lot(life, &new)?), Vec::new())
        } else {
            self.advance(life, new.at, facts)?;
            let taken = self.take_back(life, &new)?;
            self.refresh_due(life);
            (None, taken)
        };
        let id = self.numbers.adjustment.take_next();
        facts.adjustments.push(AdjustmentFact {
            id,
            key: new.key,
            customer: life.customer,
            at: if new.amount.is_positive() { new.at } else { life.clock },
            asset: new.asset,
            amount: new.amount,
            reason: new.reason,
            lot: lot.as_ref().map(|lot| lot.id),
            taken,
        });
        if let Some(lot) = lot {
            self.grant(life, lot, facts)?;
        }
        Ok(())
    }

    /// A payment made elsewhere buys a paid lot worth its value; anything else that is given is a promotion.
    fn adjustment_lot(&mut self, life: &Life, new: &Adjustment) -> Result<LotFact, MoneyError> {
        if let Some(end) = new.expires_at.filter(|&end| end <= new.at) {
            return Err(MoneyError::ExpiresBeforeGrant(end));
        }
        self.check_room(life, new.asset, new.amount)?;
        let mut lot = if new.reason == Reason::ExternalTopup {
            let value = self.value(new.amount, new.asset, new.at)?;
            self.paid_lot(life, new.asset, new.amount, value, new.at)
        } else {
            let lot = self.paid_lot(life, new.asset, new.amount, Value::ZERO, new.at);
            LotFact { purpose: Purpose::Promotion, expires_at: None, ..lot }
        };
        lot.expires_at = new.expires_at.or(lot.expires_at);
        lot.priority = new.priority.unwrap_or(Priority::DEFAULT);
        Ok(lot)
    }

    fn take_back(&self, life: &mut Life, new: &Adjustment) -> Result<Vec<crate::wallet::Taken>, MoneyError> {
        let now = life.clock;
        let amount = new.amount.checked_neg();
        let taken = amount.and_then(|amount| life.accounts.get_mut(new.asset)?.take_back(amount, now));
        taken.ok_or_else(|| MoneyError::BelowZero {
            available: self.asset(new.asset).amount(life.available(new.asset, now).max(Units::ZERO)),
            asset: self.asset(new.asset).code.clone(),
        })
    }
}
