//! The options that every command takes.

use super::format::Format;
use clap::{Arg, ArgAction, Args, Command, ValueEnum};
use std::path::PathBuf;

/// Options that every command takes, before or after its name.
#[derive(Debug, Clone, Args)]
// The order is given, so that an option that a command has in its own form (see `prints`) keeps its place.
#[command(next_help_heading = "Global options", next_display_order = 1000)]
pub struct Globals {
    /// The ledger file.
    #[arg(long, global = true, value_name = "FILE", env = "DRAWDOWN_LEDGER", default_value = "ledger.db")]
    pub ledger: PathBuf,
    /// The catalog: one TOML file, or a folder of them read as one.
    #[arg(long, global = true, value_name = "PATH", env = "DRAWDOWN_CATALOG", default_value = "catalogs")]
    pub catalog: PathBuf,
    /// The format of data on standard output.
    #[arg(long, global = true, value_name = "FORMAT", default_value = "table", value_parser = Format::parser(Format::DATA))]
    pub format: Format,
    /// When to use colours.
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
    /// How many seconds to wait while another process writes to the ledger.
    #[arg(long, global = true, value_name = "SECONDS", default_value_t = 10)]
    pub wait: u16,
    /// Show no progress bar.
    #[arg(long, global = true)]
    pub no_progress: bool,
}

/// The id of `--format`.
pub const FORMAT: &str = "format";

/// `--format` of a command that prints in these formats and no others: `#[command(arg = prints(&[...]))]`. A command
/// without it prints in [`Format::DATA`]. One that prints in none, because what it prints is no data, says `&[]` and sees to
/// the option itself.
pub fn prints(formats: &'static [Format]) -> Arg {
    let globals = Globals::augment_args(Command::default());
    let all = globals.get_arguments().find(|arg| arg.get_id() == FORMAT);
    let arg = all.cloned().unwrap_or_else(|| Arg::new(FORMAT));
    arg.hide(formats.is_empty()).value_parser(Format::parser(if formats.is_empty() { Format::DATA } else { formats }))
}

/// The formats that a command prints in.
pub fn formats(command: &Command) -> Vec<Format> {
    let Some(arg) = command.get_arguments().find(|arg| arg.get_id() == FORMAT) else { return Format::DATA.to_vec() };
    let offered = arg.get_possible_values().into_iter().filter(|value| !value.is_hide_set());
    offered.filter_map(|value| Format::from_str(value.get_name(), false).ok()).collect()
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
