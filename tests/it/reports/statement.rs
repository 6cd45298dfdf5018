//! `statement`: in the order in which things happened, also at one instant.

use crate::support::Workspace;
use crate::support::catalog_text::{auto_topup, fixed, per_unit, product, whole};
use serde_json::Value;

const CREDIT: &str = r#"
[[asset]]
code = "CREDIT"
precision = 0
rates = [{ source = "USD", rate = 0.01 }]

"#;

fn workspace() -> Workspace {
    let prices = [fixed("Fee", "31 USD", "month", ""), per_unit("Use", "use", "1 CREDIT", "")];
    let workspace = Workspace::new().with("catalogs/c.toml", whole(&[CREDIT.to_owned(), product("p", &prices)]));
    workspace.ok("apply --yes --at 2026-04-01");
    workspace.ok("customer add acme --at 2026-04-01");
    workspace
}

fn statement(workspace: &Workspace) -> Value {
    workspace.ok("statement acme --format json").json()
}

/// The kind of each movement with its amount and the balance after it.
fn movements(workspace: &Workspace) -> Vec<String> {
    let told = statement(workspace);
    let text = |movement: &Value, key: &str| movement[key].as_str().unwrap().to_owned();
    let movements = told["accounts"][0]["movements"].as_array().unwrap();
    let line = |m: &Value| format!("{} {} {}", text(m, "kind"), text(m, "amount"), text(m, "balance"));
    movements.iter().map(line).collect()
}

#[test]
fn what_happens_at_one_instant_stands_in_the_order_of_the_commands() {
    let workspace = workspace();
    let at = "--at 2026-05-01";
    workspace.ok(&format!("subscribe acme p {at}"));
    // A void happens where the customer stands.
    for command in [
        "topup acme 1 USD --to CREDIT --id t1",
        "record acme use n=40 --id e1",
        "topup acme 1 USD --to CREDIT --id t2",
        "adjust acme -10 CREDIT --reason other --yes",
        "record acme use n=30 --id e2",
        "void e1 --yes",
        "adjust acme 5 CREDIT --reason gift",
        "refund t1 --yes",
        "record acme use n=2 --id e3",
    ] {
        workspace.ok(&if command.starts_with("void") { command.to_owned() } else { format!("{command} {at}") });
    }
    assert_eq!(
        movements(&workspace),
        [
            "topup 100 100",
            "fee -40 60",
            "topup 100 160",
            "adjustment -10 150",
            "fee -30 120",
            "void 40 160",
            "adjustment 5 165",
            "refund -70 95",
            "fee -2 93",
        ]
    );
}

#[test]
fn a_refund_of_a_charge_comes_after_it() {
    let workspace = workspace();
    workspace.ok("subscribe acme p --at 2026-05-01");
    workspace.ok("refund payment-1 --yes --at 2026-05-01");
    let told = statement(&workspace);
    let amounts = told["charges"].as_array().unwrap().iter().map(|charge| charge["amount"].as_str().unwrap());
    assert_eq!(amounts.collect::<Vec<_>>(), ["31.00", "-31.00"]);
}

/// The rows of a statement as CSV, without its header.
fn rows(workspace: &Workspace, window: &str) -> Vec<Vec<String>> {
    let csv = workspace.ok(&format!("statement acme {window} --format csv")).stdout;
    let records = csv::Reader::from_reader(csv.as_bytes()).into_records();
    records.map(|record| record.unwrap().iter().map(str::to_owned).collect()).collect()
}

/// A history that is read in several parts: payments that events cause, several at one instant, and late ones.
#[test]
fn a_long_statement_is_the_same_in_windows_and_in_every_format() {
    let prices = [per_unit("Use", "use", "1 CREDIT", "")];
    let tables = [CREDIT.to_owned(), product("p", &prices), auto_topup("CREDIT", 1, "1 USD", "")];
    let workspace = Workspace::new().with("catalogs/c.toml", whole(&tables));
    let mut log = "id,customer,event_type,occurred_at,n\n".to_owned();
    for number in 0..9_000 {
        let minute = if number % 500 == 7 { number / 4 } else { number / 3 };
        let (day, hour, minute) = (1 + minute / 1440, minute / 60 % 24, minute % 60);
        log += &format!("e{number},acme,use,2026-05-{day:02}T{hour:02}:{minute:02}:00Z,{}\n", number % 7);
    }
    workspace.write("log.csv", log);
    workspace.ok("apply --yes --at 2026-05-01");
    workspace.ok("replay log.csv --enroll p");

    let (whole, told) = (rows(&workspace, ""), statement(&workspace));
    let [_opening, movements @ .., closing] = whole.as_slice() else { panic!("{whole:?}") };
    assert!(movements.len() > 7_000, "{}", movements.len());
    let of_json = told["accounts"][0]["movements"].as_array().unwrap();
    assert_eq!(of_json.len(), movements.len());
    for (json, row) in of_json.iter().zip(movements) {
        let [at, kind, amount, balance] = ["at", "kind", "amount", "balance"].map(|key| json[key].as_str().unwrap());
        assert_eq!([at, kind, amount, balance], [&row[1], &row[2], &row[5], &row[6]]);
    }
    let table = workspace.ok("statement acme").stdout;
    assert_eq!(table.lines().count(), 2 + whole.len() + 1);

    for (from, to) in
        [("2026-05-01T00:20:00Z", "2026-05-02T09:01:00Z"), ("2026-05-02", "2026-05-03"), ("2026-05-03", "2026-06-01")]
    {
        let window = rows(&workspace, &format!("--from {from} --to {to}"));
        let is_within = |row: &&Vec<String>| row[1].as_str() >= from && row[1].as_str() < to;
        let wanted: Vec<_> = movements.iter().filter(is_within).collect();
        let [opening, moved @ .., _] = window.as_slice() else { panic!("{window:?}") };
        assert_eq!(moved.iter().collect::<Vec<_>>(), wanted, "{from} to {to}");
        let before = movements.iter().rfind(|row| row[1].as_str() < from).unwrap();
        assert_eq!(opening[6], before[6]);
        assert_eq!(window.last().unwrap()[6], wanted.last().unwrap()[6]);
        let past = workspace.ok(&format!("balance acme --at {} --format json", wanted.last().unwrap()[1])).json();
        assert_eq!(past["accounts"][0]["available"], wanted.last().unwrap()[6].as_str());
    }
    let now = workspace.ok("balance acme --format json").json();
    assert_eq!(now["accounts"][0]["available"], closing[6].as_str());
}
