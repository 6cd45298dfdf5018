//! What is advised about events that earned nothing works as it stands.

use super::report;
use crate::support::Workspace;
use crate::support::catalog_text::{product, usage, whole};
use serde_json::json;

/// Calls by the token, of one model.
fn catalog(field: &str, more: &str) -> String {
    let rows = format!(
        "volume_field = \"{field}\"\nbillable_dimensions = [\"model\"]\nvalues = [{{ model = \"a\", volume_rate = 2 }}]\n"
    );
    whole(&[product("p", &[usage("Call", "call", "volume", "USD", &rows)]), more.to_owned()])
}

fn workspace(log: &str) -> Workspace {
    let workspace = Workspace::new().with("catalogs/p.toml", catalog("n", ""));
    workspace.write("usage.csv", format!("id,customer,event_type,occurred_at,model,{log}"));
    workspace.ok("apply --yes --at 2026-05-01");
    workspace.ok("customer add acme --at 2026-05-01");
    workspace.ok("subscribe acme p --at 2026-05-01");
    workspace.ok("topup acme 100 USD --at 2026-05-01");
    workspace
}

/// The command in backticks that begins so.
fn command(told: &str, start: &str) -> String {
    let mut commands = told.split('`').filter_map(|text| text.strip_prefix("drawdown "));
    commands.find(|text| text.starts_with(start)).unwrap_or_else(|| panic!("no `drawdown {start}`: {told}")).to_owned()
}

#[test]
fn a_log_whose_volume_was_not_mapped_is_taken_back_and_replayed() {
    let workspace = workspace("tokens\n1,acme,call,2026-05-02T00:00:00Z,a,3\n2,acme,call,2026-05-03T00:00:00Z,a,4\n");
    let told = workspace.ok("replay usage.csv").stderr;
    assert!(told.contains("(no_volume): the price needs n, and the events have tokens. To map a column, `"), "{told}");
    workspace.ok(&format!("{} --yes", command(&told, "void")));
    workspace.write("catalogs/p.toml", catalog("n", "[mapping.m]\ncolumns = { n = \"tokens\" }\n"));
    workspace.ok("replay usage.csv --map m");
    assert_eq!(workspace.available("acme", "USD"), "86.00");
    workspace.verify();
}

#[test]
fn a_price_that_names_the_wrong_volume_is_corrected_and_applied() {
    let workspace = workspace("tokens\n1,acme,call,2026-05-02T00:00:00Z,a,3\n");
    let told = workspace.ok("replay usage.csv").stderr;
    let rebill = format!("{} --yes", command(&told, "rebill"));
    let told = workspace.ok(&rebill).stderr;
    let why = "1 event has no price even so (no_volume); `drawdown check --explain no_volume` says what mends it";
    assert!(told.contains(why) && !told.contains("not applied"), "{told}");
    workspace.write("catalogs/p.toml", catalog("tokens", ""));
    let told = workspace.ok(&rebill).stderr;
    assert!(told.contains("the catalog has changes that are not applied; `drawdown plan` shows them"), "{told}");
    workspace.ok("apply --yes --at 2026-05-04");
    assert_eq!(report(&workspace, &rebill)["unpriced_reasons"], json!({}));
    assert_eq!(workspace.available("acme", "USD"), "94.00");
}

#[test]
fn a_misspelt_event_type_is_taken_back_alone_and_replayed() {
    let workspace = workspace("n\n1,acme,cal,2026-05-02T00:00:00Z,a,3\n2,acme,call,2026-05-03T00:00:00Z,a,4\n");
    let told = workspace.ok("replay usage.csv").stderr;
    assert!(told.contains("(did you mean \"call\"?)"), "{told}");
    workspace.ok(&format!("{} --yes", command(&told, "void")));
    workspace.write("catalogs/p.toml", catalog("n", "[mapping.m]\nvalues = { event_type = { cal = \"call\" } }\n"));
    let told = workspace.ok("replay usage.csv --map m").stderr;
    assert!(told.contains("charged 6.00 USD for 1"), "{told}");
    assert_eq!(workspace.available("acme", "USD"), "86.00");
}

