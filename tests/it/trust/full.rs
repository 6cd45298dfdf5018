//! One customer at the limit of what can be counted stops nobody else.

use crate::support::Workspace;
use crate::support::catalog_text::{grant, lasting, per_unit, product, whole};
use serde_json::json;

/// Four billion CREDIT a month, of which an account can hold nine.
fn catalog() -> String {
    let credit = "[[asset]]\ncode = \"CREDIT\"\nprecision = 9\nrates = [{ rate = 1 }]\n".to_owned();
    let monthly = grant("Monthly", "4_000_000_000 CREDIT", &lasting("month", "rollover", None));
    whole(&[credit, product("p", &[per_unit("Call", "call", "1 CREDIT", ""), monthly])])
}

/// `vast` has five billion CREDIT beside what is granted each month.
fn vast() -> Workspace {
    let workspace = Workspace::new().with("catalogs/p.toml", catalog());
    workspace.ok("apply --yes --at 2026-01-01");
    for who in ["vast", "other"] {
        workspace.ok(&format!("customer add {who} --at 2026-01-01"));
        workspace.ok(&format!("subscribe {who} p --at 2026-01-01"));
    }
    workspace.ok("topup vast 5000000000 USD --to CREDIT --at 2026-01-02");
    workspace
}

#[test]
fn a_grant_that_an_account_can_not_hold_is_lost_and_others_go_on() {
    let workspace = vast();
    let told = workspace.ok("advance --to 2026-02-01 --format json");
    assert_eq!(told.json()["lost_at_once"], json!([{ "asset": "CREDIT", "amount": "3776627963.145224193" }]));
    let told = workspace.ok("advance --to 2026-03-01");
    assert!(told.stderr.contains("lost at once") && told.stderr.contains("`precision`"), "{}", told.stderr);
    let available =
        |who| workspace.ok(&format!("balance {who} --format json")).json()["accounts"][0]["available"].clone();
    assert_eq!((available("vast"), available("other")), (json!("9223372036.854775807"), json!("9223372036.854775807")));
    workspace.ok("record vast call n=1000 --at 2026-03-02");
    workspace.ok("report profit");
    workspace.ok("report revenue");
    let lost = "CREDIT,2026-02-01T00:00:00Z,expiry,lot 5,the account can't hold more,-3776627963.145224193,";
    let statement = workspace.ok("statement vast --format csv").stdout;
    assert!(statement.contains(lost), "{statement}");
    workspace.ok("void --customer vast --yes");
    assert_eq!(available("vast"), json!("9223372036.854775807"));
    workspace.verify();
}

/// A month's 3 credits are worth 6 billion dollars, so those of two months are worth more than one lot can be.
#[test]
fn what_is_carried_on_is_carried_on_whole_whatever_it_is_worth() {
    let credit = "[[asset]]\ncode = \"CREDIT\"\nprecision = 0\nrates = [{ rate = 2_000_000_000 }]\n".to_owned();
    let month = lasting("month", "rollover", None) + "accounting = { revenue_basis = 2_000_000_000 }\n";
    let uses = per_unit("Call", "call", "1 CREDIT", "");
    let catalog = whole(&[credit, product("p", &[uses, grant("Monthly", "3 CREDIT", &month)])]);
    let workspace = Workspace::new().with("catalogs/p.toml", catalog);
    workspace.ok("apply --yes --at 2026-01-01");
    workspace.ok("customer add a --at 2026-01-01");
    workspace.ok("subscribe a p --at 2026-01-01");
    let told = workspace.ok("advance --to 2026-04-01 --format json").json();
    assert_eq!((&told["lost_at_once"], workspace.available("a", "CREDIT").as_str()), (&json!(null), "12"));
    for n in 0..4 {
        workspace.ok(&format!("record a call n=3 --id {n} --at 2026-04-02"));
    }
    let earned = workspace.ok("report revenue --format json").json();
    assert_eq!((&earned["usage_revenue"], &earned["breakage"]), (&json!("24000000000.00"), &json!("0.00")));
    workspace.verify();
}

