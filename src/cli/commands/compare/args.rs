//! What `drawdown compare` is asked.

use super::answer::FORMATS;
use super::history::{HistoryArgs, Keys, variant};
use crate::cli::candidates;
use crate::cli::context::Context;
use crate::cli::error::Failure;
use crate::cli::format::Format;
use crate::cli::globals::prints;
use crate::cli::value::Named;
use crate::scenario::{Condition, Scenario, Setting, Vary, scenarios};
use crate::whatif::{MOST, Variant};
use clap::Args;
use std::path::PathBuf;

/// Compare what the same history earns under several catalogs
///
/// Bills the ledger's own history as it was billed, and again under each other catalog, with wallets, top-ups and refusals.
/// Shows what changes overall, for each customer, and by price. With LOG, bills these logs instead, and needs no ledger.
/// Nothing is recorded. It is assumed that nobody behaves differently.
#[derive(Debug, Args)]
#[command(arg = prints(FORMATS), after_long_help = "\
Without LOG, everything in the ledger is billed again. `compare` checks that the base comes out exactly as it was recorded, \
and says so. What other terms would refuse is left out and listed.

With LOG, customers are added at their first event and subscribed to the --enroll product. --funding says what they pay in: \
as the catalog's automatic top-up rules say, as much as is needed, or exactly what is missing. If the rules have limits, a \
dearer catalog refuses more events; revenue lost by refusals is shown apart from revenue gained by price.

Examples:
  drawdown compare --with new=catalogs-new
  drawdown compare --set studio/Tokens/volume_rate=+10%
  drawdown compare usage.csv --enroll studio --with new=catalogs-new
  drawdown compare usage.csv.gz --enroll studio --with catalogs-new \\
      --funding unlimited --by customer,model
  drawdown compare usage.csv --enroll studio --format csv \\
      --vary 'studio/Tokens/volume_rate=+0%..+50%/10%'
  drawdown compare usage.csv --enroll studio --format html -o what-if.html \\
      --vary 'studio/Tokens/volume_rate=+0%..+50%/10%' --by model
  drawdown compare usage.csv --enroll studio --with catalogs-new \\
      --fail-on 'margin<-1000%' --format markdown -o comment.md")]
pub struct CompareArgs {
    /// Compare with this catalog. The scenario is called NAME [default: the name of its file or folder]
    #[arg(long, value_name = "[NAME=]CATALOG")]
    pub with: Vec<Named>,
    /// Compare with the same catalog after changing this number or word. VALUE is a word, a number, +20%, -5% or x1.5.
    /// Settings without NAME make one scenario together.
    #[arg(long, value_name = "[NAME:]PATH=VALUE", value_parser = Setting::named)]
    pub set: Vec<(Option<String>, Setting)>,
    /// Compare with each of these values: A,B,C or FROM..TO/STEP.
    #[arg(long, value_name = "PATH=VALUES")]
    pub vary: Vec<Vary>,
    /// The history that is billed.
    #[command(flatten)]
    pub history: HistoryArgs,
    /// Exit 1 if this holds in any scenario, as in margin<40%, change.revenue<-2% or newly_unprofitable>0.
    #[arg(long, value_name = "CONDITION")]
    pub fail_on: Vec<Condition>,
    /// Also compare by these keys of `report profit`, separated by commas.
    #[arg(long, value_name = "KEYS", value_delimiter = ',', add = candidates::report_keys())]
    pub by: Vec<String>,
    /// Show this many customers of each scenario, and the sum of the rest.
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub top: usize,
    /// Show all customers.
    #[arg(long, conflicts_with = "top")]
    pub all: bool,
    /// Write the result to this file, replacing an older one [default: standard output]
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

impl CompareArgs {
    /// The catalogs to compare with, and every scenario that they and the changes make.
    ///
    /// # Errors
    /// When a catalog can't be used, or the scenarios are too many or have one name.
    pub(super) fn scenarios(&self, context: &Context) -> Result<(Vec<Variant>, Vec<Scenario>), Failure> {
        let mut catalogs = Vec::new();
        for named in &self.with {
            catalogs.push(variant(named.name(), &named.path, context)?);
        }
        let named = catalogs.iter().map(|variant| (variant.name.clone(), variant.catalog.clone())).collect();
        let scenarios = scenarios(named, self.set.clone(), &self.vary, MOST);
        Ok((catalogs, scenarios.map_err(|error| Failure::usage(error.to_string()))?))
    }

    /// The page shows margins by model also where nobody asks.
    pub(super) fn keys(&self, context: &Context) -> Keys<'_> {
        let is_asked = matches!(self.by.as_slice(), [only] if only == "model");
        Keys { by: &self.by, by_model: context.globals.format == Format::Html && !is_asked }
    }
}
