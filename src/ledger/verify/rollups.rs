//! The rollups must come to what the events come to. There may be too many of either to hold at once, so both are added up
//! to a number: each sum times a keyed hash of whose it is. As sums add up, so do these numbers, whatever was rolled up with
//! what.

use super::check::{Check, Faults};
use crate::billing::{EventFact, Part, Rollup, RollupOf, SumError, Sums};
use crate::ids::{SubscriptionId, VendorId, VersionId};
use crate::ledger::LedgerError;
use crate::ledger::tables::rollup::{BOTH, for_each, table};
use crate::time::Months;
use rusqlite::Connection;
use siphasher::sip::SipHasher13;
use std::hash::Hasher;

/// What sums come to, for each of the two kinds.
#[derive(Default)]
pub(super) struct Digests {
    months: Months,
    of: [u128; 2],
}

impl Digests {
    /// Adds an event. `Err` says what is wrong with it.
    pub fn add(
        &mut self,
        key: &[u8; 16],
        event: &EventFact,
        version_of: impl Fn(SubscriptionId) -> Option<VersionId>,
    ) -> Result<(), SumError> {
        for rollup in Rollup::of_event(event, self.months.of(event.occurred_at), version_of)? {
            let own = &mut self.of[rollup.of.by() as usize];
            *own = own.wrapping_add(digest(key, &rollup));
        }
        Ok(())
    }
}

/// A number that is as many times as large as the sums are: linear in each of them.
fn digest(key: &[u8; 16], rollup: &Rollup) -> u128 {
    let mut hasher = SipHasher13::new_with_key(key);
    hasher.write_u8(rollup.of.by() as u8);
    hasher.write_i64(match rollup.of {
        RollupOf::Customer(customer) => customer.number(),
        RollupOf::Shape(shape) => shape.number(),
    });
    hasher.write_i64(rollup.month.micros());
    for part in &rollup.sums.parts {
        // No number in a ledger is the smallest one.
        hasher.write_i64(part.version.map_or(i64::MIN, VersionId::number));
        hasher.write_i64(part.price.map_or(i64::MIN, |price| price.number().into()));
        hasher.write_i64(part.vendor.map_or(i64::MIN, VendorId::number));
    }
    let Sums { events, denied, unpriced, .. } = rollup.sums;
    let counts = [events, denied, unpriced].map(i128::from);
    let money = rollup.sums.parts.iter().flat_map(|&Part { fees, revenue, cost, denied_cost, .. }| {
        [fees.into(), revenue.into(), cost.count(), denied_cost.count()]
    });
    // One odd factor after the other, from the hash on.
    let mut factor = hasher.finish() | 1;
    counts.into_iter().chain(money).fold(0u128, |sum, value| {
        factor = factor.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(23) | 1;
        sum.wrapping_add(u128::from(factor).wrapping_mul(value.cast_unsigned()))
    })
}

/// Compares the stored rollups with those of the events.
pub(super) fn check(connection: &Connection, key: &[u8; 16], events: &Digests) -> Result<Check, LedgerError> {
    let mut faults = Faults::default();
    for by in BOTH {
        let mut found = 0u128;
        for_each(connection, by, |rollup| {
            found = found.wrapping_add(digest(key, rollup));
            Ok(())
        })?;
        if found != events.of[by as usize] {
            faults.add(|| format!("the sums of {} are not those of the events", table(by).name));
        }
    }
    Ok(faults.check("rollups", || "what reports read adds up to what the events say".into()))
}
