//! `void`: events taken back.

use super::report;
use crate::support::catalog_text::{
    FROM_WALLET, OF_N, OVERDRAFT, asset, bulk, earning, fixed, grant, lasting, overage, per_event, product, usage,
    whole,
};
use crate::support::{Book, Workspace};
use drawdown::ledger::{Selection, When};
use serde_json::{Value, json};

/// Included credits for a month, then calls at a dollar; the first ten of each month are cheaper.
fn catalog() -> String {
    let tiers = "pricing_model = \"graduated\"\ntier_period = \"month\"\n\
                 tiers = [{ up_to = 10, volume_rate = 1 }, { volume_rate = 2 }]\n";
    let included = lasting("month", "expire_and_replace", None) + &earning("0.2");
    whole(&[
        asset("CREDIT", "0.5 USD", ""),
        "[[vendor]]\ncode = \"gpu\"\n".to_owned(),
        product(
            "api",
            &[
                usage("Call", "call", "volume", "USD", &format!("{OF_N}{tiers}")),
                per_event("Image", "image", "10 CREDIT", &overage("0.6")),
                grant("Included", "15 CREDIT", &included),
            ],
        ),
    ])
}

const HEADER: &str = "id,customer,event_type,occurred_at,n,cost.gpu";

fn workspace(rows: &str) -> Workspace {
    let workspace = Workspace::new().with("catalogs/api.toml", catalog());
    workspace.write("usage.csv", format!("{HEADER}\n{rows}"));
    workspace.ok("apply --yes --at 2026-05-01");
    workspace.ok("customer add acme --at 2026-05-01");
    workspace.ok("subscribe acme api --at 2026-05-01");
    workspace.ok("topup acme 100 USD --id pay --at 2026-05-01");
    workspace
}

#[test]
fn what_was_drawn_returns_and_revenue_and_cost_are_taken_back_at_their_own_time() {
    let workspace = workspace("a,acme,call,2026-05-02T00:00:00Z,4,1.5\nb,acme,call,2026-06-03T00:00:00Z,5,2\n");
    workspace.ok("replay usage.csv");
    let ran = report(&workspace, "void a --yes --note 'the wrong model'");
    let expected = json!({
        "voided": 1, "charged": 1, "denied": 0, "unpriced": 0, "voided_before": 0,
        "returned": [{"asset": "USD", "amount": "4.00"}], "lost": [], "dry_run": false, "renewals": 0, "collected": [],
    });
    assert_eq!(ran, expected);
    assert_eq!(workspace.available("acme", "USD"), "95.00");
    let may = &report(&workspace, "report profit --from 2026-05-01 --to 2026-06-01")["total"];
    assert_eq!((&may["events"], &may["usage_revenue"], &may["cost"]), (&json!(0), &json!("0.00"), &json!("0.00")));
    let june = &report(&workspace, "report profit --from 2026-06-01 --by customer,day")["total"];
    assert_eq!((&june["events"], &june["usage_revenue"], &june["cost"]), (&json!(1), &json!("5.00"), &json!("2.00")));
    let usage = &report(&workspace, "report usage")["total"];
    assert_eq!((&usage["events"], &usage["charged"], &usage["voided"]), (&json!(1), &json!(1), &json!(1)));
    let log = workspace.ok("ledger log --last 1");
    assert!(log.stdout.contains("took back 1 event: 4.00 USD returned (the wrong model)"), "{}", log.stdout);
    let explained = report(&workspace, "explain a");
    assert_eq!((&explained["status"], &explained["voided_by"]), (&json!("voided"), &json!(6)));
    workspace.verify();
}

/// Later events keep what they were charged; the next one is rated on top of the quantity that counts now.
#[test]
fn quantities_fall_by_what_the_event_counted() {
    let workspace = workspace("a,acme,call,2026-05-02T00:00:00Z,8,\nb,acme,call,2026-05-03T00:00:00Z,4,\n");
    workspace.ok("replay usage.csv");
    assert_eq!(workspace.available("acme", "USD"), "86.00");
    workspace.ok("void a --yes");
    // b keeps its 2 + 4; what counts is 4, so 6 more are at the first tier's price.
    assert_eq!(workspace.available("acme", "USD"), "94.00");
    workspace.ok("record acme call n=7 --id c --at 2026-05-04");
    assert_eq!(workspace.available("acme", "USD"), "86.00");
    workspace.verify();
}

