//! The workload: makes it, runs it through drawdown and what people would build instead, and prints how they compare.
//! `benches/README.md` has the commands.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program of its own, whose output is its purpose")]

mod figures;
mod process;
mod rivals;
mod table;
mod work;

use clap::{Args, CommandFactory, Parser, Subcommand};
use std::error::Error;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[derive(Parser)]
#[command(name = "workload", about = "Makes the workload, and measures drawdown and its rivals with it")]
struct Cli {
    /// What cargo says to every benchmark.
    #[arg(long, hide = true, global = true)]
    bench: bool,
    #[command(subcommand)]
    command: Option<Work>,
}

#[derive(Subcommand)]
enum Work {
    /// Write the catalog and the log, as CSV and as JSON lines
    Generate(GenerateArgs),
    /// Bill a log with the plain design: a unique index, one prepared insert a row
    Plain(RivalArgs),
    /// Insert a log's rows into two tables without any index
    Bare(RivalArgs),
    /// Measure everything, and print the table
    Table(TableArgs),
}

#[derive(Args)]
struct GenerateArgs {
    /// Where to write usage.csv, usage.jsonl and catalogs/catalog.toml
    dir: PathBuf,
    /// How many events
    #[arg(long, default_value_t = 1_000_000)]
    events: u64,
    /// How many events of the endless log to leave out first
    #[arg(long, default_value_t = 0)]
    skip: u64,
}

#[derive(Args)]
struct RivalArgs {
    /// The log, as CSV
    log: PathBuf,
    /// The SQLite file to make
    database: PathBuf,
}

#[derive(Args)]
struct TableArgs {
    /// Where logs and ledgers are kept meanwhile; it must not be there yet
    dir: PathBuf,
    /// How many events the usual log has
    #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(u64).range(1..))]
    events: u64,
    /// How many events the large log has
    #[arg(long, default_value_t = 10_000_000, value_parser = clap::value_parser!(u64).range(1..))]
    large: u64,
    /// How often everything is measured; the medians count
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u16).range(1..))]
    runs: u16,
    /// The Python for the founder's script, 3.11 or newer
    #[arg(long, default_value = "python3")]
    python: String,
}

fn main() -> ExitCode {
    match run(Cli::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Option<Work>) -> Result<(), Box<dyn Error>> {
    match command {
        // `cargo bench` without a name runs every benchmark; this one has nothing to do then.
        None => Ok(Cli::command().print_help()?),
        Some(Work::Generate(args)) => {
            let events = args.skip..args.skip + args.events;
            write(&args.dir.join("catalogs/catalog.toml"), |out| out.write_all(work::catalog().as_bytes()))?;
            write(&args.dir.join("usage.csv"), |out| work::csv(events.clone(), out))?;
            write(&args.dir.join("usage.jsonl"), |out| work::jsonl(events, out))
        }
        Some(Work::Plain(args)) => tell(&rivals::plain(&args.log, &args.database)?),
        Some(Work::Bare(args)) => tell(&rivals::bare(&args.log, &args.database)?),
        Some(Work::Table(args)) => table::measure(&args),
    }
}

fn tell(outcome: &rivals::Outcome) -> Result<(), Box<dyn Error>> {
    println!("{}", serde_json::to_string(outcome)?);
    Ok(())
}

/// Writes a file, and the folders it is in.
fn write(path: &Path, fill: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>) -> Result<(), Box<dyn Error>> {
    let written = || {
        path.parent().map_or(Ok(()), fs::create_dir_all)?;
        let mut out = BufWriter::new(File::create(path)?);
        fill(&mut out)?;
        out.flush()
    };
    written().map_err(|error| format!("{}: {error}", path.display()).into())
}
