//! Loading and storing one customer's life. Everything here goes by the customer: it costs the same in a ledger of ten
//! events as in one of ten million.

use super::LedgerError;
use super::open::{Writer, meta_integer};
use crate::billing::{AssetId, AutoPaidKey, AutoTopupRule, CounterKey, CustomerId, Engine, Facts, Life, Subscription};
use crate::rating::{Counter, Quantity};
use crate::time::{Instant, Unit};
use crate::wallet::{Account, Lot, Purpose};
use rusqlite::{Connection, Row};
use rustc_hash::FxHashMap;

/// The columns that [`lot_row`] reads.
pub(super) const LOT_COLUMNS: &str =
    "id, asset, purpose, priority, granted_at, effective_at, expires_at, amount, basis, left_over, released";

/// A stored lot and its asset.
pub(super) fn lot_row(row: &Row<'_>) -> rusqlite::Result<(AssetId, Lot)> {
    let purpose = usize::from(row.get::<_, u8>(2)?);
    let lot = Lot {
        id: row.get(0)?,
        purpose: Purpose::NAMES.get(purpose).map_or(Purpose::Paid, |(_, p)| *p),
        priority: row.get(3)?,
        granted_at: Instant::from_micros(row.get(4)?),
        effective_at: Instant::from_micros(row.get(5)?),
        expires_at: row.get::<_, Option<i64>>(6)?.map(Instant::from_micros),
        amount: row.get(7)?,
        basis: row.get(8)?,
        left: row.get(9)?,
        released: row.get(10)?,
        changed: false,
    };
    Ok((row.get(1)?, lot))
}

/// A customer's life as stored. `order` is the burn order in force.
pub(super) fn load(connection: &Connection, customer: CustomerId, engine: &Engine) -> Result<Life, LedgerError> {
    let mut life = Life::new(customer);
    let (clock, last_event): (i64, i64) = connection
        .prepare_cached("SELECT clock, last_event FROM customer WHERE id = ?1")?
        .query_row([customer], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let moved = customer <= meta_integer(connection, "moved_customers")?;
    let moved_to = if moved { meta_integer(connection, "moved_to")? } else { 0 };
    life.clock = Instant::from_micros(clock.max(moved_to));
    life.last_event = last_event;
    life.subscriptions = subscriptions(connection, customer)?;
    life.accounts = accounts(connection, customer, engine)?;
    life.counters = counters(connection, customer)?;
    life.rules = rules(connection, customer)?;
    life.auto_paid = auto_paid(connection, &life)?;
    life.refresh_due();
    Ok(life)
}

fn subscriptions(connection: &Connection, customer: CustomerId) -> Result<Vec<Subscription>, LedgerError> {
    let mut statement = connection.prepare_cached(
        "SELECT id, version, started_at, ended_at FROM subscription LEFT JOIN subscription_end ON subscription = id
         WHERE customer = ?1 ORDER BY id",
    )?;
    let row = |row: &Row<'_>| {
        Ok(Subscription {
            id: row.get(0)?,
            version: row.get(1)?,
            started_at: Instant::from_micros(row.get(2)?),
            ended_at: row.get::<_, Option<i64>>(3)?.map_or(Instant::MAX, Instant::from_micros),
        })
    };
    let rows = statement.query_map([customer], row)?.collect::<Result<_, _>>()?;
    Ok(rows)
}

fn accounts(
    connection: &Connection,
    customer: CustomerId,
    engine: &Engine,
) -> Result<FxHashMap<AssetId, Account>, LedgerError> {
    let mut lots: FxHashMap<AssetId, (Vec<Lot>, i64)> = FxHashMap::default();
    let sql = format!("SELECT {LOT_COLUMNS} FROM lot WHERE customer = ?1 AND left_over > 0");
    let mut statement = connection.prepare_cached(&sql)?;
    for row in statement.query_map([customer], lot_row)? {
        let (asset, lot) = row?;
        lots.entry(asset).or_default().0.push(lot);
    }
    let mut statement = connection.prepare_cached("SELECT asset, amount FROM deficit WHERE customer = ?1")?;
    let mut rows = statement.query([customer])?;
    while let Some(row) = rows.next()? {
        lots.entry(row.get(0)?).or_default().1 = row.get(1)?;
    }
    if let Some(unknown) = lots.keys().find(|&&asset| !engine.knows(asset)) {
        return Err(LedgerError::damaged(format!("a lot of customer number {customer} is of asset number {unknown}")));
    }
    let account = |(asset, (lots, deficit))| (asset, Account::load(lots, deficit, engine.burn_order()));
    Ok(lots.into_iter().map(account).collect())
}