#[test]
fn what_comes_back_to_a_lot_that_is_over_is_lost_at_its_end() {
    let workspace = workspace("a,acme,image,2026-05-02T00:00:00Z,,\nb,acme,image,2026-06-02T00:00:00Z,,\n");
    workspace.ok("replay usage.csv");
    let ran = report(&workspace, "void a --yes");
    assert_eq!(ran["returned"], json!([{"asset": "CREDIT", "amount": "10"}]));
    assert_eq!(ran["lost"], json!([{"asset": "CREDIT", "amount": "10"}]));
    assert_eq!(workspace.available("acme", "CREDIT"), "5");
    let month = |from: &str, to: &str| {
        let total = report(&workspace, &format!("report profit --from {from} --to {to}"))["total"].clone();
        [&total["usage_revenue"], &total["breakage"]].map(|amount| amount.as_str().unwrap().to_owned())
    };
    assert_eq!(month("2026-05-01", "2026-06-01"), ["0.00", "0.00"]);
    assert_eq!(month("2026-06-01", "2026-07-01"), ["2.00", "3.00"]);
    workspace.verify();
}

#[test]
fn an_overage_returns_to_where_it_came_from() {
    let workspace = workspace("a,acme,image,2026-05-02T00:00:00Z,,\nb,acme,image,2026-05-03T00:00:00Z,,\n");
    workspace.ok("replay usage.csv");
    assert_eq!(
        (workspace.available("acme", "CREDIT").as_str(), workspace.available("acme", "USD").as_str()),
        ("0", "97.00")
    );
    let ran = report(&workspace, "void b --yes");
    let returned = json!([{"asset": "USD", "amount": "3.00"}, {"asset": "CREDIT", "amount": "5"}]);
    assert_eq!(ran["returned"], returned);
    assert_eq!(
        (workspace.available("acme", "CREDIT").as_str(), workspace.available("acme", "USD").as_str()),
        ("5", "100.00")
    );
    workspace.verify();
}

#[test]
fn the_same_log_again_bills_nothing_that_was_taken_back_and_other_content_is_a_new_event() {
    let workspace = workspace("a,acme,call,2026-05-02T00:00:00Z,4,\nb,acme,call,2026-05-03T00:00:00Z,5,\n");
    workspace.ok("replay usage.csv");
    workspace.ok("void --log usage.csv --yes");
    assert_eq!(workspace.available("acme", "USD"), "100.00");
    for line in ["replay usage.csv --dry-run", "replay usage.csv"] {
        let again = report(&workspace, line);
        let counts = ["events", "charged", "duplicate", "voided"].map(|name| again[name].as_u64().unwrap());
        assert_eq!(counts, [2, 0, 0, 2], "{line}");
    }
    workspace.write("usage.csv", format!("{HEADER}\na,acme,call,2026-05-02T00:00:00Z,2,\n"));
    let other = report(&workspace, "replay usage.csv");
    assert_eq!((other["charged"].as_u64(), workspace.available("acme", "USD").as_str()), (Some(1), "98.00"));
    // The id stands for the new event now.
    let again = report(&workspace, "replay usage.csv");
    assert_eq!(again["duplicate"], json!(1));
    workspace.write("usage.csv", format!("{HEADER}\na,acme,call,2026-05-02T00:00:00Z,4,\n"));
    // Last night's log comes again: its content stays taken back, and what the id stands for now stays charged.
    let before = report(&workspace, "replay usage.csv");
    assert_eq!((&before["voided"], &before["charged"]), (&json!(1), &json!(0)));
    assert_eq!(report(&workspace, "explain a")["status"], "charged");
    workspace.write("usage.csv", format!("{HEADER}\na,acme,call,2026-05-02T00:00:00Z,3,\n"));
    workspace.refused("replay usage.csv", 1, &["recorded before with other content"]);
    workspace.verify();
}

#[test]
fn events_are_chosen_by_operation_and_by_what_became_of_them() {
    let workspace = workspace("a,acme,call,2026-05-02T00:00:00Z,4,\nb,acme,chat,2026-05-03T00:00:00Z,5,1\n");
    workspace.ok("replay usage.csv");
    workspace.ok("record acme call n=1 --id c --at 2026-05-04");
    let unpriced = report(&workspace, "void --status unpriced --reason no_price --yes");
    assert_eq!((&unpriced["voided"], &unpriced["unpriced"]), (&json!(1), &json!(1)));
    assert_eq!(report(&workspace, "report profit")["total"]["cost"], "0.00");
    // The replay was operation 5.
    let rest = report(&workspace, "void --operation 5 --yes");
    assert_eq!((&rest["voided"], &rest["voided_before"]), (&json!(1), &json!(1)));
    assert_eq!(workspace.available("acme", "USD"), "99.00");
    let rows = report(&workspace, "events acme")["rows"].clone();
    let told: Vec<_> = rows.as_array().unwrap().iter().map(|row| [&row["id"], &row["status"]]).collect();
    assert_eq!(json!(told), json!([["a", "voided"], ["b", "voided"], ["c", "charged"]]));
    let voided = report(&workspace, "events --status voided --from 2026-05-03")["rows"].clone();
    assert_eq!(voided.as_array().unwrap().len(), 1);
    workspace.verify();
}

