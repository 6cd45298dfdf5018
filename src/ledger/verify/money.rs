//! Lots, deficits, payments, and the identity between cash and revenue.

use super::book::for_each;
use super::check::{Check, Faults, counted};
use super::events::Tally;
use super::taken::Taken;
use crate::billing::Reason;
use crate::ids::{AssetId, CustomerId, LotId};
use crate::ledger::LedgerError;
use crate::ledger::sql::Numbered;
use crate::money::{Rounding, Units, Value};
use crate::wallet::Purpose;
use rusqlite::Connection;
use rustc_hash::FxHashMap;

type Takings = FxHashMap<LotId, Taken>;

/// Sums in the reporting currency's units.
#[derive(Debug, Default)]
struct Sums {
    cash_in: i128,
    refunds: i128,
    /// What lots have earned or lost.
    revenue: i128,
    /// What charges earn with time, less what grants take from that. It passes from deferred to revenue by itself.
    charged: i128,
    /// What lots have left.
    deferred: i128,
}

pub(super) fn checks(connection: &Connection, tally: &Tally) -> Result<Vec<Check>, LedgerError> {
    let mut takings: Takings = tally.lots.clone();
    let mut sums = Sums::default();
    sums.revenue += takings.values().map(|taken| taken.basis).sum::<i128>();
    take_beside_events(connection, &mut takings, &mut sums)?;
    for_each(connection, "SELECT value FROM charge", |[value]| sums.charged += i128::from(value))?;
    let granted = "SELECT basis FROM lot WHERE subscription IS NOT NULL AND id NOT IN (SELECT into_lot FROM rollover)";
    for_each(connection, granted, |[basis]| sums.charged -= i128::from(basis))?;
    let external = Reason::ExternalTopup.number();
    let cash = [
        "SELECT value FROM topup".to_owned(),
        "SELECT value FROM payment".to_owned(),
        format!("SELECT basis FROM adjustment JOIN lot ON lot.id = lot WHERE reason = {external}"),
    ];
    for sql in cash {
        for_each(connection, &sql, |[value]| sums.cash_in += i128::from(value))?;
    }
    Ok(vec![
        check_lots(connection, &takings, &mut sums)?,
        check_deficits(connection, tally)?,
        check_payments(connection)?,
        check_identity(&sums),
    ])
}

/// What was taken from lots otherwise than by usage events.
fn take_beside_events(connection: &Connection, takings: &mut Takings, sums: &mut Sums) -> Result<(), LedgerError> {
    let refund = Reason::ExternalRefund.number();
    let earned_or_lost = [
        "SELECT lot, amount, breakage, 0 FROM expiry".to_owned(),
        "SELECT lot, amount, earned, 0 FROM repayment".to_owned(),
        format!("SELECT t.lot, t.amount, basis, reason = {refund} FROM taken t JOIN adjustment a ON a.id = adjustment"),
    ];
    for sql in earned_or_lost {
        for_each(connection, &sql, |[lot, amount, basis, refunded]| {
            add(takings, LotId::from_number(lot), amount, basis);
            if refunded == 1 { sums.refunds += i128::from(basis) } else { sums.revenue += i128::from(basis) }
        })?;
    }
    // What goes on into a charge or another lot is earned there.
    let carried_on =
        ["SELECT lot, drawn, earned FROM charge_draw WHERE lot <> 0", "SELECT lot, amount, basis FROM rollover"];
    for sql in carried_on {
        for_each(connection, sql, |[lot, amount, basis]| add(takings, LotId::from_number(lot), amount, basis))?;
    }
    Ok(())
}

fn add(takings: &mut Takings, lot: LotId, amount: i64, basis: i64) {
    takings.entry(lot).or_default().add(Units::from_count(amount), Value::from_count(basis));
}