pub(super) fn counters(
    connection: &Connection,
    customer: CustomerId,
) -> Result<FxHashMap<CounterKey, Counter>, LedgerError> {
    let mut statement = connection
        .prepare_cached("SELECT subscription, price, row, quantity, rated FROM counter WHERE customer = ?1")?;
    let mut rows = statement.query([customer])?;
    let mut counters = FxHashMap::default();
    while let Some(row) = rows.next()? {
        let key = CounterKey { subscription: row.get(0)?, price: row.get(1)?, row: row.get(2)? };
        let text: String = row.get(3)?;
        let quantity =
            Quantity::from_text(&text).ok_or_else(|| LedgerError::damaged(format!("a counter holds {text:?}")))?;
        counters.insert(key, Counter { quantity, rated: row.get(4)? });
    }
    Ok(counters)
}

/// A customer's own rules: the latest for each asset, unless it was removed.
pub(super) fn rules(
    connection: &Connection,
    customer: CustomerId,
) -> Result<FxHashMap<AssetId, AutoTopupRule>, LedgerError> {
    let mut statement = connection.prepare_cached(
        "SELECT asset, off, threshold, amount, currency, monthly_limit FROM auto_topup_rule
         WHERE customer = ?1 ORDER BY id",
    )?;
    let mut rows = statement.query([customer])?;
    let mut rules = FxHashMap::default();
    while let Some(row) = rows.next()? {
        let asset: AssetId = row.get(0)?;
        match row.get::<_, i64>(1)? {
            0 => {
                let on = AutoTopupRule::On {
                    threshold: row.get(2)?,
                    amount: row.get(3)?,
                    currency: row.get(4)?,
                    limit: row.get(5)?,
                };
                rules.insert(asset, on);
            }
            1 => drop(rules.insert(asset, AutoTopupRule::Off)),
            _ => drop(rules.remove(&asset)),
        }
    }
    Ok(rules)
}

/// What was paid automatically in the calendar month that the life is in, by asset and currency. Earlier months are over:
/// nothing is ever paid in them again.
fn auto_paid(connection: &Connection, life: &Life) -> Result<FxHashMap<AutoPaidKey, i64>, LedgerError> {
    let month = life.clock.start_of(Unit::Month);
    let mut statement = connection.prepare_cached(
        "SELECT lot.asset, currency, sum(paid) FROM topup JOIN lot ON lot.id = topup.lot
         WHERE topup.customer = ?1 AND at >= ?2 AND event IS NOT NULL GROUP BY lot.asset, currency",
    )?;
    let sum = |row: &Row<'_>| Ok((AutoPaidKey { asset: row.get(0)?, currency: row.get(1)?, month }, row.get(2)?));
    let sums = statement.query_map((life.customer, month.micros()), sum)?.collect::<Result<_, _>>()?;
    Ok(sums)
}

