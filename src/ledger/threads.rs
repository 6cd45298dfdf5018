//! Work on further threads, where the system starts them: a user or a container may have only so many.

use std::num::NonZero;
use std::panic::resume_unwind;
use std::sync::mpsc::sync_channel;
use std::sync::{Mutex, PoisonError};

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

/// Does the same with each of several things, as many at a time as there are processors. What comes of them is in their order.
pub fn side_by_side<T: Send, R: Send>(things: Vec<T>, act: impl Fn(T) -> R + Sync) -> Vec<R> {
    let threads = std::thread::available_parallelism().map_or(1, NonZero::get).min(things.len());
    if threads < 2 || !starts_threads() {
        return things.into_iter().map(act).collect();
    }
    let waiting = Mutex::new(things.into_iter().enumerate());
    let next = || waiting.lock().unwrap_or_else(PoisonError::into_inner).next();
    let work = || std::iter::from_fn(next).map(|(place, thing)| (place, act(thing))).collect::<Vec<_>>();
    let mut done = std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
        let mut done = work();
        others.into_iter().for_each(|other| done.extend(other.join().unwrap_or_else(|panic| resume_unwind(panic))));
        done
    });
    done.sort_unstable_by_key(|(place, _)| *place);
    done.into_iter().map(|(_, done)| done).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_of_things_is_in_their_order() {
        assert_eq!(side_by_side((0..1_000).collect(), |n: i64| n * n), (0..1_000).map(|n| n * n).collect::<Vec<_>>());
        assert!(side_by_side(Vec::<i64>::new(), |n| n).is_empty());
    }
}
