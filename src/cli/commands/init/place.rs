//! Where a workspace's files go, and how they get there.

use crate::cli::error::Failure;
use crate::cli::globals::Globals;
use crate::cli::schema;
use crate::files::suffixed;
use crate::ledger::{Access, Ledger};
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Where the workspace's files go.
pub struct Place {
    /// The catalog's file, or the folder that it goes to.
    catalogs: PathBuf,
    /// The ledger's file.
    pub ledger: PathBuf,
}

impl Place {
    /// Where later commands look for them, when run in `dir`.
    pub fn new(dir: &Path, globals: &Globals) -> Self {
        let inside = |path: &Path| if dir == Path::new(".") { path.to_owned() } else { dir.join(path) };
        Self { catalogs: inside(&globals.catalog), ledger: inside(&globals.ledger) }
    }

    fn is_one_file(&self) -> bool {
        self.catalogs.extension().is_some_and(|extension| extension == "toml")
    }

    /// The catalog's file.
    pub fn catalog(&self, product: &str) -> PathBuf {
        if self.is_one_file() { self.catalogs.clone() } else { self.catalogs.join(format!("{product}.toml")) }
    }

    /// Nothing is overwritten.
    ///
    /// # Errors
    /// When there is a catalog or a ledger already.
    pub fn refuse_what_exists(&self) -> Result<(), Failure> {
        // The files of a folder are read as one catalog, so that a second one beside a first would break both.
        let is_toml = |entry: fs::DirEntry| entry.path().extension().is_some_and(|extension| extension == "toml");
        let has_catalog = if self.is_one_file() {
            self.catalogs.symlink_metadata().is_ok()
        } else {
            fs::read_dir(&self.catalogs).is_ok_and(|mut entries| entries.any(|entry| entry.is_ok_and(is_toml)))
        };
        if has_catalog {
            let what = if self.is_one_file() { "exists already" } else { "has a catalog already" };
            return Err(exists(&self.catalogs, what));
        }
        if self.ledger.symlink_metadata().is_ok() {
            return Err(exists(&self.ledger, "exists already"));
        }
        Ok(())
    }

    /// Writes everything, and says where the catalog's schema is.
    ///
    /// # Errors
    /// When a file can't be written. Then none of them is there, so that the command can be run again.
    pub fn write(&self, catalog: &Path, text: &str) -> Result<PathBuf, Failure> {
        let written = self.write_all(catalog, text);
        if written.is_err() {
            for file in [catalog, &self.ledger, &suffixed(&self.ledger, "-journal")] {
                // What went wrong is told; that the remains can't be removed either would add nothing.
                let _ = fs::remove_file(file);
            }
        }
        written
    }

    fn write_all(&self, catalog: &Path, text: &str) -> Result<PathBuf, Failure> {
        for file in [catalog, &self.ledger] {
            let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
            fs::create_dir_all(folder).map_err(|error| Failure::io("make", folder, &error))?;
        }
        let written = File::create_new(catalog).and_then(|mut file| file.write_all(text.as_bytes()));
        written.map_err(|error| Failure::io("write", catalog, &error))?;
        Ledger::open(&self.ledger, Access::Create, Duration::ZERO)?;
        schema::put_beside(catalog)
    }
}

fn exists(path: &Path, what: &str) -> Failure {
    let failure = Failure::refused("exists", format!("{} {what}", path.display()));
    failure
        .with_help("nothing is overwritten: name a new folder, as in `drawdown init DIR`, or go on with what is there")
}
