//! Events taken back in any order, in random worlds: whatever comes of it, everything still adds up.

use super::model::Model;
use super::stored::Stored;
use super::world::worlds;
use super::{assert_same, cases, lives};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use std::collections::BTreeSet;

proptest! {
    #![proptest_config(cases(40))]

    /// Several customers with overdrafts, overages, automatic payments and lots that end.
    #[test]
    fn events_may_be_taken_back_in_any_order(world in worlds(24), picks in vec(any::<Index>(), 1..8)) {
        let mut stored = Stored::new(&world, false);
        stored.run(&[true]);
        for pick in picks {
            stored.void_one(pick);
            prop_assert!(stored.faults().is_empty(), "verify: {:#?}\n{:?}", stored.faults(), world);
        }
        let recorded = stored.void_all();
        prop_assert!(stored.faults().is_empty(), "verify: {:#?}\n{:?}", stored.faults(), world);
        let again = stored.import_all_again();
        prop_assert_eq!(again.voided, recorded, "{:?}", world);
    }

    /// Billed again in the order of time, everything comes to what it comes to; once more, and nothing changes.
    #[test]
    fn events_may_be_billed_again(world in worlds(24), picks in vec((any::<bool>(), any::<Index>()), 0..6)) {
        let mut stored = Stored::new(&world, false);
        stored.run(&[true]);
        for (voids, pick) in picks {
            if voids { stored.void_one(pick) } else { stored.rebill_one(pick) }
            prop_assert!(stored.faults().is_empty(), "verify: {:#?}\n{:?}", stored.faults(), world);
        }
        stored.rebill_all();
        prop_assert!(stored.faults().is_empty(), "verify: {:#?}\n{:?}", stored.faults(), world);
        prop_assert_eq!(stored.rebill_all(), 0, "{:?}", world);
    }

    /// Whatever was taken back and billed again in between, in whatever order, ledger and model agree after each step.
    #[test]
    fn voids_and_rebills_do_what_the_model_does(
        world in worlds(20),
        corrections in vec((0usize..20, any::<bool>(), picks()), 1..8),
    ) {
        let (mut stored, mut model) = (Stored::new(&world, false), Model::new(&world));
        let last = world.actions.len() - 1;
        let mut recorded = Vec::new();
        for (number, action) in world.actions.iter().enumerate() {
            stored.step(number);
            model.act(number, action);
            recorded.extend(action.event_type().map(|_| number));
            let own = corrections.iter().filter(|(after, ..)| (*after).min(last) == number && !recorded.is_empty());
            for (place, (_, voids, picks)) in own.enumerate() {
                let numbers = picked(picks, &recorded);
                stored.correct(*voids, &numbers);
                if *voids { model.void(&numbers) } else { model.rebill(&numbers) }
                let what = format!("after action {number}, correction {place}, voids {voids}: {numbers:?}");
                assert_same(&what, &model.told(), &stored.told(), &world);
            }
        }
        assert_same("at the end", &model.told(), &stored.told(), &world);
        prop_assert!(stored.faults().is_empty(), "verify: {:#?}\n{:?}", stored.faults(), world);
    }

    /// When nothing comes between, a void and a rebill leave every balance as it was, whatever came before.
    #[test]
    fn a_void_and_a_rebill_move_nothing(world in worlds(24), picks in vec(any::<Index>(), 1..6)) {
        let mut stored = Stored::new(&world, false);
        stored.run(&[true]);
        for pick in picks {
            let before = stored.balances();
            if stored.void_and_rebill(pick) {
                assert_same("before and after", &before, &stored.balances(), &world);
            }
        }
    }

    /// The same in lives that renew, with overdrafts and overages of all kinds of prices.
    #[test]
    fn in_a_life_a_void_and_a_rebill_move_nothing(world in lives::strategy::worlds(24), all in vec(picks(), 1..6)) {
        let world = lives::world::World { overdraft: true, ..world };
        let mut stored = lives::stored::Stored::new(&world);
        (0..world.actions.len()).for_each(|number| stored.step(number));
        for picks in all {
            let before = stored.balances();
            if stored.void_and_rebill(&picks) {
                assert_same("before and after", &before, &stored.balances(), &world);
            }
        }
        prop_assert!(stored.faults().is_empty(), "verify: {:#?}\n{:?}", stored.faults(), world);
    }

    /// However the log was cut.
    #[test]
    fn a_log_in_pieces_is_corrected_as_the_whole_is(
        world in worlds(24), cuts in vec(any::<bool>(), 1..8), corrections in vec((any::<bool>(), picks()), 1..5),
    ) {
        let (mut whole, mut pieces) = (Stored::new(&world, false), Stored::new(&world, false));
        whole.run(&[false]);
        pieces.run(&cuts);
        let events = || world.actions.iter().enumerate().filter(|(_, action)| action.event_type().is_some());
        let recorded: Vec<usize> = events().map(|(number, _)| number).collect();
        for (voids, picks) in corrections.iter().filter(|_| !recorded.is_empty()) {
            for stored in [&mut whole, &mut pieces] {
                stored.correct(*voids, &picked(picks, &recorded));
            }
        }
        assert_same("whole and cut", &whole.told(), &pieces.told(), &world);
    }

    /// One customer whose subscription renews, lapses and changes, under prices of all models.
    #[test]
    fn a_life_goes_on_whatever_is_taken_back_and_billed_again(
        world in lives::strategy::worlds(30), corrections in vec((0usize..30, any::<bool>(), picks()), 1..8),
    ) {
        let mut stored = lives::stored::Stored::new(&world);
        for number in 0..world.actions.len() {
            stored.step(number);
            let own = corrections.iter().filter(|(after, ..)| *after.min(&(world.actions.len() - 1)) == number);
            for (_, voids, picks) in own {
                stored.correct(*voids, picks);
                prop_assert!(stored.faults().is_empty(), "verify: {:#?}\n{:?}", stored.faults(), world);
                prop_assert!(world.overdraft || !stored.is_below_zero(), "below zero: {:?}", world);
            }
        }
        prop_assert!(stored.faults().is_empty(), "verify: {:#?}\n{:?}", stored.faults(), world);
    }
}

/// Which events a correction is of.
fn picks() -> impl Strategy<Value = Vec<Index>> {
    vec(any::<Index>(), 1..4)
}

fn picked(picks: &[Index], recorded: &[usize]) -> BTreeSet<usize> {
    picks.iter().map(|pick| *pick.get(recorded)).collect()
}
