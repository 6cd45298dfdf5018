//! `drawdown report`.

mod balances;
pub(super) mod html;
mod profit;
mod remarks;
mod revenue;
mod sheet;
mod usage;
mod window;

use crate::cli::context::Context;
use crate::cli::error::Outcome;
use clap::Subcommand;
pub(super) use profit::RefusedCost;
pub(super) use window::failure;

/// Report usage, revenue, profit and balances
#[derive(Debug, Subcommand)]
#[command(
    arg_required_else_help = true,
    after_long_help = "\
Examples:
  drawdown report profit --by customer
  drawdown report revenue --from 2026-07-01 --to 2026-08-01
  drawdown report usage --by event_type"
)]
#[expect(missing_docs, reason = "what a report is for stands with its arguments, and is its help")]
pub enum ReportCommand {
    Profit(profit::ProfitArgs),
    Revenue(revenue::RevenueArgs),
    Usage(usage::UsageArgs),
    Balances(balances::BalancesArgs),
}

pub(super) fn run(command: &ReportCommand, context: &Context) -> Outcome {
    match command {
        ReportCommand::Profit(args) => profit::run(args, context),
        ReportCommand::Revenue(args) => revenue::run(args, context),
        ReportCommand::Usage(args) => usage::run(args, context),
        ReportCommand::Balances(args) => balances::run(args, context),
    }
}
