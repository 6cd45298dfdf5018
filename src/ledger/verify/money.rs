//! Lots, deficits, payments, and the identity between cash and revenue.

use super::check::{Check, Faults, counted};
use super::events::{Owed, Tally};
use super::taken::Taken;
use crate::billing::Reason;
use crate::ids::LotId;
use crate::ledger::LedgerError;
use crate::ledger::tables::lot::{self, Rest};
use crate::ledger::tables::payment::{self, PAYMENT};
use crate::ledger::tables::topup::{self, TOPUP};
use crate::ledger::tables::{
    adjustment, charge, charge_draw, deficit, expiry, refund, refund_part, repayment, rollover, taken,
};
use crate::money::{Rounding, Total, Units, Value};
use rusqlite::Connection;
use rustc_hash::FxHashMap;

type Takings = FxHashMap<LotId, Taken>;

/// Sums in the reporting currency.
#[derive(Debug, Default)]
struct Sums {
    cash_in: Total<Value>,
    refunds: Total<Value>,
    /// What lots have earned or lost.
    revenue: Total<Value>,
    /// What charges earn with time, less what grants take from that. It passes from deferred to revenue by itself.
    charged: Total<Value>,
    /// What lots have left.
    deferred: Total<Value>,
}

pub(super) fn checks(connection: &Connection, tally: &Tally) -> Result<Vec<Check>, LedgerError> {
    let mut takings: Takings = tally.lots.clone();
    let revenue = takings.values().map(|taken| taken.basis).sum();
    let mut sums = Sums { revenue, ..Sums::default() };
    take_beside_events(connection, &mut takings, &mut sums)?;
    sums.charged += charge::sum_of_values(connection)? - refund_part::sum_of_values(connection)?;
    sums.refunds += refund_part::sum_of_values(connection)?;
    lot::for_each_granted(connection, |basis| sums.charged -= basis)?;
    sums.cash_in += topup::sum_of_values(connection)? + payment::sum_of_values(connection)?;
    adjustment::for_each_basis(connection, Reason::ExternalTopup, |basis| sums.cash_in += basis)?;
    Ok(vec![
        check_lots(connection, &takings, &mut sums)?,
        check_deficits(connection, tally)?,
        check_payments(connection)?,
        check_identity(&sums),
    ])
}

/// What was taken from lots otherwise than by usage events.
fn take_beside_events(connection: &Connection, takings: &mut Takings, sums: &mut Sums) -> Result<(), LedgerError> {
    let mut take = |lot, amount, basis| takings.entry(lot).or_default().add(amount, basis);
    let mut earn_or_lose = |lot, amount, basis| {
        take(lot, amount, basis);
        sums.revenue += basis;
    };
    expiry::for_each_taking(connection, &mut earn_or_lose)?;
    repayment::for_each_taking(connection, &mut earn_or_lose)?;
    taken::for_each_taking(connection, |lot, amount, basis, is_refund| {
        take(lot, amount, basis);
        if is_refund { sums.refunds += basis } else { sums.revenue += basis }
    })?;
    // What is more than the money that goes back is earned.
    refund::for_each_taking(connection, |lot, amount, basis, value| {
        take(lot, amount, basis);
        sums.refunds += value;
        sums.revenue += Total::from(basis) - value;
    })?;
    // What goes on into a charge or another lot is earned there.
    charge_draw::for_each_taking(connection, &mut take)?;
    rollover::for_each_taking(connection, &mut take)
}

