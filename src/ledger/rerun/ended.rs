//! The end of a lane, once everybody has come to the ledger's horizon.

use super::lane::{Corrected, Counts, End};
use super::left_out::LeftOut;
use crate::billing::{Broken, Engine, Facts, LifeError};
use crate::ledger::LedgerError;
use crate::ledger::import::{Otherwise, Witness};
use crate::time::Instant;

/// What has become of the history under some terms.
pub struct RerunEnd {
    /// As it was given, having been told everything.
    pub witness: Box<dyn Witness>,
    /// The latest terms.
    pub engine: Engine,
    /// The terms before an instant, if others held then.
    pub before: Option<(Instant, Engine)>,
    /// How many events became what.
    pub counts: Counts,
    /// What was left out because it would be refused.
    pub left_out: Vec<LeftOut>,
    /// What has become of events otherwise than in the history that it is compared with.
    pub otherwise: Otherwise,
}

impl End {
    /// The end of a lane once everybody has come to the horizon. `base` is what has become of corrected events in the lane that
    /// it is compared with.
    pub(super) fn at(
        self,
        horizon: Instant,
        mut otherwise: Otherwise,
        base: &Corrected,
    ) -> Result<RerunEnd, LedgerError> {
        let Self { mut engine, later, mut witness, counts, left_out, corrected, mut lives, .. } = self;
        let mut facts = Facts::default();
        lives.iter_mut().try_for_each(|life| engine.advance(life, horizon, &mut facts))?;
        witness.facts(facts);
        witness.end(&lives);
        otherwise += of_corrected(base, &corrected)?;
        let before = later.map(|later| (later.since.at, later.before));
        Ok(RerunEnd { witness, engine, before, counts, left_out, otherwise })
    }
}

/// What became otherwise in a lane of events that something was done to.
fn of_corrected(base: &Corrected, own: &Corrected) -> Result<Otherwise, LedgerError> {
    let mut sum = Otherwise::default();
    for (first, own) in own {
        let base = base.get(first).ok_or(LifeError::Broken(Broken::Event(*first)))?;
        sum += own.otherwise(base);
    }
    Ok(sum)
}
