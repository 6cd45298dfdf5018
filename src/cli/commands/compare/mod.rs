//! `drawdown compare`.

mod annotate;
mod answer;
mod error;
pub(super) mod history;
pub(super) mod recorded;

use super::report::html::refuse_what_is_no_page;
use crate::cli::candidates;
use crate::cli::context::Context;
use crate::cli::error::{Failure, Outcome};
use crate::cli::format::Format;
use crate::cli::globals::prints;
use crate::cli::overwriting::refuse_overwriting;
use crate::cli::value::Named;
use crate::render::shell_word;
use crate::scenario::{ApplyError, Condition, Scenario, Setting, Vary, scenarios};
use crate::whatif::{Comparison, MOST, Variant};
use annotate::Changes;
use answer::{Asked, FORMATS, answer};
use clap::Args;
use history::{HistoryArgs, Keys, variant};
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

pub(super) fn run(args: &CompareArgs, context: &Context) -> Outcome {
    if let Some(path) = &args.output {
        let catalogs = args.with.iter().map(|named| &named.path).chain(&args.history.base);
        let kept = args.history.logs.iter().chain(catalogs).chain([&context.globals.ledger, &context.globals.catalog]);
        refuse_overwriting("--output", path, kept)?;
        if context.globals.format == Format::Html {
            refuse_what_is_no_page(path)?;
        }
    }
    if context.globals.format == Format::Csv && !args.by.is_empty() {
        let message = "CSV has one row for each customer and scenario, and none for --by";
        return Err(Failure::usage(message).with_help("take --format json, which has the groups too"));
    }
    let mut comparison = match args.history.logs.is_empty() {
        true => recorded::compare(args, context)?,
        false => logged(args, context)?,
    };
    comparison.failed = comparison.failing(&args.fail_on);
    comparison.vary(&args.vary);
    let top = if args.all { usize::MAX } else { args.top };
    let base = args.history.base.as_deref().unwrap_or(&context.globals.catalog);
    let changes = Changes { base, with: &args.with, set: &args.set, vary: &args.vary };
    let asked = Asked { conditions: &args.fail_on, top, changes, output: args.output.as_deref() };
    answer(&comparison, &asked, context)
}

impl CompareArgs {
    /// The page shows margins by model also where nobody asks.
    fn keys(&self, context: &Context) -> Keys<'_> {
        let is_asked = matches!(self.by.as_slice(), [only] if only == "model");
        Keys { by: &self.by, by_model: context.globals.format == Format::Html && !is_asked }
    }
}

/// Bills logs.
fn logged(args: &CompareArgs, context: &Context) -> Result<Comparison, Failure> {
    let base = args.history.base(context)?;
    let others = others(args, &base, context)?;
    let vendors: Vec<String> = base.catalog.terms.vendors.iter().map(|vendor| vendor.code.clone()).collect();
    let (comparison, read) = args.history.bill((base, others), args.keys(context), "", context)?;
    read.say_passed(context, vendors.iter().map(String::as_str));
    Ok(comparison)
}

/// A scenario that can't be. Those without a name are called by their settings, which the error begins with.
fn refused(args: &CompareArgs, scenario: &Scenario, why: &ApplyError) -> Failure {
    let message = if scenario.is_unnamed() { why.to_string() } else { format!("{}: {why}", scenario.name) };
    let failure = Failure::refused("bad_scenario", message);
    let is_set = scenario.settings.iter().all(|own| args.set.iter().any(|(_, set)| set == own));
    let prefix = if scenario.is_unnamed() { String::new() } else { format!("{}:", scenario.name) };
    match why.nearest.as_slice() {
        [] => failure,
        nearest if is_set => {
            let sets = nearest.iter().map(|own| format!("--set {}", shell_word(&format!("{prefix}{own}"))));
            failure.with_help(format!("set the nearest that can be, too: {}", sets.collect::<Vec<_>>().join(" ")))
        }
        nearest => failure.with_help(nearest_of_varied(nearest)),
    }
}

/// What to do where a value that was to be tried comes to numbers that can't be.
pub(super) fn nearest_of_varied(nearest: &[Setting]) -> String {
    let all = nearest.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    format!("vary one price at a time, or by values that give possible numbers; the nearest: {all}")
}

/// What the base is compared with.
fn others(args: &CompareArgs, base: &Variant, context: &Context) -> Result<Vec<Variant>, Failure> {
    let mut catalogs = Vec::new();
    for named in &args.with {
        catalogs.push(variant(named.name(), &named.path, context)?);
    }
    let named = catalogs.iter().map(|variant| (variant.name.clone(), variant.catalog.clone())).collect();
    let scenarios =
        scenarios(named, args.set.clone(), &args.vary, MOST).map_err(|error| Failure::usage(error.to_string()))?;
    let variant = |scenario: Scenario| {
        let refused = |why| refused(args, &scenario, &why);
        let catalog = scenario.catalog(&base.catalog).map_err(refused)?;
        let own = catalogs.iter().find(|variant| variant.name == scenario.name);
        Ok(Variant { from: own.unwrap_or(base).from.clone(), name: scenario.name, catalog })
    };
    scenarios.into_iter().map(variant).collect()
}
