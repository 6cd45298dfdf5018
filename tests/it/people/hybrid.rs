//! A hybrid life: seats paid from the wallet and by payment, included credits that are carried on or replaced, overage, a
//! volume price that falls, changes of terms, and a renewal that can't be paid.

use super::world::Step::{Adjust, Advance, End, Pay, Resume, Rule, Seats, Subscribe, Switch, Use};
use super::world::{Step, World, at, kinds};
use crate::support::catalog_text::{
    FROM_WALLET, PER_SEAT, asset, fixed, grant, lasting, overage, product, usage, whole,
};
use drawdown::billing::Reason;
use drawdown::ledger::When::{Now, PeriodEnd};
use proptest::prelude::*;
use std::collections::BTreeMap;

/// Both plans have the same prices for usage.
fn plans() -> String {
    let image = format!("volume_field = \"n\"\nvolume_rate = 1\n{}", overage("0.25"));
    let image = usage("Image", "image", "volume", "CREDIT", &image);
    let tiers = "pricing_model = \"volume\"\ntier_period = \"lifetime\"\ntiers = [{ up_to = 9, volume_rate = 3 }, { volume_rate = 1 }]\n";
    let call = format!("volume_field = \"n\"\n{tiers}{}", overage("0.25"));
    let replaced = |duration| lasting(duration, "expire_and_replace", None);
    let credits = format!("{PER_SEAT}{}", lasting("month", "rollover", Some(10)));
    whole(&[
        asset("CREDIT", "0.20 USD", "expires_after = { duration = \"month\", duration_count = 1 }"),
        product(
            "team",
            &[
                fixed("Plan", "5 USD", "month", PER_SEAT),
                fixed("Seat", "2 USD", "month", &format!("{PER_SEAT}{FROM_WALLET}")),
                grant("Credits", "30 CREDIT", &credits),
                grant("Weekly", "5 CREDIT", &format!("priority = 5\n{}", replaced("week"))),
                image.clone(),
                usage("Call", "call", "volume", "CREDIT", &call),
            ],
        ),
        product(
            "solo",
            &[fixed("Plan", "3 USD", "month", ""), grant("Credits", "20 CREDIT", &replaced("month")), image],
        ),
        product("day", &[fixed("Day", "1 USD", "week", FROM_WALLET)]),
    ])
}

/// A life with every kind of movement that a subscription brings.
fn story() -> Vec<Step> {
    vec![
        Pay(1, 10, "USD"),
        Subscribe(1, "team"),
        Use(2, "image", 12),
        Seats(4, "team", 3, Now),
        Use(5, "image", 90),
        // Beyond what is left: the rest is overage.
        Use(6, "image", 12),
        Seats(15, "team", 2, Now),
        Pay(16, 4, "CREDIT"),
        Use(17, "call", 4),
        // The tenth call makes all of them cheaper, and something comes back.
        Use(18, "call", 6),
        // The month renews, and what is left is carried on; the next one can't be paid.
        Advance(40),
        Use(41, "image", 30),
        Advance(65),
        Use(66, "image", 1),
        Advance(70),
        // Late: it is denied, for it is billed now.
        Use(64, "image", 2),
        Pay(71, 9, "USD"),
        Use(72, "image", 30),
        Seats(73, "team", 1, PeriodEnd),
        Resume(74, "team"),
        Switch(75, "team", "solo", PeriodEnd),
        Advance(90),
        Use(91, "image", 50),
        // Renewals are paid by a rule from here on.
        Rule("USD", 2, 3),
        Subscribe(95, "day"),
        Advance(120),
        Use(121, "image", 3),
        // One that began long ago, and is charged for all that time now.
        Switch(122, "solo", "team", Now),
        End(123, "team", Now),
        End(124, "day", PeriodEnd),
        Advance(140),
        Pay(141, 20, "USD"),
        Subscribe(85, "team"),
        Advance(150),
    ]
}

/// Days before, within, and after the story.
const DAYS: [u32; 19] = [1, 4, 6, 8, 15, 18, 29, 57, 66, 71, 72, 85, 92, 99, 121, 123, 127, 141, 200];

#[test]
fn the_statement_closes_with_the_balance_at_every_instant() {
    let mut world = World::new(&plans());
    for step in story() {
        world.happen(&step).unwrap();
        DAYS.into_iter().for_each(|day| world.check(at(day, 12)));
    }
    (1..=200).for_each(|day| world.check(at(day, 0)));
    let verified = world.book.ledger.verify().unwrap();
    assert!(verified.checks.iter().all(|check| check.ok), "{verified:?}");
}

