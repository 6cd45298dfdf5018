//! The command line as a whole, and how it is read.

use super::commands::Command;
use super::error::{Exit, Failure};
use super::format::Format;
use super::globals::{ColorWhen, Globals, formats};
use super::help;
use super::output::Output;
use crate::render::sanitize;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{ArgMatches, Args, CommandFactory, FromArgMatches, Parser, ValueEnum};
use std::ffi::OsString;

/// Usage-based billing on one machine: prices in TOML catalogs, money and credits in one ledger file.
///
/// Write prices in a catalog, `check` and `apply` it, subscribe customers, take payments with `topup`, and bill usage
/// logs with `replay`. `explain` shows why an event cost what it did, and `report` what was earned.
#[derive(Debug, Parser)]
#[command(name = "drawdown", version, arg_required_else_help = true, after_long_help = CLI_HELP)]
pub struct Cli {
    /// The command, with what it takes.
    #[command(subcommand)]
    pub command: Command,
    /// Options that every command takes.
    #[command(flatten)]
    pub globals: Globals,
}

const CLI_HELP: &str = "\
Times: a date (2026-07-01, midnight UTC) or a full time with Z or an offset (2026-07-01T12:00:00Z).
Exit codes: 0 done; 1 refused, or mistakes found; 2 wrong usage; 3 the answer is no; 4 the ledger is busy; 101 a bug; 130 stopped by Ctrl-C.

Examples:
  drawdown demo
  drawdown init
  drawdown check catalogs
  drawdown apply --yes
  drawdown subscribe acme studio --at 2026-07-01
  drawdown topup acme 20 USD --to CREDIT
  drawdown replay usage.csv --sort
  drawdown report profit --by customer
  drawdown balance acme --format json";

/// All commands with their arguments, and the layout of their help.
pub(super) fn tree() -> clap::Command {
    help::laid_out(Cli::command())
}

/// Reads the command line. Help, the version and mistakes are printed here: by clap, which words them best, unless a
/// script asked, or the line has characters that clap would let the terminal obey.
pub(super) fn parse(args: &[OsString]) -> Result<Cli, Exit> {
    match read_quickly(args) {
        Some(cli) => Ok(cli),
        None => read(args),
    }
}

/// Reads a command line that is right, by no more of the tree than it takes: to make all of it, laid out for help, takes as
/// long as a short command runs. `None` where something is wrong or help is asked for: the whole tree tells what.
fn read_quickly(args: &[OsString]) -> Option<Cli> {
    let named = args.iter().skip(1).find_map(|arg| Command::alone(arg.to_str()?));
    let mut tree = named.map_or_else(Cli::command, |named| {
        Globals::augment_args(clap::Command::new("drawdown").subcommand_required(true)).subcommand(named)
    });
    let matches = tree.try_get_matches_from_mut(args).ok()?;
    let cli = Cli::from_arg_matches(&matches).ok()?;
    let is_refused = refused_format(&tree, &matches, cli.globals.format).is_some();
    // The process will end soon: nobody has to wait until a tree is freed, leaf by leaf.
    std::mem::forget(tree);
    (!is_refused).then_some(cli)
}

/// Reads the command line by the whole tree.
fn read(args: &[OsString]) -> Result<Cli, Exit> {
    let format = early(args, "--format").unwrap_or(Format::Table);
    let color = early(args, "--color").unwrap_or(ColorWhen::Auto);
    let clap_color = match color {
        ColorWhen::Auto => clap::ColorChoice::Auto,
        ColorWhen::Always => clap::ColorChoice::Always,
        ColorWhen::Never => clap::ColorChoice::Never,
    };
    let mut tree = tree().color(clap_color);
    let matches = tree.try_get_matches_from_mut(args);
    let cli = matches.and_then(|matches| Ok((Cli::from_arg_matches(&matches)?, matches)));
    let (cli, matches) = cli.map_err(|mut error| {
        improve_advice(&mut error);
        let harmless = args.iter().all(|arg| arg.to_str().is_some_and(|text| sanitize(text) == text));
        if error.use_stderr() && (format == Format::Json || !harmless) {
            Output::early(format, color).error(&usage_failure(&error));
        } else {
            // Nobody can be told when even this can't be printed.
            let _ = error.print();
        }
        if error.use_stderr() { Exit::Usage } else { Exit::Done }
    })?;
    // Said before anything is done, since a command prints only at its end.
    match refused_format(&tree, &matches, cli.globals.format) {
        Some(failure) => {
            Output::early(format, color).error(&failure);
            Err(failure.exit)
        }
        None => Ok(cli),
    }
}

