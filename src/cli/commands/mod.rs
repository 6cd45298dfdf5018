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
pub mod schema;
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
use clap::Subcommand;

/// The commands, in the order in which people meet them.
#[derive(Debug, Subcommand)]
#[expect(missing_docs, reason = "what a command is for stands with its arguments, and is its help")]
pub enum Command {
    Init(init::args::InitArgs),
    Guide(guide::GuideArgs),
    Demo(demo::DemoArgs),
    Check(check::CheckArgs),
    Test(test::TestArgs),
    Plan(plan::PlanArgs),
    Apply(apply::ApplyArgs),
    #[command(subcommand)]
    Asset(asset::AssetCommand),
    #[command(subcommand)]
    Product(product::ProductCommand),
    #[command(subcommand)]
    Price(price::PriceCommand),
    #[command(subcommand)]
    Vendor(vendor::VendorCommand),
    Quote(quote::QuoteArgs),
    #[command(subcommand)]
    Customer(customer::CustomerCommand),
    Subscribe(subscribe::SubscribeArgs),
    Unsubscribe(unsubscribe::UnsubscribeArgs),
    #[command(subcommand)]
    Subscription(subscription::SubscriptionCommand),
    Topup(topup::TopupArgs),
    Adjust(adjust::AdjustArgs),
    #[command(subcommand)]
    AutoTopup(auto_topup::AutoTopupCommand),
    Refund(refund::RefundArgs),
    #[command(subcommand)]
    Payments(payments::PaymentsCommand),
    Balance(balance::BalanceArgs),
    Statement(statement::StatementArgs),
    Record(record::RecordArgs),
    Authorize(authorize::AuthorizeArgs),
    Replay(replay::ReplayArgs),
    Advance(advance::AdvanceArgs),
    Events(events::EventsArgs),
    Void(void::VoidArgs),
    Rebill(rebill::RebillArgs),
    Explain(explain::ExplainArgs),
    Compare(compare::CompareArgs),
    #[command(subcommand)]
    Report(report::ReportCommand),
    #[command(subcommand)]
    Ledger(ledger::LedgerCommand),
    Schema(schema::SchemaArgs),
    Completions(completions::CompletionsArgs),
    Man(man::ManArgs),
    #[command(hide = true)]
    Complete(complete::CompleteArgs),
}

impl Command {
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
            Self::Advance(args) => advance::run(args, context),
            Self::Events(args) => events::run(args, context),
            Self::Rebill(args) => rebill::run(args, context),
            Self::Void(args) => void::run(args, context),
            Self::Explain(args) => explain::run(args, context),
            Self::Compare(args) => compare::run(args, context),
            Self::Report(command) => report::run(command, context),
            Self::Ledger(command) => ledger::run(command, context),
        }
    }
}
