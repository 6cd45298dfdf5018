//! The JSON Schema of catalogs, and the file of it that lies beside those that this program writes.

use super::error::Failure;
use crate::catalog::schema;
use crate::files::put;
use crate::render::document;
use std::path::{Path, PathBuf};

/// What the catalogs that the project ships call it, in the folder above theirs.
const FILE: &str = "catalog.schema.json";

/// A catalog that the project ships, with its schema beside it.
pub(super) fn beside(catalog: &str) -> String {
    catalog.replacen("#:schema ../", "#:schema ./", 1)
}

/// Puts the schema beside a catalog's file, unless one is there, and says where it is.
///
/// # Errors
/// When it can't be written.
pub(super) fn put_beside(catalog: &Path) -> Result<PathBuf, Failure> {
    let path = catalog.with_file_name(FILE);
    let text = text()?;
    if path.symlink_metadata().is_err() {
        put(&path, text.as_bytes()).map_err(|error| Failure::io("write", &path, &error))?;
    }
    Ok(path)
}

/// The schema as a file has it.
///
/// # Errors
/// Never, as far as anybody knows.
pub(super) fn text() -> Result<String, Failure> {
    document(&schema()).map_err(|error| Failure::bug(error.to_string()))
}
