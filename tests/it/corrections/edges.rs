//! Taking back and billing again at the edges: lots that are over, renewals that are due, what others gave back.

use super::report;
use crate::support::Workspace;
use crate::support::catalog_text::{
    FROM_WALLET, OF_N, OVERDRAFT, asset, bulk, fixed, grant, per_unit, product, usage, whole,
};
use serde_json::json;

/// Credits that live a month, a credit a unit; beside it a price whose total falls, and a fee from the wallet.
fn catalog() -> String {
    catalog_with("volume_rate = 1\n")
}

/// The same with other terms for calls and talk.
fn catalog_with(terms: &str) -> String {
    let used = |name, event_type| usage(name, event_type, "volume", "CREDIT", &format!("{OF_N}{terms}"));
    whole(&[
        asset("CREDIT", "0.01 USD", "expires_after = { duration = \"month\" }"),
        product("api", &[used("Call", "call"), bulk("Bulk", "bulk", "CREDIT", &[(Some(10), "2"), (None, "1")])]),
        product("fee", &[fixed("Fee", "50 CREDIT", "month", FROM_WALLET), used("Talk", "talk")]),
    ])
}

fn workspace(product: &str) -> Workspace {
    let workspace = Workspace::new().with("catalogs/api.toml", catalog());
    workspace.ok("apply --yes --at 2026-07-01");
    workspace.ok("customer add a --at 2026-07-01");
    workspace.ok("topup a 1 USD --to CREDIT --id july --at 2026-07-01");
    workspace.ok(&format!("subscribe a {product} --at 2026-07-01"));
    workspace
}

fn credits(workspace: &Workspace) -> String {
    report(workspace, "balance a")["accounts"][0]["available"].as_str().unwrap().to_owned()
}

fn month(workspace: &Workspace, from: &str, to: &str) -> [String; 2] {
    let total = report(workspace, &format!("report profit --from {from} --to {to}"))["total"].clone();
    [&total["usage_revenue"], &total["breakage"]].map(|amount| amount.as_str().unwrap().to_owned())
}

/// The void's breakage is taken back: what the event drew comes from the lot that it came from, not from August's.
#[test]
fn what_a_void_lost_is_drawn_again() {
    let workspace = workspace("api");
    workspace.ok("record a call n=60 --id e1 --at 2026-07-02");
    workspace.ok("topup a 1 USD --to CREDIT --id august --at 2026-08-05");
    workspace.ok("advance --to 2026-08-05");
    let before = [("2026-07-01", "2026-08-01"), ("2026-08-01", "2026-09-01")].map(|(a, b)| month(&workspace, a, b));
    workspace.ok("void e1 --yes");
    assert_eq!(month(&workspace, "2026-08-01", "2026-09-01"), ["0.00", "1.00"]);
    let ran = workspace.ok("rebill e1 --yes --format json");
    assert_eq!(ran.json()["lost"], json!([{"asset": "CREDIT", "amount": "-60"}]));
    assert!(ran.stderr.contains("60 CREDIT more is drawn, 60 CREDIT of it had been lost"), "{}", ran.stderr);
    assert_eq!(credits(&workspace), "100");
    let after = [("2026-07-01", "2026-08-01"), ("2026-08-01", "2026-09-01")].map(|(a, b)| month(&workspace, a, b));
    assert_eq!(after, before);
    assert_eq!(report(&workspace, "explain e1")["fees"][0]["draws"][0]["amount"], "60");
    workspace.verify();
    // As often as one likes.
    workspace.ok("void e1 --yes");
    workspace.ok("rebill --status voided --yes");
    assert_eq!(credits(&workspace), "100");
    workspace.verify();
}

