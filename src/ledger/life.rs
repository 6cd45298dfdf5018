//! Loading and storing one customer's life. Everything here goes by the customer: it costs the same in a ledger of ten
//! events as in one of ten million.

use super::LedgerError;
use super::counters::{self, Changed};
use super::open::{Writer, meta};
use crate::billing::{
    Accounts, AutoPaidKey, AutoTopupRule, ChargeFact, CounterKey, Engine, Facts, LapseFact, Life, Refundable,
    Subscription,
};
use crate::ids::{AssetId, CustomerId, EventNumber, LotId};
use crate::money::{Units, Value};
use crate::time::{Instant, Unit};
use crate::wallet::{Account, GrantedBy, Lot, Purpose};
use rusqlite::{CachedStatement, Connection, OptionalExtension, Row};
use rustc_hash::FxHashMap;
use smallvec::SmallVec;
use std::collections::BTreeSet;

/// What a row has in the place of a lot, where an overdraft was drawn.
pub(super) const NO_LOT: LotId = LotId::from_number(0);

/// The columns that [`lot_row`] reads.
pub(super) const LOT_COLUMNS: &str = "id, asset, purpose, priority, granted_at, effective_at, expires_at, amount, basis, left_over, released, subscription, \
     entitlement";

/// A stored lot and its asset.
pub(super) fn lot_row(row: &Row<'_>) -> rusqlite::Result<(AssetId, Lot)> {
    let purpose = usize::from(row.get::<_, u8>(2)?);
    let lot = Lot {
        id: row.get(0)?,
        purpose: Purpose::NAMES.get(purpose).map_or(Purpose::Paid, |(_, p)| *p),
        priority: row.get(3)?,
        granted_at: row.get(4)?,
        effective_at: row.get(5)?,
        expires_at: row.get(6)?,
        amount: row.get(7)?,
        basis: row.get(8)?,
        left: row.get(9)?,
        released: row.get(10)?,
        granted_by: match (row.get(11)?, row.get(12)?) {
            (Some(subscription), Some(entitlement)) => Some(GrantedBy { subscription, entitlement }),
            _ => None,
        },
        changed: false,
    };
    Ok((row.get(1)?, lot))
}

/// A customer's life as stored.
pub(super) fn load(connection: &Connection, customer: CustomerId, engine: &Engine) -> Result<Life, LedgerError> {
    Loading::new(connection)?.load(customer, engine)
}

/// What loading lives needs over and over.
pub(super) struct Loading<'c> {
    connection: &'c Connection,
    /// The last customer there was when everybody was moved on, and how far.
    moved: (CustomerId, Instant),
    anybody_has_rules: bool,
    anybody_owes: bool,
}

impl<'c> Loading<'c> {
    pub fn new(connection: &'c Connection) -> Result<Self, LedgerError> {
        Ok(Self {
            connection,
            moved: (meta(connection, "moved_customers")?, meta(connection, "moved_to")?),
            anybody_has_rules: connection.prepare_cached("SELECT 1 FROM auto_topup_rule LIMIT 1")?.exists([])?,
            anybody_owes: connection.prepare_cached("SELECT 1 FROM deficit LIMIT 1")?.exists([])?,
        })
    }

