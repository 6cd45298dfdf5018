//! What reports read of events: the rollups must come to what the events come to.

use super::difference::{Differing, UsageSums};
use crate::billing::{Part, Rollup, RollupOf, Sums};
use crate::ids::{CustomerId, PriceIndex, VendorId, VersionId};
use crate::ledger::LedgerError;
use crate::ledger::tables::rollup::{BOTH, for_each};
use crate::money::{Precise, Total};
use crate::time::Instant;
use rusqlite::Connection;
use rustc_hash::FxHashMap;

/// Whose part of events: a customer's by version, or everybody's by price and vendor. Shapes may have other numbers when
/// they are billed again, so those of all shapes are added up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Whose {
    customer: Option<CustomerId>,
    month: Instant,
    version: Option<VersionId>,
    price: Option<PriceIndex>,
    vendor: Option<VendorId>,
}

/// Events, denied and unpriced ones, fees, revenue, cost and refused cost. They wrap, as a damaged ledger may have anything.
type Counts = [i128; 7];

/// Rollups, added up.
#[derive(Default)]
pub(super) struct Reported(FxHashMap<Whose, Counts>);

impl Reported {
    pub fn add(&mut self, rollup: &Rollup) {
        for (whose, counts) in parts(rollup) {
            plus(self.0.entry(whose).or_default(), counts);
        }
    }

    /// Where the ledger has other sums, if it does somewhere: of whom, if it is of one customer, and which.
    pub fn difference(
        mut self,
        connection: &Connection,
    ) -> Result<Option<(Option<CustomerId>, Differing)>, LedgerError> {
        each_stored(connection, |whose, counts| {
            plus(self.0.entry(whose).or_default(), counts.map(i128::wrapping_neg));
        })?;
        let more = self.0.into_iter().filter(|(_, counts)| *counts != Counts::default());
        let Some((whose, more)) = more.min_by_key(|(whose, _)| (whose.customer.is_none(), *whose)) else {
            return Ok(None);
        };
        let mut ledger = Counts::default();
        each_stored(connection, |own, counts| {
            if own == whose {
                plus(&mut ledger, counts);
            }
        })?;
        let mut again = ledger;
        plus(&mut again, more);
        let [ledger, again] = [ledger, again].map(sums);
        Ok(Some((whose.customer, Differing::Usage { month: whose.month, ledger, again })))
    }
}

/// Tells what the ledger has.
fn each_stored(connection: &Connection, mut tell: impl FnMut(Whose, Counts)) -> Result<(), LedgerError> {
    for by in BOTH {
        for_each(connection, by, |rollup| {
            parts(rollup).for_each(|(whose, counts)| tell(whose, counts));
            Ok(())
        })?;
    }
    Ok(())
}

/// The parts of a rollup. The first of them has its events, as when it is stored.
fn parts(rollup: &Rollup) -> impl Iterator<Item = (Whose, Counts)> + '_ {
    let customer = match rollup.of {
        RollupOf::Customer(customer) => Some(customer),
        RollupOf::Shape(_) => None,
    };
    let Sums { events, denied, unpriced, parts } = &rollup.sums;
    parts.iter().enumerate().map(move |(place, part)| {
        let &Part { version, price, vendor, fees, revenue, cost, denied_cost } = part;
        let [events, denied, unpriced] =
            [events, denied, unpriced].map(|&count| if place == 0 { count.into() } else { 0 });
        let counts = [events, denied, unpriced, fees.into(), revenue.into(), cost.count(), denied_cost.count()];
        (Whose { customer, month: rollup.month, version, price, vendor }, counts)
    })
}

fn plus(sums: &mut Counts, more: Counts) {
    sums.iter_mut().zip(more).for_each(|(sum, more)| *sum = sum.wrapping_add(more));
}

fn sums([events, denied, unpriced, fees, revenue, cost, denied_cost]: Counts) -> UsageSums {
    let [fees, revenue] = [fees, revenue].map(Total::from_count);
    let [cost, denied_cost] = [cost, denied_cost].map(Precise::from_count);
    UsageSums { events, denied, unpriced, fees, revenue, cost, denied_cost }
}
