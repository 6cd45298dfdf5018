//! `drawdown record`: one usage event.

use crate::cli::candidates;
use crate::cli::context::Context;
use crate::cli::doubt::{below_zero, costs_as_data, slips};
use crate::cli::error::{Exit, Failure, Outcome};
use crate::cli::event::{batch, usage_event};
use crate::cli::explanation::{fees, view};
use crate::cli::fell_due::FellDueView;
use crate::cli::of_log::is_same;
use crate::cli::rejects::Reject;
use crate::cli::value::KeyValue;
use crate::ledger::{Access, Import, ImportOptions, Ledger, Refusal};
use crate::report::{Explanation, explain};
use crate::time::Instant;
use crate::usage::Batch;
use clap::Args;
use serde::Serialize;

/// Record one usage event and charge for it
///
/// Exits 1 if the event is denied because the wallet can't cover it.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Keys are the columns of a usage CSV: `subject`, `cost.VENDOR`, `cost_currency` and `currency` mean what they mean there.

Examples:
  drawdown record acme image_generated model=gli-2 quality=hd
  drawdown record acme response_completed model=gpt-5.1 \\
      input_tokens=1200 cost.openai=0.0011 --id call-7")]
pub struct RecordArgs {
    /// The customer's id.
    #[arg(value_name = "CUSTOMER", add = candidates::customers())]
    pub customer: String,
    /// The type of event, as prices name it.
    #[arg(value_name = "EVENT_TYPE", add = candidates::event_types())]
    pub event_type: String,
    /// The event's data: dimensions, volumes, costs.
    #[arg(value_name = "KEY=VALUE")]
    pub data: Vec<KeyValue>,
    /// An id for this event, so that running the command again changes nothing [default: made up and printed]
    #[arg(long, value_name = "ID")]
    pub id: Option<String>,
    /// When it happened [default: now]
    #[arg(long, value_name = "TIME", value_parser = Instant::parse_argument)]
    pub at: Option<Instant>,
    /// Allow a time that lies in the future.
    #[arg(long)]
    pub future: bool,
}

/// What is printed.
#[derive(Serialize)]
struct Recorded<'e> {
    #[serde(flatten)]
    event: &'e Explanation,
    #[serde(flatten)]
    fell_due: FellDueView,
}

pub(super) fn run(args: &RecordArgs, context: &Context) -> Outcome {
    let mut ledger = context.ledger(Access::Write)?;
    let at = at(args, &ledger, context)?;
    let mut writer = ledger.write()?;
    let mut engine = writer.engine()?;
    let id = args.id.clone().map_or_else(|| writer.free_event_id(&engine), Ok)?;
    let vocabulary = engine.vocabulary();
    let mut event = usage_event(&id, &args.customer, &args.event_type, &args.data, at, &vocabulary)?;
    let dropped = event.drop_secrets(&vocabulary);
    let batch = batch(&event, vocabulary)?;
    let cost_like = batch.passed.cost_like.clone();
    writer.customer(&args.customer)?;
    let mut refused: Vec<Refusal> = Vec::new();
    let mut on_recorded = |_: &Batch, refusals| refused = refusals;
    let mut import = Import::new(&mut writer, &mut engine, ImportOptions::default(), &mut on_recorded);
    import.batch(batch)?;
    let summary = import.finish(false)?;
    if let Some(refusal) = refused.pop() {
        return Err(Reject::alone(refusal));
    }
    let status = [("charged", summary.charged), ("denied", summary.denied), ("unpriced", summary.unpriced)];
    let status = status.iter().find(|(_, count)| *count > 0).map_or("recorded before", |(status, _)| status);
    context.commit(writer, &format!("{id}: {status}"))?;
    // Of several that were taken back, the one that was said again.
    let mut stored = ledger.event_by_id(&id)?;
    for own in ledger.events_by_id(&id)?.into_iter().filter(|_| summary.voided > 0) {
        if is_same(&ledger.expand(&own)?, &event) {
            stored = Some(own);
        }
    }
    let stored = stored.ok_or_else(|| Failure::bug("the event was recorded and is not there"))?;
    let explanation = explain(&ledger, &engine, &stored)?;
    let data = Recorded { event: &explanation, fell_due: FellDueView::new(&summary.fell_due, &engine) };
    context.out.data_with_rows("record", &data, || view(&explanation, false), || fees(&explanation.fees))?;
    let status = explanation.status;
    let line = match (summary.duplicate + summary.voided, &explanation.reason) {
        (0, None) => format!("recorded {id}: {status}"),
        (0, Some(reason)) => format!("recorded {id}: {status} ({reason})"),
        _ => format!("{id} was recorded before with the same content ({status}); nothing changed"),
    };
    context.out.note(&line);
    if !dropped.is_empty() {
        let names: Vec<String> = dropped.iter().map(|name| format!("{name:?}")).collect();
        context.out.note(&format!("not kept, as they are called like secrets: {}", names.join(", ")));
    }
    data.fell_due.lines().iter().for_each(|line| context.out.note(line));
    if !context.globals.quiet {
        below_zero(&engine).iter().for_each(|doubt| context.out.warn(doubt));
        slips(&summary, &engine).iter().for_each(|slip| context.out.warn(slip));
        let vendors = ledger.vendor_codes()?;
        let vendors: Vec<&str> = vendors.iter().map(|(_, code)| code.as_str()).collect();
        costs_as_data(&cost_like, &vendors).iter().for_each(|slip| context.out.warn(slip));
    }
    Ok(if status == "denied" { Exit::Refused } else { Exit::Done })
}

/// When it happens. Said again without `--at`, an event happened when it was first recorded.
fn at(args: &RecordArgs, ledger: &Ledger, context: &Context) -> Result<Instant, Failure> {
    let before = match (&args.at, &args.id) {
        (None, Some(id)) => ledger.event_by_id(id)?,
        _ => None,
    };
    before.map_or_else(|| context.booked_at(args.at, args.future), |stored| Ok(stored.fact.occurred_at))
}
