//! What fell due as a command made time pass, for people and scripts.

use super::workspace::counted;
use crate::billing::{Engine, FellDue};
use crate::money::Amount;
use serde::Serialize;

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
