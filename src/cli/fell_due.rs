//! What fell due as a command made time pass, for people and scripts.

use super::context::Context;
use crate::billing::{Engine, FellDue, Life, LifeError};
use crate::ids::AssetId;
use crate::money::{Amount, Total, Units};
use crate::render::{counted, either};
use crate::time::Instant;
use serde::Serialize;
use std::collections::BTreeMap;

/// What is still to fall due for a customer who is behind where the ledger stands.
#[derive(Debug, Serialize)]
pub(super) struct ToCome {
    until: Instant,
    renewals: u64,
    amounts: Vec<Sum>,
    /// Whether something that is past due will be paid.
    #[serde(skip)]
    recovers: bool,
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
        Self::of_all(engine, [life], horizon, other)
    }

    /// The same for several lives together.
    ///
    /// # Errors
    /// As [`Engine::advance`].
    pub fn of_all<'l>(
        engine: &Engine,
        lives: impl IntoIterator<Item = &'l Life>,
        horizon: Instant,
        other: Instant,
    ) -> Result<Option<Self>, LifeError> {
        let until = horizon.max(other);
        let (mut due, mut recovers) = (FellDue::default(), false);
        for life in lives {
            let facts = engine.project(&mut life.clone(), until)?;
            due.add(&facts);
            recovers |= !facts.recoveries.is_empty();
        }
        let amounts = sums(&due.collected, engine);
        let own = || Self { until, renewals: due.renewals, amounts, recovers, is_horizon: until == horizon };
        Ok((due.renewals > 0).then(own))
    }

    /// The same in a line.
    pub fn line(&self) -> String {
        let Self { until, renewals, amounts, recovers, is_horizon } = self;
        let (falls, them) = (either(renewals, "falls", "fall"), either(renewals, "it", "them"));
        let amounts = if amounts.is_empty() { "nothing".to_owned() } else { told(amounts).join(" + ") };
        let stands = if *is_horizon { ", where this ledger stands" } else { "" };
        let past_due = if *recovers { ", and what is past due is paid" } else { "" };
        format!(
            "{} ({amounts}) {falls} due until {until}{stands}; `drawdown advance --to {until}` collects {them}{past_due}",
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

    /// Says it, and what is still to come.
    pub fn say(&self, to_come: Option<&ToCome>, context: &Context) {
        let lines = self.lines().into_iter().chain(to_come.map(ToCome::line));
        lines.for_each(|line| context.out.note(&line));
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
