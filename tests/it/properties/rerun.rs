//! A ledger's own history, billed again: it comes out as the ledger has it, to the last digit.

use super::cases;
use super::lives;
use super::stored::Stored;
use super::world::worlds;
use crate::support::Book;
use drawdown::billing::{Engine, EventFact, Facts, Life, Rollup};
use drawdown::ids::ShapeId;
use drawdown::ledger::{NewScenario, Rerun, RerunEnd, Witness};
use drawdown::scenario::Changed;
use drawdown::usage::Shape;
use proptest::collection::vec;
use proptest::prelude::*;

/// Is told, and keeps nothing.
pub struct Nobody;

impl Witness for Nobody {
    fn shape(&mut self, _: ShapeId, _: &Shape) {}
    fn event(&mut self, _: &EventFact, _: &Life, _: &Engine) {}
    fn rollup(&mut self, _: &Rollup) {}
    fn facts(&mut self, _: Facts) {}
}

/// What becomes of the base; where it differs, in words. A scenario that changes nothing comes out as the base does.
fn rerun(book: &Book) -> Result<RerunEnd, String> {
    let same = Changed::new(&[], book.ledger.applied().unwrap()).unwrap();
    let same = NewScenario { terms: Box::new(same), witness: Box::new(Nobody) };
    match book.ledger.rerun(Box::new(Nobody), vec![same], |_| {}).unwrap() {
        Rerun::Same(mut ends) => {
            let same = ends.remove(1);
            let told = |end: &RerunEnd| format!("{:?} {:?}", end.counts, end.left_out);
            assert_eq!(told(&same), told(&ends[0]));
            Ok(ends.remove(0))
        }
        Rerun::Differs(difference) => Err(format!("{difference:?}")),
    }
}

proptest! {
    #![proptest_config(cases(60))]

    /// Several customers with overdrafts, overages, automatic payments, late events and lots that end, of whose events some
    /// were taken back or billed again.
    #[test]
    fn a_history_comes_out_as_it_was(
        world in worlds(24), move_all: bool, at in 0usize..24, corrections in vec((any::<bool>(), any::<prop::sample::Index>()), 0..4),
    ) {
        let mut stored = Stored::new(&world, move_all);
        stored.command(0, at);
        for (voids, pick) in corrections {
            if voids { stored.void_one(pick) } else { stored.rebill_one(pick) }
        }
        stored.command(at, world.actions.len());
        prop_assert_eq!(rerun(stored.book()).err(), None, "{:?}", world);
    }

    /// One customer whose subscriptions renew, lapse, change and end.
    #[test]
    fn a_life_comes_out_as_it_was(
        world in lives::strategy::worlds(30), move_all: bool, at in 0usize..30, picks in vec(any::<prop::sample::Index>(), 0..4),
    ) {
        let mut stored = lives::stored::Stored::new(&world);
        stored.command(0, at, move_all);
        for pick in picks {
            stored.void_one(pick);
        }
        stored.command(at, world.actions.len(), move_all);
        prop_assert_eq!(rerun(stored.book()).err(), None, "{:?}", world);
    }
}
