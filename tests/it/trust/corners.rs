//! Corners of the rules that one command alone does not show.

use super::workspace::unapplied;
use crate::support::Workspace;

const CATALOG: &str = r#"
[catalog]
name = "corners"
reporting_currency = "USD"
[[asset]]
code = "EUR"
rates = [{ rate = 1.1 }]
[[asset]]
code = "CR"
precision = 0
rates = [{ source = "USD", rate = 0.05 }]
expires_after = { duration = "month" }
[[product]]
code = "api"
[[product.price]]
name = "Call"
type = "usage_based"
event_type = "call"
usage_type = "unit"
asset = "CR"
billable_dimensions = ["model"]
values = [{ model = "large", unit_price = 3 }, { unit_price = 1 }]
"#;

fn workspace() -> Workspace {
    let workspace = unapplied();
    workspace.write("corners.toml", CATALOG);
    workspace.ok(&["apply", "--catalog", "corners.toml", "--at", "2026-01-01", "--yes"]);
    workspace
}

fn subscriber(workspace: &Workspace, name: &str) {
    workspace.ok(&["customer", "add", name, "--at", "2026-01-01"]);
    workspace.ok(&["subscribe", name, "api", "--at", "2026-01-01"]);
}

fn record(workspace: &Workspace, args: &[&str]) -> String {
    let all: Vec<&str> = ["record"].iter().chain(args).chain(&["--format", "json"]).copied().collect();
    let data: serde_json::Value = serde_json::from_str(&workspace.run(&all).stdout).unwrap_or_default();
    data["data"]["status"].as_str().unwrap_or("refused").to_owned()
}

#[test]
fn a_newcomer_has_not_been_through_what_others_were_moved_past() {
    let workspace = workspace();
    workspace.ok(&["advance", "--to", "2026-03-01"]);
    subscriber(&workspace, "neu");
    workspace.ok(&["topup", "neu", "10", "USD", "--to", "CR", "--at", "2026-01-02"]);
    assert_eq!(record(&workspace, &["neu", "call", "--at", "2026-01-10"]), "charged");
    // Moving everybody again takes the newcomer along, also to a time that the others have passed.
    workspace.ok(&["advance", "--to", "2026-02-15"]);
    assert_eq!(record(&workspace, &["neu", "call", "--at", "2026-01-11"]), "denied");
    workspace.verify();
}

#[test]
fn a_row_that_cannot_be_billed_moves_nobodys_time() {
    let workspace = workspace();
    subscriber(&workspace, "acme");
    workspace.ok(&["topup", "acme", "10", "USD", "--to", "CR", "--at", "2026-01-02"]);
    let row = r#"{"id":"1","customer":"acme","event_type":"call","occurred_at":"2098-01-01T00:00:00Z","costs":[{"vendor":"v","amount":1,"currency":"KWD"}]}"#;
    workspace.write("bad.jsonl", row);
    assert_eq!(workspace.run(&["replay", "bad.jsonl", "--skip-invalid"]).code, 1);
    assert_eq!(record(&workspace, &["acme", "call", "--at", "2026-01-10"]), "charged");
    workspace.verify();
}

#[test]
fn twins_are_compared_with_what_was_recorded() {
    let workspace = workspace();
    subscriber(&workspace, "acme");
    let row = |customer: &str| format!("e,{customer},call,2026-01-10T00:00:00Z\n");
    let header = "id,customer,event_type,occurred_at\n";
    workspace.write("log.csv", format!("{header}{}{}{}", row("nobody"), row("acme"), row("acme")));
    let ran = workspace.run(&["replay", "log.csv", "--skip-invalid", "--format", "json"]);
    let data = ran.json();
    assert_eq!((&data["invalid"], &data["duplicate"]), (&1.into(), &1.into()));
    workspace.write("log.csv", format!("{header}{}{}", row("acme"), row("nobody")));
    let ran = workspace.run(&["replay", "log.csv", "--skip-invalid", "--format", "json"]);
    let data = ran.json();
    assert_eq!((&data["duplicate"], &data["conflict"]), (&1.into(), &1.into()));
}

