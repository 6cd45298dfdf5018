//! Money that went back, once more.

use super::lane::{Lane, Stop};
use super::left_out::WhyLeftOut;
use super::paid::is_one;
use super::work::{Payment, Refund};
use crate::billing::{Facts, NewRefund, RefundError, RefundFact, RefundOf, Refunding};
use crate::ids::CustomerIndex;
use crate::ledger::LedgerError;
use crate::ledger::tables::{payment, topup};
use rusqlite::Connection;

/// A refund as it can be made again: by which payment it is of, under whatever numbers.
pub(super) fn refund(connection: &Connection, fact: &RefundFact) -> Result<Refund, LedgerError> {
    let lost = || LedgerError::damaged(format!("refund {} is of a payment that is not there", fact.id));
    let of = match &fact.of {
        RefundOf::Topup(taken) => {
            let all = topup::read(connection, Some(fact.customer))?;
            let place = all.iter().position(|topup| topup.lot == taken.lot).ok_or_else(lost)?;
            let nth = all[..place].iter().filter(|other| is_one(other, &all[place])).count();
            Payment::Topup(all[place].clone(), nth)
        }
        RefundOf::Charges(id, _) => {
            let all = payment::read(connection, Some(fact.customer))?;
            let place = all.iter().position(|payment| payment.id == *id).ok_or_else(lost)?;
            let at = all[place].at;
            Payment::Charges(at, all[..place].iter().filter(|other| other.at == at).count())
        }
    };
    Ok(Refund { key: fact.key.clone(), at: fact.at, named: fact.named, of })
}

impl Lane {
    /// Gives money back once more.
    pub(super) fn refund(&mut self, place: CustomerIndex, refund: &Refund) -> Result<(), Stop> {
        self.come_to(place, refund.at)?;
        let Some(paid) = &self.owns[place.place()].paid else { return Ok(()) };
        let (mut topup, mut payment) = (None, None);
        match &refund.of {
            Payment::Topup(of, nth) => topup = paid.topups.iter().filter(|own| is_one(own, of)).nth(*nth).cloned(),
            Payment::Charges(at, nth) => {
                payment = paid.payments.iter().filter(|own| own.at == *at).nth(*nth).cloned();
            }
        }
        let (history, next) = (paid.history.clone(), self.owns[place.place()].expected.refunds.first().cloned());
        let of = match (&topup, &payment) {
            (Some(topup), _) => Refunding::Topup(topup),
            (_, Some(payment)) => Refunding::Charges(payment),
            _ => return self.leave_out(place, "refund", WhyLeftOut::NotPaid),
        };
        let new = NewRefund { key: refund.key.clone(), at: refund.at, amount: refund.named };
        if let Some(next) = next.filter(|_| self.is_base) {
            (self.engine.numbers.refund, self.engine.numbers.charge) = (next.id, next.next_charge);
        }
        let (before, numbers) = (self.owns[place.place()].life.clone(), self.engine.numbers);
        let mut facts = Facts::default();
        let done = self.step_of(place, |engine, own| engine.refund(&mut own.life, of, new, history, &mut facts));
        match done {
            Ok(()) => self.owns[place.place()].produced.append(facts),
            Err(RefundError::Life(error)) => return Err(error.into()),
            Err(error) => {
                (self.owns[place.place()].life, self.engine.numbers) = (before, numbers);
                self.leave_out(place, "refund", error.into())?;
            }
        }
        Ok(())
    }
}
