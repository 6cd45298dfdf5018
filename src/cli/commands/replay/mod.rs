//! `drawdown replay`: usage logs through the ledger.

mod hint;
mod rejects;
mod summary;

use crate::billing::Engine;
use crate::catalog::Mapping;
use crate::cli::context::Context;
use crate::cli::doubt::doubts;
use crate::cli::error::{Exit, Failure, Outcome};
use crate::cli::terminal::Progress;
use crate::cli::value::ProductRef;
use crate::ledger::{Access, HashedBatch, IdHasher, Import, ImportOptions, Writer, resolve_version};
use crate::usage::{Batch, LogReader, ReadError, Source, sort_by_time};
use clap::{Args, ValueHint};
use rejects::Rejects;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::sync_channel;
use summary::Summary;

/// Run usage logs through the ledger
///
/// All or nothing: a row that can't be an event, or an unknown customer, refuses the whole log, unless --skip-invalid
/// or --enroll says otherwise. An event that is in the ledger already is a duplicate and changes nothing, so a log may
/// be replayed again after a failure. At the end every subscriber has been moved on to the log's last instant.
#[derive(Debug, Args)]
#[command(after_long_help = "\
A usage CSV has the columns id, customer, event_type, occurred_at, and may have subject and cost.VENDOR, in the \
reporting currency; every other column is data. JSON lines have the same names, with data an object and costs a list, \
such as [{\"vendor\": \"fal\", \"amount\": \"0.14\", \"currency\": \"USD\"}]. Both may be compressed with gzip. Other logs are \
read by a mapping, a table [mapping.NAME] in the catalog with columns, constants, time_format and id = \"content\".

An event earlier than what its customer has been through is late: priced as of its own time, paid from what there is \
now. A denied event is final: to try again, send it with another id.

Examples:
  drawdown replay usage.csv
  drawdown replay january.jsonl.gz february.jsonl.gz --sort --dry-run
  drawdown replay azure.csv --map azure-llm --enroll studio
  drawdown replay usage.csv --skip-invalid --rejects rejects.csv
  zcat usage.csv.gz | drawdown replay -")]
pub struct ReplayArgs {
    /// The logs, or - for standard input.
    #[arg(value_name = "FILE", required = true, value_hint = ValueHint::FilePath)]
    pub files: Vec<PathBuf>,
    /// Read the logs by this mapping of the catalog.
    #[arg(long, value_name = "NAME")]
    pub map: Option<String>,
    /// Put the events in the order of their times first.
    #[arg(long)]
    pub sort: bool,
    /// Do everything, say what happened, and record nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// Add unknown customers, and subscribe them to this product at their first event.
    #[arg(long, value_name = "PRODUCT[@VERSION]")]
    pub enroll: Option<ProductRef>,
    /// Go on without the rows that can't be recorded; exits 1 all the same.
    #[arg(long)]
    pub skip_invalid: bool,
    /// Write the rows that can't be recorded to this file as CSV, with their reasons.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub rejects: Option<PathBuf>,
}

/// Events in a batch: large enough that looking up ids and storing keys goes in long ordered runs.
const BATCH: usize = 131_072;
/// Events in the first batch; each is twice as large as the one before. So billing begins while the log is still being read.
const FIRST_BATCH: usize = 8_192;
/// Batches that may be read ahead of billing.
const AHEAD: usize = 1;

pub(super) fn run(args: &ReplayArgs, context: &Context) -> Outcome {
    let mapping = args.map.as_deref().map(|name| mapping(name, context)).transpose()?;
    let (sources, bytes) = open_all(&args.files)?;
    let names: Vec<String> = sources.iter().map(|source| source.name.clone()).collect();
    if let Some(path) = &args.rejects {
        rejects::refuse_overwriting(path, args.files.iter().chain([&context.globals.ledger]))?;
    }
    let mut rejects = Rejects::new(names, args.rejects.as_deref())?;
    let mut ledger = context.ledger(Access::Write)?;
    let mut writer = ledger.write()?;
    let mut engine = writer.engine()?;
    let options = options(args, &writer, &engine)?;
    let reader = LogReader::new(sources, Arc::new(engine.vocabulary()), mapping);
    let progress = Progress::start(&context.globals, bytes);
    progress.until_recorded(context.out);
    let mut on_recorded = |batch: &Batch, refusals| rejects.take_batch(batch, refusals);
    let mut import = Import::new(&mut writer, &mut engine, options, &mut on_recorded);
    let hasher = import.hasher();
    let read = with_batches(reader, hasher, args.sort, |hashed| {
        progress.update(hashed.batch.bytes_read, import.events());
        Ok(import.hashed_batch(hashed)?)
    });
    let summary = read.and_then(|()| Ok(import.finish(true)?));
    let summary = summary?;
    let rejected = rejects.finish()?;
    let refused = rejected.count > 0 && !args.skip_invalid;
    progress.record();
    if refused || args.dry_run {
        drop(writer);
    } else {
        writer.commit()?;
    }
    rejected.show(context, args.rejects.as_deref());
    if refused {
        return Err(rejected.failure());
    }
    let told = Summary::new(&summary, rejected.unreadable, args.dry_run, &engine);
    context.out.data("replay", &told, || told.view())?;
    context.out.note(&told.line());
    let hint = hint::hint(&summary, &engine, args.sort);
    let doubts = doubts(&summary.shapes, &engine);
    hint.iter().chain(&doubts).for_each(|warning| context.out.warn(warning));
    Ok(if rejected.count > 0 { Exit::Refused } else { Exit::Done })
}

fn options(args: &ReplayArgs, writer: &Writer<'_>, engine: &Engine) -> Result<ImportOptions, Failure> {
    let options = ImportOptions { enroll: None, is_trial: args.dry_run };
    let Some(product) = &args.enroll else { return Ok(options) };
    let published = writer.published()?.ok_or(crate::ledger::LedgerError::NothingApplied)?;
    let version = resolve_version(&published, engine, &product.code, product.version)?;
    Ok(ImportOptions { enroll: Some(version), ..options })
}

fn mapping(name: &str, context: &Context) -> Result<Mapping, Failure> {
    let catalog = context.catalog()?;
    let known = catalog.mappings.keys().map(String::as_str);
    catalog.mappings.get(name).cloned().ok_or_else(|| Failure::unknown("unknown_mapping", "mapping", name, known))
}

/// Opens every log before anything is done with one, and adds up their sizes where all are known.
fn open_all(files: &[PathBuf]) -> Result<(Vec<Source>, Option<u64>), Failure> {
    let mut sources = Vec::new();
    let mut bytes = Some(0);
    let mut stdin = false;
    for path in files {
        if path == Path::new("-") {
            if std::mem::replace(&mut stdin, true) {
                return Err(Failure::usage("standard input can be read only once, so give - once"));
            }
            sources.push(Source::new("-", std::io::stdin()));
            bytes = None;
            continue;
        }
        let failed = |e| Failure::io("read", path, &e);
        let file = File::open(path).map_err(failed)?;
        let meta = file.metadata().map_err(failed)?;
        if meta.is_dir() {
            let failure = Failure::refused("io", format!("can't read {}: it is a directory", path.display()));
            return Err(failure.with_help("name the logs in it one by one"));
        }
        bytes = bytes.map(|sum| sum + meta.len());
        sources.push(Source::new(&path.display().to_string(), file));
    }
    Ok((sources, bytes))
}

/// Reads on a thread of its own, so that reading and billing go side by side.
fn with_batches(
    reader: LogReader,
    hasher: IdHasher,
    sort: bool,
    mut visit: impl FnMut(HashedBatch) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let (sender, receiver) = sync_channel(AHEAD);
    std::thread::scope(|scope| {
        scope.spawn(move || {
            // A receiver that is gone has failed already and will say why.
            let send = |batch: Result<Batch, ReadError>| sender.send(batch.map(|batch| hasher.hash(batch))).is_ok();
            let mut batches = each_batch(reader);
            if sort {
                match batches.collect::<Result<Vec<_>, _>>() {
                    Ok(all) => sort_by_time(all, BATCH).map(Ok).all(send),
                    Err(error) => send(Err(error)),
                }
            } else {
                batches.all(send)
            }
        });
        receiver.into_iter().try_for_each(|hashed| visit(hashed?))
    })
}

/// What a reader reads, until its end or an error.
fn each_batch(mut reader: LogReader) -> impl Iterator<Item = Result<Batch, ReadError>> {
    let mut sizes = std::iter::successors(Some(FIRST_BATCH), |size| Some(BATCH.min(size * 2)));
    let mut is_over = false;
    std::iter::from_fn(move || {
        let size = sizes.next().filter(|_| !is_over)?;
        let next = reader.next_batch(size).transpose();
        is_over = !matches!(next, Some(Ok(_)));
        next
    })
}

impl From<ReadError> for Failure {
    fn from(error: ReadError) -> Self {
        let failure =
            Self::refused("unreadable_log", format!("{}: {}; nothing was recorded", error.file, error.problem));
        match error.line {
            Some(line) => failure.at(error.file, line, None),
            None => failure,
        }
    }
}
