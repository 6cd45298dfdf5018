//! `drawdown report usage`.

use super::sheet::Sheet;
use super::window::{ReportArgs, failure, query, title};
use crate::cli::candidates;
use crate::cli::context::Context;
use crate::cli::error::{Exit, Outcome};
use crate::ledger::Access;
use crate::render::{Cell, Column, Table, View, counted, either};
use crate::report::usage::{Usage, UsageReport, usage};
use clap::Args;

/// Events, quantities and fees
#[derive(Debug, Args)]
#[command(mut_arg("by", |by| by.add(candidates::usage_keys())), after_long_help = "\
Examples:
  drawdown report usage --by event_type
  drawdown report usage --by customer,day --from 2026-07-01 --format json")]
pub struct UsageArgs {
    /// What it covers.
    #[command(flatten)]
    pub report: ReportArgs,
}

pub(super) fn run(args: &UsageArgs, context: &Context) -> Outcome {
    let query = query(&args.report.by, &args.report.window)?;
    let report = usage(&context.ledger(Access::Read)?, &query).map_err(failure)?;
    context.out.data_with_rows("report usage", &report, || view(&report), || rows(&report))?;
    for (price, count) in &report.below_zero {
        context.out.warn(&format!(
            "the price {price:?} charged nothing for {} that others charged: {} less than nothing of what it counts; \
             `drawdown explain` shows each",
            counted(*count, "event"),
            either(count, "it has", "they have")
        ));
    }
    Ok(Exit::Done)
}

fn view(report: &UsageReport) -> View {
    let mut table = sheet(report, "-", false).table();
    // The reasons say how many were denied and unpriced.
    table.optional(&["charged", "unpriced", "denied"]);
    title("Usage", report.window).table(table)
}

fn rows(report: &UsageReport) -> Table {
    sheet(report, "", true).table()
}

/// The columns that say something, or all of them. `absent` stands for a name that is not there.
fn sheet(report: &UsageReport, absent: &str, all: bool) -> Sheet {
    let mut sheet = Sheet::new(&report.by, &report.rows, absent);
    let total = &report.total;
    let denied = |usage: &Usage| usage.denied.iter().sum::<i64>();
    let unpriced = |usage: &Usage| usage.unpriced.iter().sum::<i64>();
    let mut count = |name: &str, shown: bool, of: &dyn Fn(&Usage) -> i64| {
        if all || shown {
            sheet.add(Column::number(name), cells(report, |usage| of(usage).into()));
        }
    };
    count("events", true, &|usage| usage.events);
    count("charged", total.charged < total.events, &|usage| usage.charged);
    count("denied", denied(total) > 0, &denied);
    count("unpriced", unpriced(total) > 0, &unpriced);
    count("voided", total.voided > 0, &|usage| usage.voided);
    if report.has_quantities {
        let mut cells = cells(report, |usage| usage.quantity.map(|quantity| quantity.to_string()).into());
        // Quantities of different prices are different things: they have no sum.
        cells.pop();
        cells.push(Cell::Empty);
        sheet.add(Column::number("quantity"), cells);
    }
    for (id, asset) in &report.assets {
        let fees = cells(report, |usage| asset.amount(usage.fee(*id)).into());
        sheet.add(Column::number(format!("fees_{}", asset.code)), fees);
    }
    if all || total.charged < total.events {
        sheet.add(Column::text("reasons"), cells(report, |usage| reasons(usage).into()));
    }
    sheet
}

fn cells(report: &UsageReport, cell: impl Fn(&Usage) -> Cell) -> Vec<Cell> {
    report.rows.iter().map(|row| &row.figures).chain([&report.total]).map(cell).collect()
}

/// Why events were not charged: `no_price 3, insufficient_funds 1`.
fn reasons(usage: &Usage) -> String {
    let reasons: Vec<String> = usage.reasons().iter().map(|(reason, count)| format!("{reason} {count}")).collect();
    reasons.join(", ")
}
