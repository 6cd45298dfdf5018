//! `rebill`: events billed again.

use super::report;
use crate::support::Workspace;
use crate::support::catalog_text::{asset, grant, lasting, per_event, product, usage, whole};
use serde_json::{Value, json};

/// A call at a price; the second catalog has a row for another model, and another price for the first one.
fn catalog(rows: &str) -> String {
    let by_model = format!("billable_dimensions = [\"model\"]\nvalues = [{rows}]\n");
    let prices = [usage("Call", "call", "unit", "USD", &by_model), per_event("Image", "image", "10 CREDIT", "")];
    let included = grant("Included", "25 CREDIT", &lasting("month", "expire_and_replace", None));
    whole(&[asset("CREDIT", "0.5 USD", ""), product("llm", &[prices.concat(), included])])
}

const FIRST: &str = r#"{ model = "a", unit_price = 5 }"#;
const SECOND: &str = r#"{ model = "a", unit_price = 7 }, { model = "b", unit_price = 5 }"#;

const LOG: &str = "id,customer,event_type,occurred_at,model
a,acme,call,2026-05-02T00:00:00Z,a
b,acme,call,2026-05-03T00:00:00Z,b
i,acme,image,2026-05-04T00:00:00Z,
";

fn workspace() -> Workspace {
    let workspace = Workspace::new().with("catalogs/llm.toml", catalog(FIRST)).with("usage.csv", LOG);
    workspace.ok("apply --yes --at 2026-05-01");
    workspace.ok("customer add acme --at 2026-05-01");
    workspace.ok("subscribe acme llm --at 2026-05-01");
    workspace.ok("topup acme 20 USD --id pay --at 2026-05-01");
    workspace.ok("replay usage.csv");
    workspace
}

fn balances(workspace: &Workspace) -> Vec<(String, String)> {
    let accounts = report(workspace, "balance acme")["accounts"].clone();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let told = |account: &Value| (text(&account["asset"]), text(&account["available"]));
    accounts.as_array().unwrap().iter().map(told).collect()
}

fn usd(workspace: &Workspace) -> String {
    balances(workspace).into_iter().find(|(asset, _)| asset == "USD").unwrap().1
}

/// One of three events has no price: that is said, with what mends it.
#[test]
fn unpriced_events_are_announced_however_few_they_are() {
    let workspace = workspace();
    workspace.write("more.csv", LOG.replace("\na,", "\na2,").replace("\nb,", "\nb2,").replace("\ni,", "\ni2,"));
    let told = workspace.ok("replay more.csv").stderr;
    let expected = "1 of 3 events is unpriced (no_dimension_row): no price row matches model=b; add one, or one with \"*\". \
                    After that and `drawdown apply`, `drawdown rebill --status unpriced` bills it.";
    assert!(told.contains(expected), "{told}");
    workspace.refused("balance acmee", 1, &["unknown customer \"acmee\"", "did you mean \"acme\"?"]);
    workspace.refused("asset quote CREDIT 10 USD", 2, &["the amount comes first", "asset quote 10 USD CREDIT"]);
}

/// Of two dimensions the pair is named that is the most frequent, whatever else these events have, and the reason that most have.
#[test]
fn the_commonest_pair_without_a_price_is_named() {
    let rows =
        "billable_dimensions = [\"model\", \"size\"]\nvalues = [{ model = \"a\", size = \"s\", unit_price = 5 }]\n";
    let text = whole(&[product("p", &[usage("Call", "call", "unit", "USD", rows)])]);
    let workspace = Workspace::new().with("catalogs/p.toml", text);
    workspace.ok("apply --yes --at 2026-05-01");
    workspace.ok("customer add acme --at 2026-05-01");
    workspace.ok("subscribe acme p --at 2026-05-02");
    let mut log = "id,customer,event_type,occurred_at,model,size,note,cost.v\n".to_owned();
    // Three that came too early look alike; most of the others have the model b, and most of one kind are c in l.
    let kinds = ["01,a,s,,", "01,a,s,,", "01,a,s,,", "03,b,s,,", "03,b,s,,", "03,b,m,,", "03,b,m,,"];
    let most = ["03,c,l,,", "03,c,l,x,", "03,c,l,,1"];
    for (index, kind) in kinds.into_iter().chain(most).enumerate() {
        log += &format!("e{index},acme,call,2026-05-{}T00:00:00Z,{}\n", &kind[..2], &kind[3..]);
    }
    workspace.write("log.csv", log);
    let told = workspace.ok("replay log.csv --dry-run").stderr;
    let expected = "7 of 10 events are unpriced (no_dimension_row): no price row matches model=c size=l (as 3 of them have); \
                    add one, or one with \"*\".";
    let early = "3 of 10 events are unpriced (subscription_not_started): the customers' subscriptions start later; \
                 subscribe with --at 2026-05-01T00:00:00Z, or order the log with --sort.\n";
    assert!(told.contains(expected) && told.contains(early) && !told.contains("rebill"), "{told}");
    let told = workspace.ok("replay log.csv").stderr;
    assert!(told.contains("After fixing that, `drawdown rebill --status unpriced` bills them."), "{told}");
}

