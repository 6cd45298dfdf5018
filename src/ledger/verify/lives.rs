//! Customer by customer: their charges, and when time next brings them something.

use super::book::{Book, customers};
use super::grants::Fresh;
use super::{Check, Faults, counted};
use crate::billing::{ChargeFact, Engine, Life, PaymentFact};
use crate::ids::{AssetId, CustomerId, SubscriptionId};
use crate::ledger::LedgerError;
use crate::ledger::history::{charges, payments};
use crate::ledger::life;
use crate::money::{Units, Value};
use crate::time::Instant;
use rusqlite::{Connection, Row};

/// What a customer's fixed charges are checked by.
pub(super) struct Record<'e> {
    pub engine: &'e Engine,
    pub life: Life,
    pub charges: Vec<ChargeFact>,
    pub payments: Vec<PaymentFact>,
    /// The lots that net credits went into.
    pub credits: Vec<CreditLot>,
    pub lapses: Vec<Lapsed>,
}

/// A lot that the credit for unused time went into.
pub(super) struct CreditLot {
    pub at: Instant,
    pub asset: AssetId,
    pub amount: Units,
    pub basis: Value,
}

/// A time in which nothing was renewed.
pub(super) struct Lapsed {
    pub origin: SubscriptionId,
    pub at: Instant,
    pub recovered_at: Option<Instant>,
}

impl<'e> Record<'e> {
    fn load(connection: &Connection, engine: &'e Engine, life: Life) -> Result<Self, LedgerError> {
        let customer = life.customer;
        let sql = "SELECT granted_at, asset, amount, basis FROM lot
                   WHERE id IN (SELECT lot FROM charge WHERE customer = ?1)";
        let mut statement = connection.prepare_cached(sql)?;
        let credit = |row: &Row<'_>| {
            Ok(CreditLot { at: row.get(0)?, asset: row.get(1)?, amount: row.get(2)?, basis: row.get(3)? })
        };
        let credits = statement.query_map([customer], credit)?.collect::<Result<_, _>>()?;
        Ok(Self {
            engine,
            charges: charges(connection, Some(customer))?,
            payments: payments(connection, Some(customer))?,
            lapses: lapses(connection, customer)?,
            credits,
            life,
        })
    }
}

fn lapses(connection: &Connection, customer: CustomerId) -> Result<Vec<Lapsed>, LedgerError> {
    let sql = "SELECT subscription, l.at, r.at FROM lapse l LEFT JOIN recovery r ON r.lapse = l.id
               WHERE customer = ?1 ORDER BY l.id";
    let mut statement = connection.prepare_cached(sql)?;
    let lapsed = |row: &Row<'_>| Ok(Lapsed { origin: row.get(0)?, at: row.get(1)?, recovered_at: row.get(2)? });
    let lapses = statement.query_map([customer], lapsed)?.collect::<Result<_, _>>()?;
    Ok(lapses)
}

/// What was found out, customer by customer.
#[derive(Default)]
struct Found {
    customers: usize,
    charges: usize,
    payments: usize,
    lapses: usize,
    recoveries: usize,
    periods: usize,
    due: Faults,
    amounts: Faults,
    missed: Faults,
}

/// Everything that is checked customer by customer.
pub(super) fn checks(connection: &Connection, book: &Book, fresh: &Fresh) -> Result<Vec<Check>, LedgerError> {
    let mut found = Found::default();
    for customer in customers(connection)? {
        found.customer(connection, &book.engine, customer, fresh)?;
    }
    found.nothing_else(connection)?;
    let Found { customers, charges, periods, .. } = found;
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
    ])
}

impl Found {
    fn customer(
        &mut self,
        connection: &Connection,
        engine: &Engine,
        customer: CustomerId,
        fresh: &Fresh,
    ) -> Result<(), LedgerError> {
        self.customers += 1;
        let life = match life::load(connection, customer, engine) {
            Err(LedgerError::Damaged(what)) => {
                self.due.add(|| what);
                return Ok(());
            }
            life => life?,
        };
        check_due(connection, &life, &mut self.due)?;
        if life.subscriptions.is_empty() {
            return Ok(());
        }
        let record = Record::load(connection, engine, life)?;
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
            ("charge", self.charges),
            ("payment", self.payments),
            ("lapse", self.lapses),
            ("recovery", self.recoveries),
        ];
        for (table, seen) in seen {
            let sql = format!("SELECT count(*) FROM {table}");
            let rows: i64 = connection.query_row(&sql, [], |row| row.get(0))?;
            self.amounts.compare(|| format!("rows of {table} that belong to a subscription"), &rows, &(seen as i64));
        }
        Ok(())
    }
}

/// When time next brings a customer something is what is stored, so that nobody is passed over. The end of a lot that has
/// been used up may still be noted, until time gets there.
fn check_due(connection: &Connection, life: &Life, faults: &mut Faults) -> Result<(), LedgerError> {
    let mut statement = connection.prepare_cached("SELECT due FROM customer WHERE id = ?1")?;
    let stored: Option<i64> = statement.query_row([life.customer], |row| row.get(0))?;
    let (stored, due) = (stored.map_or(Instant::MAX, Instant::from_micros), life.due());
    if due <= life.clock {
        faults.add(|| format!("customer number {}: time has passed over what was due", life.customer));
    }
    if life.clock < stored && stored < due {
        let used_up = "SELECT 1 FROM lot WHERE customer = ?1 AND left_over = 0 AND expires_at = ?2";
        if connection.prepare_cached(used_up)?.exists((life.customer, stored.micros()))? {
            return Ok(());
        }
    }
    let told = |at: Instant| if at == Instant::MAX { "never".to_owned() } else { at.to_string() };
    faults.compare(|| format!("customer number {}: due", life.customer), &told(stored), &told(due));
    Ok(())
}
