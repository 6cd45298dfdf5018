//! What can be said on the command line. One struct for each command, so that each command's file takes its own.

mod add;
mod catalog;
mod ledger;
mod notation;
mod people;
mod start;
mod usage;
mod value;
mod wallet;

pub use add::*;
pub use catalog::*;
pub use ledger::*;
pub use notation::*;
pub use people::*;
pub use start::*;
pub use usage::*;
pub use value::*;
pub use wallet::*;

use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum, ValueHint};
use std::path::PathBuf;

/// Usage-based billing on one machine: prices in TOML catalogs, money and credits in one ledger file.
///
/// Write prices in a catalog, `check` and `apply` it, subscribe customers, pay in with `topup`, and run usage logs
/// through the ledger with `replay`. `explain` says why an event cost what it did, `report` what was earned.
#[derive(Debug, Parser)]
#[command(name = "drawdown", version, arg_required_else_help = true, after_long_help = CLI_HELP)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// Options that every command takes.
    #[command(flatten)]
    pub globals: Globals,
}

const CLI_HELP: &str = "\
Times: a date (2026-07-01, midnight UTC) or a full time with Z or an offset (2026-07-01T12:00:00Z).
Exit codes: 0 done; 1 refused or found wanting; 2 wrong usage; 3 the answer is no; 4 the ledger is busy; 101 a bug; 130 stopped by Ctrl-C.

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

/// How data is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Tables for people
    Table,
    /// One JSON object
    Json,
    /// Comma-separated values with a header
    Csv,
    /// A page for a browser (`report profit` only)
    Html,
    /// Annotations for a GitHub workflow (`check`, `test` and `plan` only)
    Github,
    /// A SARIF 2.1.0 log (`check`, `test` and `plan` only)
    Sarif,
}

impl Format {
    /// The commands that alone print in it; `None` when all do.
    pub fn only(self) -> Option<&'static str> {
        match self {
            Self::Table | Self::Json | Self::Csv => None,
            Self::Html => Some("`report profit`"),
            Self::Github | Self::Sarif => Some("`check`, `test` and `plan`"),
        }
    }
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

/// The commands, in the order in which people meet them.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make a workspace: a commented catalog and an empty ledger
    ///
    /// On a terminal it asks the questions of `drawdown guide` and the few names it needs; Esc goes back, and nothing is
    /// written before the last answer. With --template and --yes, or without a terminal, it asks nothing. What exists is
    /// never overwritten.
    Init(InitArgs),
    /// Three questions, and which way to sell fits their answers
    ///
    /// Prepaid balances, recurring fixed fees, or a hybrid of both: with the reasons, who sells that way, and the template to
    /// start from. Answers are asked for on a terminal, or given by flags.
    Guide(GuideArgs),
    /// A worked example, end to end, in a fresh workspace
    Demo(DemoArgs),
    /// Find every mistake in catalogs, without a ledger
    ///
    /// All findings are reported at once, each with its file, line, column, a stable code, and what to do. Exits 1 when
    /// there is an error. `--explain CODE` says what a code means.
    Check(CheckArgs),
    /// Run the catalogs' own examples
    ///
    /// Bills the event of each `[[example]]` and compares its fees with what the example expects. Exits 1 when one no
    /// longer holds.
    Test(TestArgs),
    /// What `apply` would change
    ///
    /// Compares the catalog with what the ledger has: `+` new, `~` next version, `-` archived, and how many subscribers
    /// each change touches. Changes nothing.
    #[command(after_long_help = "\
Examples:
  drawdown plan
  drawdown plan --catalog catalogs/studio.toml --format json")]
    Plan(PlanArgs),
    /// Bring the catalog into force in the ledger
    ///
    /// A product whose prices changed gets its next version: all subscriptions made from now on have it, whatever their --at;
    /// existing ones keep theirs. `--at` is only the time that is written down for it. Applying the same catalog twice changes nothing. Asks first, unless --yes.
    #[command(after_long_help = "\
