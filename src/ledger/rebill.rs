//! Billing recorded events again.

use super::LedgerError;
use super::corrected::Corrected;
use super::facts::write;
use super::import::hash::IdHash;
use super::import::ids::Ids;
use super::import::names::Names;
use super::life::store;
use super::open::Writer;
use super::packed::EventText;
use super::read::{self, StoredEvent};
use super::selection::{EventStatus, Selected, Selection, for_each_selected};
use super::subscription::resolve_version;
use super::tables::rebilled::{self, WhichTerms};
use super::tables::voided;
use super::void::{Quantities, Shapes, drawn, past, remember_lots};
use crate::billing::{
    DenialFact, Engine, EventFact, Facts, FellDue, Life, LifeError, NotRebilled, Past, RebillTerms, Rebillable,
    Rebilled, Record, Unpriced, VoidError,
};
use crate::ids::{AssetId, CustomerId, EventNumber, LotId, VersionId, VersionNumber};
use crate::money::{Total, Units};
use crate::time::Instant;
use crate::usage::{Batch, BatchEvent, Typed, Vocabulary};
use crate::wallet::Draw;
use rusqlite::Connection;
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
    /// What is drawn from other lots than before, by asset.
    pub moved: BTreeMap<AssetId, Total<Units>>,
    /// What returned to lots that are over, and so was lost; below zero where that was taken from them again.
    pub lost: BTreeMap<AssetId, Total<Units>>,
    /// What credit that returned has paid for, which was past due.
    pub fell_due: FellDue,
    /// Events that stay as they were, because what they owe now can't be covered.
    pub uncovered: Vec<NotCovered>,
    /// How many have no price even so, by the reason.
    pub unpriced: BTreeMap<Unpriced, u64>,
    /// How many of them would have one under the latest terms.
    pub priced_latest: u64,
    /// How many were taken back and stay so, because their ids stand for other events now.
    pub replaced: u64,
    /// Events, or whole customers, that can't be billed again, each with the reason.
    pub refused: Vec<(String, String)>,
    /// Subscriptions whose later events will still be billed under another version.
    pub older: BTreeSet<Older>,
}

/// A subscription to an older version than events were billed under.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Older {
    /// The customer's external id.
    pub customer: String,
    /// The product's code.
    pub product: String,
    /// The version that the subscription has.
    pub has: VersionNumber,
    /// The version that events were billed under.
    pub latest: VersionNumber,
}

impl Rebills {
    /// How many events were recorded anew.
    pub fn count(&self) -> u64 {
        self.became.values().sum()
    }
}

/// An event that can't be covered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotCovered {
    /// The event's id.
    pub id: String,
    /// Whose it is.
    pub customer: String,
    /// The time that they have come to, at which it was tried.
    pub at: Instant,
    /// What was short, and why.
    pub denial: DenialFact,
    /// When credit next begins that they have already.
    pub credit_from: Option<Instant>,
}

/// A stored event that is to be billed again.
struct Again {
    fact: EventFact,
    /// Its values, where they are not those that it has in its batch: a field has become a dimension since.
    values: Option<Box<str>>,
    taken_back: Option<EventFact>,
    quantities: Quantities,
    /// Its place in its batch, and that one's.
    place: (usize, usize),
}

/// Stored events of one customer.
struct All {
    events: Vec<Again>,
    batches: Vec<Batch>,
    names: Names,
    typed: Typed,
    /// The customer whose they are.
    name: String,
}

/// The selected events of each customer.
type OfCustomers = BTreeMap<CustomerId, Vec<EventNumber>>;

/// Whether a record was taken back.
enum TakenBack {
    Not,
    By(Box<EventFact>),
    /// It was, and its id stands for another event now, or is to.
    Replaced,
}

