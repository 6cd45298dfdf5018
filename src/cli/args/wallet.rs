//! Commands about what customers hold: paying in, correcting, looking.

use super::new_id;
use crate::time::Instant;
use clap::{Args, Subcommand, ValueEnum, ValueHint};
use std::path::PathBuf;

/// What `topup` takes.
#[derive(Debug, Args)]
#[command(after_long_help = "\
A file for --import has the columns customer, amount, currency, and may have to, id, at. All of its rows are
recorded or, when one is wrong, none. A row without an id is recognised by its content, so that importing a file again
records nothing twice; two rows of one file that say the same are two payments.

Examples:
  drawdown topup acme 50 USD
  drawdown topup acme 20 USD --to CREDIT --id invoice-1042
  drawdown topup --import payments.csv")]
pub struct TopupArgs {
    /// The customer's id.
    #[arg(value_name = "CUSTOMER", required_unless_present = "import")]
    pub customer: Option<String>,
    /// What is paid, with no more decimals than the currency's coins have.
    #[arg(value_name = "AMOUNT", required_unless_present = "import", allow_negative_numbers = true)]
    pub amount: Option<String>,
    /// The currency it is paid in.
    #[arg(value_name = "CURRENCY", required_unless_present = "import")]
    pub currency: Option<String>,
    /// The asset that is credited [default: the currency itself]
    #[arg(long, value_name = "ASSET")]
    pub to: Option<String>,
    /// Names this payment, so that running the command again changes nothing [default: made up and printed]
    #[arg(long, value_name = "KEY", value_parser = new_id)]
    pub id: Option<String>,
    /// When it is paid [default: now]
    #[arg(long, value_name = "TIME", value_parser = Instant::parse_argument)]
    pub at: Option<Instant>,
    /// Read many payments from a CSV file, or - for standard input.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath,
          conflicts_with_all = ["customer", "amount", "currency", "to", "id", "at"])]
    pub import: Option<PathBuf>,
}

/// What `adjust` takes.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  drawdown adjust acme 500 CREDIT --reason gift --expires 2026-12-31
  drawdown adjust acme -5 USD --reason external_refund --id refund-7")]
pub struct AdjustArgs {
    /// The customer's id.
    #[arg(value_name = "CUSTOMER")]
    pub customer: String,
    /// What is added, or with a minus taken.
    #[arg(value_name = "AMOUNT", allow_negative_numbers = true)]
    pub amount: String,
    /// The asset's code.
    #[arg(value_name = "ASSET")]
    pub asset: String,
    /// Why.
    #[arg(long, value_name = "REASON")]
    pub reason: AdjustReason,
    /// When what is added expires [default: never]
    #[arg(long, value_name = "TIME", value_parser = Instant::parse_argument)]
    pub expires: Option<Instant>,
    /// The priority of what is added; lower is used first.
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub priority: Option<i32>,
    /// Names this adjustment, so that running the command again changes nothing [default: made up and printed]
    #[arg(long, value_name = "KEY", value_parser = new_id)]
    pub id: Option<String>,
    /// When [default: now]
    #[arg(long, value_name = "TIME", value_parser = Instant::parse_argument)]
    pub at: Option<Instant>,
}

/// Why a balance is corrected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub enum AdjustReason {
    /// Given away
    Gift,
    /// Paid somewhere else
    ExternalTopup,
    /// Paid back somewhere else
    ExternalRefund,
    /// Anything else
    Other,
}

/// The commands of `auto-topup`.
#[derive(Debug, Subcommand)]
#[command(
    arg_required_else_help = true,
    after_long_help = "\
Examples:
  drawdown auto-topup set acme CREDIT --threshold 100 --amount \"20 USD\"
  drawdown auto-topup list"
)]
pub enum AutoTopupCommand {
    /// Give a customer a rule of their own, in place of the catalog's
    ///
    /// The rule holds for every event that is recorded from now on, whatever time the event has.
    #[command(after_long_help = "\
Examples:
  drawdown auto-topup set acme CREDIT --threshold 100 --amount \"20 USD\"
  drawdown auto-topup set acme CREDIT --threshold 100 --amount \"20 USD\" --limit \"200 USD\"
  drawdown auto-topup set acme CREDIT --off")]
    Set(AutoTopupSetArgs),
    /// List the catalog's rules and the customers' own
    #[command(after_long_help = "Examples:\n  drawdown auto-topup list acme")]
    List(AutoTopupListArgs),
    /// Take a customer's own rule away; the catalog's, if any, holds again for every event that is recorded from now on
    #[command(after_long_help = "Examples:\n  drawdown auto-topup remove acme CREDIT --yes")]
    Remove(AutoTopupRemoveArgs),
}

/// A rule.
#[derive(Debug, Args)]
pub struct AutoTopupSetArgs {
    /// The customer's id.
    #[arg(value_name = "CUSTOMER")]
    pub customer: String,
    /// The asset that is topped up.
    #[arg(value_name = "ASSET")]
    pub asset: String,
    /// Pay when the balance is strictly below this.
    #[arg(long, value_name = "AMOUNT", allow_negative_numbers = true, required_unless_present = "off")]
    pub threshold: Option<String>,
    /// What is paid at a time, with its currency: "20 USD".
    #[arg(long, value_name = "AMOUNT CURRENCY", required_unless_present = "off")]
    pub amount: Option<String>,
    /// The most that is paid in a calendar month, with its currency [default: no limit]
    #[arg(long, value_name = "AMOUNT CURRENCY")]
    pub limit: Option<String>,
    /// Never top up this customer, even if the catalog has a rule.
    #[arg(long, conflicts_with_all = ["threshold", "amount", "limit"])]
    pub off: bool,
}

/// Whose rules.
#[derive(Debug, Args)]
pub struct AutoTopupListArgs {
    /// Only this customer's [default: everybody's]
    #[arg(value_name = "CUSTOMER")]
    pub customer: Option<String>,
}

/// Which rule.
#[derive(Debug, Args)]
pub struct AutoTopupRemoveArgs {
    /// The customer's id.
    #[arg(value_name = "CUSTOMER")]
    pub customer: String,
    /// The asset that is topped up.
    #[arg(value_name = "ASSET")]
    pub asset: String,
}

/// What `balance` takes.
#[derive(Debug, Args)]
#[command(after_long_help = "\
CSV has a row for each lot of a customer, or without a customer one for each account.

Examples:
  drawdown balance
  drawdown balance acme
  drawdown balance acme --at 2026-08-01 --format json")]
pub struct BalanceArgs {
    /// The customer's id, to see each lot [default: one line for each customer and asset]
    #[arg(value_name = "CUSTOMER")]
    pub customer: Option<String>,
    /// As of when [default: the latest time the ledger has processed]
    #[arg(long, value_name = "TIME", value_parser = Instant::parse_argument)]
    pub at: Option<Instant>,
}

/// What `statement` takes.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  drawdown statement acme
  drawdown statement acme --from 2026-07-01 --to 2026-08-01 --format csv")]
pub struct StatementArgs {
    /// The customer's id.
    #[arg(value_name = "CUSTOMER")]
    pub customer: String,
    /// From this time on [default: the beginning]
    #[arg(long, value_name = "TIME", value_parser = Instant::parse_argument)]
    pub from: Option<Instant>,
    /// Before this time [default: the latest time the ledger has processed]
    #[arg(long, value_name = "TIME", value_parser = Instant::parse_argument)]
    pub to: Option<Instant>,
}
