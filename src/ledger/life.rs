//! Loading and storing one customer's life. Everything here goes by the customer: it costs the same in a ledger of ten
//! events as in one of ten million.

use super::LedgerError;
use super::open::Writer;
use super::tables::meta::Moved;
use super::tables::{
    auto_topup_rule, charge, counter, customer, deficit, lapse, lot, meta, refundable, subscription, topup,
};
use crate::billing::{Accounts, AutoPaidKey, Engine, Facts, Life, LifeError, Subscription};
use crate::ids::{AssetId, CustomerId};
use crate::money::Units;
use crate::time::{Instant, Unit};
use crate::wallet::{Account, Lot};
use rusqlite::Connection;
use rustc_hash::FxHashMap;
use smallvec::SmallVec;
use std::collections::BTreeSet;

/// A customer's life as stored.
pub(super) fn load(connection: &Connection, customer: CustomerId, engine: &Engine) -> Result<Life, LedgerError> {
    Loading::new(connection)?.load(customer, engine)
}

/// What loading lives needs over and over.
pub(super) struct Loading<'c> {
    connection: &'c Connection,
    moved: Moved,
    anybody_has_rules: bool,
    anybody_owes: bool,
}

impl<'c> Loading<'c> {
    pub fn new(connection: &'c Connection) -> Result<Self, LedgerError> {
        Ok(Self {
            connection,
            moved: meta::moved(connection)?,
            anybody_has_rules: !auto_topup_rule::is_empty(connection)?,
            anybody_owes: !deficit::is_empty(connection)?,
        })
    }

    pub fn load(&self, customer: CustomerId, engine: &Engine) -> Result<Life, LedgerError> {
        let connection = self.connection;
        let mut life = Life::new(customer);
        let state = customer::state(connection, customer)?;
        let moved_to = if customer <= self.moved.last { self.moved.to } else { Instant::EPOCH };
        life.clock = state.clock.max(moved_to);
        life.last_event = state.last_event;
        life.subscriptions = subscriptions(connection, customer, engine)?;
        if life.subscriptions.iter().any(|s| !engine.version(s.version).fixed_prices.is_empty()) {
            life.charges = charge::open(connection, customer, life.clock)?;
            life.past_due = lapse::open(connection, customer)?;
        }
        if engine.may_give_back() {
            life.refundable = refundable::of(connection, customer)?;
        }
        life.accounts = self.accounts(&life, engine)?;
        life.load_counters(counter::of(connection, customer)?);
        if self.anybody_has_rules {
            life.rules = auto_topup_rule::of(connection, customer)?;
        }
        life.auto_paid = auto_paid(connection, &life)?;
        let broken = engine.check_loaded(&life);
        broken.map_err(|what| LedgerError::damaged(what.to_string()))?;
        engine.refresh_due(&mut life);
        Ok(life)
    }

    /// The accounts with the lots that have something left, or may get something back.
    fn accounts(&self, life: &Life, engine: &Engine) -> Result<Accounts, LedgerError> {
        let (connection, customer) = (self.connection, life.customer);
        let mut accounts: FxHashMap<AssetId, (Vec<Lot>, Units)> = FxHashMap::default();
        let drawn = life.refundable.values().flatten().filter_map(|refundable| refundable.lot);
        for id in drawn.collect::<BTreeSet<_>>() {
            if let Some(row) = lot::used_up(connection, id)? {
                accounts.entry(row.asset).or_default().0.push(row.lot);
            }
        }
        for row in lot::open(connection, customer)? {
            accounts.entry(row.asset).or_default().0.push(row.lot);
        }
        if self.anybody_owes {
            for (asset, owed) in deficit::of(connection, customer)? {
                accounts.entry(asset).or_default().1 = owed;
            }
        }
        if let Some(unknown) = accounts.keys().find(|&&asset| !engine.knows(asset)) {
            return Err(LedgerError::damaged(format!(
                "a lot of customer number {customer} is of asset number {unknown}"
            )));
        }
        let account = |(asset, (lots, owed))| (asset, Account::load(lots, owed, engine.burn_order()));
        Ok(accounts.into_iter().map(account).collect())
    }
}

