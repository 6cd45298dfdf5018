//! What `drawdown solve` is asked.

use crate::cli::commands::compare::history::HistoryArgs;
use crate::cli::value::Named;
use crate::scenario::{Condition, Setting, Vary};
use clap::Args;
use std::path::PathBuf;

/// Find the least price that meets a target
///
/// Bills the ledger's own history once for each value of a number in the catalog, with wallets, top-ups and refusals. Shows the
/// least value that meets all targets, what the value before it misses, and the figures of each value. With LOG, bills these
/// logs instead, and needs no ledger. Nothing is recorded. It is assumed that nobody behaves differently.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Every value is tried, at most 100 of them, since figures need not rise with the price: where charges are rounded to whole \
units, several prices come to the same, and where a dearer price makes more events be refused, a margin may fall again. \
Exits 3 if no value meets all targets, and says which comes closest.

A log on standard input is read once, and its customers can't be counted before: then at most 25 values are tried. Give it as \
a file for more.

Examples:
  drawdown solve --vary studio/Tokens/volume_rate --target 'change.profit>=0'
  drawdown solve usage.csv --enroll studio --target 'margin>=60%' \\
      --funding unlimited --vary 'studio/Image in credits/unit_price'
  drawdown solve usage.csv --enroll studio --funding unlimited \\
      --target 'change.revenue>=5%' --target 'newly_denied=0' \\
      --vary 'studio/Image in credits/unit_price=+0%..+50%/10%'
  drawdown solve usage.csv.gz --enroll studio --with catalogs-new \\
      --funding unlimited --target 'change.profit>0' --format csv \\
      --vary 'studio/Image in credits/unit_price=x1..x2/0.25'")]
pub struct SolveArgs {
    /// The number, and the values to try: FROM..TO/STEP or A,B,C [default: 25 values from half to double]
    #[arg(long, value_name = "PATH[=VALUES]")]
    pub vary: Vary,
    /// What must hold, as in margin>=60% or change.revenue>=0. If there are several, all of them must.
    #[arg(long, value_name = "CONDITION", required = true)]
    pub target: Vec<Condition>,
    /// Try the values in this catalog, and compare it with the base. It is called NAME [default: the name of its file or folder]
    #[arg(long, value_name = "[NAME=]CATALOG")]
    pub with: Option<Named>,
    /// First change this number or word of the catalog. VALUE is a word, a number, +20%, -5% or x1.5.
    #[arg(long, value_name = "[NAME:]PATH=VALUE", value_parser = Setting::named)]
    pub set: Vec<(Option<String>, Setting)>,
    /// The history that is billed.
    #[command(flatten)]
    pub history: HistoryArgs,
    /// Write the result to this file, replacing an older one [default: standard output]
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}
