//! `drawdown advance`: time moves on without usage.

use crate::cli::context::Context;
use crate::cli::error::{Exit, Outcome};
use crate::cli::fell_due::FellDueView;
use crate::ledger::Access;
use crate::render::{Cell, Column, Table, View, counted};
use crate::time::Instant;
use clap::Args;
use serde::Serialize;

/// Move time forward without usage
///
/// Everything due by then happens: fixed prices are charged, entitlements are granted, credits take effect and expire.
/// Says what fell due. Run it nightly, so that renewals don't wait for usage.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  drawdown advance --to 2026-08-01")]
pub struct AdvanceArgs {
    /// The time to move to.
    #[arg(long, value_name = "TIME", value_parser = Instant::parse_argument)]
    pub to: Instant,
    /// Allow a time that lies in the future.
    #[arg(long)]
    pub future: bool,
}

#[derive(Debug, Serialize)]
struct Advanced {
    to: Instant,
    customers: usize,
    #[serde(flatten)]
    fell_due: FellDueView,
}

pub(super) fn run(args: &AdvanceArgs, context: &Context) -> Outcome {
    let to = context.booked_at(Some(args.to), args.future)?;
    let mut ledger = context.ledger(Access::Write)?;
    let before = ledger.horizon()?;
    let mut writer = ledger.write()?;
    let mut engine = writer.engine()?;
    let done = writer.advance_all(&mut engine, to)?;
    context.commit(writer, &format!("moved everybody on to {to}"))?;
    let advanced = Advanced { to, customers: done.customers, fell_due: FellDueView::new(&done.fell_due, &engine) };
    context.out.data("advance", &advanced, || {
        let mut table = Table::new(vec![Column::text("to"), Column::number("customers")]);
        table.row([Cell::from(advanced.to), advanced.customers.into()]);
        View::from(table)
    })?;
    let line = if to < before {
        format!("the ledger is already at {before}; only customers who were behind {to} moved")
    } else {
        format!("everybody is at {to}; something fell due for {}", counted(done.customers, "customer"))
    };
    context.out.note(&line);
    advanced.fell_due.lines().iter().for_each(|line| context.out.note(line));
    Ok(Exit::Done)
}
