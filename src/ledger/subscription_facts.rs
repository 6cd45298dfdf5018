//! Facts of subscriptions to rows: terms, ends, charges, and what became of renewals.

use super::LedgerError;
use super::append::{
    CHARGE, CHARGE_DRAW, LAPSE, PAYMENT, RECOVERY, ROLLOVER, SUBSCRIPTION, SUBSCRIPTION_END, Seals, append,
};
use super::book::next_id;
use super::life::NO_LOT;
use super::sql::cells;
use crate::billing::Facts;
use rusqlite::Connection;

/// Appends what happened to subscriptions, and empties it.
pub(super) fn write(connection: &Connection, seals: &mut Seals, facts: &mut Facts) -> Result<(), LedgerError> {
    for s in facts.subscriptions.drain(..) {
        let row = cells![s.id, s.customer, s.version, s.quantity, s.started_at, s.anchor, s.origin];
        append(connection, seals, &SUBSCRIPTION, &row)?;
    }
    for end in facts.ends.drain(..) {
        let id: i64 = next_id(connection, "subscription_end")?;
        append(connection, seals, &SUBSCRIPTION_END, &cells![id, end.subscription, end.ended_at])?;
    }
    let mut rows = Vec::new();
    for p in facts.payments.drain(..) {
        rows.extend(cells![p.id, p.customer, p.at, p.currency, p.paid, p.value]);
    }
    append(connection, seals, &PAYMENT, &rows)?;
    write_charges(connection, seals, facts)?;
    rows.clear();
    for r in facts.rollovers.drain(..) {
        rows.extend(cells![r.lot, r.into, r.at, r.amount, r.basis]);
    }
    append(connection, seals, &ROLLOVER, &rows)?;
    rows.clear();
    for l in facts.lapses.drain(..) {
        rows.extend(cells![l.id, l.customer, l.origin, l.at, l.asset, l.needed, l.available]);
    }
    append(connection, seals, &LAPSE, &rows)?;
    rows.clear();
    for r in facts.recoveries.drain(..) {
        rows.extend(cells![r.lapse, r.at]);
    }
    append(connection, seals, &RECOVERY, &rows)
}

fn write_charges(connection: &Connection, seals: &mut Seals, facts: &mut Facts) -> Result<(), LedgerError> {
    let (mut rows, mut draws) = (Vec::new(), Vec::new());
    for c in facts.charges.drain(..) {
        rows.extend(cells![c.id, c.customer, c.subscription, c.price, c.at, c.from, c.to]);
        rows.extend(cells![c.asset, c.amount, c.value, c.payment, c.lot]);
        for (ordinal, draw) in (0i64..).zip(&c.draws) {
            let lot = draw.lot.unwrap_or(NO_LOT);
            draws.extend(cells![c.id, ordinal, lot, draw.amount, draw.earned, draw.decided_by as i64]);
        }
    }
    append(connection, seals, &CHARGE, &rows)?;
    append(connection, seals, &CHARGE_DRAW, &draws)
}
