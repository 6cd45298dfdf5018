//! `drawdown apply`.

use crate::catalog::{Catalog, Plan, plan};
use crate::cli::changes::{catalog, refuse, show};
use crate::cli::context::Context;
use crate::cli::error::{Exit, Failure, Outcome};
use crate::ledger::Access;
use crate::render::counted;
use crate::time::Instant;
use clap::Args;

/// Publish the catalog to the ledger
///
/// A product whose prices changed gets its next version. Subscriptions made from now on use it, whatever their --at;
/// existing ones keep theirs. `--at` only records a time. Applying the same catalog twice changes nothing. Asks first,
/// unless --yes is given.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  drawdown apply
  drawdown apply --yes --at 2026-07-01")]
pub struct ApplyArgs {
    /// The time to record for the change [default: now]
    #[arg(long, value_name = "TIME", value_parser = Instant::parse_argument)]
    pub at: Option<Instant>,
    /// Allow a time that lies in the future.
    #[arg(long)]
    pub future: bool,
    /// Stop and exit 1 if the catalog has warnings.
    #[arg(long)]
    pub deny_warnings: bool,
}

pub(super) fn run(args: &ApplyArgs, context: &Context) -> Outcome {
    let catalog = catalog(args.deny_warnings, context)?;
    let at = context.booked_at(args.at, args.future)?;
    let published = context.published()?;
    let before = plan(published.as_ref(), &catalog);
    refuse(context, &before)?;
    if published.is_some() && before.changes.is_empty() {
        show("apply", &before, false, context)?;
        return Ok(Exit::Done);
    }
    // A first catalog changes nobody's prices. Whoever is asked sees what about, and the ledger is not held meanwhile.
    let asked = published.is_some() && !context.globals.yes;
    let shown = asked && context.out.prints_view();
    if shown {
        show("apply", &before, false, context)?;
    }
    if asked {
        context.confirm(&format!("Apply {} to {}?", counted(before.changes.len(), "change"), ledger(context)))?;
    }
    let done = publish(&catalog, asked.then_some(&before), at, context)?;
    if !shown {
        show("apply", &done, true, context)?;
    }
    let many = counted(done.changes.len(), "change");
    context.out.note(&format!("applied {many} to {} as of {at}", ledger(context)));
    Ok(Exit::Done)
}

/// Carries the plan out as the ledger is now, which must still be what was agreed to.
fn publish(catalog: &Catalog, agreed: Option<&Plan>, at: Instant, context: &Context) -> Result<Plan, Failure> {
    let mut ledger = context.ledger(Access::Create)?;
    let mut writer = ledger.write()?;
    let plan = plan(writer.published()?.as_ref(), catalog);
    refuse(context, &plan)?;
    if agreed.is_some_and(|agreed| *agreed != plan) {
        let failure = Failure::refused("plan_changed", "the ledger changed meanwhile, and nothing was applied");
        return Err(failure.with_help("run `drawdown apply` again and look at the new plan"));
    }
    writer.apply(catalog, &plan, at)?;
    context.commit(writer, &format!("applied {}", counted(plan.changes.len(), "change")))?;
    Ok(plan)
}

fn ledger(context: &Context) -> String {
    context.globals.ledger.display().to_string()
}
