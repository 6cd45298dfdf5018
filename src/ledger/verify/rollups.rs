//! The rollups must come to what the events come to. There may be too many of either to hold at once, so both are added up
//! to a number: each sum times a keyed hash of whose it is. As sums add up, so do these numbers, whatever was rolled up with
//! what.

use super::{Check, Faults};
use crate::billing::{EventFact, Part, Rollup, SubscriptionId, Sums, VersionId, Whose};
use crate::ledger::LedgerError;
use crate::ledger::rollups::{RollupsBy, for_each};
use crate::time::{Instant, Unit};
use rusqlite::Connection;
use siphasher::sip::SipHasher13;
use std::hash::Hasher;

/// What sums come to, for each of the two kinds.
#[derive(Default)]
pub(super) struct Digests {
    /// The latest day and its month: events mostly go on where they are.
    month: Option<(i64, Instant)>,
    of: [u64; 2],
}

const DAY: i64 = 86_400_000_000;

impl Digests {
    /// Adds an event. `Err` says what is wrong with it.
    pub fn add(
        &mut self,
        key: &[u8; 16],
        event: &EventFact,
        version_of: impl Fn(SubscriptionId) -> Option<VersionId>,
    ) -> Result<(), &'static str> {
        let sums = Sums::of(event, version_of)?;
        let by_version = sums.by_version().ok_or("its parts are more than an amount can be")?;
        let month = self.month_of(event.occurred_at);
        let rollups = [(Whose::Customer(event.customer), by_version), (Whose::Shape(event.shape), sums)];
        for (own, (whose, sums)) in self.of.iter_mut().zip(rollups) {
            *own = own.wrapping_add(digest(key, &Rollup { whose, month, sums }));
        }
        Ok(())
    }

    fn month_of(&mut self, at: Instant) -> Instant {
        let day = at.micros().div_euclid(DAY);
        match self.month {
            Some((latest, month)) if latest == day => month,
            _ => self.month.insert((day, at.start_of(Unit::Month))).1,
        }
    }
}

/// A number that is as many times as large as the sums are: linear in each of them.
fn digest(key: &[u8; 16], rollup: &Rollup) -> u64 {
    let mut hasher = SipHasher13::new_with_key(key);
    let whose = match rollup.whose {
        Whose::Customer(id) => (0, id),
        Whose::Shape(id) => (1, id),
    };
    hasher.write_u8(whose.0);
    hasher.write_i64(whose.1);
    hasher.write_i64(rollup.month.micros());
    for part in &rollup.sums.parts {
        // No number in a ledger is the smallest one.
        hasher.write_i64(part.version.unwrap_or(i64::MIN));
        hasher.write_i64(part.price.map_or(i64::MIN, i64::from));
        hasher.write_i64(part.vendor.unwrap_or(i64::MIN));
    }
    let Sums { events, denied, unpriced, .. } = rollup.sums;
    let counts = [events, denied, unpriced];
    let money = rollup
        .sums
        .parts
        .iter()
        .flat_map(|&Part { fees, revenue, cost, denied_cost, .. }| [fees, revenue, cost, denied_cost]);
    // One odd factor after the other, from the hash on.
    let mut factor = hasher.finish() | 1;
    counts.into_iter().chain(money).fold(0u64, |sum, value| {
        factor = factor.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(23) | 1;
        sum.wrapping_add(factor.wrapping_mul(value.cast_unsigned()))
    })
}

/// Compares the stored rollups with those of the events.
pub(super) fn check(connection: &Connection, key: &[u8; 16], events: &Digests) -> Result<Check, LedgerError> {
    let mut faults = Faults::default();
    for (by, &expected) in RollupsBy::ALL.into_iter().zip(&events.of) {
        let mut found = 0u64;
        for_each(connection, by, |rollup| {
            found = found.wrapping_add(digest(key, rollup));
            Ok(())
        })?;
        if found != expected {
            faults.add(|| format!("the sums of {} are not those of the events", by.name()));
        }
    }
    Ok(faults.check("rollups", || "what reports read adds up to what the events say".into()))
}
