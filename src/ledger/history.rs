//! Rows back to facts: everything that was recorded beside usage events, and what falls due with time though nobody has
//! been moved past it yet.

use super::loading::Loading;
use super::of_asset::of_known_assets;
use super::tables::adjustment::ADJUSTMENT;
use super::tables::charge::CHARGE;
use super::tables::charge_draw::CHARGE_DRAW;
use super::tables::expiry::EXPIRY;
use super::tables::lot::{LOT, LotRow};
use super::tables::payment::PAYMENT;
use super::tables::refund::REFUND;
use super::tables::refund_part::REFUND_PART;
use super::tables::repayment::REPAYMENT;
use super::tables::rollover::ROLLOVER;
use super::tables::seal::Seals;
use super::tables::subscription::SUBSCRIPTION;
use super::tables::table::Table;
use super::tables::taken::TAKEN;
use super::tables::topup::TOPUP;
use super::tables::{
    adjustment, charge, customer, expiry, lot, payment, refund, repayment, rollover, rollup, subscription, topup,
};
use super::{Ledger, LedgerError};
use crate::billing::{Engine, Facts, Rollup, RollupBy};
use crate::ids::{OperationId, SubscriptionId, VersionId};
use crate::time::Instant;
use rusqlite::Connection;

impl Ledger {
    /// What moved money beside usage events, of all customers: as recorded, and as it will have happened once everybody
    /// has been moved on to `until`. What is due goes by numbers that may be given out otherwise.
    ///
    /// # Errors
    /// When the ledger can't be read.
    pub fn money(&self, engine: &Engine, until: Instant) -> Result<Facts, LedgerError> {
        let read = || {
            let connection = &self.connection;
            check_seals(connection, &MONEY)?;
            let mut facts = Facts {
                lots: of_known_assets(connection, lot::all(connection, None)?)?.into_iter().map(LotRow::fact).collect(),
                topups: of_known_assets(connection, topup::read(connection, None)?)?,
                adjustments: of_known_assets(connection, adjustment::read(connection, None)?)?,
                expiries: expiry::read(connection, None)?,
                repayments: repayment::read(connection, None)?,
                charges: of_known_assets(connection, charge::with_draws(connection, None)?)?,
                payments: of_known_assets(connection, payment::read(connection, None)?)?,
                refunds: of_known_assets(connection, refund::read(connection, None)?)?,
                rollovers: rollover::read(connection, None)?,
                ..Facts::default()
            };
            project_everybody(connection, engine, until, &mut facts)?;
            Ok(facts)
        };
        read().map_err(|e: LedgerError| e.at(self.path()))
    }

    /// The product version of every subscription there ever was, also of those that were replaced as they began.
    ///
    /// # Errors
    /// When the ledger can't be read.
    pub fn versions_held(&self) -> Result<Vec<(SubscriptionId, VersionId)>, LedgerError> {
        let read = || {
            check_seals(&self.connection, &[&SUBSCRIPTION])?;
            subscription::versions(&self.connection)
        };
        read().map_err(|e: LedgerError| e.at(self.path()))
    }

    /// Visits rollups in the order in which they were made.
    ///
    /// # Errors
    /// When the ledger can't be read, or what the visitor returns.
    pub fn for_each_rollup(
        &self,
        by: RollupBy,
        visit: impl FnMut(&Rollup) -> Result<(), LedgerError>,
    ) -> Result<(), LedgerError> {
        let read = || {
            check_seals(&self.connection, &[rollup::table(by)])?;
            rollup::for_each(&self.connection, by, visit)
        };
        read().map_err(|e: LedgerError| e.at(self.path()))
    }
}

/// Everything that [`Ledger::money`] reads.
const MONEY: [&Table; 12] = [
    &LOT,
    &TOPUP,
    &ADJUSTMENT,
    &TAKEN,
    &EXPIRY,
    &REPAYMENT,
    &CHARGE,
    &CHARGE_DRAW,
    &PAYMENT,
    &REFUND,
    &REFUND_PART,
    &ROLLOVER,
];

/// That the rows of tables which a report reads as a whole are those that were recorded.
fn check_seals(connection: &Connection, tables: &[&Table]) -> Result<(), LedgerError> {
    Seals::load(connection, OperationId::from_number(0))?.check(connection, tables)
}

/// Appends what falls due until `until`.
fn project_everybody(
    connection: &Connection,
    engine: &Engine,
    until: Instant,
    facts: &mut Facts,
) -> Result<(), LedgerError> {
    let due = customer::due_until(connection, until)?;
    if due.is_empty() {
        return Ok(());
    }
    // One engine for all of them, so that no number is given out twice.
    let mut engine = engine.clone();
    let loading = Loading::new(connection)?;
    for customer in due {
        let mut life = loading.load(customer, &engine)?;
        engine.advance(&mut life, until, facts)?;
    }
    Ok(())
}
