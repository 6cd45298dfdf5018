//! Work on a second thread, where the system starts one: a user or a container may have only so many.

use std::sync::mpsc::sync_channel;

/// Items that may wait to be used.
const WAITING: usize = 4;

/// Whether the system starts another thread.
pub(super) fn starts_threads() -> bool {
    std::thread::Builder::new().spawn(|| ()).is_ok_and(|thread| thread.join().is_ok())
}

/// Has items made on a thread of its own, a few of them ahead of their use. The first error ends it.
pub(super) fn made_ahead<T: Send, E>(
    mut items: impl Iterator<Item = T> + Send,
    mut use_it: impl FnMut(T) -> Result<(), E>,
) -> Result<(), E> {
    if !starts_threads() {
        return items.try_for_each(use_it);
    }
    let (sender, made) = sync_channel(WAITING);
    std::thread::scope(|scope| {
        // Whoever has an error takes no more.
        scope.spawn(move || items.try_for_each(|item| sender.send(item)));
        made.into_iter().try_for_each(&mut use_it)
    })
}
