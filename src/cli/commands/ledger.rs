//! `drawdown ledger`: looking after the file.

use crate::cli::context::Context;
use crate::cli::error::{Exit, Failure, Outcome};
use crate::cli::format::Format;
use crate::cli::globals::prints;
use crate::ledger::{Access, Check, Ledger};
use crate::render::{Column, Table, View};
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
    /// Copy the ledger to a new file, even while it is in use
    #[command(after_long_help = "Examples:\n  drawdown ledger backup ledger-2026-07-01.db")]
    Backup(BackupArgs),
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
        let mut table = Table::new(vec![Column::text("facts"), Column::number("count")]);
        for (name, count) in &info.facts {
            table.row(vec![name.replace('_', " "), count.to_string()]);
        }
        View::new()
            .line(format!("{} ({} bytes)", info.file, info.bytes))
            .line(format!("horizon {}", info.horizon))
            .line(format!("reporting currency {}", info.reporting_currency.as_deref().unwrap_or("not set yet")))
            .line(format!(
                "products {}",
                if info.products.is_empty() { "none".into() } else { info.products.join(" ") }
            ))
            .table(table)
    })?;
    Ok(Exit::Done)
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
struct Backup {
    file: String,
}

fn backup(ledger: &Ledger, args: &BackupArgs, context: &Context) -> Outcome {
    ledger.backup(&args.file)?;
    let backup = Backup { file: args.file.display().to_string() };
    context.out.data("ledger backup", &backup, || View::new().line(format!("copied to {}", backup.file)))?;
    Ok(Exit::Done)
}
