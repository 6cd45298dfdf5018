//! A period's allowance is given once, whatever becomes of the terms within it.

use super::with_customer;
use crate::support::Workspace;

/// Two products with the same allowance of 100 a period, and this much for each one beyond it.
fn allowance(rate: u32) -> String {
    let product = |code: &str, fee: u32| {
        format!(
            "[[product]]\ncode = \"{code}\"\n\
             [[product.price]]\nname = \"Base\"\ntype = \"fixed\"\nasset = \"USD\"\nunit_price = {fee}\n\
             billing_model = {{ type = \"recurring\", interval = \"month\" }}\n\
             [[product.price]]\nname = \"Use\"\ntype = \"usage_based\"\nevent_type = \"use\"\nusage_type = \"volume\"\n\
             volume_field = \"n\"\nasset = \"USD\"\npricing_model = \"graduated\"\ntier_period = \"cycle\"\n\
             tiers = [{{ up_to = 100, volume_rate = 0 }}, {{ volume_rate = {rate} }}]\n"
        )
    };
    format!("[catalog]\nreporting_currency = \"USD\"\n{}{}", product("a", 10), product("b", 11))
}

/// What an event costs.
fn uses(workspace: &Workspace, n: u32, at: &str) -> String {
    let recorded = workspace.ok(&format!("record c use n={n} --at {at} --format json")).json();
    recorded["fees"][0]["amount"].as_str().unwrap().to_owned()
}

fn subscriber() -> Workspace {
    let workspace = with_customer(&allowance(1));
    workspace.ok("subscribe c a --at 2026-06-01");
    workspace.ok("topup c 1000 USD --at 2026-06-01");
    workspace
}

#[test]
fn a_change_of_plan_and_back_gives_no_allowance_again() {
    let workspace = subscriber();
    assert_eq!(uses(&workspace, 100, "2026-06-02"), "0.00");
    workspace.ok("subscription change c a --to b --at 2026-06-03 --yes");
    assert_eq!(uses(&workspace, 100, "2026-06-04"), "100.00");
    workspace.ok("subscription change c b --to a --at 2026-06-05 --yes");
    assert_eq!(uses(&workspace, 100, "2026-06-06"), "100.00");
    // The next period has an allowance of its own.
    assert_eq!(uses(&workspace, 100, "2026-07-02"), "0.00");
    workspace.verify();
}

#[test]
fn what_was_used_before_a_new_version_is_not_charged_again_at_its_price() {
    let workspace = subscriber();
    assert_eq!(uses(&workspace, 150, "2026-06-02"), "50.00");
    workspace.write("catalogs/catalog.toml", allowance(2));
    workspace.ok("apply --yes --at 2026-06-10");
    workspace.ok("subscription change c a --to a@2 --at 2026-06-10 --yes");
    assert_eq!(uses(&workspace, 50, "2026-06-11"), "100.00");
    // Late, at the old price: what is used by then counts.
    assert_eq!(uses(&workspace, 10, "2026-06-03"), "10.00");
    workspace.verify();
}

#[test]
fn another_price_or_a_new_subscription_begins_at_nothing() {
    let workspace = subscriber();
    assert_eq!(uses(&workspace, 100, "2026-06-02"), "0.00");
    workspace.write("catalogs/catalog.toml", allowance(2).replace("name = \"Use\"", "name = \"Usage\""));
    workspace.ok("apply --yes --at 2026-06-10");
    workspace.ok("subscription change c a --to a@2 --at 2026-06-10 --yes");
    assert_eq!(uses(&workspace, 100, "2026-06-11"), "0.00");
    workspace.ok("unsubscribe c a --at 2026-06-12 --yes");
    workspace.ok("subscribe c a --at 2026-06-12");
    assert_eq!(uses(&workspace, 100, "2026-06-13"), "0.00");
    workspace.verify();
}
