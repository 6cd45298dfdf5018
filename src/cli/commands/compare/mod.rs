//! `drawdown compare`.

use super::replay::rejects::{Rejected, Rejects, refuse_overwriting};
use super::replay::{mapping, open_all};
use super::report::RefusedCost;
use crate::catalog::MadeId;
use crate::cli::candidates;
use crate::cli::context::Context;
use crate::cli::error::{Exit, Failure, Outcome};
use crate::cli::put::put;
use crate::cli::terminal::Progress;
use crate::cli::value::{Named, ProductRef, Renamed};
use crate::render::{comparison_rows, comparison_view};
use crate::scenario::{Condition, Scenario, Setting, Vary, scenarios};
use crate::time::Instant;
use crate::usage::{Batch, LogReader};
use crate::whatif::{Comparison, Funding, MOST, Options, Stage, StageError, Variant};
use clap::Args;
use std::path::{Path, PathBuf};

/// Compare what one history earns under several catalogs
///
/// Bills the logs once under the catalog and once under each other one, wallets, top-ups and refusals included, and says
/// what changes: for the whole, for each customer, and by price. Nothing is recorded, and no ledger is needed. Nobody is
/// assumed to behave differently.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Customers are added at their first event and subscribed to the --enroll product. What they pay in is said by --funding: \
by the catalog's automatic top-up rules, as much as is needed, or exactly what is missing. With rules that have limits, a \
dearer catalog refuses more; revenue lost by refusals is told apart from revenue gained by price.

Examples:
  drawdown compare usage.csv --enroll studio --with new=catalogs-new
  drawdown compare usage.csv.gz --enroll studio --with catalogs-new \\
      --funding unlimited --by customer,model
  drawdown compare usage.csv --enroll studio --format csv \\
      --vary 'studio/Tokens/volume_rate=+0%..+50%/10%'
  drawdown compare usage.csv --enroll studio --with catalogs-new \\
      --fail-on 'margin<-1000%'")]
