//! Terms that hold from an instant on, for a what-if: everybody changes then, as if the subscription had been changed at
//! once, or only those who come later have them.

use crate::billing::{BillError, Engine, EventInput, Facts, Life, LifeError, NewTerms, Status, SubscriptionError};
use crate::ids::{CustomerId, LifeIndex, VersionId};
use crate::time::Instant;
use rustc_hash::FxHashMap;

/// Terms that hold from an instant on, in a lane whose engine has them.
pub struct Later {
    /// From then on.
    pub at: Instant,
    /// What holds before. Its versions are those of the lane's engine too.
    pub before: Engine,
    /// The version that each of those before becomes.
    pub versions: FxHashMap<VersionId, VersionId>,
    /// Whether only subscriptions that begin later have it.
    pub only_new: bool,
}

/// The lives of a lane whose terms change.
pub(super) struct Switch {
    later: Later,
    /// Which lives have come to the later terms.
    has_changed: Vec<bool>,
    /// Who could not be changed, and why.
    left_out: Vec<(CustomerId, String)>,
}

impl Switch {
    pub fn new(later: Later) -> Self {
        Self { later, has_changed: Vec::new(), left_out: Vec::new() }
    }

    /// Takes in the next life, with what it is subscribed to if it is new.
    pub fn add(
        &mut self,
        engine: &mut Engine,
        life: &mut Life,
        terms: Option<NewTerms>,
        facts: &mut Facts,
    ) -> Result<(), SubscriptionError> {
        let is_later = terms.is_some_and(|terms| terms.at >= self.later.at);
        self.has_changed.push(is_later);
        let Some(terms) = terms else { return Ok(()) };
        if is_later {
            let version = self.later.versions.get(&terms.version).copied().unwrap_or(terms.version);
            return engine.subscribe(life, NewTerms { version, ..terms }, None, facts).map(drop);
        }
        self.before(engine, |before| before.subscribe(life, terms, None, facts)).map(drop)
    }

    /// Bills an event to the life of that index, under the terms of its customer's time.
    pub fn bill(
        &mut self,
        engine: &mut Engine,
        (index, life): (LifeIndex, &mut Life),
        input: EventInput<'_>,
        facts: &mut Facts,
    ) -> Result<Status, BillError> {
        if input.occurred_at >= self.later.at {
            self.change(engine, (index, life), facts)?;
        }
        match self.has_changed[index.place()] {
            true => engine.bill(life, input, facts),
            false => self.before(engine, |before| before.bill(life, input, facts)),
        }
    }

    /// The terms that an event of that life was billed under.
    pub fn engine_of<'e>(&'e self, index: LifeIndex, engine: &'e Engine) -> &'e Engine {
        if self.has_changed[index.place()] { engine } else { &self.later.before }
    }

    /// Moves everybody on to the end.
    pub fn end(
        &mut self,
        engine: &mut Engine,
        lives: &mut [Life],
        to: Instant,
        facts: &mut Facts,
    ) -> Result<(), LifeError> {
        for (index, life) in LifeIndex::all().zip(lives.iter_mut()) {
            if to >= self.later.at {
                self.change(engine, (index, life), facts)?;
            }
            match self.has_changed[index.place()] {
                true => engine.advance(life, to, facts)?,
                false => self.before(engine, |before| before.advance(life, to, facts))?,
            }
        }
        Ok(())
    }

    /// What held before, and who could not be changed.
    pub fn into_parts(self) -> (Later, Vec<(CustomerId, String)>) {
        (self.later, self.left_out)
    }

    /// Does something under the terms before. Numbers are given out once in a lane.
    fn before<T>(&mut self, engine: &mut Engine, act: impl FnOnce(&mut Engine) -> T) -> T {
        let before = &mut self.later.before;
        before.numbers = engine.numbers;
        let done = act(before);
        engine.numbers = before.numbers;
        done
    }

    /// Brings a life to the later terms, unless it has come to them: what falls due until then does so under those before.
    fn change(
        &mut self,
        engine: &mut Engine,
        (index, life): (LifeIndex, &mut Life),
        facts: &mut Facts,
    ) -> Result<(), LifeError> {
        if std::mem::replace(&mut self.has_changed[index.place()], true) {
            return Ok(());
        }
        let at = self.later.at;
        self.before(engine, |before| before.advance(life, at, facts))?;
        life.sort_accounts(engine.burn_order());
        let held: Vec<_> = life.subscriptions.iter().filter(|held| held.is_active(at)).copied().collect();
        for held in held.iter().filter(|_| !self.later.only_new) {
            let Some(&version) = self.later.versions.get(&held.version) else { continue };
            let terms = NewTerms { version, quantity: held.quantity, at };
            match engine.change(life, held.id, terms, facts) {
                Ok(_) => {}
                Err(SubscriptionError::Life(error)) => return Err(error),
                Err(refused) => self.left_out.push((life.customer, refused.to_string())),
            }
        }
        engine.refresh_due(life);
        Ok(())
    }
}
