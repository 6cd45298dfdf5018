//! Seats that cost less the more there are.

use super::{json, with_customer};
use crate::support::Workspace;
use crate::support::catalog_text::{product, whole};

/// Up to five seats cost ten dollars a month each, and more of them eight.
fn catalog(model: &str) -> String {
    let price = format!(
        "[[product.price]]\nname = \"Seat\"\ntype = \"fixed\"\nasset = \"USD\"\nper_seat = true\n\
         billing_model = {{ type = \"recurring\", interval = \"month\" }}\npricing_model = \"{model}\"\n\
         tiers = [{{ up_to = 5, unit_price = 10 }}, {{ unit_price = 8, flat_fee = 1 }}]\n"
    );
    whole(&[product("p", &[price])])
}

/// What was collected, in order.
fn paid(workspace: &Workspace) -> Vec<String> {
    let rows = json(workspace, "payments list")["rows"].take();
    let collected = rows.as_array().unwrap().iter().filter(|row| row["state"] == "collected");
    collected.map(|row| row["amount"].as_str().unwrap().to_owned()).collect()
}

/// June has 30 days: in its midst 25 of 50 dollars are credited, and half of 67 are charged for seven seats.
#[test]
fn each_seat_has_the_price_of_its_own_tier() {
    let workspace = with_customer(&catalog("graduated"));
    workspace.ok("subscribe c p --quantity 5 --at 2026-06-01");
    workspace.ok("subscription change c p --quantity 7 --at 2026-06-16 --yes");
    workspace.ok("advance --to 2026-07-01");
    assert_eq!(paid(&workspace), ["50.00", "8.50", "67.00"]);
    workspace.verify();
}

/// Seven seats at eight dollars and the fee of that tier are 57 dollars.
#[test]
fn all_seats_have_the_price_of_the_tier_reached() {
    let workspace = with_customer(&catalog("volume"));
    workspace.ok("subscribe c p --quantity 5 --at 2026-06-01");
    workspace.ok("subscription change c p --quantity 7 --period-end --at 2026-06-16 --yes");
    workspace.ok("advance --to 2026-07-01");
    assert_eq!(paid(&workspace), ["50.00", "57.00"]);
    workspace.verify();
}

#[test]
fn tiers_of_seats_are_shown_and_compared() {
    let workspace = with_customer(&catalog("graduated"));
    let shown = workspace.ok("product show p");
    assert!(shown.stdout.contains("graduated: 10 up to 5, then 1.00 + 8"), "{}", shown.stdout);
    workspace.write("catalogs/catalog.toml", catalog("volume"));
    let plan = workspace.ok("plan");
    assert!(plan.stdout.contains("pricing_model graduated -> volume"), "{}", plan.stdout);
    workspace.write("catalogs/catalog.toml", catalog("graduated").replace("per_seat = true", "per_seat = false"));
    let checked = workspace.run("check");
    assert_eq!(checked.code, 1);
    assert!(checked.stdout.contains("`tiers` does not belong in a fixed price that seats don't change"), "{checked:?}");
}