#[test]
fn who_used_it_after_the_end_is_subscribed_again_or_nothing_is_to_be_done() {
    let workspace = workspace("n\n1,acme,call,2026-05-12T00:00:00Z,a,3\n2,acme,call,2026-05-13T00:00:00Z,a,-4\n");
    workspace.ok("unsubscribe acme p --at 2026-05-10 --yes");
    let told = workspace.ok("replay usage.csv").stderr;
    assert!(told.contains("had ended by then; if that is wrong, subscribe again"), "{told}");
    let subscribe = command(&told, "subscribe").replace("CUSTOMER PRODUCT", "acme p");
    workspace.ok(&subscribe);
    let told = workspace.ok(&format!("{} --yes", command(&told, "rebill"))).stderr;
    assert!(told.contains("1 event has no price even so (negative_volume)"), "{told}");
    assert_eq!(workspace.available("acme", "USD"), "94.00");
    workspace.write("usage.csv", "id,customer,event_type,occurred_at,model,n\n3,acme,call,2026-05-14T00:00:00Z,a,-1\n");
    let told = workspace.ok("replay usage.csv").stderr;
    assert!(told.contains("below zero. That is never billed: `drawdown void EVENT_ID` takes back"), "{told}");
}

/// What was never charged is not said to have been.
#[test]
fn an_event_that_was_taken_back_had_been_charged_denied_or_unpriced() {
    let workspace = workspace(
        "n\n1,acme,call,2026-05-02T00:00:00Z,a,3\n2,acme,call,2026-05-03T00:00:00Z,a,999\n3,acme,call,2026-05-04T00:00:00Z,b,1\n",
    );
    workspace.ok("replay usage.csv");
    workspace.ok("void --log usage.csv --yes");
    for (id, was) in [("1", "charged as follows"), ("2", "denied"), ("3", "unpriced")] {
        let told = workspace.ok(&format!("explain {id}")).stdout;
        assert!(told.contains(&format!("); until then it was {was}\n")), "{told}");
    }
}

/// A row that fits is not said to have lost where what is counted is missing.
#[test]
fn the_row_that_fits_won_also_where_nothing_could_be_counted() {
    let workspace = workspace("n\n1,acme,call,2026-05-02T00:00:00Z,a,\n2,acme,call,2026-05-03T00:00:00Z,a,-1\n");
    workspace.ok("replay usage.csv");
    for (id, reason) in [("1", "the event has no n"), ("2", "n is -1, below zero")] {
        let told = workspace.ok(&format!("explain {id}")).stdout;
        assert!(told.contains("row 1 (model=a) matches, 1 exact\n") && told.contains(reason), "{told}");
    }
}

/// Where the customer's time is ahead of now, what they can spend is not called today's.
#[test]
fn what_is_available_is_said_with_its_time_where_that_is_not_now() {
    let workspace = workspace("n\n").at("2026-05-20T00:00:00Z");
    workspace.ok("record acme call model=a n=3 --at 2026-06-01 --future");
    assert_eq!(workspace.available("acme", "USD"), "100.00");
    let told = workspace.ok("adjust acme 5 USD --reason gift").stderr;
    assert!(told.contains("99.00 available at 2026-06-01T00:00:00Z, which the customer's time has come to"), "{told}");
    let told = workspace.ok("topup acme 5 USD").stdout;
    assert!(told.contains("available at 2026-06-01T00:00:00Z, which the customer's time has come to"), "{told}");
}

/// An id with a slip is near to one event; one that follows others is near to several, of which none is meant.
#[test]
fn an_id_one_sign_away_may_be_meant() {
    let workspace = workspace(
        "n\nreq_8fa2c1,acme,call,2026-05-02T00:00:00Z,a,3\nc-10,acme,call,2026-05-02T00:00:00Z,a,3\nc-11,acme,call,2026-05-02T00:00:00Z,a,3\n",
    );
    workspace.ok("replay usage.csv");
    for slip in ["req_8fa2cl", "req_8fac1", "req_8af2c1", "req-8fa2c1"] {
        workspace.refused(&format!("explain {slip}"), 1, &["did you mean \"req_8fa2c1\"?"]);
        workspace.refused(&format!("void {slip} --yes"), 1, &["did you mean \"req_8fa2c1\"?"]);
    }
    assert!(!workspace.run("explain c-12").stderr.contains("did you mean"));
}

/// What has not come yet can't be processed, so nobody is told to.
#[test]
fn a_report_to_the_future_names_what_can_be_processed() {
    let workspace = workspace("n\n1,acme,call,2026-05-12T00:00:00Z,a,3\n").at("2026-05-20T00:00:00Z");
    workspace.ok("replay usage.csv");
    let told = |to: &str| workspace.ok(&format!("report revenue --to {to}")).stderr;
    assert!(told("2026-05-19").contains("; `drawdown advance --to 2026-05-19T00:00:00Z` moves it on\n"));
    let ahead = told("2026-06-30");
    assert!(ahead.contains("moves it on to now, and 2026-06-30T00:00:00Z is in the future\n"), "{ahead}");
    workspace.ok(&command(&ahead, "advance"));
    let ahead = told("2026-06-30");
    assert!(ahead.contains("nothing is earned after that; 2026-06-30T00:00:00Z is in the future\n"), "{ahead}");
}