#[test]
fn a_cost_in_another_currency_is_compared_and_shown_as_it_was_written() {
    let workspace = workspace();
    subscriber(&workspace, "acme");
    let event = |amount: &str, currency: &str| {
        format!(
            r#"{{"id":"1","customer":"acme","event_type":"call","occurred_at":"2026-01-10T00:00:00Z","costs":[{{"vendor":"v","amount":1,"currency":"USD"}},{{"vendor":"v","amount":{amount},"currency":"{currency}"}}]}}"#
        )
    };
    workspace.write("log.jsonl", event("2", "EUR"));
    workspace.ok(&["replay", "log.jsonl"]);
    let explained = workspace.ok("explain 1 --format json").json();
    let costs = |key: &str| explained["event"]["costs"][0][key].clone();
    assert_eq!((costs("amount"), costs("currency")), ("2".into(), "EUR".into()));
    assert_eq!(explained["costs"][0]["amount"], "3.20");
    // Another rate does not make it another event, and another amount of the same worth does.
    workspace.write("corners.toml", CATALOG.replace("rate = 1.1 ", "rate = 1.2 "));
    workspace.ok(&["apply", "--catalog", "corners.toml", "--yes"]);
    workspace.ok(&["replay", "log.jsonl"]);
    workspace.write("log.jsonl", event("2.2", "USD"));
    workspace.refused(&["replay", "log.jsonl"], 1, &["other content"]);
    workspace.verify();
}

#[test]
fn an_event_said_again_without_a_time_is_the_same_event() {
    let workspace = workspace();
    subscriber(&workspace, "acme");
    workspace.ok(&["topup", "acme", "10", "USD", "--to", "CR", "--at", "2026-01-02"]);
    assert_eq!(record(&workspace, &["acme", "call", "--id", "k", "--at", "2026-01-10"]), "charged");
    let again = workspace.ok(&["record", "acme", "call", "--id", "k"]);
    assert!(again.stderr.contains("nothing changed"), "{}", again.stderr);
}

#[test]
fn an_earlier_subscription_lasts_until_the_one_that_is_there() {
    let workspace = workspace();
    workspace.ok(&["customer", "add", "acme", "--at", "2026-01-01"]);
    workspace.ok(&["subscribe", "acme", "api", "--at", "2026-02-01"]);
    workspace.ok(&["subscribe", "acme", "api", "--at", "2026-01-01"]);
    workspace.ok(&["topup", "acme", "10", "USD", "--to", "CR", "--at", "2026-01-15"]);
    assert_eq!(record(&workspace, &["acme", "call", "--at", "2026-01-20"]), "charged");
    workspace.ok(&["topup", "acme", "10", "USD", "--to", "CR", "--at", "2026-02-01"]);
    let charged = workspace.ok(&["record", "acme", "call", "--at", "2026-02-02", "--format", "json"]);
    assert_eq!(charged.json()["fees"].as_array().map(Vec::len), Some(1), "one subscription at a time");
    workspace.ok(&["unsubscribe", "acme", "api", "--at", "2026-03-01", "--yes"]);
    workspace.refused(&["subscribe", "acme", "api", "--at", "2026-02-15"], 1, &["until 2026-03-01"]);
    let again = workspace.ok(&["unsubscribe", "acme", "api", "--at", "2026-04-01", "--yes"]);
    assert!(again.stderr.contains("nothing"), "{}", again.stderr);
}

#[test]
fn what_has_expired_at_the_horizon_is_breakage_though_nobody_was_moved() {
    let workspace = workspace();
    subscriber(&workspace, "bob");
    subscriber(&workspace, "eve");
    workspace.ok(&["topup", "bob", "10", "USD", "--to", "CR", "--at", "2026-01-02"]);
    record(&workspace, &["eve", "call", "--at", "2026-04-01"]);
    let breakage = || {
        let report = workspace.ok(&["report", "profit", "--format", "json"]).stdout;
        serde_json::from_str::<serde_json::Value>(&report).unwrap()["data"]["total"]["breakage"].clone()
    };
    assert_eq!(breakage(), "10.00");
    workspace.ok(&["advance", "--to", "2026-04-01"]);
    assert_eq!(breakage(), "10.00");
}

