//! Where in a catalog's files a path leads.

use super::find::find;
use super::path::Path;
use crate::catalog::{Place, SourceFile, as_written};

/// The place of what a path names: the first value, or the table that it would stand in. `None` when nothing of the path
/// is in these files.
pub fn place(files: &[SourceFile], path: &Path) -> Option<Place> {
    let file = as_written(files);
    let found = [false, true].into_iter().find_map(|absent| find(&file, path, absent).ok());
    if let Some(found) = found.iter().flatten().next() {
        let value = found.table.get(found.key.name).and_then(|entry| entry.place.clone());
        return value.or_else(|| found.table.place.clone());
    }
    let missing = find(&file, path, false).err().filter(|missing| missing.parts > 0)?;
    missing.reached.into_iter().next()?.table.place.clone()
}