/// Others used what came back before the lot ended: what it lost pays first, and only the rest is drawn anew.
#[test]
fn what_others_have_used_is_drawn_anew() {
    let workspace = workspace("api");
    workspace.ok("record a call n=60 --id e1 --at 2026-07-02");
    workspace.ok("void e1 --yes");
    workspace.ok("record a call n=80 --id e2 --at 2026-07-03");
    workspace.ok("topup a 1 USD --to CREDIT --id august --at 2026-08-05");
    workspace.ok("advance --to 2026-08-05");
    assert_eq!(report(&workspace, "rebill e1 --yes")["lost"], json!([{"asset": "CREDIT", "amount": "-20"}]));
    assert_eq!(credits(&workspace), "60");
    workspace.verify();
}

/// An overdraft that a gift has repaid, and the gift is over: billed again, the gift has repaid it again.
#[test]
fn what_an_ended_gift_repaid_is_repaid_again() {
    let catalog = catalog().replace("[[asset]]", "[policy]\ninsufficient_funds = \"overdraft\"\n\n[[asset]]");
    let workspace = Workspace::new().with("catalogs/api.toml", &catalog);
    workspace.ok("apply --yes --at 2026-07-01");
    workspace.ok("customer add a --at 2026-07-01");
    workspace.ok("subscribe a api --at 2026-07-01");
    workspace.ok("record a call n=60 --id e1 --at 2026-07-02");
    workspace.ok("adjust a 100 CREDIT --reason gift --id g --expires 2026-07-10 --at 2026-07-03");
    workspace.ok("advance --to 2026-08-05");
    assert_eq!(credits(&workspace), "0");
    for _ in 0..2 {
        workspace.ok("void e1 --yes");
        assert_eq!(credits(&workspace), "0");
        workspace.verify();
        workspace.ok("rebill e1 --yes");
        assert_eq!(credits(&workspace), "0");
        workspace.verify();
    }
}

/// The same of a price whose total falls.
#[test]
fn what_a_void_lost_under_a_falling_price_is_drawn_again() {
    let workspace = workspace("api");
    workspace.ok("record a bulk n=8 --id e1 --at 2026-07-02");
    workspace.ok("record a bulk n=4 --id e2 --at 2026-07-03");
    workspace.ok("topup a 1 USD --to CREDIT --id august --at 2026-08-05");
    workspace.ok("advance --to 2026-08-05");
    workspace.ok("void e1 e2 --yes");
    workspace.ok("rebill --status voided --yes");
    assert_eq!(credits(&workspace), "100");
    workspace.verify();
}

/// The renewal of August could not be paid. Taken back and billed again, the event of July takes again what it got back.
#[test]
fn past_due_refuses_only_what_is_more() {
    let workspace = workspace("fee");
    workspace.ok("record a talk n=10 --id e1 --at 2026-07-02");
    workspace.ok("record a talk n=30 --id e2 --at 2026-07-02");
    workspace.ok("advance --to 2026-08-05");
    assert_eq!(report(&workspace, "rebill e1 --yes")["unchanged"], json!(1));
    let rebilled = workspace.ok("void e1 --yes");
    assert!(rebilled.stderr.contains("10 CREDIT returned"), "{}", rebilled.stderr);
    assert_eq!(report(&workspace, "rebill e1 --yes")["uncovered"], json!([]));
    workspace.verify();
    let ran = workspace.run("rebill e2 --yes --format json");
    assert_eq!(ran.json()["uncovered"], json!([]), "{}", ran.stderr);
    workspace.verify();
}

/// What the second event gave back has been used, but what the first one took returns.
#[test]
fn what_was_given_back_is_owed_until_the_rest_returns() {
    let workspace = workspace("api");
    workspace.ok("record a bulk n=10 --id e1 --at 2026-07-02");
    workspace.ok("record a bulk n=5 --id e2 --at 2026-07-03");
    assert_eq!(credits(&workspace), "85");
    workspace.ok("record a call n=85 --id i1 --at 2026-07-04");
    workspace.refused("void e2 --yes", 1, &["event \"e2\"", "what it gave back has been used since"]);
    workspace.ok("void e1 e2 --yes");
    assert_eq!(credits(&workspace), "15");
    workspace.verify();
    workspace.ok("rebill --status voided --yes");
    assert_eq!(credits(&workspace), "0");
    workspace.verify();
    assert_eq!(report(&workspace, "rebill e1 e2 i1 --yes")["unchanged"], json!(3));
    // Another lot has enough.
    workspace.ok("topup a 1 USD --to CREDIT --id more --at 2026-07-05");
    workspace.refused("void e2 --yes", 1, &["has been used since"]);
    workspace.ok("advance --to 2026-07-05");
    workspace.ok("void e2 --yes");
    assert_eq!(credits(&workspace), "95");
    workspace.verify();
}

