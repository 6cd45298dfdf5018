//! One file or folder for each command: what it takes, what its help shows, and what it does.

pub mod adjust;
pub mod advance;
pub mod apply;
pub mod asset;
pub mod authorize;
pub mod auto_topup;
pub mod balance;
pub mod check;
pub mod compare;
pub mod complete;
pub mod completions;
pub mod customer;
pub mod demo;
pub mod events;
pub mod explain;
pub mod guide;
pub mod init;
pub mod ledger;
pub mod man;
pub mod mapping;
pub mod payments;
pub mod plan;
pub mod price;
pub mod product;
pub mod quote;
pub mod rebill;
pub mod record;
pub mod refund;
pub mod replay;
pub mod report;
pub mod sample;
pub mod schema;
pub mod solve;
pub mod statement;
pub mod subscribe;
pub mod subscription;
pub mod test;
pub mod topup;
pub mod unsubscribe;
pub mod vendor;
pub mod void;

use super::context::Context;
use super::error::Outcome;
use super::help::Group;
use clap::{Args, Subcommand};

/// The commands, each with the group that `drawdown --help` lists it in, in the order in which people meet them.
#[derive(Debug, Subcommand)]
#[expect(missing_docs, reason = "what a command is for stands with its arguments, and is its help")]
pub enum Command {
    #[command(add = Group::Start)]
    Init(init::args::InitArgs),
    #[command(add = Group::Start)]
    Guide(guide::GuideArgs),
    #[command(add = Group::Start)]
    Demo(demo::DemoArgs),
    #[command(add = Group::Start)]
    Sample(sample::SampleArgs),
    #[command(add = Group::Prices)]
    Check(check::CheckArgs),
    #[command(add = Group::Prices)]
    Test(test::TestArgs),
    #[command(add = Group::Prices)]
    Plan(plan::PlanArgs),
    #[command(add = Group::Prices)]
    Apply(apply::ApplyArgs),
    #[command(subcommand, add = Group::Prices)]
    Asset(asset::AssetCommand),
    #[command(subcommand, add = Group::Prices)]
    Product(product::ProductCommand),
    #[command(subcommand, add = Group::Prices)]
    Price(price::PriceCommand),
    #[command(subcommand, add = Group::Prices)]
    Vendor(vendor::VendorCommand),
    #[command(add = Group::Prices)]
    Quote(quote::QuoteArgs),
    #[command(subcommand, add = Group::Customers)]
    Customer(customer::CustomerCommand),
    #[command(add = Group::Customers)]
    Subscribe(subscribe::SubscribeArgs),
    #[command(add = Group::Customers)]
    Unsubscribe(unsubscribe::UnsubscribeArgs),
    #[command(subcommand, add = Group::Customers)]
    Subscription(subscription::SubscriptionCommand),
    #[command(add = Group::Money)]
    Topup(topup::TopupArgs),
    #[command(add = Group::Money)]
    Adjust(adjust::AdjustArgs),
    #[command(subcommand, add = Group::Money)]
    AutoTopup(auto_topup::AutoTopupCommand),
    #[command(add = Group::Money)]
    Refund(refund::RefundArgs),
    #[command(subcommand, add = Group::Money)]
    Payments(payments::PaymentsCommand),
    #[command(add = Group::Usage)]
    Record(record::RecordArgs),
    #[command(add = Group::Usage)]
    Authorize(authorize::AuthorizeArgs),
    #[command(add = Group::Usage)]
    Replay(replay::ReplayArgs),
    #[command(subcommand, add = Group::Usage)]
    Mapping(mapping::MappingCommand),
    #[command(add = Group::Usage)]
    Events(events::EventsArgs),
    #[command(add = Group::Usage)]
    Explain(explain::ExplainArgs),
    #[command(add = Group::Usage)]
    Void(void::VoidArgs),
    #[command(add = Group::Usage)]
    Rebill(rebill::RebillArgs),
    #[command(add = Group::Reports)]
    Balance(balance::BalanceArgs),
    #[command(add = Group::Reports)]
    Statement(statement::StatementArgs),
    #[command(add = Group::Reports)]
    Compare(compare::CompareArgs),
    #[command(add = Group::Reports)]
    Solve(solve::SolveArgs),
    #[command(subcommand, add = Group::Reports)]
    Report(report::ReportCommand),
    #[command(add = Group::Ledger)]
    Advance(advance::AdvanceArgs),
    #[command(subcommand, add = Group::Ledger)]
    Ledger(ledger::LedgerCommand),
    #[command(add = Group::Tools)]
    Schema(schema::SchemaArgs),
    #[command(add = Group::Tools)]
    Completions(completions::CompletionsArgs),
    #[command(add = Group::Tools)]
    Man(man::ManArgs),
    #[command(hide = true)]
    Complete(complete::CompleteArgs),
}

