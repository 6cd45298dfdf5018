//! `drawdown man`: manual pages, made from what `--help` says.

use crate::cli::context::Context;
use crate::cli::error::{Exit, Failure, Outcome};
use crate::cli::globals::prints;
use clap::Args;
use std::fs;
use std::path::PathBuf;

/// Write manual pages, one for each command
#[derive(Debug, Args)]
#[command(arg = prints(&[]), after_long_help = "\
Examples:
  drawdown man man1
  drawdown man ~/.local/share/man/man1")]
pub struct ManArgs {
    /// The folder to write the pages to, created if missing.
    #[arg(value_name = "DIR")]
    pub dir: PathBuf,
}

/// Writes one page for each command, `drawdown-price-add.1` and so on; older ones are replaced.
///
/// # Errors
/// When the folder can't be made, or a page can't be written.
pub fn run(args: &ManArgs, context: &Context) -> Outcome {
    let failed = |error: &std::io::Error| Failure::io("write", &args.dir, error);
    fs::create_dir_all(&args.dir).map_err(|error| failed(&error))?;
    clap_mangen::generate_to((context.program.tree)(), &args.dir).map_err(|error| failed(&error))?;
    let first = args.dir.join("drawdown.1");
    context.out.note(&format!("the pages are written; `man -l {}` shows the first", first.display()));
    Ok(Exit::Done)
}
