//! Facts to rows: each kind goes into its table.

use super::LedgerError;
use super::tables::seal::Seals;
use super::tables::{
    adjustment, charge, denial, expiry, lapse, lot, payment, recovery, refund, repayment, rollover, subscription,
    subscription_end, topup,
};
use crate::billing::{Broken, Facts, LifeError};
use rusqlite::Connection;

/// Appends everything but usage events, which are appended with their texts, and empties it. What can't have happened is
/// not appended.
pub(super) fn write(connection: &Connection, seals: &mut Seals, facts: &mut Facts) -> Result<(), LedgerError> {
    facts.check().map_err(LifeError::from)?;
    if let Some(event) = facts.events.first() {
        // It would be lost: events are appended with their texts.
        return Err(LifeError::from(Broken::Event(event.seq)).into());
    }
    lot::write(connection, seals, &facts.lots)?;
    topup::write(connection, seals, &facts.topups)?;
    adjustment::write(connection, seals, &facts.adjustments)?;
    subscription::write(connection, seals, &facts.subscriptions)?;
    subscription_end::write(connection, seals, &facts.ends)?;
    payment::write(connection, seals, &facts.payments)?;
    charge::write(connection, seals, &facts.charges)?;
    refund::write(connection, seals, &facts.refunds)?;
    rollover::write(connection, seals, &facts.rollovers)?;
    lapse::write(connection, seals, &facts.lapses)?;
    recovery::write(connection, seals, &facts.recoveries)?;
    expiry::write(connection, seals, &facts.expiries)?;
    repayment::write(connection, seals, &facts.repayments)?;
    denial::write(connection, seals, &facts.denials)?;
    *facts = Facts::default();
    Ok(())
}
