//! Facts to rows.

use super::LedgerError;
use super::append::{ADJUSTMENT, DENIAL, EVENT, EXPIRY, LOT, REPAYMENT, Seals, TAKEN, TOPUP, append};
use super::book::next_id;
use super::packed::{Packed, PackedRow};
use super::sql::cells;
use crate::billing::Facts;
use crate::ids::TopupId;
use rusqlite::Connection;

/// Appends everything but usage events, and empties it.
pub(super) fn write(connection: &Connection, seals: &mut Seals, facts: &mut Facts) -> Result<(), LedgerError> {
    debug_assert!(facts.events.is_empty(), "events are appended with their texts");
    write_lots(connection, seals, facts)?;
    write_topups(connection, seals, facts)?;
    write_adjustments(connection, seals, facts)?;
    super::subscription_facts::write(connection, seals, facts)?;
    let mut rows = Vec::new();
    if !facts.expiries.is_empty() {
        for (id, e) in (next_id::<i64>(connection, "expiry")?..).zip(facts.expiries.drain(..)) {
            rows.extend(cells![id, e.lot, e.at, e.amount, e.breakage]);
        }
        append(connection, seals, &EXPIRY, &rows)?;
        rows.clear();
    }
    if !facts.repayments.is_empty() {
        for (id, r) in (next_id::<i64>(connection, "repayment")?..).zip(facts.repayments.drain(..)) {
            rows.extend(cells![id, r.lot, r.at, r.amount, r.earned]);
        }
        append(connection, seals, &REPAYMENT, &rows)?;
        rows.clear();
    }
    for denial in facts.denials.drain(..) {
        rows.extend(cells![denial.event, denial.asset, denial.needed, denial.available, denial.reason as i64]);
    }
    append(connection, seals, &DENIAL, &rows)
}

fn write_lots(connection: &Connection, seals: &mut Seals, facts: &mut Facts) -> Result<(), LedgerError> {
    let mut rows = Vec::new();
    for lot in facts.lots.drain(..) {
        rows.extend(cells![lot.id, lot.customer, lot.asset, lot.purpose as i64, lot.priority]);
        rows.extend(cells![lot.granted_at, lot.effective_at, lot.expires_at, lot.amount, lot.basis]);
        let (subscription, entitlement) = lot.granted_by.map(|by| (by.subscription, by.entitlement)).unzip();
        // What is left and released is derived; the life that holds the lot stores it when it changes.
        rows.extend(cells![subscription, entitlement, lot.amount, 0]);
    }
    append(connection, seals, &LOT, &rows)
}

fn write_topups(connection: &Connection, seals: &mut Seals, facts: &mut Facts) -> Result<(), LedgerError> {
    if facts.topups.is_empty() {
        return Ok(());
    }
    let mut rows = Vec::new();
    for (id, t) in next_id::<TopupId>(connection, "topup")?.and_following().zip(&facts.topups) {
        rows.extend(cells![id, t.key.as_deref(), t.customer, t.at, t.currency, t.paid, t.value, t.lot, t.event]);
    }
    append(connection, seals, &TOPUP, &rows)?;
    drop(rows);
    facts.topups.clear();
    Ok(())
}

fn write_adjustments(connection: &Connection, seals: &mut Seals, facts: &mut Facts) -> Result<(), LedgerError> {
    for a in facts.adjustments.drain(..) {
        let row = cells![a.id, a.key.as_str(), a.customer, a.at, a.asset, a.amount, a.reason as i64, a.lot];
        append(connection, seals, &ADJUSTMENT, &row)?;
        for (id, taken) in (next_id::<i64>(connection, "taken")?..).zip(&a.taken) {
            append(connection, seals, &TAKEN, &cells![id, a.id, taken.lot, taken.amount, taken.basis])?;
        }
    }
    Ok(())
}

/// Appends usage events.
pub(super) fn write_events(connection: &Connection, seals: &mut Seals, events: &Packed) -> Result<(), LedgerError> {
    let row = |row: &PackedRow| cells![row.first, row.count, events.body(row)];
    let rows: Vec<_> = events.rows.iter().flat_map(row).collect();
    append(connection, seals, &EVENT, &rows)
}
