//! What fell due as a command made time pass, for people and scripts.

use super::workspace::counted;
use crate::billing::{Engine, Facts, FellDue, Life, LifeError};
use crate::money::Amount;
use crate::time::Instant;
use serde::Serialize;

/// What credit that came in made, and what shows of a customer because the ledger comes to its time.
#[derive(Debug, Default)]
pub(super) struct Passed {
    pub fell_due: FellDue,
    /// Whether something that was past due was paid.
    pub recovered: bool,
}

impl Passed {
    /// Moves a life that nobody keeps on to `to`. `own` happened at once; what fell due before `horizon`, to which the ledger
    /// had come before, is not told again.
    ///
    /// # Errors
    /// As [`Engine::advance`].
    pub fn until(
        engine: &Engine,
        life: &mut Life,
        (horizon, to): (Instant, Instant),
        own: &Facts,
    ) -> Result<Self, LifeError> {
        let (mut engine, mut before, mut after) = (engine.clone(), Facts::default(), Facts::default());
        engine.advance(life, horizon.min(to), &mut before)?;
        engine.advance(life, to, &mut after)?;
        let mut fell_due = FellDue::of(own);
        fell_due.add(&after);
        let recovered = [own, &before, &after].iter().any(|facts| !facts.recoveries.is_empty());
        Ok(Self { fell_due, recovered })
    }
}

/// What fell due as a command made time pass.
#[derive(Debug, Serialize)]
pub(super) struct FellDueView {
    renewals: u64,
    collected: Vec<Collected>,
}

#[derive(Debug, Serialize)]
struct Collected {
    asset: String,
    amount: Amount,
}

impl FellDueView {
    pub fn new(due: &FellDue, engine: &Engine) -> Self {
        let collected = due.collected.iter().map(|(&asset, &units)| {
            let asset = engine.asset(asset);
            Collected { asset: asset.code.clone(), amount: asset.amount(units) }
        });
        Self { renewals: due.renewals, collected: collected.collect() }
    }

    /// The same in a line; `None` when nothing was renewed.
    pub fn line(&self) -> Option<String> {
        let sums: Vec<String> = self.collected.iter().map(|sum| format!("{} {}", sum.amount, sum.asset)).collect();
        let sums = if sums.is_empty() { "nothing".to_owned() } else { sums.join(" + ") };
        (self.renewals > 0).then(|| format!("{} fell due; {sums} collected in all", counted(self.renewals, "renewal")))
    }
}
