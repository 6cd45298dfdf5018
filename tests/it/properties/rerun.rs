//! A ledger's own history, billed again: as it was billed it comes out as the ledger has it, to the last digit, and under
//! other terms as a ledger has it that had these terms.

use super::compare::{assert_comparison, extras, history, options, past, reported};
use super::engine::at;
use super::stored::Stored;
use super::world::{World, worlds};
use super::{assert_same, cases, lives};
use crate::support::Book;
use drawdown::billing::{AutoTopupRule, DenialReason, Engine, EventFact, Facts, Life, Rollup};
use drawdown::catalog::plan;
use drawdown::ids::{AssetId, ShapeId};
use drawdown::ledger::{NewScenario, Rerun, RerunEnd, When, WhichTerms, Witness};
use drawdown::money::Units;
use drawdown::report::Refused;
use drawdown::scenario::Changed;
use drawdown::time::Instant;
use drawdown::usage::Shape;
use drawdown::whatif::{Funding, Options};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use std::any::Any;

/// Keeps all that it is told, but for numbers that are given out in another order.
#[derive(Default)]
struct Everything(Vec<String>);

impl Witness for Everything {
    fn shape(&mut self, _: ShapeId, _: &Shape) {}

    fn event(&mut self, event: &EventFact, _: Option<DenialReason>, _: &Life, _: &Engine) {
        self.0.push(told_event(event));
    }

    fn rollup(&mut self, _: &Rollup) {}

    fn facts(&mut self, facts: Facts) {
        self.0.extend(told(&facts));
    }

    fn end(&mut self, _: &[Life]) {}
}

fn told_event(event: &EventFact) -> String {
    let fee = |fee: &drawdown::billing::FeeFact| {
        let draws: Vec<_> = fee.draws.iter().map(|draw| (draw.amount, draw.earned, draw.decided_by)).collect();
        (fee.before, fee.amount, fee.value, fee.overage, draws)
    };
    let fees: Vec<_> = event.fees.iter().map(fee).collect();
    format!("{} {:?} {:?} {:?} {:?} {fees:?}", event.seq, event.voids, event.status, event.occurred_at, event.posted_at)
}

fn told(facts: &Facts) -> Vec<String> {
    let lots = facts.lots.iter().map(|l| format!("lot {:?}", (l.customer, l.asset, l.granted_at, l.amount, l.basis)));
    let topups = facts.topups.iter().map(|t| format!("topup {:?}", (t.customer, t.at, t.paid, t.value, t.event)));
    let adjusted = facts.adjustments.iter().map(|a| format!("adjustment {:?}", (&a.key, a.at, a.amount)));
    let expired = facts.expiries.iter().map(|e| format!("expiry {:?}", (e.at, e.dated, e.amount, e.breakage)));
    let repaid = facts.repayments.iter().map(|r| format!("repayment {:?}", (r.at, r.amount, r.earned)));
    lots.chain(topups).chain(adjusted).chain(expired).chain(repaid).collect()
}

/// All of a ledger, as [`Everything`] would have been told it until then.
fn recorded(book: &Book, until: Instant) -> Vec<String> {
    let mut lines = Vec::new();
    let visit = |event: drawdown::ledger::StoredEvent| {
        lines.push(told_event(&event.fact));
        Ok(())
    };
    book.ledger.for_each_event(visit).unwrap();
    let engine = book.ledger.engine().unwrap();
    lines.extend(told(&book.ledger.money(&engine, until).unwrap()));
    lines
}

fn sorted(mut lines: Vec<String>) -> String {
    lines.sort();
    lines.join("\n")
}

/// What becomes of the base and of the scenarios; where the base differs, in words.
fn rerun(book: &Book, scenarios: Vec<NewScenario>) -> Result<Vec<RerunEnd>, String> {
    match book.ledger.rerun(Box::new(Everything::default()), scenarios, 0, |_| {}).unwrap() {
        Rerun::Same(ends) => Ok(ends),
        Rerun::Differs(difference) => Err(format!("{difference:?}")),
    }
}

/// A scenario that changes nothing.
fn unchanged(book: &Book) -> NewScenario {
    let same = Changed::new(&[], book.ledger.applied().unwrap()).unwrap();
    NewScenario { terms: Box::new(same), witness: Box::new(Everything::default()) }
}

fn lines(end: RerunEnd) -> Vec<String> {
    let witness: Box<dyn Any> = end.witness;
    witness.downcast::<Everything>().unwrap().0
}

/// Something that is done beside the actions.
#[derive(Debug, Clone)]
enum Beside {
    Void(prop::sample::Index),
    Rebill(prop::sample::Index),
    RebillAll(bool),
    /// Of a customer and an asset, so many hours later.
    Rule(usize, usize, Option<AutoTopupRule>, i64),
}

