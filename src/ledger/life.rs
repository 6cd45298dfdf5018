//! Storing lives, and what moves them on. Everything here goes by the customer: it costs the same in a ledger of ten
//! events as in one of ten million.

use super::LedgerError;
use super::loading::{Loading, TOGETHER, load};
use super::open::Writer;
use super::tables::meta::Moved;
use super::tables::{counter, customer, deficit, lot, meta, refundable};
use crate::billing::{Engine, Facts, FellDue, Life, LifeError};
use crate::ids::CustomerId;
use crate::time::Instant;
use rusqlite::Connection;
use rustc_hash::FxHashSet;

/// What happened when everybody was moved on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Advanced {
    /// How many customers something happened to.
    pub customers: usize,
    /// What fell due for them.
    pub fell_due: FellDue,
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

    /// Moves everybody on to `to`.
    ///
    /// # Errors
    /// When the ledger can't be written.
    pub fn advance_all(&mut self, engine: &mut Engine, to: Instant) -> Result<Advanced, LedgerError> {
        self.advance_others(engine, to, &FxHashSet::default(), false)
    }

    /// Moves everybody on to `to` but those who have been, or only says what would happen.
    pub(super) fn advance_others(
        &mut self,
        engine: &mut Engine,
        to: Instant,
        moved: &FxHashSet<CustomerId>,
        is_trial: bool,
    ) -> Result<Advanced, LedgerError> {
        self.step(|writer| {
            let mut advanced = Advanced::default();
            let mut due = customer::due_until(&writer.tx, to)?;
            due.retain(|customer| !moved.contains(customer));
            for customers in due.chunks(TOGETHER) {
                let mut lives = Loading::new(&writer.tx)?.load_all(customers, engine)?;
                for life in &mut lives {
                    let mut facts = Facts::default();
                    engine.advance(life, to, &mut facts)?;
                    advanced.customers += usize::from(!facts.is_still());
                    advanced.fell_due.add(&facts);
                    if !is_trial {
                        super::facts::write(&writer.tx, &mut writer.seals, &mut facts)?;
                    }
                }
                if !is_trial {
                    store(&writer.tx, &mut lives)?;
                }
            }
            if !is_trial {
                writer.move_everybody(to)?;
                writer.moved_to = writer.moved_to.max(Some(to));
                meta::raise_horizon(&writer.tx, to)?;
            }
            Ok(advanced)
        })
    }
}
