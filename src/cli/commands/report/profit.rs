//! `drawdown report profit`.

use super::html;
use super::remarks::remarks;
use super::sheet::Sheet;
use super::window::{ReportArgs, failure, query, title, warn_of_shortfall};
use crate::cli::context::Context;
use crate::cli::error::{Exit, Failure, Outcome};
use crate::cli::format::Format;
use crate::cli::globals::prints;
use crate::ledger::Access;
use crate::render::{Cell, Column, Table, View, either, margin_in_percent, row_noun};
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
    context.out.data_with_rows("report profit", &report, || view(&report), || rows(&report))?;
    warn_of_shortfall(report.window, context);
    Ok(Exit::Done)
}

fn view(report: &ProfitReport) -> View {
    let mut sheet = Sheet::new(&report.by, &report.rows, "-");
    for (name, cell) in COLUMNS.iter().filter(|(name, _)| says_something(name, &report.total)) {
        sheet.add(Column::number(*name), cells(report, |figures| cell(report, figures)));
    }
    sheet.add(
        Column::number("margin"),
        cells(report, |figures| margin_in_percent(figures).unwrap_or("-".to_owned()).into()),
    );
    let mut table = sheet.table();
    table.optional(&["usage_revenue", "fees", "unpriced", "denied", "events"]);
    for note in notes(report) {
        table.note(note);
    }
    let assumed = match report.refused {
        _ if report.total.denied == 0 => "",
        Refused::Avoided => ", without the cost of denied events",
        Refused::Incurred => ", with the cost of denied events",
    };
    title(&format!("Profit in {}{assumed}", report.currency.code), report.window).table(table)
}

/// Every column, as a spreadsheet wants them.
fn rows(report: &ProfitReport) -> Table {
    let mut sheet = Sheet::new(&report.by, &report.rows, "");
    for (name, cell) in COLUMNS {
        sheet.add(Column::number(name), cells(report, |figures| cell(report, figures)));
    }
    sheet.add(
        Column::number("margin"),
        cells(report, |figures| figures.amounts(&report.currency).margin.map(|margin| margin.to_string()).into()),
    );
    sheet.add(
        Column::number("denied_cost"),
        cells(report, |figures| report.currency.precise(figures.denied_cost).into()),
    );
    sheet.add(Column::text("currency"), cells(report, |_| (&report.currency.code).into()));
    sheet.table()
}

fn cells(report: &ProfitReport, cell: impl Fn(&Figures) -> Cell) -> Vec<Cell> {
    report.rows.iter().map(|row| &row.figures).chain([&report.total]).map(cell).collect()
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