/// Why the command that is asked for can't print in that format, if it can't.
fn refused_format(tree: &clap::Command, matches: &ArgMatches, format: Format) -> Option<Failure> {
    let (mut command, mut matches, mut names) = (tree, matches, Vec::new());
    while let Some((name, below)) = matches.subcommand() {
        (command, matches) = (command.find_subcommand(name)?, below);
        names.push(name);
    }
    let own = formats(command);
    if own.contains(&format) {
        return None;
    }
    let message = if Format::DATA.contains(&format) {
        format!("`{}` has no {} form", names.join(" "), format.name().to_uppercase())
    } else {
        format!("--format {} works only with {}", format.name(), listed(&owners(tree, format, ""), "and"))
    };
    let own: Vec<String> = own.into_iter().map(Format::name).collect();
    Some(Failure::usage(message).with_help(format!("use --format {}", listed(&own, "or"))))
}

/// The commands that print in a format, quoted.
fn owners(command: &clap::Command, format: Format, prefix: &str) -> Vec<String> {
    let owners = command.get_subcommands().flat_map(|command| {
        let name = format!("{prefix}{}", command.get_name());
        if command.has_subcommands() {
            owners(command, format, &format!("{name} "))
        } else {
            formats(command).contains(&format).then(|| format!("`{name}`")).into_iter().collect()
        }
    });
    owners.collect()
}

