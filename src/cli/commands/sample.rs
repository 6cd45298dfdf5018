//! `drawdown sample`.

use crate::cli::candidates;
use crate::cli::context::Context;
use crate::cli::error::{Exit, Failure, Outcome};
use crate::cli::globals::prints;
use crate::cli::overwriting::refuse_overwriting;
use crate::cli::terminal;
use crate::files::write_new;
use crate::render::counted;
use crate::sample::{Sample, SampleError, Wishes};
use crate::time::Instant;
use clap::Args;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// Make up a plausible usage log to try things with
///
/// The events are those that the product has prices for, or, if it has none, those that vendors have costs for. Their
/// values are those that rows name, earlier rows more often than later ones; volumes lie around what is usual of such a
/// field, or what its price is made for. A few customers make most of the events. There are more of them by day, on
/// weekdays, and towards the end.
#[derive(Debug, Args)]
#[command(arg = prints(&[]), after_long_help = "\
The log is a CSV that `replay` reads, in the order of time. It says no costs: vendors' cost rules rate it. The same catalog, \
options and seed make the same log on every machine; --until fixes the end, which otherwise is now.

Examples:
  drawdown sample studio -o sample.csv
  drawdown sample studio --customers 200 --days 90 --seed 7 \\
      --until 2026-07-01 -o sample.csv
  drawdown sample studio --late --duplicates --bursts --unknown-models \\
      -o rough.csv")]
pub struct SampleArgs {
    /// The product that the customers subscribe to.
    #[arg(value_name = "PRODUCT", add = candidates::products())]
    pub product: String,
    /// How many customers there are.
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub customers: u32,
    /// How many days it is of.
    #[arg(long, value_name = "N", default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=3660))]
    pub days: u32,
    /// How many events there are [default: 10 a day for each customer]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=1_000_000_000))]
    pub events: Option<u64>,
    /// Another seed makes another log.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// When it ends [default: now]
    #[arg(long, value_name = "TIME", value_parser = Instant::parse_argument)]
    pub until: Option<Instant>,
    /// 2 events in 100 come up to 12 hours late.
    #[arg(long)]
    pub late: bool,
    /// 1 event in 100 comes twice.
    #[arg(long)]
    pub duplicates: bool,
    /// Now and then, a customer makes dozens of events within a minute.
    #[arg(long)]
    pub bursts: bool,
    /// 2 events in 100 have a value, such as a model, that no row names.
    #[arg(long)]
    pub unknown_models: bool,
    /// Write the log to this file, which must not exist yet, or to standard output for - [default: standard output]
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

pub(super) fn run(args: &SampleArgs, context: &Context) -> Outcome {
    let output = args.output.as_deref().filter(|path| *path != Path::new("-"));
    if let Some(path) = output {
        refuse_overwriting("--output", path, [&context.globals.ledger, &context.globals.catalog])?;
    }
    let catalog = context.catalog()?;
    let product = catalog.products.iter().find(|product| product.code == args.product).ok_or_else(|| {
        let known = catalog.products.iter().map(|product| product.code.as_str());
        Failure::unknown("unknown_product", "product", &args.product, known)
    })?;
    let wishes = wishes(args, context)?;
    let sample = Sample::new(&catalog, product, wishes).map_err(|error| failure(&args.product, &error))?;
    let Some(path) = output else {
        context.out.stream(|to| write(&sample, to).map(drop))?;
        return Ok(Exit::Done);
    };
    let mut rows = 0;
    let written = write_new(path, |to| {
        rows = write(&sample, to)?;
        Ok(())
    });
    written.map_err(|error| not_written(path, &error))?;
    let customers = counted(args.customers, "customer");
    let (rows, path) = (counted(rows, "row"), path.display());
    context.out.note(&format!("{path} has {rows}: {customers}, {}", counted(args.days, "day")));
    if product.prices.is_empty() {
        context.out.note(&format!("{} has no usage prices: its events only have costs", args.product));
    }
    context.out.note(&format!("`drawdown apply` and `drawdown replay {path} --enroll {}` bill it", args.product));
    Ok(Exit::Done)
}

fn wishes(args: &SampleArgs, context: &Context) -> Result<Wishes, Failure> {
    let until = context.at(args.until)?;
    if until > context.latest()? {
        let failure = Failure::refused("future", format!("{until} is in the future; it is {} now", terminal::now()?));
        return Err(failure.with_help("give a time in the past, as a log can't have later events"));
    }
    Ok(Wishes {
        customers: args.customers,
        days: args.days,
        events: args.events.unwrap_or(u64::from(args.customers) * u64::from(args.days) * 10),
        until,
        seed: args.seed,
        late: args.late,
        duplicates: args.duplicates,
        bursts: args.bursts,
        unknown_models: args.unknown_models,
    })
}

/// Writes the log, and says how many rows it has.
fn write(sample: &Sample<'_>, to: &mut dyn Write) -> io::Result<u64> {
    let mut csv = csv::Writer::from_writer(BufWriter::new(to));
    csv.write_record(sample.columns())?;
    let mut rows = 0;
    for row in sample.rows() {
        csv.write_record(&row)?;
        rows += 1;
    }
    csv.flush()?;
    Ok(rows)
}

fn not_written(path: &Path, error: &io::Error) -> Failure {
    if error.kind() == io::ErrorKind::AlreadyExists {
        let failure = Failure::refused("exists", format!("{} exists already", path.display()));
        return failure.with_help("name another file; a log is never overwritten");
    }
    Failure::io("write", path, error)
}

fn failure(product: &str, error: &SampleError) -> Failure {
    let (code, help) = match error {
        SampleError::NothingToCount => {
            ("no_usage", "name a product with a usage price; `drawdown product list` lists them")
        }
        SampleError::Column(_) => ("no_column", "rename the field in the catalog"),
        SampleError::NoValues => ("no_values", "leave --unknown-models out"),
        SampleError::TooFewEvents { .. } => ("too_few_events", "ask for more --events, or fewer --customers"),
        SampleError::TooEarly { .. } => ("too_early", "ask for fewer --days, or a later --until"),
    };
    Failure::refused(code, format!("no log can be made for {product}: {error}")).with_help(help)
}
