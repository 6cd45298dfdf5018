//! `drawdown replay`: usage logs through the ledger.

mod hint;
mod summary;

use crate::billing::Engine;
use crate::catalog::{MadeId, Mapping};
use crate::cli::candidates;
use crate::cli::context::Context;
use crate::cli::doubt::{below_zero, doubts, left_out_of_ids, look_alikes};
use crate::cli::error::{Exit, Failure, Outcome};
use crate::cli::logs::{mapping, open_all, unreadable};
use crate::cli::rejects::{RefusedRows, Rejected, Rejects};
use crate::cli::terminal::Progress;
use crate::cli::value::ProductRef;
use crate::ledger::{Access, Import, ImportError, ImportOptions, ImportSummary, Writer, resolve_version};
use crate::render::{counted, either};
use crate::time::Instant;
use crate::usage::{Batch, LogReader, ReadError};
use clap::Args;
use hint::{Asked, hints};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use summary::Summary;

/// Run usage logs through the ledger
///
/// All or nothing: an invalid row, an event that lies in the future, or an unknown customer refuses the whole log, unless
/// --skip-invalid, --future or --enroll is given. An event that is already in the ledger is a duplicate and changes
/// nothing, so a log can be replayed again after a failure. At the end, every subscriber's time is moved to the log's last
/// instant.
#[derive(Debug, Args)]
#[command(after_long_help = "\
A usage CSV has the columns id, customer, event_type, occurred_at, and may have subject and cost.VENDOR, in the \
reporting currency unless a column cost_currency or currency names another; every other column is data. JSON lines have the same \
names, with data an object and costs a list, \
such as [{\"vendor\": \"fal\", \"amount\": \"0.14\", \"currency\": \"USD\"}]. Both may be compressed with gzip or \
zstd. Other logs are read by a mapping: a built-in one, or a table [mapping.NAME] in the catalog. `drawdown mapping guess` \
looks at a log and prints such a table.

An event earlier than its customer's time is late: it is priced at its own time and paid from the current balance. A \
denied event stays denied when it is sent again; `rebill --status denied` bills it once it can be paid.

Examples:
  drawdown replay usage.csv
  drawdown replay january.jsonl.gz february.jsonl.gz --sort --dry-run
  drawdown replay azure.csv --map azure-llm --enroll studio
  drawdown replay usage.csv --skip-invalid --rejects rejects.csv
  gzip -dc usage.csv.gz | drawdown replay -")]
pub struct ReplayArgs {
    /// The logs, or - for standard input.
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
    /// Read the logs with this mapping: one of the catalog's, or a built-in one (`mapping list`).
    #[arg(long, value_name = "NAME", add = candidates::mappings())]
    pub map: Option<String>,
    /// Sort the events by time first.
    #[arg(long)]
    pub sort: bool,
    /// Do everything, say what happened, and record nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// Add unknown customers, and subscribe them to this product at their first event.
    #[arg(long, value_name = "PRODUCT[@VERSION]", add = candidates::products())]
    pub enroll: Option<ProductRef>,
    /// Take events that lie in the future.
    #[arg(long)]
    pub future: bool,
    /// Refuse the logs if any event of theirs has no price.
    #[arg(long)]
    pub strict: bool,
    /// Skip rows that can't be recorded; still exits 1.
    #[arg(long)]
    pub skip_invalid: bool,
    /// Write the rows that can't be recorded to this file, as the log has them, with their reasons.
    #[arg(long, value_name = "FILE")]
    pub rejects: Option<PathBuf>,
}

pub(super) fn run(args: &ReplayArgs, context: &Context) -> Outcome {
    let mapping = args.map.as_deref().map(|name| mapping(name, context)).transpose()?;
    let (sources, bytes) = open_all(&args.files)?;
    let names: Vec<String> = sources.iter().map(|source| source.name.clone()).collect();
    let mut rejects = rejects(args, names, context)?;
    let mut ledger = context.ledger(Access::Write)?;
    let mut writer = ledger.write()?;
    let mut engine = writer.engine()?;
    let has_content_ids = mapping.as_ref().is_some_and(|mapping| mapping.id == Some(MadeId::Content));
    let options = options(args, has_content_ids, &writer, &engine)?;
    let vocabulary = Arc::new(engine.vocabulary());
    let latest = if args.future { Instant::MAX } else { context.latest()? };
    let reader = LogReader::new(sources, Arc::clone(&vocabulary), mapping.clone()).until(latest);
    let reader = reader.keeping_rows(args.rejects.is_some());
    let again = || {
        let (sources, bytes) = open_all(&args.files).ok()?;
        // What has no size, such as a pipe, can be read only once.
        bytes.map(|_| LogReader::new(sources, Arc::clone(&vocabulary), mapping.clone()).until(latest))
    };
    let progress = Progress::start(&context.globals, bytes);
    progress.until_recorded(context.out);
    let mut on_recorded = |batch: &Batch, refusals| rejects.take_batch(batch, refusals);
    let mut import = Import::new(&mut writer, &mut engine, options, &mut on_recorded);
    import.log(reader, args.sort, &again, |bytes, events| progress.update(bytes, events))?;
    let summary = import.finish(true)?;
    let rejected = rejected(rejects, &writer, mapping.as_ref())?;
    let refused = rejected.count > 0 && !args.skip_invalid;
    let alike = look_alikes(&writer.look_alikes(summary.enrolled)?);
    progress.record();
    let deeper = rejected.deeper(mapping.as_ref());
    let asked = args.asked(&engine, &deeper);
    if args.strict && summary.unpriced > 0 {
        return Err(unpriced(&summary, Asked { is_recorded: false, ..asked }));
    }
    let told = Summary::new(&summary, rejected.unreadable, args.dry_run, &engine);
    if refused || args.dry_run {
        drop(writer);
    } else {
        context.commit(writer, &told.line())?;
    }
    rejected.show(context, "--rejects FILE writes all of them");
    if refused {
        return Err(rejected.failure());
    }
    context.out.data("replay", &told, || told.view())?;
    context.out.note(&told.line());
    rejected.say_passed(context, ledger.vendor_codes()?.iter().map(|(_, code)| code.as_str()));
    told.fell_due.lines().iter().for_each(|line| context.out.note(line));
    let warnings = warnings(&summary, asked, mapping.as_ref());
    warnings.iter().chain(&alike).for_each(|warning| context.out.warn(warning));
    Ok(if rejected.count > 0 { Exit::Refused } else { Exit::Done })
}

/// The rows that can't be recorded, with what may have been meant.
fn rejected(rejects: Rejects, writer: &Writer<'_>, mapping: Option<&Mapping>) -> Result<Rejected, Failure> {
    let mut rejected = rejects.finish()?;
    rejected.suggest(writer);
    if mapping.is_some_and(|mapping| !mapping.totals.is_empty()) {
        rejected.advise_on_totals();
    }
    Ok(rejected)
}

impl ReplayArgs {
    fn asked<'e>(&'e self, engine: &'e Engine, deeper: &'e BTreeMap<String, String>) -> Asked<'e> {
        Asked {
            engine,
            is_sorted: self.sort,
            is_recorded: !self.dry_run,
            deeper,
            files: &self.files,
            map: self.map.as_deref(),
        }
    }
}

