//! Customer by customer: their charges, and when time next brings them something.

use super::book::Book;
use super::check::{Check, Faults, counted};
use super::grants::Fresh;
use crate::billing::{ChargeFact, Engine, LapseFact, Life, PaymentFact, RefundFact};
use crate::ids::{CustomerId, SubscriptionId};
use crate::ledger::LedgerError;
use crate::ledger::loading::{Loading, TOGETHER};
use crate::ledger::tables::lot::{self, LotRow};
use crate::ledger::tables::{charge, customer, lapse, payment, recovery, refund, refund_part, repayment};
use crate::time::Instant;
use crate::wallet::Repayment;
use rusqlite::Connection;

/// What a customer's fixed charges are checked by.
pub(super) struct Record<'e> {
    pub engine: &'e Engine,
    pub life: Life,
    pub charges: Vec<ChargeFact>,
    pub payments: Vec<PaymentFact>,
    pub refunds: Vec<RefundFact>,
    /// What was repaid of charges that an overdraft paid, in its order.
    pub repaid: Vec<Repayment>,
    /// The lots that net credits went into.
    pub credits: Vec<LotRow>,
    pub lapses: Vec<Lapsed>,
}

/// A time in which nothing was renewed.
pub(super) struct Lapsed {
    pub origin: SubscriptionId,
    pub at: Instant,
    pub recovered_at: Option<Instant>,
}

impl<'e> Record<'e> {
    fn load(
        connection: &Connection,
        engine: &'e Engine,
        life: Life,
        refunds: Vec<RefundFact>,
    ) -> Result<Self, LedgerError> {
        let customer = life.customer;
        let repaid = repayment::read(connection, Some(customer))?;
        let lapsed = |(lapse, recovered_at): (LapseFact, Option<Instant>)| Lapsed {
            origin: lapse.origin,
            at: lapse.at,
            recovered_at,
        };
        let lapses = lapse::of_customer(connection, customer)?;
        Ok(Self {
            engine,
            charges: charge::with_draws(connection, Some(customer))?,
            payments: payment::read(connection, Some(customer))?,
            lapses: lapses.into_iter().map(lapsed).collect(),
            credits: lot::credited(connection, customer)?,
            refunds,
            repaid: repaid.into_iter().filter(|repaid| repaid.charge.is_some()).collect(),
            life,
        })
    }
}

/// What was found out, customer by customer.
#[derive(Default)]
struct Found {
    customers: usize,
    charges: usize,
    payments: usize,
    lapses: usize,
    recoveries: usize,
    refunds: usize,
    refund_parts: usize,
    periods: usize,
    due: Faults,
    amounts: Faults,
    missed: Faults,
    returned: Faults,
}

/// Everything that is checked customer by customer.
pub(super) fn checks(connection: &Connection, book: &Book, fresh: &Fresh) -> Result<Vec<Check>, LedgerError> {
    let mut found = Found::default();
    let customers: Vec<CustomerId> = customer::all(connection)?.into_iter().map(|customer| customer.id).collect();
    for some in customers.chunks(TOGETHER) {
        for life in load(connection, some, &book.engine)? {
            found.customer(connection, &book.engine, life, fresh)?;
        }
    }
    found.nothing_else(connection)?;
    let Found { customers, charges, periods, refunds, .. } = found;
    Ok(vec![
        found.due.check("due", || {
            counted(
                customers,
                "customer is as far as their time has come",
                "customers are as far as their time has come",
            )
        }),
        found.amounts.check("charges", || {
            counted(charges, "fixed charge comes out the same", "fixed charges come out the same")
        }),
        found.missed.check("periods", || {
            counted(
                periods,
                "period was charged and granted once, or waits for a payment",
                "periods were charged and granted once, or wait for a payment",
            )
        }),
        found
            .returned
            .check("refunds", || counted(refunds, "refund gave back what was paid", "refunds gave back what was paid")),
    ])
}

/// The lives of some customers, who are asked for one by one only where something is wrong with one of them.
fn load(
    connection: &Connection,
    customers: &[CustomerId],
    engine: &Engine,
) -> Result<Vec<Result<Life, LedgerError>>, LedgerError> {
    let loading = Loading::new(connection)?;
    match loading.load_all(customers, engine) {
        Err(LedgerError::Damaged(_)) => Ok(customers.iter().map(|&customer| loading.load(customer, engine)).collect()),
        lives => Ok(lives?.into_iter().map(Ok).collect()),
    }
}

impl Found {
    fn customer(
        &mut self,
        connection: &Connection,
        engine: &Engine,
        life: Result<Life, LedgerError>,
        fresh: &Fresh,
    ) -> Result<(), LedgerError> {
        self.customers += 1;
        let life = match life {
            Ok(life) => life,
            Err(LedgerError::Damaged(what)) => {
                self.due.add(|| what);
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        check_due(connection, &life, &mut self.due)?;
        let refunds = refund::read(connection, Some(life.customer))?;
        self.refunds += refunds.len();
        self.refund_parts += refunds.iter().map(|refund| refund.parts().len()).sum::<usize>();
        if life.subscriptions.is_empty() && refunds.is_empty() {
            return Ok(());
        }
        let record = Record::load(connection, engine, life, refunds)?;
        record.check_refunds(connection, &mut self.returned)?;
        record.check_amounts(&mut self.amounts);
        record.check_collection(&mut self.amounts);
        self.periods += record.check_periods(&mut self.missed);
        self.periods += record.check_refreshes(fresh, &mut self.missed);
        self.charges += record.charges.len();
        self.payments += record.payments.len();
        self.lapses += record.lapses.len();
        self.recoveries += record.lapses.iter().filter(|lapse| lapse.recovered_at.is_some()).count();
        Ok(())
    }

    /// There is nothing that belongs to no customer with a subscription.
    fn nothing_else(&mut self, connection: &Connection) -> Result<(), LedgerError> {
        let seen = [
            (&charge::CHARGE, self.charges),
            (&payment::PAYMENT, self.payments),
            (&lapse::LAPSE, self.lapses),
            (&recovery::RECOVERY, self.recoveries),
            (&refund::REFUND, self.refunds),
            (&refund_part::REFUND_PART, self.refund_parts),
        ];
        for (table, seen) in seen {
            let what = || format!("rows of {} that belong to a subscription", table.name);
            self.amounts.compare(what, &table.count(connection)?, &(seen as i64));
        }
        Ok(())
    }
}

/// When time next brings a customer something is what is stored, so that nobody is passed over. The end of a lot that has
/// been used up may still be noted, until time gets there.
fn check_due(connection: &Connection, life: &Life, faults: &mut Faults) -> Result<(), LedgerError> {
    let (stored, due) = (customer::state(connection, life.customer)?.due, life.due());
    if due <= life.clock {
        faults.add(|| format!("customer number {}: time has passed over what was due", life.customer));
    }
    if life.clock < stored && stored < due && lot::is_used_up_at(connection, life.customer, stored)? {
        return Ok(());
    }
    let told = |at: Instant| if at == Instant::MAX { "never".to_owned() } else { at.to_string() };
    faults.compare(|| format!("customer number {}: due", life.customer), &told(stored), &told(due));
    Ok(())
}
