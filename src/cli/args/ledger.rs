//! Commands about the whole ledger, and about the program itself.

use crate::time::Instant;
use clap::{Args, Subcommand, ValueEnum, ValueHint};
use std::ffi::OsString;
use std::path::PathBuf;

/// The commands of `report`.
#[derive(Debug, Subcommand)]
#[command(
    arg_required_else_help = true,
    after_long_help = "\
Examples:
  drawdown report profit --by customer
  drawdown report revenue --from 2026-07-01 --to 2026-08-01
  drawdown report usage --by event_type"
)]
pub enum ReportCommand {
    /// Fees, revenue, cost, profit and margin
    #[command(after_long_help = "\
Examples:
  drawdown report profit
  drawdown report profit --by customer,month --from 2026-07-01 --to 2026-10-01
  drawdown report profit --by product --format csv
  drawdown report profit --format html -o profit.html")]
    Profit(ProfitArgs),
    /// Cash in, revenue, and what is paid but not earned yet
    #[command(after_long_help = "\
Examples:
  drawdown report revenue
  drawdown report revenue --from 2026-07-01 --to 2026-08-01
  drawdown report revenue --from 2026-07-01 --format json")]
    Revenue(WindowArgs),
    /// Events, quantities and fees
    #[command(after_long_help = "\
Examples:
  drawdown report usage --by event_type
  drawdown report usage --by customer,day --from 2026-07-01 --format json")]
    Usage(ReportArgs),
    /// What customers hold
    #[command(after_long_help = "\
Examples:
  drawdown report balances
  drawdown report balances --at 2026-08-01 --format csv")]
    Balances(BalancesArgs),
}

/// When the balances are looked at.
#[derive(Debug, Args)]
pub struct BalancesArgs {
    /// At this time [default: the latest time the ledger has processed]
    #[arg(long, value_name = "TIME", value_parser = Instant::parse_argument)]
    pub at: Option<Instant>,
}

/// What `report profit` takes.
#[derive(Debug, Args)]
pub struct ProfitArgs {
    /// What it covers.
    #[command(flatten)]
    pub report: ReportArgs,
    /// Write the page of --format html to this file; an older page there is replaced [default: standard output]
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub output: Option<PathBuf>,
}

/// What a report covers, and how it is divided.
#[derive(Debug, Args)]
pub struct ReportArgs {
    /// One row for each of these, separated by commas: customer, product, price, event_type, vendor (of profit alone), day,
    /// month, or a billable dimension.
    #[arg(long, value_name = "KEYS", value_delimiter = ',')]
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
    /// Before this time [default: the latest time the ledger has processed]
    #[arg(long, value_name = "TIME", value_parser = Instant::parse_argument)]
    pub to: Option<Instant>,
}

/// The commands of `ledger`.
#[derive(Debug, Subcommand)]
#[command(
    arg_required_else_help = true,
    after_long_help = "\
Examples:
  drawdown ledger info
  drawdown ledger verify"
)]
pub enum LedgerCommand {
    /// What is in the ledger, and how far in time it has come
    #[command(after_long_help = "Examples:\n  drawdown ledger info --ledger ledger.db")]
    Info,
    /// Recompute every balance from the facts and compare; exits 1 when one differs
    #[command(after_long_help = "Examples:\n  drawdown ledger verify --format json")]
    Verify,
    /// Copy the ledger to a new file, also while it is in use
    #[command(after_long_help = "Examples:\n  drawdown ledger backup ledger-2026-07-01.db")]
    Backup(BackupArgs),
}

/// Where the copy goes.
#[derive(Debug, Args)]
pub struct BackupArgs {
    /// The new file; one that exists is never overwritten.
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub file: PathBuf,
}

/// What `demo` takes.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  drawdown demo
  drawdown demo try-it")]
pub struct DemoArgs {
    /// The new folder it is laid out in.
    #[arg(value_name = "DIR", default_value = "drawdown-demo", value_hint = ValueHint::DirPath)]
    pub dir: PathBuf,
}

/// What `completions` takes.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  drawdown completions bash
  drawdown completions zsh
  drawdown completions fish
  drawdown completions powershell
  drawdown completions elvish")]
pub struct CompletionsArgs {
    /// The shell.
    #[arg(value_name = "SHELL")]
    pub shell: Shell,
}

/// The shells that there is a script for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "lowercase")]
pub enum Shell {
    /// GNU bash, 4 or newer
    Bash,
    /// Z shell
    Zsh,
    /// fish
    Fish,
    /// PowerShell
    PowerShell,
    /// Elvish
    Elvish,
}

/// What `man` takes.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  drawdown man man1
  drawdown man ~/.local/share/man/man1")]
pub struct ManArgs {
    /// The folder the pages go to; it is made if there is none.
    #[arg(value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub dir: PathBuf,
}

/// What shells' scripts ask.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:\n  drawdown complete fish -- drawdown bal")]
pub struct CompleteArgs {
    /// The shell.
    #[arg(value_name = "SHELL")]
    pub shell: Shell,
    /// The words of the command line up to the cursor, the last one as far as it is typed; of bash, the whole line.
    #[arg(value_name = "WORD", last = true)]
    pub words: Vec<OsString>,
}
