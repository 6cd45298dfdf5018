//! What a command must not write its own files over.

use super::error::Failure;
use crate::files::{is_same, resolved, suffixed};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

/// How the files end that SQLite keeps beside a database.
const BESIDE: [&str; 3] = ["-journal", "-wal", "-shm"];

/// Refuses to write what `flag` names over a log, a ledger or what SQLite keeps beside it, a catalog, or into a catalog's
/// folder, where it would be read as a part of it.
pub(super) fn refuse_overwriting<'a>(
    flag: &str,
    path: &Path,
    kept: impl IntoIterator<Item = &'a PathBuf>,
) -> Result<(), Failure> {
    if !is_ledger(path) && !kept.into_iter().any(|kept| would_change(kept, path)) {
        return Ok(());
    }
    let failure = Failure::refused("rejects_file", format!("{flag} would overwrite {}", path.display()));
    Err(failure.with_help("name another file"))
}

/// Whether what is written to `target` would change `kept`.
fn would_change(kept: &Path, target: &Path) -> bool {
    let is_toml = |path: &Path| path.extension().is_some_and(|extension| extension == "toml");
    let is_part = || {
        let (Some(folder), Some(target)) = (resolved(kept), resolved(target)) else { return false };
        let parts = std::fs::read_dir(&folder).into_iter().flatten().flatten().map(|entry| entry.path());
        is_toml(&target) && target.starts_with(&folder)
            || parts.filter(|part| is_toml(part)).any(|part| is_same(&part, &target))
    };
    is_same(kept, target)
        || BESIDE.iter().any(|end| is_same(&suffixed(kept, end), target))
        || kept.is_dir() && is_part()
}

/// Whether a file is an SQLite database, or what SQLite keeps beside one.
fn is_ledger(path: &Path) -> bool {
    let starts_so = |path: &Path| {
        let mut start = [0; 15];
        let is_file = path.metadata().is_ok_and(|own| own.is_file());
        is_file
            && File::open(path).and_then(|mut file| file.read_exact(&mut start)).is_ok()
            && start == *b"SQLite format 3"
    };
    let name = path.as_os_str().to_str().unwrap_or_default();
    let mut of = BESIDE.iter().filter_map(|end| name.strip_suffix(end));
    starts_so(path) || of.any(|of| starts_so(Path::new(of)))
}
