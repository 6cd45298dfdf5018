//! `drawdown report profit`.

use super::html;
use super::remarks::remarks;
use super::window::{ReportArgs, failure, query, title, warn_of_shortfall};
use crate::cli::context::Context;
use crate::cli::error::{Exit, Failure, Outcome};
use crate::cli::format::Format;
use crate::cli::globals::prints;
use crate::cli::long::{Around, Rows, Visit};
use crate::ledger::{Access, LedgerError};
use crate::render::{Cell, Column, View, either, margin_in_percent, row_noun};
use crate::report::profit::{Figures, ProfitReport, Row, profit};
use crate::report::{Query, Refused};
use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// Fees, revenue, cost, profit and margin
#[derive(Debug, Args)]
#[command(arg = prints(&[Format::Table, Format::Json, Format::Csv, Format::Html]), after_long_help = "\
Examples:
  drawdown report profit
  drawdown report profit --by customer,month --from 2026-07-01 --to 2026-10-01
  drawdown report profit --by product --format csv
  drawdown report profit --format html -o profit.html")]
pub struct ProfitArgs {
    /// What it covers.
    #[command(flatten)]
    pub report: ReportArgs,
    /// Whether the vendors are paid for events that were denied.
    #[arg(long, value_name = "WHICH", default_value = "avoided")]
    pub refused: RefusedCost,
    /// Write the --format html page to this file, replacing an older page [default: standard output]
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// Whether the vendors are paid for events that were denied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum RefusedCost {
    /// They were not served, and cost nothing
    Avoided,
    /// They were served anyway, and cost what the log says
    Incurred,
}

impl From<RefusedCost> for Refused {
    fn from(cost: RefusedCost) -> Self {
        match cost {
            RefusedCost::Avoided => Self::Avoided,
            RefusedCost::Incurred => Self::Incurred,
        }
    }
}

/// Who loses money, at most so many by name.
const MOST_NAMES: usize = 3;

type Of = fn(&ProfitReport, &Figures) -> Cell;

/// The columns after the keys.
const COLUMNS: [(&str, Of); 10] = [
    ("events", |_, f| f.events.into()),
    ("denied", |_, f| f.denied.into()),
    ("unpriced", |_, f| f.unpriced.into()),
    ("fees", |r, f| r.currency.precise(f.fees).into()),
    ("usage_revenue", |r, f| r.currency.precise(f.usage_revenue).into()),
    ("fixed_revenue", |r, f| r.currency.precise(f.fixed_revenue).into()),
    ("breakage", |r, f| r.currency.precise(f.breakage).into()),
    ("revenue", |r, f| r.currency.precise(f.revenue()).into()),
    ("cost", |r, f| r.currency.precise(f.cost).into()),
    ("profit", |r, f| r.currency.precise(f.profit()).into()),
];

pub(super) fn run(args: &ProfitArgs, context: &Context) -> Outcome {
    let query = Query { refused: args.refused.into(), ..query(&args.report.by, &args.report.window)? };
    if context.globals.format == Format::Html {
        return html::run(&query, args.output.as_deref(), context);
    }
    if args.output.is_some() {
        let failure = Failure::usage("--output is for --format html");
        return Err(failure.with_help("add --format html, or send other formats to a file with >"));
    }
    let report = profit(&context.ledger(Access::Read)?, &query).map_err(failure)?;
    let (all, told) = (all_columns(), shown_columns(&report));
    let shown = |visit: Visit<'_>| tell(&report, &told, "-", visit);
    let shown = Rows { total: total(&report, &told), optional: &OPTIONAL, ..Rows::new(named(&report, &told), &shown) };
    let rows = |visit: Visit<'_>| tell(&report, &all, "", visit);
    let rows = Rows::new(named(&report, &all), &rows);
    let written = context.out.write_down("report profit", &report, shown, rows)?;
    context.out.print_written(written, around(&report))?;
    warn_of_shortfall(report.window, context)?;
    Ok(Exit::Done)
}

/// Columns that a narrow terminal goes without.
const OPTIONAL: [&str; 5] = ["usage_revenue", "fees", "unpriced", "denied", "events"];

