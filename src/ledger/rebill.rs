//! Billing recorded events again.

use super::LedgerError;
use super::facts::write;
use super::import::ids::Ids;
use super::import::keys;
use super::import::names::Names;
use super::life::store;
use super::open::Writer;
use super::packed::{EventText, Packed};
use super::read::{self, StoredEvent};
use super::selection::{EventStatus, Selected, Selection, for_each_selected};
use super::subscription::resolve_version;
use super::tables::rebilled::WhichTerms;
use super::tables::{event, rebilled, rollup, voided};
use super::void::{Shapes, drawn, remember_lots, standing};
use crate::billing::{Engine, Facts, Life, LifeError, RebillTerms, Rebillable, Rebilled, Rollup, SumError, VoidError};
use crate::ids::{AssetId, CustomerId, EventNumber, VersionId};
use crate::money::{Total, Units};
use crate::rating::Quantity;
use crate::time::Unit;
use crate::usage::{Batch, EventId, Vocabulary};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What billing events again came to.
#[derive(Debug, Default)]
pub struct Rebills {
    /// How many events were recorded anew, by what had become of them and what becomes of them now.
    pub became: BTreeMap<(EventStatus, EventStatus), u64>,
    /// How many automatic payments were made for it.
    pub auto_topups: u64,
    /// How many stay as they were, because everything comes out the same.
    pub unchanged: u64,
    /// What is drawn for them now, less what had been drawn, by asset.
    pub difference: BTreeMap<AssetId, Total<Units>>,
    /// Events that stay as they were, because what they owe now can't be covered.
    pub uncovered: Vec<String>,
    /// How many were taken back and stay so, because their ids stand for other events now.
    pub replaced: u64,
    /// Events that can't be billed again, each with the reason.
    pub refused: Vec<(String, String)>,
    /// Subscriptions of these customers whose later events will still be billed under other terms: customer, product, the
    /// version that they have and the one that was billed under.
    pub older: BTreeSet<(String, String, u32, u32)>,
}

impl Rebills {
    /// How many events were recorded anew.
    pub fn count(&self) -> u64 {
        self.became.values().sum()
    }
}

/// A stored event that is to be billed again.
struct Again {
    stored: StoredEvent,
    is_voided: bool,
    quantities: Vec<Quantity>,
    batch: Batch,
    names: Names,
}

impl Writer<'_> {
    /// Bills the events of a selection again, those of each customer in the order of time, and settles the differences.
    ///
    /// # Errors
    /// When the ledger can't be read or written. An event that can't be billed again is no error: see [`Rebills`].
    pub fn rebill(
        &mut self,
        engine: &mut Engine,
        selection: &Selection,
        which: WhichTerms,
    ) -> Result<Rebills, LedgerError> {
        let terms = match which {
            WhichTerms::Then => RebillTerms::Then,
            WhichTerms::Latest => RebillTerms::Latest(self.default_versions(engine)?),
        };
        self.step(|writer| {
            let mut of_customers: BTreeMap<CustomerId, Vec<(EventNumber, EventStatus)>> = BTreeMap::new();
            for_each_selected(&writer.tx, selection, |Selected { event, status, .. }| {
                of_customers.entry(event.fact.customer).or_default().push((event.fact.seq, status));
                Ok(())
            })?;
            let mut rebilling = Rebilling {
                vocabulary: Arc::new(engine.vocabulary()),
                engine,
                which,
                terms,
                shapes: Shapes::default(),
                ids: Ids::new(),
                rebills: Rebills::default(),
            };
            for (customer, events) in of_customers {
                rebilling.customer(writer, customer, events)?;
            }
            rebilling.ids.store(&writer.tx)?;
            Ok(rebilling.rebills)
        })
    }

    /// The versions that new subscriptions get, one for each product.
    fn default_versions(&self, engine: &Engine) -> Result<Vec<VersionId>, LedgerError> {
        let published = self.published()?.ok_or(LedgerError::NothingApplied)?;
        let version = |product: &crate::catalog::PublishedProduct| {
            resolve_version(&published, engine, &product.product.code, None)
        };
        published.products.iter().filter(|product| !product.archived).map(version).collect()
    }
}

/// Events that are being billed again.
struct Rebilling<'e> {
    engine: &'e mut Engine,
    vocabulary: Arc<Vocabulary>,
    which: WhichTerms,
    terms: RebillTerms,
    shapes: Shapes,
    ids: Ids,
    rebills: Rebills,
}