/// Every reason is told with its share, also where some events came before their customer was enrolled.
#[test]
fn every_reason_for_events_without_a_price_is_told() {
    let rows =
        "volume_field = \"n\"\nbillable_dimensions = [\"model\"]\nvalues = [{ model = \"a\", volume_rate = 5 }]\n";
    let text = whole(&[product("p", &[usage("Call", "call", "volume", "USD", rows)])]);
    let workspace = Workspace::new().with("catalogs/p.toml", text);
    workspace.ok("apply --yes --at 2026-05-01");
    let rows =
        ["call,02,b,1", "call,02,b,1", "call,02,c,1", "call,02,a,", "chat,02,a,1", "call,02,a,-1", "call,01,a,1"];
    let mut log = "id,customer,event_type,occurred_at,model,n\n".to_owned();
    for (id, row) in rows.iter().enumerate() {
        let cells: Vec<&str> = row.split(',').collect();
        log += &format!("{id},acme,{},2026-05-{}T00:00:00Z,{},{}\n", cells[0], cells[1], cells[2], cells[3]);
    }
    workspace.write("log.csv", log);
    let ran = workspace.ok("replay log.csv --enroll p --dry-run").stderr;
    for told in [
        "3 of 7 events are unpriced (no_dimension_row): no price row matches model=b (as 2 of them have)",
        "1 of 7 events is unpriced (no_volume)",
        "1 of 7 events is unpriced (no_price)",
        "1 of 7 events is unpriced (negative_volume)",
        "1 of 7 events is unpriced (subscription_not_started): --enroll subscribes customers at their first event",
    ] {
        assert!(ran.contains(told), "{told}: {ran}");
    }
    assert!(!ran.contains("--dry-run") && !ran.contains("What is recorded stays"), "{ran}");
    let strict = workspace.run("replay log.csv --enroll p --strict").stderr;
    assert!(strict.contains("(no_volume)") && strict.contains("(no_price)"), "{strict}");
    let ran = workspace.ok("replay log.csv --enroll p").stderr;
    assert!(
        ran.contains("What is recorded stays: try again with a new ledger, or look first with --dry-run."),
        "{ran}"
    );
}

/// A row came a week late: what went out for nothing is billed, and later events need other terms.
#[test]
fn what_had_no_price_is_billed_under_the_latest_version() {
    let workspace = workspace();
    assert_eq!(usd(&workspace), "15.00");
    workspace.write("catalogs/llm.toml", catalog(SECOND));
    workspace.ok("apply --yes --at 2026-05-05");
    let told = workspace.ok("rebill b --yes").stderr;
    assert!(told.contains("1 event without a price would have one under --terms latest"), "{told}");
    let ran = workspace.ok("rebill --status unpriced --yes --format json");
    let data = ran.json();
    assert_eq!((&data["rebilled"], &data["difference"]), (&json!(1), &json!([{"asset": "USD", "amount": "5.00"}])));
    assert_eq!(data["subscription_changes"], json!(["drawdown subscription change acme llm --to llm@2"]));
    assert!(ran.stderr.contains("later events need `drawdown subscription change acme llm --to llm@2`"));
    assert_eq!(usd(&workspace), "10.00");
    let usage = &report(&workspace, "report usage")["total"];
    assert_eq!((&usage["events"], &usage["charged"], &usage["voided"]), (&json!(3), &json!(3), &json!(0)));
    let profit = &report(&workspace, "report profit --by product,customer")["total"];
    assert_eq!(profit["usage_revenue"], "10.00");
    assert_eq!(report(&workspace, "replay usage.csv")["duplicate"], json!(3));
    assert_eq!(report(&workspace, "explain b")["fees"][0]["version"], json!(2));
    // Taken back and billed again, it keeps the terms that it was billed under.
    workspace.ok("void b --yes");
    let data = report(&workspace, "rebill b --yes");
    assert_eq!(data["became"], json!([{"before": "voided", "now": "charged", "events": 1}]));
    assert_eq!(usd(&workspace), "10.00");
    // The list of subscriptions knows nothing of terms for one event.
    assert_eq!(report(&workspace, "subscription list acme")["rows"].as_array().unwrap().len(), 1);
    workspace.verify();
}

