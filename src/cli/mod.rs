//! The command line: what is asked for, who answers, and how it ends. One file per command.

mod add;
mod adjust;
mod advance;
mod amount;
mod annotated;
pub mod args;
mod ask;
mod asset;
mod authorize;
mod auto_topup;
mod balance;
mod check;
mod complete;
mod completions;
mod customer;
mod demo;
mod doubt;
pub mod error;
mod examples;
mod explain;
mod explain_code;
mod guide;
mod init;
mod ledger;
mod man;
mod offer;
pub mod output;
mod plan;
mod price;
mod product;
mod put;
mod quote;
mod record;
mod replay;
mod report;
mod rows;
mod schema;
mod statement;
mod subscription;
pub mod terminal;
mod topup;
mod trial;
mod workspace;

use crate::render::sanitize;
use crate::time::Instant;
use args::{Cli, ColorWhen, Command, Format, Globals, ReportCommand};
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory, FromArgMatches, ValueEnum};
use error::{Exit, Failure, Outcome};
use output::Output;
use std::ffi::OsString;
use std::process::ExitCode;

/// What every command gets beside its own arguments.
#[derive(Debug)]
pub struct Context {
    /// The options that every command takes.
    pub globals: Globals,
    /// How to print.
    pub out: Output,
}

impl Context {
    /// The time of what is recorded: `--at`, or now.
    ///
    /// # Errors
    /// See [`terminal::now`].
    pub fn at(&self, at: Option<Instant>) -> Result<Instant, Failure> {
        at.map_or_else(terminal::now, Ok)
    }

    /// The final line of what credits a wallet: `told`, unless it had been recorded under that id before.
    fn say_recorded(&self, told: &str, id: &str, is_new: bool, recovered: bool) {
        match is_new {
            true => self.out.note(told),
            false => self.out.note(&format!("nothing changed: {id} was recorded before")),
        }
        if recovered {
            self.out.note("what was past due is paid");
        }
    }

    /// Asks before something that can't be taken back, unless under `--yes`.
    ///
    /// # Errors
    /// See [`terminal::confirm`].
    pub fn confirm(&self, question: &str) -> Result<(), Failure> {
        terminal::confirm(question, self.globals.yes)
    }
}

/// Runs one command line, the program's name first, to its end.
pub fn run(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let args: Vec<OsString> = args.into_iter().collect();
    let cli = match parse(&args) {
        Ok(cli) => cli,
        Err(exit) => return exit.into(),
    };
    let context = Context { out: Output::new(&cli.globals), globals: cli.globals };
    report_panics(context.out);
    let exit = dispatch(&cli.command, &context).unwrap_or_else(|failure| {
        context.out.error(&failure);
        failure.exit
    });
    exit.into()
}

fn dispatch(command: &Command, context: &Context) -> Outcome {
    // Said before anything is done, since a command prints only at its end.
    if !has_format(command, context.globals.format) {
        return Err(Failure::no_format(context.globals.format));
    }
    match command {
        Command::Schema => schema::run(&context.out),
        Command::Complete(args) => complete::run(args, context),
        Command::Man(args) => man::run(args, context),
        Command::Completions(args) => completions::run(args, &context.out),
        Command::Init(args) => init::run(args, context),
        Command::Guide(args) => guide::run(args, context),
        Command::Demo(args) => demo::run(args, context),
        Command::Check(args) => check::run(args, context),
        Command::Test(args) => examples::run(args, context),
        Command::Plan(args) => plan::run(args, context),
        Command::Apply(args) => plan::apply(args, context),
        Command::Asset(command) => asset::run(command, context),
        Command::Product(command) => product::run(command, context),
        Command::Price(command) => price::run(command, context),
        Command::Vendor(command) => add::vendor(command, context),
        Command::Quote(args) => quote::run(args, context),
        Command::Customer(command) => customer::run(command, context),
        Command::Subscribe(args) => subscription::subscribe(args, context),
        Command::Unsubscribe(args) => subscription::unsubscribe(args, context),
        Command::Subscription(command) => subscription::run(command, context),
        Command::Topup(args) => topup::run(args, context),
        Command::Adjust(args) => adjust::run(args, context),
        Command::AutoTopup(command) => auto_topup::run(command, context),
        Command::Balance(args) => balance::run(args, context),
        Command::Statement(args) => statement::run(args, context),
        Command::Record(args) => record::run(args, context),
        Command::Authorize(args) => authorize::run(args, context),
        Command::Replay(args) => replay::run(args, context),
        Command::Advance(args) => advance::run(args, context),
        Command::Explain(args) => explain::run(args, context),
        Command::Report(command) => report::run(command, context),
        Command::Ledger(command) => ledger::run(command, context),
    }
}

