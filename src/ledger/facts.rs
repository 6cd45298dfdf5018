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
    // All of them are named, so that none is forgotten.
    let Facts {
        events: _,
        denials,
        lots,
        topups,
        adjustments,
        expiries,
        repayments,
        subscriptions,
        ends,
        charges,
        payments,
        refunds,
        rollovers,
        lapses,
        recoveries,
    } = &*facts;
    lot::write(connection, seals, lots)?;
    topup::write(connection, seals, topups)?;
    adjustment::write(connection, seals, adjustments)?;
    subscription::write(connection, seals, subscriptions)?;
    subscription_end::write(connection, seals, ends)?;
    payment::write(connection, seals, payments)?;
    charge::write(connection, seals, charges)?;
    refund::write(connection, seals, refunds)?;
    rollover::write(connection, seals, rollovers)?;
    lapse::write(connection, seals, lapses)?;
    recovery::write(connection, seals, recoveries)?;
    expiry::write(connection, seals, expiries)?;
    repayment::write(connection, seals, repayments)?;
    denial::write(connection, seals, denials)?;
    *facts = Facts::default();
    Ok(())
}
