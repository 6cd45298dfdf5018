//! What was granted and is lost before its time: a statement says why, in every format.

use super::{json, with_customer};
use crate::support::catalog_text::{asset, fixed, grant, lasting, product, whole};
use serde_json::{Value, json};

#[test]
fn a_statement_says_why_a_grant_was_lost_early() {
    let credits = |interval| grant("Credits", "50 CREDIT", &lasting(interval, "expire_and_replace", None));
    let workspace = with_customer(&whole(&[
        asset("CREDIT", "0.05 USD", ""),
        product("monthly", &[fixed("Fee", "10 USD", "month", ""), credits("month")]),
        product("yearly", &[fixed("Fee", "100 USD", "year", ""), credits("year")]),
    ]));
    workspace.ok("subscribe c monthly --at 2026-01-01");
    workspace.ok("subscription change c monthly --to yearly --at 2026-02-10 --yes");
    workspace.ok("unsubscribe c yearly --at 2026-03-01 --yes");
    workspace.ok("advance --to 2026-04-01");
    let statement = json(&workspace, "statement c");
    let movements = statement["accounts"].as_array().unwrap().iter().find(|account| account["asset"] == "CREDIT");
    let movements = movements.unwrap()["movements"].as_array().unwrap();
    let lost = movements.iter().filter(|movement| movement["kind"] == "expiry");
    let lost: Vec<[&Value; 2]> = lost.map(|movement| [&movement["at"], &movement["reason"]]).collect();
    let expected = [
        [json!("2026-02-01T00:00:00Z"), Value::Null],
        [json!("2026-02-10T00:00:00Z"), json!("terms_changed")],
        [json!("2026-03-01T00:00:00Z"), json!("subscription_ended")],
    ];
    assert_eq!(lost, expected.each_ref().map(|row| row.each_ref()));
    let csv = workspace.ok("statement c --format csv").stdout;
    let table = workspace.ok("statement c").stdout;
    for (at, why) in [("2026-02-10", "other terms have begun"), ("2026-03-01", "the subscription has ended")] {
        let is_told = |line: &str| line.contains(at) && line.contains("expiry") && line.contains(why);
        assert!(csv.lines().any(is_told) && table.lines().any(is_told), "{csv}{table}");
    }
    workspace.verify();
}
