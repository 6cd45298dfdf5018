//! A time that has not come is a slip, unless somebody says that it is meant.

use crate::support::Workspace;

const CATALOG: &str = r#"
[catalog]
reporting_currency = "USD"
[[product]]
code = "p"
[[product.price]]
name = "Base"
type = "fixed"
billing_model = { type = "recurring", interval = "month" }
asset = "USD"
unit_price = 10
per_seat = true
[[product.price]]
name = "Use"
type = "usage_based"
event_type = "use"
usage_type = "unit"
asset = "USD"
values = [{ unit_price = 0 }]
[mapping.secs]
columns = { occurred_at = "ts" }
"#;

/// A customer since July; it is August.
fn workspace() -> Workspace {
    let workspace = Workspace::new().with("catalogs/catalog.toml", CATALOG).at("2026-08-01T00:00:00Z");
    workspace.ok("apply --yes --at 2020-01-01");
    workspace.ok("customer add a --at 2026-07-01");
    workspace.ok("subscribe a p --at 2026-07-01");
    workspace
}

fn cash(workspace: &Workspace) -> String {
    let report = workspace.ok("report revenue --to 2199-01-01 --quiet --format json").json();
    report["cash_in"].as_str().unwrap().to_owned()
}

#[test]
fn a_row_that_lies_in_the_future_is_a_bad_row() {
    let workspace = workspace();
    let rows = ["1,a,use,2026-07-02T00:00:00Z", "2,a,use,2062-07-03T00:00:00Z", "3,a,use,2026-07-04T00:00:00Z"];
    workspace.write("log.csv", format!("id,customer,event_type,ts\n{}\n", rows.join("\n")));
    for dry in ["", "--dry-run"] {
        let told = ["2062-07-03T00:00:00Z is in the future", "log.csv:3:ts"];
        workspace.refused(&format!("replay log.csv --map secs {dry}"), 1, &told);
    }
    workspace.run("replay log.csv --map secs --skip-invalid --rejects bad.csv");
    assert!(workspace.read("bad.csv").contains("log.csv,3,ts,future,"), "{}", workspace.read("bad.csv"));
    assert_eq!(cash(&workspace), "10.00");
    let meant = workspace.ok("replay log.csv --map secs --future");
    assert!(meant.stderr.contains("432 renewals fell due; 4320.00 USD collected in all"), "{}", meant.stderr);
    workspace.verify();
}

#[test]
fn commands_that_book_take_no_time_of_the_future_unless_it_is_meant() {
    let workspace = workspace();
    workspace.ok("customer add b --at 2026-07-01");
    workspace.write("payments.csv", "customer,amount,currency,at\na,5,USD,2026-08-02\n");
    let commands = [
        "subscribe b p --at 2026-08-02",
        "topup a 5 USD --at 2026-08-02",
        "topup --import payments.csv",
        "adjust a 5 USD --reason gift --at 2026-08-02",
        "record a use --at 2026-08-02",
        "advance --to 2026-08-02",
    ];
    for command in commands {
        workspace.refused(command, 1, &["in the future"]);
        workspace.ok(&format!("{command} --future"));
    }
    workspace.verify();
}

#[test]
fn five_minutes_after_now_are_now() {
    let workspace = workspace();
    workspace.ok("record a use --at 2026-08-01T00:05:00Z");
    workspace.refused("record a use --at 2026-08-01T00:05:01Z", 1, &["in the future", "--future"]);
}

#[test]
fn a_change_or_an_end_in_the_future_is_planned_and_books_nothing() {
    let workspace = workspace();
    let changed =
        workspace.ok("subscription change a p --quantity 2 --at 2026-08-16T12:00:00Z --yes --format json").json();
    assert_eq!((&changed["changed"], &changed["renewals"]), (&true.into(), &0.into()), "{changed}");
    assert_eq!(cash(&workspace), "10.00");
    let again = workspace.ok("subscription change a p --quantity 2 --at 2026-08-16T12:00:00Z --yes");
    assert!(again.stderr.contains("nothing changed"), "{}", again.stderr);
    // Half of August for a second seat.
    workspace.ok("advance --to 2026-08-20 --future");
    assert_eq!(cash(&workspace), "25.00");
    workspace.ok("unsubscribe a p --at 2026-08-25 --yes");
    workspace.ok("advance --to 2026-09-02 --future");
    assert_eq!(cash(&workspace), "25.00");
    workspace.verify();
}

/// Whoever names no time reads how things are now; a later time is shown where it is named.
#[test]
fn what_is_of_a_later_time_counts_from_then_on() {
    let workspace = workspace();
    workspace.ok("adjust a 1 USD --reason gift");
    workspace.ok("adjust a 5 USD --reason external_topup --at 2026-08-03 --future");
    workspace.ok("topup a 7 USD --at 2026-09-03 --future");
    let cash =
        |window: &str| workspace.ok(&format!("report revenue {window} -q --format json")).json()["cash_in"].clone();
    let balance = |time: &str| workspace.ok(&format!("balance a {time} --format json")).json();
    // Payments for July and August; September is a renewal more.
    assert_eq!([cash(""), cash("--to 2026-08-04"), cash("--to 2026-09-04")], ["20.00", "25.00", "42.00"]);
    let now = balance("");
    assert_eq!((&now["at"], &now["accounts"][0]["available"]), (&"2026-08-01T00:00:00Z".into(), &"1.00".into()));
    for (time, available) in [("--at 2026-08-03", "6.00"), ("--at 2026-09-03", "13.00")] {
        assert_eq!(balance(time)["accounts"][0]["available"], available, "{time}");
    }
    let report = workspace.ok("report profit --by month --format json").json();
    assert_eq!(report["to"], "2026-08-01T00:00:00Z");
    let changed = workspace.ok("subscription change a p --quantity 2 --yes --format json").json();
    assert!(changed["to_come"].is_null() && changed["state"] == "active", "{changed}");
    workspace.verify();
}

#[test]
fn what_is_still_to_come_is_not_available_now() {
    let workspace = workspace();
    let now = workspace.ok("adjust a 5 USD --reason gift --format json").json();
    assert_eq!(now["available"], "5.00");
    for command in ["adjust a 7 USD --reason gift", "topup a 7 USD"] {
        let later = workspace.ok(&format!("{command} --at 2026-08-03 --future --format json")).json();
        assert_eq!(later["available"], "5.00", "{command}");
    }
}
