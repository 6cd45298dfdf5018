//! `drawdown complete`, which the shells' scripts ask what could come next: commands and options, and the ledger's own
//! names. It is quick, writes nothing, and answers nothing rather than fail.
//!
//! Clap's engine finds what could come next. The shells are asked by scripts of our own, since those that come with the
//! engine take a name with a space or a quote in it for several words, or run it. Files are left to the shells: where none
//! can stand, and there is nothing else, the exit code is 3.

mod line;

use crate::cli::candidates::{Place, look_up_in};
use crate::cli::commands::completions::Shell;
use crate::cli::context::Context;
use crate::cli::error::{Exit, Outcome};
use crate::cli::globals::{Globals, prints};
use clap::error::ErrorKind;
use clap::{Arg, Args, FromArgMatches, ValueHint};
use clap_complete::engine::{ArgValueCompleter, CompletionCandidate, complete};
use line::Line;
use std::ffi::{OsStr, OsString};

/// What could come next in a command line
#[derive(Debug, Args)]
#[command(arg = prints(&[]), after_long_help = "Examples:\n  drawdown complete fish -- drawdown bal")]
pub struct CompleteArgs {
    /// The shell that asks.
    #[arg(value_name = "SHELL")]
    pub shell: Shell,
    /// The words of the command line up to the cursor, the last one as far as it is typed; of bash, the whole line.
    #[arg(value_name = "WORD", last = true)]
    pub words: Vec<OsString>,
}

pub(super) fn run(args: &CompleteArgs, context: &Context) -> Outcome {
    let mut words: Vec<String> = args.words.iter().map(|word| word.to_string_lossy().into_owned()).collect();
    let last = words.pop().unwrap_or_default();
    let is_bash = args.shell == Shell::Bash;
    let line = if is_bash { Line::new(&last) } else { Line::of_words(words, unquoted(&last)) };
    let mut text = String::new();
    let (candidates, may_be_file) = candidates(&line, context);
    for candidate in candidates {
        let value = candidate.get_value().to_string_lossy();
        // One line is one candidate, and a control character has no business in a command line.
        let is_plain = !value.chars().any(char::is_control);
        let value = if is_bash { line.answer(&value) } else { Some(value.into_owned()) };
        let Some(value) = value.filter(|_| is_plain) else { continue };
        let help = candidate.get_help().map(ToString::to_string).unwrap_or_default();
        let help: String = help.lines().next().unwrap_or_default().chars().filter(|c| !c.is_control()).collect();
        text += &if help.is_empty() { format!("{value}\n") } else { format!("{value}\t{help}\n") };
    }
    context.out.raw(&text)?;
    Ok(if text.is_empty() && !may_be_file { Exit::No } else { Exit::Done })
}

/// Other shells take the quotes away themselves, but for one that is still open.
fn unquoted(word: &str) -> String {
    if word.starts_with(['\'', '"']) { Line::new(word).current } else { word.to_owned() }
}

/// What stands for files among candidates. No name has a line end in it that is ever told.
const FILES: &str = "\n";

/// The tree in which arguments that are paths have a candidate that stands for files.
fn with_files(tree: clap::Command) -> clap::Command {
    let mark = |arg: Arg| {
        let is_path = matches!(arg.get_value_hint(), ValueHint::AnyPath | ValueHint::FilePath | ValueHint::DirPath);
        match is_path {
            true => arg.add(ArgValueCompleter::new(|_: &OsStr| vec![CompletionCandidate::new(FILES)])),
            false => arg,
        }
    };
    tree.mut_args(mark).mut_subcommands(with_files)
}

/// What could come next, and whether a file could.
fn candidates(line: &Line, context: &Context) -> (Vec<CompletionCandidate>, bool) {
    let mut tree = with_files((context.program.tree)());
    if let Err(error) = tree.clone().try_get_matches_from(&line.words)
        && error.kind() == ErrorKind::InvalidSubcommand
    {
        return (Vec::new(), false);
    }
    look_up_in(place(&tree, line, context));
    // After one dash, options are told by their long names.
    let current = if line.current == "-" { "--" } else { &line.current };
    let words = line.words.iter().map(String::as_str).chain([current]).map(OsString::from).collect();
    let mut found = complete(&mut tree, words, line.words.len(), None).unwrap_or_default();
    // Who has typed nothing yet is offered values and commands.
    let is_option = |candidate: &CompletionCandidate| candidate.get_id().is_some_and(|id| id.starts_with("arg::"));
    found.retain(|candidate| !candidate.is_hide_set() && (!current.is_empty() || !is_option(candidate)));
    let count = found.len();
    found.retain(|candidate| !candidate.get_value().to_string_lossy().ends_with(FILES));
    let may_be_file = found.len() < count;
    (found, may_be_file)
}

/// The ledger and the catalog that the line names so far, or the environment.
fn place(tree: &clap::Command, line: &Line, context: &Context) -> Place {
    let matches = tree.clone().ignore_errors(true).try_get_matches_from(&line.words);
    let named = matches.and_then(|matches| Globals::from_arg_matches(&matches));
    let Globals { ledger, catalog, .. } = named.unwrap_or_else(|_| context.globals.clone());
    Place { ledger, catalog }
}
