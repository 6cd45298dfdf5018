//! The command line: what is asked for, who answers, and how it ends. One file per command, in `commands`.

mod add;
pub mod advice;
mod amount;
mod annotated;
mod ask;
mod balances;
mod candidates;
mod changes;
mod command_line;
pub mod commands;
pub mod context;
mod correct;
mod doubt;
pub mod error;
mod event;
mod examples;
mod explanation;
mod fell_due;
pub mod format;
pub mod globals;
mod help;
mod logs;
mod long;
mod of_log;
mod offer;
pub mod output;
mod overwriting;
mod prices;
mod rejects;
mod rows;
mod rules;
mod schema;
mod selection;
mod subscriptions;
mod sum;
pub mod terminal;
mod trial;
pub mod value;
mod workspace;

pub use command_line::Cli;

use crate::render::shell_line;
use clap::Parser;
use command_line::parse;
use context::{Context, Program};
use error::{Failure, Outcome};
use output::Output;
use std::cell::RefCell;
use std::ffi::OsString;
use std::process::ExitCode;

/// Runs one command line, the program's name first, to its end.
pub fn run(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let args: Vec<OsString> = args.into_iter().collect();
    let cli = match parse(&args) {
        Ok(cli) => cli,
        Err(exit) => return exit.into(),
    };
    let program = Program { tree: command_line::tree, run: run_within };
    let words: Vec<_> = args.iter().skip(1).map(|arg| arg.to_string_lossy()).collect();
    let line = shell_line(words.iter().map(AsRef::as_ref));
    let context =
        Context { out: Output::new(&cli.globals), globals: cli.globals, program, line, recorded: RefCell::default() };
    report_panics(context.out);
    cli.command.run(&context).unwrap_or_else(|failure| context.fail(&failure)).into()
}

/// Runs a command line of the program's own.
fn run_within(words: &[&str], context: &Context) -> Outcome {
    let line = ["drawdown"].iter().chain(words);
    let cli = Cli::try_parse_from(line).map_err(|error| Failure::bug(format!("the program's own command: {error}")))?;
    let line = shell_line(words.iter().copied());
    cli.command.run(&context.within(context.globals.clone(), line))
}

/// A panic is told like any other error; Rust ends the process with [`error::Exit::Bug`]'s code.
fn report_panics(out: Output) {
    std::panic::set_hook(Box::new(move |info| out.error(&Failure::bug(info.to_string().replace('\n', " ")))));
}
