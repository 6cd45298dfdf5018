//! `drawdown events`.

use crate::billing::{Engine, EventFact, FeeFact};
use crate::cli::candidates;
use crate::cli::context::Context;
use crate::cli::error::{Exit, Outcome};
use crate::cli::selection::Which;
use crate::ids::{SubscriptionId, VersionId};
use crate::ledger::{Access, EventStatus, Selected, Selection};
use crate::money::Amount;
use crate::render::{Cell, Column, Table};
use crate::time::Instant;
use clap::Args;
use serde::Serialize;
use std::collections::BTreeMap;

/// List recorded events, and what became of them
#[derive(Debug, Args)]
#[command(after_long_help = "\
`explain EVENT_ID` says what an event was charged and why, and `report usage` counts events. REASON is one that the list \
shows.

Examples:
  drawdown events acme
  drawdown events --status unpriced
  drawdown events --status denied --reason insufficient_funds \\
      --from 2026-07-01 --format csv")]
pub struct EventsArgs {
    /// Only events of this customer.
    #[arg(value_name = "CUSTOMER", add = candidates::customers())]
    pub customer: Option<String>,
    /// Only events with this subject.
    #[arg(long, value_name = "SUBJECT")]
    pub subject: Option<String>,
    /// Which of them.
    #[command(flatten)]
    pub which: Which,
}

#[derive(Debug, Serialize)]
struct Row {
    id: String,
    customer: String,
    event_type: String,
    occurred_at: Instant,
    status: &'static str,
    reason: Option<&'static str>,
    fees: Vec<Fee>,
}

#[derive(Debug, Serialize)]
struct Fee {
    asset: String,
    amount: Amount,
}

#[derive(Debug, Serialize)]
struct Events {
    rows: Vec<Row>,
}

pub(super) fn run(args: &EventsArgs, context: &Context) -> Outcome {
    let ledger = context.ledger(Access::Read)?;
    let events = ledger.read(|ledger| {
        let customer = args.customer.as_ref().map(|id| ledger.customer(id)).transpose()?.map(|customer| customer.id);
        let selection = Selection { customer, ..args.which.selection() };
        let engine = ledger.engine()?;
        let versions: BTreeMap<SubscriptionId, VersionId> = ledger.versions_held()?.into_iter().collect();
        let mut rows = Vec::new();
        ledger.for_each_selected(&selection, |Selected { event, status, reason }| {
            let expanded = ledger.expand(&event)?;
            if args.subject.is_some() && expanded.subject != args.subject {
                return Ok(());
            }
            let fees = if status == EventStatus::Charged { fees(&event.fact, &engine, &versions) } else { Vec::new() };
            rows.push(Row {
                id: event.id.clone(),
                customer: expanded.customer,
                event_type: expanded.event_type,
                occurred_at: event.fact.occurred_at,
                status: status.name(),
                reason,
                fees,
            });
            Ok(())
        })?;
        Ok(Events { rows })
    })?;
    context.out.data("events", &events, || {
        let columns = ["id", "customer", "event_type", "occurred_at", "status", "reason", "fees"].map(Column::text);
        let mut table = Table::new(columns.into());
        for Row { id, customer, event_type, occurred_at, status, reason, fees } in &events.rows {
            let reason = reason.map_or(Cell::Empty, Cell::from);
            let fees: Vec<String> = fees.iter().map(|fee| format!("{} {}", fee.amount, fee.asset)).collect();
            table.row([
                Cell::from(id),
                customer.into(),
                event_type.into(),
                (*occurred_at).into(),
                (*status).into(),
                reason,
                fees.join(" + ").into(),
            ]);
        }
        table.into()
    })?;
    if events.rows.is_empty() {
        context.out.note("no events");
    }
    Ok(Exit::Done)
}

/// What an event owes, in the asset of each of its prices.
fn fees(fact: &EventFact, engine: &Engine, versions: &BTreeMap<SubscriptionId, VersionId>) -> Vec<Fee> {
    let fee = |fee: &FeeFact| {
        let version = versions.get(&fee.subscription).filter(|version| engine.has_version(**version))?;
        let (asset, _) = engine.version(*version).prices.get(fee.price.place())?;
        let asset = engine.asset(*asset);
        Some(Fee { asset: asset.code.clone(), amount: asset.amount(fee.amount) })
    };
    fact.fees.iter().filter_map(fee).collect()
}
