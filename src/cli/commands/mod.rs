//! One file or folder for each command: what it takes, what its help shows, and what it does.

mod adjust;
mod advance;
mod asset;
mod authorize;
mod auto_topup;
mod balance;
mod check;
mod complete;
mod completions;
mod customer;
mod demo;
mod explain;
mod guide;
mod init;
mod ledger;
mod man;
mod plan;
mod price;
mod product;
mod quote;
mod record;
mod replay;
mod report;
mod schema;
mod statement;
mod subscription;
mod test;
mod topup;

use super::add;
use super::args::*;
use super::context::Context;
use super::error::Outcome;
use super::format::Format;
use clap::Subcommand;

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

impl Command {
    /// Runs the command to its end.
    ///
    /// # Errors
    /// When it is refused.
    pub fn run(&self, context: &Context) -> Outcome {
        // Said before anything is done, since a command prints only at its end.
        if !self.has_format(context.globals.format) {
            return Err(context.globals.format.refusal());
        }
        match self {
            Self::Schema => schema::run(&context.out),
            Self::Complete(args) => complete::run(args, context),
            Self::Man(args) => man::run(args, context),
            Self::Completions(args) => completions::run(args, &context.out),
            Self::Init(args) => init::run(args, context),
            Self::Guide(args) => guide::run(args, context),
            Self::Demo(args) => demo::run(args, context),
            Self::Check(args) => check::run(args, context),
            Self::Test(args) => test::run(args, context),
            Self::Plan(args) => plan::run(args, context),
            Self::Apply(args) => plan::apply(args, context),
            Self::Asset(command) => asset::run(command, context),
            Self::Product(command) => product::run(command, context),
            Self::Price(command) => price::run(command, context),
            Self::Vendor(command) => add::vendor(command, context),
            Self::Quote(args) => quote::run(args, context),
            Self::Customer(command) => customer::run(command, context),
            Self::Subscribe(args) => subscription::subscribe(args, context),
            Self::Unsubscribe(args) => subscription::unsubscribe(args, context),
            Self::Subscription(command) => subscription::run(command, context),
            Self::Topup(args) => topup::run(args, context),
            Self::Adjust(args) => adjust::run(args, context),
            Self::AutoTopup(command) => auto_topup::run(command, context),
            Self::Balance(args) => balance::run(args, context),
            Self::Statement(args) => statement::run(args, context),
            Self::Record(args) => record::run(args, context),
            Self::Authorize(args) => authorize::run(args, context),
            Self::Replay(args) => replay::run(args, context),
            Self::Advance(args) => advance::run(args, context),
            Self::Explain(args) => explain::run(args, context),
            Self::Report(command) => report::run(command, context),
            Self::Ledger(command) => ledger::run(command, context),
        }
    }

    /// Whether it prints in that format.
    fn has_format(&self, format: Format) -> bool {
        match format {
            Format::Table | Format::Json | Format::Csv => true,
            Format::Html => matches!(self, Self::Report(ReportCommand::Profit(_))),
            Format::Github | Format::Sarif => matches!(self, Self::Check(_) | Self::Test(_) | Self::Plan(_)),
        }
    }
}