impl Rebilling<'_> {
    fn customer(
        &mut self,
        writer: &mut Writer<'_>,
        customer: CustomerId,
        events: Vec<(EventNumber, EventStatus)>,
    ) -> Result<(), LedgerError> {
        let mut life = super::loading::load(&writer.tx, customer, self.engine)?;
        let mut standing = standing(&writer.tx, customer, &mut life)?;
        let mut all = Vec::with_capacity(events.len());
        for (seq, status) in events {
            all.extend(self.again(writer, &mut life, seq, status == EventStatus::Voided)?);
        }
        let rebillable: Vec<Rebillable<'_>> = all.iter().map(Again::rebillable).collect();
        let mut facts = Facts::default();
        let done = self.engine.rebill(&mut life, &rebillable, &self.terms, &mut standing, &mut facts);
        let done = match done {
            Ok(done) => done,
            Err(VoidError::Life(error)) => return Err(error.into()),
            Err(why) => {
                self.rebills.refused.extend(all.iter().map(|again| (again.stored.id.clone(), why.to_string())));
                return Ok(());
            }
        };
        drop(rebillable);
        self.rebills.unchanged += done.unchanged.len() as u64;
        self.rebills.uncovered.extend(done.uncovered.iter().map(|&place| all[place].stored.id.clone()));
        if done.again.is_empty() {
            return Ok(());
        }
        self.rebills.auto_topups += facts.topups.len() as u64;
        self.record(writer, &life, &all, &done, &mut facts)?;
        self.note_older(writer, &life, &all, &done)?;
        write(&writer.tx, &mut writer.seals, &mut facts)?;
        store(&writer.tx, [&mut life])
    }

    /// A stored event made ready to be billed; none, and it is noted why, when it can't be.
    fn again(
        &mut self,
        writer: &mut Writer<'_>,
        life: &mut Life,
        seq: EventNumber,
        is_voided: bool,
    ) -> Result<Option<Again>, LedgerError> {
        let stored = read::by_number(&writer.tx, seq)?;
        if is_voided && read::event_by_id(&writer.tx, &stored.id)?.is_none_or(|now| now.fact.seq != seq) {
            self.rebills.replaced += 1;
            return Ok(None);
        }
        let event = read::expand(&writer.tx, &stored)?;
        let batch = match Batch::single(&event, &self.vocabulary) {
            Ok(batch) => batch,
            Err(fault) => {
                self.rebills.refused.push((stored.id, fault.to_string()));
                return Ok(None);
            }
        };
        let mut names = Names::default();
        names.learn(writer, &batch)?;
        let quantities = if is_voided {
            Vec::new()
        } else {
            remember_lots(&writer.tx, life, &stored.fact)?;
            self.shapes.quantities(&writer.tx, self.engine, life, &stored)?
        };
        Ok(Some(Again { stored, is_voided, quantities, batch, names }))
    }

    /// Appends what takes the old events back, and the new ones.
    fn record(
        &mut self,
        writer: &mut Writer<'_>,
        life: &Life,
        all: &[Again],
        done: &Rebilled,
        facts: &mut Facts,
    ) -> Result<(), LedgerError> {
        let (mut packed, mut pairs, mut rollups) = (Packed::new(all.len()), Vec::new(), Vec::new());
        let mut rebilled = Vec::new();
        let places =
            done.undone.iter().map(|place| (*place, true)).chain(done.again.iter().map(|place| (*place, false)));
        let version_of = |id| life.subscriptions.iter().find(|held| held.id == id).map(|held| held.version);
        let mut new_ids = Vec::new();
        for (fact, (place, is_undone)) in facts.events.drain(..).zip(places) {
            let again = &all[place];
            fact.check().map_err(LifeError::from)?;
            let damaged = |what: SumError| LedgerError::damaged(format!("event {:?}: {what}", again.stored.id));
            rollups
                .extend(Rollup::of_event(&fact, fact.occurred_at.start_of(Unit::Month), version_of).map_err(damaged)?);
            for (asset, amount) in drawn(self.engine, life, &fact)? {
                *self.rebills.difference.entry(asset).or_default() += amount;
            }
            if is_undone {
                packed.push(&fact, &EventText { id: EventId::new(&again.stored.id), values: &again.stored.values });
                pairs.push((again.stored.fact.seq, fact.seq));
            } else {
                let event = &again.batch.events[0];
                let text = EventText { id: again.batch.id(event), values: again.batch.values(event) };
                packed.push(&fact, &text);
                rebilled.push((fact.seq, again.stored.fact.seq));
                new_ids.push((keys::hash_id(&writer.seals.key(), &text.id), fact.seq));
                let before = if again.is_voided { EventStatus::Voided } else { again.stored.fact.status.into() };
                *self.rebills.became.entry((before, fact.status.into())).or_default() += 1;
            }
        }
        event::write(&writer.tx, &mut writer.seals, &packed)?;
        voided::write(&writer.tx, &mut writer.seals, &pairs)?;
        rebilled::write(&writer.tx, &mut writer.seals, &rebilled, self.which)?;
        rollup::write(&writer.tx, &mut writer.seals, &rollups)?;
        new_ids.sort_unstable();
        self.ids.add(&writer.tx, new_ids)
    }

    /// Notes the subscriptions that go on under other terms than events were billed under.
    fn note_older(
        &mut self,
        writer: &Writer<'_>,
        life: &Life,
        all: &[Again],
        done: &Rebilled,
    ) -> Result<(), LedgerError> {
        let RebillTerms::Latest(versions) = &self.terms else { return Ok(()) };
        let happened: Vec<_> = done.again.iter().map(|&place| all[place].stored.fact.occurred_at).collect();
        for own in life.subscriptions.iter().filter(|own| own.is_active(life.clock)) {
            let has = self.engine.version(own.version);
            let latest =
                versions.iter().map(|&id| self.engine.version(id)).find(|latest| latest.product == has.product);
            let was_billed = happened.iter().any(|&at| at >= own.started_at || own.origin != own.id);
            if let Some(latest) = latest.filter(|latest| latest.number != has.number && was_billed) {
                let who = super::tables::customer::name_of(&writer.tx, life.customer)?;
                self.rebills.older.insert((who, has.product.clone(), has.number, latest.number));
            }
        }
        Ok(())
    }
}

impl Again {
    fn rebillable(&self) -> Rebillable<'_> {
        let event = &self.batch.events[0];
        Rebillable {
            fact: &self.stored.fact,
            is_voided: self.is_voided,
            quantities: &self.quantities,
            input: self.names.shape(event.shape).input(&self.batch, event),
        }
    }
}