#[test]
fn billed_again_unchanged_no_balance_moves() {
    let workspace = workspace();
    let before = (balances(&workspace), workspace.facts());
    let data = report(&workspace, "rebill --customer acme --yes");
    assert_eq!((&data["rebilled"], &data["unchanged"]), (&json!(0), &json!(3)));
    assert_eq!((balances(&workspace), workspace.facts()), before);
    workspace.ok("void a --yes");
    let data = report(&workspace, "rebill --status voided --yes");
    assert_eq!(data["became"], json!([{"before": "voided", "now": "charged", "events": 1}]));
    assert_eq!(balances(&workspace), before.0);
    workspace.verify();
}

/// What several customers need is said once.
#[test]
fn what_later_events_need_is_said_once_for_all_customers() {
    let workspace = workspace();
    workspace.ok("customer add b --at 2026-05-01");
    workspace.ok("subscribe b llm --at 2026-05-01");
    workspace.ok("topup b 20 USD --id pay-b --at 2026-05-01");
    workspace.ok("record b call model=b --id b2 --at 2026-05-03");
    workspace.write("catalogs/llm.toml", catalog(SECOND));
    workspace.ok("apply --yes --at 2026-05-05");
    let ran = workspace.ok("rebill --status unpriced --yes --format json");
    let told = "later events of 2 customers need `drawdown subscription change CUSTOMER llm --to llm@2`, such as acme";
    assert!(ran.stderr.contains(told), "{}", ran.stderr);
    assert_eq!(ran.json()["subscription_changes"].as_array().unwrap().len(), 2);
}

/// The credits of May are over in June. What they paid stands; only what is more is taken from June's.
/// Also where nothing of it can be covered: later events need the terms all the same.
#[test]
fn what_later_events_need_is_said_of_who_has_no_money() {
    let workspace = workspace();
    workspace.write("catalogs/llm.toml", catalog(SECOND));
    workspace.ok("apply --yes --at 2026-05-05");
    workspace.ok("adjust acme -15 USD --reason other --at 2026-05-05");
    let told = workspace.run("rebill --status unpriced --yes").stderr;
    assert!(told.contains("b stays as it was"), "{told}");
    assert!(told.contains("later events need `drawdown subscription change acme llm --to llm@2`"), "{told}");
}

#[test]
fn old_draws_stand_also_of_lots_that_are_over() {
    let workspace = workspace();
    workspace.write("catalogs/llm.toml", catalog(FIRST).replace("unit_price = 10", "unit_price = 13"));
    workspace.ok("apply --yes --at 2026-05-05");
    workspace.ok("advance --to 2026-06-10");
    let data = report(&workspace, "rebill i --terms latest --yes");
    assert_eq!(data["difference"], json!([{"asset": "CREDIT", "amount": "3"}]));
    assert_eq!(balances(&workspace), [("CREDIT".to_owned(), "22".to_owned()), ("USD".to_owned(), "15.00".to_owned())]);
    let draws = report(&workspace, "explain i")["fees"][0]["draws"].clone();
    let told: Vec<_> = draws.as_array().unwrap().iter().map(|draw| draw["amount"].clone()).collect();
    assert_eq!(json!(told), json!(["10", "3"]));
    // What is less returns: of the lot that is over, it is lost.
    workspace.write("catalogs/llm.toml", catalog(FIRST).replace("unit_price = 10", "unit_price = 4"));
    workspace.ok("apply --yes --at 2026-05-05");
    let data = report(&workspace, "rebill i --terms latest --yes");
    assert_eq!(data["difference"], json!([{"asset": "CREDIT", "amount": "-9"}]));
    assert_eq!(balances(&workspace)[0].1, "25");
    workspace.verify();
}

