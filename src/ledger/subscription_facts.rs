//! Facts of subscriptions to rows: terms, ends, charges, and what became of renewals.

use super::LedgerError;
use super::append::{
    CHARGE, CHARGE_DRAW, LAPSE, PAYMENT, RECOVERY, ROLLOVER, SUBSCRIPTION, SUBSCRIPTION_END, Seals, append, optional,
};
use super::book::next_id;
use crate::billing::Facts;
use rusqlite::Connection;
use rusqlite::types::ValueRef::Integer;

/// Appends what happened to subscriptions, and empties it.
pub(super) fn write(connection: &Connection, seals: &mut Seals, facts: &mut Facts) -> Result<(), LedgerError> {
    for s in facts.subscriptions.drain(..) {
        let [start, anchor] = [s.started_at, s.anchor].map(|at| at.micros());
        let row = [s.id, s.customer, s.version, s.quantity, start, anchor, s.origin].map(Integer);
        append(connection, seals, &SUBSCRIPTION, &row)?;
    }
    for end in facts.ends.drain(..) {
        let id = next_id(connection, "subscription_end")?;
        let row = [Integer(id), Integer(end.subscription), optional(end.ended_at.map(|at| at.micros()))];
        append(connection, seals, &SUBSCRIPTION_END, &row)?;
    }
    let mut rows = Vec::new();
    for p in facts.payments.drain(..) {
        rows.extend([p.id, p.customer, p.at.micros(), p.currency, p.paid, p.value].map(Integer));
    }
    append(connection, seals, &PAYMENT, &rows)?;
    write_charges(connection, seals, facts)?;
    rows.clear();
    for r in facts.rollovers.drain(..) {
        rows.extend([r.lot, r.into, r.at.micros(), r.amount, r.basis].map(Integer));
    }
    append(connection, seals, &ROLLOVER, &rows)?;
    rows.clear();
    for l in facts.lapses.drain(..) {
        rows.extend([l.id, l.customer, l.origin, l.at.micros(), l.asset, l.needed, l.available].map(Integer));
    }
    append(connection, seals, &LAPSE, &rows)?;
    rows.clear();
    for r in facts.recoveries.drain(..) {
        rows.extend([r.lapse, r.at.micros()].map(Integer));
    }
    append(connection, seals, &RECOVERY, &rows)
}

fn write_charges(connection: &Connection, seals: &mut Seals, facts: &mut Facts) -> Result<(), LedgerError> {
    let (mut rows, mut draws) = (Vec::new(), Vec::new());
    for c in facts.charges.drain(..) {
        rows.extend([c.id, c.customer, c.subscription, i64::from(c.price)].map(Integer));
        rows.extend([c.at, c.from, c.to].map(|at| Integer(at.micros())));
        rows.extend([c.asset, c.amount, c.value].map(Integer));
        rows.extend([optional(c.payment), optional(c.lot)]);
        for (ordinal, draw) in (0i64..).zip(&c.draws) {
            let lot = draw.lot.unwrap_or(0);
            draws.extend([c.id, ordinal, lot, draw.amount, draw.earned, draw.decided_by as i64].map(Integer));
        }
    }
    append(connection, seals, &CHARGE, &rows)?;
    append(connection, seals, &CHARGE_DRAW, &draws)
}
