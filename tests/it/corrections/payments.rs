//! `payments list`: what was collected, paid back, and is to be collected.

use super::report;
use crate::support::Workspace;
use crate::support::catalog_text::{asset, auto_topup, fixed, per_event, product, whole};
use serde_json::{Value, json};

fn catalog() -> String {
    let prices = [fixed("Fee", "20 USD", "month", ""), per_event("Image", "image", "10 CREDIT", "")];
    whole(&[asset("CREDIT", "0.5 USD", ""), product("studio", &prices), auto_topup("CREDIT", 5, "5 USD", "")])
}

#[test]
fn payments_of_all_kinds_are_listed_in_the_order_of_time() {
    let workspace = Workspace::new().with("catalogs/studio.toml", catalog());
    workspace.ok("apply --yes --at 2026-05-01");
    workspace.ok("customer add acme --at 2026-05-01");
    workspace.ok("topup acme 6 USD --to CREDIT --id invoice-1 --at 2026-05-01");
    workspace.ok("subscribe acme studio --at 2026-05-01");
    workspace.ok("record acme image --id i --at 2026-05-02");
    workspace.ok("adjust acme -4 CREDIT --reason external_refund --id back --at 2026-05-03");
    let rows = workspace.ok("payments list acme --format json").json()["rows"].clone();
    let told: Vec<_> = rows
        .as_array()
        .unwrap()
        .iter()
        .map(|row| json!([row["id"], row["kind"], row["state"], row["amount"], row["currency"], row["for"]]))
        .collect();
    let expected = json!([
        ["invoice-1", "topup", "collected", "6.00", "USD", "12 CREDIT"],
        ["payment-1", "charge", "collected", "20.00", "USD", "studio@1"],
        ["auto-topup-2", "auto_topup", "collected", "5.00", "USD", "10 CREDIT"],
        ["back", "external_refund", "paid_back", "-2.00", "USD", "4 CREDIT"],
        [null, "charge", "to_collect", "20.00", "USD", "studio@1"],
    ]);
    assert_eq!(json!(told), expected);
    assert_eq!(workspace.ok("payments list --format csv -q").stdout.lines().count(), 6);
    workspace.refused("payments list nobody", 1, &["nobody"]);
}

#[test]
fn a_payment_that_is_still_to_be_collected_is_not_refunded() {
    let workspace = Workspace::new().with("catalogs/studio.toml", catalog());
    workspace.ok("apply --yes --at 2026-05-01");
    workspace.ok("customer add acme --at 2026-05-01");
    workspace.ok("subscribe acme studio --at 2026-05-01");
    workspace.refused("refund payment-2 --at 2026-06-05 --yes", 1, &["there is no payment \"payment-2\""]);
    workspace.ok("advance --to 2026-06-01T00:00:00Z");
    workspace.ok("refund payment-2 --at 2026-06-05 --yes");
}

/// A payment moves no customer's time, but reports count what has fallen due by it.
#[test]
fn what_reports_count_as_collected_is_listed() {
    let workspace = Workspace::new().with("catalogs/studio.toml", catalog());
    workspace.ok("apply --yes --at 2026-05-01");
    workspace.ok("customer add acme --at 2026-05-01");
    workspace.ok("subscribe acme studio --at 2026-05-01");
    workspace.ok("topup acme 4 USD --id late --at 2026-07-15");
    assert_eq!(report(&workspace, "report revenue")["cash_in"], "64.00");
    let list = report(&workspace, "payments list");
    let told = |row: &Value| json!([row["id"], row["at"], row["state"], row["amount"]]);
    let rows: Vec<Value> = list["rows"].as_array().unwrap().iter().map(told).collect();
    let expected = json!([
        ["payment-1", "2026-05-01T00:00:00Z", "collected", "20.00"],
        [null, "2026-06-01T00:00:00Z", "to_collect", "20.00"],
        [null, "2026-07-01T00:00:00Z", "to_collect", "20.00"],
        ["late", "2026-07-15T00:00:00Z", "collected", "4.00"],
        [null, "2026-08-01T00:00:00Z", "to_collect", "20.00"],
    ]);
    assert_eq!(json!(rows), expected);
}
