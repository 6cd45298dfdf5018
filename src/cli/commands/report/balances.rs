//! `drawdown report balances`.

use crate::cli::balances::print;
use crate::cli::context::Context;
use crate::cli::error::{Exit, Outcome};
use crate::time::Instant;
use clap::Args;

/// What customers hold
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  drawdown report balances
  drawdown report balances --at 2026-08-01 --format csv")]
pub struct BalancesArgs {
    /// The time of the balances [default: now, or where the ledger stands if that is earlier]
    #[arg(long, value_name = "TIME", value_parser = Instant::parse_argument)]
    pub at: Option<Instant>,
}

pub(super) fn run(args: &BalancesArgs, context: &Context) -> Outcome {
    print("report balances", args.at, context)?;
    Ok(Exit::Done)
}
