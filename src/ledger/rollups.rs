//! What usage comes to by customer and month and by shape and month: written with the events, read by reports. Rows are
//! only ever appended; those of the same customer or shape and month add up. A rollup with several parts is a row for
//! each, of which the first alone has the counts.

use super::append::{CUSTOMER_MONTH, SHAPE_MONTH, Seals, Table, append, optional};
use super::book::next_id;
use super::{Ledger, LedgerError};
use crate::billing::{Part, Rollup, Sums, Whose};
use crate::time::Instant;
use rusqlite::types::ValueRef::{Integer, Null};
use rusqlite::{Connection, Row};
use smallvec::{SmallVec, smallvec};

/// Which rollups.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RollupsBy {
    /// By customer and month, divided by product version.
    Customer,
    /// By shape and month, divided by price and vendor.
    Shape,
}

impl RollupsBy {
    /// Both.
    pub(super) const ALL: [Self; 2] = [Self::Customer, Self::Shape];

    fn table(self) -> &'static Table {
        match self {
            Self::Customer => &CUSTOMER_MONTH,
            Self::Shape => &SHAPE_MONTH,
        }
    }

    /// The table's name.
    pub(super) fn name(self) -> &'static str {
        self.table().name
    }

    fn whose(self, id: i64) -> Whose {
        match self {
            Self::Customer => Whose::Customer(id),
            Self::Shape => Whose::Shape(id),
        }
    }
}

/// Appends rollups.
pub(super) fn write(connection: &Connection, seals: &mut Seals, rollups: &[Rollup]) -> Result<(), LedgerError> {
    for by in RollupsBy::ALL {
        let of = |rollup: &Rollup| match (by, rollup.whose) {
            (RollupsBy::Customer, Whose::Customer(id)) | (RollupsBy::Shape, Whose::Shape(id)) => Some(id),
            _ => None,
        };
        let mut rows = Vec::new();
        let mut id = next_id(connection, by.name(), "id")?;
        for (whose, rollup) in rollups.iter().filter_map(|rollup| Some((of(rollup)?, rollup))) {
            for (ordinal, part) in rollup.sums.parts.iter().enumerate() {
                rows.extend([id, whose, rollup.month.micros()].map(Integer));
                rows.extend([part.version, part.price.map(i64::from), part.vendor].map(optional));
                let Sums { events, denied, unpriced, .. } = rollup.sums;
                rows.extend([events, denied, unpriced].map(|count| if ordinal == 0 { Integer(count) } else { Null }));
                rows.extend([part.fees, part.revenue, part.cost, part.denied_cost].map(Integer));
                id += 1;
            }
        }
        append(connection, seals, by.table(), &rows)?;
    }
    Ok(())
}

/// Visits rollups in the order in which they were made.
///
/// # Errors
/// When they can't be read, or what the visitor returns.
pub(super) fn for_each(
    connection: &Connection,
    by: RollupsBy,
    mut visit: impl FnMut(&Rollup) -> Result<(), LedgerError>,
) -> Result<(), LedgerError> {
    let mut statement = connection.prepare(&format!("SELECT * FROM {} ORDER BY id", by.name()))?;
    let mut rows = statement.query([])?;
    let mut last: Option<Rollup> = None;
    while let Some(row) = rows.next()? {
        match (row.get::<_, Option<i64>>(6)?, &mut last) {
            (Some(events), _) => {
                let next = rollup(by, events, row)?;
                last.replace(next).map_or(Ok(()), |whole| visit(&whole))?;
            }
            (None, Some(last)) => last.sums.parts.push(part(row)?),
            (None, None) => return Err(LedgerError::damaged("a rollup has no first row")),
        }
    }
    last.map_or(Ok(()), |whole| visit(&whole))
}

fn rollup(by: RollupsBy, events: i64, row: &Row<'_>) -> Result<Rollup, LedgerError> {
    let parts: SmallVec<[Part; 1]> = smallvec![part(row)?];
    let sums = Sums { events, denied: row.get(7)?, unpriced: row.get(8)?, parts };
    Ok(Rollup { whose: by.whose(row.get(1)?), month: Instant::from_micros(row.get(2)?), sums })
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

impl Ledger {
    /// Visits rollups in the order in which they were made.
    ///
    /// # Errors
    /// When the ledger can't be read, or what the visitor returns.
    pub fn for_each_rollup(
        &self,
        by: RollupsBy,
        visit: impl FnMut(&Rollup) -> Result<(), LedgerError>,
    ) -> Result<(), LedgerError> {
        for_each(&self.connection, by, visit).map_err(|e| e.at(self.path()))
    }
}
