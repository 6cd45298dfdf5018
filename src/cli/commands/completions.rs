//! `drawdown completions`: the scripts that are shipped, which ask `drawdown complete` at every Tab. So a script never
//! falls behind the program, and every shell quotes a name by its own rules.

use crate::cli::args::{CompletionsArgs, Shell};
use crate::cli::error::{Exit, Outcome};
use crate::cli::output::Output;

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
