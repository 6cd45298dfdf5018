//! Customers, what is paid in, what is left, and what moved it.

use drawdown::billing::{Adjustment, AutoTopupRule, Facts, NewTerms, NewTopup, Reason};
use drawdown::catalog::{SourceFile, plan, read};
use drawdown::ledger::{Access, Import, ImportOptions, Ledger, resolve_version};
use drawdown::report::balances::balance;
use drawdown::report::statement::statement;
use drawdown::time::Instant;
use drawdown::usage::{Batch, UsageEvent};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

/// Credits that may be owed, at a fifth of a dollar; calls cost three.
const CATALOG: &str = r#"
[catalog]
name = "calls"
reporting_currency = "USD"
[policy]
insufficient_funds = "overdraft"
[[asset]]
code = "CREDIT"
precision = 0
rates = [{ source = "USD", rate = 0.20 }]
expires_after = { duration = "month", duration_count = 1 }
overdraft_limit = 50
[[product]]
code = "api"
name = "API"
[[product.price]]
name = "Call"
type = "usage_based"
event_type = "call"
usage_type = "volume"
volume_field = "n"
asset = "CREDIT"
values = [{ volume_rate = 3 }]
"#;

fn at(day: u32, hour: u32) -> Instant {
    Instant::parse(&format!("2026-{:02}-{:02}T{hour:02}:00:00Z", 1 + (day - 1) / 28, 1 + (day - 1) % 28)).unwrap()
}

/// One thing that happens to the customer.
enum Step {
    Pay(u32, i64),
    Adjust(u32, i64, Reason),
    Call(u32, u32),
    Rule(AutoTopupRuleOf),
    Advance(u32),
}

/// Below how many credits how many dollars are paid.
struct AutoTopupRuleOf(i64, i64);

const DOLLAR: i64 = 1_000_000_000;

/// A life with every kind of movement.
fn story() -> Vec<Step> {
    use Step::{Adjust, Advance, Call, Pay, Rule};
    vec![
        Pay(1, 4),
        Call(2, 3),
        Adjust(3, 10, Reason::Gift),
        Call(4, 5),
        Adjust(5, -3, Reason::ExternalRefund),
        // Beyond what is there: the account goes below zero, and a payment for later pays it back.
        Call(6, 6),
        Pay(9, 3),
        Call(10, 1),
        // Late: it happened before what was recorded last, and is paid now.
        Call(7, 1),
        // A payment for a day gone by.
        Pay(8, 2),
        Advance(45),
        Rule(AutoTopupRuleOf(10, 5)),
        Call(46, 4),
        Call(46, 2),
        Call(47, 12),
        Pay(60, 1),
    ]
}

fn happen(ledger: &mut Ledger, step: &Step, number: usize) {
    let mut writer = ledger.write().unwrap();
    let mut engine = writer.engine().unwrap();
    let customer = writer.customer("acme").unwrap();
    let credit = writer.asset_id(&mut engine, "CREDIT").unwrap();
    let usd = writer.asset_id(&mut engine, "USD").unwrap();
    let mut life = writer.life(customer.id, &engine).unwrap();
    let mut facts = Facts::default();
    let key = format!("step-{number}");
    match *step {
        Step::Pay(day, dollars) => {
            let new = NewTopup { key, at: at(day, 0), currency: usd, paid: dollars * DOLLAR, target: credit };
            engine.top_up(&mut life, new, &mut facts).unwrap();
            writer.record(&mut life, &mut facts).unwrap();
        }
        Step::Adjust(day, amount, reason) => {
            let at = at(day, 0);
            let new = Adjustment { key, at, asset: credit, amount, reason, expires_at: None, priority: None };
            engine.adjust(&mut life, new, &mut facts).unwrap();
            writer.record(&mut life, &mut facts).unwrap();
        }
        Step::Call(day, n) => {
            let event = UsageEvent {
                id: key,
                customer: "acme".into(),
                event_type: "call".into(),
                occurred_at: at(day, 12),
                subject: None,
                data: BTreeMap::from([("n".to_owned(), n.to_string())]),
                costs: Vec::new(),
            };
            let batch = Batch::single(&event, &Arc::new(engine.vocabulary())).unwrap();
            let mut import = Import::new(&mut writer, &mut engine, ImportOptions::default());
            import.batch(batch, &mut |refused| panic!("{refused:?}")).unwrap();
            import.finish(false).unwrap();
        }
        Step::Rule(AutoTopupRuleOf(threshold, dollars)) => {
            let rule = AutoTopupRule::On { threshold, amount: dollars * DOLLAR, currency: usd, limit: None };
            writer.set_rule(&customer, credit, Some(&rule)).unwrap();
        }
        Step::Advance(day) => drop(writer.advance_all(&mut engine, at(day, 0)).unwrap()),
    }
    writer.commit().unwrap();
}