pub struct CompareArgs {
    /// The logs, or - for standard input.
    #[arg(value_name = "LOG", required = true)]
    pub logs: Vec<PathBuf>,
    /// Compare with this catalog. The scenario is called NAME, else as the catalog's file or folder is.
    #[arg(long, value_name = "[NAME=]CATALOG")]
    pub with: Vec<Named>,
    /// Compare with the same catalog in which this number or word is another one: a number, +20%, -5% or x1.5. Those
    /// without a name are one scenario.
    #[arg(long, value_name = "[NAME:]PATH=VALUE", value_parser = Setting::named)]
    pub set: Vec<(Option<String>, Setting)>,
    /// Compare with each of these values: A,B,C or FROM..TO/STEP.
    #[arg(long, value_name = "PATH=VALUES")]
    pub vary: Vec<Vary>,
    /// Compare with another catalog than --catalog.
    #[arg(long, value_name = "CATALOG")]
    pub base: Option<PathBuf>,
    /// Subscribe customers to this product at their first event.
    #[arg(long, value_name = "PRODUCT", required = true, add = candidates::products())]
    pub enroll: ProductRef,
    /// A product that has another code in other catalogs.
    #[arg(long = "move", value_name = "OLD=NEW")]
    pub moves: Vec<Renamed>,
    /// Read the logs with this mapping from the catalog.
    #[arg(long, value_name = "NAME")]
    pub map: Option<String>,
    /// Sort the events by time first.
    #[arg(long)]
    pub sort: bool,
    /// Who pays when a wallet runs dry: recorded (the catalog's rules), as-needed[=AMOUNT] (the rules without limits, or
    /// this amount, again and again), or unlimited (exactly what is missing).
    #[arg(long, value_name = "HOW", default_value = "recorded")]
    pub funding: Funding,
    /// Whether the vendors are paid for events that were denied.
    #[arg(long, value_name = "WHICH", default_value = "avoided")]
    pub refused: RefusedCost,
    /// Change everybody to the other terms at this time, as `subscription change` does [default: they hold from the start]
    #[arg(long, value_name = "TIME", value_parser = Instant::parse_argument)]
    pub since: Option<Instant>,
    /// Give the other terms only to who subscribes after --since.
    #[arg(long, requires = "since")]
    pub only_new: bool,
    /// Exit 1 if this holds in a scenario, as margin<40%, change.revenue<-2% or newly_unprofitable>0.
    #[arg(long, value_name = "CONDITION")]
    pub fail_on: Vec<Condition>,
    /// Also compare by these keys of `report profit`, separated by commas.
    #[arg(long, value_name = "KEYS", value_delimiter = ',', add = candidates::report_keys())]
    pub by: Vec<String>,
    /// Show so many customers of each scenario; the rest is summed.
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub top: usize,
    /// Show all customers.
    #[arg(long, conflicts_with = "top")]
    pub all: bool,
    /// Write the answer to this file, replacing an older one [default: standard output]
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

pub(super) fn run(args: &CompareArgs, context: &Context) -> Outcome {
    if let Some(path) = &args.output {
        let catalogs = args.with.iter().map(|named| &named.path).chain(&args.base);
        let kept = args.logs.iter().chain(catalogs).chain([&context.globals.ledger, &context.globals.catalog]);
        refuse_overwriting("--output", path, kept)?;
    }
    let mut comparison = compare(args, context)?;
    comparison.failed = comparison.failing(&args.fail_on);
    let top = if args.all { usize::MAX } else { args.top };
    let (view, rows) = (|| comparison_view(&comparison, top), || comparison_rows(&comparison));
    match &args.output {
        None => context.out.data_with_rows("compare", &comparison, view, rows)?,
        Some(path) => {
            let text = context.out.text_with_rows("compare", &comparison, view, rows)?;
            put(path, text.as_bytes()).map_err(|error| Failure::io("write", path, &error))?;
            context.out.note(&format!("{} is written", path.display()));
        }
    }
    Ok(if comparison.failed.is_empty() { Exit::Done } else { Exit::Refused })
}

fn compare(args: &CompareArgs, context: &Context) -> Result<Comparison, Failure> {
    let mapping = args.map.as_deref().map(|name| mapping(name, context)).transpose()?;
    let (sources, bytes) = open_all(&args.logs)?;
    let base = args.base.as_deref().unwrap_or(&context.globals.catalog);
    let base = variant("base".to_owned(), base, context)?;
    let others = others(args, &base, context)?;
    let stage = Stage::new(base, others, options(args))?;
    let mut rejects = Rejects::new(sources.iter().map(|source| source.name.clone()).collect(), None)?;
    let has_content_ids = mapping.as_ref().is_some_and(|mapping| mapping.id == Some(MadeId::Content));
    let (vocabulary, latest) = (stage.vocabulary(), context.latest()?);
    let reader = |sources| LogReader::new(sources, vocabulary.clone(), mapping.clone()).until(latest);
    let again = || {
        let (sources, bytes) = open_all(&args.logs).ok()?;
        // What has no size, such as a pipe, can be read only once.
        bytes.map(|_| reader(sources))
    };
    let progress = Progress::start(&context.globals, bytes);
    let mut on_recorded = |batch: &Batch, refusals| rejects.take_batch(batch, refusals);
    let on_read = |bytes, events| progress.update(bytes, events);
    let compared = stage.bill(reader(sources), (args.sort, has_content_ids), &again, &mut on_recorded, on_read);
    drop(progress);
    let rejected = rejects.finish()?;
    if rejected.count > 0 {
        return Err(refused(&rejected, context));
    }
    Ok(compared?)
}

/// What the base is compared with.
fn others(args: &CompareArgs, base: &Variant, context: &Context) -> Result<Vec<Variant>, Failure> {
    let mut catalogs = Vec::new();
    for named in &args.with {
        catalogs.push(variant(named.name(), &named.path, context)?);
    }
    let named = catalogs.iter().map(|variant| (variant.name.clone(), variant.catalog.clone())).collect();
    let scenarios = scenarios(named, args.set.clone(), &args.vary, MOST).map_err(Failure::usage)?;
    let variant = |scenario: Scenario| {
        let refused = |why| Failure::refused("bad_scenario", format!("{}: {why}", scenario.name));
        let catalog = scenario.catalog(&base.catalog).map_err(refused)?;
        let own = catalogs.iter().find(|variant| variant.name == scenario.name);
        Ok(Variant { from: own.unwrap_or(base).from.clone(), name: scenario.name, catalog })
    };
    scenarios.into_iter().map(variant).collect()
}

/// A catalog under its name. What is wrong with it is printed.
fn variant(name: String, path: &Path, context: &Context) -> Result<Variant, Failure> {
    let named = |failure: Failure| Failure { message: format!("{name}: {}", failure.message), ..failure };
    let (catalog, _) = context.catalog_at(path, false).map_err(named)?;
    Ok(Variant { from: path.display().to_string(), name, catalog })
}

fn options(args: &CompareArgs) -> Options {
    Options {
        enroll: (args.enroll.code.clone(), args.enroll.version),
        funding: args.funding.clone(),
        refused: args.refused.into(),
        by: args.by.clone(),
        moves: args.moves.iter().map(|moved| (moved.old.clone(), moved.new.clone())).collect(),
        since: args.since,
        only_new: args.only_new,
    }
}

/// Some rows can't be billed, so that the whole log was not.
fn refused(rejected: &Rejected, context: &Context) -> Failure {
    rejected.show(context, "`drawdown replay --dry-run --rejects FILE` writes all of them");
    let rows = if rejected.count == 1 { "1 row" } else { &format!("{} rows", rejected.count) };
    Failure::refused("rejected_rows", format!("{rows} can't be billed, so nothing was compared"))
        .with_help("fix the log first")
}

impl From<StageError> for Failure {
    fn from(error: StageError) -> Self {
        let (message, help) = (error.to_string(), error.help());
        let failure = match error {
            StageError::Import(error) => return error.into(),
            StageError::Ledger(error) => return super::report::failure(error),
            StageError::Count(_) | StageError::SameName(_) => Self::usage(message),
            StageError::NoAsset { .. } => Self::refused("unknown_asset", message),
            StageError::TooLate(..) => Self::refused("too_late", message),
            StageError::NoProduct { .. } => Self::refused("unknown_product", message),
            StageError::Currency { .. } => Self::refused("other_currency", message),
            StageError::Fund { .. } => Self::refused("no_funding", message),
            StageError::NoEvents => Self::refused("no_events", message),
        };
        match help {
            Some(help) => failure.with_help(help),
            None => failure,
        }
    }
}
