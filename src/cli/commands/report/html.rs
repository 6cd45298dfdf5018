//! `drawdown report profit --format html`: a page to look at.

use super::remarks::remarks;
use super::window::{failure, warn_of_shortfall};
use crate::cli::context::Context;
use crate::cli::error::{Exit, Failure, Outcome};
use crate::files::put;
use crate::ledger::Access;
use crate::render::html::profit_page;
use crate::report::Query;
use crate::report::overview::overview;
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// How every page begins.
const FIRST: &str = "<!DOCTYPE html>";

pub(super) fn run(query: &Query, output: Option<&Path>, context: &Context) -> Outcome {
    if let Some(path) = output {
        refuse_what_is_no_page(path)?;
    }
    let overview = overview(&context.ledger(Access::Read)?, query).map_err(failure)?;
    let page = profit_page(&overview, &remarks(&overview.customers));
    match output {
        Some(path) => {
            put(path, page.as_bytes()).map_err(|error| Failure::io("write", path, &error))?;
            context.out.note(&format!("{} is written; open it in a browser", path.display()));
        }
        None => context.out.raw(&page)?,
    }
    warn_of_shortfall(overview.customers.window, context)?;
    Ok(Exit::Done)
}

/// A slip must not cost a ledger, a catalog or a log, so nothing is replaced but a page.
pub(in crate::cli) fn refuse_what_is_no_page(path: &Path) -> Result<(), Failure> {
    if !path.is_file() {
        return Ok(());
    }
    let mut first = Vec::new();
    let read = File::open(path).and_then(|file| file.take(FIRST.len() as u64).read_to_end(&mut first));
    read.map_err(|error| Failure::io("read", path, &error))?;
    if first.is_empty() || first.eq_ignore_ascii_case(FIRST.as_bytes()) {
        return Ok(());
    }
    let failure = Failure::refused("not_a_page", format!("{} exists and is not an HTML page", path.display()));
    Err(failure.with_help("name another file; --format html replaces nothing but a page"))
}
