//! One log under two catalogs at once beside two ledgers, one under each, that are reported and subtracted.

use super::cases;
use super::engine::{at, usage_event};
use super::world::{What, World, worlds};
use crate::support::{Book, catalog, version};
use drawdown::billing::{Engine, Status};
use drawdown::catalog::plan;
use drawdown::ids::{CustomerId, LotId};
use drawdown::ledger::{Import, ImportOptions, LedgerError, When};
use drawdown::money::{Precise, Total, Value};
use drawdown::report::profit::{Figures, ProfitReport, profit};
use drawdown::report::revenue::revenue;
use drawdown::report::{Query, Refused};
use drawdown::time::Instant;
use drawdown::usage::{Batch, LogReader, Source};
use drawdown::wallet::Purpose;
use drawdown::whatif::{
    Comparison, CustomerChange, Funding, Options, Past, Scenario, Stage, Under, Variant, compare_history,
};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::io::Cursor;
use std::sync::Arc;

/// What a world's product charges and grants beside usage.
#[derive(Debug, Clone)]
pub(super) struct Extras {
    /// Dollars a month, paid or from the wallet.
    fee: Option<(i64, bool)>,
    /// Credits that are granted, whether they earn something, and whether they are carried on.
    grant: Option<(i64, bool, bool)>,
}

impl Extras {
    pub(super) fn tables(&self) -> String {
        let mut text = String::new();
        if let Some((dollars, from_wallet)) = self.fee {
            let collection = if from_wallet { "balance" } else { "payment" };
            text += &format!(
                "[[product.price]]\nname = \"fee\"\ntype = \"fixed\"\nasset = \"USD\"\nunit_price = {dollars}\n\
                 billing_model = {{ type = \"recurring\", interval = \"day\", interval_count = 2 }}\ncollection = \"{collection}\"\n"
            );
        }
        if let Some((amount, earns, carries)) = self.grant {
            let refresh = if carries { "rollover" } else { "expire_and_replace" };
            text += &format!(
                "[[product.entitlement]]\nname = \"grant\"\nasset = \"CREDIT\"\namount = {amount}\npurpose = \"bundled\"\n\
                 accounting = {{ revenue_basis = {} }}\n\
                 lifecycle = {{ duration = \"day\", refresh = {{ strategy = \"{refresh}\" }} }}\n",
                if earns { "0.01" } else { "0" }
            );
        }
        text
    }
}

pub(super) fn extras() -> impl Strategy<Value = Extras> {
    let fee = prop::option::of((1i64..9, any::<bool>()));
    let grant = prop::option::of((1i64..30, any::<bool>(), any::<bool>()));
    (fee, grant).prop_map(|(fee, grant)| Extras { fee, grant })
}

pub(super) fn log_of(world: &World) -> String {
    let mut text = "id,customer,event_type,occurred_at,model,n,cost.gpu\n".to_owned();
    for (number, action) in world.actions.iter().enumerate() {
        let Some(event) = usage_event(action, number) else { continue };
        let value = |key| event.data.get(key).map_or("", String::as_str);
        let (model, n) = (value("model"), value("n"));
        let (id, customer, kind, at) = (&event.id, &event.customer, &event.event_type, event.occurred_at);
        writeln!(text, "{id},{customer},{kind},{at},{model},{n},0.{number:03}").unwrap();
    }
    text
}

pub(super) fn source(log: &str) -> Vec<Source> {
    vec![Source::new("log", Cursor::new(log.as_bytes().to_vec()))]
}

pub(super) fn options(funding: Funding, refused: Refused, by: &[&str]) -> Options {
    Options {
        enroll: ("p".to_owned(), None),
        funding,
        refused,
        by: by.iter().map(|key| (*key).to_owned()).collect(),
        ..Options::default()
    }
}

/// What rows may be by. A ledger keeps the dimensions that its own catalog asks for, a comparison those of all, so none of
/// these is one.
const KEYS: [&[&str]; 5] = [
    &["customer", "event_type"],
    &["product", "price"],
    &["vendor", "day"],
    &["price", "month"],
    &["day", "customer", "vendor"],
];

