//! Rows back to usage events: one reader for reports, statements, `explain` and `verify`.

use super::event_id::event_id_text;
use super::{Ledger, LedgerError};
use crate::billing::{CostFact, CustomerId, Engine, EventFact, FeeFact, OverageFact, Status, Unpriced};
use crate::money::{CURRENCY_PRECISION, Decimal, decimal_of, parse_decimal};
use crate::rating::Quantity;
use crate::time::Instant;
use crate::usage::{Fields, Shape, UsageEvent};
use crate::wallet::{DecidedBy, Draw};
use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, Row, Rows, Statement};
use smallvec::SmallVec;

/// A usage event as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredEvent {
    /// What became of it.
    pub fact: EventFact,
    /// Its id, as the log had it.
    pub id: String,
    /// The JSON array of its values.
    pub values: String,
}

/// Where the eleven fee columns start in `event` and in `fee`.
const EVENT_FEE: usize = 11;
const FEE_FEE: usize = 2;

pub(super) const EVENT_COLUMNS: &str = "seq, id, customer, shape, occurred_at, posted_at, status, previous, data, vendor, \
     cost, subscription, price, row, before_count, before_volume, amount, value, lot, drawn, earned, decided_by";

fn damaged(seq: i64, what: &str) -> LedgerError {
    LedgerError::damaged(format!("event number {seq}: {what}"))
}

fn status(number: i64) -> Option<Status> {
    match number {
        0 => Some(Status::Charged),
        1 => Some(Status::Denied),
        n => Some(Status::Unpriced(Unpriced::NAMES.get(usize::try_from(n.checked_sub(2)?).ok()?)?.1)),
    }
}

/// Reads one row of `event`; fees, draws and costs beyond the first are still missing.
fn event_row(row: &Row<'_>) -> Result<StoredEvent, LedgerError> {
    let seq: i64 = row.get(0)?;
    let id = event_id_text(&row.get::<_, Value>(1)?).ok_or_else(|| damaged(seq, "its id can't be read"))?;
    let status = status(row.get(6)?).ok_or_else(|| damaged(seq, "its status is unknown"))?;
    let mut costs = SmallVec::new();
    if let Some(vendor) = row.get(9)? {
        costs.push(CostFact { vendor, amount: row.get(10)? });
    }
    let mut fees = SmallVec::new();
    if row.get_ref(EVENT_FEE)? != ValueRef::Null {
        fees.push(fee(row, EVENT_FEE).map_err(|e| damaged(seq, &e.to_string()))?);
    }
    let fact = EventFact {
        seq,
        customer: row.get(2)?,
        shape: row.get(3)?,
        occurred_at: Instant::from_micros(row.get(4)?),
        posted_at: row.get::<_, Option<i64>>(5)?.map(Instant::from_micros),
        status,
        previous: row.get(7)?,
        costs,
        fees,
    };
    Ok(StoredEvent { fact, id, values: row.get(8)? })
}

/// Reads the eleven columns of a fee with its first draw.
fn fee(row: &Row<'_>, start: usize) -> Result<FeeFact, LedgerError> {
    let amount: i64 = row.get(start + 5)?;
    let mut draws = SmallVec::new();
    if let Some(lot) = row.get::<_, Option<i64>>(start + 7)? {
        let drawn = row.get::<_, Option<i64>>(start + 8)?.unwrap_or(amount);
        let earned = row.get::<_, Option<i64>>(start + 9)?.unwrap_or(drawn);
        draws.push(draw(lot, drawn, earned, row.get(start + 10)?)?);
    }
    let count = row.get::<_, Option<i64>>(start + 3)?.unwrap_or(0);
    Ok(FeeFact {
        subscription: row.get(start)?,
        price: row.get(start + 1)?,
        row: row.get(start + 2)?,
        before: Quantity { count: count.cast_unsigned(), volume: volume(row.get_ref(start + 4)?)? },
        amount,
        value: row.get::<_, Option<i64>>(start + 6)?.unwrap_or(amount),
        overage: None,
        draws,
    })
}

fn volume(value: ValueRef<'_>) -> Result<Decimal, LedgerError> {
    let unreadable = || LedgerError::damaged("a quantity can't be read");
    match value {
        ValueRef::Null => Ok(Decimal::ZERO),
        ValueRef::Integer(integer) => Ok(Decimal::from(integer)),
        ValueRef::Text(bytes) => {
            let text = std::str::from_utf8(bytes).map_err(|_| unreadable())?;
            Decimal::from_str_exact(text).map_err(|_| unreadable())
        }
        ValueRef::Real(_) | ValueRef::Blob(_) => Err(unreadable()),
    }
}

fn draw(lot: i64, amount: i64, earned: i64, decided_by: u8) -> Result<Draw, LedgerError> {
    let known = DecidedBy::NAMES
        .get(usize::from(decided_by))
        .ok_or_else(|| LedgerError::damaged("a draw has an unknown reason"))?;
    Ok(Draw { lot: (lot != 0).then_some(lot), amount, earned, decided_by: known.1 })
}

