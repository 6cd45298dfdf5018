//! An end at the very instant at which other terms begin, and other ends that are not what they seem.

use super::{json, with_customer};
use crate::support::Workspace;
use crate::support::catalog_text::{PER_SEAT, fixed, product, whole};

/// A customer of `a`, which costs 31 dollars a month for a seat, since the beginning of January; `b` costs 62.
fn subscribed() -> Workspace {
    let products = [("a", "31 USD"), ("b", "62 USD")];
    let products = products.map(|(code, price)| product(code, &[fixed("Fee", price, "month", PER_SEAT)]));
    let workspace = with_customer(&whole(&products));
    workspace.ok("subscribe c a --at 2026-01-01");
    workspace
}

/// Nothing is collected after the end, however far time goes.
fn assert_ended(workspace: &Workspace, paid: &str) {
    workspace.ok("advance --to 2026-07-01");
    let revenue = json(workspace, "report revenue");
    assert_eq!((&revenue["cash_in"], &revenue["deferred"]), (&paid.into(), &"0.00".into()), "{revenue}");
    let rows = json(workspace, "subscription list c")["rows"].take();
    let is_over = |row: &serde_json::Value| row["state"] == "ended" || row["state"] == "changed";
    assert!(rows.as_array().unwrap().iter().all(is_over), "{rows}");
    workspace.verify();
}

#[test]
fn a_change_that_is_planned_for_the_end_does_not_happen() {
    for change in ["--quantity 2", "--to b"] {
        for end in ["--period-end --at 2026-01-12", "--at 2026-02-01", "--at 2026-01-20"] {
            let workspace = subscribed();
            workspace.ok(&format!("subscription change c a {change} --period-end --at 2026-01-10 --yes"));
            let told = workspace.ok(&format!("unsubscribe c a {end} --yes"));
            let line = "; the change that was planned for 2026-02-01T00:00:00Z is taken back";
            assert!(told.stderr.contains("c's subscription to a@1 ends at 2026-") && told.stderr.contains(line));
            let again = workspace.ok(&format!("unsubscribe c a {end} --yes"));
            assert!(again.stderr.contains("already, nothing changed"), "{}", again.stderr);
            assert_ended(&workspace, "31.00");
        }
    }
}

/// The change of the tenth credits 19 days of 28 and charges twice as much.
#[test]
fn terms_can_end_as_they_begin() {
    let workspace = subscribed();
    workspace.ok("subscription change c a --quantity 2 --at 2026-02-10 --yes");
    workspace.ok("unsubscribe c a --at 2026-02-10 --yes");
    let rows = json(&workspace, "subscription list c")["rows"].take();
    assert_eq!((rows.as_array().unwrap().len(), &rows[0]["state"]), (1, &"ended".into()), "{rows}");
    assert_ended(&workspace, "83.03");

    let workspace = subscribed();
    workspace.ok("subscription change c a --quantity 2 --at 2026-02-10 --yes");
    workspace.ok("unsubscribe c a --period-end --at 2026-02-10 --yes");
    assert_ended(&workspace, "83.03");

    // A backdated end keeps what was charged since.
    let workspace = subscribed();
    workspace.ok("subscription change c a --quantity 2 --at 2026-02-10 --yes");
    workspace.ok("advance --to 2026-03-05");
    workspace.ok("unsubscribe c a --at 2026-02-10 --yes");
    assert_ended(&workspace, "145.03");
}

#[test]
fn a_subscription_can_end_with_the_period_that_it_begins_with() {
    let workspace = subscribed();
    workspace.refused(
        "unsubscribe c a --at 2026-01-01 --yes",
        1,
        &["c holds a from 2026-01-01T00:00:00Z on", "--period-end"],
    );
    workspace.ok("unsubscribe c a --period-end --at 2026-01-01 --yes");
    assert_ended(&workspace, "31.00");
}

#[test]
fn what_goes_on_as_another_product_is_named() {
    let workspace = subscribed();
    workspace.ok("subscription change c a --to b --at 2026-01-10 --yes");
    for (end, instead) in [
        ("--at 2026-01-10", "`drawdown unsubscribe c b --at 2026-01-10T00:00:00Z` ends that"),
        ("--at 2026-01-05", "`drawdown unsubscribe c b --at 2026-01-10T00:00:00Z` ends that"),
        ("--period-end --at 2026-01-12", "`drawdown unsubscribe c b --at 2026-01-12T00:00:00Z --period-end` ends that"),
    ] {
        let why = "c's subscription to a goes on as b@1 (quantity 1) from 2026-01-10T00:00:00Z";
        workspace.refused(&format!("unsubscribe c a {end} --yes"), 1, &[why, instead]);
    }
    workspace.ok("unsubscribe c b --at 2026-01-10T00:00:00Z --yes");
    assert_eq!(json(&workspace, "subscription list c")["rows"][0]["state"], "ended");
    workspace.verify();
}

#[test]
fn what_begins_with_a_planned_change_ends_with_what_comes_before() {
    let workspace = subscribed();
    workspace.ok("subscription change c a --to b --period-end --at 2026-01-10 --yes");
    let why = "c holds b only from 2026-02-01T00:00:00Z on, when a becomes it";
    let instead = "`drawdown unsubscribe c b --at 2026-02-01T00:00:00Z` ends both then";
    workspace.refused("unsubscribe c b --period-end --at 2026-01-12 --yes", 1, &[why, instead]);
    workspace.ok("unsubscribe c b --at 2026-02-01T00:00:00Z --yes");
    assert_ended(&workspace, "31.00");
}

#[test]
fn what_was_taken_up_again_at_that_instant_is_named() {
    let workspace = subscribed();
    workspace.ok("unsubscribe c a --at 2026-01-10 --yes");
    workspace.ok("subscribe c a --at 2026-01-10");
    let why = "c holds a from 2026-01-10T00:00:00Z on, so it can end only after that";
    let instead = "`drawdown unsubscribe c a --at 2026-01-10T00:00:00Z --period-end` ends it with its first period";
    workspace.refused("unsubscribe c a --at 2026-01-10 --yes", 1, &[why, instead]);
    workspace.ok("unsubscribe c a --at 2026-01-10T00:00:00Z --period-end --yes");
    assert_ended(&workspace, "62.00");
}

#[test]
fn what_must_be_taken_back_first_is_named_with_its_command() {
    let workspace = subscribed();
    workspace.ok("unsubscribe c a --period-end --at 2026-01-12 --yes");
    let instead = "`drawdown subscription resume c a` takes that back";
    workspace.refused("subscription change c a --quantity 2 --period-end --at 2026-01-13 --yes", 1, &[instead]);
    workspace.refused("subscribe c a --at 2026-01-14", 1, &["`drawdown subscription resume c a` takes the end back"]);
}
