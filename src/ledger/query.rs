//! What was recorded beside usage events, as rows.

use super::life::{CHARGE_COLUMNS, LOT_COLUMNS, NO_LOT, charge_row, lapse_row, lot_row};
use super::{Ledger, LedgerError};
use crate::billing::{
    AdjustmentFact, ChargeFact, DenialFact, DenialReason, LapseFact, PaymentFact, Reason, RolloverFact, TopupFact,
};
use crate::ids::{AssetId, ChargeId, CustomerId, EventNumber, LotId, VendorId};
use crate::money::{Units, Value};
use crate::time::Instant;
use crate::wallet::{DecidedBy, Draw, Lot, Taken};
use rusqlite::{OptionalExtension, Params, Row};

/// A lot with its asset and owner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LotRow {
    /// Whose it is.
    pub customer: CustomerId,
    /// What it holds.
    pub asset: AssetId,
    /// The lot.
    pub lot: Lot,
}

/// The end of a lot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpiryRow {
    /// Whose it was.
    pub customer: CustomerId,
    /// The lot.
    pub lot: LotId,
    /// When.
    pub at: Instant,
    /// What was left.
    pub amount: Units,
    /// Its unearned cost basis.
    pub breakage: Value,
}

/// A deficit paid back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RepaymentRow {
    /// Who owed.
    pub customer: CustomerId,
    /// The lot that paid.
    pub lot: LotId,
    /// When.
    pub at: Instant,
    /// How much.
    pub amount: Units,
    /// What it earned.
    pub earned: Value,
}

/// A customer's own top-up rule as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleRow {
    /// The customer's external id.
    pub customer: String,
    /// The asset.
    pub asset: AssetId,
    /// The rule.
    pub rule: crate::billing::AutoTopupRule,
}

impl Ledger {
    pub(super) fn rows<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, LedgerError> {
        let query = || {
            let rows = self.connection.prepare_cached(sql)?.query_map(params, read)?.collect::<Result<_, _>>()?;
            Ok(rows)
        };
        query().map_err(|e: LedgerError| e.at(self.path()))
    }

    /// Lots of one customer, or of all, in the order in which they were granted.
    ///
    /// # Errors
    /// When the ledger can't be read.
    pub fn lots(&self, customer: Option<CustomerId>) -> Result<Vec<LotRow>, LedgerError> {
        let filter = if customer.is_some() { "customer = ?1" } else { "?1 IS NULL" };
        self.rows(&format!("SELECT {LOT_COLUMNS}, customer FROM lot WHERE {filter} ORDER BY id"), [customer], |row| {
            let (asset, lot) = lot_row(row)?;
            Ok(LotRow { customer: row.get(13)?, asset, lot })
        })
    }

    /// Payments of one customer, or of all, in the order in which they were recorded.
    ///
    /// # Errors
    /// When the ledger can't be read.
    pub fn topups(&self, customer: Option<CustomerId>) -> Result<Vec<TopupFact>, LedgerError> {
        let filter = if customer.is_some() { "customer = ?1" } else { "?1 IS NULL" };
        let sql = format!(
            "SELECT customer, key, at, currency, paid, value, lot, event FROM topup WHERE {filter} ORDER BY id"
        );
        self.rows(&sql, [customer], |row| {
            Ok(TopupFact {
                customer: row.get(0)?,
                key: row.get(1)?,
                at: row.get(2)?,
                currency: row.get(3)?,
                paid: row.get(4)?,
                value: row.get(5)?,
                lot: row.get(6)?,
                event: row.get(7)?,
            })
        })
    }