Examples:
  drawdown apply
  drawdown apply --yes --at 2026-07-01")]
    Apply(PlanArgs),
    /// See the assets and what money buys of them, and add some
    ///
    /// As the catalog has them; where there is no catalog, as the ledger has.
    #[command(subcommand)]
    Asset(AssetCommand),
    /// See the products and their versions, and add some
    ///
    /// As the catalog has them; where there is no catalog, and for a version such as `studio@2`, as the ledger has.
    #[command(subcommand)]
    Product(ProductCommand),
    /// See the prices, and add some
    ///
    /// As the catalog has them; where there is no catalog, and for a version such as `studio@2`, as the ledger has.
    #[command(subcommand)]
    Price(PriceCommand),
    /// Add vendors, and what they bill for
    #[command(subcommand)]
    Vendor(VendorCommand),
    /// What one event would cost
    ///
    /// Rates the event as the customer's first, from the catalog alone: no customer and no ledger are needed. A
    /// version, as in `studio@2`, is the ledger's. Says what the vendors would charge for it, and what is left. Exits 1
    /// when no price makes a fee of it, and says why.
    Quote(QuoteArgs),
    /// Add and see customers
    #[command(subcommand)]
    Customer(CustomerCommand),
    /// Subscribe a customer to a product
    ///
    /// Events from the start on are charged by it, fixed prices are charged, and what it includes is granted. The
    /// subscription keeps its product version until it is changed.
    Subscribe(SubscribeArgs),
    /// End a subscription
    ///
    /// Events from the end on are unpriced, unless another subscription prices them. What was paid in stays, what the
    /// subscription included ends with it, and nothing is paid back. Asks first, unless --yes.
    Unsubscribe(UnsubscribeArgs),
    /// See and change the subscriptions
    #[command(subcommand)]
    Subscription(SubscriptionCommand),
    /// Pay money into a customer's wallet
    ///
    /// Into the same currency it credits one for one; into another asset at the rate valid then, rounded down.
    Topup(TopupArgs),
    /// Correct a balance, up or down
    ///
    /// A negative amount takes from paid credits first and may not take a balance below zero.
    Adjust(AdjustArgs),
    /// Rules that pay in when a balance runs low
    #[command(subcommand)]
    AutoTopup(AutoTopupCommand),
    /// What a customer, or everybody, can spend
    Balance(BalanceArgs),
    /// Everything that moved a customer's balances, in order
    Statement(StatementArgs),
    /// Record one usage event and charge for it
    ///
    /// Exits 1 when the event is denied because the wallet can't cover it.
    Record(RecordArgs),
    /// Would this event be allowed? Exits 0 for yes, 3 for no
    ///
    /// Bills the event as `record` would, says what it would cost and what is available, and records nothing.
    Authorize(AuthorizeArgs),
    /// Run usage logs through the ledger
    ///
    /// All or nothing: a row that can't be an event, or an unknown customer, refuses the whole log, unless --skip-invalid
    /// or --enroll says otherwise. An event that is in the ledger already is a duplicate and changes nothing, so a log may
    /// be replayed again after a failure. At the end every subscriber has been moved on to the log's last instant.
    Replay(ReplayArgs),
    /// Move time on without usage
    ///
    /// Everything that falls due until then happens: fixed prices are charged, entitlements granted, credits take effect and
    /// expire. Let a nightly job do it, so that renewals do not wait for usage.
    Advance(AdvanceArgs),
    /// Why an event cost what it did, to the last digit
    Explain(ExplainArgs),
    /// What was used, earned and held
    #[command(subcommand)]
    Report(ReportCommand),
    /// Look after the ledger file
    #[command(subcommand)]
    Ledger(LedgerCommand),
    /// Print the JSON Schema of catalogs, for editors
    ///
    /// An editor that knows TOML completes, explains and checks the keys of a file whose first line is `#:schema PATH`, the
    /// path from there to a file with this schema. `init` writes both; after an update of drawdown,
    /// `drawdown schema > catalogs/catalog.schema.json` renews it.
    #[command(after_long_help = "Examples:\n  drawdown schema")]
    Schema,
    /// Print a script that completes commands in a shell
    ///
    /// And names: of customers, products, assets and recent events, as the ledger has them at that moment.
    Completions(CompletionsArgs),
    /// Write manual pages, one for each command
    Man(ManArgs),
    /// What could come next in a command line
    #[command(hide = true)]
    Complete(CompleteArgs),
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    /// Every command with its full name, such as `drawdown asset list`.
    fn all_commands() -> Vec<(String, clap::Command)> {
        let mut root = Cli::command();
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
        let parts = line.split('"').enumerate();
        parts
            .flat_map(|(index, part)| match index % 2 {
                0 => part.split_whitespace().map(str::to_owned).collect(),
                _ => vec![part.to_owned()],
            })
            .collect()
    }

    #[test]
    fn clap_finds_no_contradiction() {
        Cli::command().debug_assert();
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
            for line in examples.lines() {
                let line = line.split_once("| ").map_or(line, |(_, right)| right).trim();
                assert!(line.starts_with(&name), "{name}: {line}");
                Cli::try_parse_from(words(line)).unwrap_or_else(|error| panic!("{line}: {error}"));
            }
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
}
