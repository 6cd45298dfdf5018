//! Money that went back, customer by customer: no more than was paid, and what was given up for it.

use super::check::Faults;
use super::lives::Record;
use crate::billing::{PaymentFact, RefundFact, RefundHistory, RefundOf, TopupFact};
use crate::ids::{CustomerId, LotId};
use crate::ledger::LedgerError;
use crate::ledger::tables::lot::LotRow;
use crate::ledger::tables::{lot, topup};
use crate::money::{Rounding, Total, Units, Value};
use crate::wallet::Taken;
use rusqlite::Connection;

/// What came and went before a refund of the same payment.
struct Before {
    paid: Units,
    value: Value,
    refunded: Total<Units>,
}

impl Before {
    fn of<'r>(paid: Units, value: Value, earlier: impl Iterator<Item = &'r RefundFact>) -> Self {
        Self { paid, value, refunded: earlier.map(|refund| refund.amount).sum() }
    }

    /// What the money of a refund is worth; `None` when more went back than was paid.
    fn worth(&self, refund: &RefundFact) -> Option<Value> {
        let before = Units::try_from(self.refunded).ok()?;
        let after = before.checked_add(refund.amount).filter(|after| *after <= self.paid)?;
        let until = |amount: Units| self.value.portion(amount, self.paid, Rounding::Down).ok();
        until(after)?.checked_sub(until(before)?)
    }
}

impl Record<'_> {
    /// Checks all refunds to a customer.
    pub fn check_refunds(&self, connection: &Connection, faults: &mut Faults) -> Result<(), LedgerError> {
        if self.refunds.is_empty() {
            return Ok(());
        }
        let customer: Option<CustomerId> = Some(self.life.customer);
        let (topups, lots) = (topup::read(connection, customer)?, lot::all(connection, customer)?);
        for (number, refund) in self.refunds.iter().enumerate() {
            let earlier = &self.refunds[..number];
            match &refund.of {
                RefundOf::Topup(taken) => check_topup(refund, taken, earlier, (&topups, &lots), faults),
                RefundOf::Charges(..) => check_charges(refund, earlier, self, faults),
            }
        }
        Ok(())
    }
}

/// Of a top-up goes back what the units are worth that were taken, or the units are what goes with the money.
fn check_topup(
    refund: &RefundFact,
    taken: &Taken,
    earlier: &[RefundFact],
    (topups, lots): (&[TopupFact], &[LotRow]),
    faults: &mut Faults,
) {
    let of_lot = |lot: LotId| topups.iter().find(|topup| topup.lot == lot);
    let row = lots.iter().find(|row| row.lot.id == taken.lot);
    let (Some(topup), Some(row)) = (of_lot(taken.lot), row) else {
        return faults.add(|| format!("refund {}: it is of no payment", refund.id));
    };
    let same = earlier.iter().filter(|other| matches!(&other.of, RefundOf::Topup(own) if own.lot == taken.lot));
    let worth = Before::of(topup.paid, topup.value, same).worth(refund).map(|worth| worth.min(taken.basis));
    check_worth(refund, worth, faults);
    let is_early = refund.at < topup.at || refund.currency != topup.currency;
    let units = row.lot.amount.portion(refund.amount, topup.paid, Rounding::Up);
    if is_early || units.is_ok_and(|units| units > taken.amount) {
        faults.add(|| format!("refund {}: it takes less than goes back", refund.id));
    }
}

/// What charges earn less is what goes back.
fn check_charges(refund: &RefundFact, earlier: &[RefundFact], record: &Record<'_>, faults: &mut Faults) {
    let found = record.payments.iter().find(|payment| refund.payment() == Some(payment.id));
    let payment: &PaymentFact = match found {
        Some(payment) if payment.at <= refund.at && payment.currency == refund.currency => payment,
        _ => return faults.add(|| format!("refund {}: it is of no payment", refund.id)),
    };
    let same = earlier.iter().filter(|other| other.payment() == Some(payment.id));
    check_worth(refund, Before::of(payment.paid, payment.value, same).worth(refund), faults);
    let history = RefundHistory {
        charges: record.charges.iter().filter(|charge| charge.id < refund.next_charge).cloned().collect(),
        refunds: earlier.to_vec(),
    };
    match record.engine.refund_parts(&record.life, payment, refund, &history) {
        Ok(parts) => faults.compare(
            || format!("refund {}: what charges earn less", refund.id),
            &format!("{:?}", refund.parts()),
            &format!("{parts:?}"),
        ),
        Err(why) => faults.add(|| format!("refund {}: {why}", refund.id)),
    }
}

fn check_worth(refund: &RefundFact, worth: Option<Value>, faults: &mut Faults) {
    match worth {
        Some(worth) => faults.compare(|| format!("refund {}: its value", refund.id), &refund.value, &worth),
        None => faults.add(|| format!("refund {}: more goes back than was paid", refund.id)),
    }
}