    pub fn load(&self, customer: CustomerId, engine: &Engine) -> Result<Life, LedgerError> {
        let connection = self.connection;
        let mut life = Life::new(customer);
        let (clock, last_event): (Instant, EventNumber) = connection
            .prepare_cached("SELECT clock, last_event FROM customer WHERE id = ?1")?
            .query_row([customer], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let moved_to = if customer <= self.moved.0 { self.moved.1 } else { Instant::EPOCH };
        life.clock = clock.max(moved_to);
        life.last_event = last_event;
        life.subscriptions = subscriptions(connection, customer, engine)?;
        if life.subscriptions.iter().any(|s| !engine.version(s.version).fixed_prices.is_empty()) {
            life.charges = charges(connection, &life)?;
            life.past_due = past_due(connection, customer)?;
        }
        if engine.may_give_back() {
            life.refundable = refundable(connection, customer)?;
        }
        life.accounts = self.accounts(&life, engine)?;
        life.load_counters(counters::load(connection, customer)?);
        if self.anybody_has_rules {
            life.rules = rules(connection, customer)?;
        }
        life.auto_paid = auto_paid(connection, &life)?;
        engine.refresh_due(&mut life);
        Ok(life)
    }

    /// The accounts with the lots that have something left, or may get something back.
    fn accounts(&self, life: &Life, engine: &Engine) -> Result<Accounts, LedgerError> {
        let (connection, customer) = (self.connection, life.customer);
        let mut lots: FxHashMap<AssetId, (Vec<Lot>, Units)> = FxHashMap::default();
        let drawn = life.refundable.values().flatten().filter_map(|refundable| refundable.lot);
        for id in drawn.collect::<BTreeSet<_>>() {
            let sql = format!("SELECT {LOT_COLUMNS} FROM lot WHERE id = ?1 AND left_over = 0");
            if let Some((asset, lot)) = connection.prepare_cached(&sql)?.query_row([id], lot_row).optional()? {
                lots.entry(asset).or_default().0.push(lot);
            }
        }
        let sql = format!("SELECT {LOT_COLUMNS} FROM lot WHERE customer = ?1 AND left_over > 0");
        let mut statement = connection.prepare_cached(&sql)?;
        for row in statement.query_map([customer], lot_row)? {
            let (asset, lot) = row?;
            if lot.left > lot.amount || !(Value::ZERO..=lot.basis).contains(&lot.released) {
                return Err(LedgerError::damaged(format!("lot {} holds more than it was granted", lot.id)));
            }
            lots.entry(asset).or_default().0.push(lot);
        }
        if self.anybody_owes {
            let mut statement = connection.prepare_cached("SELECT asset, amount FROM deficit WHERE customer = ?1")?;
            let mut rows = statement.query([customer])?;
            while let Some(row) = rows.next()? {
                lots.entry(row.get(0)?).or_default().1 = row.get(1)?;
            }
        }
        if let Some(unknown) = lots.keys().find(|&&asset| !engine.knows(asset)) {
            return Err(LedgerError::damaged(format!(
                "a lot of customer number {customer} is of asset number {unknown}"
            )));
        }
        let account = |(asset, (lots, deficit))| (asset, Account::load(lots, deficit, engine.burn_order()));
        Ok(lots.into_iter().map(account).collect())
    }
}

/// The columns that [`subscription_row`] reads.
pub(super) const SUBSCRIPTION_COLUMNS: &str = "id, version, quantity, started_at, anchor, origin, \
     (SELECT ended_at FROM subscription_end e WHERE e.subscription = subscription.id ORDER BY e.id DESC LIMIT 1)";

/// A stored subscription.
pub(super) fn subscription_row(row: &Row<'_>) -> rusqlite::Result<Subscription> {
    Ok(Subscription {
        id: row.get(0)?,
        version: row.get(1)?,
        quantity: row.get(2)?,
        started_at: row.get(3)?,
        anchor: row.get(4)?,
        origin: row.get(5)?,
        ended_at: row.get::<_, Option<Instant>>(6)?.unwrap_or(Instant::MAX),
    })
}

fn subscriptions(
    connection: &Connection,
    customer: CustomerId,
    engine: &Engine,
) -> Result<SmallVec<[Subscription; 1]>, LedgerError> {
    let sql = format!("SELECT {SUBSCRIPTION_COLUMNS} FROM subscription WHERE customer = ?1 ORDER BY id");
    let mut statement = connection.prepare_cached(&sql)?;
    let rows: SmallVec<[Subscription; 1]> =
        statement.query_map([customer], subscription_row)?.collect::<Result<_, _>>()?;
    match rows.iter().find(|s| !engine.has_version(s.version)) {
        Some(lost) => Err(LedgerError::damaged(format!("subscription {} is to an unknown version", lost.id))),
        None => Ok(rows),
    }
}

/// The fixed charges whose service period is not over. Their draws are history, and stay where they are.
fn charges(connection: &Connection, life: &Life) -> Result<Vec<ChargeFact>, LedgerError> {
    let sql = format!("SELECT {CHARGE_COLUMNS} FROM charge WHERE customer = ?1 AND to_at > ?2 ORDER BY id");
    let mut statement = connection.prepare_cached(&sql)?;
    let charges = statement.query_map((life.customer, life.clock), charge_row)?.collect::<Result<_, _>>()?;
    Ok(charges)
}

/// The columns that [`charge_row`] reads.
pub(super) const CHARGE_COLUMNS: &str =
    "id, customer, subscription, price, at, from_at, to_at, asset, amount, value, payment, lot";

/// A stored charge, without its draws.
pub(super) fn charge_row(row: &Row<'_>) -> rusqlite::Result<ChargeFact> {
    Ok(ChargeFact {
        id: row.get(0)?,
        customer: row.get(1)?,
        subscription: row.get(2)?,
        price: row.get(3)?,
        at: row.get(4)?,
        from: row.get(5)?,
        to: row.get(6)?,
        asset: row.get(7)?,
        amount: row.get(8)?,
        value: row.get(9)?,
        payment: row.get(10)?,
        lot: row.get(11)?,
        draws: Default::default(),
    })
}

fn past_due(connection: &Connection, customer: CustomerId) -> Result<Vec<LapseFact>, LedgerError> {
    let mut statement = connection.prepare_cached(
        "SELECT id, customer, subscription, at, asset, needed, available FROM lapse
         WHERE customer = ?1 AND id NOT IN (SELECT lapse FROM recovery) ORDER BY id",
    )?;
    let lapses = statement.query_map([customer], lapse_row)?.collect::<Result<_, _>>()?;
    Ok(lapses)
}

/// A stored lapse: id, customer, subscription, at, asset, needed, available.
pub(super) fn lapse_row(row: &Row<'_>) -> rusqlite::Result<LapseFact> {
    Ok(LapseFact {
        id: row.get(0)?,
        customer: row.get(1)?,
        origin: row.get(2)?,
        at: row.get(3)?,
        asset: row.get(4)?,
        needed: row.get(5)?,
        available: row.get(6)?,
    })
}

/// What may be given back of each quantity so far, oldest first.
fn refundable(
    connection: &Connection,
    customer: CustomerId,
) -> Result<FxHashMap<CounterKey, Vec<Refundable>>, LedgerError> {
    let mut statement = connection.prepare_cached(
        "SELECT subscription, price, row, period, units, asset, lot, amount FROM refundable WHERE customer = ?1
         ORDER BY subscription, price, row, period, ordinal",
    )?;
    let mut rows = statement.query([customer])?;
    let mut stacks: FxHashMap<CounterKey, Vec<Refundable>> = FxHashMap::default();
    while let Some(row) = rows.next()? {
        let lot: LotId = row.get(6)?;
        stacks.entry(counter_key(row)?).or_default().push(Refundable {
            units: row.get(4)?,
            asset: row.get(5)?,
            lot: Some(lot).filter(|lot| *lot != NO_LOT),
            amount: row.get(7)?,
        });
    }
    Ok(stacks)
}

/// Reads a counter's key from the first four columns.
fn counter_key(row: &Row<'_>) -> rusqlite::Result<CounterKey> {
    Ok(CounterKey { subscription: row.get(0)?, price: row.get(1)?, row: row.get(2)?, period: row.get(3)? })
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

/// What was paid automatically in the calendar month that the life is in, and in later ones for what begins then, by asset
/// and currency. Earlier months are over: nothing is ever paid in them again.
fn auto_paid(connection: &Connection, life: &Life) -> Result<FxHashMap<AutoPaidKey, Units>, LedgerError> {
    let mut statement = connection.prepare_cached(
        "SELECT lot.asset, currency, at, paid FROM topup JOIN lot ON lot.id = topup.lot
         WHERE topup.customer = ?1 AND at >= ?2 AND +key IS NULL",
    )?;
    let mut rows = statement.query((life.customer, life.clock.start_of(Unit::Month)))?;
    let mut paid = FxHashMap::default();
    while let Some(row) = rows.next()? {
        let month = row.get::<_, Instant>(2)?.start_of(Unit::Month);
        let sum: &mut Units = paid.entry(AutoPaidKey { asset: row.get(0)?, currency: row.get(1)?, month }).or_default();
        // What an engine paid was countable; what a ledger that was tampered with says may not be.
        *sum = sum.checked_add(row.get(3)?).unwrap_or(Units::MAX);
    }
    Ok(paid)
}

/// Stores what changed in lives: what is left of lots, quantities so far, deficits, and how far they have come.
pub(super) fn store<'a>(
    connection: &Connection,
    lives: impl IntoIterator<Item = &'a mut Life>,
) -> Result<(), LedgerError> {
    let mut storing = Storing::new(connection)?;
    lives.into_iter().try_for_each(|life| storing.store(life))?;
    storing.counters.store(connection)
}

/// What storing lives needs over and over.
struct Storing<'c> {
    connection: &'c Connection,
    lot: CachedStatement<'c>,
    owes: CachedStatement<'c>,
    /// Nobody owes anything, as far as is stored, where this is missing.
    owes_nothing: Option<CachedStatement<'c>>,
    customer: CachedStatement<'c>,
    counters: Changed,
}

