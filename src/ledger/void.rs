//! Taking recorded events back.

use super::LedgerError;
use super::corrected::Corrected;
use super::facts::write;
use super::life::store;
use super::open::Writer;
use super::packed::EventText;
use super::read::{self, StoredEvent};
use super::selection::{EventStatus, Selected, Selection, for_each_selected};
use super::tables::rebilled::WhichTerms;
use super::tables::{expiry, lot, repayment, shape};
use crate::billing::{Engine, EventFact, Facts, FeeFact, FellDue, Life, LifeError, Past, VoidError, Voidable};
use crate::ids::{AssetId, CustomerId, EventNumber, LotId, ShapeId};
use crate::money::{Total, Units};
use crate::rating::Quantity;
use crate::usage::{EventId, Fields, Shape};
use crate::wallet::Draw;
use rusqlite::Connection;
use rustc_hash::FxHashMap;
use smallvec::SmallVec;
use std::collections::BTreeMap;
use std::collections::hash_map::Entry;

/// What taking events back came to.
#[derive(Debug, Default)]
pub struct Voided {
    /// How many events were charged, denied and unpriced.
    pub charged: u64,
    /// How many were denied.
    pub denied: u64,
    /// How many were unpriced.
    pub unpriced: u64,
    /// How many had been taken back before.
    pub before: u64,
    /// What had been drawn for them, by asset.
    pub returned: BTreeMap<AssetId, Total<Units>>,
    /// What of that was lost again, because its lots are over.
    pub lost: BTreeMap<AssetId, Total<Units>>,
    /// What credit that returned has paid for, which was past due.
    pub fell_due: FellDue,
    /// The events that can't be taken back, each with the reason.
    pub refused: Vec<(String, VoidError)>,
}

impl Voided {
    /// How many events were taken back.
    pub fn count(&self) -> u64 {
        self.charged + self.denied + self.unpriced
    }

    fn count_event(&mut self, status: EventStatus) {
        match status {
            EventStatus::Charged => self.charged += 1,
            EventStatus::Denied => self.denied += 1,
            EventStatus::Unpriced => self.unpriced += 1,
            EventStatus::Voided => self.before += 1,
        }
    }
}

impl Writer<'_> {
    /// Takes back the events of a selection, those of each customer from the latest to the first. Those that were taken back
    /// before are counted and left alone.
    ///
    /// # Errors
    /// When the ledger can't be read or written. An event that can't be taken back is no error: see [`Voided::refused`].
    pub fn void(&mut self, engine: &mut Engine, selection: &Selection) -> Result<Voided, LedgerError> {
        self.step(|writer| {
            let mut voided = Voided::default();
            let mut of_customers: BTreeMap<CustomerId, Vec<EventNumber>> = BTreeMap::new();
            for_each_selected(&writer.tx, selection, |Selected { event, status, .. }| {
                voided.count_event(status);
                if status != EventStatus::Voided {
                    of_customers.entry(event.fact.customer).or_default().push(event.fact.seq);
                }
                Ok(())
            })?;
            let mut shapes = Shapes::default();
            for (customer, events) in of_customers {
                writer.void_of(engine, customer, events, &mut shapes, &mut voided)?;
            }
            Ok(voided)
        })
    }

    fn void_of(
        &mut self,
        engine: &mut Engine,
        customer: CustomerId,
        events: Vec<EventNumber>,
        shapes: &mut Shapes,
        voided: &mut Voided,
    ) -> Result<(), LedgerError> {
        let mut now = Now::load(&self.tx, customer, engine)?;
        let (numbers, mut done, mut is_careful) = (engine.numbers, Vec::new(), false);
        let (mut facts, mut corrected) = (Facts::default(), Corrected::new(WhichTerms::Then));
        let (owed, mut owing) = (engine.owed(&now.life), None);
        for seq in events.into_iter().rev() {
            let mut own = Facts::default();
            let (stored, tried) = now.void(&self.tx, engine, seq, shapes, &mut own, is_careful)?;
            if let Err(why) = tried {
                voided.refused.push((stored.id, why));
                if !is_careful {
                    (is_careful, engine.numbers) = (true, numbers);
                    now = Now::load(&self.tx, customer, engine)?;
                    for &seq in &done {
                        let again = now.void(&self.tx, engine, seq, shapes, &mut Facts::default(), true)?;
                        voided.refused.extend(again.1.err().map(|why| (again.0.id, why)));
                    }
                }
                continue;
            }
            done.push(seq);
            let life = &now.life;
            voided.lose(life, &own)?;
            let owes = engine.owes_too_much(life, &owed);
            owing = owing.or_else(|| Some(stored.id.clone())).filter(|_| owes);
            for undone in std::mem::take(&mut own.events) {
                for (asset, draw) in drawn(engine, life, &undone)? {
                    *voided.returned.entry(asset).or_default() -= draw.amount;
                }
                let text = EventText { id: EventId::new(&stored.id), values: &stored.values };
                corrected.add(self, life, (&undone, &text), None)?;
            }
            facts.append(own);
        }
        // What an event gave back may be owed until others are taken back, but not longer.
        voided.refused.extend(owing.map(|id| (id, VoidError::Spent)));
        voided.fell_due.add(&facts);
        corrected.write(self)?;
        write(&self.tx, &mut self.seals, &mut facts)?;
        store(&self.tx, engine, std::slice::from_mut(&mut now.life))
    }
}