/// `table, json or csv`.
fn listed(words: &[String], last: &str) -> String {
    match words {
        [most @ .., end] if !most.is_empty() => format!("{} {last} {end}", most.join(", ")),
        words => words.concat(),
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::commands::adjust::AdjustReason;

    /// Every command with its full name, such as `drawdown asset list`.
    fn all_commands() -> Vec<(String, clap::Command)> {
        let mut root = tree();
        root.build();
        let mut waiting = vec![("drawdown".to_owned(), root)];
        let mut found = Vec::new();
        while let Some((name, command)) = waiting.pop() {
            let children = command.get_subcommands().filter(|child| child.get_name() != "help");
            waiting.extend(children.map(|child| (format!("{name} {}", child.get_name()), child.clone())));
            found.push((name, command));
        }
        found
    }

    /// Splits a line as a shell would, as far as examples go.
    fn words(line: &str) -> Vec<String> {
        let (mut words, mut quote) = (vec![String::new()], None);
        for sign in line.chars() {
            match (quote, sign) {
                (None, '"' | '\'') => quote = Some(sign),
                (Some(open), _) if open == sign => quote = None,
                (None, ' ') => words.push(String::new()),
                _ => words.last_mut().expect("there is one at least").push(sign),
            }
        }
        words.retain(|word| !word.is_empty());
        words
    }

    #[test]
    fn clap_finds_no_contradiction() {
        tree().debug_assert();
    }

    #[test]
    fn every_command_and_option_says_what_it_does() {
        for (name, command) in all_commands() {
            assert!(command.get_about().is_some(), "{name}");
            for argument in command.get_arguments() {
                assert!(argument.get_help().is_some(), "{name} {}", argument.get_id());
            }
        }
    }

    #[test]
    fn every_command_has_examples_that_it_accepts() {
        for (name, command) in all_commands() {
            let help = command.get_after_long_help().map(ToString::to_string).unwrap_or_default();
            let (_, examples) = help.split_once("Examples:\n").unwrap_or_else(|| panic!("{name} has no examples"));
            // One that is long goes on after a backslash.
            for line in examples.replace("\\\n", " ").lines() {
                let line = line.split_once("| ").map_or(line, |(_, right)| right).trim();
                assert!(line.starts_with(&name), "{name}: {line}");
                let read = Cli::try_parse_from(words(line)).unwrap_or_else(|error| panic!("{line}: {error}"));
                let args: Vec<OsString> = words(line).into_iter().map(OsString::from).collect();
                match read_quickly(&args) {
                    Some(quick) => assert_eq!(format!("{quick:?}"), format!("{read:?}"), "{line}"),
                    None => assert!(Command::alone(&words(line)[1]).is_none(), "{line}"),
                }
            }
        }
    }

    #[test]
    fn what_is_wrong_is_not_read_quickly() {
        for wrong in [
            "drawdown",
            "drawdown balance --help",
            "drawdown --ledger balance",
            "drawdown --ledger balance plan",
            "drawdown nonsense balance",
            "drawdown balance acme --format html",
            "drawdown record",
        ] {
            let args: Vec<OsString> = words(wrong).into_iter().map(OsString::from).collect();
            assert!(read_quickly(&args).is_none(), "{wrong}");
        }
    }

    #[test]
    fn a_negative_amount_is_an_amount_and_not_an_option() {
        let cli = Cli::try_parse_from(words("drawdown adjust acme -5.25 USD --reason external_refund --priority -1"));
        let Ok(Cli { command: Command::Adjust(args), .. }) = cli else { panic!("{cli:?}") };
        assert_eq!((args.amount.as_str(), args.priority), ("-5.25", Some(-1)));
        assert_eq!(args.reason, AdjustReason::ExternalRefund);
    }

    #[test]
    fn a_payment_comes_from_the_line_or_from_a_file() {
        for wrong in
            ["drawdown topup acme", "drawdown topup acme 5 USD --import f.csv", "drawdown topup --import f --to C"]
        {
            assert!(Cli::try_parse_from(words(wrong)).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_format_is_refused_where_help_does_not_offer_it() {
        let refused = |line: &str| {
            let mut tree = tree();
            let matches = tree.try_get_matches_from_mut(words(line)).unwrap();
            let format = *matches.get_one("format").unwrap();
            refused_format(&tree, &matches, format)
                .map(|failure| format!("{}; {}", failure.message, failure.help.unwrap()))
        };
        for taken in
            ["balance --format csv", "report --format html profit", "schema --format json", "plan --format sarif"]
        {
            assert_eq!(refused(&format!("drawdown {taken}")), None, "{taken}");
        }
        let html = "--format html works only with `compare` and `report profit`; use --format table, json or csv";
        assert_eq!(refused("drawdown --format html report usage").as_deref(), Some(html));
        let annotations = "--format github works only with `check`, `test`, `plan` and `compare`; use --format table, json, csv or html";
        assert_eq!(refused("drawdown report profit --format github").as_deref(), Some(annotations));
        let csv = "`ledger backup` has no CSV form; use --format table or json";
        assert_eq!(refused("drawdown ledger backup file --format csv").as_deref(), Some(csv));
    }

    #[test]
    fn help_lists_every_command_once_in_a_group() {
        let help = tree().render_long_help().to_string();
        let listed: Vec<&str> = help.lines().take_while(|line| *line != "Options:").collect();
        let tree = tree();
        for command in tree.get_subcommands() {
            let own =
                |line: &&&str| line.split_whitespace().next() == Some(command.get_name()) && line.starts_with("  ");
            let times = listed.iter().filter(own).count();
            assert_eq!(times, usize::from(!command.is_hide_set()), "{}", command.get_name());
        }
        assert!(listed.contains(&"Money:") && listed.iter().any(|line| line.starts_with("  help ")), "{help}");
    }

    #[test]
    fn a_command_explains_its_formats_and_names_the_other_global_options() {
        let mut tree = tree();
        tree.build();
        let report = tree.find_subcommand_mut("report").and_then(|report| report.find_subcommand_mut("profit"));
        let help = report.unwrap().render_help().to_string();
        assert!(help.contains("html") && !help.contains("--ledger <FILE>"), "{help}");
        let named = "\nGlobal options (see `drawdown --help`):\n  --ledger, --catalog, --color, --quiet,";
        assert!(help.contains(named), "{help}");
        let explained = tree.render_help().to_string();
        assert!(explained.contains("--ledger <FILE>"), "{explained}");
    }
}
