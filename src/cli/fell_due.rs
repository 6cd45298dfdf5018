//! What fell due as a command made time pass, for people and scripts.

use super::workspace::counted;
use crate::billing::{Engine, Facts, FellDue, Life, LifeError};
use crate::ids::AssetId;
use crate::money::{Amount, Total, Units};
use crate::time::Instant;
use serde::Serialize;
use std::collections::BTreeMap;

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
    collected: Vec<Sum>,
    /// What was granted and lost at once, because accounts can't hold it. Nearly always nothing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    lost_at_once: Vec<Sum>,
}

#[derive(Debug, Serialize)]
struct Sum {
    asset: String,
    amount: Amount,
}

impl FellDueView {
    pub fn new(due: &FellDue, engine: &Engine) -> Self {
        let sums = |sums: &BTreeMap<AssetId, Total<Units>>| -> Vec<Sum> {
            let assets = sums.iter().map(|(&asset, &units)| (engine.asset(asset), units));
            assets.map(|(asset, units)| Sum { asset: asset.code.clone(), amount: asset.amount(units) }).collect()
        };
        Self { renewals: due.renewals, collected: sums(&due.collected), lost_at_once: sums(&due.shed) }
    }

    /// The same in lines; none when nothing was renewed or lost.
    pub fn lines(&self) -> Vec<String> {
        let told =
            |sums: &[Sum]| -> Vec<String> { sums.iter().map(|sum| format!("{} {}", sum.amount, sum.asset)).collect() };
        let mut lines = Vec::new();
        if self.renewals > 0 {
            let sums = if self.collected.is_empty() { "nothing".to_owned() } else { told(&self.collected).join(" + ") };
            lines.push(format!("{} fell due; {sums} collected in all", counted(self.renewals, "renewal")));
        }
        let lost = |sum: String| {
            format!(
                "{sum} of what was granted was lost at once, because the account can't hold more; \
                 a lower `precision` of the asset allows more"
            )
        };
        lines.extend(told(&self.lost_at_once).into_iter().map(lost));
        lines
    }
}