/// The tables that hold what an event's own row has no room for, each read in the order of events.
struct Extras<'s> {
    fees: Further<'s, FeeFact>,
    draws: Further<'s, (u8, Draw)>,
    overages: Further<'s, (u8, OverageFact)>,
    costs: Further<'s, CostFact>,
}

/// How a row of such a table is read.
type ReadRow<T> = fn(&Row<'_>) -> Result<T, LedgerError>;

/// Rows of one such table, with the next one already read: its event is known.
struct Further<'s, T> {
    rows: Rows<'s>,
    read: ReadRow<T>,
    next: Option<(i64, T)>,
}

impl<'s, T> Further<'s, T> {
    fn new(statement: &'s mut Statement<'_>, from: i64, to: i64, read: ReadRow<T>) -> Result<Self, LedgerError> {
        let mut this = Self { rows: statement.query([from, to])?, read, next: None };
        this.step()?;
        Ok(this)
    }

    fn step(&mut self) -> Result<Option<(i64, T)>, LedgerError> {
        let read = self.read;
        let next = match self.rows.next()? {
            Some(row) => Some((row.get(0)?, read(row)?)),
            None => None,
        };
        Ok(std::mem::replace(&mut self.next, next))
    }

    /// The next row, if it is of that event. Events are asked for in their order.
    fn of(&mut self, event: i64) -> Result<Option<T>, LedgerError> {
        match self.next {
            Some((next, _)) if next == event => Ok(self.step()?.map(|(_, row)| row)),
            Some((next, _)) if next < event => Err(damaged(next, "it has fees, draws or costs, but is not there")),
            _ => Ok(None),
        }
    }
}

impl Extras<'_> {
    fn complete(&mut self, event: &mut EventFact) -> Result<(), LedgerError> {
        let seq = event.seq;
        while let Some(fee) = self.fees.of(seq)? {
            event.fees.push(fee);
        }
        while let Some((index, draw)) = self.draws.of(seq)? {
            let fee = event.fees.get_mut(usize::from(index)).ok_or_else(|| damaged(seq, "a draw has no fee"))?;
            fee.draws.push(draw);
        }
        while let Some((index, overage)) = self.overages.of(seq)? {
            let fee = event.fees.get_mut(usize::from(index)).ok_or_else(|| damaged(seq, "an overage has no fee"))?;
            fee.overage = Some(overage);
        }
        while let Some(cost) = self.costs.of(seq)? {
            event.costs.push(cost);
        }
        Ok(())
    }
}

/// Visits the events numbered `from` to `to` in their order.
pub(super) fn for_each_event(
    connection: &Connection,
    from: i64,
    to: i64,
    mut visit: impl FnMut(StoredEvent) -> Result<(), LedgerError>,
) -> Result<(), LedgerError> {
    let ordered = |columns: &str, table: &str, by: &str| {
        connection
            .prepare_cached(&format!("SELECT {columns} FROM {table} WHERE {by} BETWEEN ?1 AND ?2 ORDER BY 1, 2, 3"))
    };
    let fee_columns = "event, ordinal, subscription, price, row, before_count, before_volume, amount, value, lot, drawn, \
         earned, decided_by";
    let mut fees = ordered(fee_columns, "fee", "event")?;
    let mut draws = ordered("event, fee, ordinal, lot, drawn, earned, decided_by", "draw", "event")?;
    let mut overages = ordered("event, fee, units, amount", "overage", "event")?;
    let mut costs = ordered("event, ordinal, vendor, amount", "cost", "event")?;
    let mut extras = Extras {
        fees: Further::new(&mut fees, from, to, |row| fee(row, FEE_FEE))?,
        draws: Further::new(&mut draws, from, to, |row| {
            Ok((row.get(1)?, draw(row.get(3)?, row.get(4)?, row.get(5)?, row.get(6)?)?))
        })?,
        overages: Further::new(&mut overages, from, to, |row| {
            Ok((row.get(1)?, OverageFact { units: row.get(2)?, amount: row.get(3)? }))
        })?,
        costs: Further::new(&mut costs, from, to, |row| Ok(CostFact { vendor: row.get(2)?, amount: row.get(3)? }))?,
    };
    let mut events = connection
        .prepare_cached(&format!("SELECT {EVENT_COLUMNS} FROM event WHERE seq BETWEEN ?1 AND ?2 ORDER BY seq"))?;
    let mut rows = events.query([from, to])?;
    while let Some(row) = rows.next()? {
        let mut event = event_row(row)?;
        extras.complete(&mut event.fact)?;
        visit(event)?;
    }
    Ok(())
}

/// The event of that number.
pub(super) fn event(connection: &Connection, seq: i64) -> Result<StoredEvent, LedgerError> {
    let mut found = None;
    for_each_event(connection, seq, seq, |event| {
        found = Some(event);
        Ok(())
    })?;
    found.ok_or_else(|| damaged(seq, "it is referred to, but not there"))
}