impl<'c> Storing<'c> {
    fn new(connection: &'c Connection) -> Result<Self, LedgerError> {
        let anybody_owes = connection.prepare_cached("SELECT 1 FROM deficit LIMIT 1")?.exists([])?;
        let owes_nothing = "DELETE FROM deficit WHERE customer = ?1 AND asset = ?2";
        Ok(Self {
            connection,
            lot: connection.prepare_cached("UPDATE lot SET left_over = ?2, released = ?3 WHERE id = ?1")?,
            owes: connection.prepare_cached("INSERT OR REPLACE INTO deficit VALUES (?1, ?2, ?3)")?,
            owes_nothing: anybody_owes.then(|| connection.prepare_cached(owes_nothing)).transpose()?,
            customer: connection
                .prepare_cached("UPDATE customer SET clock = ?2, last_event = ?3, due = ?4 WHERE id = ?1")?,
            counters: Changed::default(),
        })
    }

    /// Stores one life. Its counters wait to be stored together with others.
    fn store(&mut self, life: &mut Life) -> Result<(), LedgerError> {
        for (asset, account) in life.accounts.iter_mut() {
            for changed in account.take_changed() {
                if self.lot.execute((changed.id, changed.left, changed.released))? == 0 {
                    return Err(LedgerError::damaged(format!("lot {} is drawn from, but not there", changed.id)));
                }
            }
            if account.deficit().is_positive() {
                self.owes.execute((life.customer, asset, account.deficit()))?;
            } else if let Some(owes_nothing) = &mut self.owes_nothing {
                owes_nothing.execute((life.customer, asset))?;
            }
        }
        for key in self.counters.add(life) {
            if let Some(stack) = life.refundable.get(&key) {
                store_refundable(self.connection, life.customer, &key, stack)?;
            }
        }
        if self.counters.is_full() {
            std::mem::take(&mut self.counters).store(self.connection)?;
        }
        let due = Some(life.due()).filter(|due| *due < Instant::MAX);
        self.customer.execute((life.customer, life.clock, life.last_event, due))?;
        Ok(())
    }
}