/// What is left of each lot and what it has released, from everything that was taken from it. A lot releases its cost
/// basis in proportion, so revenue is recomputed here, not only added up.
fn check_lots(connection: &Connection, takings: &Takings, sums: &mut Sums) -> Result<Check, LedgerError> {
    let mut faults = Faults::default();
    let mut statement = connection.prepare("SELECT id, amount, basis, left_over, released FROM lot")?;
    let mut rows = statement.query([])?;
    let mut count = 0;
    while let Some(row) = rows.next()? {
        let id: LotId = row.get(0)?;
        let (amount, basis): (Units, Value) = (row.get(1)?, row.get(2)?);
        let (left, released): (Units, Value) = (row.get(3)?, row.get(4)?);
        let taken = takings.get(&id).copied().unwrap_or_default();
        count += 1;
        faults.compare(|| format!("lot {id}: left"), &left.into(), &(i128::from(amount) - taken.amount));
        faults.compare(|| format!("lot {id}: released cost basis"), &released.into(), &taken.basis);
        let drawn = i64::try_from(taken.amount).map(Units::from_count).ok();
        let share = drawn.and_then(|drawn| basis.portion(drawn, amount, Rounding::Down).ok());
        let share = share.map_or(-1, i128::from);
        faults.compare(|| format!("lot {id}: earned of its cost basis"), &taken.basis, &share);
        if left.is_negative() {
            faults.add(|| format!("lot {id}: more was taken than it held"));
        }
        sums.deferred += i128::from(basis) - i128::from(released);
    }
    if let Some(lost) = takings.keys().copied().filter(|id| !(1..=count).contains(&id.number())).min() {
        faults.add(|| format!("lot {lost} was drawn from, but is not there"));
    }
    Ok(faults
        .check("lots", || counted(count, "lot holds what its draws have left", "lots hold what their draws have left")))
}

fn check_deficits(connection: &Connection, tally: &Tally) -> Result<Check, LedgerError> {
    let mut faults = Faults::default();
    let mut owed = tally.overdrawn.clone();
    let account = |customer, asset| (CustomerId::from_number(customer), AssetId::from_number(asset));
    let charged = "SELECT customer, asset, drawn FROM charge_draw JOIN charge ON id = charge WHERE charge_draw.lot = 0";
    for_each(connection, charged, |[customer, asset, drawn]| {
        let owed = owed.entry(account(customer, asset)).or_default();
        *owed += i128::from(drawn);
    })?;
    let repaid = "SELECT lot.customer, lot.asset, r.amount FROM repayment r JOIN lot ON lot.id = r.lot";
    for_each(connection, repaid, |[customer, asset, amount]| {
        let rest = owed.entry(account(customer, asset)).or_default();
        *rest -= i128::from(amount);
    })?;
    owed.retain(|_, rest| *rest != 0);
    let mut stored = FxHashMap::default();
    for_each(connection, "SELECT customer, asset, amount FROM deficit", |[customer, asset, amount]| {
        stored.insert(account(customer, asset), i128::from(amount));
    })?;
    let mut all: Vec<_> = owed.keys().chain(stored.keys()).copied().collect();
    all.sort_unstable();
    all.dedup();
    for key in all {
        let of = |amounts: &FxHashMap<(CustomerId, AssetId), i128>| {
            amounts.get(&key).map_or("none".to_owned(), i128::to_string)
        };
        faults.compare(|| format!("customer number {}: deficit", key.0), &of(&stored), &of(&owed));
    }
    Ok(faults.check("deficits", || counted(stored.len(), "account is below zero", "accounts are below zero")))
}

/// A top-up is its lot's cost basis, and every bought lot was paid for: by a top-up, by a correction, or by what a change of
/// terms credited.
fn check_payments(connection: &Connection) -> Result<Check, LedgerError> {
    let mut faults = Faults::default();
    let wrong = "SELECT topup.id, value, coalesce(basis, -1) FROM topup LEFT JOIN lot ON lot.id = lot
                 WHERE basis IS NOT value OR lot.customer IS NOT topup.customer";
    for_each(connection, wrong, |[id, value, basis]| {
        faults.compare(|| format!("top-up number {id}: its lot's cost basis"), &basis, &value);
    })?;
    let paid = Purpose::Paid.number();
    let unpaid = format!(
        "SELECT id FROM lot WHERE purpose = {paid} AND subscription IS NULL AND id NOT IN (SELECT lot FROM topup)
         AND id NOT IN (SELECT lot FROM adjustment WHERE lot IS NOT NULL)
         AND id NOT IN (SELECT lot FROM charge WHERE lot IS NOT NULL)"
    );
    for_each(connection, &unpaid, |[id]| faults.add(|| format!("lot {id} is a paid one, but nobody paid")))?;
    let count: i64 =
        connection
            .query_row("SELECT (SELECT count(*) FROM topup) + (SELECT count(*) FROM payment)", [], |row| row.get(0))?;
    Ok(faults.check("payments", || counted(count, "payment bought what it should", "payments bought what they should")))
}

/// Cash in - refunds = revenue + deferred.
fn check_identity(sums: &Sums) -> Check {
    let mut faults = Faults::default();
    let what = || "cash in - refunds against revenue + deferred, in units".to_owned();
    faults.compare(what, &(sums.cash_in - sums.refunds), &(sums.revenue + sums.charged + sums.deferred));
    faults.check("revenue", || "cash in - refunds = revenue + deferred".into())
}
