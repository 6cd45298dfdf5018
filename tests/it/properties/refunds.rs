//! Money that goes back in random lives, beside everything else that happens: whatever comes of it, everything adds up.

use super::cases;
use super::lives;
use super::lives::stored::Stored;
use proptest::collection::vec;
use proptest::prelude::*;

proptest! {
    #![proptest_config(cases(40))]

    /// Parts of payments go back in the middle of a life, and events are taken back; in the end all goes back that can.
    #[test]
    fn money_may_go_back_at_any_time(
        world in lives::strategy::worlds(30),
        picks in vec((any::<prop::sample::Index>(), prop::option::of(1i64..130), any::<bool>()), 1..8),
        cut in 0usize..30,
    ) {
        let mut stored = Stored::new(&world);
        let (before, after): (Vec<usize>, Vec<usize>) = (0..world.actions.len()).partition(|number| *number < cut);
        before.into_iter().for_each(|number| stored.step(number));
        for (pick, percent, voids) in picks {
            stored.refund_one(pick, percent);
            if voids {
                stored.void_one(pick);
            }
            prop_assert!(stored.faults().is_empty(), "verify: {:#?}\n{:?}", stored.faults(), world);
        }
        after.into_iter().for_each(|number| stored.step(number));
        prop_assert!(stored.faults().is_empty(), "verify: {:#?}\n{:?}", stored.faults(), world);
        stored.refund_all();
        prop_assert!(stored.faults().is_empty(), "verify: {:#?}\n{:?}", stored.faults(), world);
    }
}
