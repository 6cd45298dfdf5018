//! `counter`: quantities so far. Those of one price and period stand together in one row, packed: a price may have a row for
//! each model and tier, and a customer use many of them.

use super::append::replace;
use super::table::{Among, Table};
use crate::billing::{CounterKey, Life};
use crate::ids::{CustomerId, PriceIndex, RowIndex, SubscriptionId};
use crate::ledger::LedgerError;
use crate::ledger::sql::cells;
use crate::ledger::varint::{Reader, Writer};
use crate::money::Total;
use crate::rating::Counter;
use crate::time::Instant;
use rusqlite::Connection;
use std::ops::Range;

/// Derived: what the events of a customer come to.
pub(in crate::ledger) const COUNTER: Table = Table {
    name: "counter",
    create: "
CREATE TABLE counter (
  customer INTEGER NOT NULL, subscription INTEGER NOT NULL, price INTEGER NOT NULL, period INTEGER NOT NULL,
  body BLOB NOT NULL, PRIMARY KEY (customer, subscription, price, period)) STRICT, WITHOUT ROWID;
",
    columns: &["customer", "subscription", "price", "period", "body"],
    facts: 0,
    counted: None,
    is_setting: false,
};

/// What the quantities of a customer are kept together by.
type Group = (SubscriptionId, PriceIndex, Instant);

fn group(key: &CounterKey) -> Group {
    (key.subscription, key.price, key.period)
}

/// All quantities of these customers, those of one after the other.
pub(in crate::ledger) fn of(
    connection: &Connection,
    among: &Among,
) -> Result<Vec<(CustomerId, CounterKey, Counter)>, LedgerError> {
    let condition = Among::CONDITION;
    let sql = format!(
        "SELECT customer, subscription, price, period, body FROM counter WHERE customer {condition} ORDER BY customer"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query([among])?;
    let mut counters = Vec::new();
    while let Some(row) = rows.next()? {
        let named = || Ok((row.get(0)?, (row.get(1)?, row.get(2)?, row.get(3)?)));
        let (customer, group): (CustomerId, Group) = named().map_err(|error| COUNTER.unreadable(row, error))?;
        let damaged = || LedgerError::damaged(format!("the quantities of customer number {customer} can't be read"));
        let mut body = Reader(row.get_ref(4)?.as_blob().map_err(|_| damaged())?);
        while !body.0.is_empty() {
            let (key, counter) = unpack(group, &mut body).ok_or_else(damaged)?;
            counters.push((customer, key, counter));
        }
    }
    Ok(counters)
}

fn unpack((subscription, price, period): Group, body: &mut Reader<'_>) -> Option<(CounterKey, Counter)> {
    let row = RowIndex::at(usize::try_from(body.unsigned()?).ok().filter(|row| *row < RowIndex::MOST)?)?;
    let quantity = body.quantity()?;
    let [rated, charged] = [body.wide()?, body.wide()?].map(Total::from_count);
    Some((CounterKey { subscription, price, row, period }, Counter { quantity, rated, charged }))
}

fn pack(body: &mut Writer, key: &CounterKey, counter: &Counter) {
    body.unsigned([key.row.number().into()]);
    body.quantity(&counter.quantity);
    [counter.rated, counter.charged].iter().for_each(|sum| body.wide(sum.count()));
}

/// Quantities that have changed, packed to be stored.
#[derive(Default)]
pub(in crate::ledger) struct Changed {
    rows: Vec<(CustomerId, Group, Range<usize>)>,
    bodies: Writer,
    /// Which they are: of the life at that place.
    pub keys: Vec<(usize, CounterKey)>,
}

impl Changed {
    /// Takes what has changed in lives, which counts as stored from then on.
    pub fn take(lives: &mut [Life]) -> Self {
        let mut changed = Self::default();
        lives.iter_mut().enumerate().for_each(|(place, life)| changed.add(place, life));
        changed
    }

    fn add(&mut self, place: usize, life: &mut Life) {
        let counters = life.take_changed_counters();
        for same in counters.chunk_by(|a, b| group(&a.0) == group(&b.0)) {
            let start = self.bodies.written().len();
            same.iter().for_each(|(key, counter, _)| pack(&mut self.bodies, key, counter));
            self.rows.push((life.customer, group(&same[0].0), start..self.bodies.written().len()));
        }
        self.keys.extend(counters.iter().filter(|(.., is_changed)| *is_changed).map(|(key, ..)| (place, *key)));
    }

    /// Stores them.
    pub fn store(self, connection: &Connection) -> Result<(), LedgerError> {
        let mut values = Vec::with_capacity(self.rows.len() * COUNTER.columns.len());
        for (customer, (subscription, price, period), body) in self.rows {
            values.extend(cells![customer, subscription, price, period, &self.bodies.written()[body]]);
        }
        replace(connection, &COUNTER, &values)
    }
}

/// The customers who have any.
pub(in crate::ledger) fn customers(connection: &Connection) -> Result<Vec<CustomerId>, LedgerError> {
    COUNTER.rows(connection, "SELECT DISTINCT customer FROM counter", [], |row| row.get(0))
}
