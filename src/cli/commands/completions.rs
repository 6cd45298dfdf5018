//! `drawdown completions`: the scripts that are shipped, which ask `drawdown complete` at every Tab. So a script never
//! falls behind the program, and every shell quotes a name by its own rules.

use crate::cli::error::{Exit, Outcome};
use crate::cli::globals::prints;
use crate::cli::output::Output;
use clap::{Args, ValueEnum};

/// Print a completion script for a shell
///
/// The script also completes customers, products, assets and recent events from the ledger.
#[derive(Debug, Args)]
#[command(arg = prints(&[]), after_long_help = "\
Examples:
  drawdown completions bash
  drawdown completions zsh
  drawdown completions fish
  drawdown completions powershell
  drawdown completions elvish")]
pub struct CompletionsArgs {
    /// The shell to print a script for.
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

/// Prints the script for a shell.
///
/// # Errors
/// When standard output can't be written.
pub fn run(args: &CompletionsArgs, out: &Output) -> Outcome {
    let script = match args.shell {
        Shell::Bash => include_str!("../../../completions/drawdown.bash"),
        Shell::Zsh => include_str!("../../../completions/_drawdown"),
        Shell::Fish => include_str!("../../../completions/drawdown.fish"),
        Shell::PowerShell => include_str!("../../../completions/drawdown.ps1"),
        Shell::Elvish => include_str!("../../../completions/drawdown.elv"),
    };
    out.raw(script)?;
    Ok(Exit::Done)
}
