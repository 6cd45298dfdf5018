//! `drawdown report`.

mod html;
mod profit;
mod revenue;
mod sheet;
mod usage;

use crate::cli::args::{ReportCommand, WindowArgs};
use crate::cli::commands::balance::everybody;
use crate::cli::context::Context;
use crate::cli::error::{Exit, Failure, Outcome};
use crate::cli::format::Format;
use crate::ledger::{Access, LedgerError};
use crate::render::View;
use crate::report::balances::balances;
use crate::report::{
    Query, Window, profit::profit as profit_of, revenue::revenue as revenue_of, usage::usage as usage_of,
};

pub(super) fn run(command: &ReportCommand, context: &Context) -> Outcome {
    match command {
        ReportCommand::Profit(args) => {
            let query = query(&args.report.by, &args.report.window)?;
            if context.globals.format == Format::Html {
                return html::run(&query, args.output.as_deref(), context);
            }
            if args.output.is_some() {
                let failure = Failure::usage("--output is for --format html");
                return Err(failure.with_help("add --format html, or send other formats to a file with >"));
            }
            let report = profit_of(&context.ledger(Access::Read)?, &query).map_err(failure)?;
            context.out.data("report profit", &report, || profit::view(&report, context))?;
        }
        ReportCommand::Revenue(args) => {
            let query = query(&[], args)?;
            let report = revenue_of(&context.ledger(Access::Read)?, &query)?;
            context.out.data("report revenue", &report, || revenue::view(&report, context))?;
        }
        ReportCommand::Usage(args) => {
            let query = query(&args.by, &args.window)?;
            let report = usage_of(&context.ledger(Access::Read)?, &query).map_err(failure)?;
            context.out.data("report usage", &report, || usage::view(&report, context))?;
        }
        ReportCommand::Balances(args) => {
            let ledger = context.ledger(Access::Read)?;
            let balances = ledger.read(|ledger| balances(ledger, &ledger.engine()?, args.at))?;
            context.out.data("report balances", &balances, || everybody(&balances, context.globals.format).into())?;
        }
    }
    Ok(Exit::Done)
}

fn query(by: &[String], args: &WindowArgs) -> Result<Query, Failure> {
    if let (Some(from), Some(to)) = (args.from, args.to)
        && from >= to
    {
        let failure = Failure::usage(format!("there is no time from {from} to {to}"));
        return Err(failure.with_help("a report covers --from and what follows, up to --to and without it"));
    }
    Ok(Query { by: by.to_vec(), from: args.from, to: args.to })
}

/// An unknown key is told with all keys: nobody knows the names of their dimensions by heart.
fn failure(error: LedgerError) -> Failure {
    let LedgerError::Unknown { name, known, .. } = &error else { return error.into() };
    let mut failure = Failure::unknown("unknown_key", "report key", name, known.iter().map(String::as_str));
    let shown = known.iter().take(MOST_KEYS).map(String::as_str).collect::<Vec<_>>().join(", ");
    let rest = if known.len() > MOST_KEYS { ", ..." } else { "" };
    let close = failure.help.take().filter(|help| help.starts_with("did you mean"));
    let close = close.map(|close| format!("{close} ")).unwrap_or_default();
    failure.with_help(format!("{close}the keys are: {shown}{rest}"))
}

/// Keys that are told at most.
const MOST_KEYS: usize = 24;

/// What a report covers, as the line above its table.
fn title(what: &str, window: Window) -> View {
    let from = window.from.map(|from| format!(" from {from}")).unwrap_or_default();
    View::new().line(format!("{what}{from} to {}", window.to))
}

/// What a report of money says when it was asked for more time than has gone by.
fn shortfall(window: Window) -> Option<String> {
    let (come, to) = (window.falls_short()?, window.to);
    Some(format!(
        "the ledger has come to {come}, and nothing is earned after it; `drawdown advance --to {to}` moves it on"
    ))
}