/// The columns after the keys that people are shown: those that say something.
fn shown_columns(report: &ProfitReport) -> Vec<(Column, Of)> {
    let columns = COLUMNS.into_iter().filter(|(name, _)| says_something(name, &report.total));
    let margin: Of = |_, figures| margin_in_percent(figures).unwrap_or("-".to_owned()).into();
    columns.chain([("margin", margin)]).map(|(name, of)| (Column::number(name), of)).collect()
}

/// Every column after the keys, as a spreadsheet wants them.
fn all_columns() -> Vec<(Column, Of)> {
    let margin: Of = |report, figures| figures.amounts(&report.currency).margin.map(|margin| margin.to_string()).into();
    let denied_cost: Of = |report, figures| report.currency.precise(figures.denied_cost).into();
    let currency: Of = |report, _| (&report.currency.code).into();
    let numbers = COLUMNS.into_iter().chain([("margin", margin), ("denied_cost", denied_cost)]);
    numbers.map(|(name, of)| (Column::number(name), of)).chain([(Column::text("currency"), currency)]).collect()
}

fn named(report: &ProfitReport, columns: &[(Column, Of)]) -> Vec<Column> {
    report.by.iter().map(Column::text).chain(columns.iter().map(|(column, _)| column.clone())).collect()
}

fn tell(report: &ProfitReport, columns: &[(Column, Of)], absent: &str, visit: Visit<'_>) -> Result<(), LedgerError> {
    let row = |row: &Row<Figures>| {
        let keys = row.keys.iter().map(|key| key.as_deref().unwrap_or(absent).into());
        keys.chain(columns.iter().map(|(_, of)| of(report, &row.figures))).collect()
    };
    let _ = report.rows.iter().map(row).try_for_each(visit);
    Ok(())
}

/// The whole in one row needs no total.
fn total(report: &ProfitReport, columns: &[(Column, Of)]) -> Option<Vec<Cell>> {
    let keys = (0..report.by.len()).map(|index| if index == 0 { "total" } else { "" }.into());
    let cells = keys.chain(columns.iter().map(|(_, of)| of(report, &report.total)));
    (!report.by.is_empty()).then(|| cells.collect())
}

fn around(report: &ProfitReport) -> Around {
    let assumed = match report.refused {
        _ if report.total.denied == 0 => "",
        Refused::Avoided => ", without the cost of denied events",
        Refused::Incurred => ", with the cost of denied events",
    };
    let above = title(&format!("Profit in {}{assumed}", report.currency.code), report.window);
    Around { above, notes: notes(report), below: View::new() }
}

/// Counts and parts of revenue are left out where there are none, and usage revenue where it is all there is.
fn says_something(column: &str, total: &Figures) -> bool {
    match column {
        "denied" => total.denied > 0,
        "unpriced" => total.unpriced > 0,
        "fixed_revenue" => !total.fixed_revenue.is_zero(),
        "breakage" => !total.breakage.is_zero(),
        "usage_revenue" => !total.usage_revenue.is_zero() && total.usage_revenue != total.revenue(),
        _ => true,
    }
}

fn notes(report: &ProfitReport) -> Vec<String> {
    losses(report).into_iter().chain(remarks(report)).collect()
}

/// Who loses money, most first.
fn losses(report: &ProfitReport) -> Option<String> {
    let (losers, all) = report.losers();
    if losers.is_empty() {
        return None;
    }
    let name = |row: &Row<Figures>| {
        let keys: Vec<&str> = row.keys.iter().map(|key| key.as_deref().unwrap_or("-")).collect();
        let profit = report.currency.precise(row.figures.profit()).shown();
        format!("{} ({profit} {})", keys.join(" / "), report.currency.code)
    };
    let named: Vec<String> = losers.iter().take(MOST_NAMES).map(|row| name(row)).collect();
    let rest = if losers.len() > MOST_NAMES { ", ..." } else { "" };
    let verb = either(&losers.len(), "loses", "lose");
    let whom = row_noun(&report.by, all);
    Some(format!("{} of {all} {whom} {verb} money: {}{rest}", losers.len(), named.join(", ")))
}
