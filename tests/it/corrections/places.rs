//! An event that is billed again gets its place again: a fee that depends on what was counted before it stays as it was.

use super::report;
use crate::support::Workspace;
use crate::support::catalog_text::{asset, product, usage, whole};
use serde_json::{Value, json};

/// Five calls, `c1` to `c5`, under these terms.
fn five_calls(terms: &str) -> Workspace {
    let tables = [asset("CREDIT", "0.01 USD", ""), product("api", &[usage("Call", "call", "unit", "CREDIT", terms)])];
    let workspace = Workspace::new().with("catalogs/api.toml", whole(&tables));
    workspace.ok("apply --yes --at 2026-07-01");
    workspace.ok("customer add a --at 2026-07-01");
    workspace.ok("topup a 1 USD --to CREDIT --id july --at 2026-07-01");
    workspace.ok("subscribe a api --at 2026-07-01");
    (1..=5).for_each(|n| call(&workspace, &format!("c{n}"), n + 1));
    workspace
}

fn call(workspace: &Workspace, id: &str, day: usize) {
    workspace.ok(&format!("record a call --id {id} --at 2026-07-{day:02}"));
}

/// What these events owe by themselves.
fn fees(workspace: &Workspace, ids: &[&str]) -> Vec<Value> {
    let fee = |id: &&str| report(workspace, &format!("explain {id}"))["fees"][0]["amount"].clone();
    ids.iter().map(fee).collect()
}

const ALL: [&str; 5] = ["c1", "c2", "c3", "c4", "c5"];

/// 0.4 credits a call, in whole credits.
const PART: &str = "unit_price = 0.4\n";
/// The first two calls cost 10 each, and the first beyond them 30 more.
const TIERS: &str = "pricing_model = \"graduated\"\ntier_period = \"lifetime\"\n\
                     tiers = [{ up_to = 2, unit_price = 10 }, { unit_price = 1, flat_fee = 30 }]\n";

#[test]
fn one_event_of_many_owes_what_it_owed() {
    for (terms, owed) in [(PART, ["0", "1", "0", "1", "0"]), (TIERS, ["10", "10", "31", "1", "1"])] {
        let workspace = five_calls(terms);
        assert_eq!(fees(&workspace, &ALL), owed);
        for id in ALL {
            assert_eq!(report(&workspace, &format!("rebill {id} --yes"))["unchanged"], json!(1), "{id}");
            workspace.ok(&format!("void {id} --yes"));
            report(&workspace, &format!("rebill {id} --yes"));
            assert_eq!(fees(&workspace, &ALL), owed, "{id}");
            workspace.verify();
        }
        // Together, too, in whatever order they were taken back.
        ["c2", "c4", "c3"].iter().for_each(|id| drop(workspace.ok(&format!("void {id} --yes"))));
        workspace.ok("rebill c3 --yes");
        workspace.ok("rebill c2 c4 --yes");
        assert_eq!(fees(&workspace, &ALL), owed);
        workspace.verify();
    }
}

/// The sixth call is counted where the fifth was, so the fifth comes after it.
#[test]
fn a_place_that_is_taken_is_not_given_again() {
    let workspace = five_calls(PART);
    workspace.ok("void c5 --yes");
    call(&workspace, "c6", 10);
    workspace.ok("rebill c5 --yes");
    assert_eq!(fees(&workspace, &["c6", "c5"]), ["0", "0"]);
    assert_eq!(report(&workspace, "explain c5")["fees"][0]["quantity_before"], json!("5"));
    workspace.verify();
}

/// Once the first calls are gone, those after them move up.
#[test]
fn a_place_beyond_the_end_moves_up() {
    let workspace = five_calls(TIERS);
    workspace.ok("void c1 c2 --yes");
    workspace.ok("rebill c3 c4 c5 --yes");
    assert_eq!(fees(&workspace, &["c3", "c4", "c5"]), ["10", "10", "31"]);
    workspace.verify();
}

/// The history that is billed again knows the same places.
#[test]
fn a_comparison_with_the_ledger_gives_the_same_places() {
    let workspace = five_calls(PART);
    workspace.ok("void c2 --yes");
    workspace.ok("rebill c2 --yes");
    workspace.ok("void c5 --yes");
    call(&workspace, "c6", 10);
    workspace.ok("rebill c5 --yes");
    let data = report(&workspace, "compare --set api/Call/unit_price=+0%");
    assert_eq!(data["base_matches"], json!(true));
    assert_eq!(data["scenarios"][0]["fees"], data["scenarios"][1]["fees"]);
}