pub(super) fn compared(base: &str, others: &[&str], log: &str, options: Options) -> Comparison {
    let variant = |(name, text): (String, &str)| Variant { name, from: String::new(), catalog: catalog(text) };
    let others = others.iter().enumerate().map(|(number, text)| variant((number.to_string(), text))).collect();
    let stage = Stage::new(variant(("base".to_owned(), base)), others, options).unwrap();
    let reader = LogReader::new(source(log), stage.vocabulary(), None);
    let mut on_recorded = |_: &Batch, refusals| assert_eq!(refusals, []);
    stage.bill(reader, (false, false), &|| None, &mut on_recorded, |_, _| ()).unwrap()
}

/// A ledger under a catalog, with the log.
pub(super) fn replayed(text: &str, log: &str) -> Book {
    let mut book = Book::of(&catalog(text), Instant::EPOCH);
    replay(&mut book, log);
    book
}

pub(super) fn replay(book: &mut Book, log: &str) {
    book.write(|writer, engine| {
        let enroll = Some(version(writer, engine, "p"));
        let reader = LogReader::new(source(log), Arc::new(engine.vocabulary()), None);
        let mut on_recorded = |_: &Batch, refusals| assert_eq!(refusals, []);
        let options = ImportOptions { enroll, ..ImportOptions::default() };
        let mut import = Import::new(writer, engine, options, &mut on_recorded);
        import.log(reader, false, &|| None, |_, _| ()).unwrap();
        import.finish(true).unwrap()
    });
}

/// A ledger in which another catalog is applied at an instant and everybody changes then, unless only who is new has it.
/// Returns the terms before and how many could not change, too.
fn changed(world: &World, [before, after]: &[String; 2], since: Instant, only_new: bool) -> (Book, Engine, usize) {
    let (mut first, mut second) = (world.clone(), world.clone());
    first.actions.iter_mut().filter(|action| at(action.hour) >= since).for_each(|action| action.what = What::Advance);
    second.actions.iter_mut().filter(|action| at(action.hour) < since).for_each(|action| action.what = What::Advance);
    let mut book = Book::of(&catalog(before), Instant::EPOCH);
    replay(&mut book, &log_of(&first));
    book.advance(&since.to_string());
    let customers: Vec<String> = book.ledger.customers().unwrap().into_iter().map(|c| c.external_id).collect();
    let (after, before) = (catalog(after), book.ledger.engine().unwrap());
    let mut is_same = false;
    book.write(|writer, _| {
        let plan = plan(writer.published().unwrap().as_ref(), &after);
        is_same = !plan.changes.iter().any(|change| change.kind == "product");
        assert_eq!(plan.refused, []);
        writer.apply(&after, &plan, since).unwrap();
    });
    let change = |name: &String| book.change(name, "p", ("p", 1), &since.to_string(), When::Now).is_err();
    let refused = if only_new || is_same { 0 } else { customers.iter().map(change).filter(|refused| *refused).count() };
    replay(&mut book, &log_of(&second));
    (book, before, refused)
}

/// What a ledger says of the same questions.
pub(super) struct Reported {
    total: Figures,
    customers: BTreeMap<String, Figures>,
    prices: BTreeMap<Vec<Option<String>>, Figures>,
    groups: BTreeMap<Vec<Option<String>>, Figures>,
    cash_in: Total<Value>,
    deferred: Total<Value>,
    auto_topups: u64,
    spend: BTreeMap<String, Total<Value>>,
    denied: BTreeMap<String, Instant>,
}

fn by_keys(report: ProfitReport) -> BTreeMap<Vec<Option<String>>, Figures> {
    report.rows.into_iter().map(|row| (row.keys, row.figures)).collect()
}

