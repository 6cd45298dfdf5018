//! How help is laid out: the commands in groups, and the global options explained in one place, by `drawdown --help`.

use super::globals::{FORMAT, Globals};
use clap::builder::CommandExt;
use clap::{Arg, Args, Command};
use std::fmt::Write;

/// What a command is about. It stands at the command: `#[command(add = Group::Usage)]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Group {
    /// What a new user begins with.
    Start,
    /// What is charged: the catalog.
    Prices,
    /// Who is charged.
    Customers,
    /// What customers pay, and get back.
    Money,
    /// Events, and what becomes of them.
    Usage,
    /// What was earned, and what there is.
    Reports,
    /// The ledger as a whole.
    Ledger,
    /// For editors, shells and manuals.
    Tools,
}

impl CommandExt for Group {}

impl Group {
    /// All groups with their titles, in the order in which they are listed.
    const ALL: [(Self, &str); 8] = [
        (Self::Start, "Getting started"),
        (Self::Prices, "Prices"),
        (Self::Customers, "Customers"),
        (Self::Money, "Money"),
        (Self::Usage, "Usage"),
        (Self::Reports, "Reports"),
        (Self::Ledger, "The ledger"),
        (Self::Tools, "Tools"),
    ];
}

/// The program's commands with the layout of their help.
pub(super) fn laid_out(program: Command) -> Command {
    let globals = Globals::augment_args(Command::default());
    let globals: Vec<&Arg> = globals.get_arguments().collect();
    let template = of_program(&program);
    program.mut_subcommands(|command| compact(command, &globals)).help_template(template)
}

/// The program's help, with its commands in groups.
fn of_program(program: &Command) -> String {
    let header = program.get_styles().get_header();
    let literal = program.get_styles().get_literal();
    let mut text = "{about-with-newline}\n{usage-heading} {usage}\n".to_owned();
    let width = program.get_subcommands().map(|command| command.get_name().len()).max().unwrap_or(0);
    for (group, title) in Group::ALL {
        let _ = writeln!(text, "\n{header}{title}:{header:#}");
        for command in program.get_subcommands().filter(|command| command.get::<Group>() == Some(&group)) {
            let about = command.get_about().map(ToString::to_string).unwrap_or_default();
            let _ = writeln!(text, "  {literal}{:width$}{literal:#}  {about}", command.get_name());
        }
    }
    let _ = writeln!(text, "  {literal}{:width$}{literal:#}  Show the help of a command", "help");
    text + &format!("\n{header}Options:{header:#}\n{{options}}{{after-help}}")
}

/// A command whose help names the global options and does not explain them again. `--format` is explained, since commands
/// have different formats.
fn compact(command: Command, globals: &[&Arg]) -> Command {
    let has_commands = command.has_subcommands();
    let command = globals.iter().fold(command, |command, &global| {
        let is_format = global.get_id() == FORMAT;
        let has_own_form = command.get_arguments().any(|arg| arg.get_id() == global.get_id());
        match has_own_form {
            true => command.mut_arg(global.get_id(), |arg| shown(arg, is_format && !has_commands)),
            false => command.arg(shown(global.clone(), is_format && !has_commands)),
        }
    });
    let header = command.get_styles().get_header();
    let named = globals.iter().filter(|global| global.get_id() != FORMAT || has_commands);
    let named: Vec<_> = named.filter_map(|global| Some(format!("--{}", global.get_long()?))).collect();
    let template = format!(
        "{{before-help}}{{about-with-newline}}\n{{usage-heading}} {{usage}}\n\n{{all-args}}\n\n\
         {header}Global options{header:#} (see `drawdown --help`):\n  {}{{after-help}}",
        named.join(", ")
    );
    command.mut_subcommands(|command| compact(command, globals)).help_template(template)
}

/// A global option as a command's help has it. Shells complete it in either case.
fn shown(global: Arg, is_explained: bool) -> Arg {
    let global = global.help_heading(None::<&str>);
    if is_explained { global } else { global.hide_short_help(true).hide_long_help(true) }
}