/// An operation is what it recorded, and what it took back.
#[test]
fn a_void_can_be_named_by_its_operation() {
    let workspace = workspace("api");
    workspace.ok("record a call n=1 --id e1 --at 2026-07-02");
    workspace.ok("void e1 --yes");
    // After apply, customer, payment, subscription and event.
    assert_eq!(report(&workspace, "rebill --operation 6 --yes")["rebilled"], json!(1));
    assert_eq!(credits(&workspace), "99");
    workspace.verify();
}

/// Of two records of an id, both taken back, the one that was said again is shown.
#[test]
fn what_is_said_again_after_a_void_is_shown() {
    let workspace = workspace("api");
    for n in ["1", "2"] {
        workspace.ok(&format!("record a call n={n} --id e1 --at 2026-07-02"));
        workspace.ok("void e1 --yes");
    }
    let ran = workspace.ok("record a call n=1 --id e1 --at 2026-07-02 --format json");
    assert_eq!(ran.json()["event"]["data"]["n"], "1");
    assert!(ran.stderr.contains("recorded before with the same content (voided); nothing changed"), "{}", ran.stderr);
}

/// In the order of time the late event is the cheap one. The fees are the same in all, but they come from other lots, of
/// which one is over: what it gets back is lost, and that is said.
#[test]
fn draws_that_move_between_lots_are_said() {
    let tiers = "pricing_model = \"graduated\"\ntier_period = \"lifetime\"\n\
                 tiers = [{ up_to = 10, volume_rate = 1 }, { volume_rate = 2 }]\n";
    let workspace = Workspace::new().with("catalogs/api.toml", catalog_with(tiers));
    workspace.ok("apply --yes --at 2026-07-01");
    workspace.ok("customer add a --at 2026-07-01");
    workspace.ok("topup a 0.30 USD --to CREDIT --id july --at 2026-07-01");
    workspace.ok("subscribe a api --at 2026-07-01");
    workspace.ok("record a call n=10 --id e1 --at 2026-07-20");
    workspace.ok("topup a 1 USD --to CREDIT --id late --at 2026-07-21");
    workspace.ok("record a call n=10 --id e2 --at 2026-07-10");
    assert_eq!(credits(&workspace), "100");
    workspace.ok("advance --to 2026-08-05");
    let ran = workspace.ok("rebill e1 e2 --yes --format json");
    let data = ran.json();
    assert_eq!(data["difference"], json!([]));
    assert_eq!(data["moved"], json!([{"asset": "CREDIT", "amount": "10"}]));
    assert_eq!(data["lost"], json!([{"asset": "CREDIT", "amount": "10"}]));
    let told = "billed 2 events again: 10 CREDIT is drawn from other lots, 10 CREDIT is lost with lots that have ended";
    assert!(ran.stderr.contains(told), "{}", ran.stderr);
    assert_eq!(credits(&workspace), "90");
    workspace.verify();
    // Now they are in the order of time, and nothing moves any more.
    assert_eq!(report(&workspace, "rebill e1 e2 --yes")["unchanged"], json!(2));
}

