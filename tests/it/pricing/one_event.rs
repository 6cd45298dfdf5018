//! `tier_period = "event"`: every event is rated and rounded by itself. And tiers that are sold in blocks.

use crate::support::Workspace;
use crate::support::catalog_text::{asset, product, usage, vendor, whole};
use serde_json::{Value, json};

/// A minute that is begun costs so much.
fn minutes(period: &str) -> String {
    let more = format!(
        "volume_field = \"seconds\"\nvolume_rate = 0.014\npackage_size = 60\npricing_model = \"package\"\n\
         tier_period = \"{period}\"\n"
    );
    usage("Call", "call", "volume", "USD", &more)
}

/// A subscriber with a catalog, and with credit.
fn subscriber(catalog: &str) -> Workspace {
    let workspace = Workspace::new().with("catalogs/c.toml", catalog);
    for line in [
        "apply --yes --at 2026-06-01",
        "customer add acme --at 2026-06-01",
        "subscribe acme p --at 2026-06-01",
        "topup acme 100 USD --at 2026-06-01",
    ] {
        workspace.ok(line);
    }
    workspace
}

/// The fee of one event.
fn fee(workspace: &Workspace, line: &str) -> String {
    let recorded = workspace.ok(&format!("record acme {line} --format json")).json();
    recorded["fees"][0]["amount"].as_str().unwrap().to_owned()
}

/// Each call is rounded up to minutes that were begun, not the seconds of all of them.
#[test]
fn calls_are_rounded_up_one_by_one() {
    let workspace = subscriber(&whole(&[product("p", &[minutes("event")])]));
    for (id, seconds, owed) in [("a", 61, "0.028"), ("b", 61, "0.028"), ("c", 10, "0.014")] {
        assert_eq!(fee(&workspace, &format!("call seconds={seconds} --id {id} --at 2026-06-02")), owed);
    }
    let explained = workspace.ok("explain c");
    assert!(explained.stdout.contains("every event is rated by itself"), "{}", explained.stdout);
    assert!(explained.stdout.contains("ceil(10 / 60) * 0.014 = 0.014"), "{}", explained.stdout);
    workspace.verify();
    let workspace = subscriber(&whole(&[product("p", &[minutes("month")])]));
    let owed = [61, 61, 10].map(|seconds| fee(&workspace, &format!("call seconds={seconds} --at 2026-06-02")));
    assert_eq!(owed, ["0.028", "0.014", "0.00"], "132 seconds are three minutes");
}

/// 0.7 credits a call, in whole credits that are rounded up: one by one they are a credit each.
#[test]
fn whole_credits_are_rounded_up_call_by_call() {
    let calls = |period: &str| {
        let more = format!("unit_price = 0.7\ntier_period = \"{period}\"\n");
        let tables = [usage("Call", "call", "unit", "CREDIT", &more)];
        let credits = asset("CREDIT", "1 USD", "rounding = \"up\"\n");
        whole(&[credits, product("p", &tables)])
    };
    for (period, owed) in [("event", ["1", "1", "1", "1"]), ("lifetime", ["1", "1", "1", "0"])] {
        let workspace = subscriber(&calls(period));
        workspace.ok("topup acme 10 USD --to CREDIT --at 2026-06-01");
        assert_eq!([1, 2, 3, 4].map(|_| fee(&workspace, "call --at 2026-06-02")), owed, "{period}");
    }
}

/// A tier is that of the event's own size, and no event gives back what another one paid.
#[test]
fn a_tier_is_reached_by_one_event_alone() {
    let more = "volume_field = \"n\"\npricing_model = \"volume\"\ntier_period = \"event\"\n\
                tiers = [{ up_to = 10, volume_rate = 1 }, { volume_rate = 0.1 }]\n";
    let workspace = subscriber(&whole(&[product("p", &[usage("Use", "use", "volume", "USD", more)])]));
    let owed = [8, 8, 20].map(|n| fee(&workspace, &format!("use n={n} --id n{n}-{n} --at 2026-06-02")));
    assert_eq!(owed[0], "8.00");
    assert_eq!(owed[2], "2.00");
    workspace.verify();
}

