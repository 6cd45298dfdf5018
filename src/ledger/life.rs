//! Storing lives, and what moves them on. Everything here goes by the customer: it costs the same in a ledger of ten
//! events as in one of ten million.

use super::LedgerError;
use super::loading::{Loading, TOGETHER, load};
use super::of_asset::of_known_assets;
use super::open::Writer;
use super::tables::counter::Changed;
use super::tables::customer::CustomerRow;
use super::tables::lot::LotRow;
use super::tables::meta::Moved;
use super::tables::table::Among;
use super::tables::{customer, deficit, lot, meta, refundable};
use super::threads::made_ahead;
use crate::billing::{Engine, Facts, FellDue, Life, LifeError};
use crate::ids::CustomerId;
use crate::time::Instant;
use rusqlite::Connection;
use rustc_hash::{FxHashMap, FxHashSet};
use std::ops::ControlFlow;

/// What happened when everybody was moved on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Advanced {
    /// How many customers something happened to.
    pub customers: usize,
    /// What fell due for them.
    pub fell_due: FellDue,
}

/// Stores what changed in lives: what is left of lots, quantities so far, deficits, and how far they have come. Quantities
/// are packed beside the storing.
pub(super) fn store(connection: &Connection, engine: &Engine, lives: &mut [Life]) -> Result<(), LedgerError> {
    let mut storing = Storing::new(connection)?;
    let is_many = lives.len() > TOGETHER;
    let mut parts = lives.chunks_mut(TOGETHER).map(|lives| {
        let checked = lives.iter().try_for_each(|life| engine.check_life(life)).map_err(LifeError::from);
        (checked, Changed::take(lives), lives)
    });
    let store = |(checked, changed, lives): (Result<(), LifeError>, Changed, &mut [Life])| {
        checked?;
        storing.store(lives, changed)
    };
    if is_many { made_ahead(parts, store) } else { parts.try_for_each(store) }
}

/// What storing lives needs over and over.
struct Storing<'c> {
    connection: &'c Connection,
    lots: lot::Storing<'c>,
    deficits: deficit::Storing<'c>,
    customers: customer::Storing<'c>,
}

impl<'c> Storing<'c> {
    fn new(connection: &'c Connection) -> Result<Self, LedgerError> {
        Ok(Self {
            connection,
            lots: lot::Storing::new(connection)?,
            deficits: deficit::Storing::new(connection)?,
            customers: customer::Storing::new(connection)?,
        })
    }

    fn store(&mut self, lives: &mut [Life], changed: Changed) -> Result<(), LedgerError> {
        for life in &mut *lives {
            for (asset, account) in life.accounts.iter_mut() {
                for changed in account.take_changed() {
                    self.lots.store(&changed)?;
                }
                self.deficits.store(life.customer, asset, account.deficit())?;
            }
            self.customers.store(life)?;
        }
        for (place, key) in &changed.keys {
            let life = &lives[*place];
            if let Some(stack) = life.refundable.get(key) {
                refundable::store(self.connection, life.customer, key, stack)?;
            }
        }
        changed.store(self.connection)
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

/// A customer as stored, with their life and all lots that they ever had, in the order in which these were granted.
#[derive(Debug)]
pub struct Holder {
    /// Who it is.
    pub customer: CustomerRow,
    /// How they stand.
    pub life: Life,
    /// Also those that are used up or have ended.
    pub lots: Vec<LotRow>,
}

impl super::Ledger {
    /// Visits all customers in the order in which they were added, until the visitor breaks off. Some at a time are in
    /// memory.
    ///
    /// # Errors
    /// When the ledger can't be read, or what the visitor returns.
    pub fn for_each_holder(
        &self,
        engine: &Engine,
        mut visit: impl FnMut(Holder) -> Result<ControlFlow<()>, LedgerError>,
    ) -> Result<(), LedgerError> {
        let mut walk = || {
            let loading = Loading::new(&self.connection)?;
            let mut before = CustomerId::from_number(i64::MIN);
            loop {
                let customers = customer::after(&self.connection, before, TOGETHER)?;
                let Some(last) = customers.last() else { return Ok(()) };
                before = last.id;
                let ids: Vec<CustomerId> = customers.iter().map(|customer| customer.id).collect();
                let lives = loading.load_all(&ids, engine)?;
                let lots = lot::of(&self.connection, &Among::new(&ids))?;
                let mut lots = by_customer(of_known_assets(&self.connection, lots)?);
                for (customer, life) in customers.into_iter().zip(lives) {
                    let lots = lots.remove(&customer.id).unwrap_or_default();
                    if visit(Holder { customer, life, lots })?.is_break() {
                        return Ok(());
                    }
                }
            }
        };
        walk().map_err(|e: LedgerError| e.at(self.path()))
    }

    /// The same of one customer.
    ///
    /// # Errors
    /// When the ledger can't be read.
    pub fn holder(&self, customer: CustomerRow, engine: &Engine) -> Result<Holder, LedgerError> {
        let (life, lots) = (self.life(customer.id, engine)?, self.lots(Some(customer.id))?);
        Ok(Holder { customer, life, lots })
    }
}

fn by_customer(lots: Vec<LotRow>) -> FxHashMap<CustomerId, Vec<LotRow>> {
    let mut by_customer: FxHashMap<CustomerId, Vec<LotRow>> = FxHashMap::default();
    lots.into_iter().for_each(|row| by_customer.entry(row.customer).or_default().push(row));
    by_customer
}

impl Writer<'_> {
    /// A customer's life as stored.
    ///
    /// # Errors
    /// When the ledger can't be read.
    pub fn life(&self, customer: CustomerId, engine: &Engine) -> Result<Life, LedgerError> {
        load(&self.tx, customer, engine).map_err(|e| e.at(self.path))
    }

    /// Appends what happened to a customer outside of a log under `engine`, and stores their life.
    ///
    /// # Errors
    /// When the ledger can't be written.
    pub fn record(&mut self, engine: &Engine, life: &mut Life, facts: &mut Facts) -> Result<(), LedgerError> {
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
            store(&writer.tx, engine, std::slice::from_mut(life))?;
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
                    store(&writer.tx, engine, &mut lives)?;
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
