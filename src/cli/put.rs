//! Files that are there whole, or as they were.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

/// Puts `content` at `path`: it is written beside the file, and then takes its name and its permissions.
///
/// # Errors
/// When it can't be written; then the file is as it was.
pub(super) fn put(path: &Path, content: &[u8]) -> io::Result<()> {
    // A link goes on pointing where it did; what it points to is replaced.
    let target = path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
    let before = fs::metadata(&target).ok();
    if before.as_ref().is_some_and(|before| !before.is_file()) {
        // A pipe or a device, which has no content that could be half.
        return fs::write(&target, content);
    }
    let beside = target.with_file_name(format!(".drawdown-new-{}", std::process::id()));
    let mut file = File::create_new(&beside)?;
    let written = file.write_all(content).and_then(|()| file.sync_all()).and_then(|()| {
        before.map_or(Ok(()), |before| fs::set_permissions(&beside, before.permissions()))?;
        fs::rename(&beside, &target)
    });
    if written.is_err() {
        // What went wrong is told; that the remains can't be removed either would add nothing.
        let _ = fs::remove_file(&beside);
    }
    written
}