/// The event with that id, if there is one.
pub(super) fn event_by_id(connection: &Connection, id: &str) -> Result<Option<StoredEvent>, LedgerError> {
    let hash = super::keys::hash_id(&super::append::hash_key(connection)?, id);
    for (_, seq) in super::keys::find(connection, &[hash])? {
        let stored = event(connection, seq)?;
        if stored.id == id {
            return Ok(Some(stored));
        }
    }
    Ok(None)
}

pub(super) fn shape(connection: &Connection, id: i64) -> Result<Shape, LedgerError> {
    let body: String =
        connection.prepare_cached("SELECT body FROM shape WHERE id = ?1")?.query_row([id], |row| row.get(0))?;
    serde_json::from_str(&body).map_err(|e| LedgerError::damaged(format!("shape {id} can't be read: {e}")))
}

impl Ledger {
    /// Visits all events in the order in which they were recorded.
    ///
    /// # Errors
    /// When the ledger can't be read, or what the visitor returns.
    pub fn for_each_event(&self, visit: impl FnMut(StoredEvent) -> Result<(), LedgerError>) -> Result<(), LedgerError> {
        for_each_event(&self.connection, 0, i64::MAX, visit).map_err(|e| e.at(self.path()))
    }

    /// The event with that id, if there is one.
    ///
    /// # Errors
    /// When the ledger can't be read.
    pub fn event_by_id(&self, id: &str) -> Result<Option<StoredEvent>, LedgerError> {
        event_by_id(&self.connection, id).map_err(|e| e.at(self.path()))
    }

    /// A customer's events, newest first, until the visitor says `false`. Costs as much as the customer has events.
    ///
    /// # Errors
    /// When the ledger can't be read.
    pub fn for_each_event_of(
        &self,
        customer: CustomerId,
        mut visit: impl FnMut(StoredEvent) -> bool,
    ) -> Result<(), LedgerError> {
        let mut walk = || {
            let mut seq: i64 = self
                .connection
                .prepare_cached("SELECT last_event FROM customer WHERE id = ?1")?
                .query_row([customer], |row| row.get(0))?;
            while seq != 0 {
                let event = event(&self.connection, seq)?;
                seq = event.fact.previous;
                if !visit(event) {
                    break;
                }
            }
            Ok(())
        };
        walk().map_err(|e: LedgerError| e.at(self.path()))
    }

    /// The full form of a stored event.
    ///
    /// # Errors
    /// When what it refers to is not there.
    pub fn expand(&self, stored: &StoredEvent) -> Result<UsageEvent, LedgerError> {
        expand(&self.connection, stored).map_err(|e| e.at(self.path()))
    }

    /// All stored shapes with their numbers.
    ///
    /// # Errors
    /// When the ledger can't be read.
    pub fn shapes(&self) -> Result<Vec<(i64, Shape)>, LedgerError> {
        let load = || -> Result<Vec<_>, LedgerError> {
            let mut statement = self.connection.prepare("SELECT id FROM shape ORDER BY id")?;
            let ids: Vec<i64> = statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
            ids.into_iter().map(|id| Ok((id, shape(&self.connection, id)?))).collect()
        };
        load().map_err(|e| e.at(self.path()))
    }

    /// A stored shape.
    ///
    /// # Errors
    /// When there is none of that number.
    pub fn shape(&self, id: i64) -> Result<Shape, LedgerError> {
        shape(&self.connection, id).map_err(|e| e.at(self.path()))
    }
}

/// The full form of a stored event.
pub(super) fn expand(connection: &Connection, stored: &StoredEvent) -> Result<UsageEvent, LedgerError> {
    let shape = shape(connection, stored.fact.shape)?;
    let customer: String = connection
        .prepare_cached("SELECT external_id FROM customer WHERE id = ?1")?
        .query_row([stored.fact.customer], |row| row.get(0))?;
    let seq = stored.fact.seq;
    let values = Fields::read(&stored.values).ok_or_else(|| damaged(seq, "its data can't be read"))?;
    if values.len() != shape.value_count() {
        return Err(damaged(seq, "its data does not fit its shape"));
    }
    let costs: Vec<Decimal> = if shape.keeps_costs() {
        let kept = values[values.len() - shape.vendors.len()..].iter().map(|text| parse_decimal(text).ok());
        kept.collect::<Option<_>>().ok_or_else(|| damaged(seq, "its costs can't be read"))?
    } else {
        // Costs by the catalog's rules are not the log's: then the shape has no vendors.
        let own = stored.fact.costs.iter().take(shape.vendors.len());
        own.map(|cost| decimal_of(cost.amount, CURRENCY_PRECISION)).collect()
    };
    Ok(shape.expand(&stored.id, &customer, stored.fact.occurred_at, &values, &costs))
}

impl super::Writer<'_> {
    /// An id that no event has yet, for one that came without: `event-7` for the ledger's seventh.
    ///
    /// # Errors
    /// When the ledger can't be read.
    pub fn free_event_id(&self, engine: &Engine) -> Result<String, LedgerError> {
        let mut number = engine.numbers.event;
        loop {
            let id = format!("event-{number}");
            if event_by_id(&self.tx, &id).map_err(|e| e.at(self.path))?.is_none() {
                return Ok(id);
            }
            number += 1;
        }
    }
}
