//! Which value of a number meets targets, as a user meets it.

use super::{catalog, workspace};
use crate::support::Workspace;
use crate::support::catalog_text::{auto_topup, limit};

#[test]
fn what_cannot_be_solved_is_refused_with_what_to_do() {
    let workspace = workspace()
        .with("free.toml", catalog("p", "").replace("unit_price = 1", "unit_price = 0"))
        .with("bad.toml", catalog("p", "[policy]\ninsufficient_funds = \"dney\"\n"));
    let refused = |words: &str, code: i32, told: &[&str]| {
        workspace.refused(&format!("solve {words}"), code, told);
    };
    let call = "usage.csv --enroll p --vary p/Call/unit_price";
    refused(call, 2, &["--target"]);
    refused("--vary p/Call/unit_price --target margin>1%", 1, &["there is no ledger", "drawdown apply"]);
    refused("usage.csv --enroll p --target margin>1%", 2, &["--vary"]);
    refused(&format!("{call} --target margn>1%"), 2, &["did you mean margin"]);
    refused(&format!("{call} --target margin>1"), 2, &["per cents"]);
    refused(&format!("{call}=1..2/0 --target margin>1%"), 2, &["step of a range can't be 0"]);
    refused(&format!("{call}=1..2/0.001 --target margin>1%"), 2, &["more than 100 values", "larger steps"]);
    refused(&format!("{call}=1,+5% --target margin>1%"), 2, &["+5% can't be compared with the other values"]);
    refused(&format!("{call}=-1,1 --target margin>1%"), 1, &["p/Call/unit_price=-1"]);
    refused(
        "usage.csv --enroll p --vary p/Cal/unit_price=1,2 --target margin>1%",
        1,
        &["p has no \"Cal\"", "did you mean Call"],
    );
    let policy = "usage.csv --enroll p --vary policy/insufficient_funds=deny,overdraft";
    refused(&format!("{policy} --target margin>1%"), 2, &["deny is not a number, and only numbers have a least one"]);
    refused(&format!("{call} --base free.toml --target margin>1%"), 2, &["is 0, so say which values"]);
    refused(
        &format!("{call} --with bad.toml --target margin>1%"),
        1,
        &["error: bad: the catalog bad.toml has 1 error", "dney"],
    );
    refused(&format!("{call} --with new=bad.toml --target margin>1%"), 1, &["error: new: the catalog bad.toml"]);
    let two = format!("{call} --target margin>1% --with new=free.toml --set old:p/Call/max_amount=2");
    refused(&two, 2, &["tried in one scenario, and \"new\" and \"old\" are two", "drawdown compare"]);
    refused(&two.replace("new=", "base="), 2, &["base is what scenarios are compared with"]);
    let twice = format!("{call} --target margin>1% --set p/Call/max_amount=2 --set x:p/Call/max_amount=3");
    refused(&twice, 2, &["p/Call/max_amount is set twice"]);
    workspace.write("moved.toml", catalog("q", ""));
    refused(
        "usage.csv --enroll p --with new=moved.toml --vary q/Call/unit_price=1,2 --target margin>1%",
        1,
        &["the scenario \"new:q/Call/unit_price=1\" has no product \"p\""],
    );
    refused(
        "- --enroll p --vary p/Call/unit_price=1..26/1 --target margin>1%",
        2,
        &["at most 25", "write the log to a file"],
    );
    refused(&format!("{call} --target margin>1% --fail-on margin<1%"), 2, &["--fail-on"]);
    refused(&format!("{call} --target margin>1% -o usage.csv"), 1, &["would overwrite"]);
    assert!(!workspace.ledger().exists());
}

/// One call at each price: a credit is a dollar, whole, and rounded up.
fn whole_credits() -> Workspace {
    let credits = "[[asset]]\ncode = \"C\"\nprecision = 0\nrounding = \"up\"\nrates = [{ rate = 1 }]\n";
    let text = catalog("p", credits).replace("asset = \"USD\"\nunit", "asset = \"C\"\nunit");
    workspace().with("catalogs/c.toml", text)
}

