//! Costs to the last digit: each as it is written or rated, rounded only where it is printed.

use crate::support::Workspace;
use crate::support::catalog_text::{product, usage, vendor, whole};
use serde_json::Value;

/// Costs and prices that are far below the smallest amount.
fn lambda() -> String {
    let a_millisecond = "volume_field = \"ms\"\nvolume_rate = 0.0000000021\n";
    whole(&[
        "[[asset]]\ncode = \"EUR\"\nrates = [{ source = \"USD\", rate = 1.1 }]\n".to_owned(),
        vendor("lambda", "invoke", "volume", "USD", a_millisecond),
        vendor("db", "query", "unit", "EUR", "unit_price = 0.0000000001\n"),
        product("p", &[usage("Invoke", "invoke", "volume", "USD", a_millisecond)]),
    ])
}

/// A customer with a dollar.
fn workspace() -> Workspace {
    let workspace = Workspace::new().with("catalog.toml", lambda());
    workspace.ok("apply --catalog catalog.toml --at 2020-01-01 --yes");
    workspace.ok("customer add a --at 2026-01-01");
    workspace.ok("subscribe a p --at 2026-01-01");
    workspace.ok("topup a 1 USD --at 2026-01-01");
    workspace
}

fn replay(workspace: &Workspace, header: &str, rows: impl IntoIterator<Item = String>) {
    let rows: String = rows.into_iter().map(|row| row + "\n").collect();
    workspace.write("log.csv", format!("{header}\n{rows}"));
    workspace.ok("replay log.csv");
    workspace.verify();
}

fn total(workspace: &Workspace, words: &str) -> Value {
    workspace.ok(&format!("report profit --format json {words}")).json()["total"].take()
}

/// The figure by each way that leads to it: from rollups by shape and by customer, and from the events themselves.
fn figure(workspace: &Workspace, name: &str) -> String {
    let of = |words| total(workspace, words)[name].as_str().unwrap().to_owned();
    let figure = of("");
    for words in ["--by customer", "--by vendor", "--by day", "--by price,vendor"] {
        assert_eq!(of(words), figure, "{name} {words}");
    }
    figure
}

#[test]
fn a_vendors_rule_costs_what_a_price_of_the_same_rate_earns() {
    let workspace = workspace();
    let rows = (0..1_000).map(|n| format!("e{n},a,invoke,2026-02-01T00:00:00Z,1"));
    replay(&workspace, "id,customer,event_type,occurred_at,ms", rows);
    let figures = ["fees", "cost", "profit"].map(|name| figure(&workspace, name));
    assert_eq!(figures, ["0.0000021", "0.0000021", "0.00"]);
}

#[test]
fn a_thousand_costs_of_less_than_a_billionth_add_up() {
    let workspace = workspace();
    let rows = (0..1_000).map(|n| format!("f{n},a,invoke,2026-03-01T00:00:00Z,1,0.0000000004"));
    replay(&workspace, "id,customer,event_type,occurred_at,ms,cost.lambda", rows);
    assert_eq!(figure(&workspace, "cost"), "0.0000004");
    assert_eq!(workspace.ok("explain f7 --format json").json()["costs"][0]["amount"], "0.0000000004");
    assert!(workspace.ok("explain f7").stdout.contains("  0.0000000004 USD at lambda"));
}

/// A rate makes digits of its own, and is not a reason to round to a currency's.
#[test]
fn a_rule_in_another_currency_is_converted_to_the_last_digit() {
    let workspace = workspace();
    replay(
        &workspace,
        "id,customer,event_type,occurred_at",
        (0..3).map(|n| format!("q{n},a,query,2026-02-01T00:00:00Z")),
    );
    assert_eq!(figure(&workspace, "cost"), "0.00000000033");
    let quote = workspace.ok("quote p invoke ms=1 --catalog catalog.toml --format json").json();
    assert_eq!((&quote["cost"], &quote["profit"]), (&"0.0000000021".into(), &"-0.0000000001".into()));
}

#[test]
fn a_table_shows_no_more_digits_than_a_currency_has_unless_nothing_would_be_left() {
    let workspace = workspace();
    let rows = [("1", "0.01999999999999999872"), ("2", "-0.0000000004"), ("3", "0.000000000400000003")];
    let rows = rows.map(|(id, cost)| format!("{id},a,other,2026-02-0{id}T00:00:00Z,{cost}"));
    replay(&workspace, "id,customer,event_type,occurred_at,cost.lambda", rows);
    assert_eq!(total(&workspace, "")["cost"], "0.020000000000000002");
    let table = workspace.ok("report profit --by day").stdout;
    let costs: Vec<&str> = table
        .lines()
        .filter(|line| line.starts_with("2026-"))
        .filter_map(|line| line.split_whitespace().rev().nth(2))
        .collect();
    assert_eq!(costs, ["0.02", "-0.0000000004", "0.000000000400000003"]);
    let csv = workspace.ok("report profit --by day --format csv").stdout;
    assert!(csv.contains(",0.019999999999999999,"), "{csv}");
}

/// A sum is no reason to refuse an event, and what is too large by itself is told.
#[test]
fn large_costs_add_up_and_one_that_is_too_large_is_refused_by_itself() {
    let workspace = workspace();
    let rows = (0..100).map(|n| format!("{n},a,other,2026-02-01T00:00:00Z,1000000000000"));
    replay(&workspace, "id,customer,event_type,occurred_at,cost.lambda", rows);
    assert_eq!(figure(&workspace, "cost"), "100000000000000.00");
    workspace
        .write("large.csv", "id,customer,event_type,occurred_at,cost.lambda\nx,a,other,2026-02-01T00:00:00Z,1e13\n");
    let refused = workspace.run("replay large.csv");
    let said = refused.stdout + &refused.stderr;
    assert!(said.contains("the cost 10000000000000 USD is too large for the ledger"), "{said}");
}