/// `before` is what held until an instant, if other terms did.
pub(super) fn reported(book: &Book, refused: Refused, by: &[&str], before: Option<&(Instant, Engine)>) -> Reported {
    let ledger = &book.ledger;
    let query =
        |by: &[&str]| Query { by: by.iter().map(|key| (*key).to_owned()).collect(), refused, ..Query::default() };
    let customers = by_keys(profit(ledger, &query(&["customer"])).unwrap());
    let customers = customers.into_iter().map(|(keys, figures)| (keys[0].clone().unwrap(), figures));
    // Who has done nothing has no row.
    let idle = ledger.customers().unwrap().into_iter().map(|own| (own.external_id, Figures::default()));
    let after = revenue(ledger, &query(&[])).unwrap().after;
    let (spend, denied) = asked_of_events(book, before).unwrap();
    Reported {
        total: profit(ledger, &query(&[])).unwrap().total,
        customers: idle.chain(customers).collect(),
        prices: by_keys(profit(ledger, &query(&["product", "price"])).unwrap()),
        groups: by_keys(profit(ledger, &query(by)).unwrap()),
        cash_in: after.cash_in,
        deferred: after.deferred,
        auto_topups: ledger.topups(None).unwrap().iter().filter(|topup| topup.key.is_none()).count() as u64,
        spend,
        denied,
    }
}

type Asked = (BTreeMap<String, Total<Value>>, BTreeMap<String, Instant>);

/// What everybody spends and when they were first refused, from every single draw.
fn asked_of_events(book: &Book, before: Option<&(Instant, Engine)>) -> Result<Asked, LedgerError> {
    let ledger = &book.ledger;
    let engine = ledger.engine()?;
    let engine_at = |at| before.filter(|(since, _)| at < *since).map_or(&engine, |(_, before)| before);
    let names: BTreeMap<CustomerId, String> = ledger.customers()?.into_iter().map(|c| (c.id, c.external_id)).collect();
    let paid: BTreeMap<LotId, bool> =
        ledger.lots(None)?.into_iter().map(|row| (row.lot.id, row.lot.purpose == Purpose::Paid)).collect();
    let held: BTreeMap<_, _> = ledger.versions_held()?.into_iter().collect();
    let (mut spend, mut denied) = Asked::default();
    ledger.for_each_event(|stored| {
        let event = &stored.fact;
        let name = names[&event.customer].clone();
        if event.status == Status::Denied {
            let first = denied.entry(name).or_insert(event.occurred_at);
            *first = event.occurred_at.min(*first);
            return Ok(());
        }
        for fee in &event.fees {
            let asset = engine.version(held[&fee.subscription]).prices[fee.price.place()].0;
            for draw in &fee.draws {
                *spend.entry(name.clone()).or_default() += match draw.lot {
                    Some(lot) if paid[&lot] => draw.earned,
                    Some(_) => Value::ZERO,
                    None => engine_at(event.occurred_at).list_value(draw.amount, asset, event.occurred_at).unwrap(),
                };
            }
        }
        Ok(())
    })?;
    for charge in ledger.charges(None)? {
        let sum: &mut Total<Value> = spend.entry(names[&charge.customer].clone()).or_default();
        *sum += charge.value;
        for draw in &charge.draws {
            match draw.lot {
                Some(lot) if paid[&lot] => {}
                Some(_) => *sum -= draw.earned,
                None => *sum += engine_at(charge.at).list_value(draw.amount, charge.asset, charge.at).unwrap(),
            }
        }
    }
    Ok((spend, denied))
}

/// Values of the reporting currency as answers have them.
fn in_dollars(values: Total<Value>) -> Precise {
    Precise::of_values(values, 9)
}

fn assert_scenario(own: &Scenario, ledger: &Reported) {
    assert_eq!(own.figures, ledger.total, "{}", own.name);
    assert_eq!((own.cash_in, own.deferred), (in_dollars(ledger.cash_in), in_dollars(ledger.deferred)), "{}", own.name);
    assert_eq!(own.auto_topups, ledger.auto_topups, "{}", own.name);
    // Each has a reason.
    let by_reason: i64 = own.denied_by.iter().map(|(_, count)| count).sum();
    assert_eq!(by_reason, ledger.total.denied, "{}", own.name);
}