#[test]
fn what_can_t_be_covered_stays_as_it_was_and_is_listed() {
    let workspace = workspace();
    workspace.write("catalogs/llm.toml", catalog(&SECOND.replace("unit_price = 5 }", "unit_price = 50 }")));
    workspace.ok("apply --yes --at 2026-05-05");
    let before = usd(&workspace);
    let ran = workspace.run("rebill --status unpriced --yes --format json");
    let uncovered = json!([{
        "event": "b", "customer": "acme", "reason": "insufficient_funds", "asset": "USD", "needed": "50.00",
        "available": "15.00", "at": "2026-05-04T00:00:00Z",
    }]);
    assert_eq!((ran.code, ran.json()["uncovered"].clone()), (1, uncovered));
    let told =
        "b stays as it was: acme needs 50.00 USD more at 2026-05-04T00:00:00Z, and has 15.00 USD (insufficient_funds)";
    assert!(ran.stderr.contains(told), "{}", ran.stderr);
    assert_eq!((usd(&workspace), &report(&workspace, "explain b")["status"]), (before, &json!("unpriced")));
    // Credit of a later date counts once time has come to it.
    workspace.ok("topup acme 100 USD --at 2026-05-08");
    let later = workspace.run("rebill --status unpriced --yes");
    let advance = "credit that takes effect later counts after `drawdown advance --to 2026-05-08T00:00:00Z`";
    assert!(later.code == 1 && later.stderr.contains(advance), "{}", later.stderr);
    workspace.ok("advance --to 2026-05-08T00:00:00Z");
    workspace.ok("rebill --status unpriced --yes");
    workspace.verify();
}

#[test]
fn terms_of_the_time_are_those_that_held_then() {
    let workspace = workspace();
    workspace.write("catalogs/llm.toml", catalog(SECOND));
    workspace.ok("apply --yes --at 2026-05-05");
    workspace.ok("subscription change acme llm --to llm@2 --at 2026-05-06 --yes");
    let data = report(&workspace, "rebill a b --terms then --yes");
    assert_eq!((&data["rebilled"], &data["unchanged"]), (&json!(0), &json!(2)));
    let data = report(&workspace, "rebill a --terms latest --yes");
    assert_eq!(data["difference"], json!([{"asset": "USD", "amount": "2.00"}]));
    assert_eq!(data["subscription_changes"], json!([]));
    workspace.verify();
}

#[test]
fn an_id_that_stands_for_another_event_now_is_not_brought_back() {
    let workspace = workspace();
    workspace.ok("void a --yes");
    workspace.write("usage.csv", LOG.replace("2026-05-02T00", "2026-05-02T11"));
    workspace.ok("replay usage.csv");
    let data = report(&workspace, "rebill --status voided --yes");
    assert_eq!((&data["rebilled"], &data["replaced"]), (&json!(0), &json!(1)));
    workspace.refused("rebill", 2, &["no events are named"]);
    workspace.verify();
}

/// Of several events with one id that were all taken back, a log brings back the one that it tells of, and a status the latest.
#[test]
fn an_older_content_of_an_id_comes_back() {
    let workspace = workspace();
    workspace.ok("void a --yes");
    workspace.ok("record acme call model=a --id a --at 2026-05-03");
    workspace.ok("void a --yes");
    let both = report(&workspace, "rebill --customer acme --status voided --dry-run");
    assert_eq!((&both["rebilled"], &both["replaced"]), (&json!(1), &json!(1)));
    let data = report(&workspace, "rebill --log usage.csv --status voided --yes");
    assert_eq!((&data["rebilled"], &data["replaced"]), (&json!(1), &json!(0)));
    let rows = report(&workspace, "events acme --status charged --to 2026-05-03")["rows"].clone();
    assert_eq!((&rows[0]["id"], rows.as_array().unwrap().len()), (&json!("a"), 1));
    workspace.verify();
}

