//! Whether work can be done beside.

/// Whether the system starts another thread: a user or a container may have only so many.
pub(super) fn starts_threads() -> bool {
    std::thread::Builder::new().spawn(|| ()).is_ok_and(|thread| thread.join().is_ok())
}