#[test]
fn a_log_without_a_column_that_prices_ask_for_says_so() {
    let workspace = workspace();
    subscriber(&workspace, "acme");
    workspace.ok(&["topup", "acme", "10", "USD", "--to", "CR", "--at", "2026-01-02"]);
    workspace.write("log.csv", "id,customer,event_type,occurred_at,modle\n1,acme,call,2026-01-10T00:00:00Z,large\n");
    let ran = workspace.ok(&["replay", "log.csv"]);
    assert!(ran.stderr.contains("has no `model`") && ran.stderr.contains("the column `modle`"), "{}", ran.stderr);
}

/// What a vendor gives back is a cost below zero: profit rises, and the parts by vendor sum to the whole.
#[test]
fn a_vendors_credit_is_a_cost_below_zero() {
    let workspace = workspace();
    subscriber(&workspace, "acme");
    workspace.ok(&["topup", "acme", "10", "USD", "--to", "CR", "--at", "2026-01-02"]);
    let log = "id,customer,event_type,occurred_at,cost.v,cost.w,cost_currency
1,acme,call,2026-01-10T00:00:00Z,0.30,,
2,acme,call,2026-01-10T00:00:00Z,-0.10,0.10,
3,acme,call,2026-01-10T00:00:00Z,-0.50,,EUR
";
    workspace.write("log.csv", log);
    workspace.ok("replay log.csv");
    // Half a euro is 0.55 dollars.
    let total = workspace.ok("report profit --format json").json()["total"].take();
    assert_eq!(
        (&total["revenue"], &total["cost"], &total["profit"]),
        (&"0.15".into(), &"-0.25".into(), &"0.40".into())
    );
    let by_vendor = workspace.ok("report profit --by vendor --format json").json()["rows"].take();
    let cost = |vendor: &str| {
        let row = by_vendor.as_array().unwrap().iter().find(|row| row["vendor"] == vendor);
        row.unwrap_or_else(|| panic!("{by_vendor}"))["cost"].clone()
    };
    assert_eq!((cost("v"), cost("w")), ("-0.35".into(), "0.10".into()));
    workspace.ok("replay log.csv");
    workspace.verify();
    let typed =
        ["record", "acme", "call", "cost.v=-0.05", "cost_currency=EUR", "--at", "2026-01-11", "--format", "json"];
    assert_eq!(workspace.ok(&typed).json()["status"], "charged");
}

/// Databases print costs with more digits than they mean: each is read whole, converted exactly, and
/// kept with eighteen decimals.
#[test]
fn a_cost_may_have_as_many_digits_as_programs_print() {
    let workspace = workspace();
    subscriber(&workspace, "acme");
    workspace.ok(&["topup", "acme", "10", "USD", "--to", "CR", "--at", "2026-01-02"]);
    let log = "id,customer,event_type,occurred_at,cost.v,cost_currency
1,acme,call,2026-01-10T00:00:00Z,0.01999999999999999872,
2,acme,call,2026-01-10T00:00:00Z,4.77001111111111111111107306,
3,acme,call,2026-01-10T00:00:00Z,4.77001111111111111111107306,EUR
";
    workspace.write("log.csv", log);
    workspace.ok("replay log.csv");
    let cost = |id: &str| workspace.ok(&["explain", id, "--format", "json"]).json()["costs"][0]["amount"].clone();
    assert_eq!(["1", "2", "3"].map(cost), ["0.019999999999999999", "4.770011111111111111", "5.247012222222222222"]);
    let written = workspace.ok("explain 3 --format json").json()["event"]["costs"][0]["amount"].clone();
    assert_eq!(written, "4.77001111111111111111107306");
    assert_eq!(workspace.ok("replay log.csv --format json").json()["duplicate"], 3);
    workspace.verify();
}
