//! What most commands begin with: the catalog read from disk, and the ledger opened.

use super::context::Context;
use super::error::Failure;
use crate::catalog::{Catalog, Finding, Reading, Severity, SourceFile, read};
use crate::ledger::{Access, Ledger};
use crate::render::counted;
use crate::render::findings::annotate;
use std::path::{Path, PathBuf};
use std::time::Duration;

impl Context {
    /// Opens the ledger that the options name.
    ///
    /// # Errors
    /// When it is missing, is no ledger, or can't be reached.
    pub fn ledger(&self, access: Access) -> Result<Ledger, Failure> {
        let patience = Duration::from_secs(u64::from(self.globals.wait));
        let mut ledger = Ledger::open(&self.globals.ledger, access, patience)?;
        ledger.set_now(self.at(None)?, self.latest()?);
        Ok(ledger)
    }

    /// The catalog that the options name. What is wrong with it is printed.
    ///
    /// # Errors
    /// When it can't be read, or has an error.
    pub fn catalog(&self) -> Result<Catalog, Failure> {
        Ok(self.catalog_at(&self.globals.catalog, false)?.0)
    }

    /// Any catalog, and how many warnings there are on it.
    ///
    /// # Errors
    /// As [`Context::catalog`]; when warnings are denied, also when it has one.
    pub fn catalog_at(&self, path: &Path, deny_warnings: bool) -> Result<(Catalog, usize), Failure> {
        let sources = sources(path)?;
        match accepted(read(&sources), deny_warnings) {
            Ok(accepted) => Ok(accepted),
            Err(findings) => {
                self.out.rendered_error(&annotate(&findings, &sources, self.out.color_on_stderr()));
                let message = format!("the catalog {} has {}", path.display(), many(&findings));
                let failure = Failure::refused("bad_catalog", message).with_help("`drawdown check` explains each");
                Err(failure.with_findings(findings))
            }
        }
    }
}

/// A catalog that one can go on with, and how many warnings there are on it; or what forbids that.
pub(super) fn accepted(reading: Reading, deny_warnings: bool) -> Result<(Catalog, usize), Vec<Finding>> {
    let Reading { catalog, mut findings } = reading;
    match catalog {
        Some(catalog) if !deny_warnings || findings.is_empty() => Ok((catalog, findings.len())),
        Some(_) => Err(findings),
        None => {
            findings.retain(|finding| finding.severity == Severity::Error);
            Err(findings)
        }
    }
}

/// `1 error` or `2 warnings`, of findings that are all the same.
pub(super) fn many(findings: &[Finding]) -> String {
    let severity = findings.first().map_or(Severity::Error, |finding| finding.severity);
    counted(findings.len(), severity.name())
}

/// The catalogs at a path: what it names, or, when that is a folder without a TOML file, each catalog in it.
pub(super) fn catalogs(path: &Path) -> Result<Vec<PathBuf>, Failure> {
    let meta = std::fs::metadata(path).map_err(|e| no_catalog(path, &e))?;
    if !meta.is_dir() {
        return Ok(vec![path.to_path_buf()]);
    }
    match (toml_files(path), folders_with_catalogs(path)?) {
        (Err(_), folders) if !folders.is_empty() => Ok(folders),
        (files, _) => files.map(|_| vec![path.to_path_buf()]),
    }
}

/// The files of a catalog: the file itself, or the `*.toml` of a folder in the order of their names.
pub(super) fn sources(path: &Path) -> Result<Vec<SourceFile>, Failure> {
    let meta = std::fs::metadata(path).map_err(|e| no_catalog(path, &e))?;
    let files = if meta.is_dir() { toml_files(path)? } else { vec![path.to_path_buf()] };
    files.iter().map(|file| source(file)).collect()
}

fn no_catalog(path: &Path, error: &std::io::Error) -> Failure {
    let failure = Failure::io("read the catalog", path, error);
    failure.with_help(
        "name a catalog with --catalog PATH, or write one to catalogs/; `drawdown init` makes one to start from",
    )
}

fn toml_files(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let files: Vec<PathBuf> = entries(folder)?.into_iter().filter(|path| is_toml(path)).collect();
    if !files.is_empty() {
        return Ok(files);
    }
    let failure = Failure::refused("no_catalog", format!("no *.toml file in {}", folder.display()));
    let folders: Vec<String> = folders_with_catalogs(folder)?.iter().map(|path| path.display().to_string()).collect();
    Err(match folders.as_slice() {
        [] => failure.with_help("a catalog is a TOML file, or a folder of them"),
        some => failure.with_help(format!("name one of the catalogs in it: {}", some.join(", "))),
    })
}

/// The folders in a folder that have a TOML file.
fn folders_with_catalogs(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let has_catalog =
        |path: &PathBuf| path.is_dir() && entries(path).is_ok_and(|files| files.iter().any(|path| is_toml(path)));
    Ok(entries(folder)?.into_iter().filter(has_catalog).collect())
}

fn is_toml(path: &Path) -> bool {
    path.extension().is_some_and(|e| e == "toml") && path.is_file()
}

/// What is in a folder, in the order of the names.
fn entries(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let list = || std::fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<std::io::Result<Vec<_>>>();
    let mut entries = list().map_err(|e| Failure::io("read the catalog", folder, &e))?;
    entries.sort();
    Ok(entries)
}

/// No catalog that a person writes is larger.
const MOST_BYTES: u64 = 64 << 20;

fn source(path: &Path) -> Result<SourceFile, Failure> {
    let name = path.display().to_string();
    let meta = std::fs::metadata(path).map_err(|e| no_catalog(path, &e))?;
    if !meta.is_file() {
        // A pipe might never end, or never begin.
        let failure =
            Failure::refused("not_a_file", format!("a catalog can't be read from {name}: it is not a regular file"));
        return Err(failure.with_help("a catalog is a TOML file, or a folder of them"));
    }
    if meta.len() > MOST_BYTES {
        let most = MOST_BYTES >> 20;
        return Err(Failure::refused(
            "catalog_too_large",
            format!("{name} has more than {most} MiB: that is no catalog"),
        ));
    }
    let bytes = std::fs::read(path).map_err(|e| no_catalog(path, &e))?;
    let text = String::from_utf8(bytes).map_err(|e| {
        let line = 1 + e.as_bytes()[..e.utf8_error().valid_up_to()].iter().filter(|&&b| b == b'\n').count();
        let failure = Failure::refused("invalid_utf8", format!("{name} is not UTF-8 text"));
        failure.with_help("save the catalog as UTF-8").at(name.clone(), line as u64, None)
    })?;
    Ok(SourceFile { name, text: text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text) })
}