impl Voided {
    /// Adds what came back to lots that had ended.
    fn lose(&mut self, life: &Life, facts: &Facts) -> Result<(), LedgerError> {
        for expired in &facts.expiries {
            let asset = life.asset_of(expired.lot).map_err(LifeError::from)?;
            *self.lost.entry(asset).or_default() += expired.amount;
        }
        Ok(())
    }
}

/// A customer as they are while events are taken back.
struct Now {
    life: Life,
    past: Past,
}

impl Now {
    fn load(connection: &Connection, customer: CustomerId, engine: &Engine) -> Result<Self, LedgerError> {
        let mut life = super::loading::load(connection, customer, engine)?;
        let past = past(connection, customer, &mut life)?;
        Ok(Self { life, past })
    }

    /// Takes one event back. When it can't be, that is of no use any more unless it was done carefully: with a copy of the
    /// life, which takes as long as the customer's lots are many, and so is not for each of many events.
    fn void(
        &mut self,
        connection: &Connection,
        engine: &mut Engine,
        seq: EventNumber,
        shapes: &mut Shapes,
        facts: &mut Facts,
        is_careful: bool,
    ) -> Result<(StoredEvent, Result<(), VoidError>), LedgerError> {
        let stored = read::by_number(connection, seq)?;
        remember_lots(connection, &mut self.life, &stored.fact)?;
        let quantities = shapes.quantities(connection, engine, &self.life, &stored)?;
        let mut voidable = Voidable { fact: &stored.fact, quantities: &quantities, past: &mut self.past };
        let done = match is_careful {
            true => engine.void(&mut self.life, &mut voidable, facts),
            false => engine.try_void(&mut self.life, &mut voidable, facts),
        };
        Ok((stored, done))
    }
}

/// What was drawn for an event, draw by draw, and in which asset.
pub(super) fn drawn(engine: &Engine, life: &Life, fact: &EventFact) -> Result<Vec<(AssetId, Draw)>, LifeError> {
    let mut all = Vec::new();
    for fee in &fact.fees {
        let (own, _) = engine.fee_price(life, fee)?;
        for draw in &fee.draws {
            all.push((draw.lot.map_or(Ok(own), |lot| life.asset_of(lot))?, *draw));
        }
    }
    Ok(all)
}

/// What a customer's lots have done. Those that have paid back overdrafts are put into the life.
pub(super) fn past(connection: &Connection, customer: CustomerId, life: &mut Life) -> Result<Past, LedgerError> {
    let mut past = Past::default();
    for repaid in repayment::read(connection, Some(customer))? {
        past.repay(&repaid).map_err(LifeError::from)?;
    }
    for repaid in past.repayments.iter().chain(&past.unpaid) {
        remember(connection, life, repaid.lot)?;
    }
    for expired in expiry::read(connection, Some(customer))? {
        let damaged = |what| LedgerError::damaged(format!("lot {}: what it lost: {what}", expired.lot));
        past.lose(&expired).map_err(damaged)?;
    }
    Ok(past)
}

/// Puts the lots that an event drew on into the life, where they have nothing left.
pub(super) fn remember_lots(connection: &Connection, life: &mut Life, fact: &EventFact) -> Result<(), LedgerError> {
    let lots = fact.fees.iter().flat_map(|fee| &fee.draws).filter_map(|draw| draw.lot);
    lots.collect::<Vec<_>>().into_iter().try_for_each(|lot| remember(connection, life, lot))
}

/// Puts a lot into the life, where it has nothing left.
pub(super) fn remember(connection: &Connection, life: &mut Life, id: LotId) -> Result<(), LedgerError> {
    if life.lot(id).is_none()
        && let Some(row) = lot::used_up(connection, id)?
    {
        life.accounts.of(row.asset).remember(row.lot);
    }
    Ok(())
}

/// What the fees of an event counted.
pub(super) type Quantities = SmallVec<[Quantity; 1]>;

/// Shapes that were read.
#[derive(Default)]
pub(super) struct Shapes(FxHashMap<ShapeId, Shape>);

impl Shapes {
    /// The shape of that number.
    pub fn of(&mut self, connection: &Connection, id: ShapeId) -> Result<&Shape, LedgerError> {
        Ok(match self.0.entry(id) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => new.insert(shape::of(connection, id)?),
        })
    }

    /// What each fee of an event counted.
    pub fn quantities(
        &mut self,
        connection: &Connection,
        engine: &Engine,
        life: &Life,
        stored: &StoredEvent,
    ) -> Result<Quantities, LedgerError> {
        let shape = self.of(connection, stored.fact.shape)?;
        let damaged = || LedgerError::damaged(format!("event {:?}: what it counted can't be read", stored.id));
        let values = Fields::read(&stored.values).ok_or_else(damaged)?;
        let quantity = |fee: &FeeFact| {
            let own = life.subscriptions.iter().find(|own| own.id == fee.subscription)?;
            let (_, price) = engine.version(own.version).prices.get(fee.price.place())?;
            Quantity::of_event(&price.usage, shape, &values)
        };
        stored.fact.fees.iter().map(|fee| quantity(fee).ok_or_else(damaged)).collect()
    }
}
