//! A price change as it really happens, in a ledger's own history: beside a second ledger to which the catalog is applied at
//! that time, and in which everybody's subscription is changed.

use super::catalog;
use crate::support::Workspace;
use serde_json::Value;

/// Two products with a monthly fee, calls and what is granted every month.
fn two_products(fees: [&str; 2], call: &str) -> String {
    let fixed = |fee: &str| {
        format!(
            "[[product.price]]\nname = \"Fee\"\ntype = \"fixed\"\nasset = \"USD\"\nunit_price = {fee}\nper_seat = true\n\
             billing_model = {{ type = \"recurring\", interval = \"month\" }}\ncollection = \"payment\"\n\
             [[product.entitlement]]\nname = \"Calls\"\nasset = \"USD\"\namount = 3\npurpose = \"bundled\"\n\
             accounting = {{ revenue_basis = 0.5 }}\n\
             lifecycle = {{ duration = \"month\", refresh = {{ strategy = \"expire_and_replace\" }} }}\n"
        )
    };
    let basic = catalog("basic", "").replace("unit_price = 1", &format!("unit_price = {call}")) + &fixed(fees[0]);
    let pro = basic[basic.find("[[product]]").unwrap()..].replace("\"basic\"", "\"pro\"");
    basic.clone() + &pro.replace(&format!("unit_price = {}\nper", fees[0]), &format!("unit_price = {}\nper", fees[1]))
}

fn calls(name: &str, all: &[(&str, &str)]) -> String {
    let line = |(index, (who, at)): (usize, &(&str, &str))| format!("{name}{index},{who},call,{at}T12:00:00Z\n");
    "id,customer,event_type,occurred_at\n".to_owned() + &all.iter().enumerate().map(line).collect::<String>()
}

const BEFORE: &[&str] = &[
    "apply --yes --at 2026-06-30",
    "customer add ann",
    "customer add bob",
    "customer add dan",
    "customer add cleo",
    "subscribe ann basic --at 2026-07-01",
    "subscribe bob basic --at 2026-07-01",
    "subscribe dan pro --at 2026-07-03",
    "topup ann 50 USD --id t1 --at 2026-07-02",
    "topup cleo 5 USD --id t2 --at 2026-07-02",
    // What is to come by then keeps bob from changing.
    "subscription change bob basic --to pro --period-end --at 2026-07-05 --yes",
    "unsubscribe dan pro --at 2026-08-10 --yes",
    "replay early.csv",
];

const AFTER: &[&str] = &[
    "subscribe cleo basic --at 2026-07-20",
    "topup dan 7 USD --id t3 --at 2026-07-21",
    "replay middle.csv",
    "subscription change ann basic --quantity 2 --at 2026-07-25 --yes",
    "subscription change ann basic --to pro --at 2026-08-03 --yes",
    "replay late.csv",
    "unsubscribe cleo basic --period-end --at 2026-08-08 --yes",
    "adjust ann -2 USD --reason other --id a1 --at 2026-08-09",
    "advance --to 2026-09-15",
];

fn workspace() -> Workspace {
    Workspace::new()
        .with("catalogs/c.toml", two_products(["31", "62"], "1"))
        .with("new/c.toml", two_products(["46.5", "80"], "2"))
        .with("early.csv", calls("e", &[("ann", "2026-07-08"), ("ann", "2026-07-09"), ("dan", "2026-07-10")]))
        .with("middle.csv", calls("m", &[("ann", "2026-07-22"), ("cleo", "2026-07-23"), ("dan", "2026-07-23")]))
        .with("late.csv", calls("l", &[("ann", "2026-08-05"), ("bob", "2026-08-05"), ("cleo", "2026-08-06")]))
}

/// What a second ledger reports, whose customers are changed at the time of the new catalog if they can be.
fn second(changes: &[&str]) -> [Value; 2] {
    let ledger = workspace();
    BEFORE.iter().for_each(|words| drop(ledger.ok(*words)));
    ledger.ok("advance --to 2026-07-16");
    ledger.ok("--catalog new apply --yes --at 2026-07-16");
    for words in changes {
        ledger.ok(&format!("subscription change {words} --at 2026-07-16 --yes"));
    }
    AFTER.iter().for_each(|words| drop(ledger.ok(*words)));
    let total = |name: &str| ledger.ok(&format!("report {name} --format json")).json();
    [total("profit")["total"].take(), total("revenue")]
}

