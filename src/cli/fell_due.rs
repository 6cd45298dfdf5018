//! What fell due as a command made time pass, for people and scripts.

use crate::billing::{Engine, Facts, FellDue, Life, LifeError};
use crate::ids::AssetId;
use crate::money::{Amount, Total, Units};
use crate::render::{counted, either};
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

/// What is still to fall due for a customer who is behind where the ledger stands.
#[derive(Debug, Serialize)]
pub(super) struct ToCome {
    until: Instant,
    renewals: u64,
    amounts: Vec<Sum>,
    /// Whether the ledger stands there.
    #[serde(skip)]
    is_horizon: bool,
}

impl ToCome {
    /// What time would bring until the later of the ledger's horizon and another instant; `None` when it is no renewal. The life
    /// stays where it is.
    ///
    /// # Errors
    /// As [`Engine::advance`].
    pub fn new(engine: &Engine, life: &Life, horizon: Instant, other: Instant) -> Result<Option<Self>, LifeError> {
        let until = horizon.max(other);
        let due = FellDue::of(&engine.project(&mut life.clone(), until)?);
        let amounts = sums(&due.collected, engine);
        let own = || Self { until, renewals: due.renewals, amounts, is_horizon: until == horizon };
        Ok((due.renewals > 0).then(own))
    }

    /// The same in a line.
    pub fn line(&self) -> String {
        let Self { until, renewals, amounts, is_horizon } = self;
        let (falls, them) = (either(renewals, "falls", "fall"), either(renewals, "it", "them"));
        let amounts = if amounts.is_empty() { "nothing".to_owned() } else { told(amounts).join(" + ") };
        let stands = if *is_horizon { ", where this ledger stands" } else { "" };
        format!(
            "{} ({amounts}) {falls} due until {until}{stands}; `drawdown advance --to {until}` collects {them}",
            counted(*renewals, "renewal")
        )
    }
}

fn sums(sums: &BTreeMap<AssetId, Total<Units>>, engine: &Engine) -> Vec<Sum> {
    let assets = sums.iter().map(|(&asset, &units)| (engine.asset(asset), units));
    assets.map(|(asset, units)| Sum { asset: asset.code.clone(), amount: asset.amount(units) }).collect()
}

fn told(sums: &[Sum]) -> Vec<String> {
    sums.iter().map(|sum| format!("{} {}", sum.amount, sum.asset)).collect()
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
        let [collected, lost_at_once] = [&due.collected, &due.shed].map(|own| sums(own, engine));
        Self { renewals: due.renewals, collected, lost_at_once }
    }

    /// The same in lines; none when nothing was renewed or lost.
    pub fn lines(&self) -> Vec<String> {
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
