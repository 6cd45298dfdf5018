//! The least value that meets targets, beside a ledger of its own for each value.

use super::cases;
use super::compare::{extras, log_of, options, replay, source};
use super::world::worlds;
use crate::support::{Book, catalog};
use drawdown::catalog::Catalog;
use drawdown::report::profit::{Figures, profit};
use drawdown::report::{Query, Refused};
use drawdown::scenario::{Applied, Change, Condition, Scenario, Setting, Vary, ascending, grid};
use drawdown::time::Instant;
use drawdown::usage::{Batch, LogReader};
use drawdown::whatif::{Funding, Solution, Stage, Variant};
use proptest::prelude::*;

fn variant(name: &str, catalog: &Catalog) -> Variant {
    Variant { name: name.to_owned(), from: String::new(), catalog: catalog.clone() }
}

fn with_value(base: &Catalog, vary: &Vary, value: &Change) -> Catalog {
    let setting = Setting { path: vary.path.clone(), change: value.clone() };
    Scenario { name: String::new(), catalog: None, settings: vec![setting] }.catalog(base).unwrap()
}

/// What was tried in passes of three values.
fn solved(base: &Catalog, log: &str, (vary, values): (&Vary, &[Change]), targets: &[Condition]) -> Solution {
    let (mut curve, mut last) = (Vec::new(), None);
    for tried in values.chunks(3) {
        let pass = tried.iter().map(|value| variant(&value.to_string(), &with_value(base, vary, value))).collect();
        let stage = Stage::new(variant("base", base), pass, options(Funding::Recorded, Refused::Avoided, &[])).unwrap();
        let reader = LogReader::new(source(log), stage.vocabulary(), None);
        let mut on_recorded = |_: &Batch, refusals| assert_eq!(refusals, []);
        let comparison = stage.bill(reader, (false, false), &|| None, &mut on_recorded, |_, _| ()).unwrap();
        curve.extend(Solution::points(&comparison, tried, targets));
        last = Some(comparison);
    }
    Solution::new(vary.path.clone(), targets.to_vec(), last.unwrap(), curve)
}

/// What a ledger under a catalog reports.
fn reported(catalog: &Catalog, log: &str) -> Figures {
    let mut book = Book::of(catalog, Instant::EPOCH);
    replay(&mut book, log);
    profit(&book.ledger, &Query::default()).unwrap().total
}

/// Whether a ledger's figures meet a target, without fractions.
fn meets(figures: &Figures, target: &str) -> bool {
    let (name, number) = target.split_once(">=").unwrap();
    match name {
        "denied" => figures.denied >= number.parse().unwrap(),
        "charged" => figures.events - figures.denied - figures.unpriced >= number.parse().unwrap(),
        "revenue" => figures.revenue().count() >= number.parse::<i128>().unwrap() * 10i128.pow(18),
        "margin" => {
            let percent: i128 = number.strip_suffix('%').unwrap().parse().unwrap();
            figures.revenue().is_positive() && figures.profit().count() * 100 >= percent * figures.revenue().count()
        }
        _ => panic!("{target}"),
    }
}

/// A target that about half of the values meet: what one of them comes to, downwards to a whole number.
fn target_of(kind: usize, figures: &Figures) -> String {
    match kind {
        0 => format!("denied>={}", figures.denied),
        1 => format!("charged>={}", figures.events - figures.denied - figures.unpriced),
        2 => format!("revenue>={}", figures.revenue().count().div_euclid(10i128.pow(18))),
        _ if figures.revenue().is_positive() => {
            format!("margin>={}%", (figures.profit().count() * 100).div_euclid(figures.revenue().count()))
        }
        _ => "margin>=0%".to_owned(),
    }
}

proptest! {
    #![proptest_config(cases(12))]

    #[test]
    fn the_answer_meets_all_targets_and_nothing_below_it_does(
        world in worlds(40),
        own in extras(),
        range in prop::sample::select(vec!["x0..x2/0.25", "x2..x0/-0.5", "x0.9,x1,x1.05,x1.1,x0.95", "x0..x9/3"]),
        kinds in prop::collection::vec(0usize..4, 1..3),
        pick in any::<prop::sample::Index>(),
    ) {
        let mut world = world;
        // The least and the most that an event owes are whole: a part of them may be no amount.
        for row in world.prices.iter_mut().flat_map(|price| &mut price.rows) {
            (row.min, row.max) = (None, None);
        }
        let log = log_of(&world);
        prop_assume!(log.lines().count() > 1 && !world.prices.is_empty());
        let base = catalog(&(world.catalog() + &own.tables()));
        let vary: Vary = format!("p/*={range}").parse().unwrap();
        let values = grid(&vary, &[Applied::from(&base)], 100).and_then(|values| ascending(&vary.path, values)).unwrap();
        let ledgers: Vec<Figures> = values.iter().map(|value| reported(&with_value(&base, &vary, value), &log)).collect();
        let targets: Vec<String> = kinds.iter().map(|&kind| target_of(kind, pick.get(&ledgers))).collect();
        let conditions: Vec<Condition> = targets.iter().map(|target| target.parse().unwrap()).collect();
        let solution = solved(&base, &log, (&vary, &values), &conditions);
        let met: Vec<bool> = ledgers.iter().map(|own| targets.iter().all(|target| meets(own, target))).collect();
        let told: Vec<bool> = solution.curve.iter().map(|point| point.is_met()).collect();
        prop_assert_eq!(&told, &met, "{:?}", targets);
        for (point, ledger) in solution.curve.iter().zip(&ledgers) {
            prop_assert_eq!(&point.scenario.figures, ledger);
        }
        let answer = met.iter().position(|met| *met);
        prop_assert_eq!(solution.answer(), answer);
        let below = answer.and_then(|place| values.get(place.checked_sub(1)?));
        prop_assert_eq!(solution.below().map(|point| &point.value), below);
        let stretches: Vec<usize> = solution.met().into_iter().flatten().collect();
        let places: Vec<usize> = (0..met.len()).filter(|&place| met[place]).collect();
        prop_assert_eq!(stretches, places);
        if let Some(place) = answer {
            let until = solution.same_until(place);
            prop_assert!(ledgers[place..=until].iter().all(|own| *own == ledgers[place]));
            prop_assert!(met[place..=until].iter().all(|met| *met));
        }
        prop_assert_eq!(solution.closest().map(|point| point.is_met()), Some(answer.is_some()));
    }
}