#[test]
fn what_can_be_seen_to_be_too_much_is_refused_at_once() {
    let workspace = vast();
    workspace.refused(
        "topup vast 5000000000 USD --to CREDIT --at 2026-01-03",
        1,
        &["with 5000000000 CREDIT more the account would hold 14000000000 CREDIT, and the ledger can count at most \
         9223372036.854775807 CREDIT; a lower `precision` of CREDIT allows more"],
    );
    workspace.ok("customer add late --at 2026-01-01");
    workspace.ok("topup late 9000000000 USD --to CREDIT --at 2026-01-02");
    workspace.refused("subscribe late p --at 2026-01-03", 1, &["at most 9223372036.854775807 CREDIT", "`precision`"]);
    let rule = "auto-topup set other CREDIT --threshold 1000000000 --amount";
    workspace.refused(
        &format!("{rule} '9000000000 USD'"),
        1,
        &["below --threshold 1000000000, a payment buys 9000000000 CREDIT, more than the account can hold: at most \
         9223372036.854775807 CREDIT; a lower `precision` of CREDIT allows more"],
    );
    let rule = "[[auto_topup]]\nasset = \"CREDIT\"\nthreshold = 1_000_000_000\namount = \"9000000000 USD\"\n";
    let rolls = catalog().replace("4_000_000_000", "5_000_000_000");
    for (text, told) in [(catalog() + rule, "a payment buys more"), (rolls, "the second grant is too large")] {
        workspace.write("catalogs/p.toml", text);
        let checked = workspace.run("check");
        let is_told = ["amount-too-large", told, "`precision`"].iter().all(|told| checked.stdout.contains(told));
        assert!(checked.code == 1 && is_told, "{checked:?}");
    }
}

#[test]
fn an_automatic_payment_that_an_account_can_not_hold_is_not_made() {
    let workspace = vast();
    workspace.ok("auto-topup set vast CREDIT --threshold 0 --amount '9000000000 USD' --at 2026-01-03");
    let denied = workspace.run("record vast call n=9000000001 --id e --at 2026-01-03");
    assert!(denied.code == 1 && denied.stderr.contains("denied (auto_topup_full"), "{denied:?}");
    let told = workspace.ok("explain e --format json").json();
    let why = "auto_topup_full: 9000000001 CREDIT needed, 9000000000 available";
    assert_eq!((&told["status"], &told["reason"]), (&json!("denied"), &json!(why)));
    workspace.ok("advance --to 2026-02-01");
    workspace.verify();
}

/// A payment may be too large in what is paid, in what it buys, and in what it is worth.
#[test]
fn what_is_too_large_is_said_with_the_amount_the_assets_and_the_most() {
    let assets = "[[asset]]\ncode = \"FINE\"\nprecision = 9\nrates = [{ rate = 0.0001 }]\n\
                  [[asset]]\ncode = \"COARSE\"\nprecision = 0\nrates = [{ rate = 0.0000000001 }]\n\
                  [[asset]]\ncode = \"VND\"\nprecision = 0\nrates = [{ rate = 3 }]\n";
    let workspace = Workspace::new()
        .with("catalogs/p.toml", whole(&[assets.to_owned(), product("p", &[per_unit("Call", "call", "1 USD", "")])]));
    workspace.ok("apply --yes --at 2026-01-01");
    workspace.ok("customer add c --at 2026-01-01");
    let usd = "the ledger can count at most 9223372036.85 USD; a lower `precision` of USD allows more";
    let fine = "is more FINE than the ledger can count: at most 9223372036.854775807 FINE; a lower `precision` of FINE allows more";
    let coarse = "9000000000 USD is more COARSE than the ledger can count: at most 9223372036854775807 COARSE\n";
    let vnd = "9000000000 VND is more USD than the ledger can count: at most 9223372036.854775807 USD; a lower";
    for (paid, told) in [
        ("10000000000 USD", usd),
        ("1e28 USD", usd),
        ("1e99 USD", usd),
        ("9000000000 USD FINE", &format!("9000000000 USD {fine}")),
        ("9000000000 USD COARSE", coarse),
        ("9000000000 VND", vnd),
        ("10000000000000000000 VND", "the ledger can count at most 9223372036854775807 VND\n"),
    ] {
        let (paid, to) = match paid.rsplit_once(' ') {
            Some((paid, to)) if paid.contains(' ') => (paid, to),
            _ => (paid, paid.rsplit_once(' ').unwrap().1),
        };
        workspace.refused(&format!("topup c {paid} --to {to}"), 1, &[told]);
        let code = if told.starts_with("the ledger") { 2 } else { 1 };
        workspace.refused(&format!("asset quote {paid} {to}"), code, &[told]);
    }
    workspace.ok("topup c 9223372036.85 USD");
    workspace.refused("topup c 0.01 USD", 1, &["with 0.01 USD more the account would hold 9223372036.86 USD, and"]);
    workspace.refused("adjust c 1e10 FINE --reason gift", 1, &["at most 9223372036.854775807 FINE"]);
    workspace.verify();
}