fn store_refundable(
    connection: &Connection,
    customer: CustomerId,
    key: &CounterKey,
    stack: &[Refundable],
) -> Result<(), LedgerError> {
    let place = (customer, key.subscription, key.price, key.row, key.period);
    let gone = "DELETE FROM refundable WHERE (customer, subscription, price, row, period) = (?1, ?2, ?3, ?4, ?5)";
    connection.prepare_cached(gone)?.execute(place)?;
    let mut insert =
        connection.prepare_cached("INSERT INTO refundable VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)")?;
    for (ordinal, r) in (0i64..).zip(stack) {
        let (customer, subscription, price, row, period) = place;
        let lot = r.lot.unwrap_or(NO_LOT);
        insert.execute((customer, subscription, price, row, period, ordinal, r.units, r.asset, lot, r.amount))?;
    }
    Ok(())
}

/// Customers to whom time alone brings something until `to`.
pub(super) fn due_customers(connection: &Connection, to: Instant) -> Result<Vec<CustomerId>, LedgerError> {
    let mut statement = connection.prepare_cached("SELECT id FROM customer WHERE due <= ?1 ORDER BY id")?;
    let ids = statement.query_map([to], |row| row.get(0))?.collect::<Result<_, _>>()?;
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
        meta(&self.connection, "horizon").map_err(|e| e.at(self.path()))
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
            let credited = credited.chain(facts.lots.iter().map(|lot| lot.granted_at));
            let credited = credited.chain(facts.charges.iter().map(|charge| charge.at));
            // Other terms may begin long after they were agreed on.
            let new = facts.subscriptions.iter().filter(|s| s.origin == s.id);
            let credited = credited.chain(new.map(|s| s.started_at));
            let latest = credited.fold(life.clock, Instant::max);
            super::facts::write(&writer.tx, &mut writer.seals, facts)?;
            store(&writer.tx, [life])?;
            writer.raise_meta("horizon", latest)
        })
    }

    /// Notes that all customers there are have been moved on to `to`.
    fn move_everybody(&self, to: Instant) -> Result<(), LedgerError> {
        let (moved_to, moved): (Instant, CustomerId) =
            (meta(&self.tx, "moved_to")?, meta(&self.tx, "moved_customers")?);
        // Those who came after the last move have not been through it: each keeps a time of their own.
        self.tx.prepare_cached("UPDATE customer SET clock = ?1 WHERE id > ?2 AND clock < ?1")?.execute((to, moved))?;
        if to >= moved_to {
            let last: i64 = super::book::next_id::<i64>(&self.tx, "customer")? - 1;
            self.raise_meta("moved_to", to)?;
            self.raise_meta("moved_customers", last)?;
        }
        Ok(())
    }

    /// Moves everybody on to `to`. Returns how many customers something happened to.
    ///
    /// # Errors
    /// When the ledger can't be written.
    pub fn advance_all(&mut self, engine: &mut Engine, to: Instant) -> Result<usize, LedgerError> {
        self.step(|writer| {
            let mut touched = 0;
            // Each is loaded before anything of theirs is stored.
            let loading = Loading::new(&writer.tx)?;
            for customer in due_customers(&writer.tx, to)? {
                let mut life = loading.load(customer, engine)?;
                let mut facts = Facts::default();
                engine.advance(&mut life, to, &mut facts);
                touched += usize::from(!facts.is_empty());
                super::facts::write(&writer.tx, &mut writer.seals, &mut facts)?;
                store(&writer.tx, [&mut life])?;
            }
            writer.move_everybody(to)?;
            writer.raise_meta("horizon", to)?;
            Ok(touched)
        })
    }
}