/// Every price up to one credit bills one.
#[test]
fn plateaus_are_said() {
    let workspace = whole_credits();
    let solve = |more: &str| {
        workspace.run(&format!("solve usage.csv --enroll p --funding unlimited --vary p/Call/unit_price={more}"))
    };
    let told = solve("0.25..3/0.25 --target revenue>=2").stdout;
    assert!(
        told.starts_with("p/Call/unit_price=1.25 is the least of 12 values that meets revenue>=2: revenue 2.00"),
        "{told}"
    );
    assert!(told.contains("The value before it, 1, does not: revenue 1.00."), "{told}");
    assert!(told.contains("make 3 steps, within which nothing changes; the answer's is 1.25 to 2."), "{told}");
    let answer = solve("0.25..3/0.25 --target revenue>=2 --format json").json();
    assert_eq!(answer["answer"], "1.25");
    assert_eq!((&answer["below"]["value"], &answer["below"]["revenue"]), (&"1".into(), &"1.00".into()));
    let revenues: Vec<&str> =
        answer["curve"].as_array().unwrap().iter().map(|point| point["revenue"].as_str().unwrap()).collect();
    assert_eq!(revenues, [["1.00"; 4], ["2.00"; 4], ["3.00"; 4]].concat());
    assert_eq!(answer["runs"], 12);
    let same = solve("0.25..1/0.25 --target revenue>=2");
    assert_eq!(same.code, 3);
    assert!(
        same.stdout.contains("None of 4 values meets revenue>=2. p/Call/unit_price=0.25 comes closest"),
        "{same:?}"
    );
    assert!(same.stdout.contains("All 4 values come to the same"), "{same:?}");
    let least = solve("1..2/1 --target revenue>=1").stdout;
    assert!(least.contains("It is the least value that was tried"), "{least}");
}

/// Six dollars buy as many calls as they can: four at 1.5, two at 2.5 and at 3, one at 4, 5 and 6.
#[test]
fn several_crossings_are_said() {
    let call = |id: u32| format!("e{id},acme,call,2026-07-01T00:00:0{id}Z\n");
    let log: String = (0..6).map(call).collect();
    let topup = auto_topup("USD", 0, "6 USD", &limit("6 USD"));
    let workspace = workspace()
        .with("usage.csv", format!("id,customer,event_type,occurred_at\n{log}"))
        .with("catalogs/c.toml", catalog("p", &topup));
    let told = workspace
        .ok("solve usage.csv --enroll p --vary p/Call/unit_price=1..7/1 --target revenue>=5 --target revenue<6")
        .stdout;
    assert!(told.starts_with("p/Call/unit_price=5 is the least"), "{told}");
    let told = workspace.ok("solve usage.csv --enroll p --vary p/Call/unit_price=4..1/-1 --target revenue=6").stdout;
    assert!(told.starts_with("p/Call/unit_price=1 is the least of 4 values"), "{told}");
    let words = "solve usage.csv --enroll p --vary p/Call/unit_price=0.5..7/0.5 --target revenue>=6";
    let told = workspace.ok(words).stdout;
    assert!(
        told.contains("Not every greater value does: the targets are met from 1 to 2 and at 3 and at 6."),
        "{told}"
    );
}

/// The other catalog, changed, is compared with the first.
#[test]
fn a_value_is_found_in_another_catalog() {
    let workspace = workspace().with("new.toml", catalog("p", "").replace("unit_price = 1", "unit_price = 4"));
    let words = "solve usage.csv --enroll p --funding unlimited --with new.toml --set p/Call/unit_price=x2 \
                 --vary p/Call/unit_price=-75%..+0%/25% --target change.revenue>=250% --format json -o answer.json";
    workspace.ok(words);
    let answer = workspace.read("answer.json");
    let answer: serde_json::Value = serde_json::from_str(&answer).unwrap();
    assert_eq!(answer["data"]["answer"], "-50%");
    assert_eq!(answer["data"]["metrics"]["change.revenue_percent"], "300.00");
    assert_eq!(answer["data"]["below"]["change.revenue_percent"], "100.00");
}