#[test]
fn nothing_is_taken_back_without_being_asked_for() {
    let workspace = workspace("a,acme,call,2026-05-02T00:00:00Z,4,\n");
    workspace.ok("replay usage.csv");
    workspace.refused("void", 2, &["no events are named"]);
    workspace.refused("void a", 1, &["--yes"]);
    for command in ["void a", "rebill a", "explain"] {
        workspace.refused(&format!("{command} b"), 1, &["there is no event \"b\"", "drawdown events CUSTOMER"]);
        workspace.refused(&format!("{command} A"), 1, &["there is no event \"A\"", "did you mean \"a\"?"]);
    }
    workspace.refused("void acme --yes", 1, &["\"acme\" is a customer, not an event", "--customer acme"]);
    workspace.refused("void --customer nobody --yes", 1, &["nobody"]);
    workspace.refused("void --operation 99 --yes", 1, &["there is no operation \"99\""]);
    workspace.refused("void --customer acme --from 2026-06-01 --to 2026-05-01 --yes", 2, &["is not later than"]);
    workspace.refused("void a --operation 5 --yes", 2, &["cannot be used with"]);
    let before = workspace.bytes();
    assert_eq!(report(&workspace, "void a --dry-run")["voided"], json!(1));
    assert!(workspace.bytes() == before);
    workspace.ok("void a --yes");
    assert_eq!(report(&workspace, "void a --yes")["voided_before"], json!(1));
    assert_eq!(workspace.available("acme", "USD"), "100.00");
}

/// The wrong file, taken back, then the right one under the same ids: taking the wrong one back again touches nothing.
#[test]
fn a_log_takes_back_only_what_was_recorded_with_its_content() {
    let workspace = workspace("a,acme,call,2026-05-02T00:00:00Z,8,\n");
    workspace.ok("replay usage.csv");
    workspace.ok("void --log usage.csv --yes");
    workspace.write("right.csv", format!("{HEADER}\na,acme,call,2026-05-02T00:00:00Z,3.0,\n"));
    workspace.ok("replay right.csv");
    assert_eq!(report(&workspace, "void --log usage.csv --yes")["voided"], json!(0));
    assert_eq!(workspace.available("acme", "USD"), "97.00");
    // Another spelling is the same content.
    workspace.write("right.csv", format!("{HEADER}\na,acme,call,2026-05-02T02:00:00+02:00,3,\n"));
    assert_eq!(report(&workspace, "void --log right.csv --yes")["voided"], json!(1));
    workspace.verify();
}

/// What of a log is recorded otherwise, or not at all, is said, and rows that can't be read are left out only if that is asked for.
#[test]
fn what_of_a_log_is_not_meant_is_told() {
    let workspace = workspace("a,acme,call,2026-05-02T00:00:00Z,1,\nb,acme,call,2026-05-03T00:00:00Z,2,\n");
    workspace.ok("replay usage.csv");
    let rows =
        ["a,acme,call,2026-05-02T00:00:00Z,1,", "b,acme,call,2026-05-03T00:00:00Z,3,", "c,acme,call,2026-05-03,1,"];
    let rows = [&rows[..], &["d,acme,call,2026-05-04T00:00:00Z,1,"]].concat();
    workspace.write("other.csv", format!("{HEADER}\n{}\n", rows.join("\n")));
    for command in ["void", "rebill"] {
        workspace.refused(
            &format!("{command} --log other.csv --yes"),
            1,
            &["other.csv:4", "nothing was changed", "--skip-invalid leaves out"],
        );
        let ran = workspace.run(&format!("{command} --log other.csv --skip-invalid --dry-run"));
        assert_eq!(ran.code, 1, "{}", ran.stderr);
        for told in [
            "1 row can't be read and is left out: the first is line 4 of other.csv",
            "1 record of the log is not recorded under its present id\n",
            "1 record of the log has other content than what is recorded (\"b\"), which is left as it is",
        ] {
            assert!(ran.stderr.contains(told), "{told}: {}", ran.stderr);
        }
    }
    workspace.write("empty.csv", "");
    let empty = workspace.refused("void --log empty.csv --yes", 1, &["empty.csv", "nothing was changed"]);
    assert!(!empty.stderr.contains("nothing was recorded"), "{}", empty.stderr);
}

