//! Files that are there whole, or as they were, also after a power cut; and which name is which file.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use tempfile::{Builder, NamedTempFile};

/// Puts `content` at `path`: it is written beside the file, and then takes its name and its permissions.
///
/// # Errors
/// When it can't be written; then the file is as it was.
pub fn put(path: &Path, content: &[u8]) -> io::Result<()> {
    // A link goes on pointing where it did; what it points to is replaced.
    let target = path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
    let before = fs::metadata(&target).ok();
    if before.as_ref().is_some_and(|before| !before.is_file()) {
        // A pipe or a device, which has no content that could be half.
        return fs::write(&target, content);
    }
    let mut file = beside(&target, is_for_all())?;
    file.write_all(content)?;
    if let Some(before) = before {
        file.as_file().set_permissions(before.permissions())?;
    }
    file.as_file().sync_all()?;
    file.persist(&target)?;
    sync_name(&target)
}

/// Makes a file that only its owner may read, under a name that is still free: `fill` fills another one beside it, which
/// then takes the name.
///
/// # Errors
/// When there is a file of that name, or as `fill` says. Nothing is left of it then.
pub fn fill_new<E: From<io::Error>>(path: &Path, fill: impl FnOnce(&Path) -> Result<(), E>) -> Result<(), E> {
    if path.symlink_metadata().is_ok() {
        return Err(io::Error::from(io::ErrorKind::AlreadyExists).into());
    }
    let file = beside(path, None)?;
    fill(file.path())?;
    file.as_file().sync_all()?;
    file.persist_noclobber(path).map_err(|error| error.error)?;
    Ok(sync_name(path)?)
}

/// Makes a file under a name that is still free, and `fill` says what is in it, however long it is.
///
/// # Errors
/// When there is a file of that name, or as `fill` says. Nothing is left of it then.
pub fn write_new(path: &Path, fill: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    if path.symlink_metadata().is_ok() {
        return Err(io::ErrorKind::AlreadyExists.into());
    }
    let mut file = beside(path, is_for_all())?;
    fill(file.as_file_mut())?;
    file.as_file().sync_all()?;
    file.persist_noclobber(path).map_err(|error| error.error)?;
    sync_name(path)
}

/// Makes an empty file that only its owner may read, unless there is one.
///
/// # Errors
/// When it can't be made.
pub fn touch_new(path: &Path) -> io::Result<()> {
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

/// Whether two names are of one file: also when one is a link to the other, or a file has both.
pub fn is_same(left: &Path, right: &Path) -> bool {
    match (resolved(left), resolved(right)) {
        (Some(one), Some(other)) => one == other || is_linked(left, right),
        _ => false,
    }
}

/// A path as the system has it, also of a file that isn't there yet.
pub fn resolved(path: &Path) -> Option<PathBuf> {
    path.canonicalize().ok().or_else(|| Some(folder_of(path).canonicalize().ok()?.join(path.file_name()?)))
}

/// The name of a file with more at its end.
pub fn suffixed(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    name.into()
}

#[cfg(unix)]
fn is_linked(left: &Path, right: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let inode = |path| fs::metadata(path).map(|own| (own.dev(), own.ino())).ok();
    inode(left).is_some_and(|own| Some(own) == inode(right))
}

#[cfg(not(unix))]
fn is_linked(_: &Path, _: &Path) -> bool {
    false
}

/// The permissions of a file that everybody may read whom the user's mask lets.
fn is_for_all() -> Option<fs::Permissions> {
    #[cfg(unix)]
    return Some(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    #[cfg(not(unix))]
    None
}

/// A new file in the folder of `path`, which is gone again unless it takes that name.
fn beside(path: &Path, permissions: Option<fs::Permissions>) -> io::Result<NamedTempFile> {
    let mut builder = Builder::new();
    builder.prefix(".drawdown-");
    if let Some(permissions) = permissions {
        builder.permissions(permissions);
    }
    builder.tempfile_in(folder_of(path))
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Makes sure that a name that a file has taken outlasts a power cut.
fn sync_name(path: &Path) -> io::Result<()> {
    // Elsewhere a folder can't be opened, and the system does it by itself.
    if cfg!(unix) { File::open(folder_of(path))?.sync_all() } else { Ok(()) }
}