/// The reason, by event; and how late it was tried.
#[test]
fn what_is_more_is_refused_while_past_due() {
    let workspace = workspace("fee");
    workspace.ok("record a talk n=10 --id e1 --at 2026-07-02");
    workspace.write("catalogs/api.toml", catalog_with("volume_rate = 3\n"));
    workspace.ok("apply --yes --at 2026-07-03");
    workspace.ok("advance --to 2026-08-05");
    let ran = workspace.run("rebill e1 --terms latest --yes --format json");
    let uncovered = json!([{
        "event": "e1", "customer": "a", "reason": "past_due", "asset": "CREDIT", "needed": "20", "available": "0",
        "at": "2026-08-05T00:00:00Z",
    }]);
    assert_eq!((ran.code, &ran.json()["uncovered"]), (1, &uncovered));
    assert!(ran.stderr.contains("a needs 20 CREDIT more at 2026-08-05T00:00:00Z, and the subscription is past due"));
    let table = workspace.run("rebill e1 --terms latest --yes").stdout;
    assert!(table.contains("events not covered (past_due)"), "{table}");
}

/// Authorised at the time that the customer has come to: the money of August is not there in July.
#[test]
fn a_denied_event_is_judged_when_the_customer_has_come_to() {
    let workspace = workspace("api");
    assert_eq!(workspace.run("record a call n=150 --id e1 --at 2026-07-02").code, 1);
    workspace.ok("topup a 2 USD --to CREDIT --id august --at 2026-08-05");
    let ran = workspace.run("rebill --status denied --yes");
    assert!(
        ran.stderr.contains("a needs 150 CREDIT more at 2026-07-02T00:00:00Z, and has 100 CREDIT"),
        "{}",
        ran.stderr
    );
    workspace.ok("advance --to 2026-08-05");
    assert_eq!(report(&workspace, "rebill --status denied --yes")["rebilled"], json!(1));
    assert_eq!(credits(&workspace), "50");
    workspace.verify();
}

/// Credits that were used up by the end of their terms were earned by use; what a void returns to them is lost at that end, and
/// drawn again it is not. A day of the fee is a dollar, one of the credits a cent less.
#[test]
fn credits_that_a_void_lost_and_a_rebill_drew_earn_what_they_did() {
    let basis = "lifecycle = { duration = \"month\" }\naccounting = { revenue_basis = 0.0031 }\n";
    let used = usage("Use", "use", "volume", "CREDIT", &format!("{OF_N}volume_rate = 1\n"));
    let prices = [fixed("Fee", "31 USD", "month", ""), used, grant("Credits", "100 CREDIT", basis)];
    let catalog = whole(&[asset("CREDIT", "0.01 USD", ""), product("p", &prices)]);
    let workspace = Workspace::new().with("catalogs/p.toml", catalog);
    workspace.ok("apply --yes --at 2026-07-01");
    workspace.ok("customer add a --at 2026-07-01");
    workspace.ok("subscribe a p --at 2026-07-01");
    workspace.ok("record a use n=100 --id all --at 2026-07-02");
    workspace.ok("unsubscribe a p --at 2026-07-11 --yes");
    workspace.ok("advance --to 2026-07-16");
    let earned = || {
        let told = report(&workspace, "report revenue --to 2026-07-16 -q");
        ["fixed_revenue", "usage_revenue", "breakage"].map(|key| told[key].as_str().unwrap().to_owned())
    };
    assert_eq!(earned(), ["14.85", "0.31", "0.00"]);
    workspace.ok("void all --yes");
    assert_eq!(earned(), ["14.69", "0.00", "0.31"]);
    workspace.ok("rebill all --yes");
    assert_eq!(earned(), ["14.85", "0.31", "0.00"]);
    workspace.verify();
}