/// What is left of each lot and what it has released, from everything that was taken from it. A lot releases its cost
/// basis in proportion, so revenue is recomputed here, not only added up.
fn check_lots(connection: &Connection, takings: &Takings, sums: &mut Sums) -> Result<Check, LedgerError> {
    let mut faults = Faults::default();
    let mut count = 0;
    lot::for_each_rest(connection, |Rest { id, amount, basis, left, released }| {
        let taken = takings.get(&id).copied().unwrap_or_default();
        count += 1;
        faults.compare(|| format!("lot {id}: left"), &left.into(), &(Total::from(amount) - taken.amount));
        faults.compare(|| format!("lot {id}: released cost basis"), &released.into(), &taken.basis);
        let share = Units::try_from(taken.amount).and_then(|drawn| basis.portion(drawn, amount, Rounding::Down));
        match share {
            Ok(share) => {
                faults.compare(|| format!("lot {id}: earned of its cost basis"), &taken.basis, &share.into());
            }
            Err(_) => faults.add(|| format!("lot {id}: what was taken of {amount} is {}", taken.amount)),
        }
        if left.is_negative() {
            faults.add(|| format!("lot {id}: more was taken than it held"));
        }
        sums.deferred += Total::from(basis) - released;
    })?;
    if let Some(lost) = takings.keys().copied().filter(|id| !(1..=count).contains(&id.number())).min() {
        faults.add(|| format!("lot {lost} was drawn from, but is not there"));
    }
    Ok(faults
        .check("lots", || counted(count, "lot holds what its draws have left", "lots hold what their draws have left")))
}

fn check_deficits(connection: &Connection, tally: &Tally) -> Result<Check, LedgerError> {
    let mut faults = Faults::default();
    let mut owed = tally.overdrawn.clone();
    charge_draw::for_each_overdraft(connection, |customer, asset, drawn| {
        *owed.entry((customer, asset)).or_default() += drawn;
    })?;
    repayment::for_each_repaid_charge(connection, |charge, repaid, owed, is_own| {
        if repaid.is_negative() || repaid > owed {
            faults.add(|| format!("charge {charge}: {repaid} units were repaid of {owed}"));
        }
        if !is_own {
            faults.add(|| format!("charge {charge}: it was repaid from another account"));
        }
    })?;
    repayment::for_each_repaid(connection, |customer, asset, amount| {
        *owed.entry((customer, asset)).or_default() -= amount;
    })?;
    owed.retain(|_, rest| !rest.is_zero());
    let stored = deficit::all(connection)?.into_iter();
    let stored: Owed = stored.map(|(customer, asset, amount)| ((customer, asset), amount.into())).collect();
    let mut all: Vec<_> = owed.keys().chain(stored.keys()).copied().collect();
    all.sort_unstable();
    all.dedup();
    for key in all {
        let of = |amounts: &Owed| amounts.get(&key).map_or("none".to_owned(), Total::to_string);
        faults.compare(|| format!("customer number {}: deficit", key.0), &of(&stored), &of(&owed));
    }
    Ok(faults.check("deficits", || counted(stored.len(), "account is below zero", "accounts are below zero")))
}

/// A top-up is its lot's cost basis, and every bought lot was paid for: by a top-up, by a correction, or by what a change of
/// terms credited.
fn check_payments(connection: &Connection) -> Result<Check, LedgerError> {
    let mut faults = Faults::default();
    topup::for_each_mismatch(connection, |id, value, basis| {
        // No lot has a cost basis below zero.
        let basis = basis.unwrap_or(Value::from_count(-1));
        faults.compare(|| format!("top-up number {id}: its lot's cost basis"), &basis, &value);
    })?;
    lot::for_each_unpaid(connection, |id| faults.add(|| format!("lot {id} is a paid one, but nobody paid")))?;
    let count = TOPUP.count(connection)? + PAYMENT.count(connection)?;
    Ok(faults.check("payments", || counted(count, "payment bought what it should", "payments bought what they should")))
}

/// Cash in - refunds = revenue + deferred.
fn check_identity(sums: &Sums) -> Check {
    let mut faults = Faults::default();
    let what = || "cash in - refunds against revenue + deferred, in units".to_owned();
    faults.compare(what, &(sums.cash_in - sums.refunds), &(sums.revenue + sums.charged + sums.deferred));
    faults.check("revenue", || "cash in - refunds = revenue + deferred".into())
}
