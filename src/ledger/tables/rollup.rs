//! What `customer_month` and `shape_month` have in common: they are written with the events and read by reports. Rows are
//! only ever appended; those of the same customer or shape and month add up. A rollup with several parts is a row for each,
//! of which the first alone has the counts: where `events` is NULL, the row is a further part of the one before. Costs are
//! integers, in billionths, or else blobs of sixteen bytes, in 10^-18.

use super::append::append;
use super::customer_month::CUSTOMER_MONTH;
use super::seal::Seals;
use super::shape_month::SHAPE_MONTH;
use super::table::Table;
use crate::billing::{Part, Rollup, RollupBy, RollupOf, Sums};
use crate::ledger::LedgerError;
use crate::ledger::sql::{Cell, cells};
use crate::money::{Cost, Precise};
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ValueRef};
use rusqlite::{Connection, Row};
use smallvec::{SmallVec, smallvec};

/// Values that are made ready before they are appended.
const VALUES: usize = 1 << 16;

/// The kinds of rollups, each of which has a table.
pub(in crate::ledger) const BOTH: [RollupBy; 2] = [RollupBy::Customer, RollupBy::Shape];

/// Where rollups of a kind are.
pub(in crate::ledger) fn table(by: RollupBy) -> &'static Table {
    match by {
        RollupBy::Customer => &CUSTOMER_MONTH,
        RollupBy::Shape => &SHAPE_MONTH,
    }
}

/// What is stored of a sum of costs.
enum Stored {
    Billionths(i64),
    Fine([u8; 16]),
}

impl From<Precise> for Stored {
    fn from(money: Precise) -> Self {
        money.billionths().map_or(Self::Fine(money.count().to_be_bytes()), Self::Billionths)
    }
}

impl<'a> Cell<'a> for &'a Stored {
    fn cell(self) -> ValueRef<'a> {
        match self {
            Stored::Billionths(count) => ValueRef::Integer(*count),
            Stored::Fine(bytes) => ValueRef::Blob(bytes),
        }
    }
}

impl FromSql for Precise {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        match value {
            ValueRef::Integer(count) => Ok(Cost::from_billionths(count).into()),
            ValueRef::Blob(bytes) => {
                let bytes = bytes.try_into().map_err(|_| FromSqlError::InvalidType)?;
                Ok(Self::from_count(i128::from_be_bytes(bytes)))
            }
            _ => Err(FromSqlError::InvalidType),
        }
    }
}

/// Appends rollups.
pub(in crate::ledger) fn write(
    connection: &Connection,
    seals: &mut Seals,
    rollups: &[Rollup],
) -> Result<(), LedgerError> {
    if rollups.is_empty() {
        return Ok(());
    }
    for by in BOTH {
        let mut id: i64 = table(by).next_id(connection)?;
        let mut rows = Vec::new();
        let own = || rollups.iter().filter(|rollup| rollup.of.by() == by);
        let parts = own().flat_map(|rollup| &rollup.sums.parts);
        let costs: Vec<[Stored; 2]> = parts.map(|part| [part.cost, part.denied_cost].map(Stored::from)).collect();
        let mut costs = costs.iter();
        for rollup in own() {
            for (ordinal, (part, [cost, denied_cost])) in rollup.sums.parts.iter().zip(&mut costs).enumerate() {
                let of = match rollup.of {
                    RollupOf::Customer(customer) => customer.number(),
                    RollupOf::Shape(shape) => shape.number(),
                };
                rows.extend(cells![id, of, rollup.month, part.version, part.price, part.vendor]);
                let Sums { events, denied, unpriced, .. } = rollup.sums;
                let [events, denied, unpriced] =
                    [events, denied, unpriced].map(|count| (ordinal == 0).then_some(count));
                rows.extend(cells![events, denied, unpriced, part.fees, part.revenue, cost, denied_cost]);
                id += 1;
            }
            if rows.len() > VALUES {
                append(connection, seals, table(by), &rows)?;
                rows.clear();
            }
        }
        append(connection, seals, table(by), &rows)?;
    }
    Ok(())
}

/// Visits rollups in the order in which they were made.
///
/// # Errors
/// When they can't be read, or what the visitor returns.
pub(in crate::ledger) fn for_each(
    connection: &Connection,
    by: RollupBy,
    mut visit: impl FnMut(&Rollup) -> Result<(), LedgerError>,
) -> Result<(), LedgerError> {
    let mut statement = connection.prepare(&format!("SELECT * FROM {} ORDER BY id", table(by).name))?;
    let mut rows = statement.query([])?;
    let mut last: Option<Rollup> = None;
    while let Some(row) = rows.next()? {
        let unreadable = |error| table(by).unreadable(row, error);
        match (row.get::<_, Option<i64>>(6).map_err(unreadable)?, &mut last) {
            (Some(events), _) => {
                let next = rollup(by, events, row).map_err(unreadable)?;
                last.replace(next).map_or(Ok(()), |whole| visit(&whole))?;
            }
            (None, Some(last)) => last.sums.parts.push(part(row).map_err(unreadable)?),
            (None, None) => return Err(LedgerError::damaged("a rollup has no first row")),
        }
    }
    last.map_or(Ok(()), |whole| visit(&whole))
}

fn rollup(by: RollupBy, events: i64, row: &Row<'_>) -> rusqlite::Result<Rollup> {
    let parts: SmallVec<[Part; 1]> = smallvec![part(row)?];
    let sums = Sums { events, denied: row.get(7)?, unpriced: row.get(8)?, parts };
    let of = match by {
        RollupBy::Customer => RollupOf::Customer(row.get(1)?),
        RollupBy::Shape => RollupOf::Shape(row.get(1)?),
    };
    Ok(Rollup { of, month: row.get(2)?, sums })
}

fn part(row: &Row<'_>) -> rusqlite::Result<Part> {
    Ok(Part {
        version: row.get(3)?,
        price: row.get(4)?,
        vendor: row.get(5)?,
        fees: row.get(9)?,
        revenue: row.get(10)?,
        cost: row.get(11)?,
        denied_cost: row.get(12)?,
    })
}
