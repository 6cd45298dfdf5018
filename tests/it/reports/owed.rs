//! Fixed charges that the wallet paid by overdraft: once they are repaid, they are earned as if they had been paid at once.

use crate::support::Workspace;
use crate::support::catalog_text::{
    FROM_WALLET, OVERDRAFT, asset, earning, fixed, grant, lasting, per_event, product, whole,
};
use serde_json::Value;

/// A customer whose wallet may go below zero, and what they are subscribed to from the beginning of the year.
fn with(fee: &str, interval: &str, more: &[String]) -> Workspace {
    let fee = fixed("Fee", fee, interval, FROM_WALLET);
    let smaller = product("small", &[fixed("Fee", "60 USD", "year", FROM_WALLET)]);
    let tables = [&[fee, per_event("Call", "call", "5 USD", "")], more].concat();
    let catalog = whole(&[OVERDRAFT.to_owned(), asset("CREDIT", "0.05 USD", ""), product("p", &tables), smaller]);
    let workspace = Workspace::new().with("catalogs/catalog.toml", catalog);
    workspace.ok("apply --yes --at 2020-01-01");
    workspace.ok("customer add c --at 2026-01-01");
    workspace
}

fn revenue(workspace: &Workspace, window: &str) -> Value {
    workspace.ok(&format!("report revenue {window} --format json")).json()
}

/// Usage revenue, fixed revenue and what is deferred.
fn figures(revenue: &Value) -> [&str; 3] {
    ["usage_revenue", "fixed_revenue", "deferred"].map(|key| revenue[key].as_str().unwrap())
}

#[test]
fn a_charge_that_is_repaid_is_earned_over_its_service_period() {
    for is_owed in [false, true] {
        let workspace = with("120 USD", "year", &[]);
        let [first, second] = ["topup c 120 USD --at 2026-01-01", "subscribe c p --at 2026-01-01"];
        let paid_later = ["subscribe c p --at 2026-01-01", "topup c 120 USD --at 2026-01-02"];
        for command in if is_owed { paid_later } else { [first, second] } {
            workspace.ok(command);
        }
        workspace.ok("advance --to 2026-04-02");
        // 91 days of 365.
        assert_eq!(figures(&revenue(&workspace, "")), ["0.00", "29.917808219", "90.082191781"]);
        // Until it is repaid nothing is earned, and then at once what would have been.
        let first_day = revenue(&workspace, "--to 2026-01-02");
        let before = if is_owed { ["0.00", "0.00", "0.00"] } else { ["0.00", "0.328767123", "119.671232877"] };
        assert_eq!(figures(&first_day), before);
        assert_eq!(revenue(&workspace, "--from 2026-01-02 --to 2026-02-01")["deferred"], "109.808219179");
        workspace.verify();
    }
}

/// The year's 120 dollars come to 4.602739726 in 14 days, of which the month's credits take 14 of 31 days of 5 dollars.
#[test]
fn it_is_its_prices_revenue() {
    let credits = lasting("month", "expire_and_replace", None) + &earning("0.05");
    let workspace = with("120 USD", "year", &[grant("Credits", "100 CREDIT", &credits)]);
    workspace.ok("subscribe c p --at 2026-01-01");
    workspace.ok("topup c 120 USD --at 2026-01-02");
    workspace.ok("advance --to 2026-01-15");
    let profit = workspace.ok("report profit --by price --format json").json();
    let rows = profit["rows"].as_array().unwrap();
    assert_eq!((rows.len(), &rows[0]["price"], &rows[0]["fixed_revenue"]), (1, &"Fee".into(), &"2.34467521".into()));
    workspace.verify();
}

#[test]
fn what_is_repaid_after_its_period_is_earned_then() {
    let workspace = with("31 USD", "month", &[]);
    workspace.ok("subscribe c p --at 2026-01-01");
    workspace.ok("unsubscribe c p --at 2026-02-01 --yes");
    workspace.ok("topup c 31 USD --at 2026-03-10");
    workspace.ok("advance --to 2026-03-20");
    assert_eq!(figures(&revenue(&workspace, "--to 2026-03-10")), ["0.00", "0.00", "0.00"]);
    assert_eq!(figures(&revenue(&workspace, "--from 2026-03-10")), ["0.00", "31.00", "0.00"]);
    let profit = workspace.ok("report profit --by month,price --format csv").stdout;
    assert!(profit.contains("2026-03,Fee,0,") && profit.lines().count() == 2, "{profit}");
    workspace.verify();
}

#[test]
fn charges_are_repaid_before_usage() {
    let workspace = with("31 USD", "month", &[]);
    workspace.ok("subscribe c p --at 2026-01-01");
    workspace.ok("record c call --id e --at 2026-01-01");
    workspace.ok("topup c 31 USD --at 2026-01-02");
    workspace.ok("advance --to 2026-01-31");
    assert_eq!(figures(&revenue(&workspace, "")), ["0.00", "30.00", "1.00"]);
    workspace.ok("topup c 20 USD --at 2026-01-31");
    assert_eq!(figures(&revenue(&workspace, "")), ["5.00", "30.00", "16.00"]);
    workspace.verify();
}

/// What is unused of the larger fee pays for the smaller one, and what is left is worth as much as was paid for it.
#[test]
fn a_change_credits_what_was_repaid() {
    let workspace = with("120 USD", "year", &[]);
    workspace.ok("subscribe c p --at 2026-01-01");
    workspace.ok("topup c 120 USD --at 2026-01-02");
    workspace.ok("subscription change c p --to small --at 2026-05-27 --yes");
    workspace.ok("advance --to 2026-12-30");
    // 219 of 365 days of 60 dollars are credited; the rest is earned but for two days of the smaller fee.
    assert_eq!(workspace.available("c", "USD"), "36.00");
    assert_eq!(figures(&revenue(&workspace, "")), ["0.00", "83.671232876", "36.328767124"]);
    workspace.verify();
}

/// What a void returns repays the charge, until the event is billed again.
#[test]
fn what_a_void_has_repaid_is_owed_again() {
    let workspace = with("31 USD", "month", &[]);
    workspace.ok("topup c 36 USD --at 2026-01-01");
    workspace.ok("subscribe c p --at 2026-01-01");
    workspace.ok("record c call --id early --at 2026-01-02");
    workspace.ok("advance --to 2026-02-10");
    let balance = workspace.available("c", "USD");
    let before = revenue(&workspace, "");
    workspace.ok("void early --yes");
    assert_eq!(workspace.available("c", "USD"), "-26.00");
    workspace.ok("rebill early --yes");
    assert_eq!(workspace.available("c", "USD"), balance);
    assert_eq!(revenue(&workspace, ""), before);
    workspace.verify();
}