/// Voided events are billed in the order of time: the first is not kept from the money that a later one drew once. 20 USD: 2, 12
/// and 18 of a dollar; then only 5 are left of what 2 and 12 drew.
#[test]
fn the_earlier_of_two_voided_events_is_billed_first() {
    let text =
        whole(&[product("p", &[usage("Use", "use", "volume", "USD", "volume_field = \"n\"\nvolume_rate = 1\n")])]);
    let workspace = Workspace::new().with("catalogs/p.toml", text);
    for line in ["apply --yes --at 2026-09-01", "customer add a --at 2026-09-01", "subscribe a p --at 2026-09-01"] {
        workspace.ok(line);
    }
    for _ in 0..2 {
        workspace.ok("topup a 20 USD --at 2026-09-01");
    }
    for (id, n, day) in [("e1", 2, 2), ("e2", 18, 3), ("e3", 12, 4)] {
        workspace.ok(&format!("record a use n={n} --id {id} --at 2026-09-0{day}"));
    }
    workspace.ok("void e1 e3 --yes");
    workspace.ok("record a use n=15 --id other --at 2026-09-10");
    let ran = workspace.run("rebill e1 e3 --yes");
    assert!(ran.stderr.contains("e3 stays as it was: a needs 7.00 USD more"), "{}", ran.stderr);
    assert_eq!(workspace.available("a", "USD"), "5.00");
    workspace.verify();
}

/// As `quote` does, `explain` says of an event without a price which rows lost, and why.
#[test]
fn what_had_no_price_is_explained() {
    let workspace = workspace();
    let explained = report(&workspace, "explain b");
    let missed = json!([{
        "price": "Call", "product": "llm", "version": 1,
        "steps": ["row 1 (model=a) does not match: the event has \"b\" as model"],
    }]);
    assert_eq!(explained["missed"], missed);
    let told = workspace.ok("explain b").stdout;
    assert!(told.contains("Call (llm@1) makes no fee of it\n  row 1 (model=a) does not match"), "{told}");
    workspace.ok("record acme cal model=a --id typo --at 2026-05-06T00:00:00Z");
    let told = workspace.ok("explain typo").stdout;
    assert!(told.contains("llm@1 has no price for the event type `cal`; it has prices for `call`, `image`"), "{told}");
    let explained = report(&workspace, "explain typo");
    assert_eq!(explained["without_price"], json!([{"product": "llm", "version": 1, "event_types": ["call", "image"]}]));
}

/// A log of what was really served: what could not be charged cost money all the same. The report says which it took.
#[test]
fn refused_events_may_have_cost_what_they_say() {
    let workspace = Workspace::new().with("catalogs/llm.toml", catalog(FIRST));
    workspace.write(
        "usage.csv",
        "id,customer,event_type,occurred_at,model,cost.openai
a,acme,call,2026-05-02T00:00:00Z,a,3
b,acme,call,2026-05-03T00:00:00Z,a,8
",
    );
    workspace.ok("apply --yes --at 2026-05-01");
    workspace.ok("customer add acme --at 2026-05-01");
    workspace.ok("subscribe acme llm --at 2026-05-01");
    workspace.ok("topup acme 8 USD --id pay --at 2026-05-01");
    workspace.ok("replay usage.csv");
    for (line, refused, cost, profit) in [
        ("report profit", "avoided", "3.00", "2.00"),
        ("report profit --refused incurred", "incurred", "11.00", "-6.00"),
    ] {
        let data = report(&workspace, line);
        let total = &data["total"];
        assert_eq!([&data["refused"], &total["cost"], &total["profit"]], [refused, cost, profit], "{line}");
    }
    let table = workspace.ok("report profit --refused incurred").stdout;
    assert!(table.contains("Profit in USD, with the cost of denied events"), "{table}");
    let table = workspace.ok("report profit").stdout;
    assert!(table.contains("Profit in USD, without the cost of denied events"), "{table}");
}
