//! `drawdown report profit --format html`: a page to look at.

use super::failure;
use super::profit::remarks;
use crate::cli::Context;
use crate::cli::error::{Exit, Failure, Outcome};
use crate::ledger::Access;
use crate::render::html::profit_page;
use crate::report::Query;
use crate::report::overview::overview;
use std::fs::{self, File};
use std::io::{self, Read, Write};
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
    Ok(Exit::Done)
}

/// A slip must not cost a ledger, a catalog or a log, so nothing is replaced but a page.
fn refuse_what_is_no_page(path: &Path) -> Result<(), Failure> {
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
    Err(failure.with_help("name another file; only a page is replaced by a page"))
}

/// Puts the page there whole or not at all: it is written beside the file, and then takes its name and its permissions.
fn put(path: &Path, page: &[u8]) -> io::Result<()> {
    // A link goes on pointing where it did; what it points to is replaced.
    let target = path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
    let before = fs::metadata(&target).ok();
    if before.as_ref().is_some_and(|before| !before.is_file()) {
        // A pipe or a device, which has no content that could be half.
        return fs::write(&target, page);
    }
    let beside = target.with_file_name(format!(".drawdown-page-{}", std::process::id()));
    let mut file = File::create_new(&beside)?;
    let written = file.write_all(page).and_then(|()| file.sync_all()).and_then(|()| {
        before.map_or(Ok(()), |before| fs::set_permissions(&beside, before.permissions()))?;
        fs::rename(&beside, &target)
    });
    if written.is_err() {
        // What went wrong is told; that the remains can't be removed either would add nothing.
        let _ = fs::remove_file(&beside);
    }
    written
}