fn subscriptions(
    connection: &Connection,
    customer: CustomerId,
    engine: &Engine,
) -> Result<SmallVec<[Subscription; 1]>, LedgerError> {
    let held = subscription::held(connection, Some(customer))?;
    match held.iter().find(|held| !engine.has_version(held.subscription.version)) {
        Some(lost) => {
            Err(LedgerError::damaged(format!("subscription {} is to an unknown version", lost.subscription.id)))
        }
        None => Ok(held.into_iter().map(|held| held.subscription).collect()),
    }
}

/// What was paid automatically in the calendar month that the life is in, and in later ones for what begins then. Earlier
/// months are over: nothing is ever paid in them again.
fn auto_paid(connection: &Connection, life: &Life) -> Result<FxHashMap<AutoPaidKey, Units>, LedgerError> {
    let mut paid: FxHashMap<AutoPaidKey, Units> = FxHashMap::default();
    for (key, amount) in topup::automatic(connection, life.customer, life.clock.start_of(Unit::Month))? {
        let sum = paid.entry(key).or_default();
        *sum = sum.checked_add(amount).ok_or_else(|| {
            LedgerError::damaged(format!("customer number {} paid more in a month than can be counted", life.customer))
        })?;
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
    lots: lot::Storing<'c>,
    deficits: deficit::Storing<'c>,
    customers: customer::Storing<'c>,
    counters: counter::Changed,
}

impl<'c> Storing<'c> {
    fn new(connection: &'c Connection) -> Result<Self, LedgerError> {
        Ok(Self {
            connection,
            lots: lot::Storing::new(connection)?,
            deficits: deficit::Storing::new(connection)?,
            customers: customer::Storing::new(connection)?,
            counters: counter::Changed::default(),
        })
    }

    /// Stores one life. Its counters wait to be stored together with others.
    fn store(&mut self, life: &mut Life) -> Result<(), LedgerError> {
        life.check().map_err(LifeError::from)?;
        for (asset, account) in life.accounts.iter_mut() {
            for changed in account.take_changed() {
                self.lots.store(&changed)?;
            }
            self.deficits.store(life.customer, asset, account.deficit())?;
        }
        for key in self.counters.add(life) {
            if let Some(stack) = life.refundable.get(&key) {
                refundable::store(self.connection, life.customer, &key, stack)?;
            }
        }
        if self.counters.is_full() {
            std::mem::take(&mut self.counters).store(self.connection)?;
        }
        self.customers.store(life)
    }
}

impl super::Ledger {
    /// A customer's life as stored.
    ///
    /// # Errors
    /// When the ledger can't be read.
    pub fn life(&self, customer: CustomerId, engine: &Engine) -> Result<Life, LedgerError> {
        load(&self.connection, customer, engine).map_err(|e| e.at(self.path()))
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
            meta::raise_horizon(&writer.tx, latest)
        })
    }

    /// Notes that all customers there are have been moved on to `to`.
    fn move_everybody(&self, to: Instant) -> Result<(), LedgerError> {
        let moved = meta::moved(&self.tx)?;
        // Those who came after the last move have not been through it: each keeps a time of their own.
        customer::move_clocks(&self.tx, moved.last, to)?;
        if to >= moved.to {
            let next: CustomerId = customer::CUSTOMER.next_id(&self.tx)?;
            meta::raise_moved(&self.tx, Moved { to, last: CustomerId::from_number(next.number() - 1) })?;
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
            for customer in customer::due_until(&writer.tx, to)? {
                let mut life = loading.load(customer, engine)?;
                let mut facts = Facts::default();
                engine.advance(&mut life, to, &mut facts)?;
                touched += usize::from(!facts.is_empty());
                super::facts::write(&writer.tx, &mut writer.seals, &mut facts)?;
                store(&writer.tx, [&mut life])?;
            }
            writer.move_everybody(to)?;
            meta::raise_horizon(&writer.tx, to)?;
            Ok(touched)
        })
    }
}
