//! Commands about customers and what they subscribe to.

use super::{ProductRef, new_id};
use crate::time::Instant;
use clap::{Args, Subcommand, ValueHint};
use std::path::PathBuf;

/// The commands of `customer`.
#[derive(Debug, Subcommand)]
#[command(
    arg_required_else_help = true,
    after_long_help = "\
Examples:
  drawdown customer add acme
  drawdown customer import customers.csv"
)]
pub enum CustomerCommand {
    /// Add one customer; adding the same one again changes nothing
    #[command(after_long_help = "\
Examples:
  drawdown customer add acme
  drawdown customer add acme --name \"Acme Ltd\" --at 2026-07-01")]
    Add(CustomerAddArgs),
    /// List the customers
    #[command(after_long_help = "Examples:\n  drawdown customer list --format csv")]
    List,
    /// Show one customer: subscriptions, balances, rules
    #[command(after_long_help = "Examples:\n  drawdown customer show acme")]
    Show(CustomerShowArgs),
    /// Add many customers from a CSV file: all of them or, when one row is wrong, none
    #[command(after_long_help = "\
The file has a column `customer` and may have a column `name`.

Examples:
  drawdown customer import customers.csv")]
    Import(CustomerImportArgs),
}

/// Who is added.
#[derive(Debug, Args)]
pub struct CustomerAddArgs {
    /// The customer's id, as usage logs name it.
    #[arg(value_name = "CUSTOMER", value_parser = new_id)]
    pub customer: String,
    /// A name for people to read.
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// Since when [default: now]
    #[arg(long, value_name = "TIME", value_parser = Instant::parse_argument)]
    pub at: Option<Instant>,
}

/// Who is shown.
#[derive(Debug, Args)]
pub struct CustomerShowArgs {
    /// The customer's id.
    #[arg(value_name = "CUSTOMER")]
    pub customer: String,
}

/// Who are added.
#[derive(Debug, Args)]
pub struct CustomerImportArgs {
    /// The CSV file, or - for standard input.
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub file: PathBuf,
    /// Since when [default: now]
    #[arg(long, value_name = "TIME", value_parser = Instant::parse_argument)]
    pub at: Option<Instant>,
}

/// What `subscribe` takes.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  drawdown subscribe acme studio
  drawdown subscribe acme studio@2 --quantity 5 --at 2026-07-01")]
pub struct SubscribeArgs {
    /// The customer's id.
    #[arg(value_name = "CUSTOMER")]
    pub customer: String,
    /// The product's code, and its version when not the default.
    #[arg(value_name = "PRODUCT[@VERSION]")]
    pub product: ProductRef,
    /// Seats: what prices and entitlements that are per seat are multiplied by.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    pub quantity: u32,
    /// When it starts [default: now]
    #[arg(long, value_name = "TIME", value_parser = Instant::parse_argument)]
    pub at: Option<Instant>,
}

/// What `unsubscribe` takes.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  drawdown unsubscribe acme studio --yes
  drawdown unsubscribe acme studio --period-end --yes
  drawdown unsubscribe acme studio --at 2026-08-01 --yes")]
pub struct UnsubscribeArgs {
    /// The customer's id.
    #[arg(value_name = "CUSTOMER")]
    pub customer: String,
    /// The product's code.
    #[arg(value_name = "PRODUCT")]
    pub product: String,
    /// When it ends [default: now]
    #[arg(long, value_name = "TIME", value_parser = Instant::parse_argument)]
    pub at: Option<Instant>,
    /// End it when the period is over that it is in at that time.
    #[arg(long)]
    pub period_end: bool,
}

/// The commands of `subscription`.
#[derive(Debug, Subcommand)]
#[command(
    arg_required_else_help = true,
    after_long_help = "\
Examples:
  drawdown subscription list acme
  drawdown subscription change acme studio --quantity 5 --yes"
)]
pub enum SubscriptionCommand {
    /// List subscriptions and how they stand
    ///
    /// A subscription that got other terms stands in one row for each. States: scheduled (starts later), active, changing (other
    /// terms follow), ending, past_due (its renewal waits to be paid, and its events are denied), changed (other terms
    /// followed), ended. All as of the latest instant that the ledger has processed.
    #[command(after_long_help = "\
Examples:
  drawdown subscription list
  drawdown subscription list acme")]
    List(SubscriptionListArgs),
    /// Change the product, version or seats of a subscription
    ///
    /// At once, the unused part of what was charged is credited and the rest of the period is charged at the new terms,
    /// both by exact time; the difference is collected, or credited to the wallet. Says what that comes to, and asks, unless
    /// --yes.
    #[command(after_long_help = "\
Examples:
  drawdown subscription change acme studio --quantity 5 --yes
  drawdown subscription change acme studio --to pro --at 2026-07-15 --yes
  drawdown subscription change acme studio --to studio@2 --period-end --yes")]
    Change(SubscriptionChangeArgs),
    /// Take back an end, or a change, that is still to come
    #[command(after_long_help = "\
Examples:
  drawdown subscription resume acme studio")]
    Resume(SubscriptionResumeArgs),
}

/// What `subscription change` takes.
#[derive(Debug, Args)]
#[command(group(clap::ArgGroup::new("terms").args(["to", "quantity"]).required(true).multiple(true)))]
pub struct SubscriptionChangeArgs {
    /// The customer's id.
    #[arg(value_name = "CUSTOMER")]
    pub customer: String,
    /// The code of the product that they have.
    #[arg(value_name = "PRODUCT")]
    pub product: String,
    /// The product they shall have, and its version when not the default [default: what they have]
    #[arg(long, value_name = "PRODUCT[@VERSION]")]
    pub to: Option<ProductRef>,
    /// The seats they shall have [default: as many as they have]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub quantity: Option<u32>,
    /// When it changes [default: now]
    #[arg(long, value_name = "TIME", value_parser = Instant::parse_argument)]
    pub at: Option<Instant>,
    /// Change it when the period is over that it is in at that time.
    #[arg(long)]
    pub period_end: bool,
}

/// What `subscription resume` takes.
#[derive(Debug, Args)]
pub struct SubscriptionResumeArgs {
    /// The customer's id.
    #[arg(value_name = "CUSTOMER")]
    pub customer: String,
    /// The product's code.
    #[arg(value_name = "PRODUCT")]
    pub product: String,
    /// A time at which they have it [default: now]
    #[arg(long, value_name = "TIME", value_parser = Instant::parse_argument)]
    pub at: Option<Instant>,
}

/// Whose subscriptions.
#[derive(Debug, Args)]
pub struct SubscriptionListArgs {
    /// Only this customer's [default: everybody's]
    #[arg(value_name = "CUSTOMER")]
    pub customer: Option<String>,
}
