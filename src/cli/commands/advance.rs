//! `drawdown advance`: time moves on without usage.

use crate::cli::context::Context;
use crate::cli::error::{Exit, Outcome};
use crate::cli::workspace::counted;
use crate::ledger::Access;
use crate::render::{Cell, Column, Table, View};
use crate::time::Instant;
use clap::Args;
use serde::Serialize;

/// Move time forward without usage
///
/// Everything due by then happens: fixed prices are charged, entitlements are granted, credits take effect and expire.
/// Run it nightly, so that renewals don't wait for usage.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  drawdown advance --to 2026-08-01")]
pub struct AdvanceArgs {
    /// The time to move to.
    #[arg(long, value_name = "TIME", value_parser = Instant::parse_argument)]
    pub to: Instant,
}

#[derive(Debug, Serialize)]
struct Advanced {
    to: Instant,
    customers: usize,
}

pub(super) fn run(args: &AdvanceArgs, context: &Context) -> Outcome {
    let mut ledger = context.ledger(Access::Write)?;
    let before = ledger.horizon()?;
    let mut writer = ledger.write()?;
    let mut engine = writer.engine()?;
    let customers = writer.advance_all(&mut engine, args.to)?;
    context.commit(writer, &format!("moved everybody on to {}", args.to))?;
    let advanced = Advanced { to: args.to, customers };
    context.out.data("advance", &advanced, || {
        let mut table = Table::new(vec![Column::text("to"), Column::number("customers")]);
        table.row([Cell::from(advanced.to), advanced.customers.into()]);
        View::from(table)
    })?;
    let line = if args.to < before {
        format!("the ledger is already at {before}; only customers who were behind {} moved", args.to)
    } else {
        format!("everybody is at {}; something fell due for {}", args.to, counted(customers, "customer"))
    };
    context.out.note(&line);
    Ok(Exit::Done)
}