fn assert_customer(person: &CustomerChange, base: &Reported, other: &Reported) {
    let name = &person.customer;
    let spend = |ledger: &Reported| in_dollars(ledger.spend.get(name).copied().unwrap_or_default());
    assert_eq!((person.spend_before, person.spend_after), (spend(base), spend(other)), "{name}");
    let margin = |ledger: &Reported| ledger.customers[name].margin();
    assert_eq!((person.margin_before, person.margin_after), (margin(base), margin(other)), "{name}");
    assert_eq!(person.first_denied.map(|(at, _)| at), other.denied.get(name).copied(), "{name}");
    let denied = |ledger: &Reported| ledger.customers[name].denied;
    assert_eq!((person.denied_before, person.denied_after), (denied(base), denied(other)), "{name}");
    assert_eq!(person.newly_denied, other.denied.contains_key(name) && !base.denied.contains_key(name), "{name}");
    let loses = |ledger: &Reported| ledger.customers[name].profit().is_negative();
    assert_eq!(person.newly_unprofitable, loses(other) && !loses(base), "{name}");
}

fn assert_prices(own: &Scenario, base: &Reported, other: &Reported) {
    for row in own.prices.iter().filter(|row| row.product.is_some()) {
        let keys = vec![row.product.clone(), row.price.clone()];
        let used = |ledger: &Reported| {
            ledger.prices.get(&keys).map_or(Total::ZERO, |figures| figures.usage_revenue + figures.fixed_revenue)
        };
        assert_eq!((row.before, row.after), (used(base), used(other)), "{keys:?}");
    }
}

/// A scenario of a ledger's history: under another catalog, or under what was applied.
pub(super) fn past(name: &str, text: Option<&str>) -> Past {
    let under = text.map(|text| Under::Catalog(Box::new(catalog(text))));
    Past { name: name.to_owned(), from: String::new(), under }
}

/// A ledger's own history as it was billed, and others.
pub(super) fn history(book: &Book, others: Vec<Past>, options: &Options) -> Comparison {
    let comparison = compare_history(&book.ledger, past("base", None), others, options, |_| ()).unwrap();
    assert_eq!(comparison.base_matches, Some(true));
    comparison
}

/// All that a comparison answers is what ledgers say that have these terms.
pub(super) fn assert_comparison(comparison: &Comparison, base: &Reported, others: &[&Reported]) {
    assert_scenario(&comparison.base, base);
    assert_eq!(comparison.scenarios.len(), others.len());
    for (scenario, ledger) in comparison.scenarios.iter().zip(others) {
        assert_scenario(scenario, ledger);
        assert_eq!(scenario.people.len(), ledger.customers.len());
        scenario.people.iter().for_each(|person| assert_customer(person, base, ledger));
        assert_prices(scenario, base, ledger);
        for row in &scenario.groups {
            let of = |ledger: &Reported| ledger.groups.get(&row.keys).copied().unwrap_or_default();
            assert_eq!((row.before, row.after), (of(base), of(ledger)));
        }
    }
    assert_sums(comparison);
}

/// Whatever is told apart adds up to the whole, to the last digit.
fn assert_sums(comparison: &Comparison) {
    for own in &comparison.scenarios {
        let prices: Precise = own.prices.iter().map(|row| row.change()).sum();
        assert_eq!(prices, comparison.change(own));
        let after: Precise = own.prices.iter().map(|row| row.after).sum();
        assert_eq!(after, own.figures.revenue());
        assert_eq!(comparison.earned_by_price(own) + own.earned_by_service, comparison.change(own));
    }
}

