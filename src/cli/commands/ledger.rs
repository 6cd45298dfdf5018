//! `drawdown ledger`: looking after the file.

use crate::cli::candidates;
use crate::cli::context::Context;
use crate::cli::error::{Exit, Failure, Outcome};
use crate::cli::format::Format;
use crate::cli::globals::prints;
use crate::cli::value::operation_number;
use crate::ids::OperationId;
use crate::ledger::{Access, Check, Ledger, Operation};
use crate::render::{Cell, Column, Table, View};
use crate::time::Instant;
use clap::{Args, Subcommand};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Inspect, verify and back up the ledger file
#[derive(Debug, Subcommand)]
#[command(
    arg_required_else_help = true,
    after_long_help = "\
Examples:
  drawdown ledger info
  drawdown ledger verify"
)]
pub enum LedgerCommand {
    /// Show what is in the ledger, and its latest time
    #[command(after_long_help = "Examples:\n  drawdown ledger info --ledger ledger.db")]
    Info,
    /// Recompute every balance from the facts and compare; exits 1 if one differs
    #[command(after_long_help = "Examples:\n  drawdown ledger verify --format json")]
    Verify,
    /// List the commands that changed the ledger, the latest last
    ///
    /// Each is an operation with a number, and every fact belongs to one.
    #[command(
        after_long_help = "Examples:\n  drawdown ledger log\n  drawdown ledger log --last 20\n  drawdown ledger log show 1"
    )]
    Log(LogArgs),
    /// Copy the ledger to a new file, even while it is in use
    #[command(after_long_help = "Examples:\n  drawdown ledger backup ledger-2026-07-01.db")]
    Backup(BackupArgs),
}

/// Which operations are listed.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct LogArgs {
    /// List only the last N operations.
    #[arg(long, value_name = "N")]
    pub last: Option<usize>,
    /// What is to be said of one operation.
    #[command(subcommand)]
    pub command: Option<LogCommand>,
}

/// What is to be said of one operation.
#[derive(Debug, Subcommand)]
pub enum LogCommand {
    /// Show one operation, and how many facts of each kind belong to it
    #[command(after_long_help = "Examples:\n  drawdown ledger log show 1")]
    Show(LogShowArgs),
}

/// Which operation is shown.
#[derive(Debug, Args)]
pub struct LogShowArgs {
    /// The operation's number.
    #[arg(value_name = "N", value_parser = operation_number, add = candidates::operations())]
    pub number: OperationId,
}

/// Where the copy goes.
#[derive(Debug, Args)]
#[command(arg = prints(&[Format::Table, Format::Json]))]
pub struct BackupArgs {
    /// The new file; an existing one is never overwritten.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
}

pub(super) fn run(command: &LedgerCommand, context: &Context) -> Outcome {
    let ledger = context.ledger(Access::Read)?;
    match command {
        LedgerCommand::Info => info(&ledger, context),
        LedgerCommand::Verify => verify(&ledger, context),
        LedgerCommand::Log(LogArgs { command: Some(LogCommand::Show(args)), .. }) => show(&ledger, args, context),
        LedgerCommand::Log(args) => log(&ledger, args, context),
        LedgerCommand::Backup(args) => backup(&ledger, args, context),
    }
}

#[derive(Debug, Serialize)]
struct Info {
    file: String,
    bytes: u64,
    horizon: Instant,
    reporting_currency: Option<String>,
    products: Vec<String>,
    facts: BTreeMap<String, i64>,
}

fn info(ledger: &Ledger, context: &Context) -> Outcome {
    let published = ledger.published()?;
    let bytes = std::fs::metadata(ledger.path()).map_err(|e| Failure::io("read", ledger.path(), &e))?.len();
    let products = published.iter().flat_map(|p| &p.products);
    let info = Info {
        file: ledger.path().display().to_string(),
        bytes,
        horizon: ledger.horizon()?,
        reporting_currency: published.as_ref().map(|p| p.terms.reporting_currency.clone()),
        products: products.map(|p| format!("{}@{}", p.product.code, p.version)).collect(),
        facts: ledger.sealed_facts()?.into_iter().collect(),
    };
    context.out.data("ledger info", &info, || {
        View::new()
            .line(format!("{} ({} bytes)", info.file, info.bytes))
            .line(match info.horizon {
                Instant::EPOCH => "nothing has happened yet".to_owned(),
                horizon => format!("horizon {horizon}"),
            })
            .line(format!("reporting currency {}", info.reporting_currency.as_deref().unwrap_or("not set yet")))
            .line(format!(
                "products {}",
                if info.products.is_empty() { "none".into() } else { info.products.join(" ") }
            ))
            .table(fact_table(&info.facts))
    })?;
    Ok(Exit::Done)
}

