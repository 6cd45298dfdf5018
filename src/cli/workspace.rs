//! What most commands begin with: the catalog read from disk, and the ledger opened.

use super::Context;
use super::error::Failure;
use crate::catalog::{Catalog, Finding, Reading, Severity, SourceFile, read};
use crate::ledger::{Access, Ledger};
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
        Ok(Ledger::open(&self.globals.ledger, access, patience)?)
    }

    /// The catalog that the options name. What is wrong with it is printed.
    ///
    /// # Errors
    /// When it can't be read, or has an error.
    pub fn catalog(&self) -> Result<Catalog, Failure> {
        let sources = sources(&self.globals.catalog)?;
        let Reading { catalog, findings } = read(&sources);
        catalog.ok_or_else(|| {
            let errors: Vec<Finding> = findings.into_iter().filter(|f| f.severity == Severity::Error).collect();
            let many = errors.len();
            let (noun, verb) = if many == 1 { ("error", "has") } else { ("errors", "has") };
            self.out.rendered_error(&annotate(&errors, &sources, self.out.color_on_stderr()));
            Failure::refused(
                "bad_catalog",
                format!("the catalog {} {verb} {many} {noun}", self.globals.catalog.display()),
            )
            .with_help("`drawdown check` explains each")
        })
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
        "name a catalog with --catalog PATH, or write one to catalogs/; `drawdown demo` makes one to start from",
    )
}

fn toml_files(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let failed = |e| Failure::io("read the catalog", folder, &e);
    let mut entries = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        entries.push(entry.map_err(failed)?.path());
    }
    entries.sort();
    let is_toml = |path: &&PathBuf| path.extension().is_some_and(|e| e == "toml") && path.is_file();
    let files: Vec<PathBuf> = entries.iter().filter(is_toml).cloned().collect();
    if !files.is_empty() {
        return Ok(files);
    }
    let failure = Failure::refused("no_catalog", format!("no *.toml file in {}", folder.display()));
    let has_catalog = |path: &&PathBuf| path.is_dir() && toml_files(path).is_ok();
    let folders: Vec<String> = entries.iter().filter(has_catalog).map(|path| path.display().to_string()).collect();
    Err(match folders.as_slice() {
        [] => failure.with_help("a catalog is a TOML file, or a folder of them"),
        some => failure.with_help(format!("name one of the catalogs in it: {}", some.join(", "))),
    })
}

fn source(path: &Path) -> Result<SourceFile, Failure> {
    let bytes = std::fs::read(path).map_err(|e| no_catalog(path, &e))?;
    let name = path.display().to_string();
    let text = String::from_utf8(bytes).map_err(|e| {
        let line = 1 + e.as_bytes()[..e.utf8_error().valid_up_to()].iter().filter(|&&b| b == b'\n').count();
        let failure = Failure::refused("invalid_utf8", format!("{name} is not UTF-8 text"));
        failure.with_help("save the catalog as UTF-8").at(name.clone(), line as u64, None)
    })?;
    Ok(SourceFile { name, text: text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text) })
}
