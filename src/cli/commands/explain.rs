//! `drawdown explain`: why an event cost what it did.

use crate::cli::candidates;
use crate::cli::context::Context;
use crate::cli::error::{Exit, Outcome};
use crate::cli::explanation::{fees, view};
use crate::cli::selection::no_event;
use crate::ledger::Access;
use crate::report::explain;
use clap::Args;

/// Show why an event cost what it did, to the last digit
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  drawdown explain call-7
  drawdown explain call-7 --format json")]
pub struct ExplainArgs {
    /// The event's id.
    #[arg(value_name = "EVENT_ID", add = candidates::events())]
    pub event_id: String,
}

pub(super) fn run(args: &ExplainArgs, context: &Context) -> Outcome {
    let ledger = context.ledger(Access::Read)?;
    let Some(stored) = ledger.event_by_id(&args.event_id)? else { return Err(no_event(&ledger, &args.event_id)?) };
    let explanation = explain(&ledger, &ledger.engine()?, &stored)?;
    context.out.data_with_rows("explain", &explanation, || view(&explanation, true), || fees(&explanation.fees))?;
    Ok(Exit::Done)
}
