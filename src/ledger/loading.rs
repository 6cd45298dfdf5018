//! Loading lives. Everything here goes by the customer: it costs the same in a ledger of ten events as in one of ten
//! million. Many customers are asked for together, since asking takes longer than reading what there is.

use super::LedgerError;
use super::tables::meta::Moved;
use super::tables::table::Among;
use super::tables::{
    auto_topup_rule, charge, charge_draw, counter, customer, deficit, lapse, lot, meta, refund_part, refundable,
    subscription, topup,
};
use crate::billing::{Accounts, Engine, Life};
use crate::ids::{AssetId, CustomerId};
use crate::money::Units;
use crate::time::{Instant, Unit};
use crate::wallet::{Account, Lot};
use rusqlite::Connection;
use rustc_hash::FxHashMap;
use std::collections::BTreeSet;

/// Customers who are asked for together.
pub(super) const TOGETHER: usize = 1_000;

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
    any_charge_was_owed: bool,
}

/// A life of which not everything is loaded yet.
struct Partial {
    life: Life,
    /// What its accounts hold, and what they owe.
    accounts: FxHashMap<AssetId, (Vec<Lot>, Units)>,
}

/// Lives that are being loaded together.
struct Partials {
    partials: Vec<Partial>,
    places: FxHashMap<CustomerId, usize>,
}

impl Partials {
    fn new(customers: &[CustomerId]) -> Self {
        let partial = |&customer| Partial { life: Life::new(customer), accounts: FxHashMap::default() };
        Self { partials: customers.iter().map(partial).collect(), places: customers.iter().copied().zip(0..).collect() }
    }

    /// The one of that customer.
    fn of(&mut self, customer: CustomerId) -> Result<&mut Partial, LedgerError> {
        let place = self.places.get(&customer).copied();
        place
            .and_then(|place| self.partials.get_mut(place))
            .ok_or_else(|| LedgerError::damaged(format!("what is asked for others is of customer number {customer}")))
    }
}

impl<'c> Loading<'c> {
    pub fn new(connection: &'c Connection) -> Result<Self, LedgerError> {
        Ok(Self {
            connection,
            moved: meta::moved(connection)?,
            anybody_has_rules: !auto_topup_rule::is_empty(connection)?,
            anybody_owes: !deficit::is_empty(connection)?,
            any_charge_was_owed: charge_draw::any_is_owed(connection)?,
        })
    }

    /// The life of one customer.
    pub fn load(&self, customer: CustomerId, engine: &Engine) -> Result<Life, LedgerError> {
        self.load_all(&[customer], engine)?.pop().ok_or_else(|| customer::missing(customer))
    }

    /// The lives of customers, in their order. Each is named once.
    pub fn load_all(&self, customers: &[CustomerId], engine: &Engine) -> Result<Vec<Life>, LedgerError> {
        let mut lives = Vec::with_capacity(customers.len());
        for some in customers.chunks(TOGETHER) {
            lives.append(&mut self.load_together(some, engine)?);
        }
        Ok(lives)
    }

    fn load_together(&self, customers: &[CustomerId], engine: &Engine) -> Result<Vec<Life>, LedgerError> {
        let among = Among::new(customers);
        let mut partials = Partials::new(customers);
        self.clocks(&among, &mut partials)?;
        self.subscriptions(&among, &mut partials, engine)?;
        self.lots(&among, &mut partials)?;
        self.counters(&among, &mut partials)?;
        self.auto_paid(&among, &mut partials)?;
        partials.partials.into_iter().map(|partial| self.complete(partial, engine)).collect()
    }

    fn clocks(&self, among: &Among, partials: &mut Partials) -> Result<(), LedgerError> {
        let states = customer::states(self.connection, among)?;
        if states.len() < partials.partials.len() {
            let known: BTreeSet<CustomerId> = states.iter().map(|(id, _)| *id).collect();
            let lost = partials.partials.iter().find(|partial| !known.contains(&partial.life.customer));
            return lost.map_or(Ok(()), |lost| Err(customer::missing(lost.life.customer)));
        }
        for (id, state) in states {
            let life = &mut partials.of(id)?.life;
            let moved_to = if id <= self.moved.last { self.moved.to } else { Instant::EPOCH };
            life.clock = state.clock.max(moved_to);
            life.last_event = state.last_event;
        }
        Ok(())
    }

