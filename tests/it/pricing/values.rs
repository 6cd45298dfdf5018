//! Values of dimensions as programs write them: a number or a boolean of a row is any spelling of it, a text is itself.

use crate::support::Workspace;
use std::collections::BTreeMap;

const CATALOG: &str = r#"
[catalog]
reporting_currency = "USD"
[policy]
insufficient_funds = "overdraft"
[[vendor]]
code = "fal"
[[vendor.cost]]
event_type = "video"
usage_type = "unit"
asset = "USD"
billable_dimensions = ["height"]
values = [{ height = 1080.0, unit_price = 0.01 }]
[[product]]
code = "p"
[[product.price]]
name = "Video"
type = "usage_based"
event_type = "video"
usage_type = "unit"
asset = "USD"
billable_dimensions = ["height", "audio"]
values = [
  { height = 720, unit_price = 0.10 },
  { height = 1080, unit_price = 0.20 },
  { height = 1080, audio = true, unit_price = 0.30 },
]
[[product.price]]
name = "Text"
type = "usage_based"
event_type = "text"
usage_type = "unit"
asset = "USD"
billable_dimensions = ["version"]
values = [{ version = "4.1", unit_price = 0.40 }, { version = "Large", unit_price = 0.50 }]
"#;

/// What each event was charged and cost: by its place, an amount and whether it had a cost; empty when it was unpriced.
fn charged(log: &str) -> BTreeMap<String, (String, bool)> {
    let workspace = Workspace::new().with("catalogs/catalog.toml", CATALOG).with("log", log);
    workspace.ok("apply --yes --at 2026-01-01");
    workspace.ok("replay log --enroll p");
    workspace.verify();
    let ids: Vec<&str> = log.lines().skip(1).map(|line| line.split(',').next().unwrap()).collect();
    let of = |id: &str| {
        let explained = workspace.ok(&["explain", id, "--format", "json"]).json();
        let fee = explained["fees"][0]["amount"].as_str().unwrap_or_default().to_owned();
        (fee, explained["costs"].as_array().is_some_and(|costs| !costs.is_empty()))
    };
    ids.into_iter().map(|id| (id.to_owned(), of(id))).collect()
}

#[test]
fn spellings_of_a_number_and_a_boolean_are_one() {
    let rows = [
        ("1080,false,", "0.20", true),
        ("1080.0,false,", "0.20", true),
        ("1080.00,FALSE,", "0.20", true),
        ("1.08e3,true,", "0.30", true),
        ("1080,True,", "0.30", true),
        ("1080,TRUE,", "0.30", true),
        ("720.0,1,", "0.10", false),
        ("1080p,true,", "", false),
        ("\"1,080\",true,", "", false),
        ("1080 ,true,", "", false),
        (",,4.1", "0.40", false),
        (",,4.10", "", false),
        (",,Large", "0.50", false),
        (",,large", "", false),
    ];
    let line = |(number, (row, ..)): (usize, &(&str, &str, bool))| {
        let event_type = if row.starts_with(',') { "text" } else { "video" };
        format!("e{number},acme,{event_type},2026-05-01T00:00:00Z,{row}\n")
    };
    let log: String = rows.iter().enumerate().map(line).collect();
    let charged = charged(&format!("id,customer,event_type,occurred_at,height,audio,version\n{log}"));
    for (number, (row, fee, has_cost)) in rows.iter().enumerate() {
        assert_eq!(charged[&format!("e{number}")], ((*fee).to_owned(), *has_cost), "{row}");
    }
}

#[test]
fn a_quoted_number_that_a_log_spells_otherwise_is_named() {
    let catalog = CATALOG.replace("{ height = 720,", "{ height = \"720\",");
    let log = "id,customer,event_type,occurred_at,height,audio\na,acme,video,2026-05-01T00:00:00Z,720.0,false\n";
    let workspace = Workspace::new().with("catalogs/catalog.toml", catalog).with("log", log);
    workspace.ok("apply --yes --at 2026-01-01");
    let told = workspace.ok("replay log --enroll p").stderr;
    assert!(told.contains("but one has `height = \"720\"`: without quotes it matches any spelling"), "{told}");
}