/// How many facts there are of each kind.
fn fact_table<N: AsRef<str>>(facts: &BTreeMap<N, i64>) -> Table {
    let mut table = Table::new(vec![Column::text("facts"), Column::number("count")]);
    for (name, count) in facts {
        table.row(vec![name.as_ref().replace('_', " "), count.to_string()]);
    }
    table
}

fn verify(ledger: &Ledger, context: &Context) -> Outcome {
    let verification = ledger.verify()?;
    context.out.data("ledger verify", &verification, || {
        let mut table = Table::new(vec![Column::text("check"), Column::text("ok"), Column::text("detail")]);
        for Check { name, ok, detail } in &verification.checks {
            let ok = if *ok { "yes" } else { "NO" };
            table.row(vec![(*name).to_owned(), ok.to_owned(), detail.clone()]);
        }
        View::from(table)
    })?;
    if verification.ok {
        context.out.note("the ledger is what its facts say");
        Ok(Exit::Done)
    } else {
        context.out.note("the ledger is NOT what its facts say; keep a copy of it, and go back to a backup");
        Ok(Exit::Refused)
    }
}

#[derive(Debug, Serialize)]
struct OperationView {
    operation: OperationId,
    ran_at: Instant,
    command: String,
    did: String,
}

impl From<Operation> for OperationView {
    fn from(of: Operation) -> Self {
        Self { operation: of.id, ran_at: of.ran_at, command: format!("drawdown {}", of.command), did: of.did }
    }
}

#[derive(Debug, Serialize)]
struct Log {
    rows: Vec<OperationView>,
}

fn log(ledger: &Ledger, args: &LogArgs, context: &Context) -> Outcome {
    let all = ledger.operations()?;
    let before = args.last.map_or(0, |last| all.len().saturating_sub(last));
    let log = Log { rows: all.into_iter().skip(before).map(OperationView::from).collect() };
    context.out.data("ledger log", &log, || {
        let columns =
            [Column::number("operation"), Column::text("ran_at"), Column::text("command"), Column::text("did")];
        let mut table = Table::new(columns.into());
        for OperationView { operation, ran_at, command, did } in &log.rows {
            table.row([Cell::from(operation.number()), (*ran_at).into(), command.into(), did.into()]);
        }
        table.into()
    })?;
    Ok(Exit::Done)
}

#[derive(Debug, Serialize)]
struct Shown {
    #[serde(flatten)]
    operation: OperationView,
    facts: BTreeMap<&'static str, i64>,
}

fn show(ledger: &Ledger, args: &LogShowArgs, context: &Context) -> Outcome {
    let id = args.number;
    let shown = Shown { operation: ledger.operation(id)?.into(), facts: ledger.facts_of(id)?.into_iter().collect() };
    context.out.data("ledger log show", &shown, || {
        let OperationView { operation, ran_at, command, did } = &shown.operation;
        let head = format!("operation {operation}, run at {ran_at}");
        View::new().line(head).line(command.clone()).line(did.clone()).table(fact_table(&shown.facts))
    })?;
    Ok(Exit::Done)
}

#[derive(Debug, Serialize)]
struct Backup {
    file: String,
}

fn backup(ledger: &Ledger, args: &BackupArgs, context: &Context) -> Outcome {
    ledger.backup(&args.file)?;
    let backup = Backup { file: args.file.display().to_string() };
    context.out.data("ledger backup", &backup, || View::new().line(format!("copied to {}", backup.file)))?;
    Ok(Exit::Done)
}