/// Ids of content change with the mapping: the operation that replayed the log names what it recorded.
#[test]
fn a_log_whose_ids_have_changed_is_told_with_its_operation() {
    let mapping = |n: &str| {
        let columns = format!("columns = {{ customer = \"who\", occurred_at = \"ts\", n = \"{n}\" }}");
        catalog() + &format!("[mapping.m]\n{columns}\nconstants = {{ event_type = \"call\" }}\nid = \"content\"\n")
    };
    let workspace = workspace("").with("catalogs/api.toml", mapping("tokens"));
    let rows = "acme,2026-05-02T00:00:00Z,4,1\nacme,2026-05-03T00:00:00Z,4,1\n";
    workspace.write("log.csv", format!("who,ts,tokens,images\n{rows}"));
    workspace.ok("replay log.csv --map m");
    workspace.write("catalogs/api.toml", mapping("images"));
    let told = workspace.ok("void --log log.csv --map m --dry-run").stderr;
    let expected = "2 records of the log are not recorded under their present id; operation 5 replayed it: \
                    `drawdown void --operation 5` is about all that it recorded\n";
    assert!(told.contains(expected), "{told}");
    assert_eq!(report(&workspace, "void --operation 5 --yes")["voided"], json!(2));
}

/// A volume price that falls: the event that made others cheaper goes first.
#[test]
fn what_a_later_event_gave_back_is_taken_back_first() {
    let price = bulk("Bulk", "call", "USD", &[(Some(10), "1"), (None, "0.5")]);
    let mut book = Book::new(&whole(&[product("bulk", &[price])]));
    book.subscribe("acme", "bulk", 1, "2026-07-01").unwrap();
    book.top_up("acme", "20", "USD", "2026-07-01");
    book.replay("id,customer,event_type,occurred_at,n\na,acme,call,2026-07-02T00:00:00Z,8\nb,acme,call,2026-07-03T00:00:00Z,4\n");
    let one = |id: &str| Selection { ids: vec![id.to_owned()], ..Selection::default() };
    let refused = book.void(&one("a"));
    assert_eq!(refused.refused.len(), 1);
    assert_eq!(book.faults(), Vec::<String>::new());
    assert_eq!(book.void(&one("b")).count(), 1);
    assert_eq!(book.void(&one("a")).count(), 1);
    assert_eq!(book.faults(), Vec::<String>::new());
    book.end("acme", "bulk", "2026-07-04", When::Now).unwrap();
}

/// A deficit that was paid back: what comes back goes to the lot that paid.
#[test]
fn an_overdraft_that_was_repaid_returns_to_the_lot_that_repaid_it() {
    let api = product("api", &[per_event("Call", "call", "6 USD", "")]);
    let mut book = Book::new(&whole(&[OVERDRAFT.to_owned(), api]));
    book.subscribe("acme", "api", 1, "2026-07-01").unwrap();
    book.top_up("acme", "2", "USD", "2026-07-01");
    book.replay("id,customer,event_type,occurred_at\na,acme,call,2026-07-02T00:00:00Z\n");
    book.top_up("acme", "10", "USD", "2026-07-03");
    let voided = book.void(&Selection { ids: vec!["a".to_owned()], ..Selection::default() });
    assert_eq!(voided.refused, []);
    assert_eq!(book.faults(), Vec::<String>::new());
    let left: i64 = book.sql().query_row("SELECT sum(left_over) FROM lot", [], |row| row.get(0)).unwrap();
    assert_eq!(left, 12_000_000_000);
}

/// A fee from the wallet, and what takes so much of it that the next fee is past due.
fn wallet() -> String {
    let prices = [fixed("Fee", "8 USD", "month", FROM_WALLET), per_event("Use", "use", "10 USD", "")];
    whole(&[product("p", &prices)])
}

#[test]
fn in_a_statement_what_a_void_returns_comes_before_what_it_pays() {
    let workspace = Workspace::new().with("catalogs/p.toml", wallet());
    workspace.ok("apply --yes --at 2026-05-01");
    workspace.ok("customer add acme --at 2026-05-01");
    workspace.ok("topup acme 20 USD --at 2026-05-01");
    workspace.ok("subscribe acme p --at 2026-05-01");
    workspace.ok("record acme use --id u --at 2026-05-10");
    workspace.ok("advance --to 2026-06-05");
    workspace.ok("void u --yes");
    let movements = report(&workspace, "statement acme")["accounts"][0]["movements"].take();
    let told = |row: &Value| json!([row["kind"], row["amount"], row["balance"]]);
    let told: Vec<Value> = movements.as_array().unwrap().iter().map(told).collect();
    let expected = json!([
        ["topup", "20.00", "20.00"],
        ["charge", "-8.00", "12.00"],
        ["fee", "-10.00", "2.00"],
        ["void", "10.00", "12.00"],
        ["charge", "-8.00", "4.00"],
    ]);
    assert_eq!(json!(told), expected);
}