/// Opens the file for records that can't be recorded, which must not be one of those that are needed.
fn rejects(args: &ReplayArgs, names: Vec<String>, context: &Context) -> Result<Rejects, Failure> {
    let kept = args.files.iter().chain([&context.globals.ledger, &context.globals.catalog]).cloned().collect();
    let file = args.rejects.as_deref().map(|path| RefusedRows::new(path, kept)).transpose()?;
    Ok(Rejects::new(names, file))
}

/// What a person should know of the log, and what mends it.
fn warnings(summary: &ImportSummary, asked: Asked<'_>, mapping: Option<&Mapping>) -> Vec<String> {
    let left_out = left_out_of_ids(&summary.shapes, mapping);
    hints(summary, asked)
        .into_iter()
        .chain(below_zero(asked.engine))
        .chain(doubts(summary, asked.engine))
        .chain(left_out)
        .collect()
}

/// That a log has events without a price, and what mends it.
fn unpriced(summary: &ImportSummary, asked: Asked<'_>) -> Failure {
    let events = counted(summary.unpriced, "event");
    let have = either(&summary.unpriced, "has", "have");
    let failure = Failure::refused("unpriced", format!("{events} {have} no price, so nothing was recorded"));
    match hints(summary, asked) {
        none if none.is_empty() => failure,
        hints => failure.with_help(hints.join(" ")),
    }
}

fn options(
    args: &ReplayArgs,
    has_content_ids: bool,
    writer: &Writer<'_>,
    engine: &Engine,
) -> Result<ImportOptions, Failure> {
    let options = ImportOptions { enroll: None, is_trial: args.dry_run, has_content_ids };
    let Some(product) = &args.enroll else { return Ok(options) };
    let published = writer.published()?.ok_or(crate::ledger::LedgerError::NothingApplied)?;
    let version = resolve_version(&published, engine, &product.code, product.version)?;
    Ok(ImportOptions { enroll: Some(version), ..options })
}

impl From<ImportError> for Failure {
    fn from(error: ImportError) -> Self {
        match error {
            ImportError::Unreadable(error) => error.into(),
            ImportError::Ledger(error) => error.into(),
        }
    }
}

impl From<ReadError> for Failure {
    fn from(error: ReadError) -> Self {
        unreadable(&error, "nothing was recorded")
    }
}
