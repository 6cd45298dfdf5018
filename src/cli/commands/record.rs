//! `drawdown record`: one usage event.

use crate::cli::args::{KeyValue, RecordArgs};
use crate::cli::commands::explain::view;
use crate::cli::context::Context;
use crate::cli::doubt::doubts;
use crate::cli::error::{Exit, Failure, Outcome};
use crate::ledger::{Access, Import, ImportOptions, Ledger, Refusal};
use crate::report::explain;
use crate::time::Instant;
use crate::usage::{Batch, Fault, UsageEvent, Vocabulary};
use std::sync::Arc;

pub(super) fn run(args: &RecordArgs, context: &Context) -> Outcome {
    let mut ledger = context.ledger(Access::Write)?;
    let at = at(args, &ledger, context)?;
    let mut writer = ledger.write()?;
    let mut engine = writer.engine()?;
    let id = args.id.clone().map_or_else(|| writer.free_event_id(&engine), Ok)?;
    let event = usage_event(&id, &args.customer, &args.event_type, &args.data, at)?;
    let batch = batch(&event, engine.vocabulary())?;
    writer.customer(&args.customer)?;
    let mut refused: Vec<Refusal> = Vec::new();
    let mut on_recorded = |_: &Batch, refusals| refused = refusals;
    let mut import = Import::new(&mut writer, &mut engine, ImportOptions::default(), &mut on_recorded);
    import.batch(batch)?;
    let summary = import.finish(false)?;
    if let Some(refusal) = refused.pop() {
        return Err(Failure::refused(refusal.code, refusal.reason));
    }
    writer.commit()?;
    let stored = ledger.event_by_id(&id)?.ok_or_else(|| Failure::bug("the event was recorded and is not there"))?;
    let explanation = explain(&ledger, &stored)?;
    context.out.data("record", &explanation, || view(&explanation, false))?;
    let status = explanation.status;
    let line = match (summary.duplicate, &explanation.reason) {
        (0, None) => format!("recorded {id}: {status}"),
        (0, Some(reason)) => format!("recorded {id}: {status} ({reason})"),
        _ => format!("{id} was recorded before with the same content ({status}); nothing changed"),
    };
    context.out.note(&line);
    doubts(&summary.shapes, &engine).iter().for_each(|doubt| context.out.warn(doubt));
    Ok(if status == "denied" { Exit::Refused } else { Exit::Done })
}

/// When it happens. Said again without `--at`, an event happened when it was first recorded.
fn at(args: &RecordArgs, ledger: &Ledger, context: &Context) -> Result<Instant, Failure> {
    let before = match (&args.at, &args.id) {
        (None, Some(id)) => ledger.event_by_id(id)?,
        _ => None,
    };
    before.map_or_else(|| context.at(args.at), |stored| Ok(stored.fact.occurred_at))
}

/// The event that a command line describes.
pub(super) fn usage_event(
    id: &str,
    customer: &str,
    event_type: &str,
    data: &[KeyValue],
    at: Instant,
) -> Result<UsageEvent, Failure> {
    let mut event = UsageEvent {
        id: id.to_owned(),
        customer: customer.to_owned(),
        event_type: event_type.to_owned(),
        occurred_at: at,
        subject: None,
        data: std::collections::BTreeMap::new(),
        costs: Vec::new(),
    };
    for KeyValue { key, value } in data {
        event.set(key, value)?;
    }
    Ok(event)
}

/// The event as a log of one.
pub(super) fn batch(event: &UsageEvent, vocabulary: Vocabulary) -> Result<Batch, Failure> {
    Ok(Batch::single(event, &Arc::new(vocabulary))?)
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        Self::refused("invalid_event", fault.to_string())
    }
}
