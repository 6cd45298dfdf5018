//! Where billed events go: into the ledger, or into a tally in memory when nothing is to be recorded.

use super::super::facts::write;
use super::super::life;
use super::super::open::Writer;
use super::super::packed::{EventText, Packed};
use super::super::tables::{event, rollup};
use super::bill::{Billed, Billing};
use super::ids::Ids;
use super::keys;
use super::read::{Content, Hashed};
use super::ready::Ready;
use super::tally::Tally;
use crate::billing::{Facts, LifeError, Rollups};
use crate::ids::EventNumber;
use crate::ledger::LedgerError;
use crate::usage::Batch;

/// Ids that may be merged at the end of a log, which takes some milliseconds. More wait for the next long log.
const MERGED_AT_END: i64 = 100_000;

/// Where billed events go.
pub(super) enum Sink {
    /// Everything is appended.
    Ledger,
    /// Nothing is appended. The tally is what later events of the log are compared with.
    Tally(Tally),
}

impl Sink {
    /// A tally for a trial, which records nothing; otherwise the ledger.
    pub fn new(is_trial: bool) -> Self {
        if is_trial { Self::Tally(Tally::default()) } else { Self::Ledger }
    }

    /// What billing makes of events for it.
    pub fn ready(&self) -> Ready {
        match self {
            Self::Ledger => Ready::ForLedger(Rollups::default()),
            Self::Tally(_) => Ready::Checked,
        }
    }

    /// Takes in what was billed of a batch. A tally checks it as the ledger would.
    pub fn record(&self, writer: &mut Writer<'_>, batch: &Batch, billed: &mut Billed) -> Result<(), LedgerError> {
        if let Self::Tally(_) = self {
            return Ok(billed.facts.check().map_err(LifeError::from)?);
        }
        event::write(&writer.tx, &mut writer.seals, &packed(batch, billed))?;
        write(&writer.tx, &mut writer.seals, &mut billed.facts)?;
        rollup::write(&writer.tx, &mut writer.seals, &billed.rollups)
    }

    /// Remembers the ids of a batch's events that were recorded. `recorded` has the number of each event, or none.
    pub fn remember(
        &mut self,
        writer: &Writer<'_>,
        ids: &mut Ids,
        contents: &[Content],
        hashes: &[Hashed],
        recorded: &[EventNumber],
    ) -> Result<(), LedgerError> {
        let kept = hashes.iter().filter(|hashed| recorded[hashed.index.place()] != EventNumber::NONE);
        // Nearly all are kept, which a filter can't know: a list that grew would be copied again and again.
        match self {
            Self::Ledger => {
                let mut keys = Vec::with_capacity(hashes.len());
                keys.extend(kept.map(|hashed| (hashed.hash, recorded[hashed.index.place()])));
                ids.add(&writer.tx, keys)
            }
            Self::Tally(tally) => {
                let mut events = Vec::with_capacity(hashes.len());
                events.extend(kept.map(|hashed| contents[hashed.index.place()]));
                tally.add(events);
                Ok(())
            }
        }
    }

    /// Stores what billing has kept until the log's end, or checks it.
    pub fn finish(&self, writer: &mut Writer<'_>, billing: &mut Billing, facts: &mut Facts) -> Result<(), LedgerError> {
        if let Self::Tally(_) = self {
            facts.check().map_err(LifeError::from)?;
            return Ok(billing.check_lives().map_err(LifeError::from)?);
        }
        rollup::write(&writer.tx, &mut writer.seals, &billing.ready.last_rollups())?;
        // New lots first: what is left of them is stored with the lives.
        write(&writer.tx, &mut writer.seals, facts)?;
        // What is stored is the same however a log is cut: not the end of a lot that has been used up since.
        let Billing { engine, lives, .. } = billing;
        lives.iter_mut().for_each(|life| engine.refresh_due(life));
        // What is stored of one customer lies beside that of the next.
        lives.sort_by_cached_key(|life| life.customer);
        life::store(&writer.tx, engine, lives)
    }

    /// Stores the ids that are still in memory.
    pub fn store_ids(&self, writer: &Writer<'_>, ids: &mut Ids) -> Result<(), LedgerError> {
        if let Self::Tally(_) = self {
            return Ok(());
        }
        ids.store(&writer.tx)?;
        keys::merge(&writer.tx, MERGED_AT_END)
    }
}

/// What was billed of a batch, with what the log says of it.
fn packed(batch: &Batch, billed: &Billed) -> Packed {
    let mut packed = Packed::new(billed.events.len());
    for (fact, &index) in billed.events.iter().zip(&billed.recorded) {
        let event = &batch.events[index.place()];
        packed.push(fact, &EventText { id: batch.id(event), values: batch.values(event) });
    }
    packed
}
