//! Who pays, where it is not said how much.

use super::{LOG, catalog};
use crate::support::Workspace;
use crate::support::catalog_text::auto_topup;

/// A ledger to which two catalogs were applied, one before the log and one after it.
fn applied(before: String, after: String) -> Workspace {
    let workspace = Workspace::new().with("catalogs/c.toml", before).with("usage.csv", LOG);
    workspace.ok("apply --yes --at 2026-06-30");
    workspace.ok("replay usage.csv --enroll p");
    workspace.write("catalogs/c.toml", after);
    workspace.ok("apply --yes --at 2026-07-02");
    workspace
}

/// What somebody pays must be known as soon as they can be charged, before anything is billed.
#[test]
fn what_is_paid_as_needed_is_known_for_all_terms() {
    let (without, with) = (|| catalog("p", ""), || catalog("p", &auto_topup("USD", 0, "5 USD", "")));
    for workspace in [applied(without(), with()), applied(with(), without())] {
        let compare = "compare --set p/Call/unit_price=2 --funding as-needed";
        let told = ["in the scenario \"base\": USD has no automatic top-up rule", "--funding as-needed=\"20 USD\""];
        workspace.refused(compare, 1, &told);
        workspace.refused(&compare.replace("compare --set", "solve --target denied<1 --vary"), 1, &told);
        let answer = workspace.ok(&format!("{compare}=3 --format json")).json();
        assert_eq!(answer["scenarios"][1]["cash_in"], "3.00");
    }
    let workspace = applied(with(), with());
    let answer = workspace.ok("compare --set p/Call/unit_price=2 --funding as-needed --format json").json();
    assert_eq!([0, 1].map(|place| answer["scenarios"][place]["cash_in"].clone()), ["5.00", "5.00"]);
}

/// What only later products are charged in needs no rule before there are any.
#[test]
fn an_asset_that_is_charged_later_is_paid_later() {
    let credits = "[[asset]]\ncode = \"C\"\nprecision = 2\nrates = [{ rate = 1 }]\n";
    let rules = ["C", "USD"].map(|asset| auto_topup(asset, 0, "5 USD", ""));
    let in_credits = |rules: &str| {
        catalog("p", &format!("{credits}{rules}")).replace("asset = \"USD\"\nunit", "asset = \"C\"\nunit")
    };
    let both = in_credits(&rules.concat()) + catalog("q", "").split_once("USD\"\n").unwrap().1;
    let workspace = applied(in_credits(&rules[0]), both);
    workspace.ok("customer add globex");
    workspace.ok("subscribe globex q --at 2026-07-02");
    workspace.ok("record --id e2 globex call --at 2026-07-03");
    let answer = workspace.ok("compare --set 'asset C/rate=2' --funding as-needed --format json").json();
    let of = |place: usize| ["charged", "denied", "auto_topups"].map(|key| answer["scenarios"][place][key].clone());
    assert_eq!([of(0), of(1)], [[2, 0, 2], [2, 0, 2]].map(|own| own.map(Into::<serde_json::Value>::into)));
}

/// A call of 20 dollars takes more payments of a cent than one event may cause, which is said in the table and of the customer.
#[test]
fn why_something_is_refused_although_all_is_paid_is_told() {
    let dear = catalog("p", "").replace("unit_price = 1", "unit_price = 20");
    let workspace = super::workspace().with("dear.toml", dear);
    let words = "compare usage.csv --enroll p --with dear.toml --funding as-needed=0.01";
    let table = workspace.ok(words).stdout;
    for told in [
        "  auto topup limit",
        "auto topup limit: one event causes 1000 payments at most; --funding as-needed=AMOUNT pays more at a time",
        "refused from 2026-07-01T00:00:00Z (auto topup limit)",
    ] {
        assert!(table.contains(told), "{told}: {table}");
    }
    let answer = workspace.ok(&format!("{words} --format json")).json();
    assert_eq!(answer["scenarios"][1]["denied_by_reason"], serde_json::json!({"auto_topup_limit": 1}));
    assert_eq!(answer["customers"][0]["first_denied_reason"], "auto_topup_limit");
    // Who is refused as much as before is refused for the same reason.
    let same = workspace.ok(&words.replace("compare", "compare --base dear.toml")).stdout;
    assert!(same.contains("1 event refused (auto topup limit)"), "{same}");
}
