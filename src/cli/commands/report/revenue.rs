//! `drawdown report revenue`.

use super::window::{WindowArgs, query, title, warn_of_shortfall};
use crate::cli::context::Context;
use crate::cli::error::{Exit, Outcome};
use crate::ledger::Access;
use crate::money::{Total, Value};
use crate::render::{Cell, Column, Table, View};
use crate::report::revenue::{Position, RevenueReport, revenue};
use clap::Args;

/// Cash in, revenue, and what is paid but not earned yet
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  drawdown report revenue
  drawdown report revenue --from 2026-07-01 --to 2026-08-01
  drawdown report revenue --from 2026-07-01 --format json")]
pub struct RevenueArgs {
    /// What it covers.
    #[command(flatten)]
    pub window: WindowArgs,
}

type Amount = fn(&RevenueReport, &Position) -> Total<Value>;

/// The amounts of a line of CSV.
const COLUMNS: [(&str, Amount); 8] = [
    ("deferred_before", |r, _| r.before.deferred),
    ("cash_in", |_, p| p.cash_in),
    ("refunds", |_, p| p.refunds),
    ("usage_revenue", |_, p| p.usage_revenue),
    ("fixed_revenue", |_, p| p.fixed_revenue),
    ("breakage", |_, p| p.breakage),
    ("revenue", |_, p| p.revenue()),
    ("deferred", |_, p| p.deferred),
];

pub(super) fn run(args: &RevenueArgs, context: &Context) -> Outcome {
    let query = query(&[], &args.window)?;
    let report = revenue(&context.ledger(Access::Read)?, &query)?;
    context.out.data_with_rows("report revenue", &report, || view(&report), || rows(&report))?;
    warn_of_shortfall(report.window, context)?;
    Ok(Exit::Done)
}

fn view(report: &RevenueReport) -> View {
    let within = report.within();
    let earned =
        [("usage", within.usage_revenue), ("fixed charges", within.fixed_revenue), ("breakage", within.breakage)];
    let paid = [
        ("deferred before", report.before.deferred),
        ("cash in", within.cash_in),
        ("refunds", -within.refunds),
        ("revenue", -within.revenue()),
    ];
    title(&format!("Revenue in {}", report.currency.code), report.window)
        .table(statement(report, "earned", &earned, ("revenue", within.revenue())))
        .line("")
        .table(statement(report, "paid, not earned", &paid, ("deferred", within.deferred)))
}

/// What adds up to a total, line by line.
fn statement(report: &RevenueReport, name: &str, lines: &[(&str, Total<Value>)], total: (&str, Total<Value>)) -> Table {
    let mut table = Table::new(vec![Column::text(name), Column::number(report.currency.code.clone())]);
    let cells = |(name, amount): &(&str, Total<Value>)| [Cell::from(*name), report.currency.amount(*amount).into()];
    lines.iter().for_each(|line| table.row(cells(line)));
    table.total(cells(&total));
    table
}

/// One line with everything, as a spreadsheet wants it.
fn rows(report: &RevenueReport) -> Table {
    let within = report.within();
    let times = ["currency", "from", "to"].map(Column::text);
    let amounts = COLUMNS.map(|(name, _)| Column::number(name));
    let mut table = Table::new(times.into_iter().chain(amounts).collect());
    let times = [Cell::from(&report.currency.code), report.window.from.into(), report.window.to.into()];
    let amounts = COLUMNS.map(|(_, amount)| report.currency.amount(amount(report, &within)).into());
    table.row(times.into_iter().chain(amounts));
    table
}
