//! Input that nobody would write: catalogs, logs, times and numbers made from good ones by chance, and damaged ledgers.
//!
//! ```sh
//! cargo test --test fuzz                               # what CI does: half a minute, the same each time
//! cargo test --test fuzz -- --seed 7 --seconds 600     # ten minutes, beginning with another seed
//! cargo test --test fuzz -- log ledger                 # some of the targets
//! ```
//!
//! Nothing may panic, and each target has more that must hold. What fails is kept in `target/fuzz`, and is the same again with
//! the seed that is printed.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program of its own, whose output is its purpose")]

mod catalog;
mod ledger;
mod log;
mod numbers;
mod random;
mod times;

use clap::{Parser, ValueEnum};
use random::Random;
use std::cell::RefCell;
use std::error::Error;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

#[derive(Parser)]
#[command(name = "fuzz", about = "Tries input that nobody would write")]
struct Cli {
    /// What to try; all of them, unless some are named
    targets: Vec<Target>,
    /// What the input follows from
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Go on with the seeds after it until so many seconds are over
    #[arg(long, default_value_t = 0)]
    seconds: u64,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Target {
    /// Catalogs, and what is said of them
    Catalog,
    /// Logs of all formats, with and without mappings, plain and compressed
    Log,
    /// Times, and times in layouts
    Times,
    /// Decimals, costs and amounts
    Numbers,
    /// Damaged ledgers, and every command that reads them
    Ledger,
}

/// What a round was given, to be kept when it fails, and what of it was wrong.
type Wrong = (Vec<u8>, String);

impl Target {
    /// How often each is tried with one seed: all together half a minute.
    fn rounds(self) -> u64 {
        match self {
            Self::Catalog => 2_000,
            Self::Log => 40_000,
            Self::Times | Self::Numbers => 100_000,
            Self::Ledger => 200,
        }
    }

    /// One round after the other, of which each depends on its number alone.
    fn run(self, seed: u64) -> Result<Option<Wrong>, Box<dyn Error>> {
        let round = |number| Random::new(seed ^ number << 32);
        let mut rounds = (0..self.rounds()).map(round);
        Ok(match self {
            Self::Catalog => rounds.find_map(catalog::round(catalog::seeds()?)),
            Self::Log => rounds.find_map(|random| log::round(random).err()),
            Self::Times => rounds.find_map(|random| times::round(random).err()),
            Self::Numbers => rounds.find_map(|random| numbers::round(random).err()),
            Self::Ledger => {
                let ledger = ledger::Good::new()?;
                let found = rounds.find_map(|random| ledger.round(random).err());
                println!("{}", ledger.told());
                found
            }
        })
    }
}

thread_local! {
    /// What the latest panic said.
    static PANIC: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Does something with an input; a panic in it is an error.
fn checked(input: &[u8], check: impl FnOnce() -> Result<(), String>) -> Result<(), Wrong> {
    let outcome = catch_unwind(AssertUnwindSafe(check)).unwrap_or_else(|_| Err(PANIC.take()));
    outcome.map_err(|wrong| (input.to_vec(), wrong))
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    std::panic::set_hook(Box::new(|info| PANIC.set(info.to_string())));
    match run(&cli) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Tries the targets with one seed or more. `false` when something was wrong.
fn run(cli: &Cli) -> Result<bool, Box<dyn Error>> {
    let begun = Instant::now();
    let targets = if cli.targets.is_empty() { Target::value_variants() } else { &cli.targets };
    for seed in cli.seed.. {
        for &target in targets {
            let start = Instant::now();
            if let Some((input, wrong)) = target.run(seed)? {
                let kept = keep(target, seed, &input)?;
                eprintln!("{target:?} with --seed {seed}: {wrong}\nthe input is in {}", kept.display());
                return Ok(false);
            }
            println!("{target:?} {seed}: {} rounds in {:.1} s", target.rounds(), start.elapsed().as_secs_f32());
        }
        if begun.elapsed() >= Duration::from_secs(cli.seconds) {
            break;
        }
    }
    Ok(true)
}

fn keep(target: Target, seed: u64, input: &[u8]) -> std::io::Result<PathBuf> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("fuzz");
    std::fs::create_dir_all(&folder)?;
    let path = folder.join(format!("{target:?}-{seed}"));
    std::fs::write(&path, input)?;
    Ok(path)
}