/// A setting is of the only scenario there is, whether it says its name or not.
#[test]
fn the_scenario_may_have_a_name() {
    let workspace = workspace().with("new.toml", catalog("p", "").replace("unit_price = 1", "unit_price = 4"));
    workspace.ok("apply --yes --at 2026-06-30");
    workspace.ok("replay usage.csv --enroll p");
    let words = "--funding unlimited --vary p/Call/unit_price=-50%,+0% --target revenue>=3 --format json";
    for log in ["usage.csv --enroll p", ""] {
        let revenue = |more: &str| {
            let answer = workspace.ok(&format!("solve {log} {words} {more}")).json();
            [answer["answer"].clone(), answer["metrics"]["revenue"].clone()]
        };
        assert_eq!(revenue("--with new.toml"), ["+0%", "4.00"]);
        for set in ["", "new:", "dearer:"] {
            let with = if set == "dearer:" { "dearer=new.toml" } else { "new.toml" };
            assert_eq!(revenue(&format!("--with {with} --set {set}p/Call/unit_price=x2")), ["-50%", "4.00"], "{set}");
        }
        assert_eq!(revenue("--set x:p/Call/unit_price=6"), ["-50%", "3.00"]);
    }
}

/// A dollar that a dearer call took can't be taken back by a correction.
#[test]
fn what_each_value_leaves_out_is_listed() {
    let workspace = workspace();
    workspace.ok("apply --yes --at 2026-06-30");
    workspace.ok("customer add acme");
    workspace.ok("subscribe acme p --at 2026-06-30");
    workspace.ok("topup acme 2 USD --id t1 --at 2026-06-30");
    workspace.ok("replay usage.csv");
    workspace.ok("adjust acme -1 USD --reason other --id a1 --at 2026-07-02");
    let answer = workspace.ok("solve --vary p/Call/unit_price=1,2 --target revenue>=1 --format json").json();
    let left_out = |index: usize| answer["curve"][index]["left_out"].clone();
    assert_eq!(left_out(0), serde_json::json!([]));
    assert_eq!(left_out(1).as_array().unwrap().len(), 1);
    assert_eq!(left_out(1)[0]["customer"], "acme");
    let what = left_out(1)[0]["what"].as_str().unwrap().to_owned();
    assert!(what.starts_with("adjustment: only 0.00 USD can be taken back"), "{what}");
    let compared = workspace.ok("compare --set p/Call/unit_price=2 --format json").json();
    assert_eq!(compared["scenarios"][1]["left_out"], left_out(1));
}

/// The ledger that has a log answers as the log does; and what only a ledger has counts, too.
#[test]
fn the_ledgers_own_history_is_solved_as_its_log_is() {
    let rule = "[[auto_topup]]\nasset = \"USD\"\nthreshold = 0\namount = \"5 USD\"\n";
    let calls = (1..9).map(|day| format!("c{day},acme,call,2026-07-0{day}T00:00:00Z\n")).collect::<String>();
    let workspace = Workspace::new()
        .with("catalogs/c.toml", catalog("p", rule))
        .with("dearer.toml", catalog("p", rule).replace("unit_price = 1", "unit_price = 3"))
        .with("usage.csv", format!("id,customer,event_type,occurred_at\n{calls}"));
    workspace.ok("apply --yes --at 2026-06-30");
    workspace.ok("replay usage.csv --enroll p");
    for more in [
        "",
        "--since 2026-07-05",
        "--with dearer.toml",
        "--base dearer.toml",
        "--decline 50%",
        "--set p/Call/unit_price=2",
    ] {
        let words = format!("--vary p/Call/unit_price=+0%..+100%/25% --target revenue>=10 --format json {more}");
        let [own, logged] = ["", "usage.csv --enroll p"].map(|log| workspace.run(&format!("solve {log} {words}")));
        assert_eq!((own.code, own.json()), (logged.code, logged.json()), "{more}");
    }
    let least = |workspace: &Workspace| {
        let words = "solve --vary p/Call/unit_price=1..3/0.25 --target cash_in>=20 --format json";
        workspace.ok(words).json()["answer"].take()
    };
    assert_eq!(least(&workspace), "2");
    // Three payments are enough for 12.00, and this one is a fourth, which came after all calls were charged.
    workspace.ok("topup acme 5 USD --id t1 --at 2026-07-04");
    assert_eq!(least(&workspace), "1.5");
    workspace.refused(
        "solve --vary p/Cal/unit_price=1,2 --target denied<1",
        1,
        &["p has no \"Cal\"", "did you mean Call"],
    );
}