impl Command {
    /// The command of that name without all others, where it is one that programs run all the time.
    pub(super) fn alone(name: &str) -> Option<clap::Command> {
        type Augment = fn(clap::Command) -> clap::Command;
        let quick: [(&'static str, Augment); 8] = [
            ("authorize", authorize::AuthorizeArgs::augment_args),
            ("balance", balance::BalanceArgs::augment_args),
            ("explain", explain::ExplainArgs::augment_args),
            ("quote", quote::QuoteArgs::augment_args),
            ("record", record::RecordArgs::augment_args),
            ("statement", statement::StatementArgs::augment_args),
            ("subscribe", subscribe::SubscribeArgs::augment_args),
            ("topup", topup::TopupArgs::augment_args),
        ];
        let (name, augment) = quick.into_iter().find(|(own, _)| *own == name)?;
        Some(augment(clap::Command::new(name)))
    }

    /// Runs the command to its end.
    ///
    /// # Errors
    /// When it is refused.
    pub fn run(&self, context: &Context) -> Outcome {
        match self {
            Self::Schema(_) => schema::run(&context.out),
            Self::Complete(args) => complete::run(args, context),
            Self::Man(args) => man::run(args, context),
            Self::Completions(args) => completions::run(args, &context.out),
            Self::Init(args) => init::run(args, context),
            Self::Guide(args) => guide::run(args, context),
            Self::Demo(args) => demo::run(args, context),
            Self::Sample(args) => sample::run(args, context),
            Self::Check(args) => check::run(args, context),
            Self::Test(args) => test::run(args, context),
            Self::Plan(args) => plan::run(args, context),
            Self::Apply(args) => apply::run(args, context),
            Self::Asset(command) => asset::run(command, context),
            Self::Product(command) => product::run(command, context),
            Self::Price(command) => price::run(command, context),
            Self::Vendor(command) => vendor::run(command, context),
            Self::Quote(args) => quote::run(args, context),
            Self::Customer(command) => customer::run(command, context),
            Self::Subscribe(args) => subscribe::run(args, context),
            Self::Unsubscribe(args) => unsubscribe::run(args, context),
            Self::Subscription(command) => subscription::run(command, context),
            Self::Topup(args) => topup::run(args, context),
            Self::Adjust(args) => adjust::run(args, context),
            Self::AutoTopup(command) => auto_topup::run(command, context),
            Self::Refund(args) => refund::run(args, context),
            Self::Payments(command) => payments::run(command, context),
            Self::Balance(args) => balance::run(args, context),
            Self::Statement(args) => statement::run(args, context),
            Self::Record(args) => record::run(args, context),
            Self::Authorize(args) => authorize::run(args, context),
            Self::Replay(args) => replay::run(args, context),
            Self::Mapping(command) => mapping::run(command, context),
            Self::Advance(args) => advance::run(args, context),
            Self::Events(args) => events::run(args, context),
            Self::Rebill(args) => rebill::run(args, context),
            Self::Void(args) => void::run(args, context),
            Self::Explain(args) => explain::run(args, context),
            Self::Compare(args) => compare::run(args, context),
            Self::Solve(args) => solve::run(args, context),
            Self::Report(command) => report::run(command, context),
            Self::Ledger(command) => ledger::run(command, context),
        }
    }
}