    fn subscriptions(&self, among: &Among, partials: &mut Partials, engine: &Engine) -> Result<(), LedgerError> {
        for held in subscription::held(self.connection, among)? {
            if !engine.has_version(held.subscription.version) {
                let lost = held.subscription.id;
                return Err(LedgerError::damaged(format!("subscription {lost} is to an unknown version")));
            }
            partials.of(held.customer)?.life.subscriptions.push(held.subscription);
        }
        Ok(())
    }

    /// The lots that have something left.
    fn lots(&self, among: &Among, partials: &mut Partials) -> Result<(), LedgerError> {
        for row in lot::open(self.connection, among)? {
            partials.of(row.customer)?.accounts.entry(row.asset).or_default().0.push(row.lot);
        }
        Ok(())
    }

    fn counters(&self, among: &Among, partials: &mut Partials) -> Result<(), LedgerError> {
        let counters = counter::of(self.connection, among)?;
        for same in counters.chunk_by(|a, b| a.0 == b.0) {
            let own = same.iter().map(|(_, key, counter)| (*key, *counter));
            partials.of(same[0].0)?.life.load_counters(own);
        }
        Ok(())
    }

    /// What was paid automatically in the calendar month that a life is in, and in later ones for what begins then. Earlier
    /// months are over: nothing is ever paid in them again.
    fn auto_paid(&self, among: &Among, partials: &mut Partials) -> Result<(), LedgerError> {
        let months = partials.partials.iter().map(|partial| partial.life.clock.start_of(Unit::Month));
        let Some(earliest) = months.min() else { return Ok(()) };
        for (customer, key, amount) in topup::automatic(self.connection, among, earliest)? {
            let life = &mut partials.of(customer)?.life;
            if key.month < life.clock.start_of(Unit::Month) {
                continue;
            }
            let sum = life.auto_paid.entry(key).or_default();
            *sum = sum.checked_add(amount).ok_or_else(|| {
                LedgerError::damaged(format!("customer number {customer} paid more in a month than can be counted"))
            })?;
        }
        Ok(())
    }

    /// Loads what only some lives have.
    fn complete(&self, partial: Partial, engine: &Engine) -> Result<Life, LedgerError> {
        let Partial { mut life, accounts } = partial;
        let (connection, customer) = (self.connection, life.customer);
        if life.subscriptions.iter().any(|s| !engine.version(s.version).fixed_prices.is_empty()) {
            life.charges = charge::open(connection, customer, life.clock)?;
            life.refunded = refund_part::open(connection, customer, life.clock)?;
            if self.any_charge_was_owed {
                life.owed_charges = charge::owed(connection, customer, life.clock)?;
            }
            life.credits = charge::credits(connection, customer)?;
            life.past_due = lapse::open(connection, customer)?;
        }
        if engine.may_give_back() {
            life.refundable = refundable::of(connection, customer)?;
        }
        if self.anybody_has_rules {
            life.rules = auto_topup_rule::of(connection, customer)?;
        }
        life.accounts = self.accounts(&life, accounts, engine)?;
        let broken = engine.check_life(&life);
        broken.map_err(|what| LedgerError::damaged(what.to_string()))?;
        engine.refresh_due(&mut life);
        Ok(life)
    }

    /// The accounts, with the used-up lots that may get something back.
    fn accounts(
        &self,
        life: &Life,
        mut accounts: FxHashMap<AssetId, (Vec<Lot>, Units)>,
        engine: &Engine,
    ) -> Result<Accounts, LedgerError> {
        let (connection, customer) = (self.connection, life.customer);
        let drawn = life.refundable.values().flatten().filter_map(|refundable| refundable.lot);
        for id in drawn.collect::<BTreeSet<_>>() {
            if let Some(row) = lot::used_up(connection, id)? {
                accounts.entry(row.asset).or_default().0.push(row.lot);
            }
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
