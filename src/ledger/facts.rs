//! Facts to rows.

use super::LedgerError;
use super::append::{
    ADJUSTMENT, DENIAL, EVENT, EXPIRY, LOT, REPAYMENT, Seals, TAKEN, TOPUP, append, append_unsealed, optional, text,
};
use super::book::next_id;
use super::packed::{Packed, PackedRow};
use crate::billing::Facts;
use rusqlite::Connection;
use rusqlite::types::ValueRef;
use rusqlite::types::ValueRef::{Integer, Null};

/// Appends everything but usage events, and empties it.
pub(super) fn write(connection: &Connection, seals: &mut Seals, facts: &mut Facts) -> Result<(), LedgerError> {
    debug_assert!(facts.events.is_empty(), "events are appended with their texts");
    write_lots(connection, seals, facts)?;
    write_topups(connection, seals, facts)?;
    write_adjustments(connection, seals, facts)?;
    super::subscription_facts::write(connection, seals, facts)?;
    let mut rows = Vec::new();
    if !facts.expiries.is_empty() {
        for (id, e) in (next_id(connection, "expiry")?..).zip(facts.expiries.drain(..)) {
            rows.extend([id, e.lot, e.at.micros(), e.amount, e.breakage].map(Integer));
        }
        append(connection, seals, &EXPIRY, &rows)?;
        rows.clear();
    }
    if !facts.repayments.is_empty() {
        for (id, r) in (next_id(connection, "repayment")?..).zip(facts.repayments.drain(..)) {
            rows.extend([id, r.lot, r.at.micros(), r.amount, r.earned].map(Integer));
        }
        append(connection, seals, &REPAYMENT, &rows)?;
        rows.clear();
    }
    for denial in facts.denials.drain(..) {
        let values = [denial.event, denial.asset, denial.needed, denial.available, denial.reason as i64];
        rows.extend(values.map(Integer));
    }
    append(connection, seals, &DENIAL, &rows)
}

fn write_lots(connection: &Connection, seals: &mut Seals, facts: &mut Facts) -> Result<(), LedgerError> {
    let mut rows = Vec::new();
    for lot in facts.lots.drain(..) {
        rows.extend([lot.id, lot.customer, lot.asset, lot.purpose as i64, lot.priority].map(Integer));
        rows.extend([lot.granted_at, lot.effective_at].map(|t| Integer(t.micros())));
        rows.push(optional(lot.expires_at.map(|t| t.micros())));
        // What is left and released is derived; the life that holds the lot stores it when it changes.
        rows.extend([lot.amount, lot.basis].map(Integer));
        rows.push(optional(lot.granted_by.map(|granted| granted.subscription)));
        rows.push(optional(lot.granted_by.map(|granted| i64::from(granted.entitlement))));
        rows.extend([lot.amount, 0].map(Integer));
    }
    append(connection, seals, &LOT, &rows)
}

fn write_topups(connection: &Connection, seals: &mut Seals, facts: &mut Facts) -> Result<(), LedgerError> {
    if facts.topups.is_empty() {
        return Ok(());
    }
    let mut rows = Vec::new();
    for (id, topup) in (next_id(connection, "topup")?..).zip(&facts.topups) {
        rows.push(Integer(id));
        rows.push(topup.key.as_deref().map_or(Null, text));
        rows.extend(
            [topup.customer, topup.at.micros(), topup.currency, topup.paid, topup.value, topup.lot].map(Integer),
        );
        rows.push(optional(topup.event));
    }
    append(connection, seals, &TOPUP, &rows)?;
    drop(rows);
    facts.topups.clear();
    Ok(())
}

fn write_adjustments(connection: &Connection, seals: &mut Seals, facts: &mut Facts) -> Result<(), LedgerError> {
    for a in facts.adjustments.drain(..) {
        let row = [
            Integer(a.id),
            text(&a.key),
            Integer(a.customer),
            Integer(a.at.micros()),
            Integer(a.asset),
            Integer(a.amount),
            Integer(a.reason as i64),
            optional(a.lot),
        ];
        append(connection, seals, &ADJUSTMENT, &row)?;
        for (id, taken) in (next_id(connection, "taken")?..).zip(&a.taken) {
            append(connection, seals, &TAKEN, &[id, a.id, taken.lot, taken.amount, taken.basis].map(Integer))?;
        }
    }
    Ok(())
}

/// Appends usage events; without `seals` if they are never committed.
pub(super) fn write_events(
    connection: &Connection,
    seals: Option<&mut Seals>,
    events: &Packed,
) -> Result<(), LedgerError> {
    let row = |row: &PackedRow| [Integer(row.first), Integer(row.count), ValueRef::Blob(events.body(row))];
    let rows: Vec<_> = events.rows.iter().flat_map(row).collect();
    match seals {
        Some(seals) => append(connection, seals, &EVENT, &rows),
        None => append_unsealed(connection, &EVENT, &rows),
    }
}