/// What a void returns repays what another event owes. Billed again with nothing between, that is owed again, and the dearer
/// overage is not charged.
#[test]
fn what_a_void_paid_back_is_owed_again() {
    let used = |name, event_type, more: &str| {
        usage(name, event_type, "volume", "CREDIT", &format!("{OF_N}volume_rate = 1\n{more}"))
    };
    let over = "overage = { asset = \"USD\", rate = 0.03 }\n";
    let prices = [used("Use", "use", ""), used("Over", "over", over)];
    let catalog = whole(&[OVERDRAFT.to_owned(), asset("CREDIT", "0.01 USD", ""), product("p", &prices)]);
    let workspace = Workspace::new().with("catalogs/p.toml", catalog);
    workspace.ok("apply --yes --at 2026-01-01");
    workspace.ok("customer add x --at 2026-01-01");
    workspace.ok("topup x 1 USD --to CREDIT --at 2026-01-01");
    workspace.ok("topup x 5 USD --at 2026-01-01");
    workspace.ok("subscribe x p --at 2026-01-01");
    workspace.ok("record x over n=100 --id o --at 2026-01-02");
    workspace.ok("record x use n=200 --id u --at 2026-01-03");
    let balances = || ["CREDIT", "USD"].map(|asset| workspace.available("x", asset));
    let revenue = || month(&workspace, "2026-01-01", "2026-02-01");
    assert_eq!((balances(), revenue()), (["-200".into(), "5.00".into()], ["1.00".into(), "0.00".into()]));
    let explained = || report(&workspace, "explain o");
    assert!(explained()["before"].is_null());
    for _ in 0..2 {
        workspace.ok("void o --yes");
        assert_eq!((balances(), revenue()), (["-100".into(), "5.00".into()], ["1.00".into(), "0.00".into()]));
        let again = report(&workspace, "rebill o --yes");
        assert_eq!((&again["became"][0]["now"], &again["difference"][0]["amount"]), (&json!("charged"), &json!("100")));
        assert_eq!((balances(), revenue()), (["-200".into(), "5.00".into()], ["1.00".into(), "0.00".into()]));
    }
    assert_eq!(explained()["before"], json!({ "recorded_by": 9, "voided_by": 10, "rebilled_by": 11 }));
    let told = workspace.ok("explain o").stdout;
    let line = "recorded by operation 9, taken back by operation 10, billed again by operation 11";
    assert!(told.contains(line), "{told}");
    // What pays in between is no reason for the overage either: 300 come, and 100 are left.
    workspace.ok("void o --yes");
    workspace.ok("topup x 3 USD --to CREDIT --at 2026-01-03");
    assert_eq!(balances(), ["200", "5.00"].map(String::from));
    workspace.ok("rebill o --yes");
    assert_eq!(balances(), ["100", "5.00"].map(String::from));
    workspace.verify();
}

/// Under overdraft two prices owe, one of which may give back; the grants of three days repay the one and then the other.
fn owing() -> String {
    let every_three_days =
        "lifecycle = { duration = \"day\", duration_count = 3, refresh = { strategy = \"expire_and_replace\" } }\n";
    let flat = per_unit("Flat", "call", "0.01 USD", "");
    let falling = bulk("Falling", "call", "USD", &[(Some(8), "0.40"), (None, "0.10")]);
    whole(&[OVERDRAFT.to_owned(), product("p", &[flat, falling, grant("Free", "0.30 USD", every_three_days)])])
}

/// What one price owed and a lot repaid is no longer owed by it; what the other still owes stays so.
#[test]
fn what_is_owed_for_one_price_is_not_taken_for_another_ones() {
    let workspace = Workspace::new().with("catalogs/p.toml", owing());
    workspace.ok("apply --yes --at 2024-01-01");
    workspace.ok("customer add x --at 2024-01-01");
    workspace.ok("subscribe x p --at 2024-01-29T12:00:00Z");
    workspace.ok("record x call n=5 --id a --at 2024-01-29T12:00:00Z");
    workspace.ok("record x call n=10 --id b --at 2024-02-04");
    workspace.ok("record x call n=1 --id c --at 2024-02-13T12:00:00Z");
    let balance = || report(&workspace, "balance x")["accounts"][0]["available"].clone();
    // 6 x 0.30 - 0.05 - 2.00 - 0.10 + 0.50 - 0.01 - 0.10
    assert_eq!(balance(), "0.04");
    workspace.ok("void b c --yes");
    assert_eq!(balance(), "-0.25");
    workspace.ok("rebill b c --yes");
    assert_eq!(balance(), "0.04");
    workspace.verify();
}
