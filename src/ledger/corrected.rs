//! Events that take others back or stand for them, on their way into the ledger.

use super::LedgerError;
use super::open::Writer;
use super::packed::{EventText, Packed};
use super::tables::rebilled::WhichTerms;
use super::tables::{event, rebilled, rollup, voided};
use crate::billing::{EventFact, Life, LifeError, Rollups, SumError};
use crate::ids::{CustomerIndex, EventNumber, ShapeId, ShapeIndex};
use rustc_hash::FxHashMap;

/// How many are written together.
const TOGETHER: usize = 4_096;

/// Events of one customer that are to be appended, with what follows from them.
pub(super) struct Corrected {
    packed: Packed,
    count: usize,
    voided: Vec<(EventNumber, EventNumber)>,
    rebilled: Vec<(EventNumber, EventNumber)>,
    rollups: Rollups,
    shapes: FxHashMap<ShapeId, ShapeIndex>,
    /// Which terms records that stand for others are billed under.
    which: WhichTerms,
}

impl Corrected {
    pub fn new(which: WhichTerms) -> Self {
        Self {
            packed: Packed::new(TOGETHER),
            count: 0,
            voided: Vec::new(),
            rebilled: Vec::new(),
            rollups: Rollups::default(),
            shapes: FxHashMap::default(),
            which,
        }
    }

    /// Adds an event: what takes another back, or stands for the record `instead_of`.
    pub fn add(
        &mut self,
        writer: &mut Writer<'_>,
        life: &Life,
        (fact, text): (&EventFact, &EventText<'_>),
        instead_of: Option<EventNumber>,
    ) -> Result<(), LedgerError> {
        fact.check().map_err(LifeError::from)?;
        let next = ShapeIndex::from_number(self.shapes.len() as u32);
        let shape = *self.shapes.entry(fact.shape).or_insert(next);
        let version_of = |id| life.subscriptions.iter().find(|held| held.id == id).map(|held| held.version);
        let damaged = |what: SumError| LedgerError::damaged(format!("event {:?}: {what}", text.id.text()));
        self.rollups.add(fact, (CustomerIndex::from_number(0), shape), version_of).map_err(damaged)?;
        self.packed.push(fact, text);
        self.voided.extend(fact.voids.map(|event| (event, fact.seq)));
        self.rebilled.extend(instead_of.map(|before| (fact.seq, before)));
        self.count += 1;
        if self.count == TOGETHER { self.write(writer) } else { Ok(()) }
    }

    /// Appends those that were added and are not written yet.
    pub fn write(&mut self, writer: &mut Writer<'_>) -> Result<(), LedgerError> {
        let Self { packed, voided, rebilled, mut rollups, .. } = std::mem::replace(self, Self::new(self.which));
        event::write(&writer.tx, &mut writer.seals, &packed)?;
        voided::write(&writer.tx, &mut writer.seals, &voided)?;
        rebilled::write(&writer.tx, &mut writer.seals, &rebilled, self.which)?;
        rollup::write(&writer.tx, &mut writer.seals, &rollups.take())
    }
}
