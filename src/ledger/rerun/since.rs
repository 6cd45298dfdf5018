//! Terms that a scenario has from an instant on.

use crate::billing::Engine;
use crate::ids::{SubscriptionId, VersionId};
use crate::time::Instant;

/// Versions of a scenario that has its terms from an instant on have numbers from here on, beside those that they come from.
const LATER: i64 = 1 << 40;

/// From when on a scenario has its own terms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Since {
    /// From then on.
    pub at: Instant,
    /// Whether only subscriptions that begin later have its versions.
    pub only_new: bool,
}

/// The scenario's version that one of the base becomes.
pub(super) fn later(version: VersionId) -> VersionId {
    VersionId::from_number(version.number() + LATER)
}

/// What a lane needs whose scenario has its terms from an instant on.
pub(super) struct Later {
    pub since: Since,
    /// The terms before.
    pub before: Engine,
    /// The numbers that the base's subscriptions have here, for each customer at their place.
    pub renumbered: Vec<Vec<(SubscriptionId, SubscriptionId)>>,
}

impl Later {
    /// Nobody has come to the instant.
    pub fn new(since: Since, before: Engine) -> Self {
        Self { since, before, renumbered: Vec::new() }
    }

    /// Does something under the terms before. Numbers are given out once in a lane.
    pub fn before<T>(&mut self, engine: &mut Engine, act: impl FnOnce(&mut Engine) -> T) -> T {
        self.before.numbers = engine.numbers;
        let done = act(&mut self.before);
        engine.numbers = self.before.numbers;
        done
    }
}