#[test]
fn everybody_or_only_who_is_new_changes_at_a_time() {
    let ledger = workspace();
    BEFORE.iter().chain(AFTER).for_each(|words| drop(ledger.ok(*words)));
    let [told, new] = ["", "--only-new"].map(|more| {
        let words = format!("compare --with new --since 2026-07-16 --format json {more}");
        ledger.ok(&words).json()["scenarios"][1].take()
    });
    let ledgers = [(told, &["ann basic --to basic", "dan pro --to pro"][..]), (new, &[])];
    for (own, changes) in ledgers {
        let [profit, revenue] = second(changes);
        for key in ["usage_revenue", "fixed_revenue", "breakage", "revenue", "cost", "fees"] {
            assert_eq!(own[key], profit[key], "{key} {changes:?}");
        }
        assert_eq!(own["denied"], profit["denied"]);
        assert_eq!((&own["cash_in"], &own["deferred"]), (&revenue["cash_in"], &revenue["deferred"]));
        let left_out = own["left_out"].as_array().unwrap();
        match changes {
            [] => assert_eq!(left_out.len(), 0),
            _ => {
                assert_eq!(left_out.len(), 1);
                assert_eq!(left_out[0]["customer"], "bob");
                let why = left_out[0]["what"].as_str().unwrap();
                assert!(why.contains("change of terms") && why.contains("2026-08-01"), "{why}");
            }
        }
    }
}

/// What comes late is worth what it was worth at its time, though it is billed when a credit costs more.
#[test]
fn what_is_billed_late_has_the_rate_of_its_own_time() {
    let credits = |rate: &str| {
        let asset = format!(
            "[policy]\ninsufficient_funds = \"overdraft\"\n[[asset]]\ncode = \"C\"\nprecision = 0\nrates = [{{ rate = {rate} }}]\n"
        );
        catalog("basic", &asset).replace("asset = \"USD\"\nunit", "asset = \"C\"\nunit")
    };
    let log = calls("e", &[("ann", "2026-07-01"), ("ann", "2026-07-05"), ("ann", "2026-07-02")]);
    let ledger = Workspace::new()
        .with("catalogs/c.toml", credits("0.05"))
        .with("new.toml", credits("0.07"))
        .with("usage.csv", log);
    ledger.ok("apply --yes --at 2026-06-30");
    ledger.ok("replay usage.csv --enroll basic");
    for history in ["", "usage.csv --enroll basic"] {
        let words = format!("compare {history} --with new.toml --since 2026-07-03 --format json");
        let answer = ledger.ok(&words).json();
        assert_eq!(answer["scenarios"][0]["fees"], "0.15", "{history}");
        assert_eq!(answer["scenarios"][1]["fees"], "0.17", "{history}");
    }
}

/// Who is past due and pays at the very instant of the change has changed by then, and pays the later fee.
#[test]
fn what_is_paid_at_the_instant_comes_after_the_change() {
    let fee = |fee: &str| two_products([fee, fee], "1").replace("collection = \"payment\"", "collection = \"balance\"");
    let workspace = || {
        let own = Workspace::new().with("catalogs/c.toml", fee("31")).with("new/c.toml", fee("62"));
        for words in ["apply --yes --at 2026-06-30", "customer add ann", "subscribe ann basic --at 2026-07-01"] {
            own.ok(words);
        }
        own
    };
    let after = ["topup ann 100 USD --id t1 --at 2026-07-16", "advance --to 2026-08-15"];
    let (first, second) = (workspace(), workspace());
    after.iter().for_each(|words| drop(first.ok(*words)));
    second.ok("advance --to 2026-07-16");
    second.ok("--catalog new apply --yes --at 2026-07-16");
    second.run("subscription change ann basic --to basic --at 2026-07-16 --yes");
    after.iter().for_each(|words| drop(second.ok(*words)));
    let told = first.ok("compare --with new --since 2026-07-16 --format json").json()["scenarios"][1].take();
    let profit = second.ok("report profit --format json").json()["total"].take();
    let revenue = second.ok("report revenue --format json").json();
    for key in ["usage_revenue", "fixed_revenue", "breakage", "revenue"] {
        assert_eq!(told[key], profit[key], "{key}: {told:?}");
    }
    assert_eq!(told["deferred"], revenue["deferred"]);
}
