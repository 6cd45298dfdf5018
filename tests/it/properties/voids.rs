//! Events taken back in any order, in random worlds: whatever comes of it, everything still adds up.

use super::cases;
use super::lives;
use super::stored::Stored;
use super::world::worlds;
use proptest::collection::vec;
use proptest::prelude::*;

proptest! {
    #![proptest_config(cases(40))]

    /// Several customers with overdrafts, overages, automatic payments and lots that end.
    #[test]
    fn events_may_be_taken_back_in_any_order(world in worlds(24), picks in vec(any::<prop::sample::Index>(), 1..8)) {
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
    fn events_may_be_billed_again(world in worlds(24), picks in vec((any::<bool>(), any::<prop::sample::Index>()), 0..6)) {
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

    /// One customer whose subscription renews, lapses and changes.
    #[test]
    fn a_life_goes_on_after_events_were_taken_back(
        world in lives::strategy::worlds(30), picks in vec(any::<prop::sample::Index>(), 1..6), cut in 0usize..30,
    ) {
        let mut stored = lives::stored::Stored::new(&world);
        stored.run_until(cut);
        for pick in picks {
            stored.void_one(pick);
            prop_assert!(stored.faults().is_empty(), "verify: {:#?}\n{:?}", stored.faults(), world);
        }
        stored.run_from(cut);
        prop_assert!(stored.faults().is_empty(), "verify: {:#?}\n{:?}", stored.faults(), world);
    }
}