/// Stores what changed in a life: what is left of lots, quantities so far, deficits, and how far it has come.
pub(super) fn store(connection: &Connection, life: &mut Life) -> Result<(), LedgerError> {
    let mut lot = connection.prepare_cached("UPDATE lot SET left_over = ?2, released = ?3 WHERE id = ?1")?;
    let mut deficit = connection.prepare_cached("INSERT OR REPLACE INTO deficit VALUES (?1, ?2, ?3)")?;
    let mut no_deficit = connection.prepare_cached("DELETE FROM deficit WHERE customer = ?1 AND asset = ?2")?;
    for (&asset, account) in &mut life.accounts {
        for changed in account.take_changed() {
            lot.execute((changed.id, changed.left, changed.released))?;
        }
        if account.deficit() > 0 {
            deficit.execute((life.customer, asset, account.deficit()))?;
        } else {
            no_deficit.execute((life.customer, asset))?;
        }
    }
    let mut counter = connection.prepare_cached("INSERT OR REPLACE INTO counter VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?;
    for (key, value) in life.take_changed_counters() {
        let quantity = value.quantity.to_text();
        counter.execute((life.customer, key.subscription, key.price, key.row, quantity, value.rated))?;
    }
    connection.prepare_cached("UPDATE customer SET clock = ?2, last_event = ?3 WHERE id = ?1")?.execute((
        life.customer,
        life.clock.micros(),
        life.last_event,
    ))?;
    Ok(())
}

/// Customers to whom time alone brings something until `to`.
pub(super) fn due_customers(connection: &Connection, to: Instant) -> Result<Vec<CustomerId>, LedgerError> {
    let mut statement = connection.prepare_cached(
        "SELECT customer FROM lot WHERE left_over > 0 AND expires_at <= ?1
         UNION SELECT customer FROM deficit WHERE amount > 0 ORDER BY customer",
    )?;
    let ids = statement.query_map([to.micros()], |row| row.get(0))?.collect::<Result<_, _>>()?;
    Ok(ids)
}

impl super::Ledger {
    /// A customer's life as stored.
    ///
    /// # Errors
    /// When the ledger can't be read.
    pub fn life(&self, customer: CustomerId, engine: &Engine) -> Result<Life, LedgerError> {
        load(&self.connection, customer, engine).map_err(|e| e.at(self.path()))
    }

    /// The latest instant the ledger has processed.
    ///
    /// # Errors
    /// When the ledger can't be read.
    pub fn horizon(&self) -> Result<Instant, LedgerError> {
        meta_integer(&self.connection, "horizon").map(Instant::from_micros).map_err(|e| e.at(self.path()))
    }
}

impl Writer<'_> {
    /// A customer's life as stored.
    ///
    /// # Errors
    /// When the ledger can't be read.
    pub fn life(&self, customer: CustomerId, engine: &Engine) -> Result<Life, LedgerError> {
        load(&self.tx, customer, engine).map_err(|e| e.at(self.path))
    }

    /// Appends what happened to a customer outside of a log, and stores their life.
    ///
    /// # Errors
    /// When the ledger can't be written.
    pub fn record(&mut self, life: &mut Life, facts: &mut Facts) -> Result<(), LedgerError> {
        self.step(|writer| {
            // Credit takes effect at its own time, which the life may not have come to yet.
            let credited = facts.topups.iter().map(|t| t.at).chain(facts.adjustments.iter().map(|a| a.at));
            let latest = credited.fold(life.clock, Instant::max);
            super::facts::write(&writer.tx, &mut writer.seals, facts)?;
            store(&writer.tx, life)?;
            writer.raise_meta("horizon", latest.micros())
        })
    }

    /// Notes that all customers there are have been moved on to `to`.
    fn move_everybody(&self, to: Instant) -> Result<(), LedgerError> {
        let (moved_to, moved) = (meta_integer(&self.tx, "moved_to")?, meta_integer(&self.tx, "moved_customers")?);
        // Those who came after the last move have not been through it: each keeps a time of their own.
        self.tx
            .prepare_cached("UPDATE customer SET clock = ?1 WHERE id > ?2 AND clock < ?1")?
            .execute((to.micros(), moved))?;
        if to.micros() >= moved_to {
            let last = super::book::next_id(&self.tx, "customer", "id")? - 1;
            self.raise_meta("moved_to", to.micros())?;
            self.raise_meta("moved_customers", last)?;
        }
        Ok(())
    }

    /// Moves everybody on to `to`. Returns how many customers something happened to.
    ///
    /// # Errors
    /// When the ledger can't be written.
    pub fn advance_all(&mut self, engine: &Engine, to: Instant) -> Result<usize, LedgerError> {
        self.step(|writer| {
            let mut touched = 0;
            for customer in due_customers(&writer.tx, to)? {
                let mut life = load(&writer.tx, customer, engine)?;
                let mut facts = Facts::default();
                engine.advance(&mut life, to, &mut facts);
                if !(facts.expiries.is_empty() && facts.repayments.is_empty()) {
                    touched += 1;
                    super::facts::write(&writer.tx, &mut writer.seals, &mut facts)?;
                    store(&writer.tx, &mut life)?;
                }
            }
            writer.move_everybody(to)?;
            writer.raise_meta("horizon", to.micros())?;
            Ok(touched)
        })
    }
}