/// Nothing is kept of an event, so taking it back leaves the others as they were, and it can be billed again.
#[test]
fn an_event_that_is_rated_by_itself_can_be_taken_back() {
    let workspace = subscriber(&whole(&[product("p", &[minutes("event")])]));
    for (id, seconds) in [("a", 61), ("b", 10)] {
        workspace.ok(&format!("record acme call seconds={seconds} --id {id} --at 2026-06-02"));
    }
    let before = workspace.available("acme", "USD");
    workspace.ok("void a --yes");
    assert_eq!(workspace.available("acme", "USD"), "99.986");
    workspace.verify();
    workspace.ok("rebill --status voided --yes");
    assert_eq!(workspace.available("acme", "USD"), before);
    workspace.verify();
}

/// A change of plan has no quantity to carry over.
#[test]
fn other_terms_rate_the_next_event_by_itself_too() {
    let other = minutes("event").replace("0.014", "0.02");
    let workspace = subscriber(&whole(&[product("p", &[minutes("event")]), product("q", &[other])]));
    assert_eq!(fee(&workspace, "call seconds=61 --at 2026-06-02"), "0.028");
    workspace.ok("subscription change acme p --to q --at 2026-06-03 --yes");
    assert_eq!(fee(&workspace, "call seconds=61 --id late --at 2026-06-02T12:00:00Z"), "0.028");
    assert_eq!(fee(&workspace, "call seconds=61 --at 2026-06-04"), "0.04");
    workspace.ok("void late --yes");
    workspace.verify();
}

/// What a vendor charges for a call is rounded up like that, and has tiers by the size of a request.
#[test]
fn a_vendor_rates_event_by_event() {
    let calls = "volume_field = \"seconds\"\nvolume_rate = 0.01\npackage_size = 60\npricing_model = \"package\"\n\
                 tier_period = \"event\"\n";
    let tokens = "[[vendor.cost]]\nevent_type = \"chat\"\nusage_type = \"volume\"\nasset = \"USD\"\n\
                  volume_field = \"tokens\"\npricing_model = \"volume\"\ntier_period = \"event\"\n\
                  package_size = 1_000_000\ntiers = [{ up_to = 200_000, volume_rate = 1.25 }, { volume_rate = 2.5 }]\n";
    let vendor = format!("{}{tokens}", vendor("carrier", "call", "volume", "USD", calls));
    let workspace = subscriber(&whole(&[vendor, product("p", &[minutes("event")])]));
    let costs = |line: &str| -> Value {
        let id = line.replace(' ', "-");
        workspace.ok(&format!("record acme {line} --at 2026-06-02 --id {id}"));
        let explained = workspace.ok(&format!("explain {id} --format json")).json();
        explained["costs"][0]["amount"].clone()
    };
    assert_eq!(costs("call seconds=61"), json!("0.02"));
    assert_eq!(costs("call seconds=10"), json!("0.01"));
    assert_eq!(costs("chat tokens=200000"), json!("0.25"));
    assert_eq!(costs("chat tokens=200001"), json!("0.5000025"));
    workspace.verify();
}

/// 500 minutes a month are free, then they are sold by the hundred.
#[test]
fn free_units_come_before_packages() {
    let more = "volume_field = \"n\"\npricing_model = \"graduated\"\ntier_period = \"month\"\n\
                tiers = [{ up_to = 500, volume_rate = 0 }, { volume_rate = 3, package_size = 100 }]\n";
    let catalog = whole(&[product("p", &[usage("Use", "use", "volume", "USD", more)])]);
    let workspace = subscriber(&catalog);
    let owed = [499, 2, 98, 2].map(|n| fee(&workspace, &format!("use n={n} --at 2026-06-02")));
    assert_eq!(owed, ["0.00", "3.00", "0.00", "3.00"]);
    assert_eq!(fee(&workspace, "use n=501 --at 2026-07-02"), "3.00");
    workspace.verify();
    let shown = workspace.ok("product show p");
    assert!(shown.stdout.contains("3 per block of 100"), "{}", shown.stdout);
}
