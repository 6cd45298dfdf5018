//! Taking recorded events back.

use super::LedgerError;
use super::facts::write;
use super::life::store;
use super::open::Writer;
use super::packed::{EventText, Packed};
use super::read::{self, StoredEvent};
use super::selection::{EventStatus, Selected, Selection, for_each_selected};
use super::tables::{event, lot, repayment, rollup, shape, voided};
use crate::billing::{Engine, EventFact, Facts, FeeFact, Life, LifeError, Rollup, VoidError, Voidable};
use crate::ids::{AssetId, CustomerId, EventNumber, LotId, ShapeId};
use crate::money::{Total, Units};
use crate::rating::Quantity;
use crate::time::Unit;
use crate::usage::{EventId, Fields, Shape};
use crate::wallet::{Draw, Repayment};
use rusqlite::Connection;
use rustc_hash::FxHashMap;
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
        let connection = &*self.tx;
        let mut life = super::loading::load(connection, customer, engine)?;
        let mut standing = standing(connection, customer, &mut life)?;
        let (mut facts, mut packed, mut pairs) = (Facts::default(), Packed::new(events.len()), Vec::new());
        let mut rollups = Vec::new();
        for seq in events.into_iter().rev() {
            let stored = read::by_number(connection, seq)?;
            remember_lots(connection, &mut life, &stored.fact)?;
            let quantities = shapes.quantities(connection, engine, &life, &stored)?;
            let mut voidable = Voidable { fact: &stored.fact, quantities: &quantities, repayments: &mut standing };
            let lost = facts.expiries.len();
            if let Err(why) = engine.void(&mut life, &mut voidable, &mut facts) {
                voided.refused.push((stored.id, why));
                continue;
            }
            for expired in &facts.expiries[lost..] {
                let asset = life.accounts.iter().find(|(_, account)| account.all().any(|lot| lot.id == expired.lot));
                if let Some((asset, _)) = asset {
                    *voided.lost.entry(asset).or_default() += expired.amount;
                }
            }
            for undone in facts.events.drain(..) {
                for (asset, amount) in drawn(engine, &life, &undone)? {
                    *voided.returned.entry(asset).or_default() -= amount;
                }
                let month = undone.occurred_at.start_of(Unit::Month);
                let version_of = |id| life.subscriptions.iter().find(|held| held.id == id).map(|held| held.version);
                let of_event = Rollup::of_event(&undone, month, version_of);
                rollups
                    .extend(of_event.map_err(|what| LedgerError::damaged(format!("event {:?}: {what}", stored.id)))?);
                undone.check().map_err(LifeError::from)?;
                packed.push(&undone, &EventText { id: EventId::new(&stored.id), values: &stored.values });
                pairs.push((seq, undone.seq));
            }
        }
        event::write(&self.tx, &mut self.seals, &packed)?;
        voided::write(&self.tx, &mut self.seals, &pairs)?;
        rollup::write(&self.tx, &mut self.seals, &rollups)?;
        write(&self.tx, &mut self.seals, &mut facts)?;
        store(&self.tx, [&mut life])
    }
}

/// What was drawn for an event, draw by draw, in the asset that it was drawn in.
pub(super) fn drawn(engine: &Engine, life: &Life, fact: &EventFact) -> Result<Vec<(AssetId, Units)>, LifeError> {
    let asset_of = |lot| life.accounts.iter().find(|(_, account)| account.all().any(|own| own.id == lot));
    let mut all = Vec::new();
    for fee in &fact.fees {
        let (own, _) = engine.fee_price(life, fee)?;
        let draw = |draw: &Draw| (draw.lot.and_then(asset_of).map_or(own, |(asset, _)| asset), draw.amount);
        all.extend(fee.draws.iter().map(draw));
    }
    Ok(all)
}

/// What a customer's lots have paid back of overdrafts and still stands, the oldest first. The lots are put into the life.
pub(super) fn standing(
    connection: &Connection,
    customer: CustomerId,
    life: &mut Life,
) -> Result<Vec<Repayment>, LedgerError> {
    let standing = still_standing(&repayment::read(connection, Some(customer))?);
    for repaid in &standing {
        remember(connection, life, repaid.lot)?;
    }
    Ok(standing)
}

/// What still stands of what one customer's lots have paid back, the oldest first.
pub(super) fn still_standing(repayments: &[Repayment]) -> Vec<Repayment> {
    let mut standing: Vec<Repayment> = Vec::new();
    for repaid in repayments {
        if !repaid.amount.is_negative() {
            standing.push(*repaid);
            continue;
        }
        // What takes one back names its lot and its time.
        let mut rest = -repaid.amount;
        let same = |own: &&mut Repayment| (own.lot, own.dated) == (repaid.lot, repaid.dated);
        for own in standing.iter_mut().rev().filter(same) {
            let part = rest.min(own.amount);
            (own.amount, rest) = (own.amount - part, rest - part);
        }
    }
    standing.retain(|repaid| repaid.amount.is_positive());
    standing
}

/// Puts the lots that an event drew on into the life, where they have nothing left.
pub(super) fn remember_lots(connection: &Connection, life: &mut Life, fact: &EventFact) -> Result<(), LedgerError> {
    let lots = fact.fees.iter().flat_map(|fee| &fee.draws).filter_map(|draw| draw.lot);
    lots.collect::<Vec<_>>().into_iter().try_for_each(|lot| remember(connection, life, lot))
}

/// Puts a lot into the life, where it has nothing left.
pub(super) fn remember(connection: &Connection, life: &mut Life, id: LotId) -> Result<(), LedgerError> {
    let is_there = life.accounts.iter().any(|(_, account)| account.all().any(|lot| lot.id == id));
    if !is_there && let Some(row) = lot::used_up(connection, id)? {
        life.accounts.of(row.asset).remember(row.lot);
    }
    Ok(())
}

/// Shapes that were read.
#[derive(Default)]
pub(super) struct Shapes(FxHashMap<ShapeId, Shape>);

impl Shapes {
    /// What each fee of an event counted.
    pub fn quantities(
        &mut self,
        connection: &Connection,
        engine: &Engine,
        life: &Life,
        stored: &StoredEvent,
    ) -> Result<Vec<Quantity>, LedgerError> {
        let id = stored.fact.shape;
        let shape = match self.0.entry(id) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => new.insert(shape::of(connection, id)?),
        };
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