proptest! {
    #![proptest_config(cases(32))]

    #[test]
    fn a_comparison_is_two_ledgers_subtracted(
        world in worlds(60),
        other in worlds(2),
        own in extras(),
        others in extras(),
        incurred in any::<bool>(),
        same_units in any::<bool>(),
        keys in prop::sample::select(KEYS.to_vec()),
    ) {
        let mut other = other;
        if same_units {
            (other.precision, other.rounding) = (world.precision, world.rounding);
        }
        let log = log_of(&world);
        prop_assume!(log.lines().count() > 1);
        let texts = [world.catalog() + &own.tables(), other.catalog() + &others.tables()];
        let second = texts[1].clone();
        let refused = if incurred { Refused::Incurred } else { Refused::Avoided };
        let comparison = compared(&texts[0], &[&texts[1], &texts[0]], &log, options(Funding::Recorded, refused, keys));
        let books = texts.map(|text| replayed(&text, &log));
        let ledgers = books.each_ref().map(|book| reported(book, refused, keys, None));
        assert_comparison(&comparison, &ledgers[0], &[&ledgers[1], &ledgers[0]]);
        // The ledger's own history is the same log.
        if same_units {
            let others = vec![past("0", Some(&second)), past("1", None)];
            let history = history(&books[0], others, &options(Funding::Recorded, refused, keys));
            assert_comparison(&history, &ledgers[0], &[&ledgers[1], &ledgers[0]]);
            for (own, logged) in history.scenarios.iter().zip(&comparison.scenarios) {
                prop_assert_eq!(own.earned_by_service, logged.earned_by_service);
            }
        }
        let same = &comparison.scenarios[1];
        prop_assert!(same.people.iter().all(|person| person.change().is_zero() && !person.newly_denied));
        prop_assert_eq!((comparison.change(same), same.earned_by_service), (Total::ZERO, Total::ZERO));
    }

    /// Everybody changes at an instant, or only who comes later has the other terms.
    #[test]
    fn a_change_of_terms_is_the_same_change_in_a_ledger(
        world in worlds(60),
        other in worlds(2),
        own in extras(),
        others in extras(),
        pick in any::<prop::sample::Index>(),
        only_new in any::<bool>(),
    ) {
        let (mut world, mut other) = (world, other);
        world.actions.retain(|action| action.event_type().is_some());
        world.actions.sort_by_key(|action| action.hour);
        prop_assume!(!world.actions.is_empty());
        (other.precision, other.rounding) = (world.precision, world.rounding);
        let texts = [world.catalog() + &own.tables(), other.catalog() + &others.tables()];
        let since = at(pick.get(&world.actions).hour);
        let options = Options { since: Some(since), only_new, ..options(Funding::Recorded, Refused::Avoided, &[]) };
        let replayed = replayed(&texts[0], &log_of(&world));
        let history = history(&replayed, vec![past("0", Some(&texts[1]))], &options);
        let comparison = compared(&texts[0], &[&texts[1]], &log_of(&world), options);
        let base = reported(&replayed, Refused::Avoided, &[], None);
        let (book, before, refused) = changed(&world, &texts, since, only_new);
        let ledger = reported(&book, Refused::Avoided, &[], Some(&(since, before)));
        for comparison in [&comparison, &history] {
            let scenario = &comparison.scenarios[0];
            assert_scenario(scenario, &ledger);
            scenario.people.iter().for_each(|person| assert_customer(person, &base, &ledger));
            assert_sums(comparison);
            prop_assert_eq!(scenario.left_out.len(), refused);
        }
    }

    /// Whoever pays, nothing is refused, and what came in is earned or waits to be.
    #[test]
    fn with_unlimited_funds_nothing_is_refused(world in worlds(60), own in extras()) {
        let log = log_of(&world);
        prop_assume!(log.lines().count() > 1);
        let text = world.catalog() + &own.tables();
        let comparison = compared(&text, &[&text], &log, options(Funding::Unlimited, Refused::Avoided, &[]));
        let base = &comparison.base;
        prop_assert_eq!(base.figures.denied, 0);
        prop_assert_eq!(base.cash_in, base.figures.revenue() + base.deferred);
        assert_sums(&comparison);
    }
}
