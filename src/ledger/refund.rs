//! Money that goes back: the payment that is meant, and what has become of what it bought.

use super::open::Writer;
use super::tables::{adjustment, charge, customer, expiry, lot, payment, refund, topup};
use super::{Ledger, LedgerError};
use super::{read, void};
use crate::billing::{
    Engine, Facts, FellDue, NewRefund, PaymentFact, RefundError, RefundFact, RefundHistory, RefundOf, Refunding,
    TopupFact,
};
use crate::catalog::closest;
use crate::ids::{AssetId, CustomerId, LotId, PaymentId};
use crate::money::{Total, Units};
use crate::wallet::Expired;
use rusqlite::Connection;

/// A payment that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PaymentRow {
    /// It bought credit.
    Topup(TopupFact),
    /// It collected fixed charges.
    Charges(PaymentFact),
}

/// What an id stands for that should be a payment's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Named {
    /// A payment.
    Payment(PaymentRow),
    /// Several: a top-up whose caller gave it the name that another payment has by itself.
    Several(Vec<PaymentRow>),
    /// An event.
    Event,
    /// A customer.
    Customer,
    /// A correction by hand.
    Adjustment,
    /// Money that went back.
    Refund,
    /// Nothing; a payment may have a name close to it.
    Nothing(Option<String>),
}

/// What a refund came to.
#[derive(Debug)]
pub struct Refunded {
    /// The refund as it was recorded.
    pub refund: RefundFact,
    /// The customer's external id.
    pub customer: String,
    /// Everything that came with it, as time passed.
    pub facts: Facts,
}

/// A refund that could not be made.
#[derive(Debug)]
pub struct Unrefunded {
    /// Why it could not.
    pub why: RefundError,
    /// Where what a top-up bought has gone by then.
    pub went: Option<Whereabouts>,
    /// What falls due until then.
    pub fell_due: FellDue,
}

/// Where what a top-up bought has gone, in units of its asset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Whereabouts {
    /// The asset that it bought.
    pub asset: AssetId,
    /// How much it bought of that asset.
    pub bought: Units,
    /// What is left of it.
    pub left: Total<Units>,
    /// What went into fees and charges.
    pub used: Total<Units>,
    /// What its lots had left when they ended.
    pub expired: Total<Units>,
    /// What adjustments took back.
    pub adjusted: Total<Units>,
    /// What refunds took back.
    pub refunded: Total<Units>,
}

impl PaymentRow {
    /// What it is called.
    pub fn name(&self) -> String {
        match self {
            Self::Topup(topup) => topup.name(),
            Self::Charges(payment) => payment.name(),
        }
    }

    /// The customer who paid.
    pub fn customer(&self) -> CustomerId {
        match self {
            Self::Topup(topup) => topup.customer,
            Self::Charges(payment) => payment.customer,
        }
    }

    /// The currency that was paid, and how much.
    pub fn paid(&self) -> (AssetId, Units) {
        match self {
            Self::Topup(topup) => (topup.currency, topup.paid),
            Self::Charges(payment) => (payment.currency, payment.paid),
        }
    }

    /// Whether a refund is of this payment.
    pub fn has(&self, refund: &RefundFact) -> bool {
        self.refunding().has(refund)
    }

    fn refunding(&self) -> Refunding<'_> {
        match self {
            Self::Topup(topup) => Refunding::Topup(topup),
            Self::Charges(payment) => Refunding::Charges(payment),
        }
    }
}

impl Ledger {
    /// What an id stands for, looked for among payments first.
    ///
    /// # Errors
    /// When the ledger can't be read.
    pub fn named_payment(&self, id: &str) -> Result<Named, LedgerError> {
        named(&self.connection, id).map_err(|e| e.at(self.path()))
    }
}

impl Writer<'_> {
    /// What an id stands for, looked for among payments first.
    ///
    /// # Errors
    /// When the ledger can't be read.
    pub fn named_payment(&self, id: &str) -> Result<Named, LedgerError> {
        named(&self.tx, id).map_err(|e| e.at(self.path))
    }

    /// Gives money of a payment back.
    ///
    /// # Errors
    /// When the ledger can't be read or written. That it can't go back is the inner error.
    pub fn refund(
        &mut self,
        engine: &mut Engine,
        payment: &PaymentRow,
        new: NewRefund,
    ) -> Result<Result<Refunded, Unrefunded>, LedgerError> {
        let mut life = self.life(payment.customer(), engine)?;
        let history = self.step(|writer| {
            if let PaymentRow::Topup(topup) = payment {
                void::remember(&writer.tx, &mut life, topup.lot)?;
            }
            history(&writer.tx, life.customer)
        })?;
        let mut facts = Facts::default();
        if let Err(why) = engine.refund(&mut life, payment.refunding(), new, history, &mut facts) {
            let fell_due = FellDue::of(&facts);
            let PaymentRow::Topup(topup) = payment else { return Ok(Err(Unrefunded { why, went: None, fell_due })) };
            let left = life.accounts.find(topup.lot).map(|(_, lot)| lot.left);
            let went = self.step(|writer| whereabouts(&writer.tx, topup, left, &facts.expiries))?;
            return Ok(Err(Unrefunded { why, went: Some(went), fell_due }));
        }
        let made = facts.refunds.last().cloned();
        let refund = made.ok_or_else(|| LedgerError::damaged("a refund was made, but is not there"))?;
        let told = facts.clone();
        self.record(engine, &mut life, &mut facts)?;
        let customer = self.step(|writer| customer::name_of(&writer.tx, life.customer))?;
        Ok(Ok(Refunded { refund, customer, facts: told }))
    }

    /// The refund that was recorded under that id, if one was.
    ///
    /// # Errors
    /// When the ledger can't be read.
    pub fn recorded_refund(&self, key: &str) -> Result<Option<RefundFact>, LedgerError> {
        refund::recorded(&self.tx, key).map_err(|e| e.at(self.path))
    }

    /// An id for a refund whose caller gave none: `refund-2`. The same ledger always makes the same one.
    ///
    /// # Errors
    /// When the ledger can't be read.
    pub fn new_refund_key(&self) -> Result<String, LedgerError> {
        refund::REFUND.new_key(&self.tx).map_err(|e| e.at(self.path))
    }

    /// The asset that a top-up bought.
    ///
    /// # Errors
    /// When the ledger can't be read.
    pub fn bought(&self, topup: &TopupFact) -> Result<AssetId, LedgerError> {
        whereabouts(&self.tx, topup, None, &[]).map(|went| went.asset).map_err(|e| e.at(self.path))
    }

    /// The external id of the customer who paid.
    ///
    /// # Errors
    /// When the ledger can't be read.
    pub fn payer(&self, payment: &PaymentRow) -> Result<String, LedgerError> {
        customer::name_of(&self.tx, payment.customer()).map_err(|e| e.at(self.path))
    }
}

