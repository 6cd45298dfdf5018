//! Logs without ids that say again what others have said: nothing is charged twice, and no difference is passed over.

use crate::support::Workspace;

const CATALOG: &str = r#"
[catalog]
reporting_currency = "USD"
[policy]
insufficient_funds = "overdraft"
[[product]]
code = "p"
[[product.price]]
name = "Out"
type = "usage_based"
event_type = "request"
usage_type = "volume"
volume_field = "output"
asset = "USD"
volume_rate = 0.01
[mapping.export]
columns = { occurred_at = "Date", output = "Output" }
constants = { customer = "team", event_type = "request" }
id = "content"
[mapping.request]
columns = { occurred_at = "Date", output = "Output" }
constants = { customer = "team", event_type = "request" }
id = ["Request"]
"#;

const TWO: &str = "Date,Output\n2026-08-01T10:00:00Z,100\n2026-08-01T11:00:00Z,100\n";

/// Replays each of these lists of logs in a run of its own, and returns what was charged in all.
fn charged(runs: &[&[&str]]) -> String {
    let workspace = workspace();
    for (number, logs) in runs.iter().enumerate() {
        let names: Vec<String> = (0..logs.len()).map(|log| format!("{number}-{log}.csv")).collect();
        logs.iter().zip(&names).for_each(|(log, name)| workspace.write(name, log));
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let replay = [&["replay"], &*names, &["--map", "export", "--enroll", "p", "--format", "json"]].concat();
        let tried = workspace.ok(&[&*replay, &["--dry-run"]].concat()).json();
        let done = workspace.ok(&replay).json();
        assert_eq!(tried["duplicate"], done["duplicate"], "a dry run tells the truth");
    }
    workspace.verify();
    let usage = workspace.ok("report usage --format json").json();
    usage["total"]["fees"][0]["amount"].as_str().unwrap_or_else(|| panic!("{usage}")).to_owned()
}

fn workspace() -> Workspace {
    let workspace = Workspace::new().at("2026-09-01T00:00:00Z").with("catalogs/catalog.toml", CATALOG);
    workspace.ok("apply --yes --at 2026-01-01");
    workspace
}

#[test]
fn what_is_said_again_is_not_charged_again() {
    let overlapping = "Date,Output\n2026-08-01T11:00:00Z,100\n2026-08-01T12:00:00Z,100\n";
    let one_more_column = "Date,Output,Note\n2026-08-01T10:00:00Z,100,\n2026-08-01T11:00:00Z,100,x\n";
    let another_order = "Output,Date\n100,2026-08-01T10:00:00Z\n100,2026-08-01T11:00:00Z\n";
    let other_spellings = "Date,Output\n2026-08-01T10:00:00.000Z,100\n2026-08-01T13:00:00+02:00,100.0\n";
    let costs_too = "Date,Output,cost.openai\n2026-08-01T10:00:00Z,1e2,0.5\n2026-08-01T11:00:00Z,100,0.5\n";
    assert_eq!(charged(&[&[TWO], &[overlapping]]), "3.00");
    assert_eq!(charged(&[&[TWO, overlapping]]), "3.00");
    assert_eq!(charged(&[&[TWO, TWO]]), "2.00");
    for again in [one_more_column, another_order, other_spellings, costs_too] {
        assert_eq!(charged(&[&[TWO], &[again]]), "2.00", "{again}");
        assert_eq!(charged(&[&[TWO, again]]), "2.00", "{again}");
        assert_eq!(charged(&[&[again, TWO]]), "2.00", "{again}");
    }
}

#[test]
fn twins_of_one_file_are_events_of_their_own() {
    let row = "2026-08-01T10:00:00Z,100\n";
    let (two, three) = (format!("Date,Output\n{row}{row}"), format!("Date,Output\n{row}{row}{row}"));
    assert_eq!(charged(&[&[&two], &[&three]]), "3.00");
    assert_eq!(charged(&[&[&three, &two]]), "3.00");
}

#[test]
fn what_both_say_otherwise_is_a_conflict() {
    let workspace = workspace();
    let log =
        |note: &str, cost: &str| format!("Date,Output,Note,cost.openai\n2026-08-01T10:00:00Z,100,{note},{cost}\n");
    workspace.write("a.csv", log("1", "0.50"));
    workspace.ok("replay a.csv --map export --enroll p");
    workspace.write("same.csv", log("1.0", "0.5"));
    workspace.ok("replay same.csv --map export");
    for (note, cost) in [("2", "0.5"), ("1", "0.6")] {
        workspace.write("b.csv", log(note, cost));
        workspace.refused("replay b.csv --map export", 1, &["b.csv:2:id", "other content"]);
    }
}

#[test]
fn an_id_made_from_fields_is_one_event() {
    let workspace = workspace();
    let log = |output: &str| format!("Date,Output,Request\n2026-08-01T10:00:00Z,{output},r1\n");
    workspace.write("a.csv", log("100") + "2026-08-01T10:00:00Z,100.0,r1\n2026-08-01T10:00:00Z,100,r2\n");
    let data = workspace.ok("replay a.csv --map request --enroll p --format json").json();
    assert_eq!((&data["charged"], &data["duplicate"]), (&2.into(), &1.into()));
    workspace.write("b.csv", log("101"));
    workspace.refused("replay b.csv --map request", 1, &["b.csv:2:id", "other content"]);
}

#[test]
fn a_priced_field_that_ids_are_not_made_of_is_named() {
    let workspace = workspace();
    let warns = |log: &str| {
        workspace.write("a.csv", log);
        let told = workspace.ok("replay a.csv --map export --enroll p --dry-run").stderr;
        told.contains("prices ask for `output`, which the mapping's ids are not made of")
    };
    assert!(!warns(TWO));
    workspace.write("catalogs/catalog.toml", CATALOG.replace("output = \"Output\"", "out = \"Output\""));
    assert!(!warns(TWO), "no event has it");
    assert!(warns("Date,Output,output\n2026-08-01T10:00:00Z,100,5\n"));
}

/// What was kept before and is not kept any more is no difference; what was not kept and is now, is one.
#[test]
fn what_is_not_kept_is_not_compared() {
    let workspace = workspace();
    let mapping = "[mapping.kept]\nkeep = \"api_key\"\n[mapping.fewer]\ndrop = [\"note\"]\n";
    workspace.write("catalogs/catalog.toml", format!("{CATALOG}{mapping}"));
    let log = "id,customer,event_type,occurred_at,output,api_key,note\ne1,team,request,2026-08-01T10:00:00Z,1,sk-1,n\n";
    workspace.write("log.csv", log);
    let replay = |map: &str| workspace.ok(&*format!("replay log.csv --enroll p --format json {map}")).json();
    assert_eq!(replay("--map kept")["charged"], 1);
    assert_eq!(replay("")["duplicate"], 1, "the key is not kept any more");
    assert_eq!(replay("--map fewer")["duplicate"], 1);
    workspace.verify();
}
