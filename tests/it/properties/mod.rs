//! Billing beside a slow and obviously right model, in random worlds.

mod compare;
mod corners;
mod corrections;
mod declines;
mod engine;
mod extremes;
mod lives;
mod model;
mod refunds;
mod rerun;
mod sample;
mod solve;
mod stored;
mod undoing;
mod voids;
mod world;

use crate::support::first_difference;
use engine::Run;
use model::Story;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use stored::Stored;
use world::worlds;

/// Says where two texts part, with the world they are of.
fn assert_same(what: &str, left: &str, right: &str, world: &impl std::fmt::Debug) {
    if let Some(difference) = first_difference(left, right) {
        panic!("{what}\n{difference}\nin the world\n{world:?}");
    }
}

fn told(story: &Story) -> String {
    let parts = [&story.events, &story.payments, &story.expiries, &story.repayments, &story.lots, &story.owed];
    parts.map(|part| part.join("\n")).join("\n\n")
}

/// So many, or as many as `PROPTEST_CASES` says.
fn cases(cases: u32) -> ProptestConfig {
    let default = ProptestConfig::default();
    let cases = if std::env::var_os("PROPTEST_CASES").is_some() { default.cases } else { cases };
    ProptestConfig { cases, failure_persistence: None, ..default }
}

proptest! {
    #![proptest_config(cases(300))]

    /// After every single action; the model starts from the beginning each time.
    #[test]
    fn the_engine_does_what_the_model_does(world in worlds(24)) {
        let mut run = Run::new(&world);
        for (number, action) in world.actions.iter().enumerate() {
            run.act(number, action);
            let model = model::run(&world, &world.actions[..=number]);
            assert_same(&format!("model and engine part at action {number}"), &told(&model), &told(&run.story()), &world);
        }
    }

    #[test]
    fn time_moves_on_in_one_step_as_in_many(world in worlds(16), step in 1usize..9) {
        let mut run = Run::new(&world);
        world.actions.iter().enumerate().for_each(|(number, action)| run.act(number, action));
        let end = 500;
        let many = run.moved((0..=end).step_by(step).chain([end]));
        assert_same("one step and many", &run.moved([end].into_iter()), &many, &world);
    }
}

/// The worlds hold what the other tests are about, often enough to matter.
#[test]
fn all_sorts_of_things_happen() {
    let mut runner = TestRunner::deterministic();
    let mut all = Story::default();
    for _ in 0..400 {
        let world = worlds(24).new_tree(&mut runner).unwrap().current();
        let story = model::run(&world, &world.actions);
        all.events.extend(story.events);
        all.payments.extend(story.payments);
        all.expiries.extend(story.expiries);
        all.repayments.extend(story.repayments);
    }
    let count = |words: &str| all.events.iter().filter(|event| event.contains(words)).count();
    let kinds = [
        "insufficient_funds",
        "auto_topup_limit",
        "overdraft_limit",
        "no_price",
        "no_dimension_row",
        "no_volume",
        "negative_volume",
        "subscription_ended",
        "subscription_not_started",
        "charged 0 ",
        " owed",
        "USD + ",
        ", ",
    ];
    let mut counts: Vec<(&str, usize)> = kinds.iter().map(|kind| (*kind, count(kind))).collect();
    let others = [("payments", &all.payments), ("expiries", &all.expiries), ("repayments", &all.repayments)];
    counts.extend(others.map(|(what, lines)| (what, lines.len())));
    assert!(counts.iter().all(|(_, count)| *count >= 5), "{counts:?}");
}

proptest! {
    #![proptest_config(cases(24))]

    /// The facts, the balances and the clocks; and it verifies, and replaying it all again changes nothing.
    #[test]
    fn a_log_cut_into_pieces_is_the_whole_log(world in worlds(40), cuts in vec(any::<bool>(), 1..8)) {
        let (mut whole, mut pieces) = (Stored::new(&world, false), Stored::new(&world, false));
        whole.run(&[false]);
        pieces.run(&cuts);
        assert_same("whole and cut", &whole.dump(), &pieces.dump(), &world);
        let model = model::run(&world, &world.actions);
        assert_same("model and ledger", &model.lots.join("\n"), &whole.lots().join("\n"), &world);
        prop_assert!(whole.faults().is_empty(), "verify: {:#?}\n{}", whole.faults(), world);
        let before = whole.dump();
        let again = whole.import_all_again();
        prop_assert_eq!(again.duplicate, again.events);
        assert_same("once and twice", &before, &whole.dump(), &world);
    }

    /// When everybody is moved on at the end of each piece, which makes no difference while nothing comes late.
    #[test]
    fn a_sorted_log_cut_into_replays_is_one_replay(world in worlds(40), cuts in vec(any::<bool>(), 1..8)) {
        let mut world = world;
        world.actions.sort_by_key(|action| action.hour);
        let (mut whole, mut pieces) = (Stored::new(&world, true), Stored::new(&world, true));
        whole.run(&[false]);
        pieces.run(&cuts);
        assert_same("whole and cut", &whole.dump(), &pieces.dump(), &world);
        prop_assert!(pieces.faults().is_empty(), "verify: {:#?}\n{}", pieces.faults(), world);
    }
}
