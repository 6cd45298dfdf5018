//! The options that every command takes.

use super::format::Format;
use clap::{ArgAction, Args, ValueEnum, ValueHint};
use std::path::PathBuf;

/// Options that every command takes, before or after its name.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Global options")]
pub struct Globals {
    /// The ledger file.
    #[arg(long, global = true, value_name = "FILE", env = "DRAWDOWN_LEDGER", default_value = "ledger.db", value_hint = ValueHint::FilePath)]
    pub ledger: PathBuf,
    /// The catalog: one TOML file, or a folder of them read as one.
    #[arg(long, global = true, value_name = "PATH", env = "DRAWDOWN_CATALOG", default_value = "catalogs", value_hint = ValueHint::AnyPath)]
    pub catalog: PathBuf,
    /// How data is printed on standard output.
    #[arg(long, global = true, value_name = "FORMAT", default_value = "table")]
    pub format: Format,
    /// When to use colours; `auto` is on a terminal, unless NO_COLOR is set.
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub color: ColorWhen,
    /// Print errors, warnings and data, and nothing else.
    #[arg(short, long, global = true, action = ArgAction::SetTrue, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Say more about what is being done.
    #[arg(short, long, global = true, action = ArgAction::SetTrue)]
    pub verbose: bool,
    /// Answer yes to every question.
    #[arg(long, global = true)]
    pub yes: bool,
    /// How long to wait for another process that writes to the ledger, in seconds.
    #[arg(long, global = true, value_name = "SECONDS", default_value_t = 10)]
    pub wait: u16,
    /// Show no progress bar.
    #[arg(long, global = true)]
    pub no_progress: bool,
}

/// When colours are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ColorWhen {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    /// Even on a pipe
    Always,
    /// Not at all
    Never,
}