/// Whether a record was taken back. Of several that had one id and were all taken back, the latest that is selected comes
/// back.
fn taken_back(connection: &Connection, stored: &StoredEvent, selected: &OfCustomers) -> Result<TakenBack, LedgerError> {
    let Some(back) = voided::by(connection, stored.fact.seq)? else { return Ok(TakenBack::Not) };
    for StoredEvent { fact: other, .. } in read::events_by_id(connection, &stored.id)? {
        if other.seq == stored.fact.seq || other.voids.is_some() || rebilled::is_replaced(connection, other.seq)? {
            continue;
        }
        let is_selected = || selected.get(&other.customer).is_some_and(|events| events.contains(&other.seq));
        if voided::by(connection, other.seq)?.is_none() || other.seq > stored.fact.seq && is_selected() {
            return Ok(TakenBack::Replaced);
        }
    }
    Ok(TakenBack::By(Box::new(read::by_number(connection, back)?.fact)))
}

/// How many events make a batch, whose text has an end.
const TOGETHER: usize = 8_192;

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
        let latest = self.default_versions(engine)?;
        let terms = match which {
            WhichTerms::Then => RebillTerms::Then,
            WhichTerms::Latest => RebillTerms::Latest(latest.clone()),
        };
        self.step(|writer| {
            let mut of_customers = OfCustomers::new();
            for_each_selected(&writer.tx, selection, |Selected { event, .. }| {
                of_customers.entry(event.fact.customer).or_default().push(event.fact.seq);
                Ok(())
            })?;
            let mut rebilling = Rebilling {
                vocabulary: Arc::new(engine.vocabulary()),
                engine,
                which,
                terms,
                latest,
                shapes: Shapes::default(),
                ids: Ids::new(),
                rebills: Rebills::default(),
            };
            for (&customer, events) in &of_customers {
                rebilling.customer(writer, customer, events, &of_customers)?;
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
    /// The default versions of all products.
    latest: Vec<VersionId>,
    shapes: Shapes,
    ids: Ids,
    rebills: Rebills,
}

impl Rebilling<'_> {
    fn customer(
        &mut self,
        writer: &mut Writer<'_>,
        customer: CustomerId,
        events: &[EventNumber],
        selected: &OfCustomers,
    ) -> Result<(), LedgerError> {
        let mut life = super::loading::load(&writer.tx, customer, self.engine)?;
        let mut past = past(&writer.tx, customer, &mut life)?;
        let mut all = All {
            events: Vec::with_capacity(events.len()),
            batches: Vec::new(),
            names: Names::default(),
            typed: Typed::new(&self.vocabulary),
            name: super::tables::customer::name_of(&writer.tx, customer)?,
        };
        for &seq in events {
            let stored = read::by_number(&writer.tx, seq)?;
            match taken_back(&writer.tx, &stored, selected)? {
                TakenBack::Replaced => self.rebills.replaced += 1,
                TakenBack::Not => self.again(writer, &mut life, &mut all, stored, None)?,
                TakenBack::By(back) => self.again(writer, &mut life, &mut all, stored, Some(*back))?,
            }
        }
        all.end_batch(writer)?;
        self.note_ends(writer, &life, &all, &mut past)?;
        let rebillable: Vec<Rebillable<'_>> = all.events.iter().map(|again| again.rebillable(&all)).collect();
        let mut facts = Facts::default();
        let done = match self.engine.rebill(&mut life, &rebillable, &self.terms, &mut past, &mut facts) {
            Ok(done) => done,
            Err(refused) => return self.note_refused(&all, refused),
        };
        self.note_left(&life, &all, &rebillable, &done);
        self.note_older(&life, &all, &done);
        if done.count() == 0 {
            return Ok(());
        }
        self.note_facts(&life, &facts)?;
        let records = done.records(&rebillable);
        self.record(writer, &life, &all, records)?;
        write(&writer.tx, &mut writer.seals, &mut facts)?;
        store(&writer.tx, self.engine, std::slice::from_mut(&mut life))
    }

    /// Notes what was counted since the events were taken back that were.
    fn note_ends(&self, writer: &Writer<'_>, life: &Life, all: &All, past: &mut Past) -> Result<(), LedgerError> {
        let Some(since) = all.events.iter().filter_map(|again| again.taken_back.as_ref()).map(|back| back.seq).min()
        else {
            return Ok(());
        };
        let mut seq = life.last_event;
        while seq > since {
            let StoredEvent { fact, .. } = read::by_number(&writer.tx, seq)?;
            seq = fact.previous;
            let before = rebilled::instead_of(&writer.tx, fact.seq)?;
            let before = before.map(|before| read::by_number(&writer.tx, before)).transpose()?;
            let before = before.as_ref().map(|before| &before.fact);
            self.engine.note_ends(life, &fact, before, &mut past.ends)?;
        }
        Ok(())
    }

    fn note_refused(&mut self, all: &All, NotRebilled { place, why }: NotRebilled) -> Result<(), LedgerError> {
        if let VoidError::Life(error) = *why {
            return Err(error.into());
        }
        let what = match place {
            Some(place) => format!("event {:?}", all.id(place)),
            None => format!("what customer {:?} used", all.name),
        };
        self.rebills.refused.push((what, why.to_string()));
        Ok(())
    }

    /// Notes the events that stay as they were.
    fn note_left(&mut self, life: &Life, all: &All, events: &[Rebillable<'_>], done: &Rebilled) {
        self.rebills.unchanged += done.unchanged.len() as u64;
        self.rebills.uncovered.extend(done.uncovered.iter().map(|&(place, denial)| NotCovered {
            id: all.id(place),
            customer: all.name.clone(),
            at: life.clock,
            denial,
            credit_from: credit_from(life, denial.asset),
        }));
        for (place, reason) in done.unpriced(events) {
            *self.rebills.unpriced.entry(reason).or_default() += 1;
            let is_other = !matches!(self.terms, RebillTerms::Latest(_));
            let would = is_other && self.engine.has_price(life, events[place].input, &self.latest);
            self.rebills.priced_latest += u64::from(would);
        }
    }

    /// Notes what has happened beside the events.
    fn note_facts(&mut self, life: &Life, facts: &Facts) -> Result<(), LedgerError> {
        self.rebills.auto_topups += facts.topups.len() as u64;
        for expired in &facts.expiries {
            let asset = life.asset_of(expired.lot).map_err(LifeError::from)?;
            *self.rebills.lost.entry(asset).or_default() += expired.amount;
        }
        self.rebills.fell_due.add(facts);
        Ok(())
    }

    /// Makes a stored event ready to be billed; where it can't be, that is noted.
    fn again(
        &mut self,
        writer: &mut Writer<'_>,
        life: &mut Life,
        all: &mut All,
        stored: StoredEvent,
        taken_back: Option<EventFact>,
    ) -> Result<(), LedgerError> {
        let shape = self.shapes.of(&writer.tx, stored.fact.shape)?;
        let event = read::expand_as(shape, &all.name, &stored)?;
        let place = match all.typed.add(&event) {
            Ok(place) => place,
            Err(fault) => {
                self.rebills.refused.push((format!("event {:?}", stored.id), fault.to_string()));
                return Ok(());
            }
        };
        remember_lots(&writer.tx, life, taken_back.as_ref().unwrap_or(&stored.fact))?;
        let quantities = self.shapes.quantities(&writer.tx, self.engine, life, &stored)?;
        let values = Some(stored.values).filter(|values| *values != all.typed.values(place)).map(Into::into);
        all.events.push(Again { fact: stored.fact, values, taken_back, quantities, place: (all.batches.len(), place) });
        if place + 1 == TOGETHER { all.end_batch(writer) } else { Ok(()) }
    }

    /// Appends what takes the old events back, and the new ones.
    fn record(
        &mut self,
        writer: &mut Writer<'_>,
        life: &Life,
        all: &All,
        records: impl Iterator<Item = Record>,
    ) -> Result<(), LedgerError> {
        let (mut corrected, mut new_ids) = (Corrected::new(self.which), Vec::new());
        let mut of_lots: BTreeMap<(AssetId, Option<LotId>), Total<Units>> = BTreeMap::new();
        for Record { place, is_undone, fact } in records {
            let again = &all.events[place];
            for (asset, Draw { lot, amount, .. }) in drawn(self.engine, life, &fact)? {
                *self.rebills.difference.entry(asset).or_default() += amount;
                *of_lots.entry((asset, lot)).or_default() += amount;
            }
            let (batch, event) = all.event(again);
            let id = batch.id(event);
            if is_undone {
                let values = again.values.as_deref().unwrap_or(batch.values(event));
                corrected.add(writer, life, (&fact, &EventText { id, values }), None)?;
            } else {
                let text = EventText { id, values: batch.values(event) };
                corrected.add(writer, life, (&fact, &text), Some(again.fact.seq))?;
                new_ids.push((IdHash::of(&writer.seals.key(), &text.id), fact.seq));
                let before = if again.taken_back.is_some() { EventStatus::Voided } else { again.fact.status.into() };
                *self.rebills.became.entry((before, fact.status.into())).or_default() += 1;
            }
        }
        for (asset, amount) in moved(&of_lots) {
            *self.rebills.moved.entry(asset).or_default() += amount;
        }
        corrected.write(writer)?;
        new_ids.sort_unstable();
        self.ids.add(&writer.tx, new_ids)
    }

    /// Notes the subscriptions that go on under other terms than events were billed under.
    fn note_older(&mut self, life: &Life, all: &All, done: &Rebilled) {
        let RebillTerms::Latest(versions) = &self.terms else { return };
        // Later events need the terms also where these can't be covered.
        let uncovered = done.uncovered.iter().map(|(place, _)| *place);
        let happened: Vec<_> = done.places().chain(uncovered).map(|place| all.events[place].fact.occurred_at).collect();
        for own in life.subscriptions.iter().filter(|own| own.is_active(life.clock)) {
            let has = self.engine.version(own.version);
            let latest =
                versions.iter().map(|&id| self.engine.version(id)).find(|latest| latest.product == has.product);
            let was_billed = happened.iter().any(|&at| at >= own.started_at || own.origin != own.id);
            if let Some(latest) = latest.filter(|latest| latest.number != has.number && was_billed) {
                let (customer, product) = (all.name.clone(), has.product.clone());
                self.rebills.older.insert(Older { customer, product, has: has.number, latest: latest.number });
            }
        }
    }
}

/// When credit of an asset next begins that a customer has already.
fn credit_from(life: &Life, asset: AssetId) -> Option<Instant> {
    let lots = life.accounts.get(asset)?.lots();
    lots.iter().map(|lot| lot.effective_at).filter(|&at| at > life.clock).min()
}

/// What is drawn from other lots than before, by asset: as much as some give more and others less.
fn moved(of_lots: &BTreeMap<(AssetId, Option<LotId>), Total<Units>>) -> BTreeMap<AssetId, Total<Units>> {
    let mut sides: BTreeMap<AssetId, (Total<Units>, Total<Units>)> = BTreeMap::new();
    for (&(asset, _), &amount) in of_lots {
        let (more, less) = sides.entry(asset).or_default();
        if amount.is_negative() { *less += -amount } else { *more += amount }
    }
    sides.into_iter().map(|(asset, (more, less))| (asset, more.min(less))).filter(|(_, sum)| !sum.is_zero()).collect()
}

impl All {
    /// Ends the batch that events are added to.
    fn end_batch(&mut self, writer: &mut Writer<'_>) -> Result<(), LedgerError> {
        let batch = self.typed.take();
        self.names.learn(writer, &batch)?;
        self.batches.push(batch);
        Ok(())
    }

    fn id(&self, place: usize) -> String {
        let (batch, event) = self.event(&self.events[place]);
        batch.id(event).text()
    }

    fn event(&self, again: &Again) -> (&Batch, &BatchEvent) {
        let batch = &self.batches[again.place.0];
        (batch, &batch.events[again.place.1])
    }
}

impl Again {
    fn rebillable<'a>(&'a self, all: &'a All) -> Rebillable<'a> {
        let (batch, event) = all.event(self);
        Rebillable {
            fact: &self.fact,
            taken_back: self.taken_back.as_ref(),
            quantities: &self.quantities,
            input: all.names.shape(event.shape).input(batch, event),
        }
    }
}
