//! Voids, rebills and refunds in any order in the middle of random lives: whatever comes of it, everything adds up.

use super::cases;
use super::lives::stored::Stored;
use super::lives::strategy;
use drawdown::report::Query;
use drawdown::report::revenue::revenue;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

/// What corrects a life.
#[derive(Debug, Clone)]
enum Correction {
    Void(Vec<Index>),
    Rebill(Vec<Index>),
    /// Of a payment, so many per cent, or what goes back by itself.
    Refund(Index, Option<i64>),
}

fn corrections() -> impl Strategy<Value = Correction> {
    let picks = || vec(any::<Index>(), 1..4);
    prop_oneof![
        picks().prop_map(Correction::Void),
        picks().prop_map(Correction::Rebill),
        (any::<Index>(), prop::option::of(1i64..130)).prop_map(|(pick, percent)| Correction::Refund(pick, percent)),
    ]
}

fn correct(stored: &mut Stored<'_>, correction: &Correction) {
    match correction {
        Correction::Void(picks) => stored.correct(true, picks),
        Correction::Rebill(picks) => stored.correct(false, picks),
        Correction::Refund(pick, percent) => stored.refund_one(*pick, *percent),
    }
}

/// Cash in less refunds, and revenue with what is deferred: as the report has them, apart from what `verify` adds up.
fn both_sides(stored: &mut Stored<'_>) -> (i128, i128) {
    let report = revenue(&stored.book().ledger, &Query::default()).unwrap();
    let all = report.within();
    ((all.cash_in - all.refunds).count(), (all.revenue() + all.deferred).count())
}

proptest! {
    #![proptest_config(cases(60))]

    #[test]
    fn a_life_is_corrected_in_every_way(
        world in strategy::worlds(30), steps in vec((0usize..30, corrections()), 1..10),
    ) {
        let mut stored = Stored::new(&world);
        let last = world.actions.len() - 1;
        for number in 0..world.actions.len() {
            stored.step(number);
            for (_, correction) in steps.iter().filter(|(after, _)| (*after).min(last) == number) {
                correct(&mut stored, correction);
                prop_assert!(stored.faults().is_empty(), "verify: {:#?}\n{:?}", stored.faults(), world);
                prop_assert!(world.overdraft || !stored.is_below_zero(), "below zero: {:?}", world);
                let (cash, books) = both_sides(&mut stored);
                prop_assert_eq!(cash, books, "{:?}", world);
            }
        }
        prop_assert!(stored.faults().is_empty(), "verify: {:#?}\n{:?}", stored.faults(), world);
    }
}
