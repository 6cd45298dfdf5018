//! `statement`: in the order in which things happened, also at one instant.

use crate::support::Workspace;
use crate::support::catalog_text::{fixed, per_unit, product, whole};
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
