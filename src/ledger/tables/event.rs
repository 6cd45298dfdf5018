//! `event`: usage events with their costs, fees and draws, some dozens to a row. What a body holds, [`packed`] knows.
//!
//! [`packed`]: crate::ledger::packed

use super::append::append;
use super::seal::Seals;
use super::table::Table;
use crate::billing::{Status, Unpriced};
use crate::ids::{EventNumber, OperationId};
use crate::ledger::LedgerError;
use crate::ledger::packed::{Packed, PackedEvent, PackedRow, Unpacking};
use crate::ledger::sql::{cells, numbered};
use crate::wallet::DecidedBy;
use rusqlite::{Connection, Row, Rows};

/// All of its columns are facts. `first` is the number of the first event, and `count` says how many there are.
pub(in crate::ledger) const EVENT: Table = Table {
    name: "event",
    create: "
CREATE TABLE event (first INTEGER PRIMARY KEY, count INTEGER NOT NULL, body BLOB NOT NULL, operation INTEGER NOT NULL) STRICT;
",
    columns: &["first", "count", "body"],
    facts: 3,
    counted: Some(1),
    is_setting: false,
};

numbered!(Status {
    Charged = 0,
    Denied = 1,
    Unpriced(Unpriced::NoSubscription) = 2,
    Unpriced(Unpriced::SubscriptionNotStarted) = 3,
    Unpriced(Unpriced::SubscriptionEnded) = 4,
    Unpriced(Unpriced::NoPrice) = 5,
    Unpriced(Unpriced::NoDimensionRow) = 6,
    Unpriced(Unpriced::NoVolume) = 7,
    Unpriced(Unpriced::NegativeVolume) = 8,
});

numbered!(DecidedBy {
    OnlyLot = 0,
    Priority = 1,
    Purpose = 2,
    ExpiresAt = 3,
    GrantedAt = 4,
    Id = 5,
    Overdraft = 6,
    DrawnLast = 7,
    Credit = 8,
});

/// The number that the next event gets.
pub(in crate::ledger) fn next_number(connection: &Connection) -> Result<EventNumber, LedgerError> {
    let sql = "SELECT coalesce((SELECT first + count FROM event ORDER BY first DESC LIMIT 1), 1)";
    Ok(connection.prepare_cached(sql)?.query_row([], |row| row.get(0))?)
}

/// Whether there is none.
pub(in crate::ledger) fn is_empty(connection: &Connection) -> Result<bool, LedgerError> {
    Ok(!connection.prepare_cached("SELECT 1 FROM event LIMIT 1")?.exists([])?)
}

/// Appends events.
pub(in crate::ledger) fn write(connection: &Connection, seals: &mut Seals, events: &Packed) -> Result<(), LedgerError> {
    let row = |row: &PackedRow| cells![row.first, row.count, events.body(row)];
    let rows: Vec<_> = events.rows.iter().flat_map(row).collect();
    append(connection, seals, &EVENT, &rows)
}

/// Visits the events numbered `from` to `to` in their order.
pub(in crate::ledger) fn for_each(
    connection: &Connection,
    from: EventNumber,
    to: EventNumber,
    mut visit: impl FnMut(PackedEvent<'_>) -> Result<(), LedgerError>,
) -> Result<(), LedgerError> {
    let mut statement = connection.prepare_cached(
        "SELECT first, count, body FROM event
         WHERE first BETWEEN coalesce((SELECT max(first) FROM event WHERE first <= ?1), ?1) AND ?2 ORDER BY first",
    )?;
    let mut rows = statement.query([from, to])?;
    while let Some(row) = rows.next()? {
        let parts = || Ok((row.get(0)?, row.get(1)?));
        let (first, count) = parts().map_err(|error| EVENT.unreadable(row, error))?;
        let body = row.get_ref(2)?.as_blob();
        let body =
            body.map_err(|_| LedgerError::damaged(format!("table event, row {first}, column body: it is no blob")))?;
        for event in Unpacking::new(first, count, body) {
            let event = event?;
            if (from..=to).contains(&event.fact.seq) {
                visit(event)?;
            }
        }
    }
    Ok(())
}

/// All rows, in their order.
pub(in crate::ledger) const ROWS: &str = "SELECT first, count, body, operation FROM event ORDER BY first";

/// A row as stored, with the operation that it belongs to.
pub(in crate::ledger) struct EventRow {
    pub first: EventNumber,
    pub count: i64,
    pub body: Vec<u8>,
    pub operation: OperationId,
}

fn read_row(row: &Row<'_>) -> rusqlite::Result<EventRow> {
    Ok(EventRow { first: row.get(0)?, count: row.get(1)?, body: row.get(2)?, operation: row.get(3)? })
}

/// The next of [`ROWS`], if there is one.
pub(in crate::ledger) fn next_row(rows: &mut Rows<'_>) -> Result<Option<EventRow>, LedgerError> {
    let Some(row) = rows.next()? else { return Ok(None) };
    read_row(row).map(Some).map_err(|error| EVENT.unreadable(row, error))
}

/// The row that an event is in, if it is in one.
pub(in crate::ledger) fn row_with(
    connection: &Connection,
    event: EventNumber,
) -> Result<Option<EventRow>, LedgerError> {
    let sql = "SELECT first, count, body, operation FROM event WHERE first <= ?1 ORDER BY first DESC LIMIT 1";
    EVENT.row(connection, sql, [event], read_row)
}

/// The event's own row, and the operation that it belongs to.
const OWN_ROW: &str = "SELECT first, operation FROM event WHERE first <= ?1 ORDER BY first DESC LIMIT 1";

/// The operation that recorded an event.
pub(in crate::ledger) fn operation_of(
    connection: &Connection,
    event: EventNumber,
) -> Result<Option<OperationId>, LedgerError> {
    EVENT.row(connection, OWN_ROW, [event], |row| row.get(1))
}

/// The first and the last event that an operation recorded, if it recorded any. Operations number events one after the
/// other, so they are found by halving.
pub(in crate::ledger) fn range_of(
    connection: &Connection,
    operation: OperationId,
) -> Result<Option<(EventNumber, EventNumber)>, LedgerError> {
    let end = next_number(connection)?.number();
    // The first event of an operation that is not before `wanted`.
    let begin = |wanted: OperationId| {
        let (mut low, mut high) = (1, end);
        while low < high {
            let middle = low + (high - low) / 2;
            let of = operation_of(connection, EventNumber::from_number(middle))?;
            if of.is_some_and(|of| of < wanted) { low = middle + 1 } else { high = middle }
        }
        Ok::<i64, LedgerError>(low)
    };
    let first = begin(operation)?;
    let last = begin(OperationId::from_number(operation.number().saturating_add(1)))? - 1;
    let numbers = (EventNumber::from_number(first), EventNumber::from_number(last));
    Ok((first <= last).then_some(numbers))
}
