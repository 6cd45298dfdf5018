//! Every command that changes the ledger is an operation, to which its facts belong.

use crate::support::Workspace;
use crate::support::catalog_text::{per_event, product, whole};

fn workspace() -> Workspace {
    let catalog = whole(&[product("api", &[per_event("Calls", "call", "1 USD", "")])]);
    let workspace = Workspace::new().with("catalogs/api.toml", catalog);
    workspace.ok("apply --yes --at 2026-07-01");
    workspace.ok("customer add acme --at 2026-07-01");
    workspace.ok("subscribe acme api --at 2026-07-01");
    workspace.ok("topup acme 5 USD --id pay --at 2026-07-01");
    workspace
}

/// The commands of the log, without the program's name.
fn commands(workspace: &Workspace) -> Vec<String> {
    let log = workspace.ok("ledger log --format json").json();
    let rows = log["rows"].as_array().unwrap().iter();
    rows.map(|row| row["command"].as_str().unwrap().trim_start_matches("drawdown ").to_owned()).collect()
}

#[test]
fn commands_that_change_the_ledger_are_numbered_in_their_order() {
    let workspace = workspace();
    workspace.write("usage.csv", "id,customer,event_type,occurred_at\na,acme,call,2026-07-02T00:00:00Z\n");
    workspace.ok("replay usage.csv");
    workspace.ok("record acme call 'note=two words' --id b --at 2026-07-03");
    let commands = commands(&workspace);
    let expected = [
        "apply --yes --at 2026-07-01",
        "customer add acme --at 2026-07-01",
        "subscribe acme api --at 2026-07-01",
        "topup acme 5 USD --id pay --at 2026-07-01",
        "replay usage.csv",
        "record acme call 'note=two words' --id b --at 2026-07-03",
    ];
    assert_eq!(commands, expected);
    let shown = workspace.ok("ledger log show 5 --format json").json();
    assert_eq!(shown["did"], "1 event: charged 1.00 USD for 1");
    assert_eq!(shown["facts"], serde_json::json!({"event": 1, "shape": 1}));
    workspace.verify();
}

#[test]
fn what_changes_nothing_is_no_operation() {
    let workspace = workspace();
    let before = commands(&workspace);
    workspace.ok("apply --yes --at 2026-07-01");
    workspace.ok("customer add acme");
    workspace.ok("subscribe acme api --at 2026-07-01");
    workspace.ok("topup acme 5 USD --id pay --at 2026-07-01");
    workspace.write("empty.csv", "id,customer,event_type,occurred_at\n");
    workspace.ok("replay empty.csv");
    workspace.write("usage.csv", "id,customer,event_type,occurred_at\na,nobody,call,2026-07-02T00:00:00Z\n");
    workspace.refused("replay usage.csv", 1, &["unknown customer"]);
    workspace.ok("replay usage.csv --dry-run --enroll api");
    assert_eq!(commands(&workspace), before);
}

#[test]
fn a_number_that_is_not_there_is_said_to_be_unknown() {
    let workspace = workspace();
    workspace.refused("ledger log show 5", 1, &["there is no operation \"5\""]);
}
