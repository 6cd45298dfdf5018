//! Rows back to facts: everything that was recorded beside usage events, and what falls due with time though nobody has
//! been moved past it yet.

use super::life::{CHARGE_COLUMNS, Loading, NO_LOT, charge_row, due_customers};
use super::{Ledger, LedgerError};
use crate::billing::{ChargeFact, Engine, Facts, LotFact, PaymentFact, RolloverFact};
use crate::ids::{ChargeId, CustomerId, LotId, SubscriptionId, VersionId};
use crate::time::Instant;
use crate::wallet::{DecidedBy, Draw, Expired, Repayment};
use rusqlite::{Connection, Row};

impl Ledger {
    /// What moved money beside usage events, of all customers: as recorded, and as it will have happened once everybody
    /// has been moved on to `until`. What is due goes by numbers that may be given out otherwise.
    ///
    /// # Errors
    /// When the ledger can't be read.
    pub fn money(&self, engine: &Engine, until: Instant) -> Result<Facts, LedgerError> {
        let expired = |e: super::ExpiryRow| Expired { lot: e.lot, at: e.at, amount: e.amount, breakage: e.breakage };
        let repaid = |r: super::RepaymentRow| Repayment { lot: r.lot, at: r.at, amount: r.amount, earned: r.earned };
        let mut facts = Facts {
            lots: self.lots(None)?.into_iter().map(lot_fact).collect(),
            topups: self.topups(None)?,
            adjustments: self.adjustments(None)?,
            expiries: self.expiries(None)?.into_iter().map(expired).collect(),
            repayments: self.repayments(None)?.into_iter().map(repaid).collect(),
            ..Facts::default()
        };
        let mut complete = || {
            facts.charges = charges(&self.connection, None)?;
            facts.payments = payments(&self.connection, None)?;
            facts.rollovers = rollovers(&self.connection)?;
            project_everybody(&self.connection, engine, until, &mut facts)
        };
        complete().map_err(|e: LedgerError| e.at(self.path()))?;
        Ok(facts)
    }

    /// The product version of every subscription there ever was, also of those that were replaced as they began.
    ///
    /// # Errors
    /// When the ledger can't be read.
    pub fn versions_held(&self) -> Result<Vec<(SubscriptionId, VersionId)>, LedgerError> {
        self.rows("SELECT id, version FROM subscription ORDER BY id", [], |row| Ok((row.get(0)?, row.get(1)?)))
    }
}

/// Appends what falls due until `until`.
fn project_everybody(
    connection: &Connection,
    engine: &Engine,
    until: Instant,
    facts: &mut Facts,
) -> Result<(), LedgerError> {
    let due = due_customers(connection, until)?;
    if due.is_empty() {
        return Ok(());
    }
    // One engine for all of them, so that no number is given out twice.
    let mut engine = engine.clone();
    let loading = Loading::new(connection)?;
    for customer in due {
        let mut life = loading.load(customer, &engine)?;
        engine.advance(&mut life, until, facts);
    }
    Ok(())
}

/// Rows as values.
fn rows<T>(
    connection: &Connection,
    sql: &str,
    customer: Option<CustomerId>,
    read: fn(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<Vec<T>, LedgerError> {
    let filter = if customer.is_some() { "customer = ?1" } else { "?1 IS NULL" };
    let mut statement = connection.prepare_cached(&sql.replace("FILTER", filter))?;
    let rows = statement.query_map([customer], read)?.collect::<Result<_, _>>()?;
    Ok(rows)
}

/// Fixed charges of one customer, or of all, with what they took from the wallet, in the order in which they were made.
pub(super) fn charges(connection: &Connection, customer: Option<CustomerId>) -> Result<Vec<ChargeFact>, LedgerError> {
    let sql = format!("SELECT {CHARGE_COLUMNS} FROM charge WHERE FILTER ORDER BY id");
    let mut charges = rows(connection, &sql, customer, charge_row)?;
    let sql = "SELECT charge, charge_draw.lot, drawn, earned, decided_by
               FROM charge CROSS JOIN charge_draw ON charge = id WHERE FILTER ORDER BY charge, ordinal";
    for (charge, draw) in rows(connection, sql, customer, charge_draw_row)? {
        if let Ok(place) = charges.binary_search_by_key(&charge, |charge| charge.id) {
            charges[place].draws.push(draw);
        }
    }
    Ok(charges)
}

/// Payments that collected fixed charges, of one customer or of all, in the order in which they were made.
pub(super) fn payments(connection: &Connection, customer: Option<CustomerId>) -> Result<Vec<PaymentFact>, LedgerError> {
    let sql = "SELECT id, customer, at, currency, paid, value FROM payment WHERE FILTER ORDER BY id";
    rows(connection, sql, customer, |row| {
        Ok(PaymentFact {
            id: row.get(0)?,
            customer: row.get(1)?,
            at: row.get(2)?,
            currency: row.get(3)?,
            paid: row.get(4)?,
            value: row.get(5)?,
        })
    })
}

/// Rests of lots that were carried on, of all customers, in the order of the lots.
fn rollovers(connection: &Connection) -> Result<Vec<RolloverFact>, LedgerError> {
    let sql = "SELECT lot, into_lot, at, amount, basis FROM rollover WHERE FILTER ORDER BY lot";
    rows(connection, sql, None, |row| {
        Ok(RolloverFact {
            lot: row.get(0)?,
            into: row.get(1)?,
            at: row.get(2)?,
            amount: row.get(3)?,
            basis: row.get(4)?,
        })
    })
}

/// A draw of a charge with the charge's number: charge, lot, drawn, earned, decided_by.
fn charge_draw_row(row: &Row<'_>) -> rusqlite::Result<(ChargeId, Draw)> {
    let (lot, decided_by): (LotId, u8) = (row.get(1)?, row.get(4)?);
    let decided_by = DecidedBy::NAMES.get(usize::from(decided_by)).map_or(DecidedBy::Id, |(_, by)| *by);
    Ok((
        row.get(0)?,
        Draw { lot: Some(lot).filter(|lot| *lot != NO_LOT), amount: row.get(2)?, earned: row.get(3)?, decided_by },
    ))
}

/// A lot as it was granted.
fn lot_fact(row: super::LotRow) -> LotFact {
    let super::LotRow { customer, asset, lot } = row;
    LotFact {
        id: lot.id,
        customer,
        asset,
        purpose: lot.purpose,
        priority: lot.priority,
        granted_at: lot.granted_at,
        effective_at: lot.effective_at,
        expires_at: lot.expires_at,
        amount: lot.amount,
        basis: lot.basis,
        granted_by: lot.granted_by,
    }
}