    /// Corrections of one customer, or of all, in the order in which they were recorded.
    ///
    /// # Errors
    /// When the ledger can't be read.
    pub fn adjustments(&self, customer: Option<CustomerId>) -> Result<Vec<AdjustmentFact>, LedgerError> {
        let filter = if customer.is_some() { "customer = ?1" } else { "?1 IS NULL" };
        let sql = format!(
            "SELECT id, customer, key, at, asset, amount, reason, lot FROM adjustment WHERE {filter} ORDER BY id"
        );
        let mut rows = self.rows(&sql, [customer], |row| {
            let reason = usize::from(row.get::<_, u8>(6)?);
            Ok(AdjustmentFact {
                id: row.get(0)?,
                customer: row.get(1)?,
                key: row.get(2)?,
                at: row.get(3)?,
                asset: row.get(4)?,
                amount: row.get(5)?,
                reason: Reason::NAMES.get(reason).map_or(Reason::Other, |(_, r)| *r),
                lot: row.get(7)?,
                taken: Vec::new(),
            })
        })?;
        for adjustment in rows.iter_mut().filter(|a| a.amount.is_negative()) {
            let sql = "SELECT lot, amount, basis FROM taken WHERE adjustment = ?1 ORDER BY id";
            let taken = |row: &Row<'_>| Ok(Taken { lot: row.get(0)?, amount: row.get(1)?, basis: row.get(2)? });
            adjustment.taken = self.rows(sql, [adjustment.id], taken)?;
        }
        Ok(rows)
    }

    /// Ends of lots of one customer, or of all, in time order.
    ///
    /// # Errors
    /// When the ledger can't be read.
    pub fn expiries(&self, customer: Option<CustomerId>) -> Result<Vec<ExpiryRow>, LedgerError> {
        let filter = if customer.is_some() { "customer = ?1" } else { "?1 IS NULL" };
        let sql = format!(
            "SELECT expiry.lot, at, expiry.amount, breakage, customer FROM lot CROSS JOIN expiry ON expiry.lot = lot.id WHERE {filter} ORDER BY at, expiry.id"
        );
        self.rows(&sql, [customer], |row| {
            Ok(ExpiryRow {
                customer: row.get(4)?,
                lot: row.get(0)?,
                at: row.get(1)?,
                amount: row.get(2)?,
                breakage: row.get(3)?,
            })
        })
    }

    /// Deficits that one customer, or all, paid back, in the order in which they were recorded.
    ///
    /// # Errors
    /// When the ledger can't be read.
    pub fn repayments(&self, customer: Option<CustomerId>) -> Result<Vec<RepaymentRow>, LedgerError> {
        let filter = if customer.is_some() { "customer = ?1" } else { "?1 IS NULL" };
        let sql = format!(
            "SELECT lot, at, r.amount, earned, customer FROM lot JOIN repayment r ON r.lot = lot.id WHERE {filter} ORDER BY r.id"
        );
        self.rows(&sql, [customer], |row| {
            Ok(RepaymentRow {
                customer: row.get(4)?,
                lot: row.get(0)?,
                at: row.get(1)?,
                amount: row.get(2)?,
                earned: row.get(3)?,
            })
        })
    }