/// What a refund has to know of a customer's past.
pub(super) fn history(connection: &Connection, customer: CustomerId) -> Result<RefundHistory, LedgerError> {
    Ok(RefundHistory {
        charges: charge::with_draws(connection, Some(customer))?,
        refunds: refund::read(connection, Some(customer))?,
    })
}

fn named(connection: &Connection, id: &str) -> Result<Named, LedgerError> {
    let number = |name: &str| id.strip_prefix(name)?.parse::<i64>().ok();
    let by_key = topup::of_key(connection, id)?.map(PaymentRow::Topup);
    let by_rule = match number("auto-topup-") {
        Some(number) => topup::by_rule(connection, LotId::from_number(number))?.map(PaymentRow::Topup),
        None => None,
    };
    let of_charges = match number("payment-") {
        Some(number) => payment::find(connection, PaymentId::from_number(number))?.map(PaymentRow::Charges),
        None => None,
    };
    let all: Vec<_> = [by_key, by_rule, of_charges].into_iter().flatten().filter(|row| row.name() == id).collect();
    match <[PaymentRow; 1]>::try_from(all) {
        Ok([one]) => Ok(Named::Payment(one)),
        Err(several) if !several.is_empty() => Ok(Named::Several(several)),
        Err(_) => no_payment(connection, id),
    }
}

/// What an id stands for that is no payment's.
fn no_payment(connection: &Connection, id: &str) -> Result<Named, LedgerError> {
    if refund::recorded(connection, id)?.is_some() {
        return Ok(Named::Refund);
    }
    if adjustment::recorded(connection, id)?.is_some() {
        return Ok(Named::Adjustment);
    }
    if read::event_by_id(connection, id)?.is_some() {
        return Ok(Named::Event);
    }
    if customer::find(connection, id)?.is_some() {
        return Ok(Named::Customer);
    }
    let topups = topup::read(connection, None)?.into_iter().map(|topup| topup.name());
    let names: Vec<String> = topups.chain(payment::read(connection, None)?.iter().map(PaymentFact::name)).collect();
    Ok(Named::Nothing(closest(id, names.iter().map(String::as_str)).map(str::to_owned)))
}

/// What has just expired, and what is `left` because of what has just fallen due, is not stored yet.
fn whereabouts(
    connection: &Connection,
    topup: &TopupFact,
    left: Option<Units>,
    just: &[Expired],
) -> Result<Whereabouts, LedgerError> {
    let (customer, id) = (topup.customer, topup.lot);
    let row = lot::all(connection, Some(customer))?.into_iter().find(|row| row.lot.id == id);
    let row = row.ok_or_else(|| LedgerError::damaged(format!("lot {id} is not there")))?;
    let of_lot = |all: &[Expired]| -> Total<Units> {
        all.iter().filter(|expired| expired.lot == id).map(|expired| expired.amount).sum()
    };
    let expired = of_lot(&expiry::read(connection, Some(customer))?) + of_lot(just);
    let adjustments = adjustment::read(connection, Some(customer))?;
    let taken = adjustments.iter().flat_map(|adjustment| &adjustment.taken).filter(|taken| taken.lot == id);
    let adjusted: Total<Units> = taken.map(|taken| taken.amount).sum();
    let refunds = refund::read(connection, Some(customer))?.into_iter();
    let refunded = refunds.filter_map(|refund| match refund.of {
        RefundOf::Topup(taken) => (taken.lot == id).then_some(taken.amount),
        RefundOf::Charges(..) => None,
    });
    let refunded: Total<Units> = refunded.sum();
    let (bought, left) = (row.lot.amount, Total::from(left.unwrap_or(row.lot.left)));
    let used = Total::from(bought) - left - expired - adjusted - refunded;
    Ok(Whereabouts { asset: row.asset, bought, left, used, expired, adjusted, refunded })
}
