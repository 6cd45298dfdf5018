//! What reports cover, as it is asked for and as it is told.

use crate::cli::candidates;
use crate::cli::context::Context;
use crate::cli::error::Failure;
use crate::ledger::LedgerError;
use crate::render::View;
use crate::report::{Query, Window};
use crate::time::Instant;
use clap::Args;

/// What a report covers, and how it is divided.
#[derive(Debug, Args)]
pub struct ReportArgs {
    /// What to group by, separated by commas: customer, product, price, event_type, vendor (profit only), day, month,
    /// or a billable dimension.
    #[arg(long, value_name = "KEYS", value_delimiter = ',', add = candidates::report_keys())]
    pub by: Vec<String>,
    /// What it covers.
    #[command(flatten)]
    pub window: WindowArgs,
}

/// The time that a report covers: with its start and without its end.
#[derive(Debug, Args)]
pub struct WindowArgs {
    /// From this time on [default: the beginning]
    #[arg(long, value_name = "TIME", value_parser = Instant::parse_argument)]
    pub from: Option<Instant>,
    /// Before this time [default: now, or where the ledger stands if that is earlier]
    #[arg(long, value_name = "TIME", value_parser = Instant::parse_argument)]
    pub to: Option<Instant>,
}

pub(super) fn query(by: &[String], args: &WindowArgs) -> Result<Query, Failure> {
    if let (Some(from), Some(to)) = (args.from, args.to)
        && from >= to
    {
        let failure = Failure::usage(format!("--to {to} is not later than --from {from}"));
        return Err(failure.with_help("a report begins at --from and ends before --to"));
    }
    Ok(Query { by: by.to_vec(), from: args.from, to: args.to, ..Query::default() })
}

/// An unknown key is told with all keys: nobody knows the names of their dimensions by heart.
pub(in crate::cli::commands) fn failure(error: LedgerError) -> Failure {
    let LedgerError::Unknown { kind: "key", name, known } = &error else { return error.into() };
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
pub(super) fn title(what: &str, window: Window) -> View {
    let from = window.from.map(|from| format!(" from {from}")).unwrap_or_default();
    View::new().line(format!("{what}{from} to {}", window.to))
}

/// Warns, whatever the format, when a report of money was asked for more time than the ledger has processed.
///
/// # Errors
/// When there is no telling what time it is.
pub(super) fn warn_of_shortfall(window: Window, context: &Context) -> Result<(), Failure> {
    if let Some(come) = window.falls_short() {
        let now = context.at(None)?;
        let more = match window.to {
            to if to <= now => format!("`drawdown advance --to {to}` moves it on"),
            to if come < now => format!("`drawdown advance --to {now}` moves it on to now, and {to} is in the future"),
            to => format!("{to} is in the future"),
        };
        context.out.warn(&format!("the ledger is processed up to {come}, and nothing is earned after that; {more}"));
    }
    Ok(())
}