    /// Why an event was denied, if it was.
    ///
    /// # Errors
    /// When the ledger can't be read.
    pub fn denial(&self, event: EventNumber) -> Result<Option<DenialFact>, LedgerError> {
        let sql = "SELECT event, asset, needed, available, reason FROM denial WHERE event = ?1";
        let row = |row: &Row<'_>| {
            let reason = usize::from(row.get::<_, u8>(4)?);
            Ok(DenialFact {
                event: row.get(0)?,
                asset: row.get(1)?,
                needed: row.get(2)?,
                available: row.get(3)?,
                reason: DenialReason::NAMES.get(reason).map_or(DenialReason::InsufficientFunds, |(_, r)| *r),
            })
        };
        let query = || Ok(self.connection.prepare_cached(sql)?.query_row([event], row).optional()?);
        query().map_err(|e: LedgerError| e.at(self.path()))
    }

    /// Why events were denied: each one's number and the reason, in the order in which they were recorded.
    ///
    /// # Errors
    /// When the ledger can't be read.
    pub fn denial_reasons(&self) -> Result<Vec<(EventNumber, DenialReason)>, LedgerError> {
        self.rows("SELECT event, reason FROM denial ORDER BY event", [], |row| {
            let reason = DenialReason::NAMES.get(usize::from(row.get::<_, u8>(1)?));
            Ok((row.get(0)?, reason.map_or(DenialReason::InsufficientFunds, |(_, r)| *r)))
        })
    }

    /// Customers' own top-up rules as they stand.
    ///
    /// # Errors
    /// When the ledger can't be read.
    pub fn rules(&self) -> Result<Vec<RuleRow>, LedgerError> {
        let sql =
            "SELECT DISTINCT c.id, c.external_id FROM auto_topup_rule JOIN customer c ON c.id = customer ORDER BY 1";
        let customers: Vec<(CustomerId, String)> = self.rows(sql, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let mut all = Vec::new();
        for (id, customer) in customers {
            let mut rules: Vec<_> = super::life::rules(&self.connection, id)?.into_iter().collect();
            rules.sort_by_key(|(asset, _)| *asset);
            all.extend(rules.into_iter().map(|(asset, rule)| RuleRow { customer: customer.clone(), asset, rule }));
        }
        Ok(all)
    }

    /// The codes of the numbered vendors.
    ///
    /// # Errors
    /// When the ledger can't be read.
    pub fn vendor_codes(&self) -> Result<Vec<(VendorId, String)>, LedgerError> {
        self.rows("SELECT id, code FROM vendor ORDER BY id", [], |row| Ok((row.get(0)?, row.get(1)?)))
    }

    /// How many facts a table holds, as sealed: without counting them.
    ///
    /// # Errors
    /// When the ledger can't be read.
    pub fn sealed_facts(&self) -> Result<Vec<(String, i64)>, LedgerError> {
        self.rows("SELECT name, facts FROM seal WHERE name <> 'meta' ORDER BY name", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
    }

    /// A customer's fixed charges with their draws, in the order in which they were recorded.
    ///
    /// # Errors
    /// When the ledger can't be read.
    pub fn charges_of(&self, customer: CustomerId) -> Result<Vec<ChargeFact>, LedgerError> {
        let sql = format!("SELECT {CHARGE_COLUMNS} FROM charge WHERE customer = ?1 ORDER BY id");
        let mut charges = self.rows(&sql, [customer], charge_row)?;
        let sql =
            "SELECT charge, d.lot, drawn, earned, decided_by FROM charge c CROSS JOIN charge_draw d ON d.charge = c.id
                   WHERE customer = ?1 ORDER BY charge, ordinal";
        let draws = self.rows(sql, [customer], |row| {
            let decided_by = DecidedBy::NAMES.get(usize::from(row.get::<_, u8>(4)?));
            let draw = Draw {
                lot: Some(row.get(1)?).filter(|lot| *lot != NO_LOT),
                amount: row.get(2)?,
                earned: row.get(3)?,
                decided_by: decided_by.map_or(DecidedBy::OnlyLot, |(_, d)| *d),
            };
            Ok((row.get::<_, ChargeId>(0)?, draw))
        })?;
        for (charge, draw) in draws {
            if let Ok(index) = charges.binary_search_by_key(&charge, |charge| charge.id) {
                charges[index].draws.push(draw);
            }
        }
        Ok(charges)
    }

    /// A customer's payments that collected fixed charges, in the order in which they were recorded.
    ///
    /// # Errors
    /// When the ledger can't be read.
    pub fn payments_of(&self, customer: CustomerId) -> Result<Vec<PaymentFact>, LedgerError> {
        let sql = "SELECT id, customer, at, currency, paid, value FROM payment WHERE customer = ?1 ORDER BY id";
        self.rows(sql, [customer], |row| {
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

    /// Rests of a customer's lots that were carried on, in the order of the lots.
    ///
    /// # Errors
    /// When the ledger can't be read.
    pub fn rollovers_of(&self, customer: CustomerId) -> Result<Vec<RolloverFact>, LedgerError> {
        let sql = "SELECT lot, into_lot, at, r.amount, r.basis FROM lot CROSS JOIN rollover r ON r.lot = lot.id
                   WHERE customer = ?1 ORDER BY lot";
        self.rows(sql, [customer], |row| {
            Ok(RolloverFact {
                lot: row.get(0)?,
                into: row.get(1)?,
                at: row.get(2)?,
                amount: row.get(3)?,
                basis: row.get(4)?,
            })
        })
    }

    /// A customer's renewals that the wallet could not pay, each with when it could after all.
    ///
    /// # Errors
    /// When the ledger can't be read.
    pub fn lapses_of(&self, customer: CustomerId) -> Result<Vec<(LapseFact, Option<Instant>)>, LedgerError> {
        let sql = "SELECT id, customer, subscription, l.at, asset, needed, available, r.at FROM lapse l
                   LEFT JOIN recovery r ON r.lapse = l.id WHERE customer = ?1 ORDER BY id";
        self.rows(sql, [customer], |row| Ok((lapse_row(row)?, row.get(7)?)))
    }
}