/// Whether a command prints in that format.
fn has_format(command: &Command, format: Format) -> bool {
    match format {
        Format::Table | Format::Json | Format::Csv => true,
        Format::Html => matches!(command, Command::Report(ReportCommand::Profit(_))),
        Format::Github | Format::Sarif => matches!(command, Command::Check(_) | Command::Test(_) | Command::Plan(_)),
    }
}

/// Reads the command line. Help, the version and mistakes are printed here: by clap, which words them best, unless a
/// script asked, or the line has characters that clap would let the terminal obey.
fn parse(args: &[OsString]) -> Result<Cli, Exit> {
    let format = early(args, "--format").unwrap_or(Format::Table);
    let color = early(args, "--color").unwrap_or(ColorWhen::Auto);
    let clap_color = match color {
        ColorWhen::Auto => clap::ColorChoice::Auto,
        ColorWhen::Always => clap::ColorChoice::Always,
        ColorWhen::Never => clap::ColorChoice::Never,
    };
    let matches = Cli::command().color(clap_color).try_get_matches_from(args);
    matches.and_then(|matches| Cli::from_arg_matches(&matches)).map_err(|mut error| {
        improve_advice(&mut error);
        let harmless = args.iter().all(|arg| arg.to_str().is_some_and(|text| sanitize(text) == text));
        if error.use_stderr() && (format == Format::Json || !harmless) {
            Output::early(format, color).error(&usage_failure(&error));
        } else {
            // Nobody can be told when even this can't be printed.
            let _ = error.print();
        }
        if error.use_stderr() { Exit::Usage } else { Exit::Done }
    })
}

/// The most values that an error lists: more would hide what is wrong.
const FEW_VALUES: usize = 20;

/// Puts the closest command first, and leaves out values that are too many to read.
fn improve_advice(error: &mut clap::Error) {
    if let Some(ContextValue::Strings(mut commands)) = error.remove(ContextKind::SuggestedSubcommand) {
        commands.reverse();
        error.insert(ContextKind::SuggestedSubcommand, ContextValue::Strings(commands));
    }
    if matches!(error.get(ContextKind::ValidValue), Some(ContextValue::Strings(values)) if values.len() > FEW_VALUES) {
        error.remove(ContextKind::ValidValue);
        if error.get(ContextKind::SuggestedValue).is_none() {
            let advice = "`drawdown check --explain` lists the codes".into();
            error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![advice]));
        }
    }
}

/// An option's value before the command line is known to make sense; what says how to complain must be known first.
fn early<T: ValueEnum>(args: &[OsString], option: &str) -> Option<T> {
    let mut args = args.iter().filter_map(|arg| arg.to_str());
    let value = args.find_map(|arg| match arg.strip_prefix(option)?.strip_prefix('=') {
        None if arg == option => Some(None),
        value => value.map(Some),
    })?;
    T::from_str(value.or_else(|| args.next())?, false).ok()
}

/// Clap's message and its first piece of advice, without the layout that it has on a terminal.
fn usage_failure(error: &clap::Error) -> Failure {
    if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        return Failure::usage("the command is not complete").with_help("add --help to see what it takes");
    }
    let text = error.render().to_string();
    let one_line = |paragraph: &str| paragraph.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut paragraphs = text.split("\n\n").map(one_line);
    let message = paragraphs.next().unwrap_or_default();
    let failure = Failure::usage(message.strip_prefix("error: ").unwrap_or(&message));
    match paragraphs.next() {
        Some(advice) => failure.with_help(advice.strip_prefix("tip: ").unwrap_or(&advice)),
        None => failure,
    }
}

/// A panic is told like any other error; Rust ends the process with [`Exit::Bug`]'s code.
fn report_panics(out: Output) {
    std::panic::set_hook(Box::new(move |info| out.error(&Failure::bug(info.to_string().replace('\n', " ")))));
}