fn beside() -> impl Strategy<Value = Beside> {
    let on = (0i64..12, 1i64..8, option::of(1i64..4)).prop_map(|(threshold, amount, limit)| AutoTopupRule::On {
        threshold: Units::from_count(threshold),
        amount: Units::from_count(amount * 1_000_000_000),
        currency: AssetId::FIRST,
        limit: limit.map(|times| Units::from_count(times * amount * 1_000_000_000)),
    });
    let rule = option::of(prop_oneof![3 => on, 1 => Just(AutoTopupRule::Off)]);
    prop_oneof![
        2 => any::<prop::sample::Index>().prop_map(Beside::Void),
        2 => any::<prop::sample::Index>().prop_map(Beside::Rebill),
        1 => any::<bool>().prop_map(Beside::RebillAll),
        3 => (0usize..3, 0usize..2, rule, -3i64..12)
            .prop_map(|(who, asset, rule, hours)| Beside::Rule(who, asset, rule, hours)),
    ]
}

fn act(stored: &mut Stored<'_>, beside: Beside, hour: i64) {
    match beside {
        Beside::Void(pick) => stored.void_one(pick),
        Beside::Rebill(pick) => stored.rebill_one(pick),
        Beside::RebillAll(latest) => {
            let which = if latest { WhichTerms::Latest } else { WhichTerms::Then };
            stored.book().rebill(&drawdown::ledger::Selection::default(), which);
        }
        Beside::Rule(who, asset, rule, hours) => stored.set_rule(who, asset, rule, (hour + hours).max(0)),
    }
}

/// Applies another world's catalog at an hour, and changes everybody to it who is subscribed then, unless only who is new has
/// it. Returns how many could not change.
fn change_all(stored: &mut Stored<'_>, other: &World, hour: i64, only_new: bool) -> usize {
    let (when, after) = (at(hour).to_string(), crate::support::catalog(&other.catalog()));
    let book = stored.book();
    book.advance(&when);
    let mut is_other = false;
    book.write(|writer, _| {
        let plan = plan(writer.published().unwrap().as_ref(), &after);
        is_other = plan.changes.iter().any(|change| change.kind == "product");
        writer.apply(&after, &plan, at(hour)).unwrap();
    });
    let is_held = |(from, to): (i64, Option<i64>)| from <= hour && to.is_none_or(|to| hour < to);
    let held: Vec<usize> = (0..other.spans.len()).filter(|&who| is_held(other.spans[who])).collect();
    let mut change = |who: &usize| book.change(&who.to_string(), "p", ("p", 1), &when, When::Now).is_err();
    if only_new || !is_other { 0 } else { held.iter().filter(|who| change(who)).count() }
}

/// Two worlds of which each may charge a fee beside usage, from a payment or the wallet, and grant credit.
fn with_fees(
    worlds: (impl Strategy<Value = World>, impl Strategy<Value = World>),
) -> impl Strategy<Value = (World, World)> {
    (worlds, [extras(), extras()]).prop_map(|((world, other), [own, others])| {
        (World { beside: own.tables(), ..world }, World { beside: others.tables(), ..other })
    })
}

/// The same customers doing the same under other terms.
fn under(world: &World, other: &World) -> World {
    World {
        precision: world.precision,
        rounding: world.rounding,
        spans: world.spans.clone(),
        actions: world.actions.clone(),
        ..other.clone()
    }
}

