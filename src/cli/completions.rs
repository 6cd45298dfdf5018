//! `drawdown completions`

use super::args::{Cli, CompletionsArgs};
use super::error::{Exit, Outcome};
use super::output::Output;
use clap::CommandFactory;

/// Prints the script for a shell.
///
/// # Errors
/// When standard output can't be written.
pub fn run(args: &CompletionsArgs, out: &Output) -> Outcome {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "drawdown", &mut script);
    out.raw(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Done)
}