fn new_ledger(folder: &std::path::Path) -> Ledger {
    let text = CATALOG.to_owned();
    let reading = read(&[SourceFile { name: "calls.toml".into(), text }]);
    let catalog = reading.catalog.unwrap_or_else(|| panic!("{:?}", reading.findings));
    let mut ledger = Ledger::open(&folder.join("ledger.db"), Access::Create, Duration::ZERO).unwrap();
    let mut writer = ledger.write().unwrap();
    writer.apply(&catalog, &plan(None, &catalog), at(1, 0)).unwrap();
    writer.add_customer("acme", None, at(1, 0)).unwrap();
    let (published, mut engine) = (writer.published().unwrap().unwrap(), writer.engine().unwrap());
    let version = resolve_version(&published, &engine, "api", None).unwrap();
    let customer = writer.customer("acme").unwrap();
    writer.subscribe(&mut engine, &customer, NewTerms { version, quantity: 1, at: at(1, 0) }).unwrap();
    writer.commit().unwrap();
    ledger
}

/// The available credits at `instant`, by the balance and by the statement.
fn both(ledger: &Ledger, instant: Instant) -> (Option<String>, Option<String>) {
    let engine = ledger.engine().unwrap();
    let customer = ledger.customer("acme").unwrap();
    let balance = balance(ledger, &engine, &customer, Some(instant)).unwrap();
    let just_after = Instant::from_micros(instant.micros() + 1);
    let statement = statement(ledger, &engine, &customer, None, Some(just_after)).unwrap();
    let available = balance.accounts.into_iter().find(|a| a.asset == "CREDIT").map(|a| a.available);
    (available, statement.accounts.into_iter().find(|a| a.asset == "CREDIT").map(|a| a.closing))
}

#[test]
fn the_statement_closes_with_the_balance_at_every_instant() {
    let folder = tempfile::tempdir().unwrap();
    let mut ledger = new_ledger(folder.path());
    for (number, step) in story().iter().enumerate() {
        happen(&mut ledger, step, number);
        for day in (1..=11).chain([29, 31, 36, 37, 40, 45, 46, 47, 48, 60, 74, 75, 76, 88, 89, 100]) {
            for hour in [0, 12] {
                let (balance, statement) = both(&ledger, at(day, hour));
                assert_eq!(balance, statement, "after step {number}, on day {day} at {hour}");
            }
        }
    }
    let verified = ledger.verify().unwrap();
    assert!(verified.checks.iter().all(|check| check.ok), "{verified:?}");
}

#[test]
fn a_balance_of_the_past_is_what_it_was_then() {
    let folder = tempfile::tempdir().unwrap();
    let mut ledger = new_ledger(folder.path());
    let mut then = Vec::new();
    let moves_back = |step: &Step| matches!(step, Step::Call(7, _) | Step::Pay(8, _));
    for (number, step) in story().iter().filter(|step| !moves_back(step)).enumerate() {
        happen(&mut ledger, step, number);
        let (engine, customer) = (ledger.engine().unwrap(), ledger.customer("acme").unwrap());
        then.push(balance(&ledger, &engine, &customer, None).unwrap());
    }
    let (engine, customer) = (ledger.engine().unwrap(), ledger.customer("acme").unwrap());
    // Of several at one instant the last one counts.
    let last: BTreeMap<Instant, _> = then.into_iter().map(|balance| (balance.at, balance)).collect();
    for (instant, balance_then) in last {
        assert_eq!(balance(&ledger, &engine, &customer, Some(instant)).unwrap(), balance_then);
    }
}

#[test]
fn a_statement_has_every_kind_of_movement_and_may_be_cut_anywhere() {
    let folder = tempfile::tempdir().unwrap();
    let mut ledger = new_ledger(folder.path());
    story().iter().enumerate().for_each(|(number, step)| happen(&mut ledger, step, number));
    let (engine, customer) = (ledger.engine().unwrap(), ledger.customer("acme").unwrap());
    let of = |from, to| statement(&ledger, &engine, &customer, from, to).unwrap().accounts.swap_remove(0);
    let whole = of(None, None);
    let json = serde_json::to_value(&whole).unwrap();
    let kinds: BTreeSet<&str> =
        json["movements"].as_array().unwrap().iter().map(|m| m["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, BTreeSet::from(["adjustment", "auto_topup", "expiry", "fee", "repayment", "topup"]), "{json:#}");
    for cut in [at(2, 0), at(6, 12), at(9, 0), at(46, 12), at(59, 0)] {
        let (first, second) = (of(None, Some(cut)), of(Some(cut), None));
        assert_eq!(first.closing, second.opening);
        assert_eq!(second.closing, whole.closing);
        assert_eq!([first.movements, second.movements].concat(), whole.movements);
    }
}

#[test]
fn transcripts() {
    trycmd::TestCases::new()
        .env("DRAWDOWN_NOW", "2026-07-01T00:00:00Z")
        .register_bin("drawdown", std::path::Path::new(env!("CARGO_BIN_EXE_drawdown")))
        .case("tests/people/*.trycmd");
}