proptest! {
    #![proptest_config(cases(24))]

    /// Several customers with overdrafts, overages, rules, late events and lots that end, of whose events some were taken
    /// back or billed again, and whose terms changed.
    #[test]
    fn a_history_comes_out_as_it_was(
        (world, other) in with_fees((worlds(24), worlds(2))), move_all: bool, is_applied: bool,
        done in vec((0usize..24, beside()), 0..6),
    ) {
        let mut stored = Stored::new(&world, move_all);
        let half = world.actions.len() / 2;
        for (number, action) in world.actions.iter().enumerate() {
            if is_applied && number == half {
                stored.apply(&under(&world, &other), action.hour);
            }
            for (_, beside) in done.iter().filter(|(at, _)| *at == number) {
                act(&mut stored, beside.clone(), action.hour);
            }
            stored.command([number]);
        }
        let horizon = stored.book().ledger.horizon().unwrap();
        let before = sorted(recorded(stored.book(), horizon));
        let same = unchanged(stored.book());
        let again = rerun(stored.book(), vec![same]).map(|ends| ends.into_iter().map(|end| sorted(lines(end))).collect());
        let again: Vec<String> = again.unwrap_or_else(|differs| panic!("{differs}\n{world:?}"));
        assert_same("recorded and billed again", &before, &again[0], &world);
        assert_same("the base and a scenario that changes nothing", &again[0], &again[1], &world);
    }

    /// One customer whose subscriptions renew, lapse, change and end, and to whom money goes back.
    #[test]
    fn a_life_comes_out_as_it_was(
        world in lives::strategy::worlds(30), move_all: bool, at in 0usize..30,
        picks in vec((any::<prop::sample::Index>(), option::of(1i64..130), any::<bool>()), 0..5),
    ) {
        let mut stored = lives::stored::Stored::new(&world);
        stored.command(0, at, move_all);
        for (pick, percent, voids) in picks {
            if voids { stored.void_one(pick) } else { stored.refund_one(pick, percent) }
        }
        stored.command(at, world.actions.len(), move_all);
        prop_assert_eq!(rerun(stored.book(), Vec::new()).err(), None, "{:?}", world);
    }

    /// A scenario comes out as a ledger does that has its terms, and what that refuses is left out.
    #[test]
    fn a_scenario_comes_out_as_a_ledger_with_its_terms(
        (world, other) in with_fees((worlds(24), worlds(2))), move_all: bool,
    ) {
        let mut stored = Stored::new(&world, move_all);
        let done = stored.command(0..world.actions.len());
        let others = under(&world, &other);
        let mut second = Stored::new(&others, move_all);
        let accepted = second.command(done.iter().copied());
        let catalog = crate::support::catalog(&others.catalog());
        let scenario = NewScenario { terms: Box::new(catalog), witness: Box::new(Everything::default()) };
        let horizon = stored.book().ledger.horizon().unwrap();
        let mut ends = rerun(stored.book(), vec![scenario]).unwrap();
        let end = ends.remove(1);
        prop_assert_eq!(end.left_out.len(), done.len() - accepted.len(), "{:?}\n{:?}", end.left_out, others);
        let told = sorted(lines(end));
        assert_same("a ledger and a scenario", &sorted(recorded(second.book(), horizon)), &told, &others);
        // What a comparison answers is what both ledgers report.
        second.book().advance(&horizon.to_string());
        let keys = ["customer", "event_type"];
        let options = options(Funding::Recorded, Refused::Avoided, &keys);
        let comparison = history(stored.book(), vec![past("other", Some(&others.catalog()))], &options);
        // A comparison has everybody at its end, and so fees that fall due until then.
        stored.book().advance(&horizon.to_string());
        let ledgers = [stored.book(), second.book()].map(|book| reported(book, Refused::Avoided, &keys, None));
        assert_comparison(&comparison, &ledgers[0], &[&ledgers[1]]);
        prop_assert_eq!(comparison.scenarios[0].left_out.len(), done.len() - accepted.len());
    }

    /// A scenario from an instant on comes out as a ledger to which its catalog is applied then, and in which everybody's
    /// subscription is changed at once, or nobody's.
    #[test]
    fn a_scenario_from_an_instant_on_comes_out_as_a_ledger_that_changes_then(
        (world, other) in with_fees((worlds(24), worlds(2))), move_all: bool, pick in any::<prop::sample::Index>(),
        only_new: bool,
    ) {
        let mut world = world;
        world.actions.sort_by_key(|action| action.hour);
        let begun = world.spans.iter().map(|(from, _)| *from).max().unwrap_or_default();
        let later: Vec<i64> = world.actions.iter().map(|action| action.hour).filter(|hour| *hour > begun).collect();
        prop_assume!(!later.is_empty());
        let hour = *pick.get(&later);
        let others = under(&world, &other);
        let mut first = Stored::new(&world, move_all);
        let done = first.command(0..world.actions.len());
        // What was refused may have been all that was to be done by then.
        prop_assume!(first.book().ledger.horizon().unwrap() >= at(hour));
        let mut second = Stored::new(&world, move_all);
        let is_before = |number: &usize| world.actions[*number].hour < hour;
        let mut accepted = second.command(done.iter().copied().filter(is_before)).len();
        let before = second.book().ledger.engine().unwrap();
        let refused = change_all(&mut second, &others, hour, only_new);
        accepted += second.command(done.iter().copied().filter(|number| !is_before(number))).len();
        let horizon = first.book().ledger.horizon().unwrap();
        second.book().advance(&horizon.to_string());
        let since = at(hour);
        let options = Options { since: Some(since), only_new, ..options(Funding::Recorded, Refused::Avoided, &[]) };
        let comparison = history(first.book(), vec![past("other", Some(&others.catalog()))], &options);
        let before = (since, before);
        first.book().advance(&horizon.to_string());
        let base = reported(first.book(), Refused::Avoided, &[], None);
        let ledger = reported(second.book(), Refused::Avoided, &[], Some(&before));
        assert_comparison(&comparison, &base, &[&ledger]);
        prop_assert_eq!(comparison.scenarios[0].left_out.len(), done.len() - accepted + refused);
    }
}
