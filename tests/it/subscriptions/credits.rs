//! What a change of terms credits pays for what payments collect next, before any payment does.

use super::{json, state, with_customer};
use crate::support::Workspace;
use crate::support::catalog_text::{auto_topup, fixed, per_unit, product, whole};

/// A year for 120 dollars, a month for 12, and what is used for dollars.
fn plans() -> String {
    let used = || per_unit("Use", "use", "1 USD", "");
    whole(&[
        product("yearly", &[fixed("Plan", "120 USD", "year", ""), used()]),
        product("monthly", &[fixed("Plan", "12 USD", "month", ""), used()]),
    ])
}

/// A month of the year is used up; 335 of 365 days are credited, 110.14, and the first month takes 12 of it.
fn changed(more: &str) -> Workspace {
    let workspace = with_customer(&format!("{}{more}", plans()));
    workspace.ok("subscribe c yearly --at 2026-01-01");
    workspace.ok("subscription change c yearly --to monthly --at 2026-01-31 --yes");
    workspace
}

fn left(workspace: &Workspace) -> String {
    json(workspace, "balance c")["accounts"][0]["available"].as_str().unwrap().to_owned()
}

fn cash(workspace: &Workspace) -> String {
    json(workspace, "report revenue")["cash_in"].as_str().unwrap().to_owned()
}

#[test]
fn a_credit_pays_for_renewals_until_it_is_used_up() {
    let workspace = changed("");
    assert_eq!((cash(&workspace).as_str(), left(&workspace).as_str()), ("120.00", "98.14"));
    let moved = json(&workspace, "advance --to 2026-05-15");
    assert_eq!((&moved["renewals"], &moved["collected"][0]["amount"]), (&3.into(), &"36.00".into()));
    assert_eq!((cash(&workspace).as_str(), left(&workspace).as_str()), ("120.00", "62.14"));
    // Five more months, and 2.14 of the sixth.
    workspace.ok("advance --to 2026-10-31");
    assert_eq!((cash(&workspace).as_str(), left(&workspace).as_str()), ("129.86", "0.00"));
    workspace.ok("advance --to 2026-11-30");
    assert_eq!(cash(&workspace), "141.86");
    let movements = json(&workspace, "statement c")["accounts"][0]["movements"].take();
    let amounts: Vec<&str> = movements.as_array().unwrap().iter().map(|m| m["amount"].as_str().unwrap()).collect();
    assert_eq!(amounts[..2], ["98.14", "-12.00"]);
    assert_eq!(amounts[9..], ["-2.14"]);
    workspace.verify();
}

/// What usage leaves of a credit is no whole number of cents: the rest of them stays.
#[test]
fn usage_may_use_a_credit_and_what_is_paid_is_whole_cents() {
    let workspace = changed("");
    workspace.ok("record c use n=90.135 --at 2026-02-01");
    workspace.ok("advance --to 2026-03-01");
    assert_eq!((cash(&workspace).as_str(), left(&workspace).as_str()), ("124.00", "0.005"));
    workspace.verify();
}

/// Payments by hand are for usage and stay.
#[test]
fn other_credit_pays_for_nothing_that_payments_collect() {
    let workspace = changed("");
    workspace.ok("topup c 50 USD --at 2026-02-01");
    workspace.ok("advance --to 2026-10-31");
    assert_eq!((cash(&workspace).as_str(), left(&workspace).as_str()), ("179.86", "50.00"));
    workspace.verify();
}

#[test]
fn a_balance_that_a_renewal_takes_below_the_threshold_is_topped_up() {
    let workspace = changed(&auto_topup("USD", 90, "20 USD", ""));
    assert_eq!(left(&workspace), "98.14");
    workspace.ok("advance --to 2026-03-01");
    assert_eq!((cash(&workspace).as_str(), left(&workspace).as_str()), ("140.00", "106.14"));
    workspace.verify();
}

#[test]
fn a_rule_that_is_new_pays_what_is_past_due() {
    let workspace = with_customer(
        "[catalog]\nreporting_currency = \"USD\"\n[[product]]\ncode = \"p\"\n[[product.price]]\nname = \"Fee\"\n\
         type = \"fixed\"\nbilling_model = { type = \"recurring\", interval = \"month\" }\nasset = \"USD\"\n\
         unit_price = 8\ncollection = \"balance\"\n",
    );
    workspace.ok("subscribe c p --at 2026-01-10");
    assert_eq!(state(&workspace, "p"), "past_due");
    let short = workspace.ok("auto-topup set c USD --threshold 0 --amount '5 USD' --limit '5 USD'");
    assert!(short.stderr.contains("past due since 2026-01-10T00:00:00Z"), "{}", short.stderr);
    let set = json(&workspace, "auto-topup set c USD --threshold 0 --amount '10 USD'");
    assert_eq!((&set["recovered"], state(&workspace, "p").as_str()), (&true.into(), "active"));
    assert_eq!((cash(&workspace).as_str(), left(&workspace).as_str()), ("10.00", "2.00"));
    workspace.verify();
}
