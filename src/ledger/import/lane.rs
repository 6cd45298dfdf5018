//! Billing the same log several times, each under terms of its own, for a what-if: a lane has an engine, lives and a thread
//! of its own, and writes nothing. What becomes of the log is told to its witness. The first lane is the base: it says which
//! events the log has, and the others are compared with it.

use super::bill::{Billed, Billing, BillingThread, Job, Left};
use super::failure::BillingFailure;
use super::later::{Later, Switch};
use super::lives::NewLife;
use super::ready::Ready;
use super::summary::ImportSummary;
use super::witness::{Otherwise, Witness, Witnessed};
use crate::billing::{BillError, Engine, LifeError, NewTerms};
use crate::ids::{CustomerId, EventIndex, VendorId, VersionId};
use crate::ledger::LedgerError;
use crate::time::Instant;
use crate::usage::{Batch, BatchEvent};
use rustc_hash::FxHashSet;
use std::sync::Arc;

/// A lane to be opened.
pub struct NewLane {
    /// Its terms. Assets and vendors have the same numbers in all lanes.
    pub engine: Engine,
    /// Unknown customers are subscribed to this version of its own; to that of the terms before, if they come before.
    pub enroll: Option<VersionId>,
    /// From when on it has its terms, if not from the start.
    pub later: Option<Later>,
    /// Is told what becomes of the log.
    pub witness: Box<dyn Witness>,
}

/// What has become of all lanes.
pub struct Lanes {
    /// What was counted in the base.
    pub summary: ImportSummary,
    /// What has become of each, the base first.
    pub ends: Vec<LaneEnd>,
    /// The log's customers with their external ids.
    pub customers: Vec<(CustomerId, String)>,
    /// The codes of the numbered vendors.
    pub vendors: Vec<(VendorId, String)>,
}

/// What has become of a lane.
pub struct LaneEnd {
    /// As it was given, having been told everything.
    pub witness: Box<dyn Witness>,
    /// The lane's terms.
    pub engine: Engine,
    /// What held before, if it had them from an instant on.
    pub later: Option<Later>,
    /// Who could not be changed to them, and why.
    pub left_out: Vec<(CustomerId, String)>,
    /// Events that a ledger with its terms could not record.
    pub unbillable: Option<Unbillable>,
    /// What was counted.
    pub summary: ImportSummary,
    /// What has become of events otherwise than in the base.
    pub otherwise: Otherwise,
}

/// Events that can't be recorded, such as those that owe more than an amount can be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unbillable {
    /// How many they are.
    pub count: u64,
    /// The line of the first, and of which log, from 0.
    pub line: u64,
    /// See `line`.
    pub file: u32,
    /// Why the first can't be.
    pub reason: Box<BillError>,
}

/// A lane beside the base.
pub(super) struct Lane {
    billing: BillingThread,
    enroll: Option<VersionId>,
    unbillable: Option<Unbillable>,
    otherwise: Otherwise,
}

impl Lane {
    pub fn open(new: NewLane) -> Self {
        let NewLane { engine, enroll, later, witness } = new;
        let ready = Ready::Witnessed(Witnessed::new(witness));
        let billing = BillingThread::start(engine, later, ready);
        Self { billing, enroll, unbillable: None, otherwise: Otherwise::default() }
    }

    /// Has the same billed as the base.
    pub fn send(&self, job: &Job) {
        let own = |new: &NewLife| NewLife {
            customer: new.customer,
            life: new.life.clone(),
            enrolled: new.enrolled.zip(self.enroll).map(|(terms, version)| NewTerms { version, ..terms }),
        };
        self.billing.send(Job {
            batch: Arc::clone(&job.batch),
            known: Arc::clone(&job.known),
            order: job.order.clone(),
            slice: job.slice.clone(),
            shapes: job.shapes.clone(),
            lives: job.lives.iter().map(own).collect(),
        });
    }

    /// Takes in what was billed of a slice of a batch that the base has billed.
    pub fn receive(&mut self, base: &Billed, batch: &Batch) -> Result<(), BillingFailure> {
        let Some(billed) = self.billing.receive() else { return Ok(()) };
        let billed = billed?;
        self.otherwise += otherwise(base, &billed);
        let refused = |left: &&(EventIndex, Left)| matches!(left.1, Left::Refused(_));
        // What the base can't bill either is the log's fault, and told as that.
        let by_base: FxHashSet<EventIndex> = base.left.iter().filter(refused).map(|(index, _)| *index).collect();
        for (index, left) in &billed.left {
            let Left::Refused(reason) = left else { continue };
            if by_base.contains(index) {
                continue;
            }
            let BatchEvent { line, file, .. } = batch.events[index.place()];
            let own = || Unbillable { count: 0, line, file, reason: reason.clone() };
            let first = self.unbillable.get_or_insert_with(own);
            // A customer's events come before the next one's, wherever they stand.
            if (file, line) < (first.file, first.line) {
                *first = Unbillable { count: first.count, ..own() };
            }
            first.count += 1;
        }
        Ok(())
    }

    /// The end of the log. `move_to` is its last instant.
    pub fn end(self, move_to: Option<Instant>) -> Result<LaneEnd, LedgerError> {
        let end = end(self.billing.finish(), move_to, self.otherwise)?;
        Ok(LaneEnd { unbillable: self.unbillable, ..end })
    }
}

/// Ends billing that has a witness: everybody is moved on to an instant, if one is given.
pub(super) fn end(
    mut billing: Billing,
    move_to: Option<Instant>,
    otherwise: Otherwise,
) -> Result<LaneEnd, LedgerError> {
    billing.sum_up();
    let facts = billing.end(move_to)?;
    facts.check().map_err(LifeError::from)?;
    billing.check_lives().map_err(LifeError::from)?;
    let Billing { engine, switch, summary, ready, lives, .. } = billing;
    let Ready::Witnessed(mut witnessed) = ready else { unreachable!("a lane is opened with a witness") };
    witnessed.tell_rollups();
    witnessed.witness.facts(facts);
    witnessed.witness.end(&lives);
    let (later, left_out) = switch.map(Switch::into_parts).unzip();
    let left_out = left_out.unwrap_or_default();
    Ok(LaneEnd { witness: witnessed.witness, engine, later, left_out, unbillable: None, summary, otherwise })
}

/// Compares what became of the same events.
fn otherwise(base: &Billed, other: &Billed) -> Otherwise {
    let mut sum = Otherwise::default();
    base.outcomes.iter().zip(&other.outcomes).for_each(|(base, own)| sum += own.otherwise(base));
    sum
}
