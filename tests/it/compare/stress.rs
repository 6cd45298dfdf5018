//! What happens when automatic payments are declined.

use super::catalog;
use crate::support::Workspace;
use crate::support::catalog_text::auto_topup;

/// A call of a dollar every half hour, of somebody whose rule pays two dollars.
fn workspace() -> Workspace {
    let call = |n: usize| format!("e{n},acme,call,2026-07-01T{:02}:{:02}:00Z\n", n / 2, n % 2 * 30);
    let log = (0..24).map(call).collect::<String>();
    let rule = auto_topup("USD", 0, "2 USD", "");
    Workspace::new()
        .with("catalogs/c.toml", catalog("p", &rule))
        .with("usage.csv", format!("id,customer,event_type,occurred_at\n{log}"))
}

const BOTH: &str = "compare usage.csv --enroll p --set policy/insufficient_funds=overdraft";

#[test]
fn refusals_and_deficits_stand_side_by_side() {
    let workspace = workspace();
    let answer = workspace.ok(&format!("{BOTH} --decline 100% --format json")).json();
    assert_eq!(answer["inputs"]["decline"], serde_json::json!({"rate": "100%", "seed": 1}));
    let [base, other] = [0, 1].map(|place| answer["scenarios"][place].clone());
    // Tried at 0:00, 1:00, 3:00 and 7:00, when it is given up, and the next call needs one that is tried at 7:00, 8:00 and
    // 10:00. Under overdraft that is eight payments, since fifteen dollars are owed by then.
    let of =
        |own: &serde_json::Value| ["charged", "denied", "auto_topups", "declined_topups"].map(|key| own[key].clone());
    assert_eq!(of(&base), [0, 24, 0, 7]);
    assert_eq!(base["worst_deficit"], "0.00");
    assert_eq!(of(&other), [24, 0, 0, 4 + 3 * 8]);
    assert_eq!((&other["worst_deficit"], &other["change"]["worst_deficit"]), (&"24.00".into(), &"24.00".into()));
    let customer = &answer["customers"][0];
    assert_eq!([&customer["worst_deficit_before"], &customer["worst_deficit_after"]], ["0.00", "24.00"]);
    assert_eq!(customer["declined_before"], 7);
    let table = workspace.ok(&format!("{BOTH} --decline 100%")).stdout;
    for told in ["declined payments", "worst deficit", "100% of automatic payments are declined", "owes up to 24.00"] {
        assert!(table.contains(told), "{told}: {table}");
    }
    for format in ["html", "markdown"] {
        let text = workspace.ok(&format!("{BOTH} --decline 100% --format {format}")).stdout;
        assert!(text.contains("declined payments") && text.contains("worst deficit"), "{text}");
    }
    assert_eq!(workspace.run(&format!("{BOTH} --decline 100% --fail-on worst_deficit>20")).code, 1);
    assert_eq!(workspace.run(&format!("{BOTH} --decline 100% --fail-on worst_deficit>24")).code, 0);
}

#[test]
fn a_seed_is_the_same_luck_and_none_is_no_stress() {
    let workspace = workspace();
    let answer = |more: &str| workspace.ok(&format!("{BOTH} --format csv {more}")).stdout;
    assert_eq!(answer("--decline 50% --seed 3"), answer("--decline 50% --seed 3"));
    assert_eq!(answer("--decline 0%"), answer(""));
    let seeds: std::collections::BTreeSet<String> =
        (0..8).map(|n| answer(&format!("--decline 50% --seed {n}"))).collect();
    assert!(seeds.len() > 1);
}

#[test]
fn solve_tries_values_under_stress() {
    let workspace = workspace();
    let words = "solve usage.csv --enroll p --vary p/Call/unit_price=0.5,1,2 --target denied<=8 --decline";
    assert_eq!(workspace.run(&format!("{words} 100%")).code, 3);
    let answer = workspace.ok(&format!("{words} 0%")).stdout;
    assert!(answer.contains("unit_price=0.5 is the least of 3 values"), "{answer}");
}

#[test]
fn what_can_not_be_declined_is_refused() {
    let workspace = workspace();
    let refused = |more: &str, told: &[&str]| drop(workspace.refused(&format!("{BOTH} {more}"), 2, told));
    refused("--decline 5", &["write a per cent, as in 5%"]);
    refused("--decline 105%", &["from 0% to 100%"]);
    refused("--seed 5", &["--decline"]);
    refused("--decline 5% --funding unlimited", &["nothing can be declined", "--funding recorded"]);
}

/// Each need has a luck of its own, also at one instant: a call that needs dollars and credits at half a chance each goes
/// through in a quarter of all cases.
#[test]
fn payments_at_one_instant_are_declined_each_by_themselves() {
    let credits = "[[asset]]\ncode = \"C\"\nprecision = 0\nrates = [{ rate = 1 }]\n";
    let rules = [auto_topup("USD", 0, "2 USD", ""), auto_topup("C", 0, "2 USD", "")].concat();
    let second = "[[product.price]]\nname = \"Credits\"\ntype = \"usage_based\"\nevent_type = \"call\"\nusage_type = \"unit\"\n\
                  asset = \"C\"\nunit_price = 1\n";
    let call = |n: usize| format!("e{n},c{n},call,2026-07-01T00:00:00Z\n");
    let rows: String = (0..400).map(call).collect();
    let text = catalog("p", &format!("{credits}{rules}"));
    let workspace = Workspace::new()
        .with("catalogs/c.toml", format!("{text}{second}"))
        .with("usage.csv", format!("id,customer,event_type,occurred_at\n{rows}"));
    let words = "compare usage.csv --enroll p --set p/Call/unit_price=1 --decline 50% --format json";
    let charged = workspace.ok(words).json()["scenarios"][0]["charged"].as_i64().unwrap();
    // Five standard deviations on each side; one luck for both would be 200.
    assert!((57..=143).contains(&charged), "{charged}");
}
