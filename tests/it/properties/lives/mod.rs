//! Random lives of one customer: subscriptions that begin, change, lapse and end, beside money and usage.

mod accrual;
mod model;
mod run;
pub mod stored;
pub mod strategy;
mod tiling;
mod told;
pub mod world;

use super::{assert_same, cases};
use crate::support::One;
use crate::support::catalog_text::{fixed, product};
use drawdown::billing::{NewTerms, Seats};
use drawdown::ids::VersionId;
use drawdown::time::{Instant, Interval, Unit};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use run::Run;
use std::collections::BTreeMap;
use stored::{Stored, told};
use strategy::worlds;
use world::{USD, micros};

proptest! {
    #![proptest_config(cases(300))]

    /// Whatever happens: see [`Run::act`].
    #[test]
    fn a_life_keeps_its_books(world in worlds(40)) {
        let mut run = Run::new(&world);
        world.actions.iter().enumerate().for_each(|(number, action)| run.act(number, action));
    }

    #[test]
    fn a_life_moves_on_in_one_step_as_in_many(world in worlds(16), step in 1usize..60) {
        let mut run = Run::new(&world);
        for (number, action) in world.actions.iter().enumerate() {
            run.act(number, action);
        }
        let end = world.actions.last().unwrap().tick + 500;
        let many = run.moved((0..=end).step_by(step).chain([end]));
        assert_same("one step and many", &run.moved([end].into_iter()), &many, &world);
        assert_same("projected and lived", &run.projected(end), &many, &world);
    }
}

proptest! {
    #![proptest_config(cases(300))]

    /// After every single action; the model starts from the beginning each time.
    #[test]
    fn a_life_goes_as_the_model_says(world in worlds(30)) {
        let mut run = Run::new(&world);
        for (number, action) in world.actions.iter().enumerate() {
            run.act(number, action);
            let mut model = model::run(&world, &world.actions[..=number]);
            model.story.sort();
            let what = format!("model and engine part at action {number}");
            let told = told::story(&run, |number| format!("action {number} is refused"));
            assert_same(&what, &model.story.join("\n"), &told.join("\n"), &world);
            assert_same(&what, &model.stand().join("\n"), &told::stand(&run).join("\n"), &world);
        }
    }
}

proptest! {
    #![proptest_config(cases(24))]

    /// Stored and loaded after every single action it is the life that was never stored; so it is if some are kept together.
    #[test]
    fn a_life_can_be_stored_at_any_time(world in worlds(30), cuts in vec(any::<bool>(), 1..8)) {
        let (mut each, mut pieces) = (Stored::new(&world), Stored::new(&world));
        let mut run = each.in_memory();
        each.run(&[true]);
        world.actions.iter().enumerate().for_each(|(number, action)| run.act(number, action));
        assert_same("stored and never stored", &each.told(), &told(&run), &world);
        pieces.run(&cuts);
        assert_same("stored each time and now and then", &each.rows(), &pieces.rows(), &world);
        for stored in [each, pieces] {
            prop_assert!(stored.faults().is_empty(), "verify: {:#?}\n{:?}", stored.faults(), world);
        }
    }
}

proptest! {
    #![proptest_config(cases(300))]

    /// In a life in which every price is a payment of 1,000 dollars at least, so that no part of it comes to nothing.
    #[test]
    fn what_is_paid_tiles_the_time_it_is_for(world in worlds(30)) {
        let mut world = world;
        for fixed in world.products.iter_mut().flat_map(|product| &mut product.fixed) {
            (fixed.asset, fixed.balance) = (USD, false);
            fixed.price += 100_000;
            fixed.tiers.iter_mut().for_each(|(_, other, _)| *other += 100_000);
        }
        let mut run = Run::new(&world);
        for (number, action) in world.actions.iter().enumerate() {
            run.act(number, action);
            tiling::check(&run);
        }
    }

    /// A year is twelve months, whatever day it begins on.
    #[test]
    fn a_year_is_charged_as_twelve_months(hours in 0i64..24 * 366 * 4) {
        let mut one = One::new(&product("p", &[fixed("Fee", "1 USD", "month", "")]));
        let start = Instant::from_micros(micros(hours / 12) + hours % 12 * 3_600_000_000);
        let end = Interval { unit: Unit::Year, count: 1 }.after(start);
        let terms = NewTerms { version: VersionId::from_number(0), quantity: Seats::ONE, at: start };
        one.engine.subscribe(&mut one.life, terms, Some(end), &mut one.facts).unwrap();
        one.engine.advance(&mut one.life, Interval { unit: Unit::Year, count: 2 }.after(start), &mut one.facts).unwrap();
        let periods: Vec<_> = one.facts.charges.iter().map(|charge| (charge.from, charge.to)).collect();
        prop_assert_eq!(periods.len(), 12);
        prop_assert_eq!((periods[0].0, periods[11].1), (start, end));
        prop_assert!(periods.windows(2).all(|pair| pair[0].1 == pair[1].0));
    }
}

/// The lives hold what the other tests are about, often enough to matter.
#[test]
fn all_sorts_of_lives_are_led() {
    let mut runner = TestRunner::deterministic();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for _ in 0..700 {
        let world = worlds(40).new_tree(&mut runner).unwrap().current();
        let mut run = Run::new(&world);
        world.actions.iter().enumerate().for_each(|(number, action)| run.act(number, action));
        for (what, count) in run.counts() {
            *counts.entry(what).or_default() += count;
        }
    }
    assert!(counts.values().all(|&count| count >= 5), "{counts:?}");
}