#[test]
fn a_balance_of_the_past_is_what_it_was_then() {
    let mut world = World::new(&plans());
    let moves_back = |step: &Step| matches!(step, Use(64, ..) | Subscribe(85, _));
    let mut then = BTreeMap::new();
    for step in story().into_iter().filter(|step| !moves_back(step)) {
        world.happen(&step).unwrap();
        let balance = world.balance(None);
        then.insert(balance.at, balance);
    }
    for (instant, mut balance_then) in then {
        let mut balance_now = world.balance(Some(instant));
        // Ends that were not known then are shown now.
        let lots =
            balance_then.accounts.iter_mut().chain(&mut balance_now.accounts).flat_map(|account| &mut account.lots);
        lots.for_each(|lot| lot.expires_at = None);
        assert_eq!(balance_now, balance_then);
    }
}

#[test]
fn a_statement_has_every_kind_of_movement_and_may_be_cut_anywhere() {
    let mut world = World::new(&plans());
    story().iter().for_each(|step| world.happen(step).unwrap());
    let whole = world.statement(None, None);
    let expected =
        ["auto_topup", "charge", "credit", "expiry", "fee", "give_back", "grant", "overage", "rollover", "topup"];
    assert_eq!(kinds(&whole.accounts), expected.map(str::to_owned).into());
    for cut in DAYS.map(|day| at(day, 0)) {
        let (first, second) = (world.statement(None, Some(cut)), world.statement(Some(cut), None));
        assert_eq!([first.charges, second.charges].concat(), whole.charges);
        for account in &second.accounts {
            let before = first.accounts.iter().find(|other| other.asset == account.asset);
            assert_eq!(before.map_or(&account.opening, |before| &before.closing), &account.opening);
            let movements = before.map(|before| before.movements.clone()).unwrap_or_default();
            let all = whole.accounts.iter().find(|other| other.asset == account.asset).unwrap();
            assert_eq!([movements, account.movements.clone()].concat(), all.movements);
        }
    }
}

/// The second product begins later than the time that the customer has come to, and both wait for money until there is a rule.
#[test]
fn what_will_be_paid_for_a_later_time_is_not_paid_yet() {
    let mut world = World::new(&plans());
    for step in [Subscribe(1, "team"), Pay(1, 1, "CREDIT"), Subscribe(10, "day"), Rule("USD", 0, 3)] {
        world.happen(&step).unwrap();
        [1, 9, 10, 17].into_iter().for_each(|day| world.check(at(day, 12)));
    }
}

const PRODUCTS: [&str; 3] = ["team", "solo", "day"];

/// Anything that may happen on about the `day`-th day.
fn any_step(day: u32) -> impl Strategy<Value = Step> {
    let day = day.saturating_sub(12).max(1)..day + 3;
    let product = || prop::sample::select(&PRODUCTS);
    let when = || prop::sample::select(&[Now, PeriodEnd]);
    prop_oneof![
        3 => (day.clone(), 1..30i64, prop::sample::select(&["USD", "CREDIT"])).prop_map(|(d, n, a)| Pay(d, n, a)),
        1 => (day.clone(), -20..20i64).prop_map(|(d, n)| Adjust(d, n, Reason::Other)),
        4 => (day.clone(), prop::sample::select(&["image", "call"]), 1..40u32).prop_map(|(d, e, n)| Use(d, e, n)),
        1 => (0..10i64, 1..9i64).prop_map(|(below, dollars)| Rule("USD", below, dollars)),
        2 => day.clone().prop_map(Advance),
        3 => (day.clone(), product()).prop_map(|(d, p)| Subscribe(d, p)),
        2 => (day.clone(), product(), 1..5i64, when()).prop_map(|(d, p, n, w)| Seats(d, p, n, w)),
        2 => (day.clone(), product(), product(), when()).prop_map(|(d, p, q, w)| Switch(d, p, q, w)),
        1 => (day.clone(), product(), when()).prop_map(|(d, p, w)| End(d, p, w)),
        1 => (day, product()).prop_map(|(d, p)| Resume(d, p)),
    ]
}

fn any_story() -> impl Strategy<Value = Vec<Step>> {
    (1..14u32).map(|n| any_step(n * 11)).collect::<Vec<_>>()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_statement_of_any_life_closes_with_the_balance(steps in any_story()) {
        let mut world = World::new(&plans());
        world.happen(&Subscribe(1, "team")).unwrap();
        for step in steps {
            // What contradicts what is there is refused.
            let _ = world.happen(&step);
            (1..180).step_by(31).for_each(|day| world.check(at(day, 12)));
        }
        (1..200).step_by(9).for_each(|day| world.check(at(day, 0)));
        let verified = world.book.ledger.verify().unwrap();
        prop_assert!(verified.checks.iter().all(|check| check.ok), "{verified:?}");
    }
}
